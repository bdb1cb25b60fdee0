//! Values of their own: texts, words, days, numbers.

use super::{Form, Repairs};
use crate::csv::lenient::{self, DateRule, is_month_day, is_number, is_year, lenient_flag, year_of_range};
use crate::model::vocabulary::SEX;
use crate::model::{Version, Vocabulary, is_extension};
use crate::time::Date;
use crate::validate::Code;

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

/// Reads clean cells; holds the room that repaired values need.
#[derive(Debug)]
pub struct Cells {
    version: Version,
    pub(super) strict: bool,
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

    pub(super) fn word<'a>(
        &self,
        words: &'static Vocabulary,
        text: &'a str,
        repairs: &mut Repairs,
    ) -> Result<Value<'a>, Code> {
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
}
