//! The forms of cells: what a text must look like, and how it may be repaired.
//!
//! Reading a cell borrows from the row wherever nothing has to change (csv.md
//! section 4); both passes over a package read cells by these functions, so
//! that what is imported is what was judged.

use super::keys::written_key;
use super::lenient::{
    self, DateRule, is_month_day, is_number, is_placeholder, is_short_grade, is_year, json_pairs, lenient_flag,
    year_of_range,
};
use super::scan::Faults;
use crate::model::vocabulary::SEX;
use crate::model::{CellForm, Field, Kind, Slot, Type, Version, Vocabulary, is_extension};
use crate::time::Date;
use crate::validate::Code;

/// How the cells of a column are read.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Not at all.
    Skip,
    /// `sourcedId`.
    Id,
    /// `status`.
    Status,
    /// `dateLastModified`.
    Modified,
    /// A text.
    Text,
    /// The name of a person or an org, which may be any word.
    Name,
    /// A code for people, which spreadsheets may take for a date.
    Code,
    /// A text that is neither kept nor shown.
    Secret,
    /// `true` or `false`.
    Bool,
    /// A day.
    Date(DateRule),
    /// Four digits.
    Year,
    /// Digits and a sign.
    Integer,
    /// A decimal number.
    Number,
    /// A word of a vocabulary.
    Word(&'static Vocabulary),
    /// A `sourcedId` of another record.
    Ref(Kind),
    /// Several texts.
    Texts,
    /// Several codes for people, which spreadsheets may take for dates.
    Codes,
    /// Several grade levels of the list of 1.1.
    Grades,
    /// Several words.
    Words(&'static Vocabulary),
    /// Several `sourcedId`s of other records.
    Refs(Kind),
    /// `{left:right}` items.
    Pairs,
    /// A text of the deployment's own.
    Metadata,
}

impl Form {
    /// The form of a field's cells.
    pub fn of(slot: Slot, field: &Field) -> Form {
        match (slot, field.ty, field.many) {
            (Slot::SourcedId, ..) => Form::Id,
            (Slot::Status, ..) => Form::Status,
            (Slot::Modified, ..) => Form::Modified,
            (_, Type::Bool, _) => Form::Bool,
            (_, Type::Date, _) => Form::Date(DateRule::default()),
            (_, Type::DateTime, _) if field.cell == CellForm::Day => Form::Date(DateRule::default()),
            (_, Type::Year, _) => Form::Year,
            (_, Type::Number, _) if field.cell == CellForm::Integer => Form::Integer,
            (_, Type::Number, _) => Form::Number,
            (_, Type::Word(words), false) => Form::Word(words),
            (_, Type::Word(words), true) => Form::Words(words),
            (_, Type::Ref(kind, _), false) => Form::Ref(kind),
            (_, Type::Ref(kind, _), true) => Form::Refs(kind),
            (_, Type::ProfileRef, _) => Form::Ref(Kind::UserProfile),
            (_, Type::Pairs(..), _) => Form::Pairs,
            (_, Type::Metadata, _) => Form::Metadata,
            (_, _, true) => Form::Texts,
            _ => Form::Text,
        }
    }

    /// Whether the value is words for people, in which a line break may become
    /// a space.
    fn is_text(self) -> bool {
        matches!(self, Form::Text | Form::Name | Form::Texts | Form::Metadata)
    }

    /// Whether a cell holds several items, parted by commas.
    #[inline]
    pub fn is_list(self) -> bool {
        matches!(self, Form::Texts | Form::Codes | Form::Grades | Form::Words(_) | Form::Refs(_))
    }

    /// Whether a word such as NULL may be what it says: in names, and in what
    /// deployments add.
    fn takes_any_word(self) -> bool {
        matches!(self, Form::Name | Form::Metadata | Form::Id | Form::Skip | Form::Secret)
    }
}

/// The repairs that were made to a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Repairs(u16);

const REPAIRS: [Code; 13] = [
    Code::D13,
    Code::D24,
    Code::D25,
    Code::D26,
    Code::D27,
    Code::D28,
    Code::D30,
    Code::D33,
    Code::D48,
    Code::D53,
    Code::D56,
    Code::V9,
    Code::V10,
];

impl Repairs {
    /// Notes a repair.
    pub fn add(&mut self, code: Code) {
        if let Some(at) = REPAIRS.iter().position(|&c| c == code) {
            self.0 |= 1 << at;
        }
    }

    /// Whether nothing was repaired.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a repair was made.
    pub fn has(self, code: Code) -> bool {
        REPAIRS.iter().position(|&c| c == code).is_some_and(|at| self.0 & (1 << at) != 0)
    }

    /// The repairs, by their codes.
    pub fn codes(self) -> impl Iterator<Item = Code> {
        REPAIRS.into_iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, code)| code)
    }
}

