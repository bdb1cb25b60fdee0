//! What is stored already, as far as changes are judged by it.

use crate::model::Kind;
use crate::time::Timestamp;

/// What is stored of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownRecord {
    /// Whether it is live.
    pub live: bool,
    /// What its source said of its last change.
    pub modified: Option<Timestamp>,
}

/// The store, as the judging of delta files sees it (csv.md 3.4, 3.5).
pub trait Known {
    /// What is stored of a record; `None` if nothing is.
    fn record(&mut self, kind: Kind, sourced_id: &str) -> Option<KnownRecord>;

    /// Gives live stored records that refer to one to `look`, until it says
    /// that it has seen enough; whether it did.
    fn refers(&mut self, kind: Kind, sourced_id: &str, look: &mut dyn FnMut(Kind, &str) -> bool) -> bool {
        let _ = (kind, sourced_id, look);
        false
    }
}

/// What a run may ask: a store, or nothing but the package itself.
pub(super) struct Store<'a>(pub Option<&'a mut dyn Known>);

impl Store<'_> {
    /// What is stored of a record.
    pub fn record(&mut self, kind: Kind, sourced_id: &str) -> Option<KnownRecord> {
        self.0.as_mut()?.record(kind, sourced_id)
    }

    /// Whether a live record is stored.
    pub fn has(&mut self, kind: Kind, sourced_id: &str) -> bool {
        self.record(kind, sourced_id).is_some_and(|record| record.live)
    }

    /// Whether a live stored record refers to another, of those that `asked` wants.
    pub fn refers(&mut self, kind: Kind, sourced_id: &str, asked: &mut dyn FnMut(Kind, &str) -> bool) -> bool {
        self.0.as_mut().is_some_and(|store| store.refers(kind, sourced_id, asked))
    }

    /// Whether there is a store to ask.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }
}
