//! Sets of files as targets: School Data Sync, Apple School Manager, Canvas.

use super::out::{Goal, HOST_KEY, OUT, is_far};
use super::{At, Ended, Given, Key, Kind, Push};
use crate::export::AsSeen;
use crate::output::{Failure, Status};
use homeroom_store::{Entry, Roster};
use homeroom_targets::files::{
    Error, Finding, Format, Ledger, Nowhere, Out, Place, Report, Roll, Sent, Settings, Sight, Told, write,
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What is shown to an SFTP server.
pub(super) const SFTP_SECRET: &str = "the password or private key of the SFTP server";
/// So many records are named for people of each thing that was found.
const NAMED: usize = 5;

/// The kind of a format.
pub(super) struct Files(pub &'static Format);

impl Kind for Files {
    fn name(&self) -> &'static str {
        self.0.kind
    }

    fn about(&self) -> &'static str {
        self.0.label
    }

    fn keys(&self) -> Vec<Key> {
        let own = self.0.settings.iter().map(|known| Key { name: known.key, default: known.usual, about: known.doc });
        let map = Key {
            name: "map.TABLE.WORD",
            default: "",
            about: "What a word of the roster is there, such as map.grades.ext:prep=ug; nothing: it is not sent",
        };
        [OUT, HOST_KEY].into_iter().chain(own).chain([map]).collect()
    }

    fn secret(&self, given: &Given) -> Option<&'static str> {
        is_far(given).then_some(SFTP_SECRET)
    }

    fn check(&self, given: &Given) -> Result<(), Failure> {
        Goal::check(given)?;
        self.settings(given, None).map(drop)
    }

    fn test(&self, at: &At<'_>) -> Result<Ended, Failure> {
        // A place that cannot be written is better known beforehand; the draft goes at once.
        let goal = Goal::of(&at.given, at.secret.as_ref())?;
        drop(Place::of(&goal.here(), self.0)?);
        goal.test()?;
        self.carry(at, &mut Push { dry_run: true, max_removed: None, lines: &mut |_| () })
    }

    fn push(&self, at: &At<'_>, how: &mut Push<'_>) -> Result<Ended, Failure> {
        self.carry(at, how)
    }

    fn stays(&self, at: &At<'_>) -> Result<Vec<String>, Failure> {
        let place = Goal::of(&at.given, None)?.shown();
        Ok(vec![format!("the files at {place}"), format!("whatever {} made of them", self.0.label)])
    }
}

impl Files {
    fn settings(&self, given: &Given, max_removed: Option<f64>) -> Result<Settings, Failure> {
        let mut own = given.clone();
        own.retain(|key, _| ![OUT.name, HOST_KEY.name].contains(&key.as_str()));
        if let Some(most) = max_removed {
            own.insert("max_removed".to_owned(), most.to_string());
        }
        Settings::of(self.0, own).map_err(Failure::usage)
    }

    fn carry(&self, at: &At<'_>, how: &mut Push<'_>) -> Result<Ended, Failure> {
        let (format, goal) = (self.0, Goal::of(&at.given, at.secret.as_ref())?);
        let settings = self.settings(&at.given, how.max_removed)?;
        let mut roll = Roll::new(at.roster, sight(at, settings.get("app"))?)?;
        let Some(published) = roll.at() else { return Err(empty()) };
        let book = Book { roster: at.roster, target: &at.target.name };
        let mut sent = Sent::of(&book)?;
        let mut draft = if how.dry_run { None } else { Some(Place::of(&goal.here(), format)?) };
        let mut nowhere = Nowhere;
        let files: &mut dyn Out = match &mut draft {
            Some(draft) => draft,
            None => &mut nowhere,
        };
        let report = write(format, &settings, at.now.date_in(&at.zone), &mut roll, &mut sent, files)?;
        roll.end()?;
        told(&report, how.lines);
        let held = !report.holds.is_empty();
        if let Some(mut draft) = draft.filter(|_| !held) {
            draft.close()?;
            // What is new is noted before it is handed out, and what is gone after.
            sent.announce()?;
            draft.put()?;
            goal.deliver(&format.files.iter().map(|file| file.name.to_owned()).collect::<Vec<_>>())?;
            sent.done()?;
        }
        let document = json!({
            "target": at.target.name,
            "kind": format.kind,
            "out": goal.shown(),
            "published": published.to_string(),
            "dry_run": how.dry_run,
            "files": report.files.iter().map(|(file, rows, gone)| json!({ "file": file, "rows": rows, "gone": gone })).collect::<Vec<_>>(),
            "left_out": report.left_out(),
            "found": report.found.iter().map(|(code, told)| found(code, told)).collect::<Vec<_>>(),
            "held": report.holds,
        });
        let written = !how.dry_run && !held;
        let mut text = format!("{}: {}, the roster of {published}\n", goal.shown(), format.label);
        text.push_str(&words(&report));
        if !written {
            text.push_str("Nothing was written.\n");
        }
        let status = if held { Status::NotDone } else { Status::Done };
        Ok(Ended { document, text, status, pushed: written.then_some(published) })
    }
}

