//! One object of an answer to a record, whatever the provider made of it.
//!
//! The strict reading of `oneroster` comes first and costs nothing more where
//! a provider keeps to the standard. What it refuses is repaired where its
//! meaning is certain, and left out by name where it is not; each repair is a
//! finding.

mod leaf;
mod old;
mod other;
mod repair;
pub(crate) mod words;

use crate::findings::Findings;
use crate::habit::Habit;
use oneroster::at;
use oneroster::json::decode::{DecodeError, Decoded, Deviation, decode};
use oneroster::json::strict::Strict;
use oneroster::model::{Edition, Kind, Type};
use oneroster::record::Record;
use serde_json::Value;
use std::sync::Arc;

/// How many members of one record are repaired before it is given up.
const REPAIRS: usize = 200;

/// A record that has no identifier or status that can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// The kind of record.
    pub kind: Kind,
    /// Its identifier, if that can be read.
    pub sourced_id: Option<String>,
    /// The member that cannot be read, and what belongs there.
    pub why: String,
}

/// How objects of one kind are read.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    kind: Kind,
    edition: Edition,
    /// Only some members were asked for, so that the identifier may be missing.
    partial: bool,
    findings: Findings,
    /// How those are read that keep to the letter; none in 1.0, which had another one.
    strict: Option<Arc<Strict>>,
}

impl Reader {
    pub fn new(kind: Kind, edition: Edition, partial: bool, findings: Findings) -> Reader {
        let strict = (edition != Edition::V1P0).then(|| Arc::new(Strict::new(kind, edition.version())));
        Reader { kind, edition, partial, findings, strict }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Reads the text of one object.
    pub fn read(&self, text: &str) -> Result<Record, Unreadable> {
        let mut record = Record::new(self.kind);
        self.read_into(text, &mut record).map(|()| record)
    }

    /// Reads the text of one object in place of what the record holds.
    pub fn read_into(&self, text: &str, record: &mut Record) -> Result<(), Unreadable> {
        if !self.strict.as_ref().is_some_and(|strict| strict.read(text, record)) {
            *record = self.repaired(text)?;
        }
        if record.sourced_id.is_empty() && !self.partial {
            return Err(self.unreadable(None, "It has no sourcedId."));
        }
        words::settle(self, record);
        if self.kind == Kind::User && record.get(at!(User.password)).is_some() {
            self.note(Habit::PasswordSent, "password", record);
        }
        Ok(())
    }

    fn unreadable(&self, id: Option<String>, why: &str) -> Unreadable {
        self.findings.of(Habit::RecordUnreadable, Some(self.kind), "", id.as_deref());
        Unreadable { kind: self.kind, sourced_id: id, why: why.to_owned() }
    }

    /// Reads an object that departs from the standard in something.
    fn repaired(&self, text: &str) -> Result<Record, Unreadable> {
        let mut value: Value = serde_json::from_str(text).map_err(|_| self.unreadable(None, "It is no JSON."))?;
        if self.edition == Edition::V1P0 {
            old::lift(self.kind, &mut value, &self.findings);
        }
        let decoded =
            self.decoded(&mut value).map_err(|error| self.unreadable(identifier(&value), &error.to_string()))?;
        let mut record = decoded.record;
        for note in &decoded.notes {
            if note.what == Deviation::Unknown {
                continue;
            }
            self.note(habit(note.what), &note.path, &record);
        }
        let unknown: Vec<&str> =
            decoded.notes.iter().filter(|n| n.what == Deviation::Unknown).map(|n| n.path.as_str()).collect();
        if !unknown.is_empty() {
            other::settle(self, &mut record, &value, &unknown);
        }
        Ok(record)
    }

    fn note(&self, habit: Habit, member: &str, record: &Record) {
        self.findings.of(habit, Some(self.kind), member, Some(&record.sourced_id));
    }

    /// Decodes; repairs or leaves out what cannot be read, one by one.
    fn decoded(&self, value: &mut Value) -> Result<Decoded, DecodeError> {
        let version = self.edition.version();
        let mut tries = 0;
        loop {
            let error = match decode(self.kind, version, value) {
                Ok(decoded) => return Ok(decoded),
                Err(error) => error,
            };
            tries += 1;
            let field = leaf::field(self.kind, version, &error.path);
            if tries > REPAIRS {
                return Err(error);
            }
            let repaired = field.and_then(|field| repair::at(value, &error.path, field));
            let left_out = || leaf::leave_out(value, &error.path, field.map(|field| (field, version)));
            let Some(habit) = repaired.or_else(left_out) else { return Err(error) };
            // What became null is noted by the reading that follows.
            if habit != Habit::NullMember {
                self.findings.of(habit, Some(self.kind), &error.path, identifier(value).as_deref());
            }
        }
    }
}

/// The identifier of an object, as far as it has one.
fn identifier(value: &Value) -> Option<String> {
    match value.get("sourcedId")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The row of the table that a departure of form is.
fn habit(deviation: Deviation) -> Habit {
    match deviation {
        Deviation::Unknown => Habit::UnknownMember,
        Deviation::Null => Habit::NullMember,
        Deviation::Empty => Habit::EmptyText,
        Deviation::Boolean => Habit::JsonBoolean,
        Deviation::Number => Habit::NumberForText,
        Deviation::DateWithTime => Habit::DateWithTime,
        Deviation::DateTimeForm => Habit::InstantForm,
        Deviation::ReferenceType => Habit::ReferenceType,
        Deviation::Inactive => Habit::StatusWord,
        Deviation::Single => Habit::SingleForList,
    }
}

/// Whether a field names another record.
fn is_reference(ty: Type) -> bool {
    matches!(ty, Type::Ref(..) | Type::Through(_))
}

#[cfg(test)]
mod tests;
