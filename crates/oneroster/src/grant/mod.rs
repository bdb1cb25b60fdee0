//! What an application may see of a roster: which records, and what of them.
//!
//! [`Bounds`] decide which records are visible, [`Cover`] what is shown of a
//! visible one. Both are plain values with one textual form, which command
//! lines, databases and the administration API share.

mod cover;
mod limit;
mod mask;
mod naming;
mod profile;
mod redact;
mod spelled;
mod visible;

pub use cover::{Cover, Member, MemberError};
pub use limit::{TermLimit, TermLimitError};
pub use mask::Mask;
pub use naming::{Across, Naming};
pub use profile::{
    How, Known, Make, Need, PROFILES, Preflight, Profile, ProfileError, Rule, Setting, Stopped, makes_any,
};
pub use redact::{BY_USE, Shown, demanded, redact, stands_alone, users};
pub use spelled::{spell, spell_record, spelled_as, unspell_filter, unspell_record};
pub use visible::{GUARDIANS, STUDENT, Visible, role_words};

use crate::model::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which records are visible. An empty set sets no limit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// The sourcedIds of the granted schools. Where only classes are granted,
    /// no school is.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub schools: BTreeSet<String>,
    /// The sourcedIds of the granted classes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub classes: BTreeSet<String>,
    /// Classes must name one of these grades.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub grades: BTreeSet<String>,
    /// People must hold one of these roles; other roles of theirs are not shown.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<String>,
    /// Classes must lie in one of these terms.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub terms: BTreeSet<TermLimit>,
    /// Only classes in which this person, by sourcedId, is enrolled, and who is
    /// enrolled there: what a teacher's own token sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What is made of the records for a well-known consumer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

impl Bounds {
    /// Whether every record is visible, as it is.
    pub fn is_open(&self) -> bool {
        *self == Bounds::default()
    }

    /// Whether every record is visible; something may be made of it.
    pub fn sees_all(&self) -> bool {
        let Bounds { schools, classes, grades, roles, terms, person, profile: _ } = self;
        let lists = schools.is_empty() && classes.is_empty() && grades.is_empty() && roles.is_empty();
        lists && terms.is_empty() && person.is_none()
    }

    /// Whether identifiers are spelled so that they stand in a URL as they are.
    pub fn spells_ids(&self) -> bool {
        self.profile.as_ref().is_some_and(Profile::spells_ids)
    }

    /// Whether something is made of records of a kind.
    pub fn makes(&self, kind: Kind) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.makes(kind))
    }
}
