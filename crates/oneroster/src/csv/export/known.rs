//! Which records are in the package, so that no row refers to another one.

use super::Settings;
use crate::csv::manifest::Mode;
use crate::model::{Kind, MODEL};
use hashbrown::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// A digest of an identifier.
pub(super) fn digest(sourced_id: &[u8]) -> u64 {
    xxh3_64(sourced_id)
}

/// The identifiers that were written, by kind; only of kinds that others refer
/// to. Changes need none of it: their receiver knows the rest.
#[derive(Debug)]
pub(super) struct Known {
    /// Every reference holds.
    open: bool,
    kinds: Vec<Set>,
}

#[derive(Default, Debug)]
struct Set {
    /// Whether any later row refers to it.
    kept: bool,
    /// Whether the identifiers are all known: they are from the end of the file
    /// on, also when it is written anew.
    complete: bool,
    ids: HashSet<u64>,
    /// References of the file to itself that were not known when met.
    ahead: Vec<u64>,
}

impl Known {
    /// Nothing yet.
    pub fn new(settings: &Settings) -> Known {
        let mut kinds: Vec<Set> = MODEL.iter().map(|_| Set::default()).collect();
        for kind in &settings.kinds {
            let fields = kind.entity().fields.iter().filter(|f| f.in_csv(settings.version));
            let of_person = (*kind == Kind::Demographics).then_some(Kind::User);
            for target in fields.filter_map(crate::model::Field::target).chain(of_person) {
                kinds[target as usize].kept = true;
            }
        }
        Known { open: settings.mode == Mode::Delta, kinds }
    }

    /// Every reference holds.
    pub fn any() -> Known {
        Known { open: true, kinds: MODEL.iter().map(|_| Set::default()).collect() }
    }

    /// A file is begun, perhaps anew.
    pub fn begin(&mut self, kind: Kind) {
        let set = &mut self.kinds[kind as usize];
        if !set.complete {
            set.ids.clear();
        }
        set.ahead.clear();
    }

    /// A row was written.
    #[inline]
    pub fn add(&mut self, kind: Kind, sourced_id: &[u8]) {
        let set = &mut self.kinds[kind as usize];
        if set.kept && !self.open && !set.complete {
            set.ids.insert(digest(sourced_id));
        }
    }

    /// Whether a reference from a row of `from` holds.
    #[inline]
    pub fn holds(&mut self, from: Kind, to: Kind, sourced_id: &[u8]) -> bool {
        if self.open {
            return true;
        }
        let set = &mut self.kinds[to as usize];
        let id = digest(sourced_id);
        if set.ids.contains(&id) {
            return true;
        }
        if from == to && !set.complete {
            set.ahead.push(id);
            return true;
        }
        false
    }

    /// A file ended; false if it refers to records that are not in it.
    pub fn end(&mut self, kind: Kind) -> bool {
        let set = &mut self.kinds[kind as usize];
        let again = !set.complete && set.ahead.iter().any(|id| !set.ids.contains(id));
        set.complete = true;
        set.ahead = Vec::new();
        !again
    }
}
