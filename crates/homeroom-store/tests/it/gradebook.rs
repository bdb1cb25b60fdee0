//! Writes of applications: as changes among others, beside imports and first
//! loads.

use crate::district::{Bench, Engine, START, read, record, run, small};
use homeroom_store::gradebook::{Done, Owner, Refused, Task, Verdict, When, Write};
use homeroom_store::{ErrorKind, Tombstones};
use oneroster::at;
use oneroster::grant::Bounds;
use oneroster::model::{Kind, Version};
use oneroster::record::{Record, Status};
use oneroster::time::{Date, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

on_both_engines!(
    any_row_of_writes_leaves_what_it_says,
    an_import_goes_on_though_applications_write_meanwhile,
    an_import_does_not_write_over_what_was_written_meanwhile,
    rostering_keeps_its_version_while_grades_are_written,
    who_waits_for_a_first_load_for_too_long_is_told_so,
    a_retry_moves_nothing,
    who_is_bounded_writes_within_the_bounds,
);

fn write(task: Task) -> Write {
    Write {
        author: "lms".into(),
        version: Version::V1P2,
        // The clock stands still; instants move on all the same.
        now: Timestamp(START),
        task,
        when: When::Always,
        unseen: Vec::new(),
        view: None,
    }
}

fn put(bench: &Bench, record: Record) -> Verdict {
    bench.roster.write(write(Task::Put(Box::new(record)))).unwrap()
}

fn delete(bench: &Bench, kind: Kind, id: &str) -> Verdict {
    bench.roster.write(write(Task::Delete { kind, sourced_id: id.into() })).unwrap()
}

fn category(id: &str, title: &str) -> Record {
    record(Kind::Category, id, &[(at!(Category.title), title)])
}

fn line_item(id: &str, category: &str, title: &str) -> Record {
    let values = [
        (at!(LineItem.title), title),
        (at!(LineItem.assignDate), "2026-09-14T07:00:00.000Z"),
        (at!(LineItem.dueDate), "2026-09-18T00:00:00.000Z"),
        (at!(LineItem.class), "c1"),
        (at!(LineItem.category), category),
        (at!(LineItem.resultValueMin), "0"),
        (at!(LineItem.resultValueMax), "100"),
    ];
    record(Kind::LineItem, id, &values)
}

fn result(id: &str, item: &str, score: &str) -> Record {
    let values = [
        (at!(Result.lineItem), item),
        (at!(Result.student), "u000"),
        (at!(Result.scoreStatus), "fully graded"),
        (at!(Result.score), score),
        (at!(Result.scoreDate), "2026-09-19"),
    ];
    record(Kind::Result, id, &values)
}

/// The live records of a kind, as readers see them; the total must agree.
fn stored(bench: &Bench, kind: Kind, tombstones: Tombstones) -> Vec<(String, Record)> {
    let mut ask = read(kind, Version::V1P2);
    ask.tombstones = tombstones;
    let mut seen = Vec::new();
    let page = bench.roster.page(&ask, &mut |row| {
        let mut record = Record::unpack(kind, row.sourced_id, row.packed).unwrap();
        record.status = row.status;
        seen.push((row.sourced_id.to_owned(), record));
    });
    assert_eq!(page.unwrap().unwrap().total, seen.len() as u64, "{kind:?}");
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    seen
}

#[derive(Clone, Debug)]
enum Step {
    Category(u8, u8),
    Item(u8, u8, u8),
    Result(u8, u8, u8),
    Delete(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..3u8, 0..3u8).prop_map(|(id, title)| Step::Category(id, title)),
        (0..3u8, 0..3u8, 0..2u8).prop_map(|(id, category, title)| Step::Item(id, category, title)),
        (0..4u8, 0..3u8, 0..3u8).prop_map(|(id, item, score)| Step::Result(id, item, score)),
        (0..3u8, 0..4u8).prop_map(|(kind, id)| Step::Delete(kind, id)),
    ];
    prop::collection::vec(step, 1..40)
}

