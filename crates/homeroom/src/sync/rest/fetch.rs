//! Collections side by side, each page by page; the next page is on its way
//! while the one at hand is read.

use super::plan::Plan;
use super::spool::Spool;
use super::told;
use crate::intake::fetched::Met;
use crate::interrupt;
use crate::output::Failure;
use oneroster::model::{Kind, ROUTES, Route, Shape};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster_client::{Ask, Client, Error, ErrorKind, Page, Pages, ProbeReport, probe};
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// How often a wait looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// What is done with a collection that was read to its end.
pub(super) type Done<'a> = dyn Fn(&Spool) -> Result<(), Failure> + Sync + 'a;

/// Who asks.
pub(super) struct Fetch {
    /// What talks to the provider.
    pub client: Client,
    runtime: Runtime,
    /// How many collections are read at once.
    at_once: usize,
}

impl Fetch {
    /// Prepares to ask.
    ///
    /// # Errors
    /// If the system gives no runtime.
    pub fn new(client: Client, at_once: usize) -> Result<Fetch, Failure> {
        let at_once = at_once.clamp(1, client.vendor().concurrency.get());
        let runtime = Builder::new_multi_thread().worker_threads(at_once).enable_all().build()?;
        Ok(Fetch { client, runtime, at_once })
    }

