//! Taking runs back: what comes back, what stays, and what goes along.

use crate::district::{Bench, Engine, START, Seen, person, read, record, seen, small};
use homeroom_store::intake::Plan;
use homeroom_store::{Deed, Run, RunState, Stays, TakenBack, Why, Written};
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

on_both_engines!(
    the_latest_run_is_taken_back_and_may_come_again,
    runs_are_taken_back_one_after_the_other,
    taking_back_can_be_taken_back,
    what_was_changed_since_stays_with_all_its_rows,
    what_others_need_stays_with_what_it_needs,
    by_force_scores_go_along_and_are_counted,
    random_runs_are_taken_back_to_the_byte,
);

struct Undone {
    written: Written,
    plan: Plan,
    stays: Vec<Stays>,
    scores: u64,
}

/// Takes back what was published with this plan.
fn undo(bench: &Bench, (written, plan): &(Written, Plan), force: bool) -> Undone {
    let TakenBack { compared, stays, scores, .. } =
        bench.roster.take_back(written.published.unwrap(), plan, force).unwrap();
    let plan = compared.plan.clone();
    let source = bench.roster.source("file").unwrap();
    let run = Run {
        deed: Deed::Undo,
        undoes: Some(written.run),
        state: RunState::Applied,
        plan: plan.clone(),
        ..Run::begun(source, Timestamp(START))
    };
    let written = bench.roster.apply(compared, &run, Timestamp(START)).unwrap();
    Undone { written, plan, stays, scores }
}

fn state(bench: &Bench, run: i64) -> RunState {
    bench.roster.run(run).unwrap().unwrap().state
}

/// The district a day later: one leaves, one comes, one changes, a role moves.
fn later() -> Vec<Record> {
    let mut district = small(6);
    district.retain(|record| !record.sourced_id.ends_with("u001"));
    person(&mut district, "u900", "student", "c1");
    for record in &mut district {
        match record.sourced_id.as_str() {
            "u002" => record.set(at!(User.givenName), "Grace"),
            "r-u003" => record.set(at!(Role.role), "aide"),
            "c2" => record.set(at!(Class.title), "Geometry"),
            _ => {}
        }
    }
    district
}

fn the_latest_run_is_taken_back_and_may_come_again(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(6));
    let first = seen(&bench);
    let run = bench.import("file", &later());
    let second = seen(&bench);
    assert!(first != second);
    let undone = undo(&bench, &run, false);
    assert!(seen(&bench) == first);
    assert_eq!(undone.stays, []);
    assert!(undone.written.published > run.0.published);
    assert_eq!(state(&bench, run.0.run), RunState::Undone);
    // Counts are told from the writer's sums.
    assert_eq!(bench.ids(&read(Kind::User, Version::V1P1)).1.total, 8);
    let (again, plan) = bench.import("file", &later());
    assert!(seen(&bench) == second);
    assert_eq!(plan, run.1);
    assert_eq!(state(&bench, again.run), RunState::Applied);
}

fn runs_are_taken_back_one_after_the_other(engine: Engine) {
    let mut bench = Bench::new(engine);
    let first = bench.import("file", &small(6));
    let one = seen(&bench);
    let second = bench.import("file", &later());
    let two = seen(&bench);
    let mut district = later();
    district.iter_mut().filter(|r| r.sourced_id == "u002").for_each(|r| r.set(at!(User.givenName), "Hedy"));
    let third = bench.import("file", &district);
    undo(&bench, &third, false);
    assert!(seen(&bench) == two);
    // What was given back in between is as the run left it.
    assert_eq!(undo(&bench, &second, false).stays, []);
    assert!(seen(&bench) == one);
    assert_eq!(undo(&bench, &first, false).stays, []);
    assert_eq!(seen(&bench), Seen::new());
}

fn taking_back_can_be_taken_back(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(6));
    let run = bench.import("file", &later());
    let second = seen(&bench);
    let undone = undo(&bench, &run, false);
    undo(&bench, &(undone.written, undone.plan), false);
    assert!(seen(&bench) == second);
    assert_eq!(state(&bench, run.0.run), RunState::Applied);
    assert_eq!(state(&bench, undone.written.run), RunState::Undone);
}

fn what_was_changed_since_stays_with_all_its_rows(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(6));
    let run = bench.import("file", &later());
    let mut district = later();
    // Another field of the person whose role was changed, and of the new one.
    for record in &mut district {
        if ["u003", "u900"].contains(&record.sourced_id.as_str()) {
            record.set(at!(User.familyName), "Changed");
        }
    }
    let (since, _) = bench.import("file", &district);
    let before = seen(&bench);
    let undone = undo(&bench, &run, false);
    let after = seen(&bench);
    for (kind, id) in [(Kind::User, "u003"), (Kind::Role, "r-u003"), (Kind::User, "u900"), (Kind::Role, "r-u900")] {
        let key = (kind, id.to_owned());
        assert_eq!(before.get(&key), after.get(&key), "{id}");
        assert!(undone.stays.iter().any(|one| one.kind == kind && one.sourced_id == id), "{id}: {:?}", undone.stays);
    }
    let by = undone.stays.iter().find(|one| one.sourced_id == "u003").map(|one| one.why.clone());
    assert_eq!(by, Some(Why::Changed(Some(since.run))));
    assert!(after.contains_key(&(Kind::User, "u001".into())), "the rest comes back");
    assert!(!after.contains_key(&(Kind::Enrollment, "e-u900".into())));
}

