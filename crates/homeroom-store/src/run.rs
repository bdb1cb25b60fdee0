//! Runs: every intake of a package, as it is kept.

use crate::intake::Plan;
use oneroster::time::Timestamp;
use serde::Serialize;

/// The states of a run that an intake can end in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Compared and shown, waiting for consent.
    Planned,
    /// A guard stopped it.
    Held,
    /// Written.
    Applied,
    /// Refused whole.
    Rejected,
    /// Broken off by an error.
    Failed,
}

impl RunState {
    /// The word of the contract.
    pub const fn word(self) -> &'static str {
        match self {
            RunState::Planned => "planned",
            RunState::Held => "held",
            RunState::Applied => "applied",
            RunState::Rejected => "rejected",
            RunState::Failed => "failed",
        }
    }
}

/// What is kept of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The number of the source.
    pub source: u32,
    /// How it ended.
    pub state: RunState,
    /// Why it did not end as applied, in a sentence.
    pub reason: Option<String>,
    /// The name of the package, without its folder.
    pub package: String,
    /// A digest of the package's bytes.
    pub digest: String,
    /// The package's version of OneRoster.
    pub oneroster: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// What it changed or would have changed.
    pub plan: Plan,
    /// How many findings of each severity, as a JSON object.
    pub findings: String,
}

/// What came of writing a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// Its number.
    pub run: i64,
    /// The instant of its publication; none if nothing was changed.
    pub published: Option<Timestamp>,
}
