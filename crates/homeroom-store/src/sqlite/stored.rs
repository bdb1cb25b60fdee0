//! What the file holds, as a comparison wants it.

use super::open::open_reader;
use crate::Result;
use crate::claims::{self, Holder, Merges, Said};
use crate::gradebook::WRITTEN;
use crate::intake::{Stored, StoredChild, StoredRow, StoredRows, parent_column};
use crate::precedence::Precedence;
use crate::work::Work;
use oneroster::model::Kind;
use oneroster::record::id_digest;
use rusqlite::{Connection, OptionalExtension};
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

    fn find(&self, kind: Kind, sourced_id: &str) -> Result<Option<(StoredRow, Option<i64>)>> {
        let table = kind.entity().plural;
        let sql =
            format!("SELECT rid, digest, status, owner, \"sourceModified\" FROM \"{table}\" WHERE \"sourcedId\" = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found = statement.query_row([sourced_id], |row| {
            let (digest, live) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? == 0);
            Ok((StoredRow { rid: row.get(0)?, digest, source: row.get(3)?, live, seen: false }, row.get(4)?))
        });
        Ok(found.optional()?)
    }

    fn children(&self, kind: Kind, parent: i64) -> Result<Vec<StoredChild>> {
        let (table, column) = (kind.entity().plural, parent_column(kind));
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT rid, \"sourcedId\", owner, packed FROM \"{table}\" WHERE \"{column}\" = ?1 AND status = 0 ORDER BY rid"
        ))?;
        let found = statement.query_map([parent], |row| {
            Ok(StoredChild { rid: row.get(0)?, sourced_id: row.get(1)?, source: row.get(2)?, packed: row.get(3)? })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    fn referrers(&self, kind: Kind, column: &str, record: i64, look: &mut dyn FnMut(&str) -> bool) -> Result<bool> {
        let table = kind.entity().plural;
        let sql = format!("SELECT \"sourcedId\" FROM \"{table}\" WHERE \"{column}\" = ?1 AND status = 0");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut found = statement.query([record])?;
        while let Some(row) = found.next()? {
            if look(row.get_ref(0)?.as_str().unwrap_or_default()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn modified(&self, kind: Kind, rid: i64) -> Result<Option<i64>> {
        let sql = format!("SELECT \"sourceModified\" FROM \"{}\" WHERE rid = ?1", kind.entity().plural);
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([rid], |row| row.get(0)).optional()?.flatten())
    }

    fn live(&self, kind: Kind) -> Result<u64> {
        let sql = "SELECT live FROM counts WHERE kind = ?1";
        let found = self.connection.query_row(sql, [kind.entity().plural], |row| row.get::<_, i64>(0)).optional()?;
        Ok(found.map_or(0, |live| live.max(0) as u64))
    }

    fn last_rid(&self, kind: Kind) -> Result<i64> {
        let sql = format!("SELECT coalesce(max(rid), 0) FROM \"{}\" WHERE rid < {WRITTEN}", kind.entity().plural);
        Ok(self.connection.query_row(&sql, [], |row| row.get(0))?)
    }

    fn precedence(&self) -> Result<Precedence> {
        crate::precedence::read(&mut Work::Sqlite(&self.connection))
    }

    fn merges(&self) -> Result<Merges> {
        claims::merges(&mut Work::Sqlite(&self.connection))
    }

    fn holders(&self, kind: Kind) -> Result<hashbrown::HashMap<i64, Vec<Holder>>> {
        claims::holders(&mut Work::Sqlite(&self.connection), kind)
    }

    fn said(&self, kind: Kind, rid: i64) -> Result<Vec<Said>> {
        claims::said(&mut Work::Sqlite(&self.connection), kind, rid)
    }
}
