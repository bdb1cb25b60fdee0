//! Connections for short work, opened as needed and used again.

use super::connect::{config, number, prepare};
use super::tls::connect;
use super::wall;
use crate::{Error, ErrorKind, Result};
use postgres::{Client, Config, Statement};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Connections to one database, to work for one tenant.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
    tenant: i64,
    /// Whether the tenant was found to be removed.
    gone: Arc<AtomicBool>,
}

/// What the tenants of a database share.
struct Inner {
    config: Config,
    connections: Mutex<Connections>,
    freed: Condvar,
}

#[derive(Default)]
struct Connections {
    idle: Vec<Connection>,
    /// How many there are, idle ones included.
    open: usize,
}

impl Drop for Inner {
    /// Closing a connection talks to the server once more, which the driver
    /// cannot do on a thread that drives an asynchronous runtime.
    fn drop(&mut self) {
        let connections = self.connections.get_mut().unwrap_or_else(PoisonError::into_inner);
        let idle = std::mem::take(&mut connections.idle);
        let closing = std::thread::Builder::new().spawn(move || drop(idle));
        // Without a thread, the server notices by itself.
        let _ = closing.map(std::thread::JoinHandle::join);
    }
}

/// A connection and the statements that its server has prepared for it.
struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

/// So many connections are open at most: a server allows a hundred by default.
const MOST: usize = 32;
/// How long a call waits for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many statements are kept prepared by each.
const STATEMENTS: usize = 200;

impl Pool {
    /// A pool of a database, which is brought up to date, for a tenant, which
    /// is made if it is new.
    pub fn open(url: &str, tenant: &str) -> Result<Pool> {
        let config = config(url)?;
        let mut client = connect(&config)?;
        let tenant = prepare(&mut client, tenant)?;
        let idle = vec![Connection { client, statements: HashMap::new() }];
        let connections = Mutex::new(Connections { idle, open: 1 });
        Ok(Pool { inner: Arc::new(Inner { config, connections, freed: Condvar::new() }), tenant, gone: Arc::default() })
    }

    /// The same connections, for another tenant; `NotFound` if there is none.
    pub fn of_tenant(&self, tenant: &str) -> Result<Pool> {
        let found = number(self.get()?.client()?, tenant)?;
        let unknown = || Error::new(ErrorKind::NotFound, format!("there is no tenant of the name {tenant:?}"));
        Ok(Pool { inner: self.inner.clone(), tenant: found.ok_or_else(unknown)?, gone: Arc::default() })
    }

    /// Whether the tenant was found to be removed: numbers are not given twice,
    /// so it stays so.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Begins on a connection, and notes if there is nothing to begin for.
    fn enter(&self, client: &mut Client, begin: &str) -> Result<()> {
        let entered = wall::enter(client, begin, self.tenant);
        if entered.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            self.gone.store(true, Ordering::Relaxed);
        }
        entered
    }

    /// The number of the tenant.
    pub fn number(&self) -> i64 {
        self.tenant
    }

    /// A connection for long work, apart from the pool.
    pub fn apart(&self) -> Result<Client> {
        connect(&self.inner.config)
    }

    /// The same within a transaction of the tenant.
    pub fn begin_apart(&self, begin: &str) -> Result<Client> {
        let mut client = self.apart()?;
        self.enter(&mut client, begin)?;
        Ok(client)
    }

    /// A connection, returned when dropped.
    pub fn get(&self) -> Result<Leased> {
        let guard = self.inner.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |c: &mut Connections| c.idle.is_empty() && c.open >= MOST;
        let waited = self.inner.freed.wait_timeout_while(guard, PATIENCE, full);
        let (mut guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(Error::new(ErrorKind::Busy, "every connection to PostgreSQL is in use; try again later"));
        }
        let idle = guard.idle.pop();
        if idle.is_none() {
            guard.open += 1;
        }
        drop(guard);
        // From here on the lease counts, so that a failure gives its place back.
        let mut leased = Leased { connection: idle, pool: self.clone(), within: false };
        if leased.connection.is_none() {
            leased.renew()?;
        }
        Ok(leased)
    }

    /// A connection within a transaction of the tenant, that its drop rolls back. A server
    /// that was restarted is connected to anew, once.
    pub fn begin(&self, begin: &str) -> Result<Leased> {
        let mut leased = self.get()?;
        let mut entered = self.enter(leased.client()?, begin);
        if entered.as_ref().is_err_and(|error| error.kind() != ErrorKind::NotFound) {
            self.forget();
            leased.renew()?;
            entered = self.enter(leased.client()?, begin);
        }
        leased.within = true;
        entered.map(|()| leased)
    }

    /// Closes idle connections: if one is broken, the others are as old.
    fn forget(&self) {
        let mut connections = self.inner.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = std::mem::take(&mut connections.idle);
        connections.open -= idle.len();
        drop(connections);
        self.inner.freed.notify_all();
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// A connection out of the pool.
pub struct Leased {
    connection: Option<Connection>,
    pool: Pool,
    /// Whether a transaction is open.
    within: bool,
}

impl Leased {
    /// The number of the tenant.
    pub fn tenant(&self) -> i64 {
        self.pool.number()
    }

    fn renew(&mut self) -> Result<()> {
        // The broken one is closed before, so that there are never too many.
        self.connection = None;
        self.connection = Some(Connection { client: self.pool.apart()?, statements: HashMap::new() });
        Ok(())
    }

    fn connection(&mut self) -> Result<&mut Connection> {
        self.connection.as_mut().ok_or_else(|| Error::new(ErrorKind::Internal, "the connection is gone"))
    }

    /// The connection itself.
    pub fn client(&mut self) -> Result<&mut Client> {
        Ok(&mut self.connection()?.client)
    }

    /// The connection and a statement, prepared on it.
    pub fn prepared(&mut self, sql: &str) -> Result<(&mut Client, Statement)> {
        let Connection { client, statements } = self.connection()?;
        if let Some(statement) = statements.get(sql) {
            return Ok((client, statement.clone()));
        }
        let statement = client.prepare(sql)?;
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok((client, statement))
    }

    /// Ends the transaction.
    pub fn commit(&mut self) -> Result<()> {
        self.client()?.batch_execute("COMMIT")?;
        self.within = false;
        Ok(())
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
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
