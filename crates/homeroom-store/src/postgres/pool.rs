//! Connections for short work, opened as needed and used again.

use super::assumed::{Assumed, Last, Seen};
use super::connect::{Server, made, number, update};
use super::tls::connect;
use super::turn::Fence;
use super::wall::{self, Numbers};
use crate::{Error, ErrorKind, Result};
use postgres::{Client, SimpleQueryMessage, Statement};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Connections to one database, to work for one tenant.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
    tenant: i64,
    /// Whether the tenant was found to be removed.
    gone: Arc<AtomicBool>,
    /// The turns under which it writes.
    fences: Arc<[Fence]>,
}

/// For whom a transaction begins.
#[derive(Clone, Copy)]
enum Whose<'a> {
    Tenant,
    /// It is asked for a row of numbers at once.
    TenantThatTells(&'a str),
    /// It looks at nothing that is a tenant's.
    Everybody,
}

/// What the tenants of a database share, and everything else in a process that
/// names it by the same URL.
struct Inner {
    server: Server,
    connections: Mutex<Connections>,
    freed: Condvar,
    last: Mutex<Last>,
    /// How many places of pulls were kept.
    places: AtomicU32,
    /// A server that has the same a little later, if one was named.
    replica: Option<Replica>,
}

/// Where reads go that need nothing newer than it has.
struct Replica {
    inner: Arc<Inner>,
    /// Until when it is left alone after it failed.
    rests: Mutex<Option<Instant>>,
}

/// How long a replica is left alone that failed.
const REST: Duration = Duration::from_secs(5);

/// The databases that this process has connections to, by their URLs.
static KNOWN: Mutex<Vec<(String, Weak<Inner>)>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Connections {
    idle: Vec<Connection>,
    /// How many there are, idle ones included.
    open: usize,
}

impl Inner {
    /// Those of a URL; the tables are up to date.
    fn of(url: &str) -> Result<Arc<Inner>> {
        if let Some(inner) = Inner::known(&mut known(), url) {
            return Ok(inner);
        }
        let server = Server::of(url)?;
        let mut client = connect(&server.short).map_err(Error::at_first)?;
        update(&server, &mut client)?;
        let idle = vec![Connection::of(client)];
        let inner = Arc::new(Inner::new(server, Connections { idle, open: 1 })?);
        let mut all = known();
        // Another thread may have been quicker.
        if let Some(other) = Inner::known(&mut all, url) {
            drop(all);
            return Ok(other);
        }
        all.push((url.to_owned(), Arc::downgrade(&inner)));
        Ok(inner)
    }

    fn new(server: Server, connections: Connections) -> Result<Inner> {
        let replica = match &server.options.replica {
            // It is connected to when it is needed: a node begins without it, too.
            Some(url) => {
                let inner = Arc::new(Inner::new(Server::of(url)?, Connections::default())?);
                Some(Replica { inner, rests: Mutex::default() })
            }
            None => None,
        };
        Ok(Inner {
            server,
            connections: Mutex::new(connections),
            freed: Condvar::new(),
            last: Mutex::default(),
            places: AtomicU32::new(0),
            replica,
        })
    }

    fn known(all: &mut Vec<(String, Weak<Inner>)>, url: &str) -> Option<Arc<Inner>> {
        all.retain(|(_, inner)| inner.strong_count() > 0);
        all.iter().find(|(known, _)| known == url).and_then(|(_, inner)| inner.upgrade())
    }
}

fn known() -> MutexGuard<'static, Vec<(String, Weak<Inner>)>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
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
pub(super) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    /// Whose the session is where no transaction says it; 0 if nobody's.
    pub tenant: i64,
}

impl Connection {
    fn of(client: Client) -> Connection {
        Connection { client, statements: HashMap::new(), tenant: 0 }
    }
}

/// How long a call waits for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many statements are kept prepared by each.
const STATEMENTS: usize = 200;

impl Pool {
    /// A pool of a database, which is brought up to date, for a tenant, which
    /// is made if it is new.
    pub fn open(url: &str, tenant: &str) -> Result<Pool> {
        let inner = Inner::of(url)?;
        let any = Pool { inner, tenant: 0, gone: Arc::default(), fences: Arc::new([]) };
        let mut leased = any.within("BEGIN", true, Whose::Everybody)?;
        let tenant = made(leased.client()?, tenant)?;
        leased.commit()?;
        Ok(Pool { tenant, ..any })
    }

