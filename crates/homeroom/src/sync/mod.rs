//! Sources that are fetched: from where, when, and what becomes of it.
//!
//! A fetch ends in a OneRoster CSV package, whatever it was fetched from, and
//! that package takes the way of every import: findings, plan, guards, a yes, a
//! run that can be undone. [`files`] brings packages that are there already, [`rest`]
//! makes one of what a provider gives.
//! [`clockwork`] fetches by schedule, one node at a time.

pub(crate) mod clever;
pub mod clockwork;
pub mod files;
mod follow;
pub mod notify;
mod pull;
mod quiet;
pub mod rest;
pub mod schedule;
pub mod settings;
pub mod source;
pub mod state;

pub use follow::Follow;
pub use pull::{Came, Pulled, Puller, Wanted, fetching};
pub(crate) use quiet::Quiet;
pub use source::Source;

use crate::intake::fetched::Met;
use crate::output::Failure;
use oneroster::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A package that was fetched.
#[derive(Debug)]
pub struct Parcel {
    /// Where it lies.
    pub path: PathBuf,
    /// When a provider was begun to be asked for it.
    pub asked: Option<Timestamp>,
    /// What recognises it when it comes again.
    pub mark: state::Package,
    /// How far a provider is known once it is applied.
    pub checkpoint: Option<Checkpoint>,
    /// Whether nothing in it is later than what was applied before: then most
    /// likely all of it is known.
    pub stale: bool,
    /// What a provider was seen to do otherwise.
    pub met: Vec<Met>,
}

/// How far a provider is known.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// When everything was asked for, if it was.
    pub full: Option<i64>,
    /// The latest change of each collection whose changes are known whole.
    pub seen: BTreeMap<String, i64>,
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

    /// Takes back what was laid out of it: it was only looked at.
    fn leave(&mut self, _parcel: Parcel) {}

    /// What there is to say, for people; said once.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }
}
