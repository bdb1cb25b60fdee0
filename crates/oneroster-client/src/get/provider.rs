//! Who answers: a provider of records, near or far.

use oneroster::json::Row;
use oneroster::model::{Kind, Route, Version};
use oneroster::query::Filter;
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::future::Future;

/// When a record changed of which its provider does not say it.
pub const UNDATED: Timestamp = Timestamp(i64::MIN);

/// One read: records of a collection of the standard.
#[derive(Clone, Debug)]
pub struct Question {
    /// The operation.
    pub route: &'static Route,
    /// The identifiers that its path names, in order.
    pub parents: Vec<String>,
    /// What the provider is asked to select.
    pub filter: Option<Filter>,
    /// Whether it is not to be answered at all rather than whole, by one that
    /// passes over the filter.
    pub only: bool,
}

/// What comes of a question, step by step.
#[derive(Debug)]
pub enum Next<'a> {
    /// One record more.
    Row(Row<'a>),
    /// That was all.
    End,
    /// It is not answered: the provider has no such read below the record that
    /// its path names, or no such record; or it passes over the filter of a
    /// question that is answered by that only. What came before counts for nothing.
    Unanswered,
}

/// Whoever has a roster and is asked for records of it, one question after the
/// other.
pub trait Provider {
    /// Why records cannot be read.
    type Error;

    /// The version that it is asked in.
    fn version(&self) -> Version;

    /// Begins with a question; the one before is over.
    fn ask(&mut self, question: Question);

    /// What comes next of the question that was begun.
    ///
    /// # Errors
    /// If it cannot be read.
    fn next(&mut self) -> impl Future<Output = Result<Next<'_>, Self::Error>>;

    /// Whether it has been seen that filters mean what they say here. Else an
    /// empty answer to one is not believed before everything was looked at.
    fn is_trusted(&self) -> bool;

    /// Whether requests are worth saving, and it has been seen that a filter
    /// selects here: a collection that is asked for in part is not given whole.
    fn selects(&self) -> bool {
        false
    }
}

impl Question {
    /// A whole collection.
    pub fn all(route: &'static Route) -> Question {
        Question { route, parents: Vec::new(), filter: None, only: false }
    }

    /// The collection below a record.
    pub fn below(route: &'static Route, parent: &str) -> Question {
        Question { route, parents: vec![parent.to_owned()], filter: None, only: false }
    }

    /// The same, only what a filter selects.
    #[must_use]
    pub fn that(mut self, filter: Option<Filter>) -> Question {
        self.filter = filter;
        self
    }

    /// The same, not to be answered by one that passes over the filter.
    #[must_use]
    pub fn only(mut self) -> Question {
        self.only = true;
        self
    }
}

/// The record of a row, as filters see it.
pub(crate) fn record(kind: Kind, row: &Row<'_>) -> Option<Record> {
    let mut record = Record::unpack(kind, row.sourced_id, row.packed)?;
    record.status = row.status;
    record.modified = Some(row.published).filter(|at| *at != UNDATED);
    Some(record)
}

/// The row of a record, written into `packed`.
pub(super) fn row<'a>(record: &'a mut Record, packed: &'a mut Vec<u8>) -> Row<'a> {
    packed.clear();
    record.pack(packed);
    let published = record.modified.unwrap_or(UNDATED);
    let Record { sourced_id, status, .. } = record;
    Row { sourced_id, status: *status, published, packed, children: &[] }
}
