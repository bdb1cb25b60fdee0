//! Who answers: a provider of records, near or far.

use crate::output::Failure;
use oneroster::json::Row;
use oneroster::model::{Kind, Route, Version};
use oneroster::query::Filter;
use oneroster::record::Record;

/// One read: records of a collection of the standard.
#[derive(Clone, Debug)]
pub struct Ask {
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

/// Takes one record after the other; false to see no more.
pub type Sink<'a> = dyn FnMut(&Row<'_>) -> Result<bool, Failure> + 'a;

/// Whoever has a roster and is asked for records of it.
pub trait Provider {
    /// The version that it is asked in.
    fn version(&self) -> Version;

    /// What stands before the standard's own paths in its addresses.
    fn prefix(&self) -> &str;

    /// Gives the records of a read to the sink; false if the provider has no such
    /// read below the record that its path names, or no such record; or if it passes
    /// over the filter of a read that is answered by that only.
    ///
    /// # Errors
    /// If they cannot be read, and what the sink says.
    fn read(&mut self, ask: &Ask, sink: &mut Sink<'_>) -> Result<bool, Failure>;

    /// Whether it has been seen that filters mean what they say here. Else an
    /// empty answer to one is not believed before everything was looked at.
    fn is_trusted(&self) -> bool;

    /// Whether requests are worth saving, and it has been seen that a filter
    /// selects here: a collection that is asked for in part is not given whole.
    fn selects(&self) -> bool {
        false
    }
}

impl Ask {
    /// A whole collection.
    pub fn all(route: &'static Route) -> Ask {
        Ask { route, parents: Vec::new(), filter: None, only: false }
    }

    /// The collection below a record.
    pub fn below(route: &'static Route, parent: &str) -> Ask {
        Ask { route, parents: vec![parent.to_owned()], filter: None, only: false }
    }

    /// The same, only what a filter selects.
    #[must_use]
    pub fn that(mut self, filter: Option<Filter>) -> Ask {
        self.filter = filter;
        self
    }

    /// The same, not to be answered by one that passes over the filter.
    #[must_use]
    pub fn only(mut self) -> Ask {
        self.only = true;
        self
    }
}

/// The record of a row, as filters see it.
pub(super) fn record(kind: Kind, row: &Row<'_>) -> Option<Record> {
    let mut record = Record::unpack(kind, row.sourced_id, row.packed)?;
    record.status = row.status;
    record.modified = Some(row.published).filter(|at| *at != super::UNDATED);
    Some(record)
}