/// What the gradebook should hold, told in a few maps.
#[derive(Default)]
struct Told {
    categories: BTreeMap<u8, u8>,
    items: BTreeMap<u8, (u8, u8)>,
    results: BTreeMap<u8, (u8, u8)>,
    ever: BTreeSet<(u8, u8)>,
}

impl Told {
    fn put<V>(map: &mut BTreeMap<u8, V>, id: u8, value: V) -> Verdict {
        Ok(if map.insert(id, value).is_some() { Done::Replaced } else { Done::Created })
    }

    fn take(&mut self, step: &Step) -> Verdict {
        let wrong = |member: &str| Refused::Wrong { member: member.into(), text: String::new() };
        match *step {
            Step::Category(id, title) => Told::put(&mut self.categories, id, title),
            Step::Item(_, category, _) if !self.categories.contains_key(&category) => Err(wrong("category")),
            Step::Item(id, category, title) => Told::put(&mut self.items, id, (category, title)),
            Step::Result(_, item, _) if !self.items.contains_key(&item) => Err(wrong("lineItem")),
            Step::Result(id, item, score) => Told::put(&mut self.results, id, (item, score)),
            Step::Delete(0, id) if self.items.values().any(|(category, _)| *category == id) => {
                Err(Refused::Needed(String::new()))
            }
            Step::Delete(kind, id) => {
                let gone = match kind {
                    0 => self.categories.remove(&id).is_some(),
                    1 => {
                        let gone = self.items.remove(&id).is_some();
                        self.results.retain(|_, (item, _)| !(gone && *item == id));
                        gone
                    }
                    _ => self.results.remove(&id).is_some(),
                };
                if gone { Ok(Done::Deleted) } else { Err(Refused::Unknown) }
            }
        }
    }
}

fn take(bench: &Bench, step: &Step) -> Verdict {
    match *step {
        Step::Category(id, title) => put(bench, category(&format!("ca{id}"), &format!("title {title}"))),
        Step::Item(id, of, title) => {
            put(bench, line_item(&format!("li{id}"), &format!("ca{of}"), &format!("é {title}")))
        }
        Step::Result(id, item, score) => {
            put(bench, result(&format!("re{id}"), &format!("li{item}"), &score.to_string()))
        }
        Step::Delete(kind, id) => {
            let (kind, head) =
                [(Kind::Category, "ca"), (Kind::LineItem, "li"), (Kind::Result, "re")][usize::from(kind)];
            delete(bench, kind, &format!("{head}{id}"))
        }
    }
}

/// A verdict without its sentences.
fn bare(verdict: Verdict) -> Verdict {
    verdict.map_err(|refused| match refused {
        Refused::Wrong { member, .. } => Refused::Wrong { member, text: String::new() },
        Refused::Needed(_) => Refused::Needed(String::new()),
        other => other,
    })
}

