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

/// A guard that holds a run: too much would go.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Hold {
    /// The kind, by the base name of its file.
    pub entity: String,
    /// How many records would be removed.
    pub removed: u64,
    /// Of how many.
    pub of: u64,
}

/// The kinds of which a run would remove more than `percent` and more than
/// ten records.
pub fn removal_guard(plan: &Plan, percent: f64) -> Vec<Hold> {
    plan.kinds()
        .filter(|(_, tally)| tally.removed > 10 && tally.removed as f64 > tally.before() as f64 * percent / 100.0)
        .map(|(kind, tally)| Hold {
            entity: kind.entity().plural.to_owned(),
            removed: tally.removed,
            of: tally.before(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(removed: u64, unchanged: u64) -> Plan {
        let mut plan = Plan::default();
        *plan.of(Kind::Enrollment) = Tally { removed, unchanged, ..Tally::default() };
        plan
    }

    #[test]
    fn the_guard_wants_more_than_a_tenth_and_more_than_ten() {
        assert!(removal_guard(&plan(10, 0), 10.0).is_empty());
        assert!(removal_guard(&plan(11, 99), 10.0).is_empty());
        let held = removal_guard(&plan(12, 99), 10.0);
        assert_eq!(held, [Hold { entity: "enrollments".into(), removed: 12, of: 111 }]);
        assert!(removal_guard(&plan(12, 99), 50.0).is_empty());
    }
}
