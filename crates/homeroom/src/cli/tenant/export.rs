//! `homeroom tenant export`: all of a district, to hand it over.

use crate::admin::apps;
use crate::admin::runs::brief;
use crate::admin::{audited, issuers};
use crate::cli::Setting;
use crate::days;
use crate::export::{Request, export};
use crate::interrupt;
use crate::output::{Failure, Status};
use crate::progress::{Progress, Unit};
use homeroom_store::Roster;
use homeroom_store::access::Access;
use oneroster::model::Version;
use serde_json::{Value, json};
use std::path::Path;

/// The roster, as a package.
const ROSTER: &str = "roster.zip";
/// What is set, and what was done.
const SETTINGS: &str = "settings.json";
/// The settings that hold no secret, by how their scopes begin.
const SCOPES: [&str; 3] = ["guard:", "retention", days::SCOPE];
/// More runs than anybody keeps.
const RUNS: i64 = 100_000;

/// Writes all of a district into a new folder.
pub(super) fn run(setting: &Setting, out: &Path) -> Result<Status, Failure> {
    if out.exists() {
        let message = format!("{} is there already", out.display());
        return Err(Failure::refused(message).hint("name a folder that is not; it is made"));
    }
    interrupt::mind(setting.output)?;
    let roster = setting.roster()?;
    std::fs::create_dir(out).map_err(|e| Failure::refused(format!("{} cannot be made: {e}", out.display())))?;
    let rows = package(setting, &roster, out)?;
    let settings = settings(setting, &roster)?;
    let path = out.join(SETTINGS);
    std::fs::write(&path, format!("{settings:#}\n"))
        .map_err(|e| Failure::refused(format!("{} cannot be written: {e}", path.display())))?;
    let text = format!(
        "{}: {rows} rows in {ROSTER}; applications, issuers, settings, runs and the audit in {SETTINGS}.\n\
         Secrets and passwords are not among them.",
        out.display()
    );
    let document = json!({ "tenant": setting.tenant(), "folder": out.display().to_string(), "rows": rows });
    setting.output.result(&document, &text)?;
    Ok(Status::Done)
}

fn package(setting: &Setting, roster: &Roster, out: &Path) -> Result<u64, Failure> {
    let request = Request {
        out: out.join(ROSTER),
        version: Version::V1P2,
        since: None,
        as_of: None,
        files: None,
        passwords: false,
        check: false,
        as_seen: None,
        source: None,
        now: setting.now(),
    };
    let mut progress = Progress::default();
    let ended = export(roster, &request, interrupt::asked(), &mut |step| {
        progress.show(step.doing, step.done, step.of, Unit::Records);
    });
    progress.clear();
    Ok(ended.map_err(interrupt::cause)?.rows.iter().map(|(_, rows)| rows).sum())
}

fn settings(setting: &Setting, roster: &Roster) -> Result<Value, Failure> {
    let access = setting.access_if_any()?;
    let of = |read: &dyn Fn(&Access) -> homeroom_store::Result<Vec<Value>>| {
        access.as_ref().map(read).transpose().map(Option::unwrap_or_default)
    };
    let mut set = Vec::new();
    for scope in SCOPES {
        set.extend(roster.settings(scope)?);
    }
    let runs = roster.runs(RUNS)?;
    let source = |run: &homeroom_store::Run| roster.source_name(run.source);
    let runs: Vec<Value> = runs
        .iter()
        .map(|run| Ok(brief(run, &source(run)?.unwrap_or_default())))
        .collect::<homeroom_store::Result<_>>()?;
    let zone = days::zone(roster)?;
    Ok(json!({
        "tenant": setting.tenant(),
        "exported": setting.now().to_string(),
        "timezone": zone.iana_name().unwrap_or("UTC"),
        "settings": set.iter().map(|set| json!({ "scope": set.scope, "key": set.key, "value": set.value })).collect::<Vec<_>>(),
        "apps": of(&|access| Ok(access.apps()?.iter().map(apps::document).collect()))?,
        "issuers": of(&|access| Ok(access.issuers()?.iter().map(issuers::document).collect()))?,
        "runs": runs,
        "audit": of(&|access| Ok(access.audited()?.iter().map(audited).collect()))?,
    }))
}
