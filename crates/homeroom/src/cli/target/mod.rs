//! `homeroom target`: where the roster is carried to.

mod carry;
mod flags;
mod set;

use super::app::as_seen;
use super::setting::{Setting, who};
use crate::output::{Failure, Status};
use crate::system::System;
use crate::targets::{self, Adopt, At, KINDS, Kind, common, given};
use flags::{Flags, name};
use homeroom_store::access::Audit;
use homeroom_store::{Roster, Target as Stored, Turn};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;

/// Where the roster is carried to: Moodle, and sets of files
#[derive(Debug, clap::Subcommand)]
pub(super) enum Target {
    /// Add a target; nothing is carried there before a push
    Add {
        /// What people call it: letters, digits, - and _
        #[arg(value_parser = name)]
        name: String,
        /// What it is
        #[arg(long, value_parser = KINDS.iter().map(|kind| kind.name()).collect::<Vec<_>>())]
        kind: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// Change what is set for a target
    Edit {
        /// Its name
        name: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// List the targets
    List,
    /// Show what is set for a target, and what may be
    Show {
        /// Its name
        name: String,
    },
    /// Try the way to a target, and say what is missing; nothing is written
    Test {
        /// Its name
        name: String,
    },
    /// Carry the roster there: only what differs from the last push is sent
    Push {
        /// Its name
        name: String,
        /// Show what would be done, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Write a line for each person and thing: created, updated (which
        /// fields), skipped (why)
        #[arg(short, long)]
        verbose: bool,
        /// Share of accounts or enrolments that may be ended, in percent, before
        /// the push is held
        #[arg(long, value_name = "PERCENT", value_parser = crate::intake::words::percent)]
        max_removed: Option<f64>,
        /// Ask the target what is there of what was sent, and say what differs; on
        /// a terminal you are asked whether it is to be repaired by a push. Ends
        /// with 1 if something differs and was not repaired
        #[arg(long, conflicts_with = "dry_run")]
        verify: bool,
        /// Send again what cannot be asked for, too: roles of guardians and staff, and
        /// days of enrolments. Where they stand nothing changes by it
        #[arg(long, requires = "verify")]
        resend: bool,
        /// Repair what differs without asking
        #[arg(long, requires = "verify")]
        yes: bool,
    },
    /// Take the last push back: what it made is suspended or hidden, what it
    /// changed is as before. Without --yes the plan is shown and, on a terminal,
    /// you are asked
    Undo {
        /// Its name
        name: String,
        /// Show what would be done, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Take it back without asking
        #[arg(long)]
        yes: bool,
        /// Write a line for each person and thing
        #[arg(short, long)]
        verbose: bool,
    },
    /// Take over what is there already: it is known again by its identifiers
    Adopt {
        /// Its name
        name: String,
        /// By what people are known again: idnumber, username, email
        #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
        by: Vec<String>,
        /// What made it: enrol_oneroster, Moodle's own plugin
        #[arg(long, value_name = "WHAT")]
        from: Option<String>,
        /// Show what would be taken over, and keep nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove a target here, and say what stays there
    Remove {
        /// Its name
        name: String,
    },
}

impl Target {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let roster = setting.roster()?;
        let named = |name| Named { setting, roster: &roster, name, opened: true };
        match self {
            Target::Add { name, kind, flags } => set::add(setting, &roster, name, targets::kind(kind)?, flags),
            Target::Edit { name, flags } => set::edit(setting, &roster, name, flags),
            Target::List => set::list(setting, &roster),
            Target::Show { name } => set::show(setting, &roster, &stored(&roster, name)?),
            Target::Test { name } => named(name).at(|kind, at| {
                let ended = kind.test(at)?;
                setting.output.result(&ended.document, &ended.text)?;
                Ok(ended.status)
            }),
            Target::Push { name, dry_run, verbose, max_removed, verify, resend, yes } => {
                named(name).alone(|kind, at| match verify {
                    true => carry::verify(setting, kind, at, *resend, (*yes, *verbose, *max_removed)),
                    false => carry::push(setting, kind, at, (*dry_run, *verbose, *max_removed)),
                })
            }
            Target::Undo { name, dry_run, yes, verbose } => {
                named(name).alone(|kind, at| carry::undo(setting, kind, at, (*dry_run, *yes, *verbose)))
            }
            Target::Adopt { name, by, from, dry_run } => {
                let how = Adopt { dry_run: *dry_run, by: by.clone(), from: from.clone() };
                named(name).alone(|kind, at| carry::adopt(setting, kind, at, &how))
            }
            Target::Remove { name } => {
                Named { opened: false, ..named(name) }.alone(|kind, at| set::remove(setting, kind, at))
            }
        }
    }
}

fn stored(roster: &Roster, name: &str) -> Result<Stored, Failure> {
    roster.target(name)?.ok_or_else(|| {
        let message = format!("there is no target {name:?}");
        Failure {
            code: "not_found",
            message,
            hint: Some("see those that are with: homeroom target list".into()),
            status: 1,
        }
    })
}

/// A target that a command is about.
struct Named<'a> {
    setting: &'a Setting,
    roster: &'a Roster,
    name: &'a str,
    /// Whether its secret is wanted, too.
    opened: bool,
}

impl Named<'_> {
    /// Does something with the target.
    fn at<T>(&self, act: impl FnOnce(&dyn Kind, &At<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let (setting, roster) = (self.setting, self.roster);
        let target = stored(roster, self.name)?;
        let secret = if self.opened { self.secret(&target)? } else { None };
        let (kind, given, now) = (targets::kind(&target.kind)?, given(&target)?, setting.now());
        let zone = common::zone(roster, &given)?;
        let given = common::own(kind, &given, &zone);
        let sees = |app: &str| as_seen(setting, roster, app).map(|(_, seen)| seen);
        let output = setting.output;
        let at = At { roster, target: &target, given, zone, secret, sees: &sees, now, outside: &System, output };
        act(kind, &at)
    }

    /// Does something that only one process may do with a target at a time. What it
    /// writes here is refused from the moment that another one has the turn; the
    /// target is read under it, for another push may have ended a moment ago.
    fn alone<T>(&self, act: impl FnOnce(&dyn Kind, &At<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        stored(self.roster, self.name)?;
        let turn = self.turn()?;
        Named { roster: &self.roster.under(&turn), ..*self }.at(act)
    }

    fn secret(&self, target: &Stored) -> Result<Option<SecretString>, Failure> {
        if target.sealed.is_empty() {
            return Ok(None);
        }
        let access = self.setting.access(&self.setting.database()?)?;
        let opened = access.key().unseal(&Stored::context(self.setting.tenant(), self.name), &target.sealed)?;
        Ok(Some(SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned())))
    }

    fn turn(&self) -> Result<Turn, Failure> {
        let name = self.name;
        Turn::take_of(&self.setting.database()?, self.setting.tenant(), &format!("target-{name}"))?.ok_or_else(|| {
            let message = format!("another push to {name} is under way");
            Failure { code: "busy", message, hint: Some("try again when it has ended".to_owned()), status: 1 }
        })
    }
}

fn note(setting: &Setting, action: &str, name: &str, detail: &str) -> Result<(), Failure> {
    let audit = Audit::open(&setting.database()?, setting.tenant(), Arc::new(System))?;
    Ok(audit.note(&who(), action, &format!("target {name}"), detail)?)
}
