//! Counts under keys, and under every beginning of a key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands in one column.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Value {
    /// For people; empty if nothing is said.
    pub text: Arc<str>,
    /// The record that is named, if it is one.
    pub id: Option<Arc<str>>,
}

/// One value for each way of counting.
pub type Key = Vec<Value>;

/// One count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Under what; the beginning of a key is the sum of all that begin so, each
    /// record counted once.
    pub key: Key,
    /// How many.
    pub count: u64,
    /// Whether it may not be told.
    pub withheld: bool,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<Key, u64>);

impl Tally {
    /// Counts a record under its keys and under every beginning of one, once
    /// each.
    pub fn add(&mut self, keys: BTreeSet<Key>) {
        let mut all = BTreeSet::new();
        for key in keys {
            all.extend((0..=key.len()).map(|length| key.get(..length).unwrap_or_default().to_vec()));
        }
        for key in all {
            *self.0.entry(key).or_default() += 1;
        }
    }

    /// The counts, each sum before its parts.
    pub fn lines(self) -> Vec<Line> {
        self.0.into_iter().map(|(key, count)| Line { key, count, withheld: false }).collect()
    }
}
