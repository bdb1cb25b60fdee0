//! The last look at a package: judged by the letter, before it gets its name.

use crate::intake::Step;
use crate::output::Failure;
use oneroster::csv::{Mode, Package};
use oneroster::time::Timestamp;
use oneroster::validate::{Finding, Options, Severity, judge};
use std::path::Path;

/// What was found in a package.
pub struct Checked {
    /// Faults of the writer, the first of them in words.
    pub ours: Option<String>,
    /// How many faults the writer made.
    pub count: u64,
    /// Findings about the roster itself, which any package of it has.
    pub theirs: u64,
}

/// Judges a package by the letter.
pub fn check(path: &Path, mode: Mode, now: Timestamp, step: &mut dyn FnMut(Step)) -> Result<Checked, Failure> {
    let mut package = Package::open(path)?;
    let judgement = judge(&mut package, &Options::strict(now), &mut |progress| {
        step(Step { doing: "checking", done: progress.bytes, of: progress.total });
    })?;
    let mut checked = Checked { ours: None, count: 0, theirs: 0 };
    for finding in judgement.report.findings() {
        if is_ours(&finding, mode) {
            checked.count += 1;
            checked.ours.get_or_insert_with(|| words(&finding));
        } else {
            checked.theirs += 1;
        }
    }
    Ok(checked)
}

/// Whether the writer is to blame. What the careful mode lets into a roster as
/// it stands is the roster's own: a class whose school is a district, subjects
/// without codes. The same of what rows mean together. References of changes
/// point to what their receiver has.
fn is_ours(finding: &Finding<'_>, mode: Mode) -> bool {
    let rule = finding.code.rule();
    let letter = finding.code.label().as_bytes().first().copied().unwrap_or_default();
    match letter {
        b'S' | b'G' | b'X' | b'H' => false,
        b'R' if mode == Mode::Delta => false,
        _ => matches!(rule.careful, Some(Severity::Error | Severity::Repaired)),
    }
}

fn words(finding: &Finding<'_>) -> String {
    let line = finding.line.map(|line| format!(" line {line}")).unwrap_or_default();
    format!("{}{line}: {} {}", finding.file.unwrap_or("the package"), finding.code.label(), finding.message)
}
