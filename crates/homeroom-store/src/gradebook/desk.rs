//! Where requests wait for the one thread that writes them.
//!
//! The thread lives as long as somebody waits. What comes while a transaction
//! is on its way to the disk shares the next one.

use super::group::{Outcome, run};
use super::{Verdict, Write};
use crate::{Error, ErrorKind, Result};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a request waits for another writer, such as a first import.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// The most requests of a group.
const MOST: usize = 1_000;
/// The longest wait for others to join a group.
const GATHER: Duration = Duration::from_millis(2);

/// Called once with what came of a request.
type Then = Box<dyn FnOnce(Result<Verdict>) + Send>;

/// Requests to write that wait, and who writes them.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Inner>);

#[derive(Default)]
struct Inner {
    queue: Mutex<Queue>,
    came: Condvar,
    /// The connection that is written by, kept for the next group.
    held: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a thread is writing.
    attended: bool,
}

struct Waiting {
    write: Write,
    since: Instant,
    then: Then,
}

/// What writes a group within a transaction: the connection kept for it, how
/// long to wait for the lock, the work.
pub(crate) type Transact<'a> = &'a dyn Fn(
    &mut Option<Connection>,
    Duration,
    &mut dyn FnMut(&mut crate::work::Work<'_>) -> Result<()>,
) -> Result<()>;

impl Desk {
    /// Adds a request. Gives whether a thread has to be sent to attend.
    pub(crate) fn add(&self, write: Write, then: Then) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(Waiting { write, since: Instant::now(), then });
        let alone = !std::mem::replace(&mut queue.attended, true);
        drop(queue);
        self.0.came.notify_all();
        alone
    }

    /// Answers everybody that no thread could be had.
    pub(crate) fn unattended(&self, error: &std::io::Error) {
        let mut queue = self.queue();
        queue.attended = false;
        let waiting = std::mem::take(&mut queue.waiting);
        drop(queue);
        for one in waiting {
            let message = format!("no thread can be started to write: {error}");
            (one.then)(Err(Error::new(ErrorKind::Busy, message)));
        }
    }

    /// Writes until nobody waits any more.
    pub(crate) fn attend(&self, transact: Transact<'_>) {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = (1, Duration::ZERO);
        while let Some(group) = self.next(last) {
            let (size, begun) = (group.len(), Instant::now());
            self.write(group, &mut held, transact);
            last = (size, begun.elapsed());
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next group. Those who were answered with the last one come back
    /// together, and are waited for a moment.
    fn next(&self, (size, took): (usize, Duration)) -> Option<Vec<Waiting>> {
        let few = |queue: &mut Queue| queue.waiting.len() < size;
        let queue = self.queue();
        let gathered = if size > 1 {
            let waited = self.0.came.wait_timeout_while(queue, GATHER.min(took / 2), few);
            waited.unwrap_or_else(PoisonError::into_inner).0
        } else {
            queue
        };
        let mut queue = gathered;
        if queue.waiting.is_empty() {
            queue.attended = false;
            return None;
        }
        let most = queue.waiting.len().min(MOST);
        Some(queue.waiting.drain(..most).collect())
    }

    fn write(&self, group: Vec<Waiting>, held: &mut Option<Connection>, transact: Transact<'_>) {
        let oldest = group.iter().map(|one| one.since.elapsed()).max().unwrap_or_default();
        let mut outcomes: Vec<Outcome> = Vec::new();
        let written = {
            let writes: Vec<&Write> = group.iter().map(|one| &one.write).collect();
            let left = PATIENCE.saturating_sub(oldest);
            transact(held, left, &mut |work| {
                outcomes = run(work, &writes)?;
                Ok(())
            })
        };
        match written {
            Ok(()) => {
                let mut later = Vec::new();
                for (one, outcome) in group.into_iter().zip(outcomes) {
                    match outcome {
                        Some(verdict) => (one.then)(Ok(verdict)),
                        None => later.push(one),
                    }
                }
                self.again(later);
            }
            Err(error) if error.kind() == ErrorKind::Busy => self.put_off(group, error),
            // It may stand or not: whoever sent it has to look, or send it again.
            Err(error) if error.kind() == ErrorKind::Lost => {
                let message = error.to_string();
                for one in group {
                    (one.then)(Err(Error::new(ErrorKind::Lost, message.clone())));
                }
            }
            Err(error) => {
                *held = None;
                self.apart(group, error, held, transact);
            }
        }
    }

    /// Who waited long enough is told so; the others try again.
    fn put_off(&self, group: Vec<Waiting>, error: Error) {
        let (over, left): (Vec<_>, Vec<_>) = group.into_iter().partition(|one| one.since.elapsed() >= PATIENCE);
        self.again(left);
        let message = error.to_string();
        for one in over {
            (one.then)(Err(Error::new(ErrorKind::Busy, message.clone())));
        }
    }

    /// After a failure each request is tried on its own: it may be the fault of
    /// one of them.
    fn apart(&self, group: Vec<Waiting>, error: Error, held: &mut Option<Connection>, transact: Transact<'_>) {
        if group.len() > 1 {
            return group.into_iter().for_each(|one| self.write(vec![one], held, transact));
        }
        if let Some(one) = group.into_iter().next() {
            (one.then)(Err(error));
        }
    }

    /// Puts requests back in front.
    fn again(&self, group: Vec<Waiting>) {
        let mut queue = self.queue();
        group.into_iter().rev().for_each(|one| queue.waiting.push_front(one));
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}
