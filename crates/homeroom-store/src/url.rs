//! Where a database is.

use crate::postgres;
use crate::tenants::DEFAULT_TENANT;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::path::{Path, PathBuf};

/// A database URL: `sqlite:PATH` or `postgres://...`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file; files that go with it stand beside it, their names
    /// beginning with its name.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string; may hold a password.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// A sentence for people if it is neither of the two forms.
    pub fn parse(text: &str) -> Result<DatabaseUrl, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err("the database URL names no file; write sqlite:PATH, for example sqlite:homeroom.db".into());
            }
            return Ok(DatabaseUrl::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(text.to_owned()));
        }
        Err("the database URL must begin with sqlite: or postgres://, for example sqlite:homeroom.db".into())
    }

    /// The same with something that is said to us about its connections, in
    /// place of what the URL says itself: `pool_size`, `pool_mode`, `read_timeout`,
    /// `read_database`.
    ///
    /// # Errors
    /// A sentence for people if it is no server, or the value none that there is.
    pub fn with(&self, name: &str, value: &str) -> Result<DatabaseUrl, String> {
        let DatabaseUrl::Postgres(url) = self else {
            return Err("an SQLite file has no connections to be set; that is for a PostgreSQL server".to_owned());
        };
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let others: Vec<&str> =
            query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name)).collect();
        let said = format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        let url = format!("{base}?{}", others.into_iter().chain([&*said]).collect::<Vec<_>>().join("&"));
        postgres::part(&url).map_err(|error| error.to_string())?;
        Ok(DatabaseUrl::Postgres(url))
    }

    /// The database that holds the roster of a tenant: on SQLite, one that is
    /// not the usual one has a file of its own.
    #[must_use]
    pub fn of_tenant(&self, tenant: &str) -> DatabaseUrl {
        match self.beside(&format!("tenant-{tenant}")) {
            Some(path) if tenant != DEFAULT_TENANT => DatabaseUrl::Sqlite(path),
            _ => self.clone(),
        }
    }

    /// The file beside an SQLite database with this suffix: `homeroom.db-key`.
    pub fn beside(&self, suffix: &str) -> Option<PathBuf> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(with_suffix(path, suffix)),
            DatabaseUrl::Postgres(_) => None,
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-");
    name.push(suffix);
    PathBuf::from(name)
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            // The string may hold a password, so only its kind is shown.
            DatabaseUrl::Postgres(_) => f.write_str("postgres://..."),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_connections_stands_once_in_the_url() {
        let url = DatabaseUrl::parse("postgres://me@db/home?pool_size=9&sslmode=require").unwrap();
        let DatabaseUrl::Postgres(text) = url.with("pool_size", "12").unwrap() else { panic!("no server") };
        assert_eq!(text, "postgres://me@db/home?sslmode=require&pool_size=12");
        assert!(url.with("pool_size", "2").is_err());
        assert!(DatabaseUrl::parse("sqlite:x.db").unwrap().with("pool_size", "12").is_err());
    }
}
