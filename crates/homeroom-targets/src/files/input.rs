//! What a cell is made of: a record, what of it is the row, and what is known
//! of the rest.

use super::format::{Each, From};
use super::known::{Known, live_until};
use super::map::Mapped;
use super::settings::Settings;
use oneroster::at;
use oneroster::record::{Record, Status};
use oneroster::time::Date;

/// What a row is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The record.
    pub record: &'a Record,
    /// What of it is the row.
    pub part: Part<'a>,
    /// What is known of the rest of the roster.
    pub known: &'a Known,
    /// What was set.
    pub settings: &'a Settings,
    /// The day on which it is sent.
    pub today: Date,
}

/// What of a record is a row.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// All of it.
    Whole,
    /// A role of the person.
    Role(&'a Record),
    /// A person that the person is related to.
    Agent(&'a str),
    /// A member of the metadata of the person, and one item of its value.
    Member(&'a str, &'a str),
}

/// A value, as it came of the roster.
#[derive(PartialEq, Eq, Debug)]
pub enum Value {
    /// Nothing.
    None,
    /// This.
    One(String),
    /// Several.
    Many(Vec<String>),
    /// A word that the system does not know.
    Unmapped(String),
}

impl<'a> Input<'a> {
    /// The text of a field.
    pub fn own(&self, field: u8) -> Option<&'a str> {
        self.record.get(field).filter(|text| !text.is_empty())
    }

    /// The role that the row is of.
    pub fn role(&self) -> Option<&'a Record> {
        match self.part {
            Part::Role(role) => Some(role),
            _ => None,
        }
    }

    /// The roles that the person holds, or will.
    pub fn roles(&self) -> impl Iterator<Item = &'a Record> + use<'a> {
        let today = self.today;
        self.record.rows(at!(User.roles)).filter(move |role| held(role, today))
    }

    /// The parts of a record that are rows.
    pub(super) fn parts(record: &'a Record, each: Each, today: Date) -> Vec<Part<'a>> {
        match each {
            Each::Record => vec![Part::Whole],
            Each::Role => record.rows(at!(User.roles)).filter(|role| held(role, today)).map(Part::Role).collect(),
            Each::Agent => record.list(at!(User.agents)).map(Part::Agent).collect(),
            Each::Member => {
                let items = |(name, value)| items(value).map(move |item| Part::Member(name, item));
                record.pairs(at!(User.metadata)).flat_map(items).collect()
            }
        }
    }

    pub(super) fn value(&self, from: &From) -> Value {
        let one = |text: Option<&str>| match text.map(str::trim) {
            Some(text) if !text.is_empty() => Value::One(text.to_owned()),
            _ => Value::None,
        };
        match from {
            From::Id => one(Some(&self.record.sourced_id)),
            From::Own(field) => one(self.record.get(*field)),
            From::First(field) => one(self.record.list(*field).find(|item| !item.trim().is_empty())),
            From::List(field) => {
                let items: Vec<&str> = self.record.list(*field).filter(|item| !item.is_empty()).collect();
                one(Some(&items.join(",")))
            }
            From::Role(field) => one(self.role().and_then(|role| role.get(*field))),
            From::Agent => match self.part {
                Part::Agent(agent) => one(Some(agent)),
                _ => Value::None,
            },
            From::Word(word) => one(Some(word)),
            From::Blank => Value::None,
            From::Mapped(map, from) => match self.value(from) {
                Value::One(word) => match map.look(&word, self.settings) {
                    Mapped::To(to) if !to.is_empty() => Value::One(to),
                    Mapped::Unknown => Value::Unmapped(word),
                    Mapped::To(_) | Mapped::Silent => Value::None,
                },
                other => other,
            },
            From::Made(make) => one(make(self).as_deref()),
            From::Many(make) => Value::Many(make(self)),
        }
    }
}

/// The items of a member of metadata, of which the value is a JSON text: a list with
/// commas, or one. What is no plain text has none.
fn items(value: &str) -> impl Iterator<Item = &str> {
    let value = value.trim();
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let plain = !text.contains(['"', '\\', '{', '[']) && text != "null";
    text.split(',').map(str::trim).filter(move |item| plain && !item.is_empty())
}

/// Whether a role is held, or will be.
pub(super) fn held(role: &Record, today: Date) -> bool {
    role.status == Status::Active && live_until(role.get(at!(Role.endDate)), today)
}
