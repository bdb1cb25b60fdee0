//! One JSON object to a record, leniently (rest.md 2.1).
//!
//! What other systems send instead of the strict form is read where its
//! meaning is certain, and each such reading is noted. What is not certain is
//! an error that names the member; values are never named, for they may be a
//! person's. Whether words, references and obligations hold is not asked here.

mod value;

use crate::model::{Field, Kind, Slot, Version};
use crate::record::{Record, Status};
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use value::Scalar;

/// A record as it was read, and what about its form was not to the letter.
#[derive(Debug)]
pub struct Decoded {
    /// The record. Its sourcedId is empty if the object had none; rows of roles
    /// and learning objectives have none in JSON. Derived children are left out.
    pub record: Record,
    /// Departures from the strict form, in the order of the object.
    pub notes: Vec<Note>,
}

impl Decoded {
    /// Paths of the members that the class does not have.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.notes.iter().filter(|n| n.what == Deviation::Unknown).map(|n| n.path.as_str())
    }
}

/// One departure from the strict form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The member: `roles[0].org`.
    pub path: String,
    /// What it was.
    pub what: Deviation,
}

/// A form that is read though the standard does not have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Deviation {
    /// A member that the class of this version does not have; not read.
    Unknown,
    /// `null`, read as absent.
    Null,
    /// An empty string, read as absent.
    Empty,
    /// A boolean as a JSON boolean, as 0 or 1, or in capitals.
    Boolean,
    /// A number where a string belongs.
    Number,
    /// A date with a time of day, which was dropped.
    DateWithTime,
    /// A date-time of another precision or zone, or a day read as its midnight in UTC.
    DateTimeForm,
    /// A reference whose `type` is another word than that of its class.
    ReferenceType,
    /// `inactive`, read as `tobedeleted`.
    Inactive,
    /// One value where a list belongs, read as a list of it.
    Single,
}

/// Why an object cannot be read; `path` is empty for the object itself.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{} cannot be read: {wanted} is needed there", if path.is_empty() { "The object" } else { path })]
pub struct DecodeError {
    /// The member: `roles[0].org.sourcedId`.
    pub path: String,
    /// What belongs there.
    pub wanted: &'static str,
}

/// Reads one object of a kind as `version` shapes it.
///
/// # Errors
/// If something is not an object, or the value of a known member has a type or
/// form whose meaning is not certain.
pub fn decode(kind: Kind, version: Version, value: &Value) -> Result<Decoded, DecodeError> {
    let mut reader = Reader { version, path: String::new(), notes: Vec::new() };
    let mut record = Record::new(kind);
    let object = value.as_object().ok_or_else(|| reader.wanted("an object"))?;
    reader.class(&mut record, object)?;
    Ok(Decoded { record, notes: reader.notes })
}

/// Reads the value of one member; whether it was to the letter.
pub(super) fn member_of_tree(
    record: &mut Record,
    i: u8,
    field: &'static Field,
    version: Version,
    value: &Value,
) -> bool {
    let mut reader = Reader { version, path: String::new(), notes: Vec::new() };
    reader.member(record, i, field, value).is_ok() && reader.notes.is_empty()
}

/// Where reading stands, and what was noted so far.
struct Reader {
    version: Version,
    path: String,
    notes: Vec<Note>,
}

impl Reader {
    fn class(&mut self, record: &mut Record, object: &Map<String, Value>) -> Result<(), DecodeError> {
        for (name, value) in object {
            self.within(name, |r| match record.kind().entity().member(name, r.version) {
                None => r.pass_over(Deviation::Unknown),
                Some((Slot::Own(i), field)) => r.member(record, i, field, value),
                Some((slot, field)) => match r.scalar(field, value)? {
                    Some(text) => r.common(record, slot, text),
                    None => Ok(()),
                },
            })?;
        }
        Ok(())
    }

    fn common(&mut self, record: &mut Record, slot: Slot, text: Scalar<'_>) -> Result<(), DecodeError> {
        match slot {
            Slot::Own(_) => {}
            Slot::SourcedId => record.sourced_id = text.into_owned(),
            Slot::Modified => record.modified = Timestamp::parse(&text),
            Slot::Status => {
                let known = [Status::Active, Status::ToBeDeleted].into_iter().find(|s| s.word() == text);
                record.status = match known {
                    Some(status) => status,
                    // 1.0 and some systems since: the record is to go (rest.md 2.1).
                    None if text.eq_ignore_ascii_case("inactive") => {
                        self.note(Deviation::Inactive);
                        Status::ToBeDeleted
                    }
                    None => return Err(self.wanted("active or tobedeleted")),
                };
            }
        }
        Ok(())
    }

    /// Does something with `.name` at the end of the path.
    fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Reader) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = read(self);
        self.path.truncate(length);
        result
    }

    /// Does something with `[i]` at the end of the path.
    fn at<T>(&mut self, i: usize, read: impl FnOnce(&mut Reader) -> T) -> T {
        let length = self.path.len();
        let _ = write!(self.path, "[{i}]");
        let result = read(self);
        self.path.truncate(length);
        result
    }

    fn note(&mut self, what: Deviation) {
        self.notes.push(Note { path: self.path.clone(), what });
    }

    /// Notes it and goes on without a value.
    fn pass_over(&mut self, what: Deviation) -> Result<(), DecodeError> {
        self.note(what);
        Ok(())
    }

    fn wanted(&self, wanted: &'static str) -> DecodeError {
        DecodeError { path: self.path.clone(), wanted }
    }
}
