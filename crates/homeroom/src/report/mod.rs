//! Reports of findings: a table and a page for people, JSON and CSV for programs.

mod advice;
mod csv;
mod groups;
mod html;
mod json;
mod table;

pub use csv::harmless;
pub use json::examples;
pub use table::findings;

use oneroster::validate::{Judgement, Options, SchoolFigures};
use std::io::Write;
use std::path::Path;

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// For people: by rule, the gravest first, a few of each with the next step.
    Table,
    /// One document with every finding.
    Json,
    /// One row a finding.
    Csv,
    /// One page to open in a browser, to search, to print and to pass on.
    Html,
}

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The package, as it was named.
    pub package: &'a Path,
    /// How it was to be judged.
    pub options: &'a Options,
    /// What was found.
    pub judgement: &'a Judgement,
}

/// Writes a report.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, about: &About<'_>, format: Format) -> anyhow::Result<()> {
    let values = about.options.values;
    match format {
        Format::Table => table::write(out, about)?,
        Format::Json => json::write(out, about.judgement, values)?,
        Format::Csv => csv::write(out, about.judgement, values)?,
        Format::Html => html::write(out, about)?,
    }
    Ok(())
}

/// What a school is called.
fn name_of(school: &SchoolFigures) -> &str {
    if school.name.is_empty() { &school.sourced_id } else { &school.name }
}

/// A number of things: `1 error`, `2 errors`.
fn counted(number: u64, name: &str) -> String {
    format!("{} {name}{}", count(number), if number == 1 { "" } else { "s" })
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
        let options = Options::careful(Timestamp(0));
        let judgement = judge(&mut package, &options, &mut |_| {}).expect("the sample can be judged");
        let mut out = Vec::new();
        let about = About { package: Path::new("v1p2"), options: &options, judgement: &judgement };
        write(&mut out, &about, format).expect("memory takes it");
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
        assert!(table.contains("Next: ") && table.ends_with("import it with: homeroom import v1p2\n"), "{table}");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::count(number), text);
        }
    }
}
