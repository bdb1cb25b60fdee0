//! What an application may see of a roster: which records, and what of them.
//!
//! [`Bounds`] decide which records are visible, [`Cover`] what is shown of a
//! visible one. Both are plain values with one textual form, which command
//! lines, databases and the administration API share.

mod cover;
mod limit;
mod mask;
mod redact;
mod visible;

pub use cover::{Cover, Member, MemberError};
pub use limit::{TermLimit, TermLimitError};
pub use mask::Mask;
pub use redact::{Shown, demanded, redact, stands_alone};
pub use visible::{GUARDIANS, STUDENT, Visible, role_words};

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
}

impl Bounds {
    /// Whether every record is visible.
    pub fn is_open(&self) -> bool {
        *self == Bounds::default()
    }
}
