//! Connections for readers, opened as needed and used again.

use super::open::open_reader;
use crate::Result;
use rusqlite::Connection;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Idle connections of one database file.
#[derive(Clone, Debug)]
pub struct Pool {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// So many idle connections are kept; others are closed after their use.
const IDLE: usize = 16;

impl Pool {
    /// A pool of a file that exists and is migrated.
    pub fn new(path: PathBuf) -> Pool {
        Pool { path: Arc::new(path), idle: Arc::new(Mutex::new(Vec::new())) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A connection, returned when dropped.
    pub fn get(&self) -> Result<Pooled> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        Ok(Pooled { connection: Some(connection), pool: self.clone() })
    }

    /// Closes idle connections, so that a writer can have the file to itself.
    pub fn close_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection out of the pool.
pub struct Pooled {
    connection: Option<Connection>,
    pool: Pool,
}

impl Deref for Pooled {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "taken only in drop")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("taken only in drop")
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A read that ended early leaves its transaction open.
        if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
            return;
        }
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}
