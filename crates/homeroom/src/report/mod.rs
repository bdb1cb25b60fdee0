//! Reports of findings, as a table for people, as JSON and CSV for programs.

mod csv;
mod json;
mod table;

use oneroster::validate::Judgement;
use std::io::Write;

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// For people: by rule, the gravest first, a few of each with the next step.
    Table,
    /// One document with every finding.
    Json,
    /// One row a finding.
    Csv,
}

/// Writes a report.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, judgement: &Judgement, format: Format, values: bool) -> anyhow::Result<()> {
    match format {
        Format::Table => table::write(out, judgement)?,
        Format::Json => json::write(out, judgement, values)?,
        Format::Csv => csv::write(out, judgement, values)?,
    }
    Ok(())
}

/// Thousands with commas: `1,234,567`.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;
    use oneroster::csv::Package;
    use oneroster::time::Timestamp;
    use oneroster::validate::{Options, judge};
    use std::path::Path;

    fn written(format: Format) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oneroster/tests/fixtures/v1p2");
        let mut package = Package::open(&folder).expect("a folder of the repository");
        let judgement =
            judge(&mut package, &Options::careful(Timestamp(0)), &mut |_| {}).expect("the sample can be judged");
        let mut out = Vec::new();
        write(&mut out, &judgement, format, false).expect("memory takes it");
        String::from_utf8(out).expect("reports are text")
    }

    #[test]
    fn json_has_the_shape_of_the_contract() {
        let document: serde_json::Value = serde_json::from_str(&written(Format::Json)).expect("one document");
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
        };
        assert_eq!(keys(&document), ["package", "summary", "findings", "figures"]);
        assert_eq!(keys(&document["package"]), ["oneroster", "mode", "files"]);
        assert_eq!(keys(&document["summary"]), ["error", "warning", "repaired", "info"]);
        let finding = ["code", "severity", "file", "line", "column", "sourced_id", "message", "hint"];
        assert_eq!(keys(&document["findings"][0]), finding);
        assert_eq!(document["summary"]["error"], 0);
    }

    #[test]
    fn every_finding_is_a_row_and_the_table_says_what_next() {
        let rows = written(Format::Csv);
        let document: serde_json::Value = serde_json::from_str(&written(Format::Json)).expect("one document");
        let findings = document["findings"].as_array().map_or(0, Vec::len);
        assert_eq!(rows.lines().count(), findings + 1);
        let table = written(Format::Table);
        assert!(table.contains("Next: ") && table.ends_with("The package can be imported.\n"), "{table}");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::count(number), text);
        }
    }
}