/// What a cell holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value<'a> {
    /// A text, a number or an identifier.
    Text(&'a str),
    /// A truth value.
    Flag(bool),
    /// A day and its text.
    Day(Date, &'a str),
    /// A word and its position in the vocabulary, [`OWN_WORD`] for one of the
    /// deployment's own.
    Word(u8, &'a str),
}

/// The position of a word that begins with `ext:`.
pub const OWN_WORD: u8 = u8::MAX;

impl<'a> Value<'a> {
    /// The value as records keep it.
    pub fn text(self) -> &'a str {
        match self {
            Value::Text(text) | Value::Day(_, text) | Value::Word(_, text) => text,
            Value::Flag(true) => "true",
            Value::Flag(false) => "false",
        }
    }
}

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

/// Reads clean cells; holds the room that repaired values need.
#[derive(Debug)]
pub struct Cells {
    version: Version,
    strict: bool,
    formed: String,
}

impl Cells {
    /// A reader of cells; a strict one repairs nothing.
    pub fn new(version: Version, strict: bool) -> Cells {
        Cells { version, strict, formed: String::new() }
    }

    /// Reads a value that is not blank and not a list.
    ///
    /// # Errors
    /// The rule of csv.md 5.3 that the text breaks.
    #[inline]
    pub fn scalar<'a>(&'a mut self, form: Form, text: &'a str, repairs: &mut Repairs) -> Result<Value<'a>, Code> {
        match form {
            Form::Bool => match text {
                "true" => Ok(Value::Flag(true)),
                "false" => Ok(Value::Flag(false)),
                _ if self.strict => Err(Code::V6),
                _ => lenient_flag(text, repairs),
            },
            Form::Date(rule) => match Date::parse(text) {
                Some(day) => Ok(Value::Day(day, text)),
                None if self.strict => Err(Code::V3),
                None => self.date(text, rule, repairs),
            },
            Form::Year if is_year(text) => Ok(Value::Text(text)),
            Form::Year if !self.strict => match year_of_range(text, &mut self.formed) {
                Some(year) => {
                    repairs.add(Code::D56);
                    Ok(Value::Text(year))
                }
                None => Err(Code::V5),
            },
            Form::Year => Err(Code::V5),
            Form::Integer => self.number(text, false, repairs),
            Form::Number => self.number(text, true, repairs),
            Form::Word(words) => self.word(words, text, repairs),
            Form::Code if !self.strict && is_month_day(text) => Err(Code::D32),
            _ => Ok(Value::Text(text)),
        }
    }

    fn word<'a>(&self, words: &'static Vocabulary, text: &'a str, repairs: &mut Repairs) -> Result<Value<'a>, Code> {
        let version = self.version;
        let known = || words.words.iter().enumerate().filter(move |(_, w)| w.span.has(version));
        if let Some((at, _)) = known().find(|(_, w)| w.text == text) {
            return Ok(Value::Word(at as u8, text));
        }
        if words.open.has(version) && is_extension(text) {
            return Ok(Value::Word(OWN_WORD, text));
        }
        if self.strict {
            return Err(Code::V7);
        }
        let letter = lenient::sex(text).filter(|_| std::ptr::eq(words, &raw const SEX));
        let meant = letter.unwrap_or(text);
        let (at, word) = known().find(|(_, w)| w.text.eq_ignore_ascii_case(meant)).ok_or(Code::V7)?;
        repairs.add(if letter.is_some() { Code::D25 } else { Code::D24 });
        Ok(Value::Word(at as u8, word.text))
    }

    /// Dates of other forms that can be read only one way (csv.md D28).
    #[cold]
    fn date<'a>(&'a mut self, text: &str, rule: DateRule, repairs: &mut Repairs) -> Result<Value<'a>, Code> {
        let day = lenient::lenient_date(text, rule)?;
        repairs.add(Code::D28);
        self.formed = day.to_string();
        Ok(Value::Day(day, &self.formed))
    }

    /// Numbers, also with a percent sign behind them.
    fn number<'a>(&self, text: &'a str, decimal: bool, repairs: &mut Repairs) -> Result<Value<'a>, Code> {
        if is_number(text, decimal) {
            return Ok(Value::Text(text));
        }
        let bare = text.strip_suffix('%').map(str::trim_end).filter(|bare| !self.strict && is_number(bare, decimal));
        bare.inspect(|_| repairs.add(Code::V9)).map(Value::Text).ok_or(Code::V9)
    }

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

