//! What taking a run back came to, for people.

use crate::intake::{Undone, plan_table};
use homeroom_store::Why;
use std::fmt::Write as _;

/// So many records that stay are named to people.
const NAMED: usize = 20;

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
