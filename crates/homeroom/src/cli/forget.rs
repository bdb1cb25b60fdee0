//! `homeroom forget`: everything that is kept of a person.

use super::setting::who;
use super::turn::Wait;
use super::{Setting, ask};
use crate::intake::Ended;
use crate::intake::forget::{Beside, Person, forget, is_known};
use crate::output::{Failure, Status};
use crate::system::System;
use homeroom_store::access::Audit;
use homeroom_store::{DatabaseUrl, Forgotten, Roster, Target};
use homeroom_targets::moodle::What;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// So many who came again are named.
const NAMED: usize = 20;

/// Forget a person: remove them from the roster, its history, kept packages and
/// findings; this cannot be undone
///
/// Bare tombstones stay, identifiers without anything else, so that applications
/// delete the person, too. The audit keeps a digest, by which the person is known
/// again if a package brings them again: take them out of the student information
/// system first.
#[derive(Debug, clap::Args)]
pub(super) struct Forget {
    /// The sourcedId of the person; `homeroom find` tells it
    #[arg(long, value_name = "ID")]
    user: String,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    wait: Wait,
}

impl Forget {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let database = setting.database()?;
        let (_turn, roster) = self.wait.roster(setting)?;
        // Without the key nothing could be noted in the audit.
        let access = setting.access(&database)?;
        let person = Person::of(&roster, &self.user)?;
        if person.records.is_empty() && !is_known(&roster, &person)? {
            return Err(Failure {
                code: "not_found",
                message: "no person of this sourcedId is in the roster, its history, or what is kept of runs"
                    .to_owned(),
                hint: Some("look for the sourcedId with: homeroom find NAME".to_owned()),
                status: 1,
            });
        }
        if !self.yes
            && !ask::yes(&format!("Forget this person with {} records? It cannot be undone.", person.records.len()))
        {
            return Err(Failure::refused("nobody was forgotten").hint("to do it without being asked, add --yes"));
        }
        // The roster comes last: while it has the person, all of this can be
        // done again.
        let beside = forget(&roster, &person, folder(&database).as_deref())?;
        access.forget_disclosures(&self.user, &person.texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        let done = roster.forget(&self.user, setting.now())?;
        let held = held(&roster, &self.user)?;
        access.forgot(&who(), &self.user, &detail(&done, &beside))?;
        setting.output.result(&document(&self.user, &done, &beside, &held), &text(&done, &beside, &held, &database))?;
        Ok(Status::Done)
    }
}

/// The folder in which the database lies, if it is a file.
fn folder(database: &DatabaseUrl) -> Option<std::path::PathBuf> {
    let DatabaseUrl::Sqlite(path) = database else { return None };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Some(parent.unwrap_or(Path::new(".")).to_owned())
}

/// What the audit says: numbers alone.
fn detail(done: &Forgotten, beside: &Beside) -> String {
    let records: u64 = done.records.values().sum();
    format!(
        "{records} records; packages of {} runs rewritten, of {} dropped; {} findings",
        beside.rewritten.len(),
        beside.dropped.len(),
        beside.findings
    )
}

/// A target, and the number that the person has there, if any is known.
type Held = (Target, Option<i64>);

/// The targets, which may hold the person. What is known of them there stays, so
/// that the next push ends their account.
fn held(roster: &Roster, user: &str) -> Result<Vec<Held>, Failure> {
    let mut all = Vec::new();
    for target in roster.targets()? {
        let moodle = target.kind == "moodle";
        let entry = roster.ledger_entry(&target.name, What::User.number(), user)?.filter(|_| moodle);
        let number = entry.map(|entry| entry.number).filter(|number| *number > 0);
        // A Moodle tells exactly; of sets of files, nobody knows who took them.
        if number.is_some() || !moodle {
            all.push((target, number));
        }
    }
    Ok(all)
}

fn document(user: &str, done: &Forgotten, beside: &Beside, held: &[Held]) -> serde_json::Value {
    json!({
        "user": user,
        "records": done.records,
        "named_by": done.named_by,
        "published": done.published.map(|at| at.to_string()),
        "packages": { "rewritten": beside.rewritten, "dropped": beside.dropped },
        "findings": beside.findings,
        "mappings": beside.mappings.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "targets": held
            .iter()
            .map(|(target, number)| json!({ "target": target.name, "kind": target.kind, "number": number }))
            .collect::<Vec<_>>(),
    })
}

fn text(done: &Forgotten, beside: &Beside, held: &[Held], database: &DatabaseUrl) -> String {
    let mut text = "Forgotten.\n".to_owned();
    let records: Vec<String> = done.records.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let records = if records.is_empty() { "nothing was left of them".to_owned() } else { records.join(", ") };
    let mut line = |what: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {what:<10} {value}");
        }
    };
    line("roster", &format!("{records}; bare tombstones stay, so that applications delete them, too"));
    if done.named_by > 0 {
        line("others", &format!("{} records no longer name them", done.named_by));
    }
    let runs = |all: &[i64]| all.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    if !beside.rewritten.is_empty() {
        line("packages", &format!("their rows were taken out of those of runs {}", runs(&beside.rewritten)));
    }
    if !beside.dropped.is_empty() {
        line(
            "packages",
            &format!("those of runs {} could not be rewritten and were dropped whole", runs(&beside.dropped)),
        );
    }
    if beside.findings > 0 {
        line("findings", &format!("{} about them are gone", beside.findings));
    }
    for mapping in &beside.mappings {
        line("mapping", &format!("{} no longer names them", mapping.display()));
    }
    if held.is_empty() {
        line("targets", "none is known to hold them");
    }
    for (target, number) in held {
        let name = &target.name;
        match number {
            Some(number) => line(
                "target",
                &format!(
                    "{name} holds them as number {number}: push to it, which suspends the account, and delete it there"
                ),
            ),
            None => line("target", &format!("{name} may hold them: push to it, and delete there what was taken in")),
        }
    }
    line(
        "elsewhere",
        "packages, exports, reports and backups in other places are not known here; delete them yourself",
    );
    if matches!(database, DatabaseUrl::Postgres(_)) {
        line("server", "PostgreSQL frees the old rows at its next VACUUM; its own backups and logs keep them longer");
    }
    line("next", "if the student information system still sends them, the next import brings them again");
    text
}

/// Tells if a package brought people again who were forgotten.
pub(super) fn tell_of_forgotten(setting: &Setting, roster: &Roster, ended: &Ended) {
    let Some(published) = ended.published else { return };
    // Without applications and key nobody can have been forgotten, and a run
    // that is written is not to fail by it.
    let Ok(database) = setting.database() else { return };
    if database.beside("access").is_some_and(|path| !path.exists()) {
        return;
    }
    // Most have forgotten nobody, and need no key to know it.
    let audit = Audit::open(&database, setting.tenant(), Arc::new(System));
    if !audit.and_then(|audit| audit.has_forgotten()).unwrap_or(true) {
        return;
    }
    let Ok(access) = setting.access(&database) else { return };
    let Ok(forgotten) = access.forgotten() else { return };
    if forgotten.is_empty() {
        return;
    }
    let (mut count, mut named) = (0, Vec::new());
    let looked = roster.people_of(published, &mut |id| {
        if forgotten.has(id) {
            count += 1;
            if named.len() < NAMED {
                named.push(id.to_owned());
            }
        }
    });
    if looked.is_ok() && count > 0 {
        setting.output.note(&format!(
            "note: {count} who were forgotten came again with this package: {}. Take them out of the student \
             information system, and forget them again.",
            named.join(", ")
        ));
    }
}
