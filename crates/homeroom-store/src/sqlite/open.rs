//! Opening and migrating a database file.

use crate::migrations::{COMPATIBLE, MADE, Tables};
use crate::{Error, ErrorKind, Result};
use refinery::{Migration, Runner};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The migrations, in order; each is kept as it was when it was published.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__roster", include_str!("../../migrations/sqlite/V1__roster.sql")),
    ("V2__runs", include_str!("../../migrations/sqlite/V2__runs.sql")),
    ("V3__plans", include_str!("../../migrations/sqlite/V3__plans.sql")),
    ("V4__writes", include_str!("../../migrations/sqlite/V4__writes.sql")),
    ("V5__views", include_str!("../../migrations/sqlite/V5__views.sql")),
    ("V6__sources", include_str!("../../migrations/sqlite/V6__sources.sql")),
    ("V7__targets", include_str!("../../migrations/sqlite/V7__targets.sql")),
    ("V8__made", include_str!("../../migrations/sqlite/V8__made.sql")),
    ("V9__seen_since", include_str!("../../migrations/sqlite/V9__seen_since.sql")),
    ("V10__effects", include_str!("../../migrations/sqlite/V10__effects.sql")),
    ("V11__configurations", include_str!("../../migrations/sqlite/V11__configurations.sql")),
    ("V12__claims", include_str!("../../migrations/sqlite/V12__claims.sql")),
    ("V14__forwards", include_str!("../../migrations/sqlite/V14__forwards.sql")),
    ("V16__target_states", include_str!("../../migrations/sqlite/V16__target_states.sql")),
    ("V17__carried", include_str!("../../migrations/sqlite/V17__carried.sql")),
    ("V21__compatible", include_str!("../../migrations/sqlite/V21__compatible.sql")),
    ("V27__adopted", include_str!("../../migrations/sqlite/V27__adopted.sql")),
];

/// How long a connection waits for another one's lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the file for writing, making or migrating it as needed.
pub fn make(path: &Path) -> Result<Connection> {
    writer(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
}

/// Opens the file for writing; one that was removed meanwhile is not made anew.
pub fn open_writer(path: &Path) -> Result<Connection> {
    writer(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn writer(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let mut connection = open(path, flags)?;
    write_ahead(&connection)?;
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; \
         PRAGMA foreign_keys = OFF;",
    )?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// Lets readers and a writer go side by side. SQLite does not wait for another
/// process that changes the mode at the same moment; a write lock does.
pub fn write_ahead(connection: &Connection) -> Result<()> {
    const TRIES: usize = 5;
    for _ in 1..TRIES {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
            }
            other => return Ok(other?),
        }
    }
    Ok(connection.pragma_update(None, "journal_mode", "WAL")?)
}

/// Opens the file for reading alone.
pub fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Else a statement is prepared anew whenever another value is bound to it,
    // lest the statistics want another plan for it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| {
        let message = format!("the database {} cannot be opened; check the path and its permissions", path.display());
        Error::caused(ErrorKind::Unusable, message, error)
    })?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// How far the tables of a district are brought up to date.
pub fn tables(path: &Path, tenant: &str) -> Result<Tables> {
    stand(&open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?, tenant)
}

fn stand(connection: &Connection, of: &str) -> Result<Tables> {
    let known: Vec<String> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    Ok(Tables::new(of, &known, made(connection)?, compatible(connection)?))
}

/// The oldest program that can use a file, by its last migration.
pub fn compatible(connection: &Connection) -> Result<Option<i64>> {
    if !connection.table_exists(None, "compatible")? {
        return Ok(None);
    }
    Ok(connection.query_row(COMPATIBLE, [], |row| row.get(0))?)
}

/// The migrations that were made in a file.
pub fn made(connection: &Connection) -> Result<Vec<String>> {
    if !connection.table_exists(None, "refinery_schema_history")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(MADE)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    if stand(connection, &path.display().to_string())?.is_good()? {
        return Ok(());
    }
    let wrong = |error: refinery::Error| {
        let message = format!(
            "the database {} is not one of this program's version; restore a backup or use a newer program",
            path.display()
        );
        Error::caused(ErrorKind::Unusable, message, error)
    };
    let migrations: Vec<Migration> = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<std::result::Result<_, _>>()
        .map_err(wrong)?;
    Runner::new(&migrations).run(connection).map_err(wrong)?;
    Ok(())
}
