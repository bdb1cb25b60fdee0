//! `homeroom export`: the roster as a package.

use super::Setting;
use super::app::as_seen;
use crate::export::{Ended, OfSource, Request, Since, export};
use crate::intake::prefix::applied;
use crate::interrupt;
use crate::output::{Failure, Status};
use crate::progress::{Progress, Unit};
use homeroom_store::Roster;
use oneroster::csv::kinds;
use oneroster::model::{Kind, Version};
use oneroster::time::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Write the roster as a OneRoster package.
///
/// Everything is written as it stands; with --delta-since or --since-run only
/// what changed since, deleted records too. What the version cannot carry is
/// left out and listed. The package appears whole or not at all, and the same
/// roster gives the same bytes.
#[derive(clap::Args, Debug)]
pub(super) struct Export {
    /// Where to write: a file that ends in .zip, or a folder
    out: PathBuf,
    /// OneRoster version of the package: 1.1 or 1.2
    #[arg(long, value_name = "VERSION", default_value = "1.2", value_parser = version)]
    oneroster: Version,
    /// Only what changed after this time, such as 2026-09-01T06:00:00Z (or a day,
    /// from its midnight in UTC)
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "since_run")]
    delta_since: Option<Timestamp>,
    /// Only what changed after this run had been written
    #[arg(long, value_name = "ID")]
    since_run: Option<i64>,
    /// The roster as it was at this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    as_of: Option<Timestamp>,
    /// What this application sees: its records, hidden fields left out, stand-ins
    /// for masked ones; with --as-of what it saw then, and of changes what left
    /// its view as deleted
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Only what this source sends, under the identifiers that it has there: the
    /// prefix of the source is taken off; of what several send, that which is right
    #[arg(long, value_name = "NAME", conflicts_with = "app")]
    source: Option<String>,
    /// Only these files, by their names without .csv, parted by commas
    #[arg(long, value_name = "FILE", value_delimiter = ',', value_parser = file)]
    files: Vec<Kind>,
    /// Write passwords, too; they are left out otherwise
    #[arg(long)]
    passwords: bool,
    /// Hand the package out without judging it first, which takes about as long
    /// again
    #[arg(long)]
    no_check: bool,
}

fn version(label: &str) -> Result<Version, String> {
    let known = Version::ALL.map(Version::label).join(" and ");
    Version::from_label(label).ok_or_else(|| format!("packages are written in OneRoster {known}"))
}

pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_lenient(text).ok_or_else(|| format!("{text} is no time; times look like 2026-09-01T06:00:00Z"))
}

fn file(text: &str) -> Result<Kind, String> {
    let name = text.trim().trim_end_matches(".csv");
    Kind::from_plural(name).filter(|kind| kinds(Version::V1P2).any(|k| k == *kind)).ok_or_else(|| {
        let names: Vec<&str> = kinds(Version::V1P2).map(|kind| kind.entity().plural).collect();
        format!("{text} is not a file of OneRoster; these are: {}", names.join(", "))
    })
}

/// A source by its name, with what stands before its identifiers here.
fn of_source(roster: &Roster, name: &str) -> Result<OfSource, Failure> {
    let sources = roster.sources()?;
    let Some((owner, _)) = sources.iter().find(|(_, known)| known == name) else {
        let names: Vec<&str> = sources.iter().map(|(_, name)| name.as_str()).collect();
        return Err(Failure::usage(format!("no source {name:?} has sent anything"))
            .hint(format!("these have: {}", names.join(", "))));
    };
    Ok(OfSource { owner: *owner, prefix: applied(roster, *owner)? })
}

impl Export {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        if self.passwords && self.app.is_some() {
            return Err(Failure::usage("applications see no passwords").hint("leave --passwords out"));
        }
        let since = self.delta_since.map(Since::Time).or(self.since_run.map(Since::Run));
        interrupt::mind(setting.output)?;
        there(setting, "export")?;
        let roster = setting.roster()?;
        let seen = self.app.as_deref().map(|app| as_seen(setting, &roster, app)).transpose()?;
        let request = Request {
            as_seen: seen.map(|(_, seen)| seen),
            source: self.source.as_deref().map(|name| of_source(&roster, name)).transpose()?,
            out: self.out.clone(),
            version: self.oneroster,
            since,
            as_of: self.as_of,
            files: (!self.files.is_empty()).then(|| self.files.clone()),
            passwords: self.passwords,
            check: !self.no_check,
            now: setting.now(),
        };
        let mut progress = Progress::default();
        let ended = export(&roster, &request, interrupt::asked(), &mut |step| {
            progress.show(step.doing, step.done, step.of, Unit::Records);
        });
        progress.clear();
        let ended = ended.map_err(interrupt::cause)?;
        setting.output.result(&self.document(&ended), &self.text(&ended))?;
        if let Some(findings) = ended.findings.filter(|findings| *findings > 0 && !setting.output.json) {
            setting.output.note(&format!(
                "The roster itself has {findings} findings by the letter of the standard. See them with: homeroom \
                 validate {} --strict",
                self.out.display()
            ));
        }
        Ok(Status::Done)
    }

    fn document(&self, ended: &Ended) -> Value {
        let files: Map<String, Value> =
            ended.rows.iter().map(|(name, rows)| ((*name).to_owned(), json!({ "rows": rows }))).collect();
        let losses = ended.losses.iter().map(|loss| {
            let mut entry = Map::new();
            if let Some(code) = loss.code {
                entry.insert("code".into(), code.label().into());
            }
            entry.insert("file".into(), loss.file.into());
            entry.insert("count".into(), loss.count.into());
            entry.insert("message".into(), loss.message.clone().into());
            Value::Object(entry)
        });
        json!({
            "package": self.out.display().to_string(),
            "oneroster": self.oneroster.label(),
            "mode": ended.mode.word(),
            "published": ended.at.to_string(),
            "files": files,
            "losses": losses.collect::<Vec<_>>(),
            "findings": ended.findings,
        })
    }

    fn text(&self, ended: &Ended) -> String {
        let mut text = format!(
            "{}: OneRoster {}, {}, the roster of {}\n",
            self.out.display(),
            self.oneroster,
            ended.mode.word(),
            ended.at
        );
        for (file, rows) in &ended.rows {
            let _ = writeln!(text, "{rows:>10} {file}");
        }
        if ended.rows.is_empty() {
            text.push_str("Nothing changed; the package holds its manifest alone.\n");
        }
        if !ended.losses.is_empty() {
            text.push_str("Left out or changed on the way:\n");
        }
        for loss in &ended.losses {
            let _ = writeln!(text, "{:>10} {}: {}", loss.count, loss.file, loss.message);
        }
        text
    }
}

/// Looks whether there is a database at all: opening it would make one.
pub(super) fn there(setting: &Setting, what: &str) -> Result<(), Failure> {
    if setting.has_roster()? {
        return Ok(());
    }
    let place = setting.database()?.of_tenant(setting.tenant());
    let message =
        format!("there is nothing to {what}: there is no database {}", place.to_string().replace("sqlite:", ""));
    Err(Failure::refused(message).hint("name the database with --database, or import a package first"))
}