/// Whether a cell that cannot be read by a rule is left blank, and by which
/// finding: words that no one knows and what spreadsheets made of a code, where
/// the cell is optional (csv.md D25, D32).
pub fn blanked(code: Code, required: bool, strict: bool) -> Option<Code> {
    match code {
        _ if required || strict => None,
        Code::V6 | Code::V7 => Some(Code::D25),
        Code::D32 => Some(Code::D32),
        _ => None,
    }
}

/// Whether a character is white space, or one that is not seen.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{2060}' | '\0'..='\u{1f}')
}

/// The key in a cell: what [`Cleaner::clean`] makes of it, control characters
/// apart, which no key may hold.
pub fn key(raw: &str, strict: bool) -> &str {
    if strict { raw } else { raw.trim_matches(is_space) }
}

/// Whether a text may be kept as a key by consent (csv.md D58): anything that
/// can be seen, and is no longer than an identifier also as exports write it.
pub fn is_raw_key(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.chars().any(char::is_control) && is_sourced_id(&written_key(text))
}

/// Whether a text has the alphabet and length of a sourcedId.
pub fn is_sourced_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| GUID[b as usize])
}

/// Whether a byte belongs to the alphabet of sourcedIds.
#[inline]
pub(super) fn is_guid_byte(byte: u8) -> bool {
    GUID[byte as usize]
}