    /// The same connections, for another tenant; `NotFound` if there is none.
    pub fn of_tenant(&self, tenant: &str) -> Result<Pool> {
        let mut leased = self.within("BEGIN READ ONLY", true, Whose::Everybody)?;
        let found = number(leased.client()?, tenant)?;
        leased.commit()?;
        let unknown = || Error::new(ErrorKind::NotFound, format!("there is no tenant of the name {tenant:?}"));
        let (inner, tenant) = (self.inner.clone(), found.ok_or_else(unknown)?);
        Ok(Pool { inner, tenant, gone: Arc::default(), fences: Arc::new([]) })
    }

    /// Whether the tenant was found to be removed: numbers are not given twice,
    /// so it stays so.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Begins on a connection, and notes if there is nothing to begin for.
    fn enter(&self, client: &mut Client, begin: &str, whose: Whose<'_>) -> Result<Option<Numbers>> {
        let ask = match whose {
            Whose::Everybody => {
                client.batch_execute(begin)?;
                return Ok(None);
            }
            Whose::Tenant => None,
            Whose::TenantThatTells(ask) => Some(ask),
        };
        let entered = wall::enter(client, begin, self.tenant, ask);
        self.look_for_gone(&entered);
        entered
    }

    /// Notes that the tenant is removed, if it was that.
    fn look_for_gone<T>(&self, done: &Result<T>) {
        if done.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            self.gone.store(true, Ordering::Relaxed);
        }
    }

    /// The same, to write under a turn.
    pub fn fenced(&self, fence: Fence) -> Pool {
        let fences = self.fences.iter().cloned().chain([fence]).collect();
        Pool { fences, ..self.clone() }
    }

    /// Makes sure, within a transaction that writes, that the turns are held to
    /// its end.
    pub fn hold(&self, client: &mut Client) -> Result<()> {
        self.fences.iter().try_for_each(|fence| fence.hold(client))
    }

    /// The number of the tenant.
    pub fn number(&self) -> i64 {
        self.tenant
    }

    /// A connection for long work, apart from the pool, within a transaction of
    /// the tenant.
    pub fn begin_apart(&self, begin: &str) -> Result<Client> {
        let mut client = connect(&self.inner.server.apart)?;
        self.enter(&mut client, &self.inner.server.batch(begin, false), Whose::Tenant)?;
        Ok(client)
    }

    /// A connection, returned when dropped.
    fn get(&self) -> Result<Leased> {
        let most = self.inner.server.options.connections;
        let guard = self.inner.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |c: &mut Connections| c.idle.is_empty() && c.open >= most;
        let waited = self.inner.freed.wait_timeout_while(guard, PATIENCE, full);
        let (mut guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(Error::new(ErrorKind::Busy, "every connection to PostgreSQL is in use; try again later"));
        }
        // One whose session is the tenant's is best.
        let own = guard.idle.iter().rposition(|connection| connection.tenant == self.tenant);
        let idle = match own {
            Some(place) => Some(guard.idle.remove(place)),
            None => guard.idle.pop(),
        };
        if idle.is_none() {
            guard.open += 1;
        }
        drop(guard);
        // From here on the lease counts, so that a failure gives its place back.
        let mut leased =
            Leased { connection: idle, pool: self.clone(), within: false, told: None, assumed: None, seen: None };
        if leased.connection.is_none() {
            leased.renew()?;
        }
        Ok(leased)
    }

    /// A connection whose session is the tenant's, for one statement.
    pub(super) fn get_assuming(&self, assumed: Assumed) -> Result<Leased> {
        let mut leased = self.get()?;
        let turned = leased.turn();
        self.look_for_gone(&turned);
        turned?;
        leased.assumed = Some(assumed);
        Ok(leased)
    }

    /// How things stood when they were last looked at.
    pub(super) fn last(&self) -> MutexGuard<'_, Last> {
        self.inner.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a pooler stands before the server.
    pub fn is_pooled(&self) -> bool {
        self.inner.server.options.pooled
    }

    /// A connection within a transaction of the tenant that its drop rolls back,
    /// for what answers a request: each statement has a limited time.
    pub fn begin(&self, begin: &str) -> Result<Leased> {
        self.within(begin, true, Whose::Tenant)
    }

    /// The same, with what `ask` gives: a row of numbers.
    pub fn begin_told(&self, begin: &str, ask: &str) -> Result<Leased> {
        self.within(begin, true, Whose::TenantThatTells(ask))
    }

    /// The same for what takes as long as it takes.
    pub fn begin_long(&self, begin: &str) -> Result<Leased> {
        self.within(begin, false, Whose::Tenant)
    }

    /// The same connections to the replica, unless there is none, or it failed a
    /// moment ago.
    pub fn replica(&self) -> Option<Pool> {
        let replica = self.inner.replica.as_ref()?;
        let rests = replica.rests.lock().unwrap_or_else(PoisonError::into_inner);
        if rests.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        // It may not know of the tenant yet.
        Some(Pool { inner: replica.inner.clone(), gone: Arc::default(), ..self.clone() })
    }

    /// Once in so many times.
    pub fn one_in(&self, often: u32) -> bool {
        self.inner.places.fetch_add(1, Ordering::Relaxed).is_multiple_of(often)
    }

    /// Whether there is a replica at all.
    pub fn has_replica(&self) -> bool {
        self.inner.replica.is_some()
    }

    /// Leaves the replica alone for a while.
    pub fn rest(&self) {
        if let Some(replica) = &self.inner.replica {
            *replica.rests.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
        }
    }

    /// Asks for numbers, in one way to the server and back; `None` for a row that
    /// is not there.
    pub fn numbers(&self, select: &str) -> Result<Option<Numbers>> {
        let begin = wall::entering(&self.inner.server.batch("BEGIN READ ONLY", true), self.tenant);
        let said = self.said(&format!("{begin}; {select}; COMMIT"))?;
        // The first row is that of who begins.
        let row =
            said.iter().rev().find_map(|one| if let SimpleQueryMessage::Row(row) = one { Some(row) } else { None });
        row.map(wall::numbers).transpose()
    }

    /// Asks for one word that is no district's.
    pub fn word(&self, select: &str) -> Result<Option<String>> {
        let said = self.said(select)?;
        let row = said.iter().find_map(|one| if let SimpleQueryMessage::Row(row) = one { Some(row) } else { None });
        Ok(row.map(|row| row.try_get(0)).transpose()?.flatten().map(str::to_owned))
    }

    /// What a batch that only looks gives; a server that was restarted is asked once more.
    fn said(&self, batch: &str) -> Result<Vec<SimpleQueryMessage>> {
        let mut leased = self.get()?;
        Ok(match leased.client()?.simple_query(batch) {
            Ok(said) => said,
            Err(_) => {
                self.forget();
                leased.renew()?;
                leased.client()?.simple_query(batch)?
            }
        })
    }

    /// A server that was restarted is connected to anew, once: nothing was done
    /// yet that could be done twice.
    fn within(&self, begin: &str, limited: bool, whose: Whose<'_>) -> Result<Leased> {
        let batch = self.inner.server.batch(begin, limited);
        let mut leased = self.get()?;
        // Whoever says no tenant sees none.
        let nobodys = if matches!(whose, Whose::Everybody) { leased.turn_away() } else { Ok(()) };
        let mut entered = nobodys.and_then(|()| self.enter(leased.client()?, &batch, whose));
        if entered.as_ref().is_err_and(|error| error.kind() != ErrorKind::NotFound) {
            self.forget();
            leased.renew()?;
            entered = self.enter(leased.client()?, &batch, whose);
        }
        leased.within = true;
        leased.told = entered?;
        Ok(leased)
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
    /// What it was told when it began.
    told: Option<Numbers>,
    /// What it takes for granted, as long as no transaction was begun.
    pub(super) assumed: Option<Assumed>,
    /// The view that it looked at, and where that stands.
    pub(super) seen: Option<(i64, Seen)>,
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
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Begins a transaction of the tenant now, and is told a row of numbers.
    pub(super) fn enter_told(&mut self, begin: &str, ask: &str) -> Result<()> {
        let pool = self.pool.clone();
        let batch = pool.inner.server.batch(begin, true);
        self.within = true;
        self.told = pool.enter(self.client()?, &batch, Whose::TenantThatTells(ask))?;
        Ok(())
    }

    fn renew(&mut self) -> Result<()> {
        // The broken one is closed before, so that there are never too many.
        self.connection = None;
        self.connection = Some(Connection::of(connect(&self.pool.inner.server.short)?));
        Ok(())
    }

    pub(super) fn connection(&mut self) -> Result<&mut Connection> {
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
}

impl Leased {
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
