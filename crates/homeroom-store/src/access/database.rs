//! The database of the applications, on either engine.
//!
//! Both run the same statements. On SQLite it is a file beside the roster; on
//! PostgreSQL its tables stand in the roster's database.

use super::{schema, sql};
use crate::plan::Value;
use crate::postgres::{Leased, Pool};
use crate::{Error, ErrorKind, Result};
use postgres::fallible_iterator::FallibleIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What holds applications, tokens and the audit.
pub(super) enum Database {
    Sqlite(Mutex<Connection>),
    Postgres(Pool),
}

/// How a change is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// To the applications: one at a time, and on the disk before it counts.
    App,
    /// A new token: many at a time, and one that a power cut takes away is
    /// asked for again.
    Token,
    /// A signed request that was taken: so many that none waits for the disk.
    Nonce,
}

impl Database {
    /// Opens a file, making it if it is new.
    pub(super) fn sqlite(path: &Path) -> Result<Database> {
        Ok(Database::Sqlite(Mutex::new(schema::open(path)?)))
    }

    /// Opens a PostgreSQL database.
    pub(super) fn postgres(url: &str, tenant: &str) -> Result<Database> {
        Ok(Database::Postgres(Pool::open(url, tenant)?))
    }

    /// Leaves nothing of what was overwritten in a log of writes. Readers may
    /// keep it from being emptied, but for moments only.
    pub(super) fn settle(&self) -> Result<()> {
        if let Database::Sqlite(connection) = self {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Runs statements that only look; once more if the server broke off.
    pub(super) fn look<T>(&self, mut work: impl FnMut(&mut Session<'_>) -> Result<T>) -> Result<T> {
        match self {
            Database::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                work(&mut Session::Sqlite(&connection))
            }
            Database::Postgres(pool) => {
                let mut once = || {
                    let mut leased = pool.begin("BEGIN READ ONLY")?;
                    let done = work(&mut Session::Postgres(&mut leased))?;
                    leased.commit()?;
                    Ok::<_, Error>(done)
                };
                match once() {
                    Err(error) if error.kind() == ErrorKind::Lost => once(),
                    done => done,
                }
            }
        }
    }

    /// The number of the last change to an application; one look, for it is asked
    /// before every answer.
    pub(super) fn generation(&self) -> Result<String> {
        match self {
            Database::Sqlite(_) => {
                self.look(|session| session.first(sql::VALUE, &[text("generation")])?.ok_or_else(lost)?.text(0))
            }
            Database::Postgres(pool) => {
                pool.word("SELECT value FROM installation WHERE name = 'generation'")?.ok_or_else(lost)
            }
        }
    }

    /// Runs statements as one change.
    pub(super) fn change<T>(&self, change: Change, work: impl FnOnce(&mut Session<'_>) -> Result<T>) -> Result<T> {
        match self {
            Database::Sqlite(connection) => {
                // A panic elsewhere leaves no half of a change: it is rolled back.
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                let synchronous = if change == Change::App { "FULL" } else { "NORMAL" };
                connection.pragma_update(None, "synchronous", synchronous)?;
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let done = work(&mut Session::Sqlite(&transaction))?;
                transaction.commit()?;
                Ok(done)
            }
            Database::Postgres(pool) => {
                let mut leased = pool.begin("BEGIN")?;
                // A token is never given for a secret that is being rotated.
                let lock = "SELECT pg_advisory_xact_lock";
                let of = "(hashtext('homeroom.access'))";
                leased.client()?.batch_execute(&match change {
                    Change::App => format!("SET LOCAL lock_timeout = '5s'; {lock}{of}"),
                    Change::Token => format!("SET LOCAL lock_timeout = '5s'; {lock}_shared{of}"),
                    Change::Nonce => "SET LOCAL synchronous_commit = off".to_owned(),
                })?;
                let done = work(&mut Session::Postgres(&mut leased))?;
                leased.commit()?;
                Ok(done)
            }
        }
    }
}

/// A connection on which statements are run.
pub(super) enum Session<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a mut Leased),
}

/// One row of an answer.
pub(super) struct Row(Vec<Value<'static>>);

impl Session<'_> {
    /// Runs a statement that gives nothing; says how many rows it met.
    pub(super) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        match self {
            Session::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))? as u64)
            }
            Session::Postgres(leased) => {
                let (client, statement) = leased.prepared(&numbered(sql))?;
                let mut rows = client.query_raw(statement, values)?;
                while rows.next()?.is_some() {}
                Ok(rows.rows_affected().unwrap_or(0))
            }
        }
    }

    /// Every row of an answer.
    pub(super) fn rows(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>> {
        match self {
            Session::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let columns = statement.column_count();
                let read = |row: &rusqlite::Row<'_>| {
                    (0..columns).map(|i| Ok(from_sqlite(row.get_ref(i)?))).collect::<rusqlite::Result<_>>().map(Row)
                };
                let rows = statement.query_map(rusqlite::params_from_iter(values), read)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            }
            Session::Postgres(leased) => {
                let (client, statement) = leased.prepared(&numbered(sql))?;
                let rows: Vec<postgres::Row> = client.query_raw(statement, values)?.collect()?;
                rows.iter().map(from_postgres).collect()
            }
        }
    }

    /// The first row of an answer, if there is one.
    pub(super) fn first(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// Takes away tokens that nobody can use any more.
    pub(super) fn purge(&mut self, now: i64) -> Result<()> {
        let purge = match self {
            Session::Sqlite(_) => sql::PURGE_TOKENS,
            Session::Postgres(_) => sql::PURGE_TOKENS_SIDE_BY_SIDE,
        };
        self.execute(purge, &[Value::Whole(now)]).map(drop)
    }
}

impl Row {
    /// A text.
    pub(super) fn text(&self, place: usize) -> Result<String> {
        match self.0.get(place) {
            Some(Value::Text(text)) => Ok(text.to_string()),
            _ => Err(lost()),
        }
    }

    /// A text that may be missing.
    pub(super) fn optional(&self, place: usize) -> Result<Option<String>> {
        match self.0.get(place) {
            Some(Value::Null) => Ok(None),
            _ => self.text(place).map(Some),
        }
    }

    /// A number that may be missing.
    pub(super) fn number(&self, place: usize) -> Result<Option<i64>> {
        match self.0.get(place) {
            Some(Value::Whole(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(lost()),
        }
    }

    /// A number.
    pub(super) fn whole(&self, place: usize) -> Result<i64> {
        self.number(place)?.ok_or_else(lost)
    }
}

/// A value of a text.
pub(super) fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "the database of the applications holds a value of another kind")
}

/// The same statement with PostgreSQL's placeholders.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn from_sqlite(value: ValueRef<'_>) -> Value<'static> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
        ValueRef::Integer(number) => Value::Whole(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned().into()),
    }
}

fn from_postgres(row: &postgres::Row) -> Result<Row> {
    let cell = |place: usize| {
        let column = &row.columns()[place];
        Ok::<_, Error>(if *column.type_() == postgres::types::Type::INT8 {
            row.try_get::<_, Option<i64>>(place)?.map_or(Value::Null, Value::Whole)
        } else {
            row.try_get::<_, Option<String>>(place)?.map_or(Value::Null, |text| Value::Text(text.into()))
        })
    };
    (0..row.len()).map(cell).collect::<Result<_>>().map(Row)
}