    /// Reads every collection to its end, from where its spool stands, and gives
    /// each to `done` as soon as it is there. The first one alone: who cannot
    /// read that, has no business with the others. One that fails leaves those
    /// that were begun to go on to their ends, and none is begun after it.
    ///
    /// # Errors
    /// Why the first that failed did. What came stays in the spools.
    pub fn all(&self, spools: &mut [Spool], plan: &Plan, done: &Done<'_>) -> Result<(), Failure> {
        let Some((first, others)) = spools.split_first_mut() else { return Ok(()) };
        self.collection(first, plan, done)?;
        let waiting = Mutex::new(others.iter_mut().enumerate());
        let failed: Mutex<Vec<(usize, Failure)>> = Mutex::default();
        let work = || {
            while lock(&failed).is_empty() {
                let next = lock(&waiting).next();
                let Some((at, spool)) = next else { break };
                if let Err(failure) = self.collection(spool, plan, done) {
                    lock(&failed).push((at, failure));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.at_once {
                scope.spawn(work);
            }
            work();
        });
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.into_iter().min_by_key(|(at, _)| *at).map_or(Ok(()), |(_, failure)| Err(failure))
    }

    /// Reads one collection. One that we may not read, or that the provider
    /// does not have, is left out.
    fn collection(&self, spool: &mut Spool, plan: &Plan, done: &Done<'_>) -> Result<(), Failure> {
        if !spool.reached.ended {
            match self.read(spool, plan.since(spool.kind())) {
                Ok(()) => {}
                Err(Trouble::Provider(error)) if is_withheld(&error) && spool.reached.records == 0 => {
                    spool.leave_out(error.to_string().trim_end_matches('.').to_owned())?;
                }
                Err(Trouble::Provider(error)) => {
                    let name = spool.kind().entity().plural;
                    let failure = told(&error);
                    return Err(Failure { message: format!("{name}: {}", failure.message), ..failure });
                }
                Err(Trouble::Ours(failure)) => return Err(failure),
            }
        }
        done(spool)
    }

    /// One record; none if there is none, or none for us.
    ///
    /// # Errors
    /// If the provider fails for good.
    pub fn one(&self, kind: Kind, id: &str) -> Result<Option<Record>, Failure> {
        let single = |route: &&Route| {
            route.kind == kind && route.shape == Shape::Single && route.parents.is_empty() && route.views.is_empty()
        };
        let Some(route) = ROUTES.iter().find(single) else { return Ok(None) };
        match self.wait(self.client.one(&Ask::route(route).below([id]))) {
            Ok(record) => Ok(Some(record)),
            Err(Trouble::Provider(error)) if is_withheld(&error) => Ok(None),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Signs in.
    ///
    /// # Errors
    /// If the provider cannot be reached, or refuses the credentials.
    pub fn sign_in(&self) -> Result<(), Failure> {
        self.wait(self.client.sign_in()).map(drop).map_err(Failure::from)
    }

    /// Finds out what the provider can do.
    ///
    /// # Errors
    /// If the provider cannot be reached.
    pub fn probe(&self) -> Result<ProbeReport, Failure> {
        Ok(self.wait(probe(&self.client))?)
    }

    /// The latest change of all collections.
    ///
    /// # Errors
    /// If the provider cannot be reached.
    pub fn latest(&self, kinds: impl Iterator<Item = Kind>) -> Result<Option<Timestamp>, Failure> {
        let mut latest = None;
        for kind in kinds {
            let page = self.client.pages(Ask::all(kind).latest()).map_err(Trouble::from);
            match page.and_then(|mut pages| self.wait(async move { pages.next().await })) {
                Ok(page) => {
                    let record = page.and_then(|page| page.record(0)).and_then(Result::ok);
                    latest = latest.max(record.and_then(|record| record.modified));
                }
                Err(Trouble::Provider(error)) if is_withheld(&error) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Ok(latest)
    }

    fn read(&self, spool: &mut Spool, since: Option<Timestamp>) -> Result<(), Trouble> {
        let mut ask = Ask::all(spool.kind());
        if let Some(since) = since {
            ask = ask.changed_since(since);
        }
        let mut ahead = self.ahead(self.client.resume(ask, spool.reached.place.clone())?);
        let mut pages = loop {
            let (pages, page) = self.arrival(&mut ahead)?;
            let Some(page) = page else { break pages };
            let place = pages.place().clone();
            ahead = self.ahead(pages);
            spool.take(&page)?;
            self.meet(spool);
            spool.keep(place)?;
        };
        if since.is_none() && spool.reached.records > 0 {
            self.wait(pages.confirm())?;
        }
        let ending = pages.ending(spool.reached.twice);
        self.meet(spool);
        let mut doubts: Vec<String> = ending.doubts.iter().map(|doubt| doubt.sentence().to_owned()).collect();
        if spool.reached.unreadable > 0 {
            doubts.push(format!("{} records could not be read", spool.reached.unreadable));
        }
        Ok(spool.end(doubts)?)
    }

    /// Notes what is found in the records of a collection.
    fn meet(&self, spool: &mut Spool) {
        let kind = Some(spool.kind());
        let found = self.client.findings().list();
        spool.met(found.into_iter().filter(|finding| finding.kind == kind).map(Met::of));
    }

    /// Sends for the next page.
    fn ahead(&self, mut pages: Pages) -> Ahead {
        Ahead(self.runtime.spawn(async move {
            let page = pages.next().await?;
            Ok((pages, page))
        }))
    }

    /// Waits for the page that was sent for.
    fn arrival(&self, ahead: &mut Ahead) -> Result<(Pages, Option<Page>), Trouble> {
        let broken = || Failure::refused("the reading of a page ended by itself; please report this");
        self.wait(async { Ok((&mut ahead.0).await) })?.map_err(|_| broken())?.map_err(Trouble::Provider)
    }

    /// Waits for an answer, or until we are asked to stop.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
        self.runtime.block_on(async {
            tokio::pin!(answer);
            loop {
                interrupt::go_on()?;
                if let Ok(answered) = tokio::time::timeout(LOOK, &mut answer).await {
                    return Ok(answered?);
                }
            }
        })
    }
}

/// A page on its way. Who does not want it any more drops it.
struct Ahead(JoinHandle<Result<(Pages, Option<Page>), Error>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What kept a collection from being read.
enum Trouble {
    Provider(Error),
    Ours(Failure),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Provider(error) => told(&error),
            Trouble::Ours(failure) => failure,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Provider(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Ours(failure)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Ours(error.into())
    }
}

/// Whether a provider keeps a collection to itself, or has none.
fn is_withheld(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::NotOffered)
}
