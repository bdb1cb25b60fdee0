//! What a reader asks of the roster, and what it gets.

use crate::{Shown, ViewId};
use oneroster::model::{Kind, Parent, Version, View};
use oneroster::query::{Filter, Sort};
use oneroster::time::Timestamp;

/// Whether records marked `tobedeleted` are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tombstones {
    /// Only live records.
    Hidden,
    /// All records: the filter speaks of `status` or `dateLastModified`, or the
    /// application asked for them always.
    Shown,
}

/// A request for records of one kind.
#[derive(Clone, Debug)]
pub struct Read<'a> {
    /// The version that is spoken; it decides what a role or an org of a
    /// person means in a view.
    pub version: Version,
    /// The kind that is asked for.
    pub kind: Kind,
    /// The records that the path names, and their identifiers in order.
    pub parents: &'a [(&'static Parent, String)],
    /// What the route selects.
    pub views: &'static [View],
    /// What the caller selects.
    pub filter: Option<&'a Filter>,
    /// The view of the caller's grant, if it is bounded: see
    /// [`Roster::view`](crate::Roster::view).
    pub view: Option<ViewId>,
    /// Whether tombstones are shown.
    pub tombstones: Tombstones,
    /// The order; by default that of the store, which is stable.
    pub sort: Option<&'a Sort>,
    /// At most so many records.
    pub limit: u32,
    /// After so many records; ignored with a cursor, but for the total.
    pub offset: u64,
    /// What an earlier page gave as `next`.
    pub cursor: Option<&'a str>,
    /// Who pages: plain offsets are continued where the same caller's last
    /// page of the same request ended.
    pub caller: u64,
}

/// How the applications stood when a caller was known without a look; a read that
/// is told makes sure that they stand so still.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Belief(pub(crate) i64);

/// What a page says besides its records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// How many records the request selects, without limit and offset.
    pub total: u64,
    /// How many were given.
    pub given: u32,
    /// Where the next page begins, if there is one: an opaque, URL-safe text.
    pub next: Option<String>,
    /// Which records it was, to be found again.
    pub shown: Shown,
}

/// The answer to a request for one record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// It was given.
    Yes,
    /// There is none of that identifier in the view, or no such parent.
    No,
}

/// How a roster stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Published {
    /// The instant of the last committed change, if there was any.
    pub at: Option<Timestamp>,
    /// The instant of the last one that no application made: of a run, or by hand.
    pub rostered: Option<Timestamp>,
}

impl Published {
    /// Of instants as they are stored: 0 is none.
    pub(crate) fn of(at: i64, rostered: i64) -> Published {
        let instant = |at: i64| (at > 0).then_some(Timestamp(at));
        Published { at: instant(at), rostered: instant(rostered) }
    }
}
