//! A person's yes to a run that waits.

use super::asked::Asked;
use super::beside::{self, Beside};
use super::flow::{Import, rejects_reused};
use super::judged::Judged;
use super::records::feed;
use super::steps::Steps;
use super::{Ended, Watcher, fetched, prefix, rekey};
use crate::output::Failure;
use homeroom_store::intake::Compared;
use homeroom_store::{Deed, Opened, Rename, Roster, Run, RunState};
use oneroster::time::Timestamp;
use oneroster::validate::{Options, judge_against};
use std::sync::Arc;

/// A run by its number.
///
/// # Errors
/// `not_found` if there is none.
pub fn open_run(roster: &Roster, id: i64) -> Result<Run, Failure> {
    roster.run(id)?.ok_or_else(|| Failure {
        code: "not_found",
        message: format!("there is no run {id}"),
        hint: Some("see what there is with: homeroom runs list".to_owned()),
        status: 1,
    })
}

/// Approves a run that is planned or held: its package is judged again as it
/// was, compared with the roster of this moment and, if that comes to the plan
/// that was shown, written. Otherwise the new plan is kept, and it stays held.
///
/// # Errors
/// `refused` if the run does not wait, or its package is not kept any more.
pub fn approve(
    roster: &Roster,
    id: i64,
    who: &str,
    clock: &dyn Fn() -> Timestamp,
    watcher: &mut dyn Watcher,
) -> Result<Ended, Failure> {
    let shown = open_run(roster, id)?;
    let opened = package(roster, &shown)?;
    let source = roster.source_name(shown.source)?.unwrap_or_default();
    let mut request = Asked::read(&shown.request).again(opened.path(), source, shown.started);
    request.who = who.to_owned();
    if !request.met.is_empty()
        && let Some(lines) = roster.archive().findings(id)?
    {
        fetched::recall(&mut request.met, lines)?;
    }
    let package = beside::package(&request)?;
    let mapping = mapping(roster, &shown)?;
    // It is written with the prefix that the source has now.
    let asked = Asked::read(&shown.request).with(&prefix::of(roster, shown.source)?).to_text();
    let run = Run { request: asked, ..shown.clone() };
    let mut import = Import { shown: Some(shown), ..Import::new(roster, &request, clock, run, mapping) };
    import.whole(package, watcher)
}

/// The mapping that a run was given, and what its source's prefix renames.
fn mapping(roster: &Roster, run: &Run) -> Result<Vec<Rename>, Failure> {
    let mut mapping = match roster.archive().mapping(run.id.unwrap_or_default())? {
        Some(kept) => rekey::read(kept.path())?,
        None => Vec::new(),
    };
    mapping.extend(prefix::renames(roster, run.source)?);
    Ok(mapping)
}

/// The package of a run that waits.
fn package(roster: &Roster, run: &Run) -> Result<Opened, Failure> {
    let id = run.id.unwrap_or_default();
    if !run.state.waits() || run.deed != Deed::Import {
        let message = format!("run {id} is {}; only a planned or held run can be approved", run.state.word());
        let hint = match run.state {
            RunState::Superseded => "approve the newer run, or import the package again".to_owned(),
            RunState::Rejected | RunState::Failed => "import the package again".to_owned(),
            _ => format!("see how it stands with: homeroom runs show {id}"),
        };
        return Err(Failure::refused(message).hint(hint));
    }
    roster.archive().open(id)?.ok_or_else(|| {
        Failure::refused(format!("the package of run {id} is not kept any more")).hint("import the package again")
    })
}

/// Compares the package of a run that waits with the roster of this moment, to
/// be looked at.
///
/// # Errors
/// As [`approve`].
pub fn recompare(roster: &Roster, run: &Run) -> Result<Compared, Failure> {
    let opened = package(roster, run)?;
    let request = Asked::read(&run.request).again(opened.path(), String::new(), run.started);
    let mapping = mapping(roster, run)?;
    let once = |options: &Options| -> Result<Compared, Failure> {
        let mut package = beside::package(&request)?;
        let mut known = prefix::Known::of(roster, run.source, &mapping)?;
        let judgement = judge_against(&mut package, options, &mut known, &mut |_| {})?;
        known.finish()?;
        let (mut intake, renames) = roster.compare_renamed(run.source, !judgement.no_deletions, &mapping)?;
        let mut steps = Steps::of(roster, run.source)?;
        let package = (&mut package, &Beside::of(&request)?);
        feed(package, &Judged::whole(&judgement, &mut |_| {}), &mut intake, "comparing", &mut steps)?;
        Ok(roster.complete(intake.finish()?, &renames)?)
    };
    let mut compared = once(&request.options)?;
    if !rejects_reused(&request.options) {
        return Ok(compared);
    }
    let reused = roster.review(&mut compared, run.source, &|_| 100.0)?.reused;
    if reused.is_empty() {
        return Ok(compared);
    }
    let reused = Arc::new(prefix::named_by_source(roster, run.source, &reused)?);
    once(&Options { reused, ..request.options.clone() })
}
