//! What was found on the way: which records a system would refuse, and why.

use super::format::Effect;
use oneroster::model::Kind;
use std::collections::BTreeMap;

/// So many records are named of each code; the rest is counted.
const NAMED: usize = 1_000;

/// One record that the system would refuse, or one value of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The kind of the record.
    pub kind: Kind,
    /// Its sourcedId.
    pub sourced_id: String,
    /// What the finding is about beside it: a word that is not known, or the
    /// identifier of a record that is not sent. Never a name or an address.
    pub about: Option<String>,
}

/// All that was found of one code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What became of them.
    pub effect: Effect,
    /// What is wrong.
    pub says: String,
    /// What to do next.
    pub next: String,
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Finding>,
}

/// What came of writing a set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// What was found, by code.
    pub found: BTreeMap<String, Told>,
    /// The files, how many rows they have, and how many of these tell of
    /// something that is gone.
    pub files: Vec<(&'static str, u64, u64)>,
    /// Why the set must not be sent, as sentences; none if it may.
    pub holds: Vec<String>,
}

impl Report {
    /// How many rows were left out.
    pub fn left_out(&self) -> u64 {
        let out = self.found.values().filter(|told| told.effect == Effect::LeftOut);
        out.map(|told| told.count).sum()
    }

    pub(super) fn add(&mut self, code: String, effect: Effect, says: &dyn Fn() -> (String, String), finding: Finding) {
        let told = self.found.entry(code).or_insert_with(|| {
            let (says, next) = says();
            Told { effect, says, next, count: 0, first: Vec::new() }
        });
        told.count += 1;
        if told.first.len() < NAMED {
            told.first.push(finding);
        }
    }
}
