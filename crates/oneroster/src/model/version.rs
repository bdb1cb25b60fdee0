//! Published versions of OneRoster, and ranges of them.

use std::fmt;

/// A OneRoster version whose records this crate reads and writes.
///
/// Ordered, so that a row of the model can say `since` and `until`. The
/// correction levels 1.1.1 and 1.2.1 changed no wire format and are not
/// versions of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Version {
    /// OneRoster 1.1 (April 2017).
    V1P1,
    /// OneRoster 1.2 (June 2022).
    V1P2,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Version; 2] = [Version::V1P1, Version::V1P2];

    /// As people and manifests write it: `1.1`.
    pub const fn label(self) -> &'static str {
        match self {
            Version::V1P1 => "1.1",
            Version::V1P2 => "1.2",
        }
    }

    /// As URLs write it: `v1p1`.
    pub const fn segment(self) -> &'static str {
        match self {
            Version::V1P1 => "v1p1",
            Version::V1P2 => "v1p2",
        }
    }

    /// The version that a label names, if it is one of ours.
    pub fn from_label(label: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|v| v.label() == label)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The versions in which something holds: a range, or none at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    since: u8,
    until: u8,
}

impl Span {
    /// Both versions.
    pub const ALL: Span = Span { since: 0, until: 1 };
    /// Only 1.1.
    pub const V1P1: Span = Span { since: 0, until: 0 };
    /// Only 1.2.
    pub const V1P2: Span = Span { since: 1, until: 1 };
    /// No version.
    pub const NONE: Span = Span { since: 1, until: 0 };

    /// Whether the range holds `version`.
    pub const fn has(self, version: Version) -> bool {
        self.since <= version as u8 && version as u8 <= self.until
    }

    /// Whether no version is in the range.
    pub const fn is_empty(self) -> bool {
        self.since > self.until
    }
}