fn any_row_of_writes_leaves_what_it_says(engine: Engine) {
    let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
    let run = runner.run(&steps(), |steps| {
        let mut bench = Bench::new(engine);
        bench.import("file", &small(2));
        let mut told = Told::default();
        for step in &steps {
            prop_assert_eq!(bare(take(&bench, step)), told.take(step), "{:?}", step);
            match *step {
                Step::Category(id, _) => drop(told.ever.insert((0, id))),
                Step::Item(id, ..) if told.items.contains_key(&id) => drop(told.ever.insert((1, id))),
                Step::Result(id, ..) if told.results.contains_key(&id) => drop(told.ever.insert((2, id))),
                _ => {}
            }
        }
        let results: Vec<_> = stored(&bench, Kind::Result, Tombstones::Hidden)
            .into_iter()
            .map(|(id, r)| {
                (id, r.get(at!(Result.lineItem)).unwrap().to_owned(), r.get(at!(Result.score)).unwrap().to_owned())
            })
            .collect();
        let wanted: Vec<_> = told
            .results
            .iter()
            .map(|(id, (item, score))| (format!("re{id}"), format!("li{item}"), score.to_string()))
            .collect();
        prop_assert_eq!(results, wanted);
        let items: Vec<_> = stored(&bench, Kind::LineItem, Tombstones::Hidden)
            .into_iter()
            .map(|(id, r)| {
                (id, r.get(at!(LineItem.category)).unwrap().to_owned(), r.get(at!(LineItem.title)).unwrap().to_owned())
            })
            .collect();
        let wanted: Vec<_> = told
            .items
            .iter()
            .map(|(id, (of, title))| (format!("li{id}"), format!("ca{of}"), format!("é {title}")))
            .collect();
        prop_assert_eq!(items, wanted);
        prop_assert_eq!(stored(&bench, Kind::Category, Tombstones::Hidden).len(), told.categories.len());
        for (kind, number) in [(Kind::Category, 0), (Kind::LineItem, 1), (Kind::Result, 2)] {
            let all = stored(&bench, kind, Tombstones::Shown).len();
            prop_assert_eq!(all, told.ever.iter().filter(|(kind, _)| *kind == number).count());
        }
        Ok(())
    });
    run.unwrap();
}

fn an_import_goes_on_though_applications_write_meanwhile(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = small(4);
    district.push(category("ca", "Tests"));
    district.push(line_item("li", "ca", "Quiz"));
    district.push(result("theirs", "li", "1"));
    bench.import("file", &district);
    let source = bench.roster.source("file").unwrap();
    district.push(result("another", "li", "2"));
    let compared = bench.compare(source, &district);
    assert_eq!(put(&bench, result("ours", "li", "3")), Ok(Done::Created));
    assert_eq!(put(&bench, category("mine", "Labs")), Ok(Done::Created));
    let before = bench.roster.published().unwrap().at.unwrap();
    let run = run(source, &compared);
    let written = bench.roster.apply(compared, &run, Timestamp(START)).unwrap();
    assert!(written.published.unwrap() > before);
    let ids = |kind| stored(&bench, kind, Tombstones::Hidden).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(
        (ids(Kind::Result), ids(Kind::Category)),
        (vec!["another".into(), "ours".into(), "theirs".into()], vec!["ca".to_owned(), "mine".to_owned()])
    );
    // A run that came between is another matter.
    let compared = bench.compare(source, &small(4));
    bench.import("file", &small(3));
    put(&bench, category("mine", "Laboratory")).unwrap();
    let late = bench.roster.apply(compared, &run, Timestamp(START)).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Busy);
}

fn an_import_does_not_write_over_what_was_written_meanwhile(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = small(2);
    district.push(category("ca", "Tests"));
    bench.import("file", &district);
    put(&bench, category("x", "Of the application")).unwrap();
    delete(&bench, Kind::Category, "x").unwrap();
    let source = bench.roster.source("file").unwrap();
    district.push(category("x", "Of the source"));
    let compared = bench.compare(source, &district);
    assert_eq!(put(&bench, category("x", "Once more")), Ok(Done::Created));
    let run = run(source, &compared);
    let refused = bench.roster.apply(compared, &run, Timestamp(START)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy, "{refused}");
    let stands = bench.roster.stored(Kind::Category, "x").unwrap().unwrap();
    assert_eq!((stands.record.status, stands.record.get(at!(Category.title))), (Status::Active, Some("Once more")));
    assert_eq!(bench.roster.owner(stands.owner).unwrap(), Some(Owner::Application("lms".into())));
}

