//! Whose turn it is: one run of a tenant is made at a time.
//!
//! The transactions of the store keep the roster whole by themselves. A turn is
//! taken earlier, before anything is read, so that a second import waits, or is
//! told so, instead of failing somewhere in the middle; and whoever has it knows
//! that a run still marked as being made is one whose process has died.

use crate::postgres::{self, Fence};
use crate::{DatabaseUrl, Error, ErrorKind, Result};
use std::fs::{File, TryLockError};

/// The turn to write.
const WRITING: &str = "turn";

/// The right to make a run; it ends when it is dropped, and with the process.
#[derive(Debug)]
pub struct Turn {
    held: Held,
}

enum Held {
    File { _locked: File },
    Server(Box<postgres::Held>),
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Held::File { .. } => "File",
            Held::Server(_) => "Server",
        })
    }
}

impl Turn {
    /// Takes the turn of a tenant; `None` if another process has it.
    ///
    /// # Errors
    /// `Unusable` if the database cannot be used at all.
    pub fn take(url: &DatabaseUrl, tenant: &str) -> Result<Option<Turn>> {
        Turn::take_of(url, tenant, WRITING)
    }

    /// Takes the turn of something else that one process does at a time, by a
    /// short word that fits the name of a file.
    ///
    /// # Errors
    /// As [`Turn::take`].
    pub fn take_of(url: &DatabaseUrl, tenant: &str, what: &str) -> Result<Option<Turn>> {
        let held = match url {
            DatabaseUrl::Sqlite(_) => file(&url.of_tenant(tenant), what)?,
            DatabaseUrl::Postgres(url) => {
                postgres::Held::take(url, tenant, what)?.map(|held| Held::Server(Box::new(held)))
            }
        };
        Ok(held.map(|held| Turn { held }))
    }

    /// By what writes under it prove that it is held. The lock of a file needs
    /// none: it lasts as long as its process.
    pub(crate) fn fence(&self) -> Option<&Fence> {
        match &self.held {
            Held::File { .. } => None,
            Held::Server(held) => Some(held.fence()),
        }
    }
}

/// A lock on a file beside the database: it goes with the process, however
/// that ends. The file itself stays, for it may be locked by the next one.
fn file(url: &DatabaseUrl, what: &str) -> Result<Option<Held>> {
    let Some(path) = url.beside(what) else { return Ok(None) };
    let failed = |error| {
        let message =
            format!("the file {} cannot be used; check the path of the database and its permissions", path.display());
        Error::caused(ErrorKind::Unusable, message, error)
    };
    let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Held::File { _locked: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
