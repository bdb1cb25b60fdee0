//! Connections for short work, opened as needed and used again.

mod leased;
mod shared;

pub use leased::Leased;

use super::assumed::{Assumed, Last};
use super::connect::{made, number};
use super::tls::connect;
use super::turn::Fence;
use super::wall::{self, Numbers};
use crate::{Error, ErrorKind, Result};
use postgres::{Client, SimpleQueryMessage};
use shared::{Connections, Inner};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
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

/// How long a replica is left alone that failed.
const REST: Duration = Duration::from_secs(5);
/// How long a call waits for one.
const PATIENCE: Duration = Duration::from_secs(10);

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
