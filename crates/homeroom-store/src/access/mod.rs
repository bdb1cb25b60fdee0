//! Who may ask: applications, their secrets and tokens, and the installation
//! key under which secrets are kept.
//!
//! On SQLite they live in a database of their own beside the roster, so that a
//! token request never waits for an import; on PostgreSQL beside its tables.

mod app;
mod audit;
mod consent;
mod database;
mod disclosures;
mod forgotten;
mod issuer;
mod key;
mod nonces;
mod outside;
mod rotated;
mod schema;
mod scopes;
mod secret;
mod signed;
mod sql;
mod suspended;
#[cfg(test)]
mod tests;
mod together;
mod token;

pub use app::{App, Audited, Edit, NewApp, TombstonePolicy};
pub use audit::Audit;
pub use consent::Consent;
pub use forgotten::ForgottenPeople;
pub use issuer::{Issuer, NewIssuer};
pub use key::{Key, KeySource, write_private};
pub use outside::Outside;
pub use rotated::{again, former_key, next_key, replace_key};
pub use scopes::ScopeSet;
pub use secret::Rotation;
pub use signed::Signature;
pub use together::{Guessed, Heard, Spent, Tag, Told};
pub use token::{Caller, Claim, Grant, Revocation, TOKEN_LIFETIME};

use crate::{DEFAULT_TENANT, DatabaseUrl, Result};
use database::Database;
use oneroster::grant::Mask;
use oneroster::time::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the installation key was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyOrigin {
    /// It was given.
    Given,
    /// In this file.
    Found(PathBuf),
    /// Nowhere; it was made and lies in this file, which belongs into every
    /// backup.
    Made(PathBuf),
}

/// The applications of a district and their tokens: open once, share freely
/// between threads.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
    /// Empty: every one of them.
    tenant: Arc<str>,
}

/// Opens the file of the applications as it is, to copy it.
pub(crate) fn open_file(path: &std::path::Path) -> Result<rusqlite::Connection> {
    schema::open(path)
}

/// How far the tables of the applications are brought up to date.
pub(crate) fn tables(path: &std::path::Path) -> Result<crate::migrations::Tables> {
    schema::tables(path)
}

/// What stands for every tenant where one is named.
pub const EVERY_TENANT: &str = "";

struct Inner {
    key: Key,
    outside: Arc<dyn Outside>,
    database: Arc<Database>,
    /// Tokens that were seen.
    seen: token::Tokens,
    nonces: nonces::Nonces,
    /// What applications are given, on its way to be put on record.
    log: Arc<disclosures::Log>,
}

impl Access {
    /// Opens the applications of a district, or of [`EVERY_TENANT`], making what
    /// is not there yet.
    ///
    /// # Errors
    /// `Unusable` if the file cannot be used, `Key` if the installation key is
    /// missing or another one, `Busy`, `Internal`.
    pub fn open(
        url: &DatabaseUrl,
        tenant: &str,
        key: KeySource,
        outside: Arc<dyn Outside>,
    ) -> Result<(Access, KeyOrigin)> {
        let (database, seen, log) = match url {
            DatabaseUrl::Sqlite(_) => {
                let path = url.beside("access").unwrap_or_default();
                let database = Database::sqlite(&path)?;
                (database, token::Tokens::of_file(&path)?, Database::sqlite(&path)?)
            }
            // Of every tenant alike: the usual one is never removed.
            DatabaseUrl::Postgres(url) => {
                let database = Database::postgres(url, DEFAULT_TENANT)?;
                (database, token::Tokens::default(), Database::postgres(url, DEFAULT_TENANT)?)
            }
        };
        let (key, origin) = schema::unlock(&database, key, outside.as_ref())?;
        let nonces = nonces::Nonces::open(&database, outside.now().0.div_euclid(1000))?;
        let log = disclosures::Log::new(log);
        let inner = Inner { key, outside, database: Arc::new(database), seen, nonces, log };
        Ok((Access { inner: Arc::new(inner), tenant: tenant.into() }, origin))
    }

    /// The same, of one tenant.
    #[must_use]
    pub fn within(&self, tenant: &str) -> Access {
        Access { inner: self.inner.clone(), tenant: tenant.into() }
    }

    /// The installation key, with which secrets are sealed.
    pub fn key(&self) -> &Key {
        &self.inner.key
    }

    /// Whether a token is verified by a look at what this process holds, so
    /// that it may be done on a thread that serves others, too. Otherwise the
    /// call may not be made on a thread that drives an asynchronous runtime.
    pub fn is_quick(&self) -> bool {
        self.inner.seen.is_of_file()
    }

    /// What makes the stand-ins that an application is shown for masked members
    /// of a tenant: the same ones as long as it exists, and other ones than any
    /// other application's.
    ///
    /// # Errors
    /// `Internal`.
    pub fn mask(&self, tenant: &str, client_id: &str) -> Result<Mask> {
        Ok(Mask::new(&self.key().code(key::Purpose::Mask, &[tenant, client_id])?))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.outside().now()
    }

    /// An identifier that no record has: a random UUID.
    ///
    /// # Errors
    /// `Internal` if the operating system gives no chance.
    pub fn new_id(&self) -> Result<String> {
        let mut chance = [0; 16];
        self.outside().fill(&mut chance).map_err(key::no_chance)?;
        Ok(uuid::Builder::from_random_bytes(chance).into_uuid().to_string())
    }

    /// The district; empty if every one is meant.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    fn outside(&self) -> &dyn Outside {
        self.inner.outside.as_ref()
    }

    fn database(&self) -> &Database {
        &self.inner.database
    }

    fn nonces(&self) -> &nonces::Nonces {
        &self.inner.nonces
    }

    fn log(&self) -> &Arc<disclosures::Log> {
        &self.inner.log
    }

    fn seen(&self) -> &token::Tokens {
        &self.inner.seen
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
