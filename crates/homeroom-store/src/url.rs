//! Where a database is.

use crate::tenants::DEFAULT_TENANT;
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
