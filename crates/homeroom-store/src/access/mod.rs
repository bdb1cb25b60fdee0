//! Who may ask: applications, their secrets and tokens, and the installation
//! key under which secrets are kept.
//!
//! They live in a database of their own beside the roster, so that a token
//! request never waits for an import.

mod app;
mod key;
mod outside;
mod schema;
mod scopes;
mod sql;
#[cfg(test)]
mod tests;
mod token;

pub use app::{App, Audited, Edit, NewApp, TombstonePolicy};
pub use key::{Key, KeySource, write_private};
pub use outside::Outside;
pub use scopes::ScopeSet;
pub use token::{Caller, Claim, Grant, TOKEN_LIFETIME};

use crate::{DatabaseUrl, Result};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
pub struct Access(Arc<Inner>);

struct Inner {
    tenant: String,
    key: Key,
    outside: Arc<dyn Outside>,
    writer: Mutex<Connection>,
    tokens: token::Tokens,
}

impl Access {
    /// Opens the applications of a district, making what is not there yet.
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
        let path = schema::place(url)?;
        let mut writer = schema::open(&path)?;
        let (key, origin) = schema::unlock(&mut writer, key, outside.as_ref())?;
        let tokens = token::Tokens::open(&path)?;
        let inner = Inner { tenant: tenant.to_owned(), key, outside, writer: Mutex::new(writer), tokens };
        Ok((Access(Arc::new(inner)), origin))
    }

    /// The installation key, with which secrets are sealed.
    pub fn key(&self) -> &Key {
        &self.0.key
    }

    fn tenant(&self) -> &str {
        &self.0.tenant
    }

    fn outside(&self) -> &dyn Outside {
        self.0.outside.as_ref()
    }

    fn tokens(&self) -> &token::Tokens {
        &self.0.tokens
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no half of a change: transactions roll back.
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("tenant", &self.0.tenant).finish_non_exhaustive()
    }
}
