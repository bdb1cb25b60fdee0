//! What is kept of all records together.

use super::{Damage, Fault, Faults};
use crate::Result;
use crate::forget::NO_DIGEST;
use crate::intake::Cell;
use crate::schema::{STATUS, UNTIL, history};
use crate::work::{Work, text};
use oneroster::model::Kind;

/// The file of a roster, by SQLite's own check; PostgreSQL has tools for that.
pub(super) fn file(work: &mut Work<'_>, faults: Faults<'_>) -> Result<()> {
    let Work::Sqlite(_) = work else { return Ok(()) };
    work.query("PRAGMA integrity_check(20)", &[], &mut |row| {
        let said = text(row, 0)?.unwrap_or_default();
        if said != "ok" {
            faults(Fault { table: String::new(), sourced_id: None, damage: Damage::File(said.to_owned()) });
        }
        Ok(())
    })
}

/// The totals of a kind.
pub(super) fn totals(work: &mut Work<'_>, kind: Kind, faults: Faults<'_>) -> Result<()> {
    let table = kind.entity().plural;
    let (own, of_counts) = (work.own("t"), work.own("c"));
    let totals = [
        ("live", format!("{STATUS} = 0")),
        ("dead", format!("{STATUS} <> 0")),
        ("only1p2", format!("{STATUS} = 0 AND \"only1p2\" IS NOT NULL")),
    ];
    for (what, which) in totals {
        let stored = format!("SELECT c.{what} FROM counts AS c WHERE {of_counts} c.kind = ?1");
        let stored = work.number(&stored, &[Cell::Text(table)])?.unwrap_or_default();
        let counted = format!("SELECT count(*) FROM \"{table}\" AS t WHERE {own} {which}");
        let counted = work.number(&counted, &[])?.unwrap_or_default();
        // Those without a 1.1 form are counted as they come, and not as they go.
        if stored != counted && (what != "only1p2" || stored < counted) {
            let damage = Damage::Total { what, stored, counted };
            faults(Fault { table: table.to_owned(), sourced_id: None, damage });
        }
    }
    Ok(())
}

/// The instants of a kind: no row is newer than the version, and each earlier
/// state was followed by another one; what was forgotten moved on without.
pub(super) fn instants(work: &mut Work<'_>, kind: Kind, faults: Faults<'_>) -> Result<()> {
    let (table, past) = (kind.entity().plural, history(kind.entity()));
    let (own, of_past, of_later, of_state) = (work.own("t"), work.own("h"), work.own("g"), work.own("s"));
    let version = format!("SELECT s.published FROM state AS s WHERE {of_state} s.published IS NOT NULL");
    let ahead = format!("SELECT t.\"sourcedId\" FROM \"{table}\" AS t WHERE {own} t.published > ({version})");
    let gap = format!(
        "SELECT h.\"sourcedId\" FROM \"{past}\" AS h LEFT JOIN \"{table}\" AS t ON {own} t.rid = h.rid \
         WHERE {of_past} (h.published >= h.{UNTIL} OR (t.published IS NULL OR t.published <> h.{UNTIL}) \
         AND NOT (h.{STATUS} = 1 AND h.digest = {NO_DIGEST}) \
         AND NOT EXISTS (SELECT 1 FROM \"{past}\" AS g WHERE {of_later} g.rid = h.rid AND g.published = h.{UNTIL}))"
    );
    for (table, sql, damage) in [(table, ahead, Damage::Ahead), (&past, gap, Damage::Gap)] {
        work.query(&sql, &[], &mut |row| {
            let sourced_id = text(row, 0)?.map(str::to_owned);
            faults(Fault { table: table.to_owned(), sourced_id, damage: damage.clone() });
            Ok(())
        })?;
    }
    Ok(())
}

/// What applications see of a kind: rows of records that are there, and as many
/// as their totals say.
pub(super) fn views(work: &mut Work<'_>, kind: Kind, faults: Faults<'_>) -> Result<()> {
    let table = kind.entity().plural;
    let (own, of_view, of_counts) = (work.own("t"), work.own("v"), work.own("c"));
    let at = [Cell::Whole(kind as i64)];
    let lost = format!(
        "SELECT count(*) FROM visible AS v WHERE {of_view} v.kind = ?1 \
         AND NOT EXISTS (SELECT 1 FROM \"{table}\" AS t WHERE {own} t.rid = v.rid)"
    );
    let lost = work.number(&lost, &at)?.unwrap_or_default();
    if lost > 0 {
        faults(Fault { table: table.to_owned(), sourced_id: None, damage: Damage::Shown(lost) });
    }
    let stored = format!("SELECT coalesce(sum(c.live), 0) FROM view_counts AS c WHERE {of_counts} c.kind = ?1");
    let stored = work.number(&whole(&stored), &at)?.unwrap_or_default();
    let counted = format!("SELECT count(*) FROM visible AS v WHERE {of_view} v.kind = ?1 AND v.status = 0");
    let counted = work.number(&counted, &at)?.unwrap_or_default();
    if stored != counted {
        let damage = Damage::Total { what: "visible", stored, counted };
        faults(Fault { table: table.to_owned(), sourced_id: None, damage });
    }
    Ok(())
}

/// A sum as the number that both engines can give: PostgreSQL sums to decimals.
fn whole(sql: &str) -> String {
    format!("SELECT CAST(({sql}) AS bigint)")
}
