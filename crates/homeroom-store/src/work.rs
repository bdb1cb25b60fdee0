//! Statements that are run seldom, written once for both engines.
//!
//! Pages and imports have executors of their own; what people ask for now and
//! then (runs, settings, an undo) goes through here.

use crate::intake::Cell;
use crate::schema::Dialect;
use crate::{Error, ErrorKind, Result};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A transaction of either engine.
pub(crate) enum Work<'c> {
    Sqlite(&'c rusqlite::Connection),
    /// With the number of the tenant.
    Postgres(&'c mut postgres::Client, i64),
}

/// Takes the rows of an answer one by one.
pub(crate) type Each<'a> = &'a mut dyn FnMut(&[Cell<'_>]) -> Result<()>;

impl Work<'_> {
    /// The SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Work::Sqlite(_) => Dialect::Sqlite,
            Work::Postgres(..) => Dialect::Postgres,
        }
    }

    /// The condition that rows of a table, by its alias, are of this tenant;
    /// others are joined to it without a word between.
    pub fn own(&self, alias: &str) -> String {
        match self {
            Work::Sqlite(_) => String::new(),
            Work::Postgres(_, tenant) => format!("{alias}.tenant = {tenant} AND "),
        }
    }

    /// The tenant as the first column of an insert, and as its first value.
    pub fn first(&self) -> (&'static str, String) {
        match self {
            Work::Sqlite(_) => ("", String::new()),
            Work::Postgres(_, tenant) => ("tenant, ", format!("{tenant}, ")),
        }
    }

    /// Runs a statement that gives nothing; says how many rows it met.
    /// Placeholders are `?1`, `?2` and so on.
    pub fn execute(&mut self, sql: &str, values: &[Cell<'_>]) -> Result<u64> {
        match self {
            Work::Sqlite(connection) => {
                Ok(connection.execute(sql, rusqlite::params_from_iter(values.iter().map(Param)))? as u64)
            }
            Work::Postgres(client, _) => {
                let mut rows = client.query_raw(&numbered(sql), values.iter().map(Param))?;
                while rows.next()?.is_some() {}
                Ok(rows.rows_affected().unwrap_or(0))
            }
        }
    }

    /// Gives every row of an answer to `each`.
    pub fn query(&mut self, sql: &str, values: &[Cell<'_>], each: Each<'_>) -> Result<()> {
        match self {
            Work::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let columns = statement.column_count();
                let mut rows = statement.query(rusqlite::params_from_iter(values.iter().map(Param)))?;
                while let Some(row) = rows.next()? {
                    let cells: Vec<Cell<'_>> =
                        (0..columns).map(|i| from_sqlite(row.get_ref(i)?)).collect::<Result<_>>()?;
                    each(&cells)?;
                }
            }
            Work::Postgres(client, _) => {
                let mut rows = client.query_raw(&numbered(sql), values.iter().map(Param))?;
                while let Some(row) = rows.next()? {
                    let cells: Vec<Cell<'_>> = (0..row.len()).map(|i| from_postgres(&row, i)).collect::<Result<_>>()?;
                    each(&cells)?;
                }
            }
        }
        Ok(())
    }

    /// Whether an answer has any row.
    pub fn any(&mut self, sql: &str, values: &[Cell<'_>]) -> Result<bool> {
        let mut found = false;
        self.query(sql, values, &mut |_| {
            found = true;
            Ok(())
        })?;
        Ok(found)
    }

    /// The first number of an answer.
    pub fn number(&mut self, sql: &str, values: &[Cell<'_>]) -> Result<Option<i64>> {
        let mut found = None;
        self.query(sql, values, &mut |row| {
            found = found.or(number(row, 0)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// A number for a new run, never to be given again.
    pub fn next_run(&mut self) -> Result<i64> {
        let sql = match self {
            Work::Sqlite(_) => {
                "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0) + 1".to_owned()
            }
            Work::Postgres(_, tenant) => {
                format!("UPDATE tenants SET runs = runs + 1 WHERE id = {tenant} RETURNING runs")
            }
        };
        self.number(&sql, &[])?.ok_or_else(lost)
    }
}

/// A number of a row that may be missing.
pub(crate) fn number(row: &[Cell<'_>], place: usize) -> Result<Option<i64>> {
    match row.get(place) {
        Some(Cell::Whole(number)) => Ok(Some(*number)),
        Some(Cell::Null) => Ok(None),
        _ => Err(lost()),
    }
}

/// A number of a row.
pub(crate) fn whole(row: &[Cell<'_>], place: usize) -> Result<i64> {
    number(row, place)?.ok_or_else(lost)
}

/// A text of a row that may be missing.
pub(crate) fn text<'a>(row: &[Cell<'a>], place: usize) -> Result<Option<&'a str>> {
    match row.get(place) {
        Some(Cell::Text(text)) => Ok(Some(text)),
        Some(Cell::Null) => Ok(None),
        _ => Err(lost()),
    }
}

/// The bytes of a row.
pub(crate) fn bytes<'a>(row: &[Cell<'a>], place: usize) -> Result<&'a [u8]> {
    match row.get(place) {
        Some(Cell::Bytes(bytes)) => Ok(bytes),
        _ => Err(lost()),
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "the database holds a value of another kind than it should")
}

/// The same statement with PostgreSQL's placeholders.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn from_sqlite(value: ValueRef<'_>) -> Result<Cell<'_>> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Whole(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).map_err(|_| lost())?),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes),
    })
}

fn from_postgres(row: &postgres::Row, place: usize) -> Result<Cell<'_>> {
    let ty = row.columns()[place].type_();
    Ok(if *ty == Type::INT8 {
        row.try_get::<_, Option<i64>>(place)?.map_or(Cell::Null, Cell::Whole)
    } else if *ty == Type::INT4 {
        row.try_get::<_, Option<i32>>(place)?.map_or(Cell::Null, |number| Cell::Whole(number.into()))
    } else if *ty == Type::FLOAT8 {
        row.try_get::<_, Option<f64>>(place)?.map_or(Cell::Null, Cell::Real)
    } else if *ty == Type::BYTEA {
        row.try_get::<_, Option<&[u8]>>(place)?.map_or(Cell::Null, Cell::Bytes)
    } else {
        row.try_get::<_, Option<&str>>(place)?.map_or(Cell::Null, Cell::Text)
    })
}

/// A cell as the drivers take it. They log what they are given, and texts may
/// be of a person.
struct Param<'a>(&'a Cell<'a>);

impl std::fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Whole(number) => ValueRef::Integer(number),
            Cell::Real(number) => ValueRef::Real(number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self.0 {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Whole(number) => number.to_sql_checked(ty, out),
            Cell::Real(number) => number.to_sql_checked(ty, out),
            // No stored text holds the character that PostgreSQL cannot hold.
            Cell::Text(text) => text.replace('\0', "\u{fffd}").to_sql_checked(ty, out),
            Cell::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    // The value decides; one of another type is refused by its own check.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
