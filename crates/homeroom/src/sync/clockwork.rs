//! What fetches sources by their schedules beside a server, and lets targets
//! follow the roster.
//!
//! Every node of an installation looks; the turn of a source lets one of them
//! fetch it, and its state says that its time was heeded.

use super::notify::{Outcome, What};
use super::quiet::Quiet;
use super::source::NOTIFY_SECRET;
use super::state::{Last, State};
use super::{Follow, Puller, Source};
use crate::days;
use crate::mail::Mail;
use crate::output::Failure;
use crate::targets::common::{self, MAIL_TO, NOTIFY, NOTIFY_URL};
use crate::targets::hook;
use homeroom_store::access::{Access, EVERY_TENANT};
use homeroom_store::{DatabaseUrl, Roster, Rosters, Target, Tenants};
use secrecy::SecretString;
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
#[derive(Clone)]
pub struct Works {
    /// The database.
    pub database: DatabaseUrl,
    /// The rosters of its tenants.
    pub rosters: Arc<Rosters>,
    /// The applications and the key: of one tenant, or of every one.
    pub access: Access,
    /// Where what is fetched may be kept if it cannot lie beside the database.
    pub room: Option<PathBuf>,
    /// What takes letters to people, if the installation has it.
    pub mail: Option<Mail>,
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
            self.look();
        }
    }

    /// Fetches what is due, and lets targets follow. What fails is logged, and
    /// keeps nothing else from being done.
    fn look(&self) {
        let tenants = match self.tenants() {
            Ok(tenants) => tenants,
            Err(failure) => return tracing::error!("schedules could not be looked at: {failure}"),
        };
        for tenant in tenants {
            // One that is removed meanwhile needs nothing any more.
            if let Err(failure) = self.look_at(&tenant)
                && failure.code != "not_found"
            {
                tracing::error!(tenant, "its schedules could not be looked at: {failure}");
            }
        }
    }

    fn look_at(&self, tenant: &str) -> Result<(), Failure> {
        let access = self.access.within(tenant);
        // Nothing comes to a district that is suspended, and nothing goes out of it.
        if access.suspended()?.is_some() {
            return Ok(());
        }
        let roster = self.rosters.get(tenant)?;
        let zone = days::zone(&roster)?;
        for feed in roster.feeds()? {
            let name = feed.name.clone();
            let due =
                Source::of(feed, zone.clone()).and_then(|source| Ok(source.is_due(access.now())?.then_some(source)));
            match due {
                Ok(None) => {}
                Ok(Some(source)) => self.fetch(&roster, &access, &source),
                Err(failure) => tracing::warn!(tenant, source = name, "its schedule cannot be followed: {failure}"),
            }
        }
        self.follow(&roster, &access)
    }

    /// Carries the roster to the targets whose time has come, and to those that
    /// lack its last change, whoever made it.
    fn follow(&self, roster: &Roster, access: &Access) -> Result<(), Failure> {
        let follow = Follow { database: &self.database, roster, access, who: NAME };
        for target in follow.due()? {
            self.carried(access, &target, follow.scheduled(&target.name));
        }
        for (target, version) in follow.behind()? {
            self.carried(access, &target, follow.one(&target.name, version));
        }
        Ok(())
    }

    /// Tells what a push came to.
    fn carried(&self, access: &Access, target: &Target, done: Result<Option<(bool, String)>, Failure>) {
        let (tenant, name) = (access.tenant(), &target.name);
        let (came, said) = match done {
            Ok(None) => return,
            Ok(Some((true, said))) => {
                tracing::info!(tenant, target = name, "it followed");
                ("pushed", said)
            }
            Ok(Some((false, said))) => {
                tracing::warn!(tenant, target = name, "it could not follow: {said}");
                ("held", said)
            }
            Err(failure) if failure.code == "busy" => return,
            Err(failure) => {
                tracing::warn!(tenant, target = name, "it could not follow: {failure}");
                (if failure.code == "held" { "held" } else { "failed" }, failure.message)
            }
        };
        let outcome = Outcome {
            tenant: tenant.to_owned(),
            what: What::Target,
            name: name.clone(),
            came: came.to_owned(),
            said,
            run: None,
            at: access.now(),
            moved: [0; 3],
        };
        let given = crate::targets::given(target).unwrap_or_default();
        let before = common::State::of(target).last;
        let notify = common::value(&given, &NOTIFY);
        self.write(&outcome, common::value(&given, &MAIL_TO), notify, before.as_ref());
        tell(common::value(&given, &NOTIFY_URL), notify, || hook::secret(access, target), outcome);
    }

    /// Writes to people, if somebody is to be told. What was told is not told
    /// again as long as nothing else comes of it.
    fn write(&self, outcome: &Outcome, to: Option<&str>, notify: Option<&str>, before: Option<&Last>) {
        let (Some(to), true) = (to, outcome.is_wanted(notify)) else { return };
        let known = before.is_some_and(|last| last.came == outcome.came && last.came == "failed");
        if known && notify != Some("all") {
            return;
        }
        let (what, name, tenant) = (outcome.what.word(), outcome.name.clone(), outcome.tenant.clone());
        let Some(mail) = self.mail.clone() else {
            return tracing::warn!(
                tenant,
                what,
                name,
                "nobody could be written to: the configuration names no mail server"
            );
        };
        let letter = outcome.letter(to);
        aside("mail", move || {
            if let Err(why) = mail.send(&letter) {
                tracing::warn!(tenant, what, name, "nobody could be written to: {why}");
            }
        });
    }

    fn tenants(&self) -> Result<Vec<String>, Failure> {
        match self.access.tenant() {
            EVERY_TENANT => Ok(Tenants::of(&self.database).busy()?),
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
            what: What::Source,
            name: name.to_owned(),
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
        outcome.at = access.now();
        let before = State::of(&source.feed).last;
        self.write(&outcome, source.text("mail-to"), source.text("notify"), before.as_ref());
        let secret = || source.secret(access, NOTIFY_SECRET);
        tell(source.text("notify-url"), source.text("notify"), secret, outcome);
    }
}

/// Tells a webhook of what ran, without keeping the next one waiting.
fn tell(
    url: Option<&str>,
    notify: Option<&str>,
    secret: impl FnOnce() -> Result<Option<SecretString>, Failure>,
    outcome: Outcome,
) {
    let Some(url) = url.filter(|_| outcome.is_wanted(notify)).map(str::to_owned) else { return };
    let secret = secret();
    aside("notify", move || {
        let done = secret.map_err(|failure| failure.message).and_then(|secret| outcome.tell(&url, secret.as_ref()));
        if let Err(why) = done {
            let (tenant, what, name) = (&outcome.tenant, outcome.what.word(), &outcome.name);
            tracing::warn!(tenant, what, name, "nobody could be told of what ran: {why}");
        }
    });
}

/// Does something in a thread of its own, which keeps nobody waiting.
fn aside(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::warn!("nobody could be told of what ran: {error}");
    }
}

impl std::fmt::Debug for Works {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Works").field("database", &self.database).finish_non_exhaustive()
    }
}
