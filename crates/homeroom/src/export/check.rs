//! The last look at a package: judged by the letter, before it gets its name.

use crate::intake::Step;
use crate::output::Failure;
use oneroster::csv::{Mode, Package};
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Finding, Options, Severity, judge};
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
    let report = &judgement.report;
    // What the letter rejects for the roster's own sake takes along what refers
    // to it.
    let of_roster = |f: &Finding<'_>| blame(f, mode, false) == Blame::Roster;
    let taken_along = report.findings().any(|f| f.severity == Severity::Error && of_roster(&f));
    let mut checked = Checked { ours: None, count: 0, theirs: 0 };
    for finding in report.findings() {
        match blame(&finding, mode, taken_along) {
            Blame::Writer => {
                checked.count += 1;
                checked.ours.get_or_insert_with(|| words(&finding));
            }
            Blame::Roster => checked.theirs += 1,
            Blame::Nobody => {}
        }
    }
    Ok(checked)
}

/// What a finding comes from.
#[derive(PartialEq, Eq)]
enum Blame {
    Writer,
    Roster,
    /// The judge sees the package alone.
    Nobody,
}

/// Who is to blame. What the careful mode lets into a roster as it stands is the
/// roster's own: a class whose school is a district. The same of what rows mean
/// together. References of changes point to what their receiver has.
fn blame(finding: &Finding<'_>, mode: Mode, taken_along: bool) -> Blame {
    let rule = finding.code.rule();
    let letter = finding.code.label().as_bytes().first().copied().unwrap_or_default();
    match letter {
        // Rows of who was forgotten are blank (Q58); others are asked before
        // they are written.
        _ if finding.code == Code::V1 && mode == Mode::Delta => Blame::Roster,
        b'S' | b'G' | b'X' | b'H' => Blame::Roster,
        b'R' if mode == Mode::Delta => Blame::Nobody,
        b'R' if taken_along => Blame::Roster,
        _ if matches!(rule.careful, Some(Severity::Error | Severity::Repaired)) => Blame::Writer,
        _ => Blame::Roster,
    }
}

fn words(finding: &Finding<'_>) -> String {
    let line = finding.line.map(|line| format!(" line {line}")).unwrap_or_default();
    format!("{}{line}: {} {}", finding.file.unwrap_or("the package"), finding.code.label(), finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A package with one org and one course of these cells.
    fn judged(org: &str, course: &str, mode: Mode) -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write(
            "orgs.csv",
            format!("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\n{org}\r\n"),
        );
        write(
            "courses.csv",
            format!(
                "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,\
                 subjectCodes\r\n{course}\r\n"
            ),
        );
        let modes = [oneroster::model::Kind::Org, oneroster::model::Kind::Course].map(|kind| (kind, mode));
        let manifest = oneroster::csv::write::manifest(oneroster::model::Version::V1P2, &modes, None);
        write("manifest.csv", manifest);
        check(folder.path(), mode, Timestamp(0), &mut |_| ()).unwrap()
    }

    #[test]
    fn faults_of_form_are_the_writers_and_those_of_meaning_the_rosters() {
        let (org, course) = ("o,,,North,school,,", "c,,,,Algebra,,,o,,");
        for (org, course, ours, theirs) in [
            (org, course, 0, 0),
            ("o,,,North,college,,", course, 2, 0),
            (org, "c,,,,Algebra,,,p,,", 1, 0),
            ("o,,,\"North\nEast\",school,,", course, 2, 0),
            (org, "c,,,,Algebra,,,o,Mathematics,", 0, 1),
            // The letter rejects the course, and with it nothing of ours.
            (org, "c,,,,Algebra,,,p,Mathematics,", 0, 2),
        ] {
            let checked = judged(org, course, Mode::Bulk);
            assert_eq!((checked.count, checked.theirs), (ours, theirs), "{org} {course} {:?}", checked.ours);
            assert_eq!(checked.ours.is_some(), ours > 0);
        }
        // Of changes the receiver has what they refer to.
        let stamp = "active,2026-11-22T00:00:00.000Z";
        let changes = judged(&format!("o,{stamp},North,school,,"), &format!("c,{stamp},,Algebra,,,p,,"), Mode::Delta);
        assert_eq!((changes.count, changes.theirs), (0, 0), "{:?}", changes.ours);
        let fault = judged("o,,,North,college,,", course, Mode::Bulk).ours.unwrap();
        assert!(fault.starts_with("orgs.csv line 2: V7 type must be one of"), "{fault}");
    }
}
