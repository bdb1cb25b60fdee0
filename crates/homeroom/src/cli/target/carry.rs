//! What is done at a target: pushes, verified or taken back, and what is there
//! taken over. Whoever calls has the turn.

use super::super::ask;
use super::super::setting::Setting;
use super::note;
use crate::output::{Failure, Status};
use crate::targets::{self, Adopt, At, Ended, Kind, Push};
use serde_json::json;
use std::io::Write as _;

/// Carries, and writes or keeps a line for each thing if that is wanted.
fn carried(
    at: &At<'_>,
    (dry_run, verbose, max_removed): (bool, bool, Option<f64>),
    act: impl FnOnce(&mut Push<'_>) -> Result<Ended, Failure>,
) -> Result<Ended, Failure> {
    let mut kept = Vec::new();
    let mut out = anstream::stdout().lock();
    let mut lines = |line: &str| match (verbose, at.output.json) {
        (false, _) => {}
        (true, true) => kept.push(line.to_owned()),
        // Whoever closed the pipe has seen enough.
        (true, false) => drop(writeln!(out, "{line}")),
    };
    let ended = act(&mut Push { dry_run, max_removed, lines: &mut lines });
    drop(out);
    let mut ended = ended?;
    if verbose && at.output.json {
        ended.document["lines"] = json!(kept);
    }
    Ok(ended)
}

/// Carries the roster there.
pub(super) fn push(
    setting: &Setting,
    kind: &dyn Kind,
    at: &At<'_>,
    how: (bool, bool, Option<f64>),
) -> Result<Status, Failure> {
    let ended = pushed(setting, kind, at, how)?;
    setting.output.result(&ended.document, &ended.text)?;
    Ok(ended.status)
}

/// Pushes, and notes what came of it.
fn pushed(setting: &Setting, kind: &dyn Kind, at: &At<'_>, how: (bool, bool, Option<f64>)) -> Result<Ended, Failure> {
    let ended = carried(at, how, |how| kind.push(at, how));
    if !how.0 {
        targets::note(at.roster, at.target, &ended, at.now)?;
    }
    let ended = ended?;
    if ended.pushed.is_some() {
        note(setting, "target push", &at.target.name, &ended.document["plan"].to_string())?;
    }
    Ok(ended)
}

/// Asks what is there, and mends it by a push if that is wanted.
pub(super) fn verify(
    setting: &Setting,
    kind: &dyn Kind,
    at: &At<'_>,
    resend: bool,
    (yes, verbose, max_removed): (bool, bool, Option<f64>),
) -> Result<Status, Failure> {
    let mut shown = false;
    let (found, repaired) = kind.verify(at, resend, &mut |found| {
        shown = !yes;
        if shown {
            setting.output.note(found.text.trim_end());
        }
        yes || ask::yes("Repair this by a push?")
    })?;
    if !repaired {
        let text = if shown && !setting.output.json { "Nothing was repaired; --yes does it.\n" } else { &found.text };
        setting.output.result(&found.document, text)?;
        return Ok(found.status);
    }
    let differs = found.document["differs"].as_array().map_or(0, Vec::len);
    note(setting, "target verify", &at.target.name, &format!("{differs} differ; repaired"))?;
    let ended = pushed(setting, kind, at, (false, verbose, max_removed))?;
    let document = json!({ "verified": found.document, "push": ended.document });
    let before = if shown { "" } else { &found.text };
    setting.output.result(&document, &format!("{before}Repaired by a push:\n{}", ended.text))?;
    Ok(ended.status)
}

/// Takes the last push back, once its plan was seen.
pub(super) fn undo(
    setting: &Setting,
    kind: &dyn Kind,
    at: &At<'_>,
    (dry_run, yes, verbose): (bool, bool, bool),
) -> Result<Status, Failure> {
    if !yes || dry_run {
        let ended = carried(at, (true, verbose && dry_run, None), |how| kind.undo(at, how))?;
        if dry_run {
            setting.output.result(&ended.document, &ended.text)?;
            return Ok(Status::Done);
        }
        setting.output.note(ended.text.trim_end());
        if !ask::yes("Take it back?") {
            let text = "Nothing was taken back; --yes does it.\n";
            setting.output.result(&ended.document, text)?;
            return Ok(Status::NotDone);
        }
    }
    let ended = carried(at, (false, verbose, None), |how| kind.undo(at, how));
    targets::note(at.roster, at.target, &ended, at.now)?;
    let ended = ended?;
    let detail = format!("the push of {}: {}", ended.document["undone"], ended.document["plan"]);
    note(setting, "target undo", &at.target.name, &detail)?;
    setting.output.result(&ended.document, &ended.text)?;
    Ok(ended.status)
}

/// Takes over what is there already.
pub(super) fn adopt(setting: &Setting, kind: &dyn Kind, at: &At<'_>, how: &Adopt) -> Result<Status, Failure> {
    let ended = kind.adopt(at, how)?;
    if !how.dry_run {
        note(setting, "target adopt", &at.target.name, &ended.document["adopted"].to_string())?;
    }
    setting.output.result(&ended.document, &ended.text)?;
    Ok(ended.status)
}
