//! Sources that are fetched: from where, when, and what becomes of it.
//!
//! A fetch ends in a OneRoster CSV package, whatever it was fetched from, and
//! that package takes the way of every import: findings, plan, guards, a yes, a
//! run that can be undone. [`files`] brings packages that are there already.
//! [`clockwork`] fetches by schedule, one node at a time.

pub mod clockwork;
pub mod files;
mod pull;
pub mod schedule;
pub mod settings;
pub mod source;
pub mod state;

pub use pull::{Came, Pulled, Puller, Wanted};
pub use source::Source;

use crate::output::Failure;
use std::path::PathBuf;

/// A package that was fetched.
#[derive(Debug)]
pub struct Parcel {
    /// Where it lies.
    pub path: PathBuf,
    /// What recognises it when it comes again.
    pub mark: state::Package,
}

/// Who brings packages, one after the other.
pub trait Carrier {
    /// The next one; none if there is nothing new.
    ///
    /// # Errors
    /// If it cannot be fetched.
    fn next(&mut self) -> Result<Option<Parcel>, Failure>;

    /// Tells that it was taken, or that it could not be.
    ///
    /// # Errors
    /// If it cannot be put away.
    fn done(&mut self, parcel: Parcel, taken: bool) -> Result<(), Failure>;

    /// What there is to say, for people; said once.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// What follows a run that was applied: targets that are to be told of it. It is
/// called by whoever has the turn no more, once for each run.
pub fn follow(_tenant: &str, _run: i64) {}
