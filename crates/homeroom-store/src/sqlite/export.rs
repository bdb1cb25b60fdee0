//! Reading all of a file at one instant.

use super::open::open_reader;
use crate::Result;
use crate::export::{Sink, Source};
use crate::schema::Dialect;
use crate::sql::Records;
use crate::work::Work;
use oneroster::json::Row;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use std::path::Path;

/// One version of the file, held by a read transaction.
pub struct Whole(Connection);

impl Whole {
    /// The version that stands now.
    pub fn open(path: &Path) -> Result<Whole> {
        let connection = open_reader(path)?;
        connection.execute_batch("BEGIN")?;
        Ok(Whole(connection))
    }
}

impl Source for Whole {
    fn tenant(&self) -> Option<i64> {
        None
    }

    fn version(&mut self) -> Result<i64> {
        Ok(self.0.query_row("SELECT published FROM state", [], |row| row.get(0))?)
    }

    fn rows(&mut self, records: &Records, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<()> {
        let (sql, values) = records.rows(limit, Dialect::Sqlite);
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let sourced_id = row.get_ref(0)?.as_str().unwrap_or_default();
            let status = if row.get::<_, i64>(1)? == 0 { Status::Active } else { Status::ToBeDeleted };
            let published = Timestamp(row.get(2)?);
            let packed = row.get_ref(3)?.as_blob().unwrap_or_default();
            if !sink(&Row { sourced_id, status, published, packed, children: &[] }) {
                break;
            }
        }
        Ok(())
    }

    fn count(&mut self, records: &Records) -> Result<i64> {
        let (sql, values) = records.count(Dialect::Sqlite);
        Ok(self.0.query_row(&sql, params_from_iter(values), |row| row.get(0))?)
    }

    fn run(&mut self, id: i64) -> Result<Option<(String, Option<i64>)>> {
        let sql = "SELECT state, published FROM runs WHERE id = ?1";
        Ok(self.0.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    fn published_by(&mut self, run: i64) -> Result<Option<i64>> {
        let sql = "SELECT max(published) FROM runs WHERE id <= ?1 AND published <= \
                   (SELECT finished FROM runs WHERE id = ?1)";
        Ok(self.0.query_row(sql, [run], |row| row.get(0))?)
    }

    fn horizon(&mut self) -> Result<Option<i64>> {
        crate::retention::horizon(&mut Work::Sqlite(&self.0))
    }

    fn first_run(&mut self) -> Result<(Option<i64>, Option<i64>)> {
        Ok(self.0.query_row("SELECT min(id), min(published) FROM runs", [], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }
}
