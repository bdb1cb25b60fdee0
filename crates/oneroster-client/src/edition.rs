//! Which OneRoster a provider speaks.

use oneroster::model::{Service, Version};
use std::fmt;

/// A version as providers offer it over REST.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Edition {
    /// 1.0. Read by the rules of 1.1 with the differences of its CSV files;
    /// unproven, for no provider of it was at hand.
    V1P0,
    /// 1.1.
    V1P1,
    /// 1.2.
    V1P2,
}

impl Edition {
    /// Every edition, the newest first: the order in which they are tried.
    pub const NEWEST_FIRST: [Edition; 3] = [Edition::V1P2, Edition::V1P1, Edition::V1P0];

    /// The version of the model that its records are read by.
    pub const fn model(self) -> Version {
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
            Edition::V1P1 | Edition::V1P2 => service.base_path(self.model()),
        }
    }

    /// As people write it: `1.1`.
    pub const fn label(self) -> &'static str {
        match self {
            Edition::V1P0 => "1.0",
            Edition::V1P1 => "1.1",
            Edition::V1P2 => "1.2",
        }
    }

    /// The edition that a label names: `1.1`, or `v1p1` as URLs write it.
    pub fn from_label(label: &str) -> Option<Edition> {
        Edition::NEWEST_FIRST.into_iter().find(|edition| edition.label() == label || edition.segment() == label)
    }

    /// As URLs write it.
    pub(crate) const fn segment(self) -> &'static str {
        match self {
            Edition::V1P0 => "v1p0",
            Edition::V1P1 | Edition::V1P2 => self.model().segment(),
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
