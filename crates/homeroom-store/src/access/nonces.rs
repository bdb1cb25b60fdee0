//! Which signed requests were taken, so that none is taken twice.
//!
//! On PostgreSQL a table knows, for every node. On SQLite the one process that
//! serves knows: in memory since it started, and for each application the
//! latest second before, so that nothing of it is taken again.

use super::database::{Change, Database, Session, text};
use super::sql;
use crate::Result;
use crate::plan::Value;
use hashbrown::{HashMap, HashSet};
use oneroster::oauth1;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// How often, in seconds, old nonces are taken away.
const PURGE_EVERY: i64 = 60;

/// What became of a nonce.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Nonce {
    /// It was not used before.
    Fresh,
    /// It was, for the same second.
    Used,
    /// Its second is one of before the start, of which nothing is known.
    BeforeStart,
}

/// The nonces that this process knows of.
pub(super) struct Nonces {
    /// The second in which it started.
    start: i64,
    used: Mutex<Used>,
    purged: AtomicI64,
}

#[derive(Default)]
struct Used {
    /// By second, of all applications.
    seconds: BTreeMap<i64, HashSet<u128>>,
    /// By application: until when requests were taken before the start, and the
    /// latest second that is on the disk.
    marks: HashMap<String, Mark>,
}

#[derive(Clone, Copy)]
struct Mark {
    before: i64,
    written: i64,
}

impl Nonces {
    /// Looks up what an earlier process left, in the second `start`.
    pub(super) fn open(database: &Database, start: i64) -> Result<Nonces> {
        let mut used = Used::default();
        if let Database::Sqlite(_) = database {
            for row in database.look(|session| session.rows(sql::SIGNED_UNTIL, &[Value::Whole(start)]))? {
                let second = row.whole(1)?;
                used.marks.insert(row.text(0)?, Mark { before: second, written: second });
            }
        }
        Ok(Nonces { start, used: Mutex::new(used), purged: AtomicI64::new(start) })
    }

    /// Takes a nonce of an application for a second, once.
    pub(super) fn take(
        &self,
        database: &Database,
        client_id: &str,
        nonce: &str,
        second: i64,
        now: i64,
    ) -> Result<Nonce> {
        let purge = self.purged.load(Ordering::Relaxed) + PURGE_EVERY <= now;
        if purge {
            self.purged.store(now, Ordering::Relaxed);
        }
        let oldest = now - oauth1::OLDEST;
        match database {
            Database::Sqlite(_) => self.take_here(database, client_id, nonce, second, purge.then_some(oldest)),
            Database::Postgres(_) => database.change(Change::Nonce, |session| {
                if purge {
                    session.execute(sql::PURGE_NONCES, &[Value::Whole(oldest)])?;
                }
                let added = session.execute(sql::ADD_NONCE, &[text(client_id), Value::Whole(second), text(nonce)])?;
                Ok(if added == 1 { Nonce::Fresh } else { Nonce::Used })
            }),
        }
    }

    fn take_here(
        &self,
        database: &Database,
        client_id: &str,
        nonce: &str,
        second: i64,
        purge_before: Option<i64>,
    ) -> Result<Nonce> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(oldest) = purge_before {
            used.seconds = used.seconds.split_off(&oldest);
        }
        let mark = used.marks.get(client_id).copied().unwrap_or(Mark { before: i64::MIN, written: i64::MIN });
        if second < self.start || second <= mark.before {
            return Ok(Nonce::BeforeStart);
        }
        let digest = xxh3_128(format!("{client_id}\0{nonce}").as_bytes());
        if !used.seconds.entry(second).or_default().insert(digest) {
            return Ok(Nonce::Used);
        }
        if second > mark.written {
            // Before the request is answered: a restart must find it.
            database.change(Change::Nonce, |session| write_mark(session, client_id, second))?;
            used.marks.insert(client_id.to_owned(), Mark { written: second, ..mark });
        }
        Ok(Nonce::Fresh)
    }
}

fn write_mark(session: &mut Session<'_>, client_id: &str, second: i64) -> Result<()> {
    session.execute(sql::SIGNED, &[text(client_id), Value::Whole(second)]).map(drop)
}
