//! What a run is asked to do.

use super::rules::Code;
use crate::csv::Edition;
use crate::time::Timestamp;
use jiff::tz::TimeZone;

/// How a package is to be judged.
#[derive(Clone, Debug)]
pub struct Options {
    /// Judge by the letter: nothing is repaired, any error refuses the package.
    pub strict: bool,
    /// Repairs that need consent, by their codes.
    pub consent: Vec<Code>,
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
        Options { strict: false, consent: Vec::new(), assume: None, values: false, now, zone: TimeZone::UTC }
    }

    /// A run by the letter, in UTC.
    pub fn strict(now: Timestamp) -> Options {
        Options { strict: true, ..Options::careful(now) }
    }

    /// Whether a repair was consented to.
    pub fn consents(&self, code: Code) -> bool {
        self.consent.contains(&code)
    }
}
