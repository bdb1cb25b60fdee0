//! The districts of an installation.
//!
//! On SQLite the roster of each is a file of its own, and a small file beside
//! the database lists them; on PostgreSQL they share every table.

use crate::forwards::IS_HOME;
use crate::postgres::{self, Pool};
use crate::{DatabaseUrl, Error, ErrorKind, Result, Roster};
use rusqlite::Connection;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// The tenant that is meant if none is named; it is always there.
pub const DEFAULT_TENANT: &str = "default";

const LONGEST_NAME: usize = 40;
/// How long a writer of the list waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The list of the tenants of a database.
///
/// Once it was asked it keeps the connections to a server open: whoever goes
/// through the districts while they have it connects once, not for each.
#[derive(Debug)]
pub struct Tenants<'a> {
    url: &'a DatabaseUrl,
    kept: OnceLock<Pool>,
}

impl<'a> Tenants<'a> {
    /// Those of a database; nothing is opened yet.
    pub fn of(url: &'a DatabaseUrl) -> Tenants<'a> {
        Tenants { url, kept: OnceLock::new() }
    }

    /// The connections to a server.
    fn pool(&self, url: &str) -> Result<&Pool> {
        if let Some(pool) = self.kept.get() {
            return Ok(pool);
        }
        let pool = Pool::open(url, DEFAULT_TENANT)?;
        Ok(self.kept.get_or_init(|| pool))
    }

    /// Their names, in order, the usual one first. Looking makes no file.
    ///
    /// # Errors
    /// `Unusable` if the list cannot be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = match self.url {
            DatabaseUrl::Sqlite(_) => match self.url.beside("tenants").filter(|path| path.exists()) {
                Some(path) => listed(&open(&path)?)?,
                None => Vec::new(),
            },
            DatabaseUrl::Postgres(url) => told(self.pool(url)?, "SELECT name FROM tenants")?,
        };
        names.retain(|name| name != DEFAULT_TENANT);
        names.sort();
        names.insert(0, DEFAULT_TENANT.to_owned());
        Ok(names)
    }

    /// Those for which something may be done by itself: that have a source or a
    /// target. A server tells it of all at once, so that a thousand districts that
    /// have none cost nobody anything; of files each is asked, so these are all.
    ///
    /// # Errors
    /// As [`Tenants::names`].
    pub fn busy(&self) -> Result<Vec<String>> {
        match self.url {
            DatabaseUrl::Sqlite(_) => self.names(),
            DatabaseUrl::Postgres(url) => told(self.pool(url)?, "SELECT homeroom_busy()"),
        }
    }

    /// Those of them whose grades have a home among their sources.
    ///
    /// # Errors
    /// As [`Tenants::names`].
    pub fn with_home_of_grades(&self) -> Result<Vec<String>> {
        match self.url {
            DatabaseUrl::Sqlite(_) => self.names(),
            DatabaseUrl::Postgres(url) => told(self.pool(url)?, &format!("SELECT homeroom_busy('{IS_HOME}')")),
        }
    }

    /// Whether there is one of this name.
    ///
    /// # Errors
    /// As [`Tenants::names`].
    pub fn has(&self, name: &str) -> Result<bool> {
        Ok(name == DEFAULT_TENANT || self.names()?.iter().any(|known| known == name))
    }

    /// Adds one, with an empty roster.
    ///
    /// # Errors
    /// `Refused` if the name is taken or not fit for paths, `Busy`, `Unusable`.
    pub fn add(&self, name: &str) -> Result<()> {
        check(name)?;
        if self.has(name)? {
            return Err(Error::new(ErrorKind::Refused, format!("there is a tenant of the name {name:?} already")));
        }
        // First the rosters: a name in the list always has one, and an
        // installation is known by that of the usual tenant.
        drop(Roster::open(self.url)?);
        drop(Roster::open_tenant(self.url, name)?);
        if let Some(path) = self.url.beside("tenants") {
            open(&path)?.execute("INSERT OR IGNORE INTO tenant (name) VALUES (?1)", [name])?;
        }
        Ok(())
    }
}

