//! What follows a change of the roster: targets are told of it.
//!
//! A target follows once it was pushed by hand: then somebody has seen its plan.
//! Whether it has anything to learn is seen by the version that it got last, so
//! that it matters not who changed the roster, and how.

use crate::admin::preview::as_seen;
use crate::output::{Failure, Output, Status};
use crate::system::System;
use crate::targets::common::{self, State};
use crate::targets::{self, At, Ended, Push};
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, Roster, Target, Turn};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

/// What carries a roster to the targets that follow it. It is used by whoever
/// has no turn any more.
#[derive(Clone, Copy)]
pub struct Follow<'a> {
    /// The database.
    pub database: &'a DatabaseUrl,
    /// Its roster.
    pub roster: &'a Roster,
    /// The applications and the key, of the tenant.
    pub access: &'a Access,
    /// By which name the audit knows who does it.
    pub who: &'a str,
}

impl Follow<'_> {
    /// The targets that follow and lack the last change, and the version of that;
    /// one that could not follow a while ago waits. What applications write is no reason: grades come all day, and are taken
    /// along by the next push. One with a schedule of its own waits for that.
    ///
    /// # Errors
    /// As the store says.
    pub fn behind(&self) -> Result<Vec<(Target, Timestamp)>, Failure> {
        let mut targets = self.roster.targets()?;
        targets.retain(|target| target.pushed.is_some() && !has_schedule(target));
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let Some(version) = self.roster.published()?.rostered else { return Ok(Vec::new()) };
        let now = self.access.now();
        let late = targets.into_iter().filter(|target| is_to_follow(target, version, now));
        Ok(late.map(|target| (target, version)).collect())
    }

    /// The targets whose time has come: also where nothing has changed, for
    /// enrollments begin and end by the day.
    ///
    /// # Errors
    /// As the store says.
    pub fn due(&self) -> Result<Vec<Target>, Failure> {
        let mut targets = self.roster.targets()?;
        targets.retain(|target| target.pushed.is_some());
        let mut due = Vec::new();
        for target in targets {
            if self.is_due(&target)? {
                due.push(target);
            }
        }
        Ok(due)
    }

    fn is_due(&self, target: &Target) -> Result<bool, Failure> {
        Ok(common::due(self.roster, target, self.access.now())?.is_some_and(|(now, _)| now))
    }

    /// Carries the roster to every target that is behind, one after the other, and
    /// tells of each how it ended: its name, whether it was done, and a sentence.
    ///
    /// # Errors
    /// As the store says; what keeps a target from following is told, and the next
    /// one follows all the same.
    pub fn all(&self, tell: &mut dyn FnMut(&str, bool, &str)) -> Result<(), Failure> {
        for (target, version) in self.behind()? {
            match self.one(&target.name, version) {
                Ok(None) => {}
                Ok(Some((done, said))) => tell(&target.name, done, &said),
                Err(failure) => tell(&target.name, false, &failure.message),
            }
        }
        Ok(())
    }

    /// Carries the roster to one target: whether it was done, and a sentence; none
    /// if another process was quicker.
    ///
    /// # Errors
    /// `busy` if another push is under way, and whatever keeps it from following.
    pub fn one(&self, name: &str, version: Timestamp) -> Result<Option<(bool, String)>, Failure> {
        let turn = self.turn(name)?;
        let roster = &self.roster.under(&turn);
        let now = self.access.now();
        let Some(target) = roster.target(name)?.filter(|target| is_to_follow(target, version, now)) else {
            return Ok(None);
        };
        State::trying(&target, version, now, roster)?;
        let ended = Follow { roster, ..*self }.carry(&target);
        if ended.as_ref().is_err_and(|failure| failure.code == "busy") {
            // It was us who had no room for it; that is soon over.
            State::try_at_once(roster, name)?;
        }
        let ended = ended?;
        Ok(Some((ended.status == Status::Done, ended.text.trim_end().to_owned())))
    }

    /// The same for one whose time has come.
    ///
    /// # Errors
    /// As [`Follow::one`].
    pub fn scheduled(&self, name: &str) -> Result<Option<(bool, String)>, Failure> {
        let turn = self.turn(name)?;
        let roster = &self.roster.under(&turn);
        let Some(target) = roster.target(name)? else { return Ok(None) };
        if !self.is_due(&target)? {
            return Ok(None);
        }
        // Heeded before it is done: what kills us is not tried again and again.
        State { heeded: Some(self.access.now().0), ..State::of(&target) }.keep(roster, name)?;
        let ended = Follow { roster, ..*self }.carry(&target)?;
        Ok(Some((ended.status == Status::Done, ended.text.trim_end().to_owned())))
    }

    fn turn(&self, name: &str) -> Result<Turn, Failure> {
        Turn::take_of(self.database, self.access.tenant(), &format!("target-{name}"))?
            .ok_or_else(|| Failure { code: "busy", ..Failure::refused("another push is under way") })
    }

    /// Pushes, and notes what came of it.
    fn carry(&self, target: &Target) -> Result<Ended, Failure> {
        let (access, now) = (self.access, self.access.now());
        let ended = self.push(target, now);
        targets::note(self.roster, target, &ended, now)?;
        let ended = ended?;
        if ended.pushed.is_some() {
            let subject = format!("target {}", target.name);
            access.audit().note(self.who, "target push", &subject, &ended.document["plan"].to_string())?;
        }
        Ok(ended)
    }

    fn push(&self, target: &Target, now: Timestamp) -> Result<Ended, Failure> {
        let (roster, access) = (self.roster, self.access);
        let secret = match target.sealed.as_slice() {
            [] => None,
            sealed => {
                let opened = access.key().unseal(&Target::context(access.tenant(), &target.name), sealed)?;
                Some(SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned()))
            }
        };
        let sees = |app: &str| as_seen(access, roster, &access.app(app)?);
        let (kind, given, output) = (targets::kind(&target.kind)?, targets::given(target)?, Output { json: true });
        let zone = common::zone(roster, &given)?;
        let given = common::own(kind, &given, &zone);
        let at = At { roster, target, given, zone, secret, sees: &sees, now, outside: &System, output };
        kind.push(&at, &mut Push { dry_run: false, max_removed: None, lines: &mut |_| {} })
    }
}

/// Whether a target was pushed, lacks a version, and need not wait.
fn is_to_follow(target: &Target, version: Timestamp, now: Timestamp) -> bool {
    target.pushed.is_some_and(|pushed| pushed < version) && !State::waits(target, version, now)
}

/// Whether a target has times of its own.
fn has_schedule(target: &Target) -> bool {
    targets::given(target).is_ok_and(|given| common::value(&given, &common::SCHEDULE).is_some())
}

impl std::fmt::Debug for Follow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("who", &self.who).finish_non_exhaustive()
    }
}
