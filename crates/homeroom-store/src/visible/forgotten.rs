//! A forgotten person leaves no trace in what views keep.

use super::cells;
use super::turn::SHOWN;
use crate::Result;
use crate::intake::Cell;
use crate::work::{Work, bytes, text, whole};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;

/// So many rows are named by one statement.
const SOME: usize = 500;

/// Empties what is left of records, now bare, and takes the person out of what
/// is left of others; to be called after the views have followed. Pulls of
/// earlier versions are refused, for what they would read is no more.
pub(crate) fn forget<'r>(
    work: &mut Work<'_>,
    person: &str,
    records: impl Iterator<Item = (Kind, &'r [i64])>,
    at: i64,
) -> Result<()> {
    for (kind, rids) in records {
        for some in rids.chunks(SOME) {
            let list: Vec<String> = some.iter().map(i64::to_string).collect();
            let sql = format!(
                "UPDATE visible SET cells = NULL, packed = NULL WHERE {} kind = {} AND rid IN ({})",
                work.own("visible"),
                kind as u8,
                list.join(", ")
            );
            work.execute(&sql, &[])?;
        }
    }
    unname(work, person)?;
    let own = work.own("visible_history");
    work.execute(&format!("DELETE FROM visible_history WHERE {own} until > 0"), &[])?;
    let own = work.own("views");
    work.execute(&format!("UPDATE views SET revised = {at} WHERE {own} id > 0"), &[]).map(drop)
}

/// Takes the agents away from tombstones that name a person among them.
fn unname(work: &mut Work<'_>, person: &str) -> Result<()> {
    let mut found = Vec::new();
    let sql = format!(
        "SELECT v.view, v.rid, v.cells, v.packed FROM visible AS v WHERE {} v.kind = {} AND v.status <> {SHOWN} \
         AND v.packed IS NOT NULL",
        work.own("v"),
        Kind::User as u8
    );
    work.query(&sql, &[], &mut |row| {
        let record = Record::unpack(Kind::User, "", bytes(row, 3)?);
        let named = record.filter(|record| record.list(at!(User.agents)).any(|agent| agent == person));
        if let Some(mut record) = named {
            record.set(at!(User.agents), "");
            let cells = cells::without(text(row, 2)?.unwrap_or_default(), Kind::User, at!(User.agents));
            let mut packed = Vec::new();
            record.pack(&mut packed);
            found.push((whole(row, 0)?, whole(row, 1)?, cells, packed));
        }
        Ok(())
    })?;
    let sql = format!(
        "UPDATE visible SET cells = ?1, packed = ?2 WHERE {} view = ?3 AND kind = {} AND rid = ?4",
        work.own("visible"),
        Kind::User as u8
    );
    for (view, rid, cells, packed) in &found {
        let values = [Cell::Text(cells), Cell::Bytes(packed), Cell::Whole(*view), Cell::Whole(*rid)];
        work.execute(&sql, &values)?;
    }
    Ok(())
}

/// Ends what views keep of the time before an instant; to be called within a
/// transaction.
pub(crate) fn end(work: &mut Work<'_>, until: i64) -> Result<()> {
    let own = work.own("visible_history");
    work.execute(&format!("DELETE FROM visible_history WHERE {own} until <= {until}"), &[])?;
    let own = work.own("visible");
    let gone = format!("DELETE FROM visible WHERE {own} status <> {SHOWN} AND published <= {until}");
    work.execute(&gone, &[]).map(drop)
}
