//! What the database holds, as a comparison wants it.

use super::cursor;
use super::pool::Pool;
use crate::claims::{self, Holder, Merges, Said};
use crate::gradebook::WRITTEN;
use crate::intake::{Stored, StoredChild, StoredRow, StoredRows, parent_column};
use crate::precedence::Precedence;
use crate::work::Work;
use crate::{Error, ErrorKind, Result};
use oneroster::model::Kind;
use oneroster::record::id_digest;
use postgres::types::ToSql;
use postgres::{Client, Statement};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One version of a tenant's roster, held by a read transaction.
pub struct Snapshot {
    client: Mutex<Client>,
    statements: Mutex<HashMap<String, Statement>>,
    tenant: i64,
    version: i64,
}

impl Snapshot {
    /// The version that stands now.
    pub fn open(pool: &Pool) -> Result<Snapshot> {
        let mut client = pool.begin_apart("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let tenant = pool.number();
        let row = client.query_one("SELECT published FROM state WHERE tenant = $1", &[&tenant])?;
        Ok(Snapshot { client: Mutex::new(client), statements: Mutex::default(), tenant, version: row.try_get(0)? })
    }

    /// Runs a statement that is asked many times.
    fn prepared(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<postgres::Row>> {
        let mut client = self.client();
        let mut known = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = match known.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = client.prepare(sql)?;
                known.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        Ok(client.query(&statement, values)?)
    }

    fn client(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn owner(number: i64) -> Result<u32> {
    u32::try_from(number)
        .map_err(|error| Error::caused(ErrorKind::Internal, "a record's owner is not one of ours", error))
}

impl Stored for Snapshot {
    fn version(&self) -> i64 {
        self.version
    }

    fn rows(&self, kind: Kind) -> Result<StoredRows> {
        let table = kind.entity().plural;
        let sql = format!("SELECT \"sourcedId\", rid, digest, status, owner FROM \"{table}\" WHERE tenant = $1");
        let mut rows = StoredRows::new();
        cursor::each(&mut self.client(), &sql, &[self.tenant], &mut |row| {
            let digest = row.try_get::<_, i64>(2)? as u64;
            let live = row.try_get::<_, i64>(3)? == 0;
            let source = owner(row.try_get(4)?)?;
            rows.insert(
                id_digest(row.try_get(0)?),
                StoredRow { rid: row.try_get(1)?, digest, source, live, seen: false },
            );
            Ok(true)
        })?;
        Ok(rows)
    }

    fn packed(&self, kind: Kind, rids: &[i64]) -> Result<Vec<(String, Vec<u8>)>> {
        let table = kind.entity().plural;
        let sql = format!("SELECT rid, \"sourcedId\", packed FROM \"{table}\" WHERE tenant = $1 AND rid = ANY($2)");
        let mut client = self.client();
        let mut found = HashMap::with_capacity(rids.len());
        for row in client.query(&sql, &[&self.tenant, &rids])? {
            found.insert(row.try_get::<_, i64>(0)?, (row.try_get(1)?, row.try_get(2)?));
        }
        // In the order that was asked for.
        Ok(rids.iter().filter_map(|rid| found.remove(rid)).collect())
    }

    fn find(&self, kind: Kind, sourced_id: &str) -> Result<Option<(StoredRow, Option<i64>)>> {
        let sql = format!(
            "SELECT rid, digest, status, owner, \"sourceModified\" FROM \"{}\" WHERE tenant = $1 AND \"sourcedId\" = $2",
            kind.entity().plural
        );
        let Some(row) = self.prepared(&sql, &[&self.tenant, &sourced_id])?.into_iter().next() else { return Ok(None) };
        let (digest, live) = (row.try_get::<_, i64>(1)? as u64, row.try_get::<_, i64>(2)? == 0);
        let source = owner(row.try_get(3)?)?;
        Ok(Some((StoredRow { rid: row.try_get(0)?, digest, source, live, seen: false }, row.try_get(4)?)))
    }

    fn children(&self, kind: Kind, parent: i64) -> Result<Vec<StoredChild>> {
        let (table, column) = (kind.entity().plural, parent_column(kind));
        let sql = format!(
            "SELECT rid, \"sourcedId\", owner, packed FROM \"{table}\" WHERE tenant = $1 AND \"{column}\" = $2 \
             AND status = 0 ORDER BY rid"
        );
        let child = |row: &postgres::Row| -> Result<StoredChild> {
            let source = owner(row.try_get(2)?)?;
            Ok(StoredChild { rid: row.try_get(0)?, sourced_id: row.try_get(1)?, source, packed: row.try_get(3)? })
        };
        self.prepared(&sql, &[&self.tenant, &parent])?.iter().map(child).collect()
    }

    fn referrers(&self, kind: Kind, column: &str, record: i64, look: &mut dyn FnMut(&str) -> bool) -> Result<bool> {
        let table = kind.entity().plural;
        let sql =
            format!("SELECT \"sourcedId\" FROM \"{table}\" WHERE tenant = $1 AND \"{column}\" = $2 AND status = 0");
        for row in self.prepared(&sql, &[&self.tenant, &record])? {
            if look(row.try_get(0)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn modified(&self, kind: Kind, rid: i64) -> Result<Option<i64>> {
        let table = kind.entity().plural;
        let sql = format!("SELECT \"sourceModified\" FROM \"{table}\" WHERE tenant = $1 AND rid = $2");
        let rows = self.prepared(&sql, &[&self.tenant, &rid])?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?.flatten())
    }

    fn live(&self, kind: Kind) -> Result<u64> {
        let sql = "SELECT live FROM counts WHERE tenant = $1 AND kind = $2";
        let rows = self.prepared(sql, &[&self.tenant, &kind.entity().plural])?;
        let live: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
        Ok(live.map_or(0, |live| live.max(0) as u64))
    }

    fn last_rid(&self, kind: Kind) -> Result<i64> {
        let table = kind.entity().plural;
        let sql = format!("SELECT coalesce(max(rid), 0) FROM \"{table}\" WHERE tenant = $1 AND rid < {WRITTEN}");
        Ok(self.client().query_one(&sql, &[&self.tenant])?.try_get(0)?)
    }

    fn precedence(&self) -> Result<Precedence> {
        crate::precedence::read(&mut Work::Postgres(&mut self.client(), self.tenant))
    }

    fn merges(&self) -> Result<Merges> {
        claims::merges(&mut Work::Postgres(&mut self.client(), self.tenant))
    }

    fn holders(&self, kind: Kind) -> Result<hashbrown::HashMap<i64, Vec<Holder>>> {
        claims::holders(&mut Work::Postgres(&mut self.client(), self.tenant), kind)
    }

    fn said(&self, kind: Kind, rid: i64) -> Result<Vec<Said>> {
        claims::said(&mut Work::Postgres(&mut self.client(), self.tenant), kind, rid)
    }
}