static GUID: [bool; 256] = {
    let mut table = [false; 256];
    let marks = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_/@";
    let mut i = 0;
    while i < marks.len() {
        table[marks[i] as usize] = true;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::DateOrder;
    use crate::model::vocabulary::{ORG_TYPE, RESOURCE_ROLE};
    use proptest::prelude::*;

    fn read(form: Form, text: &str, strict: bool) -> Result<(String, Vec<Code>), Code> {
        let (mut cleaner, mut cells) = (Cleaner::new(strict), Cells::new(Version::V1P2, strict));
        let mut repairs = Repairs::default();
        let clean = cleaner.clean(form, text, Faults::CONTROL, &mut repairs)?;
        let value = match form {
            form if form.is_list() => {
                let mut items = Vec::new();
                cells.items(form, clean, &mut repairs, |i| items.push(i.to_owned()))?;
                items.join("|")
            }
            Form::Pairs => {
                let mut items = Vec::new();
                cells.pairs(clean, &mut repairs, |l, r| items.push(format!("{l}={r}")))?;
                items.join("|")
            }
            _ => cells.scalar(form, clean, &mut repairs)?.text().to_owned(),
        };
        Ok((value, repairs.codes().collect()))
    }

    #[test]
    fn each_form_has_its_good_its_repaired_and_its_bad_texts() {
        let (refs, words) = (Form::Refs(Kind::Org), Form::Words(&RESOURCE_ROLE));
        let day = Form::Date(DateRule::default());
        let of = |order, serials| Form::Date(DateRule { order, serials });
        type Case<'a> = (Form, &'a str, Result<&'a str, Code>, &'a [Code], Option<Code>);
        let cases: &[Case<'_>] = &[
            (Form::Bool, "true", Ok("true"), &[], None),
            (Form::Bool, "TRUE", Ok("true"), &[Code::D24], Some(Code::V6)),
            (Form::Bool, "1", Ok("true"), &[Code::D25], Some(Code::V6)),
            (Form::Bool, "No", Ok("false"), &[Code::D25], Some(Code::V6)),
            (Form::Bool, "maybe", Err(Code::V6), &[], Some(Code::V6)),
            (Form::Word(&SEX), "F", Ok("female"), &[Code::D25], Some(Code::V7)),
            (Form::Word(&SEX), "Male", Ok("male"), &[Code::D24], Some(Code::V7)),
            (Form::Word(&ORG_TYPE), "M", Err(Code::V7), &[], Some(Code::V7)),
            (day, "2026-08-17", Ok("2026-08-17"), &[], None),
            (day, "8/17/2026", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (day, "17.08.2026", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (day, "20260817", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (day, "2026/8/7", Ok("2026-08-07"), &[Code::D28], Some(Code::V3)),
            (day, "8/7/2026", Err(Code::V3), &[], Some(Code::V3)),
            (of(DateOrder::DayFirst, false), "8/7/2026", Ok("2026-07-08"), &[Code::D28], Some(Code::V3)),
            (of(DateOrder::MonthFirst, false), "8/7/2026", Ok("2026-08-07"), &[Code::D28], Some(Code::V3)),
            (of(DateOrder::MonthFirst, false), "17/8/2026", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (day, "8/8/2026", Ok("2026-08-08"), &[Code::D28], Some(Code::V3)),
            (day, "2026-08-17T00:00:00Z", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (day, "8/17/2026 0:00", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (day, "46251", Err(Code::D28), &[], Some(Code::V3)),
            (of(DateOrder::Open, true), "46251", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
            (of(DateOrder::Open, true), "462510", Err(Code::V3), &[], Some(Code::V3)),
            (day, "8/17/26", Err(Code::V3), &[], Some(Code::V3)),
            (day, "2026-02-30", Err(Code::V3), &[], Some(Code::V3)),
            (Form::Year, "2027", Ok("2027"), &[], None),
            (Form::Year, "2026-2027", Ok("2027"), &[Code::D56], Some(Code::V5)),
            (Form::Year, "2026/27", Ok("2027"), &[Code::D56], Some(Code::V5)),
            (Form::Year, "1999-00", Ok("2000"), &[Code::D56], Some(Code::V5)),
            (Form::Year, "2026-2028", Err(Code::V5), &[], Some(Code::V5)),
            (Form::Year, "27", Err(Code::V5), &[], Some(Code::V5)),
            (Form::Integer, "40", Ok("40"), &[], None),
            (Form::Integer, "040", Err(Code::V9), &[], Some(Code::V9)),
            (Form::Number, "-.5e-3", Ok("-.5e-3"), &[], None),
            (Form::Integer, "40%", Ok("40"), &[Code::V9], Some(Code::V9)),
            (Form::Number, "12.5 %", Ok("12.5"), &[Code::V9], Some(Code::V9)),
            (Form::Integer, "forty%", Err(Code::V9), &[], Some(Code::V9)),
            (Form::Number, "1,5", Err(Code::V9), &[], Some(Code::V9)),
            (Form::Word(&ORG_TYPE), "school", Ok("school"), &[], None),
            (Form::Word(&ORG_TYPE), "School", Ok("school"), &[Code::D24], Some(Code::V7)),
            (Form::Word(&ORG_TYPE), "school ", Ok("school"), &[Code::D26], Some(Code::V7)),
            (Form::Word(&ORG_TYPE), "ext:campus", Ok("ext:campus"), &[], None),
            (Form::Word(&ORG_TYPE), "college", Err(Code::V7), &[], Some(Code::V7)),
            (Form::Text, "\u{a0}Zoë\u{200b}", Ok("Zoë"), &[Code::D26], None),
            (Form::Text, "N/A", Ok(""), &[Code::D33], None),
            (Form::Text, "-", Ok(""), &[Code::D33], None),
            (Form::Name, "Null", Ok("Null"), &[], None),
            (Form::Name, "NULL", Ok("NULL"), &[], None),
            (Form::Text, "nun", Ok("nun"), &[], None),
            (Form::Code, "12-Sep", Err(Code::D32), &[], None),
            (Form::Codes, "1,2-Jan", Err(Code::D32), &[], None),
            (Form::Codes, "1;2", Ok("1|2"), &[Code::D27], None),
            (Form::Grades, "9,KG,10", Ok("09|KG|10"), &[Code::D30], None),
            (Form::Grades, "0", Ok("0"), &[], None),
            (Form::Text, "a\0b", Ok("ab"), &[Code::D53], None),
            (Form::Text, "a\r\nb", Ok("a b"), &[Code::D13], Some(Code::T10)),
            (day, "2026-\n08-17", Err(Code::T10), &[], Some(Code::T10)),
            (refs, "a,b", Ok("a|b"), &[], None),
            (refs, "a, b", Ok("a|b"), &[Code::D27], None),
            (refs, "a;b", Ok("a|b"), &[Code::D27], None),
            (refs, "a,,b", Ok("a|b"), &[Code::D27], Some(Code::V8)),
            (refs, "[\"a\",\"b\"]", Ok("a|b"), &[Code::D27], None),
            (words, "student,Teacher", Ok("student|teacher"), &[Code::D24], Some(Code::V7)),
            (Form::Pairs, "{ldap:a},{state:T-7}", Ok("ldap=a|state=T-7"), &[], None),
            (Form::Pairs, "ldap:a", Ok("ldap=a"), &[Code::D48], Some(Code::V10)),
            (Form::Pairs, "{a}", Ok("unknown=a"), &[Code::D48], Some(Code::V10)),
            (Form::Pairs, "{url:https://x/1}", Ok("url=https://x/1"), &[Code::V10], Some(Code::V10)),
            (Form::Pairs, r#"[{"type":"a","identifier":"b"}]"#, Ok("a=b"), &[Code::D48], Some(Code::V10)),
            (Form::Pairs, "{:a}", Err(Code::V10), &[], Some(Code::V10)),
        ];
        for (form, text, wanted, repairs, strict) in cases {
            match (read(*form, text, false), wanted) {
                (Ok((value, codes)), Ok(wanted)) => {
                    assert_eq!((value.as_str(), codes.as_slice()), (*wanted, *repairs), "{text}");
                }
                (got, wanted) => assert_eq!(got.err(), wanted.err(), "{text}"),
            }
            assert_eq!(read(*form, text, true).err(), *strict, "{text}, strictly");
        }
    }

    #[test]
    fn sourced_ids_have_their_alphabet() {
        for good in ["a", "00-Z.z_/@", &"x".repeat(255)] {
            assert!(is_sourced_id(good));
        }
        for bad in ["", "a b", "ü", "a:b", &"x".repeat(256)] {
            assert!(!is_sourced_id(bad));
        }
    }

    const FORMS: [Form; 16] = [
        Form::Text,
        Form::Name,
        Form::Code,
        Form::Bool,
        Form::Date(DateRule { order: DateOrder::DayFirst, serials: true }),
        Form::Year,
        Form::Integer,
        Form::Number,
        Form::Word(&SEX),
        Form::Texts,
        Form::Codes,
        Form::Grades,
        Form::Words(&RESOURCE_ROLE),
        Form::Refs(Kind::Org),
        Form::Pairs,
        Form::Metadata,
    ];

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}", strict: bool) {
            for form in FORMS {
                let _ = read(form, &text, strict);
            }
        }
    }
}
