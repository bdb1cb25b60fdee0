//! An import that nobody watches.

use crate::intake::Watcher;

/// Nobody watches, and what was approved beforehand is written.
pub(crate) struct Quiet {
    /// Whether it was.
    pub yes: bool,
}

impl Watcher for Quiet {
    fn approved(&self) -> bool {
        self.yes
    }
}
