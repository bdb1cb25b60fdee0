//! What a push is told, and what it tells at its end.

use super::settings::Settings;
use super::told::Tally;
use super::wire::Moodle;
use homeroom_store::Roster;
use homeroom_store::access::Outside;
use oneroster::time::{Date, Timestamp};

/// What is to be pushed, where, and how.
pub struct Job<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The name of the target, under which its ledger stands.
    pub target: &'a str,
    /// The Moodle.
    pub moodle: &'a Moodle,
    /// What is set for it.
    pub settings: &'a Settings,
    /// Whether nothing is written, there or here.
    pub dry: bool,
    /// Share of accounts or enrolments that may be ended, if not as set.
    pub max_removed: Option<f64>,
    /// The version of the roster.
    pub version: Version,
    /// What was taken over after this instant, in milliseconds, is given back when
    /// pushes are taken back.
    pub since: i64,
    /// The day it is at the district.
    pub today: Date,
    /// Chance for passwords.
    pub outside: &'a dyn Outside,
}

/// Which version of a roster is pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// The last one.
    Last,
    /// That of an earlier push, to take later ones back.
    Earlier(Timestamp),
    /// None at all: what was made is ended.
    Nothing,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("target", &self.target).field("dry", &self.dry).finish_non_exhaustive()
    }
}

/// What came of a push.
#[derive(Debug)]
pub struct Outcome {
    /// The version that was pushed; none if the roster is empty or no school is
    /// chosen.
    pub at: Option<Timestamp>,
    /// The schools, by sourcedId.
    pub schools: Vec<String>,
    /// What became of all.
    pub tally: Tally,
    /// How many calls were made, and how many of them wrote.
    pub calls: (u64, u64),
}
