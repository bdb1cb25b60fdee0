//! Values of members that keep to the letter.

use super::{Form, Member, Object, odd};
use crate::json::decode::member_of_tree;
use crate::json::uri::profile_id;
use crate::model::{Slot, Version};
use crate::record::{Record, Status};
use crate::time::{Date, Timestamp};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// The value of a member: one, or an array of them.
pub(super) struct Whole<'a> {
    pub member: &'a Member,
    pub version: Version,
    pub record: &'a mut Record,
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Whole { member, version, record } = self;
        match member.form {
            Form::Derived => Option::<IgnoredAny>::deserialize(json)?.map(drop).ok_or_else(odd),
            Form::Tree => {
                let value = Value::deserialize(json)?;
                let Slot::Own(at) = member.slot else { return Err(odd()) };
                if member_of_tree(record, at, member.field, version, &value) { Ok(()) } else { Err(odd()) }
            }
            _ if member.list => json.deserialize_seq(List(One { member, version, record })),
            _ => One { member, version, record }.deserialize(json),
        }
    }
}

/// One value, or one element of an array.
struct One<'a> {
    member: &'a Member,
    version: Version,
    record: &'a mut Record,
}

struct List<'a>(One<'a>);

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let One { member, version, record } = self.0;
        while items.next_element_seed(One { member, version, record: &mut *record })?.is_some() {}
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let (member, version) = (self.member, self.version);
        match &member.form {
            Form::Reference(_) | Form::Pair(_) | Form::Metadata => json.deserialize_map(self),
            Form::Row(kind, members) => {
                let mut row = Record::new(*kind);
                Object { members, version, record: &mut row }.deserialize(json)?;
                let Slot::Own(at) = member.slot else { return Err(odd()) };
                self.record.push_row(at, row);
                Ok(())
            }
            _ => json.deserialize_str(self),
        }
    }
}

impl One<'_> {
    fn field<E: Error>(&self) -> Result<u8, E> {
        match self.member.slot {
            Slot::Own(at) => Ok(at),
            _ => Err(odd()),
        }
    }

    fn put<E: Error>(self, text: &str) -> Result<(), E> {
        match self.member.slot {
            Slot::Own(at) => self.record.push(at, text),
            Slot::SourcedId => self.record.sourced_id.push_str(text),
            Slot::Modified => self.record.modified = Timestamp::parse(text),
            Slot::Status => {
                let known = [Status::Active, Status::ToBeDeleted].into_iter().find(|status| status.word() == text);
                self.record.status = known.ok_or_else(odd)?;
            }
        }
        Ok(())
    }

    fn reference<'de, A: MapAccess<'de>>(self, class: &str, mut map: A) -> Result<(), A::Error> {
        let mut seen = [false; 3];
        let mut id: Option<Cow<'_, str>> = None;
        while let Some(name) = map.next_key_seed(Text)? {
            let at = ["href", "sourcedId", "type"].iter().position(|known| *known == name).ok_or_else(odd)?;
            if std::mem::replace(&mut seen[at], true) {
                return Err(odd());
            }
            match at {
                0 => drop(map.next_value::<IgnoredAny>()?),
                1 => id = Some(map.next_value_seed(Text)?),
                _ if map.next_value_seed(Text)? == class => {}
                _ => return Err(odd()),
            }
        }
        match id {
            Some(id) if !id.is_empty() => self.put(&id),
            _ => Err(odd()),
        }
    }

    fn pair<'de, A: MapAccess<'de>>(self, names: [&str; 2], mut map: A) -> Result<(), A::Error> {
        let mut sides: [Option<Cow<'_, str>>; 2] = [None, None];
        while let Some(name) = map.next_key_seed(Text)? {
            let at = names.iter().position(|known| *known == name).ok_or_else(odd)?;
            if sides[at].replace(map.next_value_seed(Text)?).is_some() {
                return Err(odd());
            }
        }
        match sides {
            [Some(left), Some(right)] if !left.is_empty() && !right.is_empty() => {
                let at = self.field()?;
                self.record.push_pair(at, &left, &right);
                Ok(())
            }
            _ => Err(odd()),
        }
    }

    fn metadata<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let at = self.field()?;
        while let Some(name) = map.next_key_seed(Text)? {
            let value: Value = map.next_value()?;
            let absent = value.is_null() || value.as_str() == Some("");
            if absent || self.record.pairs(at).any(|(known, _)| known == name) {
                return Err(odd());
            }
            self.record.push_pair(at, &name, &value.to_string());
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value as the standard has it")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let holds = match self.member.form {
            Form::Text | Form::Profile => !text.is_empty(),
            Form::Truth => matches!(text, "true" | "false"),
            Form::Day => Date::parse(text).is_some(),
            Form::Instant => Timestamp::parse(text).is_some_and(|at| at.to_string() == text),
            _ => false,
        };
        match self.member.form {
            _ if !holds => Err(odd()),
            Form::Profile => self.put(&profile_id(text)),
            _ => self.put(text),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.member.form {
            Form::Reference(class) => self.reference(class, map),
            Form::Pair(names) => self.pair(names, map),
            Form::Metadata => self.metadata(map),
            _ => Err(odd()),
        }
    }
}

/// A text, borrowed where it stands as it is meant.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
