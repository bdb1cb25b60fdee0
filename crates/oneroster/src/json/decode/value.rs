//! Values of members: scalars, references, lists, pairs, metadata, nested rows.

use super::{DecodeError, Deviation, Reader};
use crate::json::target::{inner_array, is_children, is_row_id, row_members, target};
use crate::json::uri::profile_id;
use crate::model::{Field, Kind, Type};
use crate::record::Record;
use crate::time::{Date, Timestamp};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A value as the record keeps it.
pub(super) type Scalar<'a> = Cow<'a, str>;

type Outcome = Result<(), DecodeError>;

impl Reader {
    /// Reads the value of one member of a class or of a nested row.
    pub(super) fn member(&mut self, record: &mut Record, i: u8, field: &'static Field, value: &Value) -> Outcome {
        if value.is_null() {
            return self.pass_over(Deviation::Null);
        }
        match field.ty {
            // Derived from the parents of others: never part of the record.
            _ if is_children(record.kind().entity(), field) => Ok(()),
            Type::Metadata => self.metadata(record, i, value),
            Type::Rows(kind) => self.each(value, |r, row| r.rows(record, i, kind, row)),
            Type::Pairs(left, right) => self.each(value, |r, pair| r.pair(record, i, [left, right], pair)),
            _ if field.many => self.each(value, |r, item| r.push(record, i, field, item)),
            _ => self.push(record, i, field, value),
        }
    }

    fn push(&mut self, record: &mut Record, i: u8, field: &'static Field, value: &Value) -> Outcome {
        if let Some(text) = self.scalar(field, value)? {
            record.push(i, &text);
        }
        Ok(())
    }

    fn each(&mut self, value: &Value, mut read: impl FnMut(&mut Reader, &Value) -> Outcome) -> Outcome {
        let Value::Array(items) = value else {
            self.note(Deviation::Single);
            return read(self, value);
        };
        for (i, item) in items.iter().enumerate() {
            self.at(i, |r| match item {
                Value::Null => r.pass_over(Deviation::Null),
                item => read(r, item),
            })?;
        }
        Ok(())
    }

