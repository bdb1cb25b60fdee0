//! What a Moodle does not tell of grades: what is missing of it is not gone.
//!
//! It tells of a course the people alone who may go in today: neither who is
//! suspended nor whose days are over, so that all would lose their grades when a
//! term ends. And it tells the columns alone that the course shows its students.

use hashbrown::HashSet;
use oneroster::record::id_digest;
use serde_json::Value;

/// Of which classes and people nothing was told, by digests of their sourcedIds.
#[derive(Debug, Default)]
pub struct Untold {
    /// Classes of which nothing was told.
    silent: HashSet<u64>,
    /// Classes of which somebody was told.
    read: HashSet<u64>,
    /// The people of these, with their class.
    told: HashSet<(u64, u64)>,
}

impl Untold {
    /// Nothing is told of a class.
    pub(super) fn class(&mut self, class: &str) {
        self.silent.insert(id_digest(class));
    }

    /// Of a class of a course these people alone are told.
    pub(super) fn but_for(&mut self, class: &str, people: &[&str]) {
        let class = id_digest(class);
        self.read.insert(class);
        self.told.extend(people.iter().map(|person| (class, id_digest(person))));
    }

    /// Whether a line item of a class that is missing is not gone for that.
    pub fn hides_items_of(&self, class: &str) -> bool {
        self.silent.contains(&id_digest(class))
    }

    /// Whether a missing result of a person in a class is not gone for that.
    pub fn hides_results_of(&self, class: &str, person: &str) -> bool {
        let class = id_digest(class);
        let not_told = self.read.contains(&class) && !self.told.contains(&(class, id_digest(person)));
        not_told || self.silent.contains(&class)
    }
}

/// Columns of the user report, without which there are no grades to read.
const SHOWN: [&str; 2] = ["graderaw", "grademax"];

/// Why what a course tells of its grade items of these kinds is not all of it, if
/// it is not.
pub(super) fn not_told(answer: &Value, kinds: &[&str]) -> Option<&'static str> {
    let Some(all) = answer["usergrades"].as_array() else { return Some("Moodle's answer names no grades") };
    let items = all.iter().filter_map(|person| person["gradeitems"].as_array()).flatten();
    let items = items.filter(|item| item["itemtype"].as_str().is_some_and(|kind| kinds.contains(&kind)));
    for item in items {
        if SHOWN.iter().any(|column| item.get(*column).is_none()) {
            return Some(
                "its user report shows no grades or no ranges; let it show both in the course, under Grades > Course \
                 grade settings > User report",
            );
        }
        if item["gradeneedsupdate"].as_bool() == Some(true) {
            return Some("Moodle could not work out its grades; see the formulas in the course under Grades");
        }
    }
    None
}
