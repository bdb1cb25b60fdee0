//! The editions of the CSV format: the two versions of the model, and 1.0.

use crate::model::Version;
use std::fmt;

/// An edition of the CSV format that packages are read in.
///
/// 1.0 is an older dialect of 1.1: its files are read by columns of their own,
/// and their rows are brought into the form of 1.1 cell by cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Edition {
    /// OneRoster 1.0 (June 2015): seven files without a manifest.
    V1P0,
    /// OneRoster 1.1.
    V1P1,
    /// OneRoster 1.2.
    V1P2,
}

impl Edition {
    /// Every edition, oldest first.
    pub const ALL: [Edition; 3] = [Edition::V1P0, Edition::V1P1, Edition::V1P2];

    /// As people write it: `1.0`.
    pub const fn label(self) -> &'static str {
        match self {
            Edition::V1P0 => "1.0",
            Edition::V1P1 => Version::V1P1.label(),
            Edition::V1P2 => Version::V1P2.label(),
        }
    }

    /// The edition that a label names.
    pub fn from_label(label: &str) -> Option<Edition> {
        Edition::ALL.into_iter().find(|edition| edition.label() == label)
    }

    /// The version whose form the records have once they are read.
    pub const fn version(self) -> Version {
        match self {
            Edition::V1P0 | Edition::V1P1 => Version::V1P1,
            Edition::V1P2 => Version::V1P2,
        }
    }
}

impl From<Version> for Edition {
    fn from(version: Version) -> Edition {
        match version {
            Version::V1P1 => Edition::V1P1,
            Version::V1P2 => Edition::V1P2,
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
