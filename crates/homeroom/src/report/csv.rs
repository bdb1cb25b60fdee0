//! The report as CSV, one row a finding, for spreadsheets.

use oneroster::csv::write::write_row;
use oneroster::validate::Judgement;
use std::borrow::Cow;
use std::io::{self, Write};

const HEADER: [&str; 8] = ["code", "severity", "file", "line", "column", "sourced_id", "message", "hint"];

pub(super) fn write(out: &mut dyn Write, judgement: &Judgement, values: bool) -> io::Result<()> {
    let mut row = String::new();
    write_row(&mut row, HEADER.into_iter().chain(values.then_some("value")));
    out.write_all(row.as_bytes())?;
    for finding in judgement.report.findings() {
        row.clear();
        let line = finding.line.map(|l| l.to_string()).unwrap_or_default();
        let cells = [
            finding.code.label(),
            finding.severity.word(),
            finding.file.unwrap_or_default(),
            &line,
            finding.column.unwrap_or_default(),
            finding.sourced_id.unwrap_or_default(),
            finding.message,
            finding.hint,
        ];
        let value = values.then(|| finding.value.unwrap_or_default());
        let safe: Vec<Cow<'_, str>> = cells.into_iter().chain(value).map(harmless).collect();
        write_row(&mut row, safe.iter().map(AsRef::as_ref));
        out.write_all(row.as_bytes())?;
    }
    Ok(())
}

/// A text that no spreadsheet takes for a formula (csv.md D54).
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '@', '-', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(super::harmless("=1+1"), "'=1+1");
        for start in ["+", "-", "@", "\t", "\r"] {
            assert!(super::harmless(&format!("{start}SUM(A1)")).starts_with('\''));
        }
        assert_eq!(super::harmless("us-1"), "us-1");
    }
}
