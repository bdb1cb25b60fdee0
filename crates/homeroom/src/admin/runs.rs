//! Runs as documents.

use crate::intake::{Ended, Undone, next};
use homeroom_store::intake::{Plan, Tally};
use homeroom_store::{Run, Stays, Why};
use oneroster::time::Timestamp;
use oneroster::validate::Severity;
use serde_json::{Value, json};

/// How many records of all kinds are added, changed and removed.
pub fn sums(plan: &Plan) -> [u64; 3] {
    let sum = |of: fn(&Tally) -> u64| plan.kinds().map(|(_, tally)| of(&tally)).sum();
    [sum(|t| t.added), sum(|t| t.changed), sum(|t| t.removed)]
}

/// What every document says of a run.
pub fn brief(run: &Run, source: &str) -> Value {
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let findings: Value = serde_json::from_str(&run.findings).unwrap_or(Value::Null);
    json!({
        "run": run.id,
        "what": run.deed.word(),
        "undoes": run.undoes,
        "state": run.state.word(),
        "reason": run.reason,
        "guards": run.guards,
        "source": source,
        "package": run.package,
        "digest": run.digest,
        "oneroster": run.oneroster,
        "started": run.started.to_string(),
        "planned": instant(run.planned),
        "approved": instant(run.approved.as_ref().map(|(at, _)| *at)),
        "approved_by": run.approved.as_ref().map(|(_, who)| who),
        "finished": instant(run.finished),
        "published": instant(run.published),
        "plan": run.plan,
        "findings": findings,
        "cleansing": serde_json::from_str(&run.effects).unwrap_or_else(|_| json!([])),
    })
}

/// A run with what it moves at each school, and what to do next.
pub fn whole(run: &Run, source: &str) -> Value {
    let mut document = brief(run, source);
    document["schools"] = json!(run.schools);
    document["next"] = json!(next(run.state, run.id.unwrap_or_default()).trim());
    document
}

/// What an import or an approval came to.
pub fn ended(ended: &Ended) -> Value {
    let findings: serde_json::Map<String, Value> =
        Severity::ALL.iter().map(|s| (s.word().to_owned(), ended.report.count(*s).into())).collect();
    let mut document = json!({
        "run": ended.run,
        "state": ended.state.word(),
        "plan": ended.plan,
        "findings": findings,
    });
    if !ended.effects.is_empty() {
        document["cleansing"] = json!(ended.effects);
    }
    if let Some(reason) = &ended.reason {
        document["reason"] = json!(reason);
    }
    if let Some(path) = &ended.rekey {
        document["rekey"] = json!(path.display().to_string());
    }
    if let Some(published) = ended.published {
        document["published"] = json!(published.to_string());
    }
    document
}

/// What taking a run back came to.
pub fn undone(undone: &Undone) -> Value {
    let run = &undone.run;
    let of = |changed: bool| -> Vec<Value> {
        let fits = |one: &&Stays| matches!(one.why, Why::Changed(_)) == changed;
        undone.stays.iter().filter(fits).map(stays).collect()
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

fn stays(stays: &Stays) -> Value {
    let mut document = json!({ "entity": stays.kind.entity().plural, "sourced_id": stays.sourced_id });
    match &stays.why {
        Why::Changed(run) => document["by_run"] = json!(run),
        Why::Needed(kind, id) => document["by"] = json!({ "entity": kind.entity().plural, "sourced_id": id }),
    }
    document
}
