//! The model table against the standard's own facts, member by member.
//!
//! `fixtures/rest-model.json` and `fixtures/csv-tables.json` state the facts;
//! where the table takes another side, [`decided`] names the entry of
//! docs/QUIRKS.md that says why. A difference that is not listed fails, and so
//! does an entry that is no difference any more.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod classes;
mod decided;
mod files;
mod routes;

use decided::Decided;
use serde_json::Value;

/// A fixture as JSON.
fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("a fixture is JSON")
}

fn rest_model() -> Value {
    fixture(include_str!("../fixtures/rest-model.json"))
}

fn csv_tables() -> Value {
    fixture(include_str!("../fixtures/csv-tables.json"))
}

/// The texts of a JSON array, in order; none if there is no array.
fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|v| v.as_str().expect("a text")).collect()
}

fn sorted(mut texts: Vec<&str>) -> Vec<&str> {
    texts.sort_unstable();
    texts
}

/// Differences found while a part of the table is compared.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    /// Notes a fact that the standard and the table tell differently.
    fn compare(&mut self, subject: &str, fact: &str, standard: impl ToString, table: impl ToString) {
        let (standard, table) = (standard.to_string(), table.to_string());
        if standard != table {
            self.0.push(format!("{subject} {fact}: {standard} -> {table}"));
        }
    }

    /// All differences must be decided, and all decided ones must be there.
    fn are(self, decided: &[Decided]) {
        let open: Vec<_> = self.0.iter().filter(|d| !decided.iter().any(|(known, _)| known == d)).collect();
        let stale: Vec<_> = decided.iter().filter(|(known, _)| !self.0.iter().any(|d| d == known)).collect();
        assert!(open.is_empty() && stale.is_empty(), "not decided: {open:#?}\nno longer a difference: {stale:#?}");
    }
}

/// Every decision that a test relies on stands in docs/QUIRKS.md.
#[test]
fn decided_differences_are_explained() {
    let quirks = include_str!("../../../../docs/QUIRKS.md");
    for (difference, number) in decided::CLASSES.iter().chain(decided::FILES) {
        assert!(quirks.contains(&format!("\n## Q{number} ")), "QUIRKS.md has no Q{number}: {difference}");
    }
}
