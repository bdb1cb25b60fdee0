//! What a provider was seen to do otherwise while it was fetched, as findings of
//! the run.

use oneroster::model::Kind;
use oneroster::validate::{Code, Judgement, Place};
use oneroster_client::{Finding, HABITS, Habit, HabitRow, LISTED};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::io::BufRead;

/// A departure from the standard that a fetch met.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Met {
    /// The code of the habit.
    habit: String,
    /// The base name of the file that its records stand in, where there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// The member, if it is of one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    member: String,
    /// How often it was met.
    count: u64,
    /// The identifiers of the first records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    records: Vec<String>,
}

impl Met {
    /// What a client found.
    pub fn of(finding: Finding) -> Met {
        Met {
            habit: finding.habit.code().to_owned(),
            of: finding.kind.map(|kind| kind.entity().plural.to_owned()),
            member: finding.member,
            count: finding.count,
            records: finding.records,
        }
    }

    /// Whether another one tells of the same.
    fn is_like(&self, other: &Met) -> bool {
        (&self.habit, &self.of, &self.member) == (&other.habit, &other.of, &other.member)
    }

    fn row(&self) -> Option<&'static HabitRow> {
        HABITS.iter().find(|row| row.code == self.habit)
    }

    fn message(&self, row: &HabitRow) -> String {
        match self.member.as_str() {
            "" => row.sentence.to_owned(),
            member => format!("{member}: {}", row.sentence),
        }
    }

    /// The same without the records, to be kept where none may be named.
    pub fn bare(&self) -> Met {
        Met { records: Vec::new(), ..self.clone() }
    }
}

/// Adds to what was met before a fetch broke off what was met since.
pub fn joined(before: &[Met], since: impl IntoIterator<Item = Met>) -> Vec<Met> {
    let mut all = before.to_vec();
    for met in since {
        match all.iter_mut().find(|known| known.is_like(&met)) {
            Some(known) => {
                known.count += met.count;
                let room = LISTED.saturating_sub(known.records.len());
                known.records.extend(met.records.into_iter().take(room));
            }
            None => all.push(met),
        }
    }
    all
}

/// Puts what was met among the findings of what was fetched.
pub fn tell(met: &[Met], judgement: &mut Judgement) {
    if met.is_empty() {
        return;
    }
    for met in met {
        let Some(row) = met.row() else { continue };
        let code = code(row.habit);
        let Some(severity) = judgement.report.severity(code) else { continue };
        let kind = met.of.as_deref().and_then(|name| Kind::all().find(|kind| kind.entity().plural == name));
        let file = kind.map(|kind| judgement.report.file(&kind.entity().file_name()));
        let place = Place { file, ..Place::default() };
        let message = met.message(row);
        let nobody = [String::new()];
        let records = if met.records.is_empty() { nobody.as_slice() } else { &met.records };
        let listed = usize::try_from(met.count).unwrap_or(usize::MAX).min(records.len());
        for id in &records[..listed] {
            judgement.report.say(code, severity, place, id, message.clone());
        }
        judgement.report.count_only(code, severity, met.count - listed as u64);
    }
    judgement.report.sort();
}

/// Finds the records again that were named when the run was made: what a run
/// keeps of its request names nobody.
pub fn recall(met: &mut [Met], findings: impl BufRead) -> std::io::Result<()> {
    let mut wanted: HashMap<(&'static str, String, String), &mut Met> = HashMap::new();
    for met in met {
        let Some(row) = met.row() else { continue };
        let file = met.of.as_deref().map_or_else(String::new, |of| format!("{of}.csv"));
        wanted.insert((code(row.habit).label(), file, met.message(row)), met);
    }
    let mut codes: Vec<&str> = wanted.keys().map(|(code, ..)| *code).collect();
    codes.dedup();
    for line in findings.lines() {
        let Ok(finding) = serde_json::from_str::<Value>(&line?) else { continue };
        let text = |name: &str| finding[name].as_str().unwrap_or_default();
        let Some(code) = codes.iter().find(|code| **code == text("code")) else { continue };
        let key = (*code, text("file").to_owned(), text("message").to_owned());
        if let (Some(met), Some(id)) = (wanted.get_mut(&key), finding["sourced_id"].as_str()) {
            met.records.push(id.to_owned());
        }
    }
    Ok(())
}

/// The rule that a habit is told by: what became of what was met.
fn code(habit: Habit) -> Code {
    match habit {
        Habit::RecordUnreadable => Code::F3,
        Habit::MemberLeftOut => Code::F2,
        Habit::UnknownMember | Habit::RoleBeyondView => Code::F4,
        Habit::WordUnknown | Habit::GradeCode => Code::F5,
        Habit::NoTotal
        | Habit::OffsetIgnored
        | Habit::TotalMoved
        | Habit::FewerThanTotal
        | Habit::RecordTwice
        | Habit::PageRepeated
        | Habit::RangeMoved => Code::F7,
        Habit::PasswordSent => Code::F6,
        // The groups of the table are what is read: members of records, or answers.
        habit if habit.code().starts_with('M') => Code::F1,
        _ => Code::F6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(habit: Habit, member: &str, count: u64, records: &[&str]) -> Met {
        let records = records.iter().map(|id| (*id).to_owned()).collect();
        Met { habit: habit.code().into(), of: Some("users".into()), member: member.into(), count, records }
    }

    #[test]
    fn every_habit_has_a_rule() {
        for row in HABITS {
            let rule = code(row.habit).rule();
            assert_eq!(rule.check, oneroster::validate::Check::Fetch, "{}", row.code);
        }
    }

    #[test]
    fn what_was_met_before_and_since_is_one() {
        let before = [met(Habit::DateForm, "birthDate", 2, &["a", "b"])];
        let since = [met(Habit::DateForm, "birthDate", 3, &["c"]), met(Habit::NullMember, "email", 1, &["c"])];
        let wanted = [met(Habit::DateForm, "birthDate", 5, &["a", "b", "c"]), since[1].clone()];
        assert_eq!(joined(&before, since), wanted);
    }

    #[test]
    fn records_are_found_again_among_the_findings() {
        let whole = [met(Habit::DateForm, "birthDate", 5, &["a", "b"]), met(Habit::NullMember, "email", 1, &["c"])];
        let mut lines = String::new();
        for met in &whole {
            let row = met.row().unwrap();
            for id in &met.records {
                let line = serde_json::json!({
                    "code": code(row.habit).label(), "file": "users.csv", "sourced_id": id, "message": met.message(row),
                });
                lines.push_str(&format!("{line}\n"));
            }
        }
        let mut bare: Vec<Met> = whole.iter().map(Met::bare).collect();
        assert!(bare.iter().all(|met| met.records.is_empty()));
        recall(&mut bare, lines.as_bytes()).unwrap();
        assert_eq!(bare, whole);
    }
}