/// A line item and a score of a person, which an application brings.
fn score(bench: &mut Bench, class: &str, user: &str) {
    let item = [(at!(LineItem.title), "Quiz"), (at!(LineItem.class), class)];
    let score = [(at!(Result.lineItem), "li"), (at!(Result.student), user), (at!(Result.score), "5")];
    let all = [record(Kind::LineItem, "li", &item), record(Kind::Result, "re", &score)];
    bench.import("app", &all);
}

/// A roster to which a second run brought a class of a new course and school.
fn with_new_school(bench: &mut Bench) -> (Written, Plan) {
    bench.import("file", &small(4));
    let mut district = small(4);
    let school = [(at!(Org.name), "New"), (at!(Org.type), "school")];
    district.insert(0, record(Kind::Org, "s2", &school));
    district.push(record(Kind::Course, "co2", &[(at!(Course.title), "Art"), (at!(Course.org), "s2")]));
    let class =
        [(at!(Class.title), "Art 1"), (at!(Class.course), "co2"), (at!(Class.school), "s2"), (at!(Class.terms), "t")];
    district.push(record(Kind::Class, "c9", &class));
    person(&mut district, "u901", "student", "c9");
    person(&mut district, "u902", "student", "c9");
    bench.import("file", &district)
}

fn what_others_need_stays_with_what_it_needs(engine: Engine) {
    let mut bench = Bench::new(engine);
    let run = with_new_school(&mut bench);
    score(&mut bench, "c9", "u901");
    let before = seen(&bench);
    let undone = undo(&bench, &run, false);
    let after = seen(&bench);
    for (kind, id) in [
        (Kind::Class, "c9"),
        (Kind::Course, "co2"),
        (Kind::Org, "s2"),
        (Kind::User, "u901"),
        (Kind::Role, "r-u901"),
        (Kind::Result, "re"),
    ] {
        let key = (kind, id.to_owned());
        assert_eq!(before.get(&key), after.get(&key), "{id}: {:?}", undone.stays);
    }
    for (kind, id) in [(Kind::User, "u902"), (Kind::Role, "r-u902"), (Kind::Enrollment, "e-u902")] {
        assert!(!after.contains_key(&(kind, id.to_owned())), "{id}");
    }
    let why = |id: &str| undone.stays.iter().find(|one| one.sourced_id == id).map(|one| one.why.clone());
    assert_eq!(why("u901"), Some(Why::Needed(Kind::Result, "re".into())));
    assert_eq!(why("co2"), Some(Why::Needed(Kind::Class, "c9".into())));
    assert_eq!(undone.scores, 0);
}

fn by_force_scores_go_along_and_are_counted(engine: Engine) {
    let mut bench = Bench::new(engine);
    let run = with_new_school(&mut bench);
    score(&mut bench, "c9", "u901");
    let undone = undo(&bench, &run, true);
    let after = seen(&bench);
    assert_eq!((undone.scores, undone.stays), (1, Vec::new()));
    let gone = ["c9", "co2", "s2", "u901", "re", "li"];
    assert!(after.keys().all(|(_, id)| !gone.contains(&id.as_str())), "{:?}", after.keys());
    assert!(after.contains_key(&(Kind::User, "u000".into())));
}

/// What a random day does: who is there, and with which name.
type Day = Vec<(bool, u8)>;

fn district_of(day: &Day) -> Vec<Record> {
    let mut all = small(0);
    for (number, (there, name)) in day.iter().enumerate() {
        if *there {
            person(&mut all, &format!("u{number:03}"), "student", if name % 2 == 0 { "c1" } else { "c2" });
            let user = all.iter_mut().rev().find(|record| record.kind() == Kind::User).unwrap();
            user.set(at!(User.familyName), &format!("Name{}", name / 2));
        }
    }
    all
}

fn random_runs_are_taken_back_to_the_byte(engine: Engine) {
    let day = proptest::collection::vec((any::<bool>(), 0u8..4), 12);
    let days = proptest::collection::vec(day, 3);
    let mut runner = TestRunner::new(Config {
        cases: if engine == Engine::Sqlite { 16 } else { 5 },
        failure_persistence: None,
        ..Config::default()
    });
    let law = runner.run(&days, |days| {
        let mut bench = Bench::new(engine);
        let mut done = Vec::new();
        for day in &days {
            let before = seen(&bench);
            done.push((before, bench.import("file", &district_of(day))));
        }
        for (before, run) in done.into_iter().rev() {
            if run.0.published.is_some() {
                prop_assert_eq!(undo(&bench, &run, false).stays, []);
            }
            prop_assert!(seen(&bench) == before);
        }
        Ok(())
    });
    law.unwrap();
}
