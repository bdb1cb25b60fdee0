//! The views that there are.

use super::scratch::Scratch;
use super::turn::{DELETED, SHOWN};
use super::{How, Refresh, ViewId};
use crate::intake::Cell;
use crate::work::{Work, number, text, whole};
use crate::{Error, ErrorKind, Result};
use oneroster::grant::{Bounds, TermLimit};
use oneroster::model::Kind;
use oneroster::time::{Date, Timestamp};
use std::collections::BTreeSet;

/// A view as it was computed last.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Known {
    /// Its number.
    pub id: i64,
    /// The bounds.
    pub bounds: Bounds,
    /// The day; that of the beginning of time if nothing depends on it.
    pub day: Date,
    /// Whether a profile makes members of its records, or once did: tombstones
    /// keep what was shown.
    pub made: bool,
}

impl Known {
    /// By which it is known elsewhere.
    pub fn view(&self) -> ViewId {
        ViewId(self.id, self.made)
    }

    /// Whether its rows are those of some bounds on a day.
    pub fn fits(&self, bounds: &Bounds, today: Date) -> bool {
        self.bounds == *bounds && self.day == day_of(bounds, today)
    }
}

/// The day that the rows of some bounds depend on.
fn day_of(bounds: &Bounds, today: Date) -> Date {
    if bounds.terms.contains(&TermLimit::Current) { today } else { Date(0) }
}

/// Every view.
pub(super) fn all(work: &mut Work<'_>) -> Result<Vec<Known>> {
    let which = format!("{} views.id > 0 ORDER BY views.id", work.own("views"));
    select(work, &which, &[])
}

fn named(work: &mut Work<'_>, name: &str) -> Result<Option<Known>> {
    let which = format!("{} views.name = ?1", work.own("views"));
    Ok(select(work, &which, &[Cell::Text(name)])?.pop())
}

fn select(work: &mut Work<'_>, which: &str, values: &[Cell<'_>]) -> Result<Vec<Known>> {
    let mut all = Vec::new();
    let sql = format!("SELECT views.id, views.bounds, views.day, views.made FROM views WHERE {which}");
    work.query(&sql, values, &mut |row| {
        let bounds: Bounds = serde_json::from_str(text(row, 1)?.unwrap_or_default())
            .map_err(|e| Error::caused(ErrorKind::Internal, "the bounds of a view cannot be read", e))?;
        let day = number(row, 2)?.and_then(|day| i32::try_from(day).ok()).unwrap_or_default();
        let made = bounds.profile.is_some() || whole(row, 3)? > 0;
        all.push(Known { id: whole(row, 0)?, bounds, day: Date(day), made });
        Ok(())
    })?;
    Ok(all)
}

/// The view of a name, if its rows need not be computed anew: `Some(None)` if
/// open bounds need none.
pub(crate) fn find(work: &mut Work<'_>, name: &str, bounds: &Bounds, today: Date) -> Result<Option<Option<Known>>> {
    Ok(match named(work, name)? {
        None if bounds.is_open() => Some(None),
        Some(known) if known.fits(bounds, today) => Some(Some(known)),
        _ => None,
    })
}

/// Finds or makes the view of a name, with the rows of some bounds on a day; to
/// be called within a transaction that writes.
pub(crate) fn find_or_make(
    work: &mut Work<'_>,
    name: &str,
    bounds: &Bounds,
    (now, today): (Timestamp, Date),
) -> Result<Option<Known>> {
    let version = crate::forget::locked(work)?;
    if let Some(found) = find(work, name, bounds, today)? {
        return Ok(found);
    }
    make(work, name, bounds, (now, today), version).map(Some)
}

/// Makes the view of a name if there is none, with every record of the roster:
/// of an application that saw them all, and is to be told what it sees no more;
/// to be called within a transaction that writes.
pub(crate) fn see_all(work: &mut Work<'_>, name: &str, (now, today): (Timestamp, Date)) -> Result<()> {
    let version = crate::forget::locked(work)?;
    if named(work, name)?.is_none() {
        make(work, name, &Bounds::default(), (now, today), version)?;
    }
    Ok(())
}

