//! What is kept for how long, and the end of what is older.

use crate::intake::Cell;
use crate::schema::{STATUS, UNTIL, columns, history};
use crate::work::{Work, text, whole};
use crate::{Result, settings};
use oneroster::model::{Kind, Type};
use oneroster::time::Timestamp;

/// The scope of the settings.
pub const SCOPE: &str = "retention";
/// From when on the history is whole; kept by us, set by nobody.
const HORIZON: &str = "horizon";

/// What was ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ended {
    /// Earlier rows.
    pub rows: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Runs that are no longer known.
    pub runs: Vec<i64>,
}

/// The instant from which on the history is whole, if anything was ended.
pub(crate) fn horizon(work: &mut Work<'_>) -> Result<Option<i64>> {
    let mut found = None;
    let sql = format!("SELECT value FROM settings WHERE {} scope = ?1 AND key = ?2", work.own("settings"));
    work.query(&sql, &[Cell::Text(SCOPE), Cell::Text(HORIZON)], &mut |row| {
        found = text(row, 0)?.and_then(|value| value.parse().ok());
        Ok(())
    })?;
    Ok(found)
}

/// Ends the history up to an instant; to be called within a transaction. The
/// last import of each source stays known, for the next is compared with it.
pub(crate) fn end(work: &mut Work<'_>, until: Timestamp) -> Result<Ended> {
    let mut ended = Ended::default();
    for kind in Kind::all() {
        let past = history(kind.entity());
        let own = work.own(&format!("\"{past}\""));
        let sql = format!("DELETE FROM \"{past}\" WHERE {own} {UNTIL} <= ?1");
        ended.rows += work.execute(&sql, &[Cell::Whole(until.0)])?;
        ended.tombstones += tombstones(work, kind, until)?;
    }
    crate::visible::end(work, until.0)?;
    crate::claims::end(work, until.0)?;
    let sql = format!("DELETE FROM added WHERE {} published <= ?1", work.own("added"));
    work.execute(&sql, &[Cell::Whole(until.0)])?;
    ended.runs = runs(work, until)?;
    if ended != Ended::default() {
        settings::set(work, SCOPE, HORIZON, Some(&until.0.to_string()))?;
    }
    Ok(ended)
}

/// Ends tombstones to which nothing points. The last row of a table stays: row
/// ids are given once, and the next one is counted from it.
fn tombstones(work: &mut Work<'_>, kind: Kind, until: Timestamp) -> Result<u64> {
    let table = kind.entity().plural;
    let dead = format!("SELECT dead FROM counts WHERE {} kind = ?1", work.own("counts"));
    if work.number(&dead, &[Cell::Text(table)])?.unwrap_or_default() == 0 {
        return Ok(0);
    }
    let own = work.own("m");
    let mut which = format!("rid < (SELECT max(rid) FROM \"{table}\" AS m WHERE {own} rid > 0)");
    for other in Kind::all() {
        for column in columns(other) {
            let field = other.entity().fields.get(usize::from(column.field));
            let names = field.is_some_and(|field| match field.ty {
                Type::Ref(target, _) => !field.many && target == kind,
                Type::ProfileRef => kind == Kind::UserProfile,
                _ => false,
            });
            if names {
                let (name, from, own) = (&column.name, other.entity().plural, work.own("o"));
                which.push_str(&format!(
                    " AND rid NOT IN (SELECT o.\"{name}\" FROM \"{from}\" AS o WHERE {own} o.\"{name}\" IS NOT NULL)"
                ));
            }
        }
    }
    let own = work.own(&format!("\"{table}\""));
    let sql = format!("DELETE FROM \"{table}\" WHERE {own} {STATUS} = 1 AND published <= ?1 AND {which}");
    let gone = work.execute(&sql, &[Cell::Whole(until.0)])?;
    let less = format!("UPDATE counts SET dead = dead - ?1 WHERE {} kind = ?2", work.own("counts"));
    work.execute(&less, &[Cell::Whole(i64::try_from(gone).unwrap_or(i64::MAX)), Cell::Text(table)])?;
    Ok(gone)
}

fn runs(work: &mut Work<'_>, until: Timestamp) -> Result<Vec<i64>> {
    let (own, of_last) = (work.own("runs"), work.own("l"));
    let which = format!(
        "{own} coalesce(runs.published, runs.finished, runs.started) <= ?1 AND runs.id NOT IN \
         (SELECT max(l.id) FROM runs AS l WHERE {of_last} l.state = 'applied' AND l.deed = 'import' GROUP BY l.source)"
    );
    let mut all = Vec::new();
    work.query(
        &format!("SELECT runs.id FROM runs WHERE {which} ORDER BY runs.id"),
        &[Cell::Whole(until.0)],
        &mut |row| {
            all.push(whole(row, 0)?);
            Ok(())
        },
    )?;
    if !all.is_empty() {
        work.execute(&format!("DELETE FROM runs WHERE {which}"), &[Cell::Whole(until.0)])?;
    }
    Ok(all)
}
