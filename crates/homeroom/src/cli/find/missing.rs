//! Who is in a package and not in the roster, and why.

use super::{Sighting, live};
use crate::intake::next;
use crate::output::Failure;
use homeroom_store::{Roster, Run, RunState, Wanted};
use oneroster::model::Kind;
use serde_json::Value;
use std::collections::HashSet;
use std::io::BufRead as _;

/// So many rows of packages are kept in mind.
pub(super) const KEPT: usize = 1_000;
/// So many findings are told of each, and so many others are told of.
const TOLD: usize = 20;

/// What was meant and is not there.
pub(super) struct Missing {
    /// The first of them.
    pub all: Vec<Absent>,
    /// Their number.
    pub count: usize,
}

/// One of them.
pub(super) struct Absent {
    /// Its row; of one whose package is not kept, only its findings tell.
    pub row: Option<Sighting>,
    /// Its identifier.
    pub sourced_id: String,
    /// The run that did not bring it.
    pub run: i64,
    /// Why, in sentences.
    pub why: Vec<String>,
    /// What was found of it, as the run keeps it.
    pub findings: Vec<Value>,
}

impl Missing {
    pub(super) fn of(roster: &Roster, runs: &[Run], wanted: &Wanted, rows: Vec<Sighting>) -> Result<Missing, Failure> {
        let mut missing = Missing { all: Vec::new(), count: 0 };
        for run in runs {
            let id = run.id.unwrap_or_default();
            let mut absent: Vec<Absent> = Vec::new();
            let mut seen: HashSet<(Kind, &str)> = HashSet::new();
            for row in rows.iter().filter(|row| row.run == id) {
                let (kind, sourced_id) = (row.record.kind(), row.record.sourced_id.as_str());
                let here = roster.stored(kind, sourced_id)?.is_some_and(|stored| live(&stored));
                if here || !seen.insert((kind, sourced_id)) {
                    continue;
                }
                let row = Sighting { file: row.file.clone(), record: row.record.clone(), ..*row };
                let sourced_id = row.record.sourced_id.clone();
                absent.push(Absent { row: Some(row), sourced_id, run: id, why: Vec::new(), findings: Vec::new() });
            }
            findings(roster, id, wanted, &mut absent)?;
            for mut one in absent {
                missing.count += 1;
                if missing.all.len() < TOLD {
                    one.why = why(run, &one.findings);
                    missing.all.push(one);
                }
            }
        }
        Ok(missing)
    }
}

/// Adds what was found of each; whom only findings tell of is added, too.
fn findings(roster: &Roster, run: i64, wanted: &Wanted, absent: &mut Vec<Absent>) -> Result<(), Failure> {
    let Some(lines) = roster.archive().findings(run)? else { return Ok(()) };
    for line in lines.lines() {
        let Ok(finding) = serde_json::from_str::<Value>(&line?) else { continue };
        let id = finding["sourced_id"].as_str().unwrap_or_default();
        let file = finding["file"].as_str().unwrap_or_default();
        let its = |one: &Absent| match &one.row {
            Some(row) => {
                let here = finding["line"].as_u64() == Some(row.line.into());
                row.file == file && (here || (!id.is_empty() && one.sourced_id == id))
            }
            None => one.sourced_id == id,
        };
        if let Some(one) = absent.iter_mut().find(|one| its(one)) {
            if one.findings.len() < TOLD {
                one.findings.push(finding);
            }
        } else if finding["severity"] == "error" && wanted.id(id) {
            let Some(kind) = Wanted::KINDS.into_iter().find(|kind| kind.entity().file_name() == file) else { continue };
            if !roster.stored(kind, id)?.is_some_and(|stored| live(&stored)) {
                let (sourced_id, findings) = (id.to_owned(), vec![finding]);
                absent.push(Absent { row: None, sourced_id, run, why: Vec::new(), findings });
            }
        }
    }
    Ok(())
}

/// Why a run did not bring what its package has.
fn why(run: &Run, findings: &[Value]) -> Vec<String> {
    let id = run.id.unwrap_or_default();
    let errors: Vec<&Value> = findings.iter().filter(|finding| finding["severity"] == "error").collect();
    if !errors.is_empty() {
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        return errors
            .iter()
            .map(|finding| {
                let said = format!(
                    "rejected by {}: {} {}",
                    text(finding, "code"),
                    text(finding, "message"),
                    text(finding, "hint")
                );
                said.trim_end().to_owned()
            })
            .collect();
    }
    match run.state {
        state if state.waits() => {
            let mut held: Vec<String> = run.guards.iter().map(|guard| format!("held: {guard}")).collect();
            if held.is_empty() {
                held.extend(run.reason.iter().map(|reason| format!("{}: {reason}", state.word())));
            }
            held.into_iter().chain([next(state, id).trim().to_owned()]).collect()
        }
        RunState::Applied => {
            let said = "the package has it, and nothing was found of it alone: it went with a record that it needs and that \
                        was rejected, or was taken away since";
            vec![said.to_owned(), format!("look with: homeroom runs show {id} --findings")]
        }
        state => {
            let reason = run.reason.as_deref().unwrap_or("it wrote nothing");
            vec![format!("run {id} is {}: {reason}", state.word())]
        }
    }
}