/// Brings the view of a name to some bounds.
fn make(
    work: &mut Work<'_>,
    name: &str,
    bounds: &Bounds,
    (now, today): (Timestamp, Date),
    version: i64,
) -> Result<Known> {
    let at = next_version(work, now, version)?;
    let json = serde_json::to_string(bounds)
        .map_err(|e| Error::caused(ErrorKind::Internal, "the bounds of a view cannot be written", e))?;
    let day = day_of(bounds, today);
    let before = named(work, name)?;
    let (column, first) = work.first();
    let how = match &before {
        None => How::Fresh,
        Some(known) if known.bounds == *bounds => How::NewDay,
        Some(_) => How::Revised,
    };
    let revised = if how == How::NewDay { "views.revised" } else { "excluded.revised" };
    let made = u8::from(bounds.profile.is_some() || before.is_some_and(|known| known.made));
    let sql = format!(
        "INSERT INTO views ({column}name, bounds, day, published, revised, made, since) \
         VALUES ({first}?1, ?2, {}, {at}, {at}, {made}, {version}) \
         ON CONFLICT ({column}name) DO UPDATE SET bounds = excluded.bounds, day = excluded.day, \
         published = excluded.published, revised = {revised}, made = excluded.made",
        day.0
    );
    work.execute(&sql, &[Cell::Text(name), Cell::Text(&json)])?;
    let made = named(work, name)?.ok_or_else(|| Error::new(ErrorKind::Internal, "a view is gone"))?;
    let (bounds, moved) = (bounds.clone(), BTreeSet::new());
    let scratch = &mut Scratch::new(work)?;
    Refresh { work, scratch, view: made.id, at, bounds, today: day, how, moved }.run(&BTreeSet::new())?;
    Ok(made)
}

/// The instant of the next version: strictly later than that of any before, of
/// the roster and of its views, even if the clock steps back.
pub(crate) fn next_version(work: &mut Work<'_>, now: Timestamp, version: i64) -> Result<i64> {
    let own = work.own("views");
    let last = work.number(&format!("SELECT max(views.published) FROM views WHERE {own} views.id > 0"), &[])?;
    Ok(now.0.max(version + 1).max(last.unwrap_or_default() + 1))
}

/// Whether a view of this name is an application's: all of one begin alike.
pub(crate) fn is_of(name: &str, client_id: &str) -> bool {
    name.strip_prefix(client_id).is_some_and(|more| more.is_empty() || more.starts_with('/'))
}

/// The version of the roster from which on it is known what a view showed.
pub(crate) fn since(work: &mut Work<'_>, view: ViewId) -> Result<Option<i64>> {
    let own = work.own("views");
    work.number(
        &format!("SELECT coalesce(views.since, views.revised) FROM views WHERE {own} views.id = {}", view.0),
        &[],
    )
}

/// Takes the views of an application away, and their rows; to be called within
/// a transaction. Gives how many there were.
pub(crate) fn remove(work: &mut Work<'_>, client_id: &str) -> Result<usize> {
    let mut gone = Vec::new();
    let sql = format!("SELECT views.id, views.name FROM views WHERE {} views.id > 0", work.own("views"));
    work.query(&sql, &[], &mut |row| {
        if is_of(text(row, 1)?.unwrap_or_default(), client_id) {
            gone.push(whole(row, 0)?);
        }
        Ok(())
    })?;
    for id in &gone {
        for table in ["visible", "visible_history", "view_counts"] {
            let own = work.own(table);
            work.execute(&format!("DELETE FROM {table} WHERE {own} view = {id}"), &[])?;
        }
        let own = work.own("views");
        work.execute(&format!("DELETE FROM views WHERE {own} id = {id}"), &[])?;
    }
    Ok(gone.len())
}

/// Whether a view shows a record: a live one, or one that was visible until it
/// was deleted.
pub(crate) fn shows(work: &mut Work<'_>, view: ViewId, (kind, rid): (Kind, i64), live: bool) -> Result<bool> {
    let status = if live { SHOWN } else { DELETED };
    let sql = format!(
        "SELECT 1 FROM visible AS v WHERE {} v.view = {} AND v.kind = {} AND v.rid = ?1 AND v.status = {status}",
        work.own("v"),
        view.0,
        kind as u8
    );
    work.any(&sql, &[Cell::Whole(rid)])
}
