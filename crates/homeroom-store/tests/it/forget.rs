//! Forgetting a person: what is left, and what others see of it.

use crate::district::{Bench, Engine, read, record, small};
use homeroom_store::{Tombstones, Which};
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;

on_both_engines!(
    nothing_of_a_person_is_left_but_bare_tombstones,
    scores_go_with_the_person,
    others_forget_whom_they_named,
    a_run_can_still_be_taken_back,
    forgetting_again_does_nothing,
    who_comes_again_is_a_new_record,
);

const LATER: Timestamp = Timestamp(crate::district::START + 3_600_000);

/// Two days: the person has another name on the second.
fn days(bench: &mut Bench) -> Vec<Record> {
    let mut district = small(4);
    let mail = [(at!(User.agents), "u001"), (at!(User.agents), "u002")];
    let parent = district.iter_mut().find(|one| one.sourced_id == "t1").unwrap();
    mail.iter().for_each(|(field, id)| parent.push(*field, id));
    district.push(record(Kind::Demographics, "u001", &[(at!(Demographics.birthDate), "2011-05-05")]));
    bench.import("file", &district);
    let person = district.iter_mut().find(|one| one.sourced_id == "u001" && one.kind() == Kind::User).unwrap();
    person.set(at!(User.familyName), "Secretive");
    bench.import("file", &district);
    district
}

/// Every row of a version, by kind and identifier.
fn seen(bench: &Bench, as_of: Option<Timestamp>) -> Vec<(Kind, String, Vec<u8>)> {
    let mut export = bench.roster.export(as_of).unwrap();
    let mut all = Vec::new();
    for kind in Kind::all() {
        for which in [Which::Live, Which::Since(Timestamp(0))] {
            export
                .rows(kind, which, None, &mut |row| {
                    all.push((kind, row.sourced_id.to_owned(), row.packed.to_vec()));
                    true
                })
                .unwrap();
        }
    }
    all
}

fn nothing_of_a_person_is_left_but_bare_tombstones(engine: Engine) {
    let mut bench = Bench::new(engine);
    days(&mut bench);
    let first = bench.roster.published().unwrap();
    let done = bench.roster.forget("u001", LATER).unwrap();
    let counts: Vec<(&str, u64)> = done.records.iter().map(|(kind, count)| (*kind, *count)).collect();
    assert_eq!(counts, [("demographics", 1), ("enrollments", 1), ("roles", 1), ("users", 1)]);
    assert_eq!((done.named_by, done.published), (1, Some(LATER)));
    for as_of in [None, Some(Timestamp(crate::district::START + 1_000)), Some(Timestamp(LATER.0 - 1))] {
        for (kind, id, packed) in seen(&bench, as_of) {
            let text = String::from_utf8_lossy(&packed).into_owned();
            assert!(!text.contains("Secretive") && !text.contains("Name-001") && !text.contains("2011-05-05"), "{id}");
            let theirs = ["u001", "r-u001", "e-u001"].contains(&id.as_str());
            let mut empty = Vec::new();
            Record::new(kind).pack(&mut empty);
            assert_eq!(packed == empty, theirs, "{kind:?} {id}");
            // Lists and references of others are without the person, too.
            assert!(theirs || !text.contains("u001"), "{kind:?} {id}: {text}");
        }
    }
    // Who follows the changes learns that they are gone; counts are right.
    let mut ask = read(Kind::User, Version::V1P2);
    ask.tombstones = Tombstones::Shown;
    let found = |id: &str| {
        let mut status = None;
        bench
            .roster
            .page(&ask, &mut |row| status = status.or((row.sourced_id == id).then_some((row.status, row.published))))
            .unwrap();
        status
    };
    assert_eq!(found("u001"), Some((Status::ToBeDeleted, LATER)));
    assert_eq!(found("t1"), Some((Status::Active, LATER)), "t1 has one agent less");
    assert_eq!(bench.ids(&read(Kind::User, Version::V1P2)).1.total, 5);
    assert_eq!(bench.ids(&read(Kind::Enrollment, Version::V1P2)).1.total, 5);
    assert!(format!("{:?}", bench.roster.published().unwrap()) != format!("{first:?}"));
    let wanted = homeroom_store::Wanted::new("secretive").unwrap();
    assert_eq!(bench.roster.find(&wanted, 9).unwrap().0, 0);
}

