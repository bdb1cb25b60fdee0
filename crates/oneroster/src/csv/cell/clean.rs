//! What does not belong to a value, taken away before it is read.

use super::{Form, Repairs};
use crate::csv::lenient::is_placeholder;
use crate::csv::scan::Faults;
use crate::validate::Code;

/// Removes from cells what does not belong to their values.
#[derive(Debug)]
pub struct Cleaner {
    strict: bool,
    cleaned: String,
}

impl Cleaner {
    /// A cleaner; a strict one removes nothing.
    pub fn new(strict: bool) -> Cleaner {
        Cleaner { strict, cleaned: String::new() }
    }

    /// Removes what does not belong to a value: white space around it, control
    /// characters, line breaks in texts; and words that stand for no value.
    ///
    /// # Errors
    /// T10, if a line break stands where it cannot be repaired.
    #[inline]
    pub fn clean<'a>(
        &'a mut self,
        form: Form,
        raw: &'a str,
        faults: Faults,
        repairs: &mut Repairs,
    ) -> Result<&'a str, Code> {
        let dull = |b: Option<&u8>| b.is_none_or(|&b| b > b' ' && b < 0x80);
        let bytes = raw.as_bytes();
        let quiet = !faults.has(Faults::CONTROL.and(Faults::LINE_BREAK).and(Faults::UNCLOSED));
        let strict = self.strict;
        let text = match quiet && dull(bytes.first()) && dull(bytes.last()) {
            true => raw,
            false => self.scrub(form, raw, repairs)?,
        };
        if is_placeholder(text) && !strict && !form.takes_any_word() {
            repairs.add(Code::D33);
            return Ok("");
        }
        Ok(text)
    }

    fn scrub<'a>(&'a mut self, form: Form, raw: &'a str, repairs: &mut Repairs) -> Result<&'a str, Code> {
        if self.strict {
            return if raw.contains(['\n', '\r']) { Err(Code::T10) } else { Ok(raw) };
        }
        let trimmed = if matches!(form, Form::Metadata) { raw } else { raw.trim_matches(is_space) };
        if trimmed.len() != raw.len() && !(trimmed.is_empty() && raw.is_empty()) {
            repairs.add(Code::D26);
        }
        if !trimmed.bytes().any(|b| b < b' ' || b == 0x7f) {
            return Ok(trimmed);
        }
        if trimmed.contains(['\n', '\r']) {
            if !form.is_text() {
                return Err(Code::T10);
            }
            repairs.add(Code::D13);
        }
        self.cleaned.clear();
        for c in trimmed.chars() {
            match c {
                '\n' if self.cleaned.ends_with(' ') => {}
                '\r' | '\n' => self.cleaned.push(' '),
                c if (c as u32) < 0x20 || c == '\u{7f}' => repairs.add(Code::D53),
                c => self.cleaned.push(c),
            }
        }
        Ok(&self.cleaned)
    }
}

/// The key in a cell: what [`Cleaner::clean`] makes of it, control characters
/// apart, which no key may hold.
pub fn key(raw: &str, strict: bool) -> &str {
    if strict { raw } else { raw.trim_matches(is_space) }
}

/// Whether a character is white space, or one that is not seen.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{2060}' | '\0'..='\u{1f}')
}
