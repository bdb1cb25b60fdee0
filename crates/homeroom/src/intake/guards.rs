//! What holds a run for people to look at.
//!
//! A guard is about much: a loss, or rejected rows, of ten records or fewer
//! pass with their findings, however small the package.

use super::Request;
use super::show::look;
use homeroom_store::intake::{Collision, Plan, removal_guard};
use oneroster::model::Kind;

/// So many rejected rows of a kind never hold a run.
const FEW: u64 = 10;

/// What a run is held by, next to its plan.
pub struct Guards<'a> {
    /// What was asked for, with its limits.
    pub request: &'a Request,
    /// A file that has rows, of which nothing can be taken.
    pub broken: Option<Kind>,
    /// A record of the package that another source owns, and its name.
    pub foreign: Option<(&'a Collision, String)>,
    /// How many such records there are.
    pub collided: u64,
}

impl Guards<'_> {
    /// Why a plan must be looked at before it is applied, in one sentence.
    pub fn hold(&self, plan: &Plan) -> Option<String> {
        self.of_another().or_else(|| self.removes(plan)).or_else(|| self.broken()).or_else(|| self.rejects(plan))
    }

    fn of_another(&self) -> Option<String> {
        let (example, owner) = self.foreign.as_ref()?;
        let file = example.kind.entity().file_name();
        Some(format!(
            "{} records belong to the source \"{owner}\" already, some of them in {file}; give this package the same \
             --source, or take the records out of one of the two",
            self.collided
        ))
    }

    fn removes(&self, plan: &Plan) -> Option<String> {
        let worst = removal_guard(plan, self.request.max_removed).into_iter().max_by_key(|hold| hold.removed)?;
        Some(format!(
            "{} of {} {} ({}) would be removed; if the package is complete, import it again with --max-removed {}",
            worst.removed,
            worst.of,
            worst.entity,
            percent(worst.removed, worst.of),
            enough(worst.removed, worst.of)
        ))
    }

    /// A file of which nothing can be taken counts as rejected to the last row.
    fn broken(&self) -> Option<String> {
        let kind = self.broken?;
        (self.request.max_rejected < 100.0).then(|| {
            format!(
                "{} is rejected whole; see why with: {}; to import the other files all the same, add --max-rejected 100",
                kind.entity().file_name(),
                look(self.request)
            )
        })
    }

    fn rejects(&self, plan: &Plan) -> Option<String> {
        let most = self.request.max_rejected;
        let (kind, rejected, rows) = plan
            .kinds()
            .map(|(kind, tally)| (kind, tally.rejected, tally.added + tally.changed + tally.unchanged + tally.rejected))
            .filter(|(_, rejected, rows)| *rejected > FEW && *rejected as f64 > *rows as f64 * most / 100.0)
            .max_by_key(|(_, rejected, rows)| enough(*rejected, *rows))?;
        Some(format!(
            "{rejected} of {rows} rows of {} ({}) were rejected, more than {most} %; see why with: {}; to import the \
             good rows all the same, add --max-rejected {}",
            kind.entity().file_name(),
            percent(rejected, rows),
            look(self.request),
            enough(rejected, rows)
        ))
    }
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.0} %", part as f64 * 100.0 / whole.max(1) as f64)
}

/// The least whole share, in percent, that lets this pass.
fn enough(part: u64, whole: u64) -> u64 {
    (part * 100).div_ceil(whole.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_store::intake::Tally;
    use oneroster::model::Version;
    use oneroster::time::Timestamp;
    use oneroster::validate::Options;

    fn held(tally: Tally, max_removed: f64, max_rejected: f64) -> Option<String> {
        let mut plan = Plan::default();
        *plan.of(Kind::Enrollment) = tally;
        let request = Request {
            package: "my package".into(),
            source: "file".into(),
            dry_run: false,
            max_removed,
            max_rejected,
            options: Options { assume: Some(Version::V1P1), ..Options::careful(Timestamp(0)) },
        };
        Guards { request: &request, broken: None, foreign: None, collided: 0 }.hold(&plan)
    }

    #[test]
    fn a_great_loss_holds_and_says_how_to_go_on() {
        let lost = Tally { removed: 400, unchanged: 600, ..Tally::default() };
        let reason = held(lost, 10.0, 5.0).expect("held");
        assert!(reason.starts_with("400 of 1000 enrollments (40 %) would be removed"), "{reason}");
        assert!(reason.ends_with("--max-removed 40"), "{reason}");
        assert_eq!(held(lost, 40.0, 5.0), None);
    }

    #[test]
    fn many_rejected_rows_hold_and_say_how_to_look() {
        let bad = Tally { added: 188, rejected: 12, ..Tally::default() };
        let reason = held(bad, 10.0, 5.0).expect("held");
        assert!(reason.starts_with("12 of 200 rows of enrollments.csv (6 %) were rejected"), "{reason}");
        assert!(reason.contains("homeroom validate \"my package\" --assume 1.1;"), "{reason}");
        assert!(reason.ends_with("--max-rejected 6"), "{reason}");
        assert_eq!(held(bad, 10.0, 6.0), None);
        assert_eq!(held(Tally { added: 190, rejected: 10, ..Tally::default() }, 10.0, 5.0), None);
        assert_eq!(held(Tally { rejected: 10, ..Tally::default() }, 10.0, 5.0), None);
    }
}
