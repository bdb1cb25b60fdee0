//! The closed and extensible word lists of the standard.

use super::version::{Span, Version};

/// One word of a vocabulary and the versions that know it.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word as it stands on the wire; case matters.
    pub text: &'static str,
    /// The versions that list it.
    pub span: Span,
}

/// A vocabulary: its words, and since when a deployment may add its own.
#[derive(Debug)]
pub struct Vocabulary {
    /// A name for messages and documents.
    pub name: &'static str,
    /// The words, in the order of the standard.
    pub words: &'static [Word],
    /// The versions in which tokens starting with `ext:` are allowed too.
    pub open: Span,
}

impl Vocabulary {
    /// The words of one version.
    pub fn words(&self, version: Version) -> impl Iterator<Item = &'static str> + '_ {
        self.words.iter().filter(move |w| w.span.has(version)).map(|w| w.text)
    }

    /// Whether `text` may stand in a record of this version.
    pub fn allows(&self, version: Version, text: &str) -> bool {
        self.words.iter().any(|w| w.span.has(version) && w.text == text)
            || (self.open.has(version) && is_extension(text))
    }
}

/// Whether a token has the form of a deployment's own word: `ext:` and at
/// least one more character.
pub fn is_extension(text: &str) -> bool {
    text.len() > 4 && text.starts_with("ext:")
}

const fn word(text: &'static str) -> Word {
    Word { text, span: Span::ALL }
}
const fn old(text: &'static str) -> Word {
    Word { text, span: Span::V1P1 }
}
const fn new(text: &'static str) -> Word {
    Word { text, span: Span::V1P2 }
}

macro_rules! vocabularies {
    ($($(#[$doc:meta])* $id:ident = $name:literal, open $open:ident, [$($word:expr),* $(,)?];)*) => {
        $($(#[$doc])* pub static $id: Vocabulary =
            Vocabulary { name: $name, words: &[$($word),*], open: Span::$open };)*
        /// Every vocabulary, for tests and documents that go over all of them.
        pub static VOCABULARIES: &[&Vocabulary] = &[$(&$id),*];
    };
}

vocabularies! {
    /// Whether a record is live.
    STATUS = "status", open NONE, [word("active"), word("tobedeleted")];
    /// The two string booleans.
    BOOLEAN = "boolean", open NONE, [word("true"), word("false")];
    /// Kinds of academic session.
    SESSION_TYPE = "academic session type", open V1P2,
        [word("gradingPeriod"), word("semester"), word("schoolYear"), word("term")];
    /// Kinds of class.
    CLASS_TYPE = "class type", open V1P2, [word("homeroom"), word("scheduled")];
    /// Kinds of organisation.
    ORG_TYPE = "org type", open V1P2,
        [word("department"), word("school"), word("district"), word("local"), word("state"), word("national")];
    /// What a person is in an organisation.
    USER_ROLE = "user role", open V1P2, [
        old("administrator"), word("aide"), new("counselor"), new("districtAdministrator"), word("guardian"),
        word("parent"), new("principal"), word("proctor"), word("relative"), new("siteAdministrator"),
        word("student"), new("systemAdministrator"), word("teacher"),
    ];
    /// Main or further role within an organisation.
    ROLE_TYPE = "role type", open NONE, [new("primary"), new("secondary")];
    /// What a person is in a class.
    ENROLLMENT_ROLE = "enrollment role", open V1P2,
        [word("administrator"), word("proctor"), word("student"), word("teacher")];
    /// Recorded sex.
    SEX = "sex", open V1P2, [word("male"), word("female"), new("unspecified"), new("other")];
    /// Who a resource is for.
    RESOURCE_ROLE = "resource role", open V1P2, [
        word("administrator"), word("aide"), word("guardian"), word("parent"), word("proctor"),
        word("relative"), word("student"), word("teacher"),
    ];
    /// Main or side material.
    IMPORTANCE = "importance", open NONE, [word("primary"), word("secondary")];
    /// State of a score; the words hold spaces.
    SCORE_STATUS = "score status", open V1P2, [
        word("exempt"), word("fully graded"), word("not submitted"), word("partially graded"), word("submitted"),
    ];
    /// Who issued the identifiers of learning objectives.
    OBJECTIVE_SOURCE = "learning objective source", open V1P2, [new("case"), new("unknown")];
}
