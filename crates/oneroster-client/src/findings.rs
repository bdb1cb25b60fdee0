//! What a provider was seen to do otherwise, counted.

use crate::habit::Habit;
use oneroster::model::Kind;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One kind of departure and how often it was met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it was.
    pub habit: Habit,
    /// The kind of record, where there was one.
    pub kind: Option<Kind>,
    /// The member, without positions in lists: `roles.org`. Empty for what is not of a member.
    pub member: String,
    /// How often.
    pub count: u64,
    /// The identifier of the first record it was met in, where there was one.
    pub first: Option<String>,
    /// The identifiers of the first records, at most [`LISTED`] of them.
    pub records: Vec<String>,
}

/// So many records are named that a departure was met in; all are counted.
pub const LISTED: usize = 100;

/// Habit, kind and member.
type Key = (Habit, Option<u8>, String);
/// How often, and the first records.
type Met = BTreeMap<Key, (u64, Vec<String>)>;

/// Findings of a client or of one reading; copies share what they hold.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    met: Arc<Mutex<Met>>,
}

impl Findings {
    fn met(&self) -> MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a habit that is not of a record.
    pub(crate) fn note(&self, habit: Habit) {
        self.of(habit, None, "", None);
    }

    /// Counts a habit of collections of a kind.
    pub(crate) fn note_kind(&self, habit: Habit, kind: Kind) {
        self.of(habit, Some(kind), "", None);
    }

    /// Counts a habit of a member of a record.
    pub(crate) fn of(&self, habit: Habit, kind: Option<Kind>, member: &str, id: Option<&str>) {
        let key = (habit, kind.map(|kind| kind as u8), without_positions(member));
        let mut met = self.met();
        let (count, records) = met.entry(key).or_default();
        *count += 1;
        // A member of several rows of one record is met several times.
        let id = id.filter(|id| !id.is_empty() && records.len() < LISTED);
        records.extend(id.filter(|id| records.last().is_none_or(|last| last != id)).map(str::to_owned));
    }

    /// What was met, in the order of the table.
    pub fn list(&self) -> Vec<Finding> {
        let kind = |number: u8| Kind::all().find(|kind| *kind as u8 == number);
        let finding = |((habit, number, member), (count, records)): (&Key, &(u64, Vec<String>))| Finding {
            habit: *habit,
            kind: number.and_then(kind),
            member: member.clone(),
            count: *count,
            first: records.first().cloned(),
            records: records.clone(),
        };
        self.met().iter().map(finding).collect()
    }

    /// How often a habit was met.
    pub fn count(&self, habit: Habit) -> u64 {
        self.met().iter().filter(|((h, _, _), _)| *h == habit).map(|(_, (count, _))| count).sum()
    }
}

/// `roles[0].org` as `roles.org`.
fn without_positions(path: &str) -> String {
    let mut within = false;
    path.chars()
        .filter(|c| {
            let keep = !within && *c != '[';
            within = *c == '[' || (within && *c != ']');
            keep
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_member_is_counted_once_with_its_first_record() {
        let findings = Findings::default();
        findings.of(Habit::JsonBoolean, Some(Kind::User), "roles[0].org", Some("u1"));
        findings.of(Habit::JsonBoolean, Some(Kind::User), "roles[12].org", Some("u2"));
        findings.note(Habit::NoTotal);
        let list = findings.list();
        assert_eq!(list.len(), 2);
        assert_eq!((list[1].member.as_str(), list[1].count, list[1].first.as_deref()), ("roles.org", 2, Some("u1")));
        assert_eq!((list[1].kind, findings.count(Habit::JsonBoolean)), (Some(Kind::User), 2));
        assert_eq!(list[1].records, ["u1", "u2"]);
    }

    #[test]
    fn records_are_named_once_and_not_without_end() {
        let findings = Findings::default();
        for number in 0..2 * LISTED {
            for row in 0..2 {
                let member = format!("roles[{row}].org");
                findings.of(Habit::ReferenceAsText, Some(Kind::User), &member, Some(&format!("u{number}")));
            }
        }
        let list = findings.list();
        let wanted: Vec<String> = (0..LISTED).map(|number| format!("u{number}")).collect();
        assert_eq!((list[0].count, &list[0].records), (4 * LISTED as u64, &wanted));
    }
}
