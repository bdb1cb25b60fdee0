//! Findings by their rules, the most harmful first, a few of each.
//!
//! A rule is broken in one way a thousand times more often than in a thousand
//! ways: within a rule, findings of one file that say the same are a part, told
//! once with its number and some places.

use oneroster::validate::{Code, Finding, Report, Severity};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Most parts of a rule that are told apart; what comes after them is only
/// counted.
const PARTS: usize = 64;

/// The findings of one rule.
pub(super) struct Group<'a> {
    pub code: Code,
    pub severity: Severity,
    /// How many there are, shown or not.
    pub found: u64,
    /// What they say, the most frequent first.
    pub parts: Vec<Part<'a>>,
}

/// The findings of one rule and one file that say the same.
pub(super) struct Part<'a> {
    pub file: Option<&'a str>,
    pub message: &'a str,
    /// How many of them are listed in the report.
    pub found: u64,
    /// The first of them.
    pub shown: Vec<Finding<'a>>,
}

impl Part<'_> {
    /// What is wrong, if that is more than the rule says.
    pub fn said(&self) -> Option<&str> {
        let sentence = self.shown.first().map(|finding| finding.code.rule().sentence);
        (sentence != Some(self.message)).then_some(self.message)
    }

    /// How many there are beside the first so many.
    pub fn beyond(&self, shown: usize) -> u64 {
        self.found.saturating_sub(shown as u64)
    }
}

impl<'a> Group<'a> {
    /// How many places of each part are shown, if so many may be in all.
    pub fn share(&self, most: usize) -> usize {
        (most / self.parts.len().max(1)).max(1)
    }

    /// Its first parts, and how many findings the others have.
    pub fn first(&self, parts: usize) -> (&[Part<'a>], u64) {
        let first = self.parts.get(..parts).unwrap_or(&self.parts);
        let told: u64 = first.iter().map(|part| part.found).sum();
        (first, self.found.saturating_sub(told))
    }
}

/// Every rule with findings: by severity, then the most frequent first, with at
/// most so many findings of each part.
pub(super) fn groups(report: &Report, most: usize) -> Vec<Group<'_>> {
    let mut parts: HashMap<(Code, Severity), Vec<Part<'_>>> = HashMap::new();
    let mut numbers: HashMap<(Code, Severity, Option<&str>, &str), usize> = HashMap::new();
    for finding in report.findings() {
        let of = parts.entry((finding.code, finding.severity)).or_default();
        let key = (finding.code, finding.severity, finding.file, finding.message);
        let number = match numbers.get(&key) {
            Some(&number) => number,
            None if of.len() < PARTS => {
                of.push(Part { file: finding.file, message: finding.message, found: 0, shown: Vec::new() });
                numbers.insert(key, of.len() - 1);
                of.len() - 1
            }
            None => continue,
        };
        if let Some(part) = of.get_mut(number) {
            part.found += 1;
            if part.shown.len() < most {
                part.shown.push(finding);
            }
        }
    }
    let group = |(code, severity, found)| {
        let mut parts = parts.remove(&(code, severity)).unwrap_or_default();
        parts.sort_by_key(|part| Reverse(part.found));
        Group { code, severity, found, parts }
    };
    let mut groups: Vec<Group<'_>> = report.counts().map(group).collect();
    groups.sort_by_key(|group| (group.severity, Reverse(group.found), group.code));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::validate::Place;

    #[test]
    fn the_most_harmful_and_most_frequent_come_first() {
        let mut report = Report::new(false, false);
        let [orgs, users] = ["orgs.csv", "users.csv"].map(|name| report.file(name));
        let place = |file, line| Place { file: Some(file), line, column: None };
        report.add(Code::V16, place(users, 2), "a");
        for line in 2..9 {
            report.add(Code::V1, place(orgs, line), "b");
            report.add(Code::V1, place(users, line), "c");
        }
        report.add(Code::V1, place(users, 9), "c");
        report.add(Code::V3, place(users, 9), "c");
        let groups = groups(&report, 3);
        let found: Vec<_> = groups.iter().map(|group| (group.code, group.found)).collect();
        assert_eq!(found, [(Code::V1, 15), (Code::V3, 1), (Code::V16, 1)]);
        let parts: Vec<_> = groups[0].parts.iter().map(|p| (p.file, p.found, p.shown.len(), p.beyond(3))).collect();
        assert_eq!(parts, [(Some("users.csv"), 8, 3, 5), (Some("orgs.csv"), 7, 3, 4)]);
        assert_eq!((groups[0].share(10), groups[0].first(1).1), (5, 7));
        assert_eq!(groups[0].parts[0].said(), None);
    }
}
