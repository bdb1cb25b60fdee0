//! A connection while it is out of the pool.

use super::{Pool, Whose};
use crate::postgres::assumed::{Assumed, Seen};
use crate::postgres::tls::connect;
use crate::postgres::wall::Numbers;
use crate::{Error, ErrorKind, Result};
use postgres::{Client, Statement};
use std::collections::HashMap;
use std::sync::PoisonError;

/// So many statements are kept prepared by each.
const STATEMENTS: usize = 200;

/// A connection and the statements that its server has prepared for it.
pub(in crate::postgres) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    /// Whose the session is where no transaction says it; 0 if nobody's.
    pub tenant: i64,
}

impl Connection {
    pub(super) fn of(client: Client) -> Connection {
        Connection { client, statements: HashMap::new(), tenant: 0 }
    }
}

/// A connection out of the pool.
pub struct Leased {
    pub(super) connection: Option<Connection>,
    pub(super) pool: Pool,
    /// Whether a transaction is open.
    pub(super) within: bool,
    /// What it was told when it began.
    pub(super) told: Option<Numbers>,
    /// What it takes for granted, as long as no transaction was begun.
    pub(in crate::postgres) assumed: Option<Assumed>,
    /// The view that it looked at, and where that stands.
    pub(in crate::postgres) seen: Option<(i64, Seen)>,
}

impl Leased {
    /// The number of the tenant.
    pub fn tenant(&self) -> i64 {
        self.pool.number()
    }

    /// What was told when the transaction began.
    pub fn told(&self) -> Option<&[Option<i64>]> {
        self.told.as_deref()
    }

    /// Where it came from.
    pub(in crate::postgres) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Begins a transaction of the tenant now, and is told a row of numbers.
    pub(in crate::postgres) fn enter_told(&mut self, begin: &str, ask: &str) -> Result<()> {
        let pool = self.pool.clone();
        let batch = pool.inner.server.batch(begin, true);
        self.within = true;
        self.told = pool.enter(self.client()?, &batch, Whose::TenantThatTells(ask))?;
        Ok(())
    }

    pub(super) fn renew(&mut self) -> Result<()> {
        // The broken one is closed before, so that there are never too many.
        self.connection = None;
        self.connection = Some(Connection::of(connect(&self.pool.inner.server.short)?));
        Ok(())
    }

    pub(in crate::postgres) fn connection(&mut self) -> Result<&mut Connection> {
        self.connection.as_mut().ok_or_else(|| Error::new(ErrorKind::Internal, "the connection is gone"))
    }

    /// The connection itself.
    pub fn client(&mut self) -> Result<&mut Client> {
        Ok(&mut self.connection()?.client)
    }

    /// The connection and a statement, prepared on it. It is lent, so that it
    /// cannot outlive the transaction, whose session may be another's then.
    pub fn prepared(&mut self, sql: &str) -> Result<(&mut Client, &Statement)> {
        let Connection { client, statements, .. } = self.connection()?;
        if !statements.contains_key(sql) {
            let statement = client.prepare(sql)?;
            if statements.len() >= STATEMENTS {
                statements.clear();
            }
            statements.insert(sql.to_owned(), statement);
        }
        let lost = || Error::new(ErrorKind::Internal, "a statement that was prepared is gone");
        Ok((client, statements.get(sql).ok_or_else(lost)?))
    }

    /// Ends the transaction.
    pub fn commit(&mut self) -> Result<()> {
        self.forget_statements();
        self.client()?.batch_execute("COMMIT")?;
        self.within = false;
        Ok(())
    }

    /// Behind a pooler the next transaction is one of another session, and this
    /// one is somebody else's: what was prepared is closed while it is ours.
    fn forget_statements(&mut self) {
        if self.pool.inner.server.options.pooled
            && let Some(connection) = &mut self.connection
        {
            connection.statements.clear();
        }
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        self.forget_statements();
        let usable = self.connection.take().and_then(|mut connection| {
            let clean = !self.within || connection.client.batch_execute("ROLLBACK").is_ok();
            (clean && !connection.client.is_closed()).then_some(connection)
        });
        let mut connections = self.pool.inner.connections.lock().unwrap_or_else(PoisonError::into_inner);
        match usable {
            Some(connection) => connections.idle.push(connection),
            None => connections.open -= 1,
        }
        drop(connections);
        self.pool.inner.freed.notify_one();
    }
}
