//! Export: the roster to a package, whole or not at all.
//!
//! Three threads share the work: one reads the store and renders rows, one
//! brings the rows of a file into the order of their identifiers, one packs and
//! writes. Then the package is judged by the letter before it gets its name.

mod check;
mod flow;
pub(crate) mod out;
mod pipe;
mod reading;
mod sort;

pub use flow::export;
pub use reading::AsSeen;
pub(crate) use reading::Seen;

use oneroster::csv::Mode;
use oneroster::csv::export::Loss;
use oneroster::model::{Kind, Version};
use oneroster::prefix::Prefix;
use oneroster::time::Timestamp;
use std::path::PathBuf;

/// Since when changes are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// After an instant.
    Time(Timestamp),
    /// After what a run wrote.
    Run(i64),
}

/// What an export is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where the package goes: a name that ends in `.zip`, or a folder.
    pub out: PathBuf,
    /// Its version.
    pub version: Version,
    /// Only changes; else everything.
    pub since: Option<Since>,
    /// The roster as it stood at an instant; else as it stands.
    pub as_of: Option<Timestamp>,
    /// The files to be written; else all that have rows.
    pub files: Option<Vec<Kind>>,
    /// Whether passwords are written.
    pub passwords: bool,
    /// Whether the package is judged before it gets its name.
    pub check: bool,
    /// What an application sees of it; else all of it.
    pub as_seen: Option<AsSeen>,
    /// Only the records of one source, as that source knows them.
    pub source: Option<OfSource>,
    /// What time it is.
    pub now: Timestamp,
}

/// A source whose records are wanted.
#[derive(Clone, Debug)]
pub struct OfSource {
    /// Its number.
    pub owner: u32,
    /// What stands before its identifiers here, and is taken off.
    pub prefix: Prefix,
}

/// What an export came to.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Whole files, or changes.
    pub mode: Mode,
    /// The instant of the roster that was read: the changes after it come next.
    pub at: Timestamp,
    /// The rows of each file that was written, by base name.
    pub rows: Vec<(&'static str, u64)>,
    /// What could not be carried.
    pub losses: Vec<Loss>,
    /// How many findings the roster itself has by the letter of the standard;
    /// none if it was not asked.
    pub findings: Option<u64>,
}
