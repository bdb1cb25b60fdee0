//! The report as JUnit's XML: a suite for each version and service.

use super::super::{Outcome, Report, Verdict};
use super::lines;
use std::fmt::Write as _;
use std::io::Write;

pub(super) fn write(out: &mut dyn Write, report: &Report) -> anyhow::Result<()> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let [passed, failed, lacking, untried] = report.counts();
    let (tests, skipped) = (passed + failed + lacking + untried, lacking + untried);
    let seconds = seconds(report.ended.0 - report.begun.0);
    writeln!(
        text,
        "<testsuites name=\"homeroom conformance\" tests=\"{tests}\" failures=\"{failed}\" skipped=\"{skipped}\" time=\"{seconds}\">"
    )?;
    for line in lines(report) {
        let [passed, failed, lacking, untried] = line.counts;
        let (tests, skipped) = (passed + failed + lacking + untried, lacking + untried);
        writeln!(
            text,
            "  <testsuite name=\"OneRoster {} {}\" tests=\"{tests}\" failures=\"{failed}\" skipped=\"{skipped}\" timestamp=\"{}\">",
            line.version, line.part, report.begun
        )?;
        for outcome in report.outcomes.iter().filter(|o| o.version == line.version && o.part() == line.part) {
            case(&mut text, outcome)?;
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    Ok(out.write_all(text.as_bytes())?)
}

fn case(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let name = escaped(&format!("{} {}", outcome.name(), outcome.check.sentence));
    let (part, seconds) = (escaped(outcome.part()), seconds(outcome.milliseconds));
    write!(text, "    <testcase classname=\"{}.{part}\" name=\"{name}\" time=\"{seconds}\"", outcome.version)?;
    let reasons = escaped(&outcome.verdict.reasons().join("\n"));
    match &outcome.verdict {
        Verdict::Passed => text.push_str("/>\n"),
        Verdict::Failed(faults) => {
            let first = escaped(faults.first().map_or("", String::as_str));
            writeln!(text, "><failure message=\"{first}\">{reasons}</failure></testcase>")?;
        }
        Verdict::NotOffered(_) => writeln!(text, "><skipped message=\"not offered: {reasons}\"/></testcase>")?,
        Verdict::NotTried(_) => writeln!(text, "><skipped message=\"not tried: {reasons}\"/></testcase>")?,
    }
    Ok(())
}

fn seconds(milliseconds: i64) -> String {
    format!("{}.{:03}", milliseconds.max(0) / 1000, milliseconds.max(0) % 1000)
}

/// A text for XML, without what XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_break_the_document() {
        assert_eq!(escaped("a<b>&\"c\"\n\u{0}\u{ffff}é"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;\u{fffd}\u{fffd}é");
        assert_eq!((seconds(1234), seconds(-5)), ("1.234".to_owned(), "0.000".to_owned()));
    }
}
