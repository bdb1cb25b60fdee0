//! Reading all of a tenant's roster at one instant.

use super::cursor;
use super::pool::Pool;
use crate::Result;
use crate::export::{Sink, Source};
use crate::schema::Dialect;
use crate::sql::Records;
use crate::work::Work;
use oneroster::json::Row;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

/// One version of a tenant's roster, held by a read transaction.
pub struct Whole {
    client: Client,
    tenant: i64,
}

impl Whole {
    /// The version that stands now.
    pub fn open(pool: &Pool) -> Result<Whole> {
        let client = pool.begin_apart("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        Ok(Whole { client, tenant: pool.number() })
    }
}

impl Source for Whole {
    fn tenant(&self) -> Option<i64> {
        Some(self.tenant)
    }

    fn version(&mut self) -> Result<i64> {
        Ok(self.client.query_one("SELECT published FROM state WHERE tenant = $1", &[&self.tenant])?.try_get(0)?)
    }

    fn rows(&mut self, records: &Records, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<()> {
        let (sql, values) = records.rows(limit, Dialect::Postgres);
        cursor::each(&mut self.client, &sql, &values, &mut |row| {
            let status = if row.try_get::<_, i64>(1)? == 0 { Status::Active } else { Status::ToBeDeleted };
            let (sourced_id, published) = (row.try_get(0)?, Timestamp(row.try_get(2)?));
            Ok(sink(&Row { sourced_id, status, published, packed: row.try_get(3)?, children: &[] }))
        })
    }

    fn count(&mut self, records: &Records) -> Result<i64> {
        let (sql, values) = records.count(Dialect::Postgres);
        let counted = self.client.query_raw(&sql, values)?.next()?;
        Ok(counted.map_or(Ok(0), |row| row.try_get(0))?)
    }

    fn run(&mut self, id: i64) -> Result<Option<(String, Option<i64>)>> {
        let sql = "SELECT state, published FROM runs WHERE tenant = $1 AND id = $2";
        let found = self.client.query_opt(sql, &[&self.tenant, &id])?;
        Ok(found.map(|row| Ok::<_, postgres::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?)
    }

    fn published_by(&mut self, run: i64) -> Result<Option<i64>> {
        let sql = "SELECT max(published) FROM runs WHERE tenant = $1 AND id <= $2 AND published <= \
                   (SELECT finished FROM runs WHERE tenant = $1 AND id = $2)";
        Ok(self.client.query_one(sql, &[&self.tenant, &run])?.try_get(0)?)
    }

    fn horizon(&mut self) -> Result<Option<i64>> {
        crate::retention::horizon(&mut Work::Postgres(&mut self.client, self.tenant))
    }

    fn first_run(&mut self) -> Result<(Option<i64>, Option<i64>)> {
        let row =
            self.client.query_one("SELECT min(id), min(published) FROM runs WHERE tenant = $1", &[&self.tenant])?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}
