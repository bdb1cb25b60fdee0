//! What fetches sources by their schedules, beside a server.
//!
//! Every node of an installation looks; the turn of a source lets one of them
//! fetch it, and its state says that its time was heeded.

use super::notify::Outcome;
use super::source::NOTIFY_SECRET;
use super::{Puller, Source, follow};
use crate::intake::{Step, Watcher};
use crate::output::Failure;
use homeroom_store::access::{Access, EVERY_TENANT};
use homeroom_store::intake::Plan;
use homeroom_store::{DatabaseUrl, Roster, Rosters, Tenants};
use oneroster::validate::Report;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often schedules are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How long a scheduled fetch waits for another run.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// By which name runs and the audit know it.
const NAME: &str = "schedule";

/// Fetches as long as it lives.
#[derive(Debug)]
pub struct Clockwork {
    /// Ends with this.
    _stop: Sender<()>,
}

/// What it is given.
pub struct Works {
    /// The database.
    pub database: DatabaseUrl,
    /// The rosters of its tenants.
    pub rosters: Arc<Rosters>,
    /// The applications and the key: of one tenant, or of every one.
    pub access: Access,
    /// Where what is fetched may be kept if it cannot lie beside the database.
    pub room: Option<PathBuf>,
}

impl Clockwork {
    /// Begins in a thread of its own, which does not keep a process from ending.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(works: Works) -> std::io::Result<Clockwork> {
        let (stop, stopped) = channel();
        std::thread::Builder::new().name("schedules".into()).spawn(move || works.run(&stopped))?;
        Ok(Clockwork { _stop: stop })
    }
}

impl Works {
    fn run(&self, stopped: &Receiver<()>) {
        while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            if let Err(failure) = self.look() {
                tracing::error!("schedules could not be looked at: {failure}");
            }
        }
    }

    /// Fetches what is due.
    ///
    /// # Errors
    /// If the store cannot be asked; what a fetch fails by is logged.
    pub fn look(&self) -> Result<(), Failure> {
        for tenant in self.tenants()? {
            let roster = self.rosters.get(&tenant)?;
            let access = self.access.within(&tenant);
            for feed in roster.feeds()? {
                let name = feed.name.clone();
                let due = Source::of(feed).and_then(|source| Ok(source.is_due(access.now())?.then_some(source)));
                match due {
                    Ok(None) => {}
                    Ok(Some(source)) => self.fetch(&roster, &access, &source),
                    Err(failure) => tracing::warn!(tenant, source = name, "its schedule cannot be followed: {failure}"),
                }
            }
        }
        Ok(())
    }

    fn tenants(&self) -> Result<Vec<String>, Failure> {
        match self.access.tenant() {
            EVERY_TENANT => Ok(Tenants::of(&self.database).names()?),
            one => Ok(vec![one.to_owned()]),
        }
    }

    fn fetch(&self, roster: &Roster, access: &Access, source: &Source) {
        let (tenant, name) = (access.tenant(), source.name());
        let clock = || access.now();
        let puller = Puller {
            database: &self.database,
            roster,
            access,
            name: NAME,
            who: NAME,
            room: self.room.clone(),
            patience: PATIENCE,
            clock: &clock,
        };
        let mut quiet = Quiet { yes: source.text("approve") != Some("never") };
        let mut outcome = Outcome {
            tenant: tenant.to_owned(),
            source: name.to_owned(),
            came: "failed".to_owned(),
            said: String::new(),
            run: None,
            at: access.now(),
            moved: [0; 3],
        };
        match puller.scheduled(source, &mut quiet) {
            Ok(None) => return,
            Ok(Some(pulled)) => {
                let (came, said, run) = pulled.outcome();
                tracing::info!(tenant, source = name, came, run, "{said}");
                outcome = Outcome { came: came.to_owned(), said, run, moved: pulled.moved(), ..outcome };
            }
            Err(failure) if failure.code == "busy" => return,
            Err(failure) => {
                tracing::warn!(tenant, source = name, "it could not be fetched: {failure}");
                outcome.said = failure.message;
            }
        }
        if outcome.moved != [0; 3] {
            let mut told = |target: &str, done: bool, said: &str| match done {
                true => tracing::info!(tenant, target, "it followed"),
                false => tracing::warn!(tenant, target, "it could not follow: {said}"),
            };
            if let Err(failure) = follow(&self.database, roster, access, NAME, &mut told) {
                tracing::warn!(tenant, "targets could not follow: {failure}");
            }
        }
        outcome.at = access.now();
        tell(access, source.clone(), outcome);
    }
}

/// Tells of a fetch without keeping the next one waiting.
fn tell(access: &Access, source: Source, outcome: Outcome) {
    if source.text("notify-url").is_none() || !outcome.is_wanted(&source) {
        return;
    }
    let secret = source.secret(access, NOTIFY_SECRET);
    let told = std::thread::Builder::new().name("notify".into()).spawn(move || {
        let done = secret.map_err(|failure| failure.message).and_then(|secret| outcome.tell(&source, secret.as_ref()));
        if let Err(why) = done {
            tracing::warn!(source = outcome.source, "nobody could be told of its fetch: {why}");
        }
    });
    if let Err(error) = told {
        tracing::warn!("nobody could be told of a fetch: {error}");
    }
}

impl std::fmt::Debug for Works {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Works").field("database", &self.database).finish_non_exhaustive()
    }
}

/// Nobody watches, and what was approved beforehand is written.
struct Quiet {
    yes: bool,
}

impl Watcher for Quiet {
    fn step(&mut self, _: Step) {}

    fn plan(&mut self, _: &Plan, _: &Report) {}

    fn approved(&self) -> bool {
        self.yes
    }

    fn approve(&mut self) -> bool {
        false
    }
}
