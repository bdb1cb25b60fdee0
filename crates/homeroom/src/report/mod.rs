//! Reports of findings, as a table for people, as JSON and CSV for programs.

mod csv;
mod json;
mod table;

use oneroster::validate::Judgement;
use std::io::Write;

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// Grouped by rule, the most harmful first, with the next step.
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
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::count(number), text);
        }
    }
}
