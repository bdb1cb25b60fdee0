//! A district day by day: plans tell what moved, and applications hear of
//! exactly that.

use super::changes::{changes, difference};
use super::desk::{Desk, Served};
use super::packages::Table;
use oneroster::model::Version;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// What the plan must count, and what applications must see, of one file.
#[derive(Default)]
struct Moves {
    added: BTreeSet<String>,
    changed: BTreeSet<String>,
    removed: BTreeSet<String>,
    unchanged: usize,
}

/// The files of both packages, compared line by line.
fn moves(desk: &Desk, before: &str, after: &str) -> BTreeMap<String, Moves> {
    let mut all: BTreeMap<String, Moves> = BTreeMap::new();
    let mut holders = BTreeSet::new();
    for file in std::fs::read_dir(desk.path(before)).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        if file == "manifest.csv" {
            continue;
        }
        let (old, new) = (desk.table(before, &file), desk.table(after, &file));
        let (olds, news) = (old.by_id(), new.by_id());
        let moved = all.entry(file.trim_end_matches(".csv").to_owned()).or_default();
        let person = old.header.iter().position(|name| name == "userSourcedId").filter(|_| file != "enrollments.csv");
        for id in olds.keys().chain(news.keys()) {
            let (was, is) = (olds.get(id), news.get(id));
            if was == is {
                moved.unchanged += 1;
                continue;
            }
            match (was, is) {
                (None, _) => moved.added.insert((*id).to_owned()),
                (_, None) => moved.removed.insert((*id).to_owned()),
                _ => moved.changed.insert((*id).to_owned()),
            };
            let rows = was.into_iter().chain(is);
            holders.extend(person.into_iter().flat_map(|at| rows.clone().map(move |row| row[at].clone())));
        }
        moved.unchanged /= 2;
    }
    // A change of a role or an account is a change of the person.
    let users = all.get_mut("users").unwrap();
    for id in holders {
        if !users.added.contains(&id) && !users.removed.contains(&id) && users.changed.insert(id) {
            users.unchanged -= 1;
        }
    }
    all
}

#[track_caller]
fn assert_planned(plan: &Value, moved: &BTreeMap<String, Moves>) {
    for (entity, moves) in moved {
        let expected = serde_json::json!({
            "added": moves.added.len(),
            "changed": moves.changed.len(),
            "removed": moves.removed.len(),
            "unchanged": moves.unchanged,
            "rejected": 0,
        });
        assert_eq!(plan[entity], expected, "{entity}");
    }
    assert_eq!(plan.as_object().unwrap().len(), moved.len(), "{plan}");
}

/// What an application hears of since an instant: identifiers and statuses.
fn heard(served: &Served, version: Version, collection: &str, since: &str) -> BTreeSet<(String, String)> {
    let query = format!("limit=50&filter=dateLastModified%3E%27{since}%27");
    let text = |record: &Value, member: &str| record[member].as_str().unwrap().to_owned();
    let records = served.pull(version, collection, &query);
    assert!(records.iter().all(|record| text(record, "dateLastModified").as_str() > since));
    records.iter().map(|record| (text(record, "sourcedId"), text(record, "status"))).collect()
}

fn assert_heard(served: &Served, since: &str, moved: &BTreeMap<String, Moves>) {
    for (collection, moves) in moved.iter().filter(|(name, _)| !["roles", "userProfiles"].contains(&name.as_str())) {
        let live = moves.added.iter().chain(&moves.changed).map(|id| (id.clone(), "active".to_owned()));
        let gone = moves.removed.iter().map(|id| (id.clone(), "tobedeleted".to_owned()));
        let expected: BTreeSet<_> = live.chain(gone).collect();
        for version in Version::ALL {
            assert_eq!(heard(served, version, collection, since), expected, "{version} {collection}");
        }
    }
}

fn assert_nothing_moves(plan: &Value) {
    for (entity, tally) in plan.as_object().unwrap() {
        for change in ["added", "changed", "removed", "rejected"] {
            assert_eq!(tally[change], 0, "{entity} {change}");
        }
    }
}

#[test]
fn a_day_later_applications_hear_of_what_moved_and_of_nothing_else() {
    let desk = Desk::new();
    desk.district("d0", 2_000, 0);
    desk.district("d1", 2_000, 1);
    let first = desk.json(0, "import d0 --yes");
    let since = first["published"].as_str().unwrap();
    let again = desk.json(0, "import d0 --yes");
    assert_nothing_moves(&again["plan"]);
    assert!(again["published"].is_null(), "no new version");
    let moved = moves(&desk, "d0", "d1");
    assert!(moved["enrollments"].removed.len() + moved["users"].removed.len() > 0);
    assert_planned(&desk.json(0, "import d1 --dry-run")["plan"], &moved);
    assert_planned(&desk.json(1, "import d1")["plan"], &moved);
    let second = desk.json(0, "import d1 --yes");
    assert_planned(&second["plan"], &moved);
    let served = desk.serve();
    assert_heard(&served, since, &moved);
    let now = second["published"].as_str().unwrap();
    assert_eq!(heard(&served, Version::V1P2, "users", now), BTreeSet::new());
    for (collection, file) in [("users", "users.csv"), ("enrollments", "enrollments.csv"), ("orgs", "orgs.csv")] {
        assert_eq!(served.total(collection), desk.table("d1", file).rows.len(), "{collection}");
    }
}

