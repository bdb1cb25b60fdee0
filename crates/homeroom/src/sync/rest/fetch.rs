//! One collection after the other, page by page.

use super::spool::Spool;
use super::told;
use crate::interrupt;
use crate::output::Failure;
use oneroster::model::{Kind, ROUTES, Route, Shape};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster_client::{Ask, Client, Error, ErrorKind, ProbeReport, probe};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How often a wait looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// Who asks.
pub(super) struct Fetch {
    /// What talks to the provider.
    pub client: Client,
    runtime: Runtime,
}

impl Fetch {
    /// Prepares to ask.
    ///
    /// # Errors
    /// If the system gives no runtime.
    pub fn new(client: Client) -> Result<Fetch, Failure> {
        Ok(Fetch { client, runtime: Builder::new_current_thread().enable_all().build()? })
    }

    /// Reads a collection to its end, from where its spool stands. One that we
    /// may not read, or that the provider does not have, is left out.
    ///
    /// # Errors
    /// If the provider fails for good. What came stays in the spool.
    pub fn collection(&self, spool: &mut Spool, since: Option<Timestamp>) -> Result<(), Failure> {
        if spool.reached.ended {
            return Ok(());
        }
        match self.read(spool, since) {
            Err(Trouble::Provider(error)) if is_withheld(&error) && spool.reached.records == 0 => {
                Ok(spool.leave_out(error.to_string().trim_end_matches('.').to_owned())?)
            }
            Err(Trouble::Provider(error)) => {
                let name = spool.kind().entity().plural;
                let failure = told(&error);
                Err(Failure { message: format!("{name}: {}", failure.message), ..failure })
            }
            Err(Trouble::Ours(failure)) => Err(failure),
            Ok(()) => Ok(()),
        }
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

    fn read(&self, spool: &mut Spool, since: Option<Timestamp>) -> Result<(), Trouble> {
        let mut ask = Ask::all(spool.kind());
        if let Some(since) = since {
            ask = ask.changed_since(since);
        }
        let mut pages = self.client.resume(ask, spool.reached.place.clone())?;
        while let Some(page) = self.wait(pages.next())? {
            for record in page.records() {
                match record {
                    Ok(mut record) => spool.add(&mut record)?,
                    Err(_) => spool.reached.unreadable += 1,
                }
            }
            spool.keep(pages.place().clone())?;
        }
        if since.is_none() && spool.reached.records > 0 {
            self.wait(pages.confirm())?;
        }
        let ending = pages.ending(spool.reached.twice);
        let mut doubts: Vec<String> = ending.doubts.iter().map(|doubt| doubt.sentence().to_owned()).collect();
        if spool.reached.unreadable > 0 {
            doubts.push(format!("{} records could not be read", spool.reached.unreadable));
        }
        Ok(spool.end(doubts)?)
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
