//! A rule as it is written down.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rule as it is written down; which members a kind takes, the table says.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// The word of its kind.
    #[serde(rename = "do")]
    pub kind: String,
    /// The fields that it is about: `user.email`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The records that it is about, by the base name of their file: `users`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub records: String,
    /// Only records that match this filter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub when: String,
    /// What a value becomes, or which case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What is looked for: a regular expression.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub find: String,
    /// What is put in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// What a value is made of: `{givenName.1}{familyName}`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pattern: String,
    /// Words, each with what it becomes; of names, by sourcedId.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
    /// What becomes of a word that is not among them: `keep` or `blank`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub otherwise: String,
    /// Only values that are blank.
    #[serde(skip_serializing_if = "is_false")]
    pub only_blank: bool,
    /// Letters are kept as they are, accents and spaces, too.
    #[serde(skip_serializing_if = "is_false")]
    pub any_letters: bool,
    /// What becomes of a value that another record has: `number` or `report`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unique: String,
    /// sourcedIds of schools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schools: Vec<String>,
    /// A first and a last day: `2026-08-01..2027-06-30`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub days: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Given {
    /// The members that are given, beside the kind.
    pub(super) fn members(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            ("fields", !self.fields.is_empty()),
            ("records", !self.records.is_empty()),
            ("when", !self.when.is_empty()),
            ("to", self.to.is_some()),
            ("find", !self.find.is_empty()),
            ("with", self.with.is_some()),
            ("pattern", !self.pattern.is_empty()),
            ("words", !self.words.is_empty()),
            ("otherwise", !self.otherwise.is_empty()),
            ("only-blank", self.only_blank),
            ("any-letters", self.any_letters),
            ("unique", !self.unique.is_empty()),
            ("schools", !self.schools.is_empty()),
            ("days", !self.days.is_empty()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name)
    }

    /// The rule in words, for plans and findings.
    pub fn words(&self) -> String {
        let mut text = self.kind.clone();
        for part in [self.records.as_str(), &self.fields.join(", "), &self.pattern, &self.days] {
            if !part.is_empty() {
                text.push(' ');
                text.push_str(part);
            }
        }
        if !self.find.is_empty() {
            text.push_str(&format!(": {} becomes \"{}\"", self.find, self.with.as_deref().unwrap_or_default()));
        }
        if let Some(to) = &self.to {
            text.push_str(&format!(" to {}", if to.is_empty() { "nothing" } else { to }));
        }
        if !self.words.is_empty() {
            text.push_str(&format!(" by {} words", self.words.len()));
        }
        if !self.schools.is_empty() {
            text.push_str(&format!(" {}", self.schools.join(", ")));
        }
        if !self.when.is_empty() {
            text.push_str(&format!(" when {}", self.when));
        }
        text
    }
}