    /// Reads one value; `None` if it is absent in one of the ways that occur.
    pub(super) fn scalar<'a>(
        &mut self,
        field: &'static Field,
        value: &'a Value,
    ) -> Result<Option<Scalar<'a>>, DecodeError> {
        if let Some(kind) = target(field) {
            return self.reference(kind, value);
        }
        let scalar = match (field.ty, value) {
            (_, Value::Null) => return Ok(self.absent(Deviation::Null)),
            (_, Value::String(text)) if text.is_empty() => return Ok(self.absent(Deviation::Empty)),
            (Type::Bool, value) => Cow::Borrowed(self.boolean(value)?),
            (Type::Number, Value::Number(number)) => Cow::Owned(number.to_string()),
            (Type::Number, _) => return Err(self.wanted("a number")),
            (Type::Date, Value::String(text)) => Cow::Borrowed(self.date(text)?),
            (Type::Date, _) => return Err(self.wanted("a date such as 2026-08-24")),
            (Type::DateTime, Value::String(text)) => self.instant(text)?,
            (Type::DateTime, _) => return Err(self.wanted("a date-time such as 2026-08-24T06:30:00.000Z")),
            (Type::ProfileRef, Value::String(text)) => profile_id(text),
            (_, Value::String(text)) => Cow::Borrowed(text.as_str()),
            (_, Value::Number(number)) => {
                self.note(Deviation::Number);
                Cow::Owned(number.to_string())
            }
            _ => return Err(self.wanted("a string")),
        };
        Ok(Some(scalar))
    }

    fn absent<T>(&mut self, how: Deviation) -> Option<T> {
        self.note(how);
        None
    }

    fn boolean(&mut self, value: &Value) -> Result<&'static str, DecodeError> {
        let (truth, strict) = match value {
            Value::String(text) if text == "true" => (true, true),
            Value::String(text) if text == "false" => (false, true),
            Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => (true, false),
            Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => (false, false),
            Value::Bool(truth) => (*truth, false),
            Value::Number(n) if n.as_u64() == Some(1) => (true, false),
            Value::Number(n) if n.as_u64() == Some(0) => (false, false),
            _ => return Err(self.wanted("\"true\" or \"false\"")),
        };
        if !strict {
            self.note(Deviation::Boolean);
        }
        Ok(if truth { "true" } else { "false" })
    }

    fn date<'a>(&mut self, text: &'a str) -> Result<&'a str, DecodeError> {
        if Date::parse(text).is_some() {
            return Ok(text);
        }
        match text.split_once(['T', ' ']) {
            Some((day, _)) if Date::parse(day).is_some() => {
                self.note(Deviation::DateWithTime);
                Ok(day)
            }
            _ => Err(self.wanted("a date such as 2026-08-24")),
        }
    }

    fn instant<'a>(&mut self, text: &'a str) -> Result<Scalar<'a>, DecodeError> {
        let Some(instant) = Timestamp::parse_lenient(text) else {
            return Err(self.wanted("a date-time such as 2026-08-24T06:30:00.000Z"));
        };
        let strict = instant.to_string();
        if strict != text {
            self.note(Deviation::DateTimeForm);
        }
        Ok(Cow::Owned(strict))
    }

    /// Reads the sourcedId of a reference; href and type are the server's own.
    fn reference<'a>(&mut self, kind: Kind, value: &'a Value) -> Result<Option<Scalar<'a>>, DecodeError> {
        let Value::Object(object) = value else {
            return match value {
                Value::Null => Ok(self.absent(Deviation::Null)),
                _ => Err(self.wanted("an object with a sourcedId")),
            };
        };
        if object.get("type").is_some_and(|t| t != kind.entity().name) {
            self.note(Deviation::ReferenceType);
        }
        for name in object.keys().filter(|n| !["href", "sourcedId", "type"].contains(&n.as_str())) {
            self.within(name, |r| r.note(Deviation::Unknown));
        }
        self.within("sourcedId", |r| match object.get("sourcedId") {
            Some(Value::String(id)) if id.is_empty() => Ok(r.absent(Deviation::Empty)),
            Some(Value::String(id)) => Ok(Some(Cow::Borrowed(id.as_str()))),
            Some(Value::Number(id)) => {
                r.note(Deviation::Number);
                Ok(Some(Cow::Owned(id.to_string())))
            }
            _ => Err(r.wanted("the sourcedId of the record that is meant")),
        })
    }

    fn pair(&mut self, record: &mut Record, i: u8, names: [&str; 2], value: &Value) -> Outcome {
        let object = self.object(value)?;
        for name in object.keys().filter(|n| !names.contains(&n.as_str())) {
            self.within(name, |r| r.note(Deviation::Unknown));
        }
        let mut side = |name: &str| {
            self.within(name, |r| match object.get(name) {
                Some(Value::String(text)) => Ok(Cow::Borrowed(text.as_str())),
                Some(Value::Number(number)) => {
                    r.note(Deviation::Number);
                    Ok(Cow::Owned(number.to_string()))
                }
                _ => Err(r.wanted("a string")),
            })
        };
        let (left, right) = (side(names[0])?, side(names[1])?);
        if left.is_empty() || right.is_empty() {
            return self.pass_over(Deviation::Empty);
        }
        record.push_pair(i, &left, &right);
        Ok(())
    }

    fn metadata(&mut self, record: &mut Record, i: u8, value: &Value) -> Outcome {
        for (name, value) in self.object(value)? {
            match value {
                Value::Null => self.within(name, |r| r.note(Deviation::Null)),
                Value::String(text) if text.is_empty() => self.within(name, |r| r.note(Deviation::Empty)),
                value => record.push_pair(i, name, &value.to_string()),
            }
        }
        Ok(())
    }

    fn object<'a>(&self, value: &'a Value) -> Result<&'a Map<String, Value>, DecodeError> {
        value.as_object().ok_or_else(|| self.wanted("an object"))
    }

    /// Reads one object of a nested list: a row for each element of its inner
    /// array, or one row if it has none.
    fn rows(&mut self, record: &mut Record, i: u8, kind: Kind, value: &Value) -> Outcome {
        let object = self.object(value)?;
        let mut head = Record::new(kind);
        let inner = inner_array(kind, self.version);
        let mut elements = None;
        for (name, value) in object {
            if inner.is_some_and(|(array, _)| array == name) {
                elements = Some(value);
            } else {
                self.within(name, |r| r.row_member(&mut head, None, name, value))?;
            }
        }
        let mut alone = true;
        if let (Some((array, plain)), Some(elements)) = (inner, elements) {
            self.within(array, |r| match elements {
                Value::Null => r.pass_over(Deviation::Null),
                elements => r.each(elements, |r, element| {
                    let mut row = head.clone();
                    r.element(&mut row, array, plain, element)?;
                    record.push_row(i, row);
                    alone = false;
                    Ok(())
                }),
            })?;
        }
        if alone {
            record.push_row(i, head);
        }
        Ok(())
    }

    fn element(&mut self, row: &mut Record, array: &str, plain: bool, value: &Value) -> Outcome {
        if plain {
            let mut members = row_members(row.kind(), self.version);
            return match members.find(|(_, f)| f.within == Some(array)) {
                Some((i, field)) => self.push(row, i, field, value),
                None => Ok(()),
            };
        }
        for (name, value) in self.object(value)? {
            self.within(name, |r| r.row_member(row, Some(array), name, value))?;
        }
        Ok(())
    }

    fn row_member(&mut self, row: &mut Record, array: Option<&str>, name: &str, value: &Value) -> Outcome {
        let mut members = row_members(row.kind(), self.version);
        match members.find(|(_, f)| f.name == name && f.within == array) {
            None => self.pass_over(Deviation::Unknown),
            Some((_, field)) if is_row_id(field) => {
                if let Some(uri) = self.scalar(field, value)? {
                    row.sourced_id = profile_id(&uri).into_owned();
                }
                Ok(())
            }
            Some((i, field)) => self.member(row, i, field, value),
        }
    }
}
