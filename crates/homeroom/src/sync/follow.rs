//! What follows a change of the roster: targets are told of it.
//!
//! A target follows once it was pushed by hand: then somebody has seen its plan.
//! Whether it has anything to learn is seen by the version that it got last, so
//! that it matters not who changed the roster, and how.

use crate::days;
use crate::export::AsSeen;
use crate::output::{Failure, Output, Status};
use crate::system::System;
use crate::targets::{self, At, Push};
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
    /// The targets that follow and lack the last change, and the version of that.
    /// What applications write is no reason: grades come all day, and are taken
    /// along by the next push.
    ///
    /// # Errors
    /// As the store says.
    pub fn behind(&self) -> Result<Vec<(Target, Timestamp)>, Failure> {
        let mut targets = self.roster.targets()?;
        targets.retain(|target| target.pushed.is_some());
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let Some(version) = self.roster.published()?.rostered else { return Ok(Vec::new()) };
        let late = targets.into_iter().filter(|target| is_behind(target, version));
        Ok(late.map(|target| (target, version)).collect())
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
        let (roster, access, tenant) = (self.roster, self.access, self.access.tenant());
        let Some(_turn) = Turn::take_of(self.database, tenant, &format!("target-{name}"))? else {
            return Err(Failure { code: "busy", ..Failure::refused("another push is under way") });
        };
        let Some(target) = roster.target(name)?.filter(|target| is_behind(target, version)) else { return Ok(None) };
        let secret = match target.sealed.as_slice() {
            [] => None,
            sealed => {
                let opened = access.key().unseal(&Target::context(tenant, name), sealed)?;
                Some(SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned()))
            }
        };
        let sees = |app: &str| as_seen(roster, access, app);
        let (given, output) = (targets::given(&target)?, Output { json: true });
        let at =
            At { roster, target: &target, given, secret, sees: &sees, now: access.now(), outside: &System, output };
        let mut push = Push { dry_run: false, max_removed: None, lines: &mut |_| {} };
        let ended = targets::kind(&target.kind)?.push(&at, &mut push)?;
        if ended.pushed.is_some() {
            roster.edit_target(&Target { pushed: ended.pushed, ..target.clone() })?;
            let subject = format!("target {name}");
            access.audit().note(self.who, "target push", &subject, &ended.document["plan"].to_string())?;
        }
        Ok(Some((ended.status == Status::Done, ended.text.trim_end().to_owned())))
    }
}

/// Whether a target was pushed, and lacks a version.
fn is_behind(target: &Target, version: Timestamp) -> bool {
    target.pushed.is_some_and(|pushed| pushed < version)
}

/// What an application may see.
fn as_seen(roster: &Roster, access: &Access, name: &str) -> Result<AsSeen, Failure> {
    let (app, now) = (access.app(name)?, access.now());
    let today = days::today(roster, &app.bounds, now)?;
    let view = roster.view(&app.client_id, &app.bounds, now, today)?;
    let mask = access.mask(access.tenant(), &app.client_id)?;
    Ok(AsSeen { view, cover: app.cover.clone(), mask, spelled: app.bounds.spells_ids() })
}

impl std::fmt::Debug for Follow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("who", &self.who).finish_non_exhaustive()
    }
}
