//! Calls about runs.

use super::work::{Work, work};
use super::{Answer, Asked, Done};
use crate::admin::runs::{brief, ended, undone, whole};
use crate::intake::open_run;
use crate::output::Failure;
use serde_json::{Value, json};
use std::io::BufRead as _;

/// So many runs are listed unless more are asked for.
const LISTED: u32 = 20;
/// And so many findings.
const FOUND: u32 = 1000;

pub(super) fn list(asked: &Asked) -> Done {
    let roster = &asked.roster;
    let mut documents = Vec::new();
    for run in roster.runs(asked.number("last", LISTED)?.into())? {
        let source = roster.source_name(run.source)?.unwrap_or_default();
        documents.push(brief(&run, &source));
    }
    Ok(Answer::ok(json!({ "runs": documents })))
}

pub(super) fn show(asked: &Asked) -> Done {
    let roster = &asked.roster;
    let run = open_run(roster, number(asked)?)?;
    let source = roster.source_name(run.source)?.unwrap_or_default();
    Ok(Answer::ok(whole(&run, &source)))
}

pub(super) fn findings(asked: &Asked) -> Done {
    let (roster, id) = (&asked.roster, number(asked)?);
    open_run(roster, id)?;
    let most = asked.number("last", FOUND)? as usize;
    let kept = roster.archive().findings(id)?;
    let lines = kept.ok_or_else(|| Failure::refused(format!("the findings of run {id} are not kept any more")))?;
    let mut found: Vec<Value> = Vec::new();
    for line in lines.lines().take(most) {
        found.extend(serde_json::from_str::<Value>(&line?).ok());
    }
    Ok(Answer::ok(json!({ "findings": found })))
}

pub(super) fn approve(asked: &Asked) -> Done {
    let id = number(asked)?;
    // What cannot be is said without waiting for the turn.
    open_run(&asked.roster, id)?;
    work(asked, Some(id), Box::new(move |office, watcher| Ok((ended(&office.approve(id, watcher)?), true))))
}

pub(super) fn reject(asked: &Asked) -> Done {
    let id = number(asked)?;
    open_run(&asked.roster, id)?;
    let reject: Work = Box::new(move |office, _| {
        let run = office.reject(id)?;
        Ok((json!({ "run": id, "state": run.state.word() }), false))
    });
    work(asked, Some(id), reject)
}

pub(super) fn undo(asked: &Asked) -> Done {
    let (id, force) = (number(asked)?, asked.flag("force")?);
    open_run(&asked.roster, id)?;
    work(asked, Some(id), Box::new(move |office, _| Ok((undone(&office.undo(id, force)?), false))))
}

fn number(asked: &Asked) -> Result<i64, Failure> {
    let read = asked.id.parse();
    read.map_err(|_| Failure::usage("the number of a run is a number, as GET /runs shows it"))
}
