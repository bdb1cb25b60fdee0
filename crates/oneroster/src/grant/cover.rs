//! What is shown of a visible record.

use crate::model::{Entity, Kind, MODEL, Place, Privacy, Slot, Type, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What is shown of visible records, and of which kinds any.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cover {
    /// The collections that may be read, by their names in paths (`users`); an
    /// empty set sets no limit.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub entities: BTreeSet<String>,
    /// Members that the class does not have, as far as the application can tell.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden: BTreeSet<Member>,
    /// Members of which a stable stand-in is shown; dates keep their year.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub masked: BTreeSet<Member>,
}

impl Cover {
    /// Whether everything is shown as it is.
    pub fn is_open(&self) -> bool {
        *self == Cover::default()
    }

    /// Whether records of a kind may be read at all.
    pub fn opens(&self, kind: Kind) -> bool {
        self.entities.is_empty() || self.entities.contains(kind.entity().plural)
    }

    /// Whether a member of a kind is hidden.
    pub fn hides(&self, kind: Kind, slot: Slot) -> bool {
        self.hidden.contains(&Member { kind, slot })
    }

    /// Whether a member of a kind is masked.
    pub fn masks(&self, kind: Kind, slot: Slot) -> bool {
        self.masked.contains(&Member { kind, slot })
    }

    /// Whether anything of a kind's records, or of what is nested in them, is
    /// masked.
    pub fn masks_any(&self, kind: Kind) -> bool {
        self.masked.iter().any(|member| member.kind == kind || member.kind.entity().place == Place::Nested(kind))
    }

    /// Whether a member can be asked for: a filter or an order by what is not
    /// shown would tell it.
    pub fn answers(&self, kind: Kind, slot: Slot) -> bool {
        !self.hides(kind, slot) && !self.masks(kind, slot)
    }
}

/// A member of a class, in every version that has it; as text: `user.email`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Member {
    /// The class.
    pub kind: Kind,
    /// The member.
    pub slot: Slot,
}

/// A text that names no member.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MemberError {
    /// No point in it.
    #[error("{0:?} names no field; write the kind and the field, such as user.email")]
    Form(String),
    /// No such class.
    #[error("there is no kind {0:?}; {1}")]
    Kind(String, String),
    /// The class has none of that name.
    #[error("{0} has no field {1:?}")]
    Field(&'static str, String),
}

impl Member {
    /// Whether some version cannot do without it.
    pub fn is_mandatory(self) -> bool {
        let field = self.kind.entity().field(self.slot);
        Version::ALL.into_iter().any(|version| field.in_json(version) && field.json_required.has(version))
    }

    /// Whether a stand-in can be shown for it: for free text and days, but not
    /// for words that applications act on, nor for what names other records.
    pub fn can_be_masked(self) -> bool {
        let field = self.kind.entity().field(self.slot);
        let fits = matches!(field.ty, Type::Text | Type::Date | Type::DateTime | Type::Pairs(..));
        matches!(self.slot, Slot::Own(_)) && fits && field.privacy != Privacy::Secret
    }

    /// Every member that can be named, in the order of the model.
    pub fn all() -> impl Iterator<Item = Member> {
        let slots = |entity: &'static Entity| {
            let mut slots: Vec<Slot> =
                Version::ALL.into_iter().flat_map(|version| entity.members(version)).map(|(slot, _)| slot).collect();
            slots.sort_unstable();
            slots.dedup();
            slots.into_iter().map(|slot| Member { kind: entity.kind, slot })
        };
        MODEL.iter().copied().flat_map(slots)
    }
}

impl FromStr for Member {
    type Err = MemberError;

    fn from_str(text: &str) -> Result<Member, MemberError> {
        let (class, name) = text.split_once('.').ok_or_else(|| MemberError::Form(text.to_owned()))?;
        let shown =
            |entity: &&'static Entity| Version::ALL.into_iter().any(|version| entity.members(version).next().is_some());
        let named = |entity: &&'static Entity| entity.name == class || entity.plural == class;
        let entity = MODEL.iter().copied().filter(shown).find(named).ok_or_else(|| {
            let all: Vec<&str> = MODEL.iter().copied().filter(shown).map(|entity| entity.name).collect();
            MemberError::Kind(class.to_owned(), format!("there are {}", all.join(", ")))
        })?;
        let slot = Version::ALL.into_iter().find_map(|version| entity.member(name, version));
        let (slot, _) = slot.ok_or_else(|| MemberError::Field(entity.name, name.to_owned()))?;
        Ok(Member { kind: entity.kind, slot })
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entity = self.kind.entity();
        write!(f, "{}.{}", entity.name, entity.field(self.slot).name)
    }
}

impl TryFrom<String> for Member {
    type Error = MemberError;

    fn try_from(text: String) -> Result<Member, MemberError> {
        text.parse()
    }
}

impl From<Member> for String {
    fn from(member: Member) -> String {
        member.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_survives_its_text() {
        for entity in MODEL {
            for (slot, _) in Version::ALL.into_iter().flat_map(|version| entity.members(version)) {
                let member = Member { kind: entity.kind, slot };
                let text = member.to_string();
                let read: Member = text.parse().unwrap();
                assert_eq!(read.to_string(), text);
                let json = serde_json::to_string(&member).unwrap();
                assert_eq!(serde_json::from_str::<Member>(&json).unwrap(), read);
            }
        }
    }

    #[test]
    fn what_names_no_member_is_refused() {
        for bad in ["", "email", "user.", "user.mail", "person.email", ".email"] {
            assert!(bad.parse::<Member>().is_err(), "{bad}");
        }
        let plural: Member = "users.email".parse().unwrap();
        assert_eq!(plural.to_string(), "user.email");
        assert!(!plural.is_mandatory());
        assert!("user.familyName".parse::<Member>().unwrap().is_mandatory());
        assert!("user.sourcedId".parse::<Member>().unwrap().is_mandatory());
    }

    #[test]
    fn stand_ins_are_offered_where_they_mislead_nobody() {
        let offered = |text: &str| text.parse::<Member>().unwrap().can_be_masked();
        for good in ["user.familyName", "user.userIds", "demographics.birthDate", "role.endDate", "class.title"] {
            assert!(offered(good), "{good}");
        }
        for bad in
            ["user.sourcedId", "user.status", "user.dateLastModified", "user.role", "user.agents", "user.metadata"]
        {
            assert!(!offered(bad), "{bad}");
        }
        assert!(!offered("user.password") && !offered("result.score") && !offered("user.enabledUser"));
        assert!(Member::all().count() > 150 && Member::all().all(|m| m.to_string().parse() == Ok(m)));
    }
}
