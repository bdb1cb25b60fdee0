//! Editions of OneRoster that are read: the two versions of the model, and 1.0.

use super::{Service, Version};
use std::fmt;

/// An edition of OneRoster that packages and providers are read in.
///
/// 1.0 is an older dialect of 1.1: its files are read by columns of their own, its
/// objects by names of their own, and both are brought into the form of 1.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Edition {
    /// OneRoster 1.0 (June 2015): seven files without a manifest, and a service
    /// whose reading is unproven, for no provider of it was at hand.
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
            Edition::V1P1 | Edition::V1P2 => self.version().label(),
        }
    }

    /// As URLs write it: `v1p0`.
    pub const fn segment(self) -> &'static str {
        match self {
            Edition::V1P0 => "v1p0",
            Edition::V1P1 | Edition::V1P2 => self.version().segment(),
        }
    }

    /// The edition that a label names.
    pub fn from_label(label: &str) -> Option<Edition> {
        Edition::ALL.into_iter().find(|edition| edition.label() == label)
    }

    /// The edition that a label names, or a segment of URLs.
    pub fn from_label_or_segment(text: &str) -> Option<Edition> {
        Edition::ALL.into_iter().find(|edition| edition.label() == text || edition.segment() == text)
    }

    /// The version whose form the records have once they are read.
    pub const fn version(self) -> Version {
        match self {
            Edition::V1P0 | Edition::V1P1 => Version::V1P1,
            Edition::V1P2 => Version::V1P2,
        }
    }

    /// What the paths of a service begin with, without a slash at the end; that of
    /// 1.0 has no name of the standard in it.
    pub const fn base_path(self, service: Service) -> &'static str {
        match self {
            Edition::V1P0 => "/learningdata/v1",
            Edition::V1P1 | Edition::V1P2 => service.base_path(self.version()),
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
