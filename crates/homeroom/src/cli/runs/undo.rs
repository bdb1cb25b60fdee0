//! What taking a run back came to, for people and for scripts.

use crate::intake::{Undone, plan_table};
use homeroom_store::{Stays, Why};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// So many records that stay are named to people.
const NAMED: usize = 20;

pub(super) fn document(undone: &Undone) -> Value {
    let run = &undone.run;
    let of = |changed: bool| -> Vec<Value> {
        let fits = |one: &&Stays| matches!(one.why, Why::Changed(_)) == changed;
        undone.stays.iter().filter(fits).map(one).collect()
    };
    json!({
        "run": run.id,
        "undoes": run.undoes,
        "state": run.state.word(),
        "plan": run.plan,
        "published": run.published.map(|at| at.to_string()),
        "conflicts": undone.conflicts,
        "kept": undone.needed,
        "scores": undone.scores,
        "changed_since": of(true),
        "needed": of(false),
    })
}

fn one(stays: &Stays) -> Value {
    let mut document = json!({ "entity": stays.kind.entity().plural, "sourced_id": stays.sourced_id });
    match &stays.why {
        Why::Changed(run) => document["by_run"] = json!(run),
        Why::Needed(kind, id) => document["by"] = json!({ "entity": kind.entity().plural, "sourced_id": id }),
    }
    document
}

pub(super) fn text(undone: &Undone) -> String {
    let run = &undone.run;
    let mut text = plan_table(&run.plan);
    for one in undone.stays.iter().take(NAMED) {
        let why = match &one.why {
            Why::Changed(Some(run)) => format!("was changed since, by run {run}"),
            Why::Changed(None) => "was changed since, by an application".to_owned(),
            Why::Needed(kind, id) => format!("is needed by {} {id}", kind.entity().name),
        };
        let _ = writeln!(text, "{} {} stays: it {why}", one.kind.entity().name, one.sourced_id);
    }
    let more = (undone.conflicts + undone.needed).saturating_sub(NAMED as u64);
    if more > 0 {
        let _ = writeln!(text, "and {more} more stay; --json names them");
    }
    let (id, undoes) = (run.id.unwrap_or_default(), run.undoes.unwrap_or_default());
    let also = run.reason.as_deref().map_or_else(String::new, |reason| format!("; {reason}"));
    let _ = write!(text, "Run {id}: took run {undoes} back{also}.");
    text
}
