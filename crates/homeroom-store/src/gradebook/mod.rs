//! The gradebook as applications write it.
//!
//! One request is one change of the roster: rows, their history, counts, rows
//! inside of records, all under the name of the application. Requests that wait
//! at the same time share a transaction and its instant, so that many of them
//! cost the disk no more than one; each is answered after that transaction is
//! durable. Sources own what their packages bring, applications what they wrote.

mod complete;
mod desk;
mod group;
mod inside;
mod judge;
mod known;
mod lines;
mod log;

pub(crate) use desk::{Desk, Transact};
pub(crate) use group::since;
pub(crate) use inside::rows as inside_rows;
pub use log::{Entry, Log, Owner};
pub(crate) use log::{logs, owner};

use crate::ViewId;
use oneroster::model::{Kind, Parent, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::sync::Arc;

/// Row ids from here on are of records that applications added. Those of sources
/// stay below, so that neither waits for the other to know its next one.
pub(crate) const WRITTEN: i64 = 1 << 40;

/// Owners from here on are applications, by their number.
pub(crate) const APPLICATIONS: u32 = 1 << 30;

/// A request to change the gradebook.
#[derive(Clone, Debug)]
pub struct Write {
    /// The name of the application.
    pub author: Arc<str>,
    /// The version that is spoken.
    pub version: Version,
    /// When it was asked.
    pub now: Timestamp,
    /// What is asked.
    pub task: Task,
    /// Under which condition.
    pub when: When,
    /// Fields of the kind that the application does not see: what is stored of
    /// them stays.
    pub unseen: Vec<u8>,
    /// The view of its grant, if that is bounded: what is not visible there is
    /// not there for the application.
    pub view: Option<ViewId>,
}

/// What a request asks.
#[derive(Clone, Debug)]
pub enum Task {
    /// To put a record in the place of whatever its identifier named.
    Put(Box<Record>),
    /// To add records, all or none, below the records that the path names.
    Post {
        /// What the path names.
        parents: Vec<(&'static Parent, String)>,
        /// The records, each under an identifier that is new.
        records: Vec<Record>,
    },
    /// To delete a record.
    Delete {
        /// Its kind.
        kind: Kind,
        /// Its identifier.
        sourced_id: String,
    },
}

/// Under which condition a record may be changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum When {
    /// Whatever is there.
    #[default]
    Always,
    /// If there is one.
    Present,
    /// If there is none.
    Absent,
    /// If it did not change after any of these instants.
    Unchanged(Vec<Timestamp>),
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// The record is new, or came back.
    Created,
    /// The record was there, and is as was asked; perhaps it was so before.
    Replaced,
    /// The record is gone.
    Deleted,
}

/// Why nothing was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// There is no such record, or no such record in the path.
    Unknown,
    /// The condition does not hold.
    Condition,
    /// The record is of this source, which alone may change it.
    Foreign(String),
    /// Others need the record: a sentence.
    Needed(String),
    /// A member is not as it may be.
    Wrong {
        /// Which.
        member: String,
        /// What is wrong with it.
        text: String,
    },
}

/// What came of a request.
pub type Verdict = Result<Done, Refused>;

impl Refused {
    fn wrong(member: impl Into<String>, text: impl Into<String>) -> Refused {
        Refused::Wrong { member: member.into(), text: text.into() }
    }
}

/// Whether records of a kind are written by applications.
pub(crate) fn is_written(kind: Kind) -> bool {
    use oneroster::model::Service;
    matches!(kind.entity().service, Service::Gradebook | Service::Assessment)
}
