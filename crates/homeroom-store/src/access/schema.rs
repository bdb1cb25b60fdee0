//! Opening the access database.

use super::database::{Change, Database, Session, text};
use super::key::{Key, KeySource, Purpose};
use super::rotated::{carried, next_key, replace_key};
use super::{KeyOrigin, Outside, sql};
use crate::migrations::Tables;
use crate::{Error, ErrorKind, Result};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;
use subtle::ConstantTimeEq;

mod embedded {
    refinery::embed_migrations!("src/access/migrations");
}

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the database for writing and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let mut connection = connect(path)?;
    crate::sqlite::write_ahead(&connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is taken out of it may be of a person who was forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    if stand(&connection, &path.display().to_string())?.is_good()? {
        return Ok(connection);
    }
    // Two processes that start at once may both begin to migrate; the second
    // one fails and finds everything done when it looks again.
    let runner = || embedded::migrations::runner().set_grouped(true);
    if runner().run(&mut connection).is_err() {
        runner().run(&mut connection).map_err(|e| {
            let message = format!(
                "{} cannot be brought up to date; it may be damaged or of a later version of Homeroom",
                path.display()
            );
            Error::caused(ErrorKind::Unusable, message, e)
        })?;
    }
    Ok(connection)
}

/// Opens the database for reading only what is committed.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    connect(path)
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| {
        let message = format!("{} cannot be opened; does its folder exist, and may it be written?", path.display());
        Error::caused(ErrorKind::Unusable, message, e)
    })?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// How far the tables of the applications are brought up to date.
pub(super) fn tables(path: &Path) -> Result<Tables> {
    stand(&connect(path)?, "applications")
}

fn stand(connection: &Connection, of: &str) -> Result<Tables> {
    let runner = embedded::migrations::runner();
    let mut known: Vec<_> = runner.get_migrations().iter().map(|one| (one.version(), one.name())).collect();
    known.sort_unstable();
    let known: Vec<String> = known.into_iter().map(|(version, name)| format!("V{version}__{name}")).collect();
    Ok(Tables::new(of, &known, crate::sqlite::made(connection)?, crate::sqlite::compatible(connection)?))
}

/// Finds the installation key and makes sure that it is this database's.
pub(super) fn unlock(database: &Database, source: KeySource, outside: &dyn Outside) -> Result<(Key, KeyOrigin)> {
    database.change(Change::App, |session| check(session, source, outside))
}

fn check(session: &mut Session<'_>, source: KeySource, outside: &dyn Outside) -> Result<(Key, KeyOrigin)> {
    let found = session.first(sql::VALUE, &[text("key_check")])?;
    let wanted = found.map(|row| row.text(0)).transpose()?;
    let (mut key, origin) = match source {
        KeySource::Given(key) => (key, KeyOrigin::Given),
        KeySource::Beside(path) if path.exists() => (settled(&path, wanted.as_deref())?, KeyOrigin::Found(path)),
        KeySource::Beside(path) if wanted.is_none() => (Key::make(&path, outside)?, KeyOrigin::Made(path)),
        KeySource::Beside(path) => {
            let message = format!(
                "the installation key {} is missing; put it back, or give the key by HOMEROOM_KEY or HOMEROOM_KEY_FILE",
                path.display()
            );
            return Err(Error::new(ErrorKind::Key, message));
        }
    };
    match wanted {
        Some(wanted) if fits(&key, &wanted)? => carried(session, &mut key)?,
        Some(_) => {
            let message = "the installation key is not the one this database was made with; \
                           look at HOMEROOM_KEY, HOMEROOM_KEY_FILE and the key file beside the database";
            return Err(Error::new(ErrorKind::Key, message));
        }
        None => {
            session.execute(sql::SET_VALUE, &[text("key_check"), text(&key.mac(Purpose::Check, &[])?)])?;
            session.execute(sql::SET_VALUE, &[text("generation"), text("1")])?;
        }
    }
    Ok((key, origin))
}

/// Whether a key is that of a database.
fn fits(key: &Key, wanted: &str) -> Result<bool> {
    Ok(bool::from(wanted.as_bytes().ct_eq(key.mac(Purpose::Check, &[])?.as_bytes())))
}

/// The key of a file. If another key was taken and the files not yet changed,
/// that is done now.
fn settled(path: &Path, wanted: Option<&str>) -> Result<Key> {
    let (key, next) = (Key::read(path)?, next_key(path));
    let Some(wanted) = wanted.filter(|_| next.exists()) else { return Ok(key) };
    if fits(&key, wanted)? {
        return Ok(key);
    }
    let taken = Key::read(&next)?;
    if fits(&taken, wanted)? {
        replace_key(path)?;
        return Ok(taken);
    }
    Ok(key)
}
