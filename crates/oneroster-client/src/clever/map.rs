//! What becomes of Clever's members, as a table (dev.clever.com/reference/schema).

use crate::findings::Findings;
use crate::habit::Habit;
use oneroster::at;
use oneroster::model::{Kind, Role};
use oneroster::record::Record;
use oneroster::time::{Date, Timestamp};
use serde_json::Value;

/// How a value is read.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Day,
    /// A grade, by the table below.
    Grade,
    /// An e-mail address; what has no @ is none.
    Mail,
}

/// A member of Clever's and the field that it becomes.
type Row = (Kind, &'static str, u8, Form);

const MEMBERS: &[Row] = &[
    (Kind::Org, "name", at!(Org.name), Form::Text),
    (Kind::Org, "school_number", at!(Org.identifier), Form::Text),
    (Kind::Org, "district", at!(Org.parent), Form::Text),
    (Kind::AcademicSession, "name", at!(AcademicSession.title), Form::Text),
    (Kind::AcademicSession, "start_date", at!(AcademicSession.startDate), Form::Day),
    (Kind::AcademicSession, "end_date", at!(AcademicSession.endDate), Form::Day),
    (Kind::Course, "name", at!(Course.title), Form::Text),
    (Kind::Course, "number", at!(Course.courseCode), Form::Text),
    (Kind::Course, "district", at!(Course.org), Form::Text),
    (Kind::Class, "name", at!(Class.title), Form::Text),
    (Kind::Class, "section_number", at!(Class.classCode), Form::Text),
    (Kind::Class, "course", at!(Class.course), Form::Text),
    (Kind::Class, "school", at!(Class.school), Form::Text),
    (Kind::Class, "term_id", at!(Class.terms), Form::Text),
    (Kind::Class, "grade", at!(Class.grades), Form::Grade),
    (Kind::Class, "subject", at!(Class.subjects), Form::Text),
    (Kind::Class, "period", at!(Class.periods), Form::Text),
    (Kind::User, "name.first", at!(User.givenName), Form::Text),
    (Kind::User, "name.middle", at!(User.middleName), Form::Text),
    (Kind::User, "name.last", at!(User.familyName), Form::Text),
    (Kind::User, "email", at!(User.email), Form::Mail),
    (Kind::User, "roles.student.student_number", at!(User.identifier), Form::Text),
    (Kind::User, "roles.teacher.teacher_number", at!(User.identifier), Form::Text),
    (Kind::User, "roles.student.grade", at!(User.grades), Form::Grade),
    (Kind::User, "roles.student.credentials.district_username", at!(User.username), Form::Text),
    (Kind::User, "roles.teacher.credentials.district_username", at!(User.username), Form::Text),
    (Kind::User, "roles.staff.credentials.district_username", at!(User.username), Form::Text),
];

/// Identifiers of people in other systems: where they stand, and their type.
const IDS: [(&str, &str); 5] = [
    ("roles.student.sis_id", "sis_id"),
    ("roles.student.state_id", "state_id"),
    ("roles.teacher.sis_id", "sis_id"),
    ("roles.teacher.state_id", "state_id"),
    ("roles.staff.staff_id", "staff_id"),
];

/// Clever's words for grades that are not numbers, and those of CEDS.
const GRADES: [(&str, &str); 8] = [
    ("InfantToddler", "IT"),
    ("Preschool", "PR"),
    ("PreKindergarten", "PK"),
    ("TransitionalKindergarten", "TK"),
    ("Kindergarten", "KG"),
    ("PostGraduate", "PS"),
    ("Ungraded", "UG"),
    ("Other", "Other"),
];

/// Clever's roles and the standard's.
const ROLES: [(&str, &str); 5] = [
    ("student", "student"),
    ("teacher", "teacher"),
    ("staff", "siteAdministrator"),
    ("district_admin", "districtAdministrator"),
    ("contact", "guardian"),
];

/// The lists of people in a section, and their role.
const ENROLLED: [(&str, Role); 2] = [("teachers", Role::Teacher), ("students", Role::Student)];

/// The records that an object becomes: one, or the enrollments of a section.
pub(super) fn records(kind: Kind, object: &Value, findings: &Findings) -> Vec<Record> {
    let Some(id) = text(object, "id") else { return Vec::new() };
    if kind == Kind::Enrollment {
        return enrollments(object, &id);
    }
    let mut record = Record::new(kind);
    record.sourced_id.clone_from(&id);
    record.modified = object["last_modified"].as_str().and_then(Timestamp::parse_lenient);
    for (_, path, field, form) in MEMBERS.iter().filter(|row| row.0 == kind) {
        if record.get(*field).is_none()
            && let Some(value) = text(object, path)
        {
            put(&mut record, *field, *form, &value, path, findings);
        }
    }
    match kind {
        Kind::Org => record.set(at!(Org.type), if object.get("district").is_some() { "school" } else { "district" }),
        Kind::AcademicSession => session(&mut record),
        Kind::Class => record.set(at!(Class.classType), "scheduled"),
        Kind::User => person(&mut record, object),
        _ => {}
    }
    vec![record]
}

fn put(record: &mut Record, field: u8, form: Form, value: &str, path: &str, findings: &Findings) {
    match form {
        Form::Text => record.push(field, value),
        Form::Grade => record.push(field, &grade(value)),
        Form::Mail if value.contains('@') => record.push(field, value),
        Form::Day => match value.get(..10).and_then(Date::parse) {
            Some(day) => record.push(field, &day.to_string()),
            None => findings.of(Habit::MemberLeftOut, Some(record.kind()), path, Some(&record.sourced_id)),
        },
        Form::Mail => findings.of(Habit::MemberLeftOut, Some(record.kind()), path, Some(&record.sourced_id)),
    }
}

/// The text at a path; numbers as texts.
fn text(object: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(object, |value, name| value.get(name))? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn texts<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    value[name].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn grade(word: &str) -> String {
    let known = GRADES.iter().find(|(clever, _)| clever.eq_ignore_ascii_case(word)).map(|(_, ceds)| *ceds);
    match (known, word.parse::<u8>()) {
        (Some(known), _) => known.to_owned(),
        (None, Ok(number)) => format!("{number:02}"),
        (None, Err(_)) => word.to_owned(),
    }
}

/// A term ends in the school year that it is of, if that ends in summer.
fn session(record: &mut Record) {
    record.set(at!(AcademicSession.type), "term");
    if let Some(end) = record.get(at!(AcademicSession.endDate)).and_then(Date::parse) {
        record.set(at!(AcademicSession.schoolYear), &end.school_year().to_string());
    }
}

fn person(record: &mut Record, object: &Value) {
    record.set(at!(User.enabledUser), "true");
    let mut known: Vec<(&str, String)> = Vec::new();
    for (path, ty) in IDS {
        if let Some(id) = text(object, path).filter(|id| !known.contains(&(ty, id.clone()))) {
            known.push((ty, id));
        }
    }
    for (ty, id) in known {
        record.push_pair(at!(User.userIds), ty, &id);
    }
    for (clever, word) in ROLES {
        let role = &object["roles"][clever];
        if !role.is_object() {
            continue;
        }
        let mut orgs: Vec<&str> = texts(role, "schools").chain(role["school"].as_str()).collect();
        if orgs.is_empty() {
            orgs.extend(object["district"].as_str());
        }
        orgs.dedup();
        for org in orgs {
            hold(record, word, org);
        }
    }
}

/// Adds a role, unless the person holds it there already.
fn hold(record: &mut Record, word: &str, org: &str) {
    let id = format!("role.{}.{org}.{word}", record.sourced_id);
    if record.rows(at!(User.roles)).any(|row| row.sourced_id == id) {
        return;
    }
    let mut row = Record::new(Kind::Role);
    row.push(at!(Role.user), &record.sourced_id);
    row.push(at!(Role.roleType), "primary");
    row.push(at!(Role.role), word);
    row.push(at!(Role.org), org);
    row.sourced_id = id;
    record.push_row(at!(User.roles), row);
}

/// Who is in a section; Clever has no records of it, so identifiers are made.
fn enrollments(section: &Value, id: &str) -> Vec<Record> {
    let mut all = Vec::new();
    for (list, role) in ENROLLED {
        for user in texts(section, list) {
            let mut record = Record::new(Kind::Enrollment);
            record.sourced_id = format!("{id}.{user}.{}", role.word());
            record.modified = section["last_modified"].as_str().and_then(Timestamp::parse_lenient);
            record.push(at!(Enrollment.class), id);
            record.push(at!(Enrollment.user), user);
            record.push(at!(Enrollment.role), role.word());
            if let Some(school) = section["school"].as_str() {
                record.push(at!(Enrollment.school), school);
            }
            if role == Role::Teacher {
                let lead = section["teacher"].as_str() == Some(user);
                record.push(at!(Enrollment.primary), if lead { "true" } else { "false" });
            }
            all.push(record);
        }
    }
    all
}
