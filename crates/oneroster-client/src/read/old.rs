//! Objects of 1.0 as 1.1 has them (csv.md 6.2): names and forms that changed.
//!
//! Unproven: no provider of 1.0 was at hand, so the differences are those of
//! its CSV files.

use crate::findings::Findings;
use crate::habit::Habit;
use oneroster::at;
use oneroster::csv::v1p0::{Translation, translate};
use oneroster::model::Kind;
use oneroster::time::Date;
use serde_json::{Map, Value, json};

/// How a value of 1.0 becomes one of 1.1.
#[derive(Clone, Copy)]
enum Form {
    Same,
    /// One grade or a range: `9-12`.
    Grades,
    /// A reference, in a list.
    OneOfMany,
    /// One identifier of no type.
    UserId,
    /// A word in lower case.
    Lower,
}

/// A member of 1.0: its kind, its name then, its name now.
const OLD: &[(Kind, &str, &str, Form)] = &[
    (Kind::Class, "grade", "grades", Form::Grades),
    (Kind::Class, "term", "terms", Form::OneOfMany),
    (Kind::Class, "termSourcedId", "terms", Form::OneOfMany),
    (Kind::Course, "grade", "grades", Form::Grades),
    (Kind::Course, "schoolYearId", "schoolYear", Form::Same),
    (Kind::User, "userId", "userIds", Form::UserId),
    (Kind::User, "grade", "grades", Form::Grades),
    (Kind::User, "agentSourcedIds", "agents", Form::Same),
    (Kind::Demographics, "birthdate", "birthDate", Form::Same),
    (Kind::Demographics, "userSourcedId", "sourcedId", Form::Same),
    (Kind::Demographics, "sex", "sex", Form::Lower),
];

/// Brings an object to the names and forms of 1.1.
pub(super) fn lift(kind: Kind, value: &mut Value, findings: &Findings) {
    let Some(object) = value.as_object_mut() else { return };
    for (_, old, new, form) in OLD.iter().filter(|row| row.0 == kind) {
        if *old != *new && object.contains_key(*new) {
            continue;
        }
        let Some(value) = object.remove(*old) else { continue };
        let lifted = lifted(*form, value);
        object.insert((*new).to_owned(), lifted);
        findings.of(Habit::OldName, Some(kind), old, None);
    }
    match kind {
        Kind::User => enabled(object),
        Kind::AcademicSession => school_year(object, findings),
        _ => {}
    }
}

/// 1.0 does not name the school year of a session. A year that is one names it by
/// its end; what lies in a year is told by the summer.
fn school_year(object: &mut Map<String, Value>, findings: &Findings) {
    let name = field(at!(AcademicSession.schoolYear));
    let text = |at: u8| object.get(field(at)).and_then(Value::as_str);
    let Some(end) = text(at!(AcademicSession.endDate)).and_then(Date::parse) else { return };
    let is_year = text(at!(AcademicSession.type)) == Some("schoolYear");
    if !object.contains_key(name) {
        let year = if is_year { end.ymd().0 } else { end.school_year() };
        object.insert(name.to_owned(), json!(format!("{year:04}")));
        findings.of(Habit::OldName, Some(Kind::AcademicSession), name, None);
    }
}

/// The name of a member of a session.
fn field(at: u8) -> &'static str {
    Kind::AcademicSession.entity().fields[usize::from(at)].name
}

/// `inactive` meant that a person may not sign in (csv.md 6.2).
fn enabled(object: &mut Map<String, Value>) {
    let inactive =
        object.get("status").and_then(Value::as_str).is_some_and(|word| word.eq_ignore_ascii_case("inactive"));
    if inactive {
        object.insert("status".to_owned(), json!("active"));
    }
    if !object.contains_key("enabledUser") {
        object.insert("enabledUser".to_owned(), json!((!inactive).to_string()));
    }
}

fn lifted(form: Form, value: Value) -> Value {
    match (form, value) {
        (Form::Grades, Value::String(text)) => grades(&text),
        (Form::Grades, Value::Number(number)) => grades(&number.to_string()),
        (Form::OneOfMany, one @ (Value::Object(_) | Value::String(_))) => json!([one]),
        (Form::UserId, Value::String(id)) if !id.is_empty() => json!([{ "type": "unknown", "identifier": id }]),
        (Form::UserId, Value::Number(id)) => json!([{ "type": "unknown", "identifier": id.to_string() }]),
        (Form::Lower, Value::String(word)) => json!(word.to_lowercase()),
        (_, same) => same,
    }
}

/// `9-12` as four grades, `K-2` as three, `K` as `KG`, `9` as `09`: as in files.
fn grades(text: &str) -> Value {
    let read = |part: &str| translate(Translation::Grades, part.trim()).into_owned();
    let all = text.split(',').map(read).collect::<Vec<_>>().join(",");
    json!(all.split(',').filter(|grade| !grade.is_empty()).collect::<Vec<_>>())
}
