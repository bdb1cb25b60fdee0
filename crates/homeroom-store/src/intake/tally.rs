//! What a run would change, in numbers.

use oneroster::model::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The changes of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// New records, and tombstones that return.
    pub added: u64,
    /// Records whose content differs.
    pub changed: u64,
    /// Records that the package no longer has.
    pub removed: u64,
    /// Records that stay as they are; where the package speaks of changes only,
    /// those of its rows that change nothing.
    pub unchanged: u64,
    /// Rows that could not be taken; what is stored of them stays.
    pub rejected: u64,
    /// Live records before the run, where the package speaks of changes only.
    #[serde(skip)]
    pub stored: u64,
}

impl Tally {
    /// Whether nothing is written.
    pub fn is_nothing(&self) -> bool {
        self.added == 0 && self.changed == 0 && self.removed == 0
    }

    /// Live records of the owner before the run.
    pub fn before(&self) -> u64 {
        self.stored.max(self.changed + self.removed + self.unchanged)
    }
}

/// The changes of a run by kind: the keys are the base names of CSV files.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plan {
    kinds: BTreeMap<String, Tally>,
}

impl Plan {
    /// The changes of a kind, to be counted up.
    pub fn of(&mut self, kind: Kind) -> &mut Tally {
        self.kinds.entry(kind.entity().plural.to_owned()).or_default()
    }

    /// The kinds of the plan, in the order in which they are loaded.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, Tally)> + '_ {
        Kind::all().filter_map(|kind| Some((kind, *self.kinds.get(kind.entity().plural)?)))
    }

    /// Whether nothing is written.
    pub fn is_nothing(&self) -> bool {
        self.kinds.values().all(Tally::is_nothing)
    }
}
