//! What the database holds, as a comparison wants it.

use super::pool::Pool;
use crate::intake::{Stored, StoredRow, StoredRows};
use crate::{Error, ErrorKind, Result};
use oneroster::model::Kind;
use oneroster::record::id_digest;
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One version of a tenant's roster, held by a read transaction.
pub struct Snapshot {
    client: Mutex<Client>,
    tenant: i64,
    version: i64,
}

impl Snapshot {
    /// The version that stands now.
    pub fn open(pool: &Pool) -> Result<Snapshot> {
        let mut client = pool.apart()?;
        let tenant = pool.number();
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let row = client.query_one("SELECT published FROM state WHERE tenant = $1", &[&tenant])?;
        Ok(Snapshot { client: Mutex::new(client), tenant, version: row.try_get(0)? })
    }

    fn client(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored for Snapshot {
    fn version(&self) -> i64 {
        self.version
    }

    fn rows(&self, kind: Kind) -> Result<StoredRows> {
        let table = kind.entity().plural;
        let sql = format!("SELECT \"sourcedId\", rid, digest, status, owner FROM \"{table}\" WHERE tenant = $1");
        let mut client = self.client();
        let mut found = client.query_raw(&sql, [self.tenant])?;
        let mut rows = StoredRows::new();
        while let Some(row) = found.next()? {
            let digest = row.try_get::<_, i64>(2)? as u64;
            let live = row.try_get::<_, i64>(3)? == 0;
            let source = u32::try_from(row.try_get::<_, i64>(4)?)
                .map_err(|error| Error::caused(ErrorKind::Internal, "a record's owner is not one of ours", error))?;
            rows.insert(
                id_digest(row.try_get(0)?),
                StoredRow { rid: row.try_get(1)?, digest, source, live, seen: false },
            );
        }
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

    fn last_rid(&self, kind: Kind) -> Result<i64> {
        let sql = format!("SELECT coalesce(max(rid), 0) FROM \"{}\" WHERE tenant = $1", kind.entity().plural);
        Ok(self.client().query_one(&sql, &[&self.tenant])?.try_get(0)?)
    }
}
