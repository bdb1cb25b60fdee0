//! Columns that a later version made: what stands in records only is written
//! beside records that were stored before.

use crate::Result;
use crate::intake::{Cell, carried_rows};
use crate::schema::{CARRIED, PUBLISHED, RID, carried, history};
use crate::work::{Work, bytes, text, whole};
use oneroster::model::Kind;
use oneroster::record::Record;

/// So many rows are read at once.
const AT_ONCE: usize = 1_000;

/// The tables of such records.
fn tables() -> impl Iterator<Item = (Kind, String)> {
    let kinds = Kind::all().filter(|kind| carried(*kind).next().is_some());
    kinds.flat_map(|kind| [kind.entity().plural.to_owned(), history(kind.entity())].map(|table| (kind, table)))
}

/// Whether there is anything to do: an index tells. Without a version there is
/// nothing, and the first load of all may hold the tables to itself.
pub fn is_due(work: &mut Work<'_>) -> Result<bool> {
    let version = format!("SELECT s.published FROM state AS s WHERE {} s.published > 0", work.own("s"));
    if !work.any(&version, &[])? {
        return Ok(false);
    }
    let own = work.own("t");
    let any = |(_, table)| format!("EXISTS (SELECT 1 FROM \"{table}\" AS t WHERE {own} t.\"{CARRIED}\" IS NULL)");
    let any: Vec<String> = tables().map(any).collect();
    work.any(&format!("SELECT 1 WHERE {}", any.join(" OR ")), &[])
}

/// Does it. What is read is not changed by it, so no version comes of it.
pub fn write(work: &mut Work<'_>) -> Result<()> {
    for (kind, table) in tables() {
        loop {
            let own = work.own("t");
            let sql = format!(
                "SELECT t.{RID}, t.{PUBLISHED}, t.\"sourcedId\", t.packed FROM \"{table}\" AS t \
                 WHERE {own} t.\"{CARRIED}\" IS NULL LIMIT {AT_ONCE}"
            );
            let mut found = Vec::new();
            work.query(&sql, &[], &mut |row| {
                let record = Record::unpack(kind, text(row, 2)?.unwrap_or_default(), bytes(row, 3)?);
                let told = record.map_or_else(|| "{}".to_owned(), |record| carried_rows(&record));
                found.push((whole(row, 0)?, whole(row, 1)?, told));
                Ok(())
            })?;
            let own = work.own(&format!("\"{table}\""));
            let set = format!("UPDATE \"{table}\" SET \"{CARRIED}\" = ?1 WHERE {own} {RID} = ?2 AND {PUBLISHED} = ?3");
            for (rid, published, told) in &found {
                work.execute(&set, &[Cell::Text(told), Cell::Whole(*rid), Cell::Whole(*published)])?;
            }
            if found.len() < AT_ONCE {
                break;
            }
        }
    }
    Ok(())
}
