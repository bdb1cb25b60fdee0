//! What a run would change, in numbers.

use oneroster::model::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The changes of one kind. Two are equal if they change as much: how much there
/// was before serves the guards, and is not kept with a run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
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

impl PartialEq for Tally {
    fn eq(&self, other: &Tally) -> bool {
        let counts = |t: &Tally| [t.added, t.changed, t.removed, t.unchanged, t.rejected];
        counts(self) == counts(other)
    }
}

impl Eq for Tally {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_was_kept_equals_one_that_is_made_anew() {
        let mut plan = Plan::default();
        *plan.of(Kind::User) = Tally { changed: 2, unchanged: 5, stored: 900, ..Tally::default() };
        let kept: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!(kept, plan);
        plan.of(Kind::User).changed += 1;
        assert_ne!(kept, plan);
    }
}
