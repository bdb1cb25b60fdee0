//! The writing side of a roster in an SQLite file.

use super::apply::Applier;
use super::open::{open_reader, open_writer};
use crate::Result;
use crate::first_load::{Feed, FirstLoad};
use crate::gradebook::since;
use crate::intake::{Compared, Stage};
use crate::run::{Run, Written};
use crate::schema::{Dialect, drop_index, index_statements};
use crate::work::Work;
use oneroster::model::MODEL;
use oneroster::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The number of a source, new if its name is.
pub fn source(path: &Path, name: &str) -> Result<u32> {
    let connection = open_writer(path)?;
    connection.execute("INSERT INTO sources (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", [name])?;
    Ok(connection.query_row("SELECT id FROM sources WHERE name = ?1", [name], |row| row.get(0))?)
}

/// The name of a source.
pub fn source_name(path: &Path, id: u32) -> Result<Option<String>> {
    let connection = open_writer(path)?;
    Ok(connection.query_row("SELECT name FROM sources WHERE id = ?1", [id], |row| row.get(0)).optional()?)
}

/// Applies compared changes and keeps the run, in one transaction.
///
/// # Errors
/// `Busy` if the roster is no longer the one that was compared with.
pub fn apply(path: &Path, mut compared: Compared, run: &Run, now: Timestamp) -> Result<Written> {
    let connection = open_writer(path)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let version = since(&mut Work::Sqlite(&connection), compared.version)?;
    // Strictly later than any before, even if the clock steps back.
    let published = crate::visible::next_version(&mut Work::Sqlite(&connection), now, version)?;
    let mut applier = Applier::new(&connection, published).compared(compared.version);
    let mut wrote = false;
    while let Some(piece) = compared.staged.piece()? {
        wrote = true;
        applier.apply(&piece)?;
    }
    if wrote {
        applier.finish()?;
        crate::forwards::queue_run(&mut Work::Sqlite(&connection), run.source, published)?;
        crate::visible::follow(&mut Work::Sqlite(&connection), published)?;
    } else {
        drop(applier);
    }
    let at = wrote.then_some(published);
    crate::claims::write(&mut Work::Sqlite(&connection), compared.claims.as_mut(), &compared.merges, at)?;
    let id = keep(&connection, run, at)?;
    connection.execute_batch("COMMIT")?;
    Ok(Written { run: id, published: at.map(Timestamp) })
}

/// Keeps a run that wrote nothing.
pub fn keep_run(path: &Path, run: &Run) -> Result<i64> {
    change(path, |work| crate::run::keep(work, run, None))
}

/// Runs statements as one change.
pub fn change<T>(path: &Path, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T> {
    let connection = open_writer(path)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = work(&mut Work::Sqlite(&connection))?;
    connection.execute_batch("COMMIT")?;
    Ok(done)
}

/// Runs statements as one change that is on the disk when this returns. The
/// connection is kept, for opening one takes longer than writing.
pub fn group(
    path: &Path,
    held: &mut Option<Connection>,
    patience: Duration,
    work: &mut dyn FnMut(&mut Work<'_>) -> Result<()>,
) -> Result<()> {
    let connection = match held.take() {
        Some(connection) => connection,
        None => {
            let connection = open_writer(path)?;
            connection.execute_batch("PRAGMA synchronous = FULL")?;
            connection
        }
    };
    let connection = held.insert(connection);
    connection.busy_timeout(patience)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = work(&mut Work::Sqlite(connection)).and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    done
}

/// Runs statements that only look, at one version.
pub fn look<T>(path: &Path, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T> {
    let connection = open_reader(path)?;
    connection.execute_batch("BEGIN")?;
    work(&mut Work::Sqlite(&connection))
}

fn keep(connection: &Connection, run: &Run, published: Option<i64>) -> Result<i64> {
    crate::run::keep(&mut Work::Sqlite(connection), run, published)
}

/// Lets nothing of what was overwritten stay in the files: statistics hold
/// samples of values, pages hold remains of rows that were moved, and the
/// write-ahead log holds pages. Readers may keep the log from being emptied, but
/// they hold what they read for moments only.
pub fn scrub(path: &Path) -> Result<()> {
    let connection = open_writer(path)?;
    // A copy of the whole file is no matter for the memory.
    connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA temp_store = FILE; VACUUM")?;
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Begins a first load; `None` if the roster holds anything already.
pub fn first_load(path: &Path, now: Timestamp) -> Result<Option<(Stage, FirstLoad)>> {
    let connection = open_writer(path)?;
    let version = || connection.query_row("SELECT published FROM state", [], |row| row.get::<_, i64>(0));
    if version()? != 0 {
        return Ok(None);
    }
    let alone = sole_use(&connection);
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if version()? != 0 {
        // Another import came between the look and the lock.
        connection.execute_batch("ROLLBACK")?;
        restore(&connection, alone);
        return Ok(None);
    }
    FirstLoad::start(move |feed| load(connection, now, &feed, alone)).map(Some)
}

/// With the file to itself, a load needs no write-ahead log: pages are
/// written once. Another reader keeps the log, and the load only takes longer.
fn sole_use(connection: &Connection) -> bool {
    let patience = connection.busy_timeout(std::time::Duration::ZERO);
    let mode: rusqlite::Result<String> = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0));
    let restored = connection.busy_timeout(std::time::Duration::from_secs(5));
    patience.is_ok() && restored.is_ok() && mode.is_ok_and(|mode| mode == "delete")
}

fn load(connection: Connection, now: Timestamp, feed: &Feed, alone: bool) -> Result<Written> {
    let published = crate::visible::next_version(&mut Work::Sqlite(&connection), now, 0)?;
    let indexes: Vec<(String, String)> =
        MODEL.iter().flat_map(|entity| index_statements(entity, Dialect::Sqlite)).collect();
    for (name, _) in &indexes {
        connection.execute_batch(&drop_index(name))?;
    }
    // Rows come in the order of their keys, and each page is written once: a
    // large cache has nothing to keep.
    connection.execute_batch("PRAGMA cache_size = -4096")?;
    let mut applier = Applier::new(&connection, published);
    while let Ok(piece) = feed.pieces.recv() {
        applier.apply(&piece)?;
    }
    let Some(run) = feed.decision() else {
        drop(applier);
        connection.execute_batch("ROLLBACK")?;
        restore(&connection, alone);
        return Ok(Written { run: 0, published: None });
    };
    applier.finish()?;
    // Sorting for an index goes on beside the scan, which SQLite only does if
    // sorted runs go to temporary files; they are as large as the page cache.
    connection.execute_batch("PRAGMA temp_store = FILE; PRAGMA threads = 1; PRAGMA cache_size = -8192")?;
    for (_, make) in &indexes {
        connection.execute_batch(make)?;
    }
    crate::visible::follow(&mut Work::Sqlite(&connection), published)?;
    let run = Run { schools: crate::review::loaded(&mut Work::Sqlite(&connection))?, ..run };
    let id = keep(&connection, &run, Some(published))?;
    connection.execute_batch("COMMIT")?;
    restore(&connection, alone);
    // Statistics let the planner choose; a sample of each index is enough.
    connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE")?;
    Ok(Written { run: id, published: Some(Timestamp(published)) })
}

fn restore(connection: &Connection, alone: bool) {
    if alone {
        // If it fails, the next one to open the file for writing does it.
        let _ = connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
    }
}

/// Where changes of a later load are staged: beside the database.
pub fn staging(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-stage-{}", std::process::id()));
    PathBuf::from(name)
}