#[test]
fn a_new_school_year_and_the_way_back_are_heard_of_in_full() {
    let desk = Desk::new();
    desk.district("june", 100, 302);
    desk.district("july", 100, 303);
    let first = desk.json(0, "import june --yes");
    let held = desk.json(1, "import july --yes");
    assert_eq!(held["state"], "held");
    let moved = moves(&desk, "june", "july");
    assert_planned(&held["plan"], &moved);
    // Every course is of another year, too, whatever may be removed.
    assert_eq!(desk.json(1, "import july --yes --max-removed 100")["state"], "held");
    desk.json(0, "runs guards --rollover 2000-01-01..2999-12-31");
    let second = desk.json(0, "import july --yes");
    assert_planned(&second["plan"], &moved);
    let served = desk.serve();
    assert_heard(&served, first["published"].as_str().unwrap(), &moved);
    // Who comes back is added again, and alive.
    let back = moves(&desk, "july", "june");
    let held = desk.json(1, "import june --yes");
    assert!(held["reason"].as_str().unwrap().starts_with("this is the package of run 1 again"), "{held}");
    let third = desk.json(0, &format!("runs approve {}", held["run"]));
    assert_planned(&third["plan"], &back);
    assert_heard(&served, second["published"].as_str().unwrap(), &back);
}

#[test]
fn a_1_1_export_follows_the_year_alike() {
    let desk = Desk::new();
    for day in [0, 4] {
        desk.json(0, &format!("generate d{day} --oneroster 1.1 --students 300 --seed 7 --day {day}"));
    }
    let first = desk.json(0, "import d0 --yes");
    assert_nothing_moves(&desk.json(0, "import d0 --yes")["plan"]);
    let moved = moves(&desk, "d0", "d4");
    let mut second = desk.json(0, "import d4 --yes");
    // The roles of a 1.1 person are made of the person's own row.
    assert!(second["plan"].as_object_mut().unwrap().remove("roles").is_some());
    assert_planned(&second["plan"], &moved);
    assert_heard(&desk.serve(), first["published"].as_str().unwrap(), &moved);
}

/// One edit of a package: what is done, and to which row.
type Edit = (u8, prop::sample::Index);

fn edit(desk: &Desk, package: &str, (what, row): &Edit, number: usize) {
    let (file, change): (&str, fn(&mut Table, usize, usize)) = match what {
        0 => ("users.csv", |table, row, number| *cell(table, row, "givenName") = format!("Name {number}")),
        1 => ("enrollments.csv", |table, row, _| drop(table.rows.remove(row))),
        2 => ("demographics.csv", |table, row, _| drop(table.rows.remove(row))),
        3 => ("classes.csv", |table, row, number| *cell(table, row, "title") = format!("Class {number}")),
        4 => ("roles.csv", |table, row, _| *cell(table, row, "endDate") = "2031-06-30".into()),
        5 => ("enrollments.csv", |table, row, number| {
            let mut copy = table.rows[row].clone();
            copy[0] = format!("copy-{number}");
            table.rows.push(copy);
        }),
        _ => ("orgs.csv", |table, row, number| *cell(table, row, "name") = format!("Org {number}")),
    };
    desk.edit(package, file, |table| {
        let row = row.index(table.rows.len());
        change(table, row, number);
    });
}

fn cell<'t>(table: &'t mut Table, row: usize, name: &str) -> &'t mut String {
    let column = table.column(name);
    &mut table.rows[row][column]
}

/// Imports a package, also where it is held for people to look; what came of it.
fn taken(desk: &Desk, package: &str) -> Value {
    let ran = desk.run(&format!("import {package} --yes --json")).document();
    match ran["state"].as_str() {
        Some("held") => desk.json(0, &format!("runs approve {}", ran["run"])),
        _ => ran,
    }
}

/// What a dry run tells is done, nothing is left to do, and the same as changes,
/// with the source's own dates, makes the same roster of another one that is
/// where this one was.
#[test]
fn a_dry_run_tells_what_the_run_then_does_and_changes_come_to_the_same() {
    let (desk, other) = (Desk::new(), Desk::new());
    let edits = proptest::collection::vec((0u8..7, any::<prop::sample::Index>()), 0..8);
    let steps = (prop_oneof![Just(0u32), Just(1), Just(4)], edits);
    let mut runner =
        TestRunner::new(Config { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..Config::default() });
    desk.district("before", 100, 0);
    desk.json(0, "import before --yes");
    other.json(0, &format!("import {} --yes", desk.path("before").display()));
    let seconds = Cell::new(0);
    // Old days come again here, which is held: people look and approve.
    let law = runner.run(&steps, |(day, edits)| {
        std::fs::remove_dir_all(desk.path("after")).ok();
        desk.district("after", 100, day);
        edits.iter().enumerate().for_each(|(number, one)| edit(&desk, "after", one, number));
        let moved = moves(&desk, "before", "after");
        let dry = desk.json(0, "import after --dry-run");
        assert_planned(&dry["plan"], &moved);
        let ran = taken(&desk, "after");
        prop_assert_eq!((&ran["state"], &ran["plan"]), (&Value::from("applied"), &dry["plan"]));
        assert_nothing_moves(&desk.json(0, "import after --dry-run")["plan"]);

        seconds.set(seconds.get() + 1);
        let time = format!("2026-09-01T00:00:{:02}.000Z", seconds.get());
        changes(&desk, "delta", "after", &difference(&desk, "before", "after", &time));
        let ran = taken(&other, &desk.path("delta").display().to_string());
        prop_assert_eq!(&ran["state"], "applied", "{}", ran);
        let whole = [&desk, &other].map(|desk| {
            desk.json(0, "export whole.zip --no-check");
            std::fs::read(desk.path("whole.zip")).unwrap()
        });
        prop_assert!(whole[0] == whole[1], "another roster");

        std::fs::remove_dir_all(desk.path("before")).unwrap();
        std::fs::rename(desk.path("after"), desk.path("before")).unwrap();
        Ok(())
    });
    law.unwrap();
}
