//! What everything in a process shares that names a database by the same URL.

use super::leased::Connection;
use crate::postgres::assumed::Last;
use crate::postgres::connect::{Server, update};
use crate::postgres::tls::connect;
use crate::{Error, Result};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

/// What the tenants of a database share, and everything else in a process that
/// names it by the same URL.
pub(super) struct Inner {
    pub server: Server,
    pub connections: Mutex<Connections>,
    pub freed: Condvar,
    pub last: Mutex<Last>,
    /// How many places of pulls were kept.
    pub places: AtomicU32,
    /// A server that has the same a little later, if one was named.
    pub replica: Option<Replica>,
}

/// Where reads go that need nothing newer than it has.
pub(super) struct Replica {
    pub inner: Arc<Inner>,
    /// Until when it is left alone after it failed.
    pub rests: Mutex<Option<Instant>>,
}

/// The databases that this process has connections to, by their URLs.
static KNOWN: Mutex<Vec<(String, Weak<Inner>)>> = Mutex::new(Vec::new());

#[derive(Default)]
pub(super) struct Connections {
    pub idle: Vec<Connection>,
    /// How many there are, idle ones included.
    pub open: usize,
}

impl Inner {
    /// Those of a URL; the tables are up to date.
    pub fn of(url: &str) -> Result<Arc<Inner>> {
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
