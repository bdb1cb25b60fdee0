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

fn push(intake: &mut Intake, records: &[Record]) {
    let kinds: BTreeSet<Kind> = records.iter().map(Record::kind).collect();
    // Nested kinds come before their parent.
    for kind in homeroom_store::intake::order() {
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

/// What a small district has beside rostering: material, and a gradebook for
/// the first class, in which half of the students are.
pub fn graded(students: usize) -> Vec<Record> {
    let mut all = small(students);
    for id in ["res-1", "res-2"] {
        let values =
            [(at!(Resource.title), id), (at!(Resource.vendorResourceId), id), (at!(Resource.importance), "primary")];
        all.push(record(Kind::Resource, id, &values));
    }
    let attached = [(at!(ClassResource.class), "c1"), (at!(ClassResource.resource), "res-1")];
    all.push(record(Kind::ClassResource, "cr-1", &attached));
    let attached = [(at!(CourseResource.course), "co"), (at!(CourseResource.resource), "res-2")];
    all.push(record(Kind::CourseResource, "or-1", &attached));
    let attached = [(at!(UserResource.user), "u000"), (at!(UserResource.resource), "res-1")];
    all.push(record(Kind::UserResource, "ur-1", &attached));
    all.push(record(Kind::Category, "homework", &[(at!(Category.title), "Homework"), (at!(Category.weight), "40")]));
    all.push(record(Kind::Category, "tests", &[(at!(Category.title), "Tests")]));
    let mut scale = record(
        Kind::ScoreScale,
        "letters",
        &[
            (at!(ScoreScale.title), "Letters"),
            (at!(ScoreScale.type), "letter"),
            (at!(ScoreScale.org), "s"),
            (at!(ScoreScale.course), "co"),
            (at!(ScoreScale.class), "c1"),
        ],
    );
    scale.push_pair(at!(ScoreScale.scoreScaleValue), "90-100", "A");
    scale.push_pair(at!(ScoreScale.scoreScaleValue), "0-89", "B");
    all.push(scale);
    line_item(&mut all, "li1", "c1");
    for number in (0..students).step_by(2) {
        let user = format!("u{number:03}");
        let values = [
            (at!(Result.lineItem), "li1"),
            (at!(Result.student), user.as_str()),
            (at!(Result.class), "c1"),
            (at!(Result.scoreStatus), "fully graded"),
            (at!(Result.score), "91.5"),
            (at!(Result.scoreDate), "2026-09-19"),
        ];
        all.push(record(Kind::Result, &format!("g-{user}"), &values));
    }
    all
}

/// A line item of a class.
pub fn line_item(all: &mut Vec<Record>, id: &str, class: &str) {
    let values = [
        (at!(LineItem.title), "Quiz"),
        (at!(LineItem.assignDate), "2026-09-14T07:00:00.000Z"),
        (at!(LineItem.dueDate), "2026-09-18T00:00:00.000Z"),
        (at!(LineItem.class), class),
        (at!(LineItem.category), "homework"),
        (at!(LineItem.gradingPeriod), "g"),
        (at!(LineItem.academicSession), "g"),
        (at!(LineItem.resultValueMin), "0"),
        (at!(LineItem.resultValueMax), "100"),
        (at!(LineItem.school), "s"),
    ];
    all.push(record(Kind::LineItem, id, &values));
    let objective = [
        (at!(LineItemLearningObjectiveId.lineItem), id),
        (at!(LineItemLearningObjectiveId.source), "case"),
        (at!(LineItemLearningObjectiveId.learningObjectiveId), "urn:uuid:0f1c6f2e-7a53-4a55-9a3f-2a6b5f0c9e11"),
    ];
    all.push(record(Kind::LineItemLearningObjectiveId, &format!("{id}-lo"), &objective));
    let scale = [(at!(LineItemScoreScale.lineItem), id), (at!(LineItemScoreScale.scoreScale), "letters")];
    all.push(record(Kind::LineItemScoreScale, &format!("{id}-sc"), &scale));
}
