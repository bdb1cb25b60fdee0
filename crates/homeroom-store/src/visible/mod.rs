//! What applications with bounded grants see, kept as rows
//! (docs/decisions/2026-11-22-grants.md).
//!
//! A view is to an application what the roster's tables are to one that sees
//! everything: for every record that is or was visible a row with its status
//! and the instant of its last change. Writers let the rows follow in the
//! transaction that makes a version.

mod cells;
mod core;
mod follow;
mod forgotten;
mod known;
mod left;
mod scratch;
#[cfg(test)]
mod tests;
mod turn;

pub(crate) use cells::overrides;
pub(crate) use follow::follow;
pub(crate) use forgotten::{end, forget};
pub(crate) use known::{Known, find, find_or_make, is_of, next_version, remove, see_all, shows, since};

use crate::Result;
use crate::schema::Dialect;
use crate::work::Work;
use oneroster::grant::Bounds;
use oneroster::model::Kind;
use oneroster::time::Date;
use scratch::Scratch;
use std::collections::BTreeSet;

/// The number of a view, and whether members are made anew in it, which costs
/// filters their indexes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct ViewId(pub(crate) i64, pub(crate) bool);

/// Written, a negative number is that of a view in which members are made.
impl From<i64> for ViewId {
    fn from(number: i64) -> ViewId {
        ViewId(number.saturating_abs(), number < 0)
    }
}

impl From<ViewId> for i64 {
    fn from(view: ViewId) -> i64 {
        if view.1 { -view.0 } else { view.0 }
    }
}

/// The content of a visible record is that of the version that is read.
const PRESENT: i64 = i64::MAX;

/// One view on its way to a version.
struct Refresh<'w, 'c> {
    work: &'w mut Work<'c>,
    scratch: &'w mut Scratch,
    view: i64,
    /// The instant of the version.
    at: i64,
    bounds: Bounds,
    today: Date,
    how: How,
    /// Kinds of which some row of the view moved.
    moved: BTreeSet<Kind>,
}

/// Why the rows are computed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Nobody has read the view before: its records have the instants of the
    /// roster.
    Fresh,
    /// Its bounds are other ones.
    Revised,
    /// The day is another one.
    NewDay,
    /// The roster has another version.
    Followed,
}

impl Refresh<'_, '_> {
    /// Whether every row is looked at, whatever moved.
    fn whole(&self) -> bool {
        matches!(self.how, How::Fresh | How::Revised)
    }

    /// The condition that rows of an alias are of this tenant.
    fn own(&self, alias: &str) -> String {
        self.work.own(alias)
    }

    /// The condition that rows of `visible` or its history, by an alias, are of
    /// a kind in this view.
    fn of(&self, alias: &str, kind: Kind) -> String {
        format!("{}{alias}.view = {} AND {alias}.kind = {}", self.own(alias), self.view, kind as u8)
    }

    /// The condition that a row id is that of a visible record.
    fn shown(&self, kind: Kind, rid: &str) -> String {
        let of = self.of("w", kind);
        format!("EXISTS (SELECT 1 FROM visible AS w WHERE {of} AND w.rid = {rid} AND w.status = 0)")
    }

    /// The condition that a row id is that of a live record.
    fn live(&self, kind: Kind, rid: &str) -> String {
        let (table, own) = (kind.entity().plural, self.own("x"));
        format!("EXISTS (SELECT 1 FROM \"{table}\" AS x WHERE {own}x.rid = {rid} AND x.status = 0)")
    }

    fn execute(&mut self, sql: &str) -> Result<u64> {
        self.work.execute(sql, &[])
    }

    /// Whether one text holds another.
    fn holds(&self, text: &str, part: &str) -> String {
        match self.work.dialect() {
            Dialect::Sqlite => format!("instr({text}, {part}) > 0"),
            Dialect::Postgres => format!("strpos({text}, {part}) > 0"),
        }
    }

    /// Brings the view to the version; `touched` are the kinds of which the
    /// version itself holds rows.
    fn run(&mut self, touched: &BTreeSet<Kind>) -> Result<()> {
        self.clear("view_seen")?;
        let core = self.core(touched)?;
        for kind in Kind::all() {
            if self.bounds.sees_all() || !core::KINDS.contains(&kind) {
                if self.candidates(kind, touched)? {
                    self.settle(kind)?;
                    self.turn(kind, self.whole())?;
                }
            } else if core {
                self.turn(kind, true)?;
            }
        }
        for kind in Kind::all() {
            self.leave_out(kind, core)?;
        }
        self.count()
    }
}