fn scores_go_with_the_person(engine: Engine) {
    let mut bench = Bench::new(engine);
    days(&mut bench);
    let item = [(at!(LineItem.title), "Quiz"), (at!(LineItem.class), "c1")];
    let score = |id, user| {
        record(Kind::Result, id, &[(at!(Result.lineItem), "li"), (at!(Result.student), user), (at!(Result.score), "5")])
    };
    bench.import("app", &[record(Kind::LineItem, "li", &item), score("re1", "u001"), score("re2", "u002")]);
    let ids = bench.roster.records_of("u001").unwrap();
    let ids: Vec<(Kind, String)> = ids.into_iter().map(|(kind, _, id)| (kind, id)).collect();
    assert_eq!(ids.first(), Some(&(Kind::User, "u001".to_owned())));
    assert!(ids.contains(&(Kind::Result, "re1".to_owned())) && ids.len() == 5, "{ids:?}");
    assert_eq!(bench.roster.forget("u001", LATER).unwrap().records["results"], 1);
    assert_eq!(bench.ids(&read(Kind::Result, Version::V1P2)).0, ["re2"]);
    assert_eq!(bench.roster.records_of("nobody").unwrap(), []);
}

fn others_forget_whom_they_named(engine: Engine) {
    let mut bench = Bench::new(engine);
    days(&mut bench);
    bench.roster.forget("u001", LATER).unwrap();
    let stored = bench.roster.stored(Kind::User, "t1").unwrap().unwrap();
    assert_eq!(stored.record.list(at!(User.agents)).collect::<Vec<_>>(), ["u002"]);
}

fn a_run_can_still_be_taken_back(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = days(&mut bench);
    let other = district.iter_mut().find(|one| one.sourced_id == "u002" && one.kind() == Kind::User).unwrap();
    other.set(at!(User.givenName), "Grace");
    let person = district.iter_mut().find(|one| one.sourced_id == "u001" && one.kind() == Kind::User).unwrap();
    person.set(at!(User.givenName), "Hedy");
    let (written, plan) = bench.import("file", &district);
    assert_eq!(plan.kinds().map(|(_, tally)| tally.changed).sum::<u64>(), 2);
    bench.roster.forget("u001", LATER).unwrap();
    let back = bench.roster.take_back(written.published.unwrap(), &plan, false).unwrap();
    let moved: Vec<u64> = back.compared.plan.kinds().map(|(_, t)| t.added + t.changed + t.removed).collect();
    // The other one goes back alone; who was forgotten stays so.
    assert_eq!((moved, back.conflicts), (vec![1], 1));
}

fn forgetting_again_does_nothing(engine: Engine) {
    let mut bench = Bench::new(engine);
    days(&mut bench);
    bench.roster.forget("u001", LATER).unwrap();
    let before = seen(&bench, None);
    let again = bench.roster.forget("u001", Timestamp(LATER.0 + 1)).unwrap();
    assert_eq!((again.records.len(), again.named_by, again.published), (0, 0, None));
    assert_eq!(bench.roster.forget("nobody", LATER).unwrap().published, None);
    assert!(seen(&bench, None) == before);
}

fn who_comes_again_is_a_new_record(engine: Engine) {
    let mut bench = Bench::new(engine);
    let district = days(&mut bench);
    bench.roster.forget("u001", LATER).unwrap();
    let (written, plan) = bench.import("file", &district);
    let added = plan.kinds().map(|(_, tally)| tally.added).sum::<u64>();
    assert_eq!(added, 4, "{plan:?}");
    let mut came = Vec::new();
    bench.roster.people_of(written.published.unwrap(), &mut |id| came.push(id.to_owned())).unwrap();
    assert!(came.contains(&"u001".to_owned()), "{came:?}");
    assert_eq!(bench.ids(&read(Kind::User, Version::V1P2)).1.total, 6);
}

/// What was overwritten cannot be read from the files either.
#[test]
fn the_file_does_not_hold_what_was_forgotten() {
    let mut bench = Bench::new(Engine::Sqlite);
    days(&mut bench);
    let holds = |bench: &Bench| {
        bench.files().iter().any(|file| {
            let bytes = std::fs::read(file).unwrap();
            bytes.windows(9).any(|window| window == b"Secretive")
        })
    };
    assert!(holds(&bench));
    bench.roster.forget("u001", LATER).unwrap();
    assert!(!holds(&bench));
}
