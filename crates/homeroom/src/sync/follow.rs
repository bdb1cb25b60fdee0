//! What follows a run that was applied: targets are told of it.
//!
//! A target follows once it was pushed by hand: then somebody has seen its plan.

use crate::days;
use crate::export::AsSeen;
use crate::output::{Failure, Output, Status};
use crate::system::System;
use crate::targets::{self, At, Push};
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, Roster, Target, Turn};
use secrecy::{ExposeSecret as _, SecretString};

/// Carries the roster to every target that follows, one after the other, and
/// tells of each how it ended: its name, whether it was done, and a sentence.
/// It is called by whoever has no turn any more.
///
/// # Errors
/// As the store says; what keeps a target from following is told, and the next
/// one follows all the same.
pub fn follow(
    database: &DatabaseUrl,
    roster: &Roster,
    access: &Access,
    who: &str,
    tell: &mut dyn FnMut(&str, bool, &str),
) -> Result<(), Failure> {
    for target in roster.targets()?.into_iter().filter(|target| target.pushed.is_some()) {
        match push(database, roster, access, who, &target) {
            Ok((status, text)) => tell(&target.name, status == Status::Done, text.trim_end()),
            Err(failure) => tell(&target.name, false, &failure.message),
        }
    }
    Ok(())
}

fn push(
    database: &DatabaseUrl,
    roster: &Roster,
    access: &Access,
    who: &str,
    target: &Target,
) -> Result<(Status, String), Failure> {
    let tenant = access.tenant();
    let Some(_turn) = Turn::take_of(database, tenant, &format!("target-{}", target.name))? else {
        return Err(Failure::refused("another push is under way"));
    };
    let secret = match target.sealed.as_slice() {
        [] => None,
        sealed => {
            let opened = access.key().unseal(&Target::context(tenant, &target.name), sealed)?;
            Some(SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned()))
        }
    };
    let sees = |app: &str| as_seen(roster, access, app);
    let (given, output) = (targets::given(target)?, Output { json: true });
    let at = At { roster, target, given, secret, sees: &sees, now: access.now(), outside: &System, output };
    let mut push = Push { dry_run: false, max_removed: None, lines: &mut |_| {} };
    let ended = targets::kind(&target.kind)?.push(&at, &mut push)?;
    if ended.pushed.is_some() {
        roster.edit_target(&Target { pushed: ended.pushed, ..target.clone() })?;
        let subject = format!("target {}", target.name);
        access.audit().note(who, "target push", &subject, &ended.document["plan"].to_string())?;
    }
    Ok((ended.status, ended.text))
}

/// What an application may see.
fn as_seen(roster: &Roster, access: &Access, name: &str) -> Result<AsSeen, Failure> {
    let (app, now) = (access.app(name)?, access.now());
    let today = days::today(roster, &app.bounds, now)?;
    let view = roster.view(&app.client_id, &app.bounds, now, today)?;
    let mask = access.mask(access.tenant(), &app.client_id)?;
    Ok(AsSeen { view, cover: app.cover.clone(), mask })
}
