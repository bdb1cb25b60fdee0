//! The report for people: by rule, the most harmful first, a few of each.

use super::advice::advice;
use super::groups::{Group, Part, groups};
use super::{About, count, counted};
use oneroster::validate::{FileState, Finding, Judgement, Report, SchoolFigures, Severity};
use std::cmp::Reverse;
use std::io::{self, Write};

/// Most ways of breaking one rule that are shown.
const PARTS: usize = 5;
/// About so many places are shown of one rule.
const SHOWN: usize = 6;
/// Most schools that are shown.
const SCHOOLS: usize = 10;

pub(super) fn write(out: &mut dyn Write, about: &About<'_>) -> io::Result<()> {
    let judgement = about.judgement;
    head(out, judgement)?;
    findings(out, &judgement.report)?;
    schools(out, &judgement.figures.schools)?;
    writeln!(out)?;
    summary(out, about)
}

/// Every rule with findings, and some of these.
pub fn findings(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    groups(report, SHOWN).iter().try_for_each(|group| self::group(out, group))
}

fn group(out: &mut dyn Write, group: &Group<'_>) -> io::Result<()> {
    let rule = group.code.rule();
    let (severity, code) = (group.severity.word(), group.code.label());
    writeln!(out)?;
    writeln!(out, "{severity} {code}, {}: {}", counted(group.found, "finding"), rule.sentence)?;
    writeln!(out, "  Next: {}", rule.hint)?;
    let (parts, others) = group.first(PARTS);
    parts.iter().try_for_each(|part| self::part(out, part, group.share(SHOWN).max(2)))?;
    if others > 0 && !parts.is_empty() {
        writeln!(out, "  and {} of other kinds or files", count(others))?;
    }
    Ok(())
}

fn part(out: &mut dyn Write, part: &Part<'_>, places: usize) -> io::Result<()> {
    let file = part.file.map_or_else(|| "the package".to_owned(), printable);
    let said = part.said().map(|said| format!(": {}", printable(said))).unwrap_or_default();
    writeln!(out, "  {file}, {}{said}", count(part.found))?;
    let shown = part.shown.get(..places).unwrap_or(&part.shown);
    let places: Vec<String> = shown.iter().map(place).collect();
    let width = places.iter().map(String::len).max().unwrap_or(0);
    for (finding, place) in shown.iter().zip(&places).filter(|(_, place)| !place.is_empty()) {
        let line = format!("    {place:width$}  {}", record(finding, part.message));
        writeln!(out, "{}", line.trim_end())?;
    }
    let beyond = part.beyond(shown.len());
    if beyond > 0 { writeln!(out, "    and {} more", count(beyond)) } else { Ok(()) }
}

fn place(finding: &Finding<'_>) -> String {
    finding.line.map_or_else(String::new, |line| format!("line {line}"))
}

/// The record, the column unless the message names it, and the value if that is
/// wanted.
fn record(finding: &Finding<'_>, message: &str) -> String {
    let column = finding.column.filter(|column| !message.contains(column));
    let mut record: Vec<String> = [finding.sourced_id, column].into_iter().flatten().map(printable).collect();
    record.extend(finding.value.map(|value| format!("{value:?}")));
    record.join("  ")
}

/// Text of a package without what a terminal would take for a command.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn head(out: &mut dyn Write, judgement: &Judgement) -> io::Result<()> {
    match judgement.edition {
        Some(edition) => writeln!(out, "OneRoster {edition}, {}", judgement.mode())?,
        None => writeln!(out, "The version of the package cannot be told.")?,
    }
    if !judgement.was_read() {
        return Ok(());
    }
    for file in &judgement.files {
        let name = file.kind.entity().file_name();
        let rows = format!("{:>12} {}", count(file.rows), if file.rows == 1 { "row" } else { "rows" });
        let note = match file.state {
            FileState::Judged if file.rejected > 0 => format!("{rows}, {} rejected", count(file.rejected)),
            FileState::Judged => rows,
            FileState::Rejected => format!("{:12} rejected whole", ""),
            FileState::NotRead => format!("{:12} not read by this release", ""),
        };
        writeln!(out, "  {name:36}{note}")?;
    }
    Ok(())
}

/// The schools: those with the gravest findings first, then the largest.
fn schools(out: &mut dyn Write, schools: &[SchoolFigures]) -> io::Result<()> {
    if schools.is_empty() {
        return Ok(());
    }
    let mut schools: Vec<&SchoolFigures> = schools.iter().collect();
    schools.sort_by_key(|school| Reverse((school.findings, school.students)));
    writeln!(out)?;
    let heads = ["students", "teachers", "classes", "enrollments", "rejected", "findings"];
    writeln!(out, "  {:36}{}", "school", heads.map(|head| format!("{head:>12}")).concat())?;
    for school in schools.iter().take(SCHOOLS) {
        let found = school.findings.iter().sum();
        let counts = [school.students, school.teachers, school.classes, school.enrollments, school.rejected, found];
        let name: String = printable(super::name_of(school)).chars().take(35).collect();
        writeln!(out, "  {name:36}{}", counts.map(|number| format!("{:>12}", count(number))).concat())?;
    }
    if schools.len() > SCHOOLS {
        writeln!(out, "  and {} more; --format html shows them", count((schools.len() - SCHOOLS) as u64))?;
    }
    Ok(())
}

fn summary(out: &mut dyn Write, about: &About<'_>) -> io::Result<()> {
    let report = &about.judgement.report;
    let [error, warning, repaired, info] = Severity::ALL.map(|s| report.count(s));
    let (errors, warnings, notes) = (counted(error, "error"), counted(warning, "warning"), counted(info, "note"));
    writeln!(out, "{errors}, {warnings}, {} repaired, {notes}", count(repaired))?;
    if report.omitted() > 0 {
        writeln!(out, "{} findings were counted, but are not listed.", count(report.omitted()))?;
    }
    if about.judgement.no_deletions && !about.judgement.unusable {
        writeln!(out, "Nothing is removed by this package, for it has no manifest.")?;
    }
    let advice = advice(about);
    writeln!(out, "{}", advice.verdict)?;
    writeln!(out, "{}", advice.next)
}
