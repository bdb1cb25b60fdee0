//! Objects that keep to the letter, read to records without a tree of their
//! values.
//!
//! Most objects of most providers depart from the standard in nothing, and
//! there are millions of them. One that departs in anything is not judged
//! here: it is given back, to be read by [`decode`](super::decode::decode),
//! which names the departure.

mod value;

use crate::json::target::{inner_array, is_children, is_row_id, row_members, target};
use crate::model::{Field, Kind, Slot, Type, Version};
use crate::record::Record;
use serde::de::{DeserializeSeed as _, Error, MapAccess, Visitor};
use std::fmt;

/// How objects of one kind and version are read.
#[derive(Clone, Debug)]
pub struct Strict {
    kind: Kind,
    version: Version,
    members: Vec<Member>,
}

/// One member of a class or of a nested row.
#[derive(Clone, Debug)]
struct Member {
    field: &'static Field,
    slot: Slot,
    form: Form,
    /// An array of such values.
    list: bool,
}

/// What a value looks like that keeps to the letter.
#[derive(Clone, Debug)]
enum Form {
    /// A text that is not empty.
    Text,
    /// The same, which names an account.
    Profile,
    /// `"true"` or `"false"`.
    Truth,
    Day,
    Instant,
    /// A reference to a record of the class of this name.
    Reference(&'static str),
    Pair([&'static str; 2]),
    Row(Kind, Vec<Member>),
    Metadata,
    /// Derived from other records: looked over, not kept.
    Derived,
    /// Whatever is rare: read as a tree.
    Tree,
}

impl Strict {
    /// Prepares to read objects of a kind as `version` shapes them.
    pub fn new(kind: Kind, version: Version) -> Strict {
        let members = kind.entity().members(version).map(|(slot, field)| member(kind, slot, field, version));
        Strict { kind, version, members: members.collect() }
    }

    /// Reads the text of one object. `false` if it departs from the strict form
    /// in anything, or is no JSON; what the record holds then is of no use.
    pub fn read(&self, text: &str, record: &mut Record) -> bool {
        record.clear(self.kind);
        let mut json = serde_json::Deserializer::from_str(text);
        let object = Object { members: &self.members, version: self.version, record };
        object.deserialize(&mut json).is_ok() && json.end().is_ok()
    }
}

fn member(kind: Kind, slot: Slot, field: &'static Field, version: Version) -> Member {
    let form = match (target(field), field.ty) {
        _ if is_children(kind.entity(), field) => Form::Derived,
        (Some(of), _) => Form::Reference(of.entity().name),
        (None, Type::Bool) => Form::Truth,
        (None, Type::Date) => Form::Day,
        (None, Type::DateTime) => Form::Instant,
        (None, Type::Number) => Form::Tree,
        (None, Type::ProfileRef) => Form::Profile,
        (None, Type::Pairs(left, right)) => Form::Pair([left, right]),
        (None, Type::Metadata) => Form::Metadata,
        (None, Type::Rows(of)) => row(of, version),
        (None, _) => Form::Text,
    };
    let whole = matches!(form, Form::Derived | Form::Metadata | Form::Tree);
    let list = !whole && (field.many || matches!(field.ty, Type::Pairs(..) | Type::Rows(_)));
    Member { field, slot, form, list }
}

/// Rows with an array in them, or with an identifier of their own, are rare.
fn row(kind: Kind, version: Version) -> Form {
    let members = || row_members(kind, version);
    if inner_array(kind, version).is_some() || members().any(|(_, field)| is_row_id(field)) {
        return Form::Tree;
    }
    Form::Row(kind, members().map(|(i, field)| member(kind, Slot::Own(i), field, version)).collect())
}

/// What is not to the letter ends the reading; nobody sees the words.
fn odd<E: Error>() -> E {
    E::custom("it is not to the letter")
}

/// An object of a class, or a nested row.
struct Object<'a> {
    members: &'a [Member],
    version: Version,
    record: &'a mut Record,
}

impl<'de> serde::de::DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = 0u128;
        let mut expected = 0;
        while let Some(at) = map.next_key_seed(Name { members: self.members, expected })? {
            // The last of two members of one name would count; which one was
            // meant is not for us to say.
            let bit = u32::try_from(at).ok().and_then(|at| 1u128.checked_shl(at)).ok_or_else(odd)?;
            let member = self.members.get(at).filter(|_| seen & bit == 0).ok_or_else(odd)?;
            seen |= bit;
            expected = at + 1;
            let version = self.version;
            map.next_value_seed(value::Whole { member, version, record: &mut *self.record })?;
        }
        Ok(())
    }
}

/// The position of a member. Providers write members in the order of the table
/// or one of their own, so the one that follows the last is looked at first.
struct Name<'a> {
    members: &'a [Member],
    expected: usize,
}

impl<'de> serde::de::DeserializeSeed<'de> for Name<'_> {
    type Value = usize;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<usize, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let all = 0..self.members.len();
        let mut order = (self.expected..all.end).chain(0..self.expected.min(all.end));
        order.find(|at| self.members[*at].field.name == name).ok_or_else(odd)
    }
}
