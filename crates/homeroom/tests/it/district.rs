//! A small district made by hand, and its way into the roster.

use homeroom_store::intake::Intake;
use homeroom_store::{Roster, Run, RunState};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::collections::BTreeSet;

/// Puts a district in place of what the source sent before; gives the instant
/// at which that became visible.
pub fn import(roster: &Roster, records: &[Record], now: Timestamp) -> Timestamp {
    let source = roster.source("file").unwrap();
    let run = |plan| Run { state: RunState::Applied, plan, ..Run::begun(source, now) };
    let written = if let Some((mut intake, load)) = roster.first_load(source, now).unwrap() {
        push(&mut intake, records);
        let compared = intake.finish().unwrap();
        load.end(Some(run(compared.plan.clone()))).unwrap().unwrap()
    } else {
        let mut intake = roster.compare(source, true).unwrap();
        push(&mut intake, records);
        let compared = intake.finish().unwrap();
        let run = run(compared.plan.clone());
        roster.apply(compared, &run, now).unwrap()
    };
    written.published.unwrap_or(now)
}

/// Nested kinds come before their parent.
const ORDER: [Kind; 9] = [
    Kind::Org,
    Kind::AcademicSession,
    Kind::Course,
    Kind::Class,
    Kind::UserProfile,
    Kind::Role,
    Kind::User,
    Kind::Demographics,
    Kind::Enrollment,
];

fn push(intake: &mut Intake, records: &[Record]) {
    let kinds: BTreeSet<Kind> = records.iter().map(Record::kind).collect();
    for kind in ORDER {
        if !kinds.contains(&kind) {
            intake.absent(kind).unwrap();
            continue;
        }
        intake.begin(kind, 0, Box::new(|_| false)).unwrap();
        for record in records.iter().filter(|r| r.kind() == kind) {
            intake.push(&mut record.clone()).unwrap();
        }
        intake.end(kind).unwrap();
    }
}

fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(id);
    for (field, value) in values {
        record.push(*field, value);
    }
    record
}

/// One school with a course, two classes, a teacher each and some students.
pub fn small(students: usize) -> Vec<Record> {
    let mut all = vec![
        record(Kind::Org, "d", &[(at!(Org.name), "District"), (at!(Org.type), "district"), (at!(Org.identifier), "d")]),
        record(
            Kind::Org,
            "s",
            &[(at!(Org.name), "School"), (at!(Org.type), "school"), (at!(Org.identifier), "s"), (at!(Org.parent), "d")],
        ),
        record(Kind::Course, "co", &[(at!(Course.title), "Algebra"), (at!(Course.org), "s")]),
    ];
    for (id, kind, parent) in [("y", "schoolYear", ""), ("t", "term", "y"), ("g", "gradingPeriod", "t")] {
        let mut session = record(
            Kind::AcademicSession,
            id,
            &[
                (at!(AcademicSession.title), id),
                (at!(AcademicSession.type), kind),
                (at!(AcademicSession.startDate), "2026-08-01"),
                (at!(AcademicSession.endDate), "2027-07-01"),
                (at!(AcademicSession.schoolYear), "2027"),
            ],
        );
        if !parent.is_empty() {
            session.push(at!(AcademicSession.parent), parent);
        }
        all.push(session);
    }
    for class in ["c1", "c2"] {
        all.push(record(
            Kind::Class,
            class,
            &[
                (at!(Class.title), class),
                (at!(Class.course), "co"),
                (at!(Class.classType), "scheduled"),
                (at!(Class.school), "s"),
                (at!(Class.terms), "t"),
            ],
        ));
    }
    for number in 0..students {
        person(&mut all, &format!("u{number:03}"), "student", if number % 2 == 0 { "c1" } else { "c2" });
    }
    person(&mut all, "t1", "teacher", "c1");
    person(&mut all, "t2", "teacher", "c2");
    all
}

pub fn person(all: &mut Vec<Record>, id: &str, role: &str, class: &str) {
    let email = format!("{id}@school.test");
    let values = [
        (at!(User.enabledUser), "true"),
        (at!(User.username), id),
        (at!(User.givenName), "Zoë"),
        (at!(User.familyName), "O'Brien"),
        (at!(User.email), email.as_str()),
        (at!(User.identifier), id),
    ];
    all.push(record(Kind::User, id, &values));
    let held = [(at!(Role.user), id), (at!(Role.roleType), "primary"), (at!(Role.role), role), (at!(Role.org), "s")];
    all.push(record(Kind::Role, &format!("r-{id}"), &held));
    all.push(record(Kind::Demographics, id, &[(at!(Demographics.sex), "female")]));
    let values = [
        (at!(Enrollment.class), class),
        (at!(Enrollment.school), "s"),
        (at!(Enrollment.user), id),
        (at!(Enrollment.role), role),
    ];
    all.push(record(Kind::Enrollment, &format!("e-{id}"), &values));
}
