//! Turns on a server: a lock that goes with the connection of its holder, and a
//! number that fences out a holder who lost it without knowing
//! (docs/decisions/2026-11-22-turns.md).

use super::pool::Pool;
use crate::{DEFAULT_TENANT, Error, ErrorKind, Result};
use postgres::Client;
use std::sync::Arc;

/// A turn that is held.
pub struct Held {
    /// In a transaction that holds the lock and nothing else. It looks at no
    /// table, so it keeps nothing from being cleaned up.
    client: Client,
    fence: Fence,
}

/// By what a write proves that its turn is still held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fence {
    name: Arc<str>,
    number: i64,
}

impl Held {
    /// Takes the turn of something of a tenant; `None` if another one has it.
    pub fn take(url: &str, tenant: &str, what: &str) -> Result<Option<Held>> {
        let pool = Pool::open(url, DEFAULT_TENANT)?;
        let mut client = pool.begin_apart("BEGIN")?;
        // Not one of a session: behind a pooler the session is somebody else's
        // as soon as a transaction ends.
        let lock = "SELECT pg_try_advisory_xact_lock(hashtext('homeroom.' || $2), hashtext($1))";
        if !client.query_one(lock, &[&tenant, &what])?.try_get::<_, bool>(0)? {
            return Ok(None);
        }
        match Fence::next(&pool, &format!("{what}/{tenant}")) {
            Ok(fence) => Ok(Some(Held { client, fence })),
            // A former holder that lost the lock is at its last write.
            Err(error) if error.kind() == ErrorKind::Busy => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// By what writes prove that it is held.
    pub fn fence(&self) -> &Fence {
        &self.fence
    }
}

impl Drop for Held {
    /// The next one need not wait until the server notices.
    fn drop(&mut self) {
        let _ = self.client.batch_execute("ROLLBACK");
    }
}

impl Fence {
    /// The next number: from its commit on nobody writes under an earlier one.
    fn next(pool: &Pool, name: &str) -> Result<Fence> {
        let mut leased = pool.begin_long("BEGIN; SET LOCAL lock_timeout = '5s'")?;
        let next = "INSERT INTO turns (name, number) VALUES ($1, 1) \
                    ON CONFLICT (name) DO UPDATE SET number = turns.number + 1 RETURNING number";
        let number = leased.client()?.query_one(next, &[&name])?.try_get(0)?;
        leased.commit()?;
        Ok(Fence { name: name.into(), number })
    }

    /// Makes sure that nobody has taken the turn since, and that nobody does
    /// before this transaction ends.
    pub fn hold(&self, client: &mut Client) -> Result<()> {
        let sql = "SELECT number FROM turns WHERE name = $1 FOR SHARE";
        let now: Option<i64> = client.query_opt(sql, &[&&*self.name])?.map(|row| row.try_get(0)).transpose()?;
        if now == Some(self.number) {
            return Ok(());
        }
        let message = "the connection that held the turn was lost, and another process has taken it; nothing was \
                       written";
        Err(Error::new(ErrorKind::Busy, message))
    }
}
