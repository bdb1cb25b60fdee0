//! `homeroom key`: the key under which secrets are kept.

use super::setting::{Setting, who};
use crate::output::{Failure, Status};
use crate::sync::source;
use crate::system::System;
use crate::targets::common::State;
use crate::targets::hook;
use homeroom_store::access::{self, Access, KeyOrigin, former_key, next_key, replace_key};
use homeroom_store::{DEFAULT_TENANT, Roster, Target, Tenants};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The installation key, under which secrets are kept
#[derive(Debug, clap::Subcommand)]
pub(super) enum Key {
    /// Take another installation key, and seal every secret with it
    ///
    /// Applications keep their secrets and tokens, sources and targets their
    /// credentials. Stop `homeroom serve` before and start it again afterwards: what is
    /// running has the former key. If this is broken off, run it again. Backups that
    /// were made before need the former key.
    Rotate {
        /// The file for the new key, which is made if it is not there; needed where
        /// the key is given by HOMEROOM_KEY or HOMEROOM_KEY_FILE. Without it, the file
        /// beside the database is replaced
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

impl Key {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let Key::Rotate { to } = self;
        rotate(setting, to.as_deref())
    }
}

/// How many secrets were sealed anew.
#[derive(Default)]
struct Sealed {
    sources: usize,
    targets: usize,
}

fn rotate(setting: &Setting, to: Option<&Path>) -> Result<Status, Failure> {
    let database = setting.database()?;
    let (access, origin) = setting.access_by_key(&database, DEFAULT_TENANT)?;
    let beside = match origin {
        KeyOrigin::Found(path) | KeyOrigin::Made(path) => Some(path),
        KeyOrigin::Given => None,
    };
    let waits = waits(beside.as_deref(), to)?;
    let next = if waits.exists() {
        setting.output.note(&format!("Going on with the key in {}.", waits.display()));
        access::Key::read(&waits)?
    } else {
        access::Key::make(&waits, &System)?
    };
    if next.is(access.key()) {
        let message = format!("{} holds the key that is in use", waits.display());
        return Err(Failure::usage(message).hint("name a file that is not there yet; the new key is made in it"));
    }
    let mut sealed = Sealed::default();
    for name in Tenants::of(&database).names()? {
        let there = setting.of_tenant(&name);
        if there.has_roster()? {
            sealed.roster(&there.roster()?, &access.within(&name), &next)?;
        }
    }
    let applications = access.take_key(&who(), &next)?;
    if let Some(path) = beside.as_deref().filter(|_| to.is_none()) {
        replace_key(path)?;
    }
    let (file, former) = match (&beside, to) {
        (Some(path), None) => (path.clone(), Some(former_key(path))),
        _ => (waits, None),
    };
    let document = json!({
        "key": file,
        "former": former,
        "sealed": { "applications": applications, "sources": sealed.sources, "targets": sealed.targets },
    });
    let former = match &former {
        Some(former) => format!("is {}: move it to them", former.display()),
        None => "stays where it was: keep it with them, and give this program the new one from now on".to_owned(),
    };
    let text = format!(
        "The installation key is that of {} now. Sealed with it: the secrets of {applications} applications that sign, \
         {} sources and {} targets; all others go on as they are.\n\
         Start every `homeroom serve` anew. Backups made before need the former key, which {former}.",
        file.display(),
        sealed.sources,
        sealed.targets,
    );
    setting.output.result(&document, &text)?;
    Ok(Status::Done)
}

/// The file in which the next key waits until everything is sealed with it.
fn waits(beside: Option<&Path>, to: Option<&Path>) -> Result<PathBuf, Failure> {
    match (beside, to) {
        (_, Some(to)) => Ok(to.to_owned()),
        (None, None) => Err(Failure::usage("the installation key is given, so the new one needs a file of its own")
            .hint("name it by --to FILE; afterwards let HOMEROOM_KEY_FILE name it, too")),
        (Some(path), None) => {
            let former = former_key(path);
            if former.exists() && !next_key(path).exists() {
                let message = format!("{} is still there from the time before", former.display());
                let hint = "move it to the backups that were made under it, or remove it if there are none";
                return Err(Failure::refused(message).hint(hint));
            }
            Ok(next_key(path))
        }
    }
}

impl Sealed {
    /// Seals anew what a roster keeps.
    fn roster(&mut self, roster: &Roster, access: &Access, next: &access::Key) -> Result<(), Failure> {
        let again = |context: &str, sealed: &[u8]| access::again(access.key(), next, context, sealed, &System);
        for feed in roster.feeds()? {
            let Some(sealed) = &feed.sealed else { continue };
            self.sources += 1;
            if let Some(anew) = again(&source::context(access.tenant(), &feed.name), sealed)? {
                roster.keep_feed_sealed(&feed.name, &anew)?;
            }
        }
        for target in roster.targets()? {
            let name = &target.name;
            let mut state = State::of(&target);
            let hook = hook::sealed(&state);
            self.targets += usize::from(hook.is_some() || !target.sealed.is_empty());
            if !target.sealed.is_empty()
                && let Some(anew) = again(&Target::context(access.tenant(), name), &target.sealed)?
            {
                roster.keep_target_sealed(name, &anew)?;
            }
            if let Some(sealed) = hook
                && let Some(anew) = again(&hook::context(access.tenant(), name), &sealed)?
            {
                state.hook = Some(hook::kept(&anew));
                state.keep(roster, name)?;
            }
        }
        Ok(())
    }
}
