//! What the file holds, as a comparison wants it.

use super::open::open_reader;
use crate::Result;
use crate::intake::{Stored, StoredRow, StoredRows};
use oneroster::model::Kind;
use oneroster::record::id_digest;
use rusqlite::Connection;
use std::path::Path;

/// One version of the file, held by a read transaction.
pub struct Snapshot {
    connection: Connection,
    version: i64,
}

impl Snapshot {
    /// The version that stands now.
    pub fn open(path: &Path) -> Result<Snapshot> {
        let connection = open_reader(path)?;
        connection.execute_batch("BEGIN")?;
        let version = connection.query_row("SELECT published FROM state", [], |row| row.get(0))?;
        Ok(Snapshot { connection, version })
    }
}

impl Stored for Snapshot {
    fn version(&self) -> i64 {
        self.version
    }

    fn rows(&self, kind: Kind) -> Result<StoredRows> {
        let table = kind.entity().plural;
        let sql = format!("SELECT \"sourcedId\", rid, digest, status, owner FROM \"{table}\"");
        let mut statement = self.connection.prepare(&sql)?;
        let mut found = statement.query([])?;
        let mut rows = StoredRows::new();
        while let Some(row) = found.next()? {
            let id = id_digest(row.get_ref(0)?.as_str().unwrap_or_default());
            let digest = row.get::<_, i64>(2)? as u64;
            let live = row.get::<_, i64>(3)? == 0;
            rows.insert(id, StoredRow { rid: row.get(1)?, digest, source: row.get(4)?, live, seen: false });
        }
        Ok(rows)
    }

    fn packed(&self, kind: Kind, rids: &[i64]) -> Result<Vec<(String, Vec<u8>)>> {
        let table = kind.entity().plural;
        let mut statement =
            self.connection.prepare(&format!("SELECT \"sourcedId\", packed FROM \"{table}\" WHERE rid = ?1"))?;
        let mut found = Vec::with_capacity(rids.len());
        for rid in rids {
            found.push(statement.query_row([rid], |row| Ok((row.get(0)?, row.get(1)?)))?);
        }
        Ok(found)
    }

    fn last_rid(&self, kind: Kind) -> Result<i64> {
        let sql = format!("SELECT coalesce(max(rid), 0) FROM \"{}\"", kind.entity().plural);
        Ok(self.connection.query_row(&sql, [], |row| row.get(0))?)
    }
}
