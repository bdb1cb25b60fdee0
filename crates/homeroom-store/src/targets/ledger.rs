//! The ledger of a target: what was made there, or taken over.

use crate::Result;
use crate::intake::Cell;
use crate::work::{Work, bytes, text, whole};

/// One thing at a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it is; the kind of target gives these numbers.
    pub kind: i64,
    /// By what it is called here.
    pub key: String,
    /// Its number there; 0 if it has none, or none yet.
    pub number: i64,
    /// How it stands; the kind of target gives these numbers.
    pub state: i64,
    /// A digest of what was sent last.
    pub digest: i64,
    /// Digests of the parts of what was sent last, to say what is another one.
    pub parts: Vec<u8>,
    /// What it was before it was taken over, as the kind of target writes it; what
    /// is kept of that stays when an entry without is written.
    pub before: Option<String>,
}

const COLUMNS: &str = "kind, key, number, state, digest, parts, before";

fn read(row: &[Cell<'_>]) -> Result<Entry> {
    Ok(Entry {
        kind: whole(row, 0)?,
        key: text(row, 1)?.unwrap_or_default().to_owned(),
        number: whole(row, 2)?,
        state: whole(row, 3)?,
        digest: whole(row, 4)?,
        parts: bytes(row, 5)?.to_owned(),
        before: text(row, 6)?.map(str::to_owned),
    })
}

/// Gives every entry of a target to the sink, in the order of kind and key.
pub(crate) fn entries(work: &mut Work<'_>, target: &str, sink: &mut dyn FnMut(Entry)) -> Result<()> {
    let own = work.own("ledger");
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE {own} target = ?1 ORDER BY kind, key");
    work.query(&sql, &[Cell::Text(target)], &mut |row| {
        sink(read(row)?);
        Ok(())
    })
}

/// One entry of a target.
pub(crate) fn entry(work: &mut Work<'_>, target: &str, kind: i64, key: &str) -> Result<Option<Entry>> {
    let mut found = None;
    let own = work.own("ledger");
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE {own} target = ?1 AND kind = ?2 AND key = ?3");
    work.query(&sql, &[Cell::Text(target), Cell::Whole(kind), Cell::Text(key)], &mut |row| {
        found = Some(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// How many entries a target has of each kind and state.
pub(crate) fn counts(work: &mut Work<'_>, target: &str) -> Result<Vec<(i64, i64, i64)>> {
    let mut all = Vec::new();
    let own = work.own("ledger");
    let sql = format!(
        "SELECT kind, state, count(*) FROM ledger WHERE {own} target = ?1 GROUP BY kind, state ORDER BY kind, state"
    );
    work.query(&sql, &[Cell::Text(target)], &mut |row| {
        all.push((whole(row, 0)?, whole(row, 1)?, whole(row, 2)?));
        Ok(())
    })?;
    Ok(all)
}

/// Writes entries, new or in the place of what they were, and strikes others.
pub(crate) fn write(work: &mut Work<'_>, target: &str, keep: &[Entry], strike: &[(i64, String)]) -> Result<()> {
    let (column, first) = work.first();
    let sql = format!(
        "INSERT INTO ledger ({column}target, {COLUMNS}) VALUES ({first}?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT ({column}target, kind, key) DO UPDATE SET number = excluded.number, state = excluded.state, \
         digest = excluded.digest, parts = excluded.parts, before = coalesce(excluded.before, ledger.before)"
    );
    for entry in keep {
        let values = [
            Cell::Text(target),
            Cell::Whole(entry.kind),
            Cell::Text(&entry.key),
            Cell::Whole(entry.number),
            Cell::Whole(entry.state),
            Cell::Whole(entry.digest),
            Cell::Bytes(&entry.parts),
            entry.before.as_deref().map_or(Cell::Null, Cell::Text),
        ];
        work.execute(&sql, &values)?;
    }
    let own = work.own("ledger");
    let sql = format!("DELETE FROM ledger WHERE {own} target = ?1 AND kind = ?2 AND key = ?3");
    for (kind, key) in strike {
        work.execute(&sql, &[Cell::Text(target), Cell::Whole(*kind), Cell::Text(key)])?;
    }
    Ok(())
}
