//! What a run is asked to do.

use super::rules::Code;
use crate::model::{Edition, Kind};
use crate::record::id_digest;
use crate::time::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashSet;
use std::sync::Arc;

/// How a package is to be judged.
#[derive(Clone, Debug)]
pub struct Options {
    /// Judge by the letter: nothing is repaired, any error refuses the package.
    pub strict: bool,
    /// Repairs that need consent, by their codes.
    pub consent: Vec<Code>,
    /// How many digits the identifiers of a kind have: shorter ones are filled up
    /// with zeros (csv.md D30).
    pub pad: Vec<(Kind, u8)>,
    /// People whose identifier was another person's before, by digest of it;
    /// their rows are rejected (csv.md D39).
    pub reused: Arc<HashSet<u64>>,
    /// The edition to take where the package does not say.
    pub assume: Option<Edition>,
    /// Whether findings keep the cell values they are about.
    pub values: bool,
    /// What time it is.
    pub now: Timestamp,
    /// The time zone of the district.
    pub zone: TimeZone,
}

impl Options {
    /// A careful run without consents, in UTC.
    pub fn careful(now: Timestamp) -> Options {
        Options {
            strict: false,
            consent: Vec::new(),
            pad: Vec::new(),
            reused: Arc::default(),
            assume: None,
            values: false,
            now,
            zone: TimeZone::UTC,
        }
    }

    /// A run by the letter, in UTC.
    pub fn strict(now: Timestamp) -> Options {
        Options { strict: true, ..Options::careful(now) }
    }

    /// Whether a repair was consented to.
    pub fn consents(&self, code: Code) -> bool {
        self.consent.contains(&code)
    }

    /// Whether an identifier was another person's before.
    pub(super) fn is_reused(&self, sourced_id: &str) -> bool {
        !self.reused.is_empty() && self.reused.contains(&id_digest(sourced_id))
    }
}
