//! A stored record as the output plan wants it.

use crate::record::Status;
use crate::time::Timestamp;

/// A record as the store hands it out, borrowed for the time of one call.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The record's identifier.
    pub sourced_id: &'a str,
    /// Whether it is live.
    pub status: Status,
    /// What the standard calls `dateLastModified`.
    pub published: Timestamp,
    /// The values, as [`Record::pack`](crate::record::Record::pack) wrote them.
    pub packed: &'a [u8],
    /// Identifiers of the live records whose `parent` is this one, by
    /// sourcedId; only kinds with a field `children` have any.
    pub children: &'a [String],
}