pub(super) fn empty() -> Failure {
    Failure::refused("there is nothing to send: the roster is empty")
        .hint("import a package first, or name another database with --database")
}

/// What an application sees, if one is named.
fn sight(at: &At<'_>, app: &str) -> Result<Option<Sight>, Failure> {
    if app.is_empty() {
        return Ok(None);
    }
    let AsSeen { view, cover, mask, spelled } = (at.sees)(app)?;
    Ok(Some(Sight { view, cover, mask, spelled }))
}

/// A line for each record that was found.
fn told(report: &Report, line: &mut dyn FnMut(&str)) {
    for (code, told) in &report.found {
        for one in &told.first {
            line(&format!("{}: {} {} ({code}: {})", told.effect.word(), one.kind.entity().name, name(one), told.says));
        }
        let named = told.first.len() as u64;
        if told.count > named {
            line(&format!("{}: and {} more ({code})", told.effect.word(), told.count - named));
        }
    }
}

/// A record by its identifier, and what the finding is about.
fn name(finding: &Finding) -> String {
    match &finding.about {
        Some(about) => format!("{}: {about}", finding.sourced_id),
        None => finding.sourced_id.clone(),
    }
}

fn found(code: &str, told: &Told) -> Value {
    let records = told
        .first
        .iter()
        .map(|one| json!({ "entity": one.kind.entity().plural, "sourced_id": one.sourced_id, "about": one.about }));
    json!({
        "code": code,
        "effect": told.effect.word(),
        "count": told.count,
        "message": told.says,
        "hint": told.next,
        "records": records.collect::<Vec<_>>(),
    })
}

fn words(report: &Report) -> String {
    let mut text = String::new();
    for (file, rows, gone) in &report.files {
        let _ = match gone {
            0 => writeln!(text, "{rows:>10} {file}"),
            1 => writeln!(text, "{rows:>10} {file}, of these 1 that is gone"),
            gone => writeln!(text, "{rows:>10} {file}, of these {gone} that are gone"),
        };
    }
    for (code, told) in &report.found {
        let _ = writeln!(text, "{:>10} {}: {} ({code})", told.count, told.effect.of(told.count), told.says);
        let mut named: Vec<String> = told.first.iter().take(NAMED).map(name).collect();
        if told.count > NAMED as u64 {
            named.push(format!("and {} more", told.count - NAMED as u64));
        }
        let _ = writeln!(text, "{:>10} {}", "", named.join(", "));
        let _ = writeln!(text, "{:>10} Next: {}", "", told.next);
    }
    for hold in &report.holds {
        let _ = writeln!(text, "Held: {hold}.");
    }
    text
}

/// The ledger of the store.
struct Book<'a> {
    roster: &'a Roster,
    target: &'a str,
}

impl Ledger for Book<'_> {
    fn each(&self, sink: &mut dyn FnMut(Entry)) -> Result<(), Error> {
        Ok(self.roster.ledger(self.target, sink)?)
    }

    fn keep(&self, entries: Vec<Entry>) -> Result<(), Error> {
        Ok(self.roster.write_ledger(self.target, &entries, &[])?)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Store(error) => error.into(),
            Error::Place(message) => Failure::usage(message).hint("say where the files go: --set out=FOLDER"),
            error => Failure { code: "unwritten", ..Failure::unreadable(error.to_string()) },
        }
    }
}
