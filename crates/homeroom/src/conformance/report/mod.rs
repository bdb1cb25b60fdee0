//! What a run came to, in the forms that people and programs read.

mod html;
mod json;
mod junit;

use super::{Report, Verdict};
use std::io::Write;
use std::path::Path;

pub use json::document;

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// One JSON document, the same as `--json` prints.
    Json,
    /// JUnit's XML, as test runners read it.
    JUnit,
    /// One page that needs nothing beside itself.
    Html,
}

impl Form {
    /// The form that a file's name asks for: .json, .xml or .html.
    pub fn of(path: &Path) -> Option<Form> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Form::Json),
            "xml" => Some(Form::JUnit),
            "html" | "htm" => Some(Form::Html),
            _ => None,
        }
    }
}

/// Writes a report.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, report: &Report, form: Form) -> anyhow::Result<()> {
    match form {
        Form::Json => Ok(writeln!(out, "{}", document(report))?),
        Form::JUnit => junit::write(out, report),
        Form::Html => html::write(out, report),
    }
}

/// A line of the summary: how the checks of one part of one version ended.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) version: oneroster::model::Version,
    pub(super) part: &'static str,
    /// By [`Verdict::WORDS`].
    pub(super) counts: [usize; 4],
}

/// The summary: a line for each version and part, in the order of the checks.
pub(super) fn lines(report: &Report) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for outcome in &report.outcomes {
        let (version, part) = (outcome.version, outcome.part());
        let at = lines.iter().position(|line| line.version == version && line.part == part).unwrap_or_else(|| {
            lines.push(Line { version, part, counts: [0; 4] });
            lines.len() - 1
        });
        let word = outcome.verdict.word();
        for (count, _) in lines[at].counts.iter_mut().zip(Verdict::WORDS).filter(|(_, name)| *name == word) {
            *count += 1;
        }
    }
    lines
}

/// The summary for people: a line a service, and what it comes to.
pub fn text(report: &Report) -> String {
    let mut text = format!("{:<28}{:>8}{:>8}{:>13}{:>11}\n", "", "passed", "failed", "not offered", "not tried");
    for line in lines(report) {
        let [passed, failed, lacking, untried] = line.counts;
        let name = format!("{} {}", line.version, line.part);
        text.push_str(&format!("{name:<28}{passed:>8}{failed:>8}{lacking:>13}{untried:>11}\n"));
    }
    text.push('\n');
    text.push_str(&sentence(report));
    text
}

/// What it comes to, in one sentence.
pub(super) fn sentence(report: &Report) -> String {
    let [passed, failed, lacking, untried] = report.counts();
    let rest = match (lacking, untried) {
        (0, 0) => String::new(),
        (_, 0) => format!(" {lacking} are about operations that it does not offer."),
        (0, _) => format!(" {untried} could not be tried."),
        _ => format!(" {lacking} are about operations that it does not offer, {untried} could not be tried."),
    };
    if failed > 0 {
        return format!("{failed} of {} checks failed.{rest}", passed + failed);
    }
    if passed == 0 {
        return format!("Nothing is proven: no check could be made.{rest}");
    }
    format!("All {passed} checks that could be made passed.{rest}")
}
