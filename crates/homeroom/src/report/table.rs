//! The report for people: by rule, the most harmful first, a few of each.

use super::count;
use oneroster::validate::{Code, FileState, Finding, Judgement, Severity, Verdict};
use std::collections::HashMap;
use std::io::{self, Write};

/// Most findings of one rule that are shown.
const SHOWN: usize = 5;

pub(super) fn write(out: &mut dyn Write, judgement: &Judgement) -> io::Result<()> {
    head(out, judgement)?;
    let mut groups: Vec<(Code, Severity, u64)> = judgement.report.counts().collect();
    groups.sort_by_key(|(_, severity, found)| (*severity, std::cmp::Reverse(*found)));
    let examples = examples(judgement);
    for (code, severity, found) in groups {
        let rule = code.rule();
        writeln!(out)?;
        writeln!(out, "{:9}{:5}{:>10}  {}", severity.word(), code.label(), count(found), rule.sentence)?;
        writeln!(out, "{:26}Next: {}", "", rule.hint)?;
        let shown = examples.get(&(code, severity)).map_or(&[][..], Vec::as_slice);
        for finding in shown {
            writeln!(out, "{:26}{}", "", line(finding))?;
        }
        if found > shown.len() as u64 {
            writeln!(out, "{:26}and {} more", "", count(found - shown.len() as u64))?;
        }
    }
    writeln!(out)?;
    summary(out, judgement)
}

fn head(out: &mut dyn Write, judgement: &Judgement) -> io::Result<()> {
    match judgement.edition {
        Some(edition) => writeln!(out, "OneRoster {edition}, {}", judgement.mode())?,
        None => writeln!(out, "The version of the package cannot be told.")?,
    }
    if judgement.unusable {
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

fn examples(judgement: &Judgement) -> HashMap<(Code, Severity), Vec<Finding<'_>>> {
    let mut examples: HashMap<_, Vec<_>> = HashMap::new();
    for finding in judgement.report.findings() {
        let shown = examples.entry((finding.code, finding.severity)).or_default();
        if shown.len() < SHOWN {
            shown.push(finding);
        }
    }
    examples
}

fn line(finding: &Finding<'_>) -> String {
    let mut text = String::new();
    if let Some(file) = finding.file {
        text.push_str(file);
    }
    if let Some(line) = finding.line {
        text.push_str(&format!(":{line}"));
    }
    for part in [finding.column, finding.sourced_id].into_iter().flatten() {
        text.push_str("  ");
        text.push_str(part);
    }
    if let Some(value) = finding.value {
        text.push_str(&format!("  {value:?}"));
    }
    if finding.message != finding.code.rule().sentence {
        text.push_str("  ");
        text.push_str(finding.message);
    }
    text
}

fn summary(out: &mut dyn Write, judgement: &Judgement) -> io::Result<()> {
    let report = &judgement.report;
    let [error, warning, repaired, info] = Severity::ALL.map(|s| report.count(s));
    let counted = |number: u64, name: &str| format!("{} {name}{}", count(number), if number == 1 { "" } else { "s" });
    let (errors, warnings, notes) = (counted(error, "error"), counted(warning, "warning"), counted(info, "note"));
    writeln!(out, "{errors}, {warnings}, {} repaired, {notes}", count(repaired))?;
    if report.omitted() > 0 {
        writeln!(out, "{} findings were counted, but are not listed.", count(report.omitted()))?;
    }
    if judgement.no_deletions && !judgement.unusable {
        writeln!(out, "Nothing is removed by this package, for it has no manifest.")?;
    }
    match &judgement.verdict {
        Verdict::Accepted
            if judgement.files.iter().any(|file| file.rejected > 0 || file.state == FileState::Rejected) =>
        {
            writeln!(out, "The good rows can be imported; what is stored of the rejected ones stays as it is.")
        }
        Verdict::Accepted => writeln!(out, "The package can be imported."),
        Verdict::Refused(reason) => writeln!(out, "The package is refused. {reason}"),
    }
}