fn rostering_keeps_its_version_while_grades_are_written(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(6));
    let next = |kind| {
        let mut ask = read(kind, Version::V1P2);
        ask.limit = 1;
        bench.roster.page(&ask, &mut |_| {}).unwrap().unwrap().next
    };
    for id in ["a", "b"] {
        put(&bench, category(id, "Tests")).unwrap();
    }
    let (people, categories) = (next(Kind::User), next(Kind::Category));
    put(&bench, category("c", "Labs")).unwrap();
    assert_eq!(next(Kind::User), people, "the cursor names the version");
    assert_ne!(next(Kind::Category), categories);
}

fn who_waits_for_a_first_load_for_too_long_is_told_so(engine: Engine) {
    let bench = Bench::new(engine);
    let source = bench.roster.source("file").unwrap();
    let (intake, load) = bench.roster.first_load(source, Timestamp(START)).unwrap().unwrap();
    let begun = Instant::now();
    let refused = bench.roster.write(write(Task::Put(Box::new(category("ca", "Tests"))))).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy, "{refused}");
    let took = begun.elapsed();
    assert!((4..9).contains(&took.as_secs()), "{took:?}");
    drop(intake);
    load.end(None).unwrap();
    assert_eq!(put(&bench, category("ca", "Tests")), Ok(Done::Created));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

fn a_retry_moves_nothing(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(2));
    put(&bench, category("ca", "Tests")).unwrap();
    put(&bench, line_item("li", "ca", "Quiz")).unwrap();
    let stands = bench.roster.published().unwrap();
    for _ in 0..2 {
        assert_eq!(put(&bench, line_item("li", "ca", "Quiz")), Ok(Done::Replaced));
    }
    assert_eq!(bench.roster.published().unwrap(), stands);
    put(&bench, line_item("li", "ca", "Quiz 2")).unwrap();
    assert!(bench.roster.published().unwrap().at > stands.at);
    let log = bench.roster.gradebook_logs("li").unwrap();
    assert_eq!((log.len(), log[0].entries.len()), (1, 2));
}

fn who_is_bounded_writes_within_the_bounds(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut district = small(4);
    district.push(category("ca", "Tests"));
    bench.import("file", &district);
    let bounds = Bounds { classes: ["c1".to_owned()].into(), ..Bounds::default() };
    let day = Date::parse("2026-09-01").unwrap();
    let view = bench.roster.view("app", &bounds, Timestamp(START), day).unwrap();
    let under = |task: Task| bench.roster.write(Write { view, ..write(task) }).unwrap();
    let place = |record: Record| under(Task::Put(Box::new(record)));
    let of = |mut record: Record, field: u8, id: &str| {
        record.set(field, id);
        record
    };
    assert_eq!(place(line_item("mine", "ca", "Quiz")), Ok(Done::Created));
    assert_eq!(place(result("mine", "mine", "1")), Ok(Done::Created));
    let foreign = of(line_item("other", "ca", "Quiz"), at!(LineItem.class), "c2");
    let unknown = of(line_item("other", "ca", "Quiz"), at!(LineItem.class), "nobody");
    assert_eq!(place(foreign.clone()), place(unknown), "what is not granted is as what is not there");
    assert!(matches!(place(foreign.clone()), Err(Refused::Wrong { member, .. }) if member == "class"));
    let stranger = of(result("r", "mine", "1"), at!(Result.student), "u001");
    assert!(matches!(place(stranger), Err(Refused::Wrong { member, .. }) if member == "student"));
    // Nor can it touch what others wrote there.
    assert_eq!(put(&bench, foreign.clone()), Ok(Done::Created));
    assert_eq!(place(foreign), Err(Refused::Unknown));
    let gone = under(Task::Delete { kind: Kind::LineItem, sourced_id: "other".into() });
    assert_eq!(gone, under(Task::Delete { kind: Kind::LineItem, sourced_id: "nobody".into() }));
    assert_eq!(gone, Err(Refused::Unknown));
    assert_eq!(under(Task::Delete { kind: Kind::LineItem, sourced_id: "mine".into() }), Ok(Done::Deleted));
}
