//! From what is seen to the rows of a view: what comes, goes and moves.

use super::{How, PRESENT, Refresh};
use crate::Result;
use oneroster::model::Kind;

/// The columns of `visible`, without the tenant.
const COLUMNS: &str = "view, kind, rid, status, published, content, cells, packed";

/// In `visible`: a record is visible.
pub(super) const SHOWN: u8 = 0;
/// It was deleted in the roster.
pub(super) const DELETED: u8 = 1;
/// It is no longer visible.
pub(super) const LEFT: u8 = 2;

impl Refresh<'_, '_> {
    /// Brings the rows of a kind to what `view_seen` holds; looks at all of
    /// them, or only at those in `view_few`.
    pub(super) fn turn(&mut self, kind: Kind, all: bool) -> Result<()> {
        let (table, at, number) = (kind.entity().plural, self.at, kind as u8);
        let few = if all { "" } else { " AND v.rid IN (SELECT f.rid FROM view_few AS f)" };
        let which = format!("{}{few}", self.of("v", kind));
        let seen = format!("EXISTS (SELECT 1 FROM view_seen AS s WHERE s.kind = {number} AND s.rid = v.rid)");
        let now = |more: &str| {
            let own = self.own("t");
            format!("EXISTS (SELECT 1 FROM \"{table}\" AS t WHERE {own}t.rid = v.rid AND t.published = {at}{more})")
        };
        let (changed, deleted) = (now(""), now(" AND t.status = 1"));
        let goes = format!("v.status = {SHOWN} AND NOT {seen}");
        let moves = format!("v.status = {SHOWN} AND {seen} AND {changed}");
        if self.how != How::Fresh {
            self.keep(&format!("{which} AND (({goes}) OR ({moves}) OR (v.status <> {SHOWN} AND {seen}))"))?;
        }
        let gone = self.execute(&format!(
            "UPDATE visible AS v SET status = CASE WHEN {deleted} THEN {DELETED} ELSE {LEFT} END, \
             content = CASE WHEN {deleted} THEN {at} ELSE {} END, published = {at} WHERE {which} AND {goes}",
            at - 1
        ))?;
        let moved = self.execute(&format!("UPDATE visible AS v SET published = {at} WHERE {which} AND {moves}"))?;
        let come = self.come(kind)?;
        if gone + moved + come > 0 {
            self.moved.insert(kind);
        }
        self.add(kind, come, gone)
    }

    /// Makes rows of what is seen and was not visible.
    fn come(&mut self, kind: Kind) -> Result<u64> {
        let (number, view, at) = (kind as u8, self.view, self.at);
        let (tenant, first) = self.work.first();
        let of = self.of("v", kind);
        let (published, own) = match self.how {
            How::Fresh => ("t.published".to_owned(), self.own("t")),
            _ => (at.to_string(), self.own("t")),
        };
        let sql = format!(
            "INSERT INTO visible ({tenant}{COLUMNS}) SELECT {first}{view}, {number}, s.rid, {SHOWN}, {published}, \
             {PRESENT}, NULL, NULL FROM view_seen AS s JOIN \"{}\" AS t ON t.rid = s.rid WHERE {own}s.kind = {number} \
             AND NOT EXISTS (SELECT 1 FROM visible AS v WHERE {of} AND v.rid = s.rid AND v.status = {SHOWN}) \
             ON CONFLICT ({tenant}view, kind, rid) DO UPDATE \
             SET status = {SHOWN}, published = excluded.published, content = excluded.content",
            kind.entity().plural
        );
        self.execute(&sql)
    }

    /// Copies rows of `visible`, by a condition on `v`, to the history.
    pub(super) fn keep(&mut self, which: &str) -> Result<()> {
        let (tenant, first) = self.work.first();
        let sql = format!(
            "INSERT INTO visible_history ({tenant}{COLUMNS}, until) SELECT {first}{COLUMNS}, {} FROM visible AS v \
             WHERE {which}",
            self.at
        );
        self.execute(&sql).map(drop)
    }

    fn add(&mut self, kind: Kind, come: u64, gone: u64) -> Result<()> {
        if come == gone {
            return Ok(());
        }
        let less = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let more = less(come) - less(gone);
        let (tenant, first) = self.work.first();
        let sql = format!(
            "INSERT INTO view_counts ({tenant}view, kind, live, only1p2) VALUES ({first}{}, {}, {more}, 0) \
             ON CONFLICT ({tenant}view, kind) DO UPDATE SET live = view_counts.live + excluded.live",
            self.view, kind as u8
        );
        self.execute(&sql).map(drop)
    }

    /// Counts records of which only what is left has no 1.1 form.
    pub(super) fn count(&mut self) -> Result<()> {
        if !self.moved.contains(&Kind::User) {
            return Ok(());
        }
        let (of, own) = (self.of("v", Kind::User), self.work.own("view_counts"));
        let only = self.holds("v.cells", "'\"only1p2\":1'");
        let sql = format!(
            "UPDATE view_counts SET only1p2 = (SELECT count(*) FROM visible AS v WHERE {of} AND v.status = {SHOWN} \
             AND {only}) WHERE {own}view = {} AND kind = {}",
            self.view,
            Kind::User as u8
        );
        self.execute(&sql).map(drop)
    }
}
