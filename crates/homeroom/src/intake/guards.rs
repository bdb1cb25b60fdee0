//! What holds a run for people to look at.

use homeroom_store::intake::{Collision, Plan, removal_guard};

/// More of a kind rejected than this, in percent, holds a run.
const MOST_REJECTED: f64 = 5.0;

/// Why a plan must be looked at before it is applied, in one sentence.
pub fn hold(plan: &Plan, max_removed: f64, collisions: &[Collision], collided: u64, owner: &str) -> Option<String> {
    if let Some(example) = collisions.first() {
        let kind = example.kind.entity().plural;
        return Some(format!(
            "{collided} records belong to the source \"{owner}\" already, for example {kind} with the sourcedId of one \
             of its own; give this package the same --source, or take the records out of one of the two"
        ));
    }
    if let Some(worst) = removal_guard(plan, max_removed).into_iter().max_by_key(|hold| hold.removed) {
        let share = percent(worst.removed, worst.of);
        return Some(format!(
            "{} of {} {} ({share}) would be removed; if the package is complete, import it again with \
             --max-removed {}",
            worst.removed,
            worst.of,
            worst.entity,
            (worst.removed as f64 * 100.0 / worst.of as f64).ceil()
        ));
    }
    let rejected = plan.kinds().find(|(_, tally)| {
        let rows = tally.added + tally.changed + tally.unchanged + tally.rejected;
        tally.rejected as f64 > rows as f64 * MOST_REJECTED / 100.0
    });
    rejected.map(|(kind, tally)| {
        let rows = tally.added + tally.changed + tally.unchanged + tally.rejected;
        format!(
            "{} of {rows} rows of {} ({}) were rejected, more than {MOST_REJECTED} %; see them with: homeroom \
             validate",
            tally.rejected,
            kind.entity().file_name(),
            percent(tally.rejected, rows)
        )
    })
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.0} %", part as f64 * 100.0 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_store::intake::Tally;
    use oneroster::model::Kind;

    fn plan(tally: Tally) -> Plan {
        let mut plan = Plan::default();
        *plan.of(Kind::Enrollment) = tally;
        plan
    }

    #[test]
    fn a_great_loss_holds_and_says_how_to_go_on() {
        let lost = plan(Tally { removed: 400, unchanged: 600, ..Tally::default() });
        let reason = hold(&lost, 10.0, &[], 0, "").expect("held");
        assert!(reason.starts_with("400 of 1000 enrollments (40 %) would be removed"), "{reason}");
        assert!(reason.ends_with("--max-removed 40"), "{reason}");
        assert_eq!(hold(&lost, 40.0, &[], 0, ""), None);
    }

    #[test]
    fn many_rejected_rows_hold() {
        let bad = plan(Tally { added: 94, rejected: 6, ..Tally::default() });
        assert!(hold(&bad, 10.0, &[], 0, "").is_some_and(|r| r.starts_with("6 of 100 rows of enrollments.csv")));
        let few = plan(Tally { added: 95, rejected: 5, ..Tally::default() });
        assert_eq!(hold(&few, 10.0, &[], 0, ""), None);
    }
}
