//! A OneRoster package as a target: what `homeroom export` writes, to the same
//! place every time.

use super::files::{SFTP_SECRET, empty};
use super::out::{Goal, HOST_KEY, OUT, is_far};
use super::{At, Ended, Given, Key, Kind, Push};
use crate::export::{Request, export};
use crate::output::{Failure, Status};
use oneroster::model::{Kind as Record, Version};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

/// The kind.
pub(super) struct OneRoster;

const VERSION: Key = Key { name: "oneroster", default: "1.2", about: "The version of the package: 1.1 or 1.2" };
const APP: Key = Key { name: "app", default: "", about: "An application: only what it may see is sent" };

impl Kind for OneRoster {
    fn name(&self) -> &'static str {
        "oneroster"
    }

    fn about(&self) -> &'static str {
        "a OneRoster package"
    }

    fn keys(&self) -> Vec<Key> {
        vec![OUT, HOST_KEY, VERSION, APP]
    }

    fn secret(&self, given: &Given) -> Option<&'static str> {
        is_far(given).then_some(SFTP_SECRET)
    }

    fn check(&self, given: &Given) -> Result<(), Failure> {
        Goal::check(given)?;
        version(given)?;
        match given.keys().find(|key| self.keys().iter().all(|known| known.name != key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let known: Vec<&str> = self.keys().iter().map(|key| key.name).collect();
                Err(Failure::usage(format!("a OneRoster package has no setting {key:?}; it has {}", known.join(", "))))
            }
        }
    }

    fn test(&self, at: &At<'_>) -> Result<Ended, Failure> {
        Goal::of(&at.given, at.secret.as_ref())?.test()?;
        carry(at, true)
    }

    fn push(&self, at: &At<'_>, how: &mut Push<'_>) -> Result<Ended, Failure> {
        carry(at, how.dry_run)
    }

    fn stays(&self, at: &At<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec![format!("the package at {}", Goal::of(&at.given, None)?.shown())])
    }
}

fn version(given: &Given) -> Result<Version, Failure> {
    let label = given.get(VERSION.name).map_or(VERSION.default, String::as_str);
    Version::from_label(label).ok_or_else(|| Failure::usage(format!("oneroster is 1.1 or 1.2, not {label:?}")))
}

/// Writes the package; a look ahead writes one that nobody keeps.
fn carry(at: &At<'_>, dry: bool) -> Result<Ended, Failure> {
    let (goal, version) = (Goal::of(&at.given, at.secret.as_ref())?, version(&at.given)?);
    let app = at.given.get(APP.name).map(String::as_str).filter(|app| !app.is_empty());
    if at.roster.published()?.at.is_none() {
        return Err(empty());
    }
    let folder = if dry { Some(tempfile::tempdir()?) } else { None };
    let path = folder.as_ref().map_or_else(|| goal.here(), |folder| folder.path().join("package.zip"));
    let request = Request {
        out: path,
        version,
        since: None,
        as_of: None,
        files: None,
        passwords: false,
        check: true,
        source: None,
        as_seen: app.map(|app| (at.sees)(app)).transpose()?,
        now: at.now,
    };
    let ended = export(at.roster, &request, &AtomicBool::new(false), &mut |_| ())?;
    if !dry {
        goal.deliver(&Record::all().map(|kind| kind.entity().file_name()).collect::<Vec<_>>())?;
    }
    let losses = ended.losses.iter().map(|loss| {
        json!({ "code": loss.code.map(|code| code.label()), "file": loss.file, "count": loss.count, "message": loss.message })
    });
    let document = json!({
        "target": at.target.name,
        "kind": "oneroster",
        "out": goal.shown(),
        "oneroster": version.label(),
        "published": ended.at.to_string(),
        "dry_run": dry,
        "files": ended.rows.iter().map(|(file, rows)| json!({ "file": format!("{file}.csv"), "rows": rows })).collect::<Vec<_>>(),
        "losses": losses.collect::<Vec<_>>(),
        "findings": ended.findings,
    });
    Ok(Ended {
        document,
        text: text(&goal.shown(), version, &ended, dry),
        status: Status::Done,
        pushed: (!dry).then_some(ended.at),
    })
}

fn text(place: &str, version: Version, ended: &crate::export::Ended, dry: bool) -> String {
    let mut text = format!("{place}: OneRoster {version}, the roster of {}\n", ended.at);
    for (file, rows) in &ended.rows {
        let _ = writeln!(text, "{rows:>10} {file}.csv");
    }
    for loss in &ended.losses {
        let _ = writeln!(text, "{:>10} {}: {}", loss.count, loss.file, loss.message);
    }
    if let Some(findings) = ended.findings.filter(|findings| *findings > 0) {
        let _ = writeln!(
            text,
            "{findings:>10} findings that a strict reader would have; see them with: homeroom validate PACKAGE --strict"
        );
    }
    if dry {
        text.push_str("Nothing was written.\n");
    }
    text
}
