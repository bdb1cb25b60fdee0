//! Values of several: lists, and pairs of texts.

use super::clean::is_space;
use super::{Cells, Form, Repairs};
use crate::csv::lenient::{is_month_day, is_short_grade, json_pairs};
use crate::validate::Code;

impl Cells {
    /// Gives the items of a list, each of them to `item`.
    ///
    /// # Errors
    /// V8 for an empty item in strict reading; V7 for a word that is not known.
    pub fn items(&self, form: Form, text: &str, repairs: &mut Repairs, mut item: impl FnMut(&str)) -> Result<(), Code> {
        let coded = matches!(form, Form::Refs(_) | Form::Words(_) | Form::Codes | Form::Grades);
        let others = coded && text.contains([';', '|']);
        let json = !self.strict && text.starts_with('[') && text.ends_with(']');
        let inner = if json { &text[1..text.len() - 1] } else { text };
        if !self.strict && (json || others) {
            repairs.add(Code::D27);
        }
        let split = |c: char| c == ',' || (others && !self.strict && (c == ';' || c == '|'));
        for part in inner.split(split) {
            let mut value = part;
            if !self.strict {
                value = part.trim_matches(|c: char| is_space(c) || (json && c == '"'));
                if value.len() != part.len() || value.is_empty() {
                    repairs.add(Code::D27);
                }
                if value.is_empty() {
                    continue;
                }
            } else if value.is_empty() {
                return Err(Code::V8);
            }
            match form {
                Form::Words(words) => item(self.word(words, value, repairs)?.text()),
                Form::Codes | Form::Grades if !self.strict && is_month_day(value) => return Err(Code::D32),
                Form::Grades if !self.strict && is_short_grade(value) => {
                    repairs.add(Code::D30);
                    item(
                        ["01", "02", "03", "04", "05", "06", "07", "08", "09"][usize::from(value.as_bytes()[0] - b'1')],
                    );
                }
                _ => item(value),
            }
        }
        Ok(())
    }

    /// Gives the pairs of a `{left:right}` list, each of them to `pair`.
    ///
    /// # Errors
    /// V10, if the text cannot be read as pairs.
    pub fn pairs(&self, text: &str, repairs: &mut Repairs, mut pair: impl FnMut(&str, &str)) -> Result<(), Code> {
        if !self.strict && text.starts_with('[') {
            repairs.add(Code::D48);
            return json_pairs(text, pair);
        }
        for part in text.split(',') {
            let trimmed = if self.strict { part } else { part.trim_matches(is_space) };
            if trimmed.len() != part.len() {
                repairs.add(Code::D27);
            }
            let braced = trimmed.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
            let inner = match braced {
                Some(inner) => inner,
                None if self.strict => return Err(Code::V10),
                None if trimmed.is_empty() => {
                    repairs.add(Code::D27);
                    continue;
                }
                None => {
                    repairs.add(Code::D48);
                    trimmed
                }
            };
            if inner.contains(['{', '}', '"']) {
                return Err(Code::V10);
            }
            match inner.split_once(':') {
                Some((left, right)) if !left.is_empty() && !right.is_empty() => {
                    if right.contains(':') {
                        if self.strict {
                            return Err(Code::V10);
                        }
                        repairs.add(Code::V10);
                    }
                    pair(left, right);
                }
                None if !self.strict && !inner.is_empty() => {
                    repairs.add(Code::D48);
                    pair("unknown", inner);
                }
                _ => return Err(Code::V10),
            }
        }
        Ok(())
    }
}