impl Tenants<'_> {
    /// Removes a district with all that its roster keeps: whoever calls has its
    /// turn, and has removed its applications before.
    ///
    /// # Errors
    /// `Refused` if it is the usual one, `NotFound`, `Unusable` if a file cannot
    /// be removed.
    pub fn remove(&self, name: &str) -> Result<()> {
        if name == DEFAULT_TENANT {
            let message = "the tenant default is that of the installation; remove the database instead";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        if !self.has(name)? {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no tenant of the name {name:?}")));
        }
        let DatabaseUrl::Sqlite(_) = self.url else { return self.remove_rows(name) };
        if let Some(path) = self.url.beside("tenants") {
            open(&path)?.execute("DELETE FROM tenant WHERE name = ?1", [name])?;
        }
        let url = self.url.of_tenant(name);
        let DatabaseUrl::Sqlite(path) = &url else { return Ok(()) };
        for file in BESIDE.iter().filter_map(|suffix| url.beside(suffix)).chain([path.clone()]) {
            let done = if file.is_dir() { std::fs::remove_dir_all(&file) } else { std::fs::remove_file(&file) };
            match done {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let message = format!("{} cannot be removed; remove it by hand", file.display());
                    return Err(Error::caused(ErrorKind::Unusable, message, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes the rows of a district from every table that has its number.
    fn remove_rows(&self, name: &str) -> Result<()> {
        let DatabaseUrl::Postgres(url) = self.url else { return Ok(()) };
        let mut leased = self.pool(url)?.begin_long("BEGIN")?;
        let client = leased.client()?;
        let id: i64 = client.query_one("SELECT id FROM tenants WHERE name = $1 FOR UPDATE", &[&name])?.try_get(0)?;
        postgres::turn_to(client, id)?;
        let tables = "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() \
                      AND column_name = 'tenant' AND data_type = 'bigint'";
        let mut tables: Vec<String> =
            client.query(tables, &[])?.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?;
        // What is named by rows of another table goes after these.
        while !tables.is_empty() {
            let before = tables.len();
            let mut later = Vec::new();
            for table in tables {
                client.batch_execute("SAVEPOINT one")?;
                match client.execute(&format!("DELETE FROM \"{table}\" WHERE tenant = $1"), &[&id]) {
                    Ok(_) => client.batch_execute("RELEASE one")?,
                    Err(error) if error.code() == Some(&::postgres::error::SqlState::FOREIGN_KEY_VIOLATION) => {
                        client.batch_execute("ROLLBACK TO one")?;
                        later.push(table);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if later.len() == before {
                return Err(Error::new(ErrorKind::Internal, "the tables of a district hold each other"));
            }
            tables = later;
        }
        client.execute("DELETE FROM tenants WHERE id = $1", &[&id])?;
        leased.commit()
    }
}

/// What stands beside the roster of a district.
const BESIDE: [&str; 8] = ["wal", "shm", "journal", "runs", "intake", "sources", "targets", "turn"];

/// Names stand in paths of URLs and files, so that none may look like another
/// one on any file system.
fn check(name: &str) -> Result<()> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('-') {
        return Ok(());
    }
    let message = format!(
        "{name:?} cannot name a tenant: a name has 1 to {LONGEST_NAME} lower-case letters, digits and hyphens, and \
         does not begin with a hyphen"
    );
    Err(Error::new(ErrorKind::Refused, message))
}

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).map_err(|error| {
        let message = format!("the list of tenants {} cannot be opened; check its permissions", path.display());
        Error::caused(ErrorKind::Unusable, message, error)
    })?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS tenant (name TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID")?;
    Ok(connection)
}

fn listed(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM tenant")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// The names that a statement gives.
fn told(pool: &Pool, sql: &str) -> Result<Vec<String>> {
    let mut leased = pool.begin("BEGIN READ ONLY")?;
    let rows = leased.client()?.query(sql, &[])?;
    let names = rows.iter().map(|row| Ok(row.try_get(0)?)).collect();
    // Rows hold their statement, which ends with the transaction.
    drop(rows);
    leased.commit()?;
    names
}

/// The rosters of a database, opened when they are asked for.
///
/// Another process may remove a district, and make another one of its name: a
/// roster whose file is no longer the one that was opened is given up. On
/// PostgreSQL whoever begins to read or write learns that the number of the
/// tenant is gone, and the roster is given up then.
#[derive(Debug)]
pub struct Rosters {
    url: DatabaseUrl,
    first: Roster,
    open: RwLock<HashMap<String, (Roster, Option<File>)>>,
}

/// Which file lies under a name. While it is open its number is given to no
/// other one; afterwards the time at which it was made tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct File {
    number: u64,
    made: Option<std::time::SystemTime>,
}

impl File {
    fn at(path: &Path) -> Option<File> {
        let known = std::fs::metadata(path).ok()?;
        Some(File { number: number(&known), made: known.created().ok() })
    }
}

#[cfg(unix)]
fn number(file: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}

impl Rosters {
    /// Those of a database, one of which is open already.
    pub fn new(url: DatabaseUrl, tenant: &str, roster: Roster) -> Rosters {
        let rosters = Rosters { url, first: roster.clone(), open: RwLock::default() };
        let file = rosters.file(tenant);
        rosters.open.write().unwrap_or_else(PoisonError::into_inner).insert(tenant.to_owned(), (roster, file));
        rosters
    }

    /// The file of a tenant; none where they share a database, or it is gone.
    fn file(&self, tenant: &str) -> Option<File> {
        match self.url.of_tenant(tenant) {
            DatabaseUrl::Sqlite(path) => File::at(&path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// The roster of a tenant if it is open already, and still that tenant's.
    pub fn opened(&self, tenant: &str) -> Option<Roster> {
        let (roster, file) = self.open.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()?;
        if self.file(tenant) == file && !roster.is_gone() {
            return Some(roster);
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.get(tenant).is_some_and(|(other, known)| *known == file && other.is_gone() == roster.is_gone()) {
            open.remove(tenant);
        }
        None
    }

    /// The roster of a tenant. Blocks the first time.
    ///
    /// # Errors
    /// `NotFound` if there is no such tenant, and as [`Roster::open`].
    pub fn get(&self, tenant: &str) -> Result<Roster> {
        if let Some(roster) = self.opened(tenant) {
            return Ok(roster);
        }
        if !Tenants::of(&self.url).has(tenant)? {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no tenant of the name {tenant:?}")));
        }
        let roster = self.first.sibling(&self.url, tenant)?;
        let file = self.file(tenant);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        Ok(open.entry(tenant.to_owned()).or_insert((roster, file)).0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_paths_everywhere() {
        for good in ["north", "sandbox", "a", "district-17", "7"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "North", "a/b", "..", "a b", "é", "a_b", "a.b", &"x".repeat(41)] {
            assert_eq!(check(bad).unwrap_err().kind(), ErrorKind::Refused, "{bad}");
        }
    }
}
