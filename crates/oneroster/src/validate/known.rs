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

    /// Whether there is a store to ask.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }
}
