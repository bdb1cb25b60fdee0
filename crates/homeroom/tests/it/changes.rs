//! Packages of changes: what they plan, what they leave, and that they come to
//! the same as the whole roster would.

use super::desk::Desk;
use super::packages::Table;
use super::reading::{guid, shown};
use oneroster::model::{Kind, Version};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const EARLY: &str = "2026-09-01T00:00:00.000Z";
const LATE: &str = "2026-09-02T00:00:00.000Z";

/// Lays a package of changes into the folder: rows by file, below the headers
/// of another package of the version.
pub fn changes(desk: &Desk, name: &str, like: &str, files: &[(&str, Vec<Vec<String>>)]) {
    let folder = desk.path(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    let mut manifest = desk.table(like, "manifest.csv");
    for row in manifest.rows.iter_mut().filter(|row| row[0].starts_with("file.")) {
        let sent = files.iter().any(|(file, _)| row[0] == format!("file.{}", file.trim_end_matches(".csv")));
        row[1] = if sent { "delta".into() } else { "absent".into() };
    }
    manifest.write(&folder.join("manifest.csv"));
    for (file, rows) in files {
        let header = desk.table(like, file).header;
        assert!(rows.iter().all(|row| row.len() == header.len()), "{file}: {header:?}");
        Table { header, rows: rows.clone() }.write(&folder.join(file));
    }
}

fn cells(row: &str) -> Vec<String> {
    super::packages::split(row)
}

/// A row of a package as a change.
fn changed(row: &[String], status: &str, time: &str) -> Vec<String> {
    let mut row = row.to_vec();
    (row[1], row[2]) = (status.to_owned(), time.to_owned());
    row
}

/// The changes that lead from one package to another.
pub fn difference(desk: &Desk, from: &str, to: &str, time: &str) -> Vec<(&'static str, Vec<Vec<String>>)> {
    let mut files = Vec::new();
    for kind in Kind::all() {
        let file: &'static str = Box::leak(kind.entity().file_name().into_boxed_str());
        if !desk.path(to).join(file).exists() {
            continue;
        }
        let (old, new) = (desk.table(from, file), desk.table(to, file));
        let (old, new) = (old.by_id(), new.by_id());
        let mut rows: Vec<Vec<String>> = Vec::new();
        rows.extend(
            new.iter().filter(|(id, row)| old.get(*id) != Some(row)).map(|(_, row)| changed(row, "active", time)),
        );
        rows.extend(
            old.iter().filter(|(id, _)| !new.contains_key(*id)).map(|(_, row)| changed(row, "tobedeleted", time)),
        );
        if !rows.is_empty() {
            files.push((file, rows));
        }
    }
    files
}

/// What a plan moves, kinds that stay as they are left out.
fn moved(document: &Value) -> BTreeMap<String, [u64; 4]> {
    let plan = document["plan"].as_object().unwrap().iter();
    plan.map(|(entity, tally)| {
        let counts = ["added", "changed", "removed", "rejected"].map(|what| tally[what].as_u64().unwrap());
        (entity.clone(), counts)
    })
    .filter(|(_, counts)| *counts != [0; 4])
    .collect()
}

fn nothing() -> BTreeMap<String, [u64; 4]> {
    BTreeMap::new()
}

#[test]
fn changes_come_to_the_same_as_the_whole_roster() {
    for version in ["1.1", "1.2"] {
        let desk = Desk::new();
        for day in [0, 3] {
            desk.json(0, &format!("generate d{day} --oneroster {version} --students 300 --seed 7 --day {day}"));
        }
        desk.json(0, "import d0 --yes");
        let bulk = desk.json(0, "import d3 --dry-run");
        changes(&desk, "delta", "d3", &difference(&desk, "d0", "d3", LATE));
        let delta = desk.json(0, "import delta --yes");
        assert_eq!(delta["findings"]["error"], 0, "{}", desk.run("validate delta").stdout);
        assert_eq!(moved(&delta), moved(&bulk), "{version}");
        assert_eq!(moved(&desk.json(0, "import delta --yes")), nothing(), "{version}: the same again");
        assert_eq!(moved(&desk.json(0, "import d3 --yes")), nothing(), "{version}: the whole roster");
        // A late delivery of what was before changes nothing.
        changes(&desk, "late", "d3", &difference(&desk, "d3", "d0", EARLY));
        let late = desk.json(0, "import late --yes");
        assert!(late["findings"]["info"].as_u64().unwrap() > 0, "{late}");
    }
}

#[test]
fn a_late_delivery_is_passed_over() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let rows = |time: &str, title: &str| vec![cells(&format!("cat-hw,active,{time},{title},40"))];
    changes(&desk, "two", "v1p2", &[("categories.csv", rows(LATE, "Two"))]);
    changes(&desk, "one", "v1p2", &[("categories.csv", rows(EARLY, "One"))]);
    assert_eq!(moved(&desk.json(0, "import two --yes"))["categories"], [0, 1, 0, 0]);
    let late = desk.json(0, "import one --yes");
    assert_eq!((moved(&late), &late["findings"]["info"]), (nothing(), &json!(1)));
    assert_eq!(shown(&desk, Version::V1P2, Kind::Category, "cat-hw")["title"], "Two");
    // A deletion has its time, too.
    changes(&desk, "gone", "v1p2", &[("categories.csv", vec![cells(&format!("cat-hw,tobedeleted,{LATE},,"))])]);
    assert_eq!(moved(&desk.json(0, "import gone --yes"))["categories"], [0, 0, 1, 0]);
    assert_eq!(moved(&desk.json(0, "import gone --yes")), nothing());
    assert_eq!(moved(&desk.json(0, "import one --yes")), nothing());
    assert_eq!(
        moved(&desk.json(0, "import two --yes"))["categories"],
        [1, 0, 0, 0],
        "it was gone until then; an equal time applies"
    );
}

#[test]
fn changes_of_nested_rows_alone_are_changes_of_their_record() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let roles = desk.table("v1p2", "roles.csv");
    let of = |user: &str| roles.rows.iter().filter(|row| row[3] == user).cloned().collect::<Vec<_>>();
    let mut promoted = changed(&of("usr-t1")[0], "active", LATE);
    promoted[5] = "principal".into();
    // A role moves from one person to another, a second one goes.
    let mut handed = changed(&of("usr-t2")[1], "active", LATE);
    handed[3] = "usr-t3".into();
    handed[4] = "secondary".into();
    let gone = changed(&of("usr-g1")[1], "tobedeleted", LATE);
    changes(
        &desk,
        "delta",
        "v1p2",
        &[
            ("roles.csv", vec![promoted, handed, gone]),
            ("classResources.csv", vec![cells(&format!("clr-9,active,{LATE},,cls-sci,rsc-2"))]),
            ("lineItemLearningObjectiveIds.csv", vec![cells(&format!("llo-9,active,{LATE},li-1,unknown,ALG.1"))]),
            ("resultScoreScales.csv", vec![cells(&format!("rss-1,tobedeleted,{LATE},,,"))]),
        ],
    );
    let applied = desk.json(0, "import delta --yes");
    let expected = [
        ("classResources", [1, 0, 0, 0]),
        ("classes", [0, 1, 0, 0]),
        ("lineItemLearningObjectiveIds", [1, 0, 0, 0]),
        ("lineItems", [0, 1, 0, 0]),
        ("resultScoreScales", [0, 0, 1, 0]),
        ("results", [0, 1, 0, 0]),
        ("roles", [0, 2, 1, 0]),
        ("users", [0, 4, 0, 0]),
    ];
    assert_eq!(moved(&applied), expected.map(|(entity, counts)| (entity.to_owned(), counts)).into());
    let roles = |user: &str| {
        let shown = shown(&desk, Version::V1P2, Kind::User, user);
        let rows = shown["roles"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| format!("{} {}", row["role"].as_str().unwrap(), guid(&row["org"]))).collect::<Vec<_>>()
    };
    assert_eq!(roles("usr-t1"), ["principal org-s1"]);
    assert_eq!(roles("usr-t2"), ["teacher org-s1"]);
    assert_eq!(roles("usr-t3"), ["aide org-s1", "teacher org-s2"]);
    assert_eq!(roles("usr-g1"), ["parent org-s1"]);
    assert_eq!(guid(&shown(&desk, Version::V1P2, Kind::Class, "cls-sci")["resources"][0]), "rsc-2");
    let sets = shown(&desk, Version::V1P2, Kind::LineItem, "li-1")["learningObjectiveSet"].clone();
    assert_eq!(sets.as_array().unwrap().len(), 2, "{sets}");
    assert_eq!(shown(&desk, Version::V1P2, Kind::Result, "res-4").get("scoreScale"), None);
    assert_eq!(moved(&desk.json(0, "import delta --yes")), nothing());
    // In 1.1 they are seen alike.
    assert_eq!(shown(&desk, Version::V1P1, Kind::User, "usr-t1")["role"], "administrator");
}

#[test]
fn changes_of_a_person_keep_what_is_inside() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let before = shown(&desk, Version::V1P2, Kind::User, "usr-s3");
    let mut users = desk.table("v1p2", "users.csv");
    *users.cell("usr-s3", "givenName") = "Zoey".into();
    let row = changed(users.by_id()["usr-s3"], "active", LATE);
    changes(&desk, "delta", "v1p2", &[("users.csv", vec![row])]);
    assert_eq!(moved(&desk.json(0, "import delta --yes")), [("users".to_owned(), [0, 1, 0, 0])].into());
    let after = shown(&desk, Version::V1P2, Kind::User, "usr-s3");
    for member in ["roles", "userProfiles", "resources"] {
        assert!(before[member].is_array() && before[member] == after[member], "{member}: {after}");
    }
    assert_eq!(after["givenName"], "Zoey");
    assert_eq!(moved(&desk.json(0, "import delta --yes")), nothing());
}

#[test]
fn roles_of_a_1_1_person_follow_the_orgs() {
    let desk = Desk::new();
    desk.sample("v1p1");
    desk.json(0, "import v1p1 --yes");
    let mut users = desk.table("v1p1", "users.csv");
    *users.cell("usr-t2", "orgSourcedIds") = "org-s2".into();
    *users.cell("usr-t3", "orgSourcedIds") = "org-s1,org-s2".into();
    let of = users.by_id();
    let rows = vec![
        changed(of["usr-t2"], "active", LATE),
        changed(of["usr-t3"], "active", LATE),
        changed(of["usr-a1"], "tobedeleted", LATE),
    ];
    changes(&desk, "delta", "v1p1", &[("users.csv", rows)]);
    let applied = desk.json(0, "import delta --yes");
    let expected = [("roles".to_owned(), [1, 0, 4, 0]), ("users".to_owned(), [0, 2, 1, 0])];
    assert_eq!(moved(&applied), expected.into(), "{applied}");
    let orgs = |id: &str| {
        let shown = shown(&desk, Version::V1P1, Kind::User, id);
        shown["orgs"].as_array().unwrap().iter().map(|org| guid(org).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((orgs("usr-t2"), orgs("usr-t3")), (vec!["org-s2".into()], vec!["org-s1".into(), "org-s2".into()]));
    let gone = shown(&desk, Version::V1P1, Kind::User, "usr-a1");
    assert_eq!((&gone["status"], &gone["role"]), (&json!("tobedeleted"), &json!("administrator")));
    assert_eq!(moved(&desk.json(0, "import delta --yes")), nothing());
}

#[test]
fn line_items_alone_find_their_class_and_session_in_the_store() {
    for (version, name) in [(Version::V1P1, "v1p1"), (Version::V1P2, "v1p2")] {
        let desk = Desk::new();
        desk.sample(name);
        desk.json(0, &format!("import {name} --yes"));
        let mut items = desk.table(name, "lineItems.csv");
        *items.cell("li-2", "title") = "Unit test".into();
        let row = changed(items.by_id()["li-2"], "active", LATE);
        changes(&desk, "delta", name, &[("lineItems.csv", vec![row])]);
        let applied = desk.json(0, "import delta --yes");
        assert_eq!(moved(&applied), [("lineItems".to_owned(), [0, 1, 0, 0])].into(), "{version}");
        let item = shown(&desk, Version::V1P2, Kind::LineItem, "li-2");
        let ids = ["gradingPeriod", "school", "class"].map(|name| guid(&item[name]).to_owned());
        assert_eq!(ids, ["gp1-2027", "org-s2", "cls-alg1"], "{version}");
    }
}

#[test]
fn changes_without_their_targets_are_rejected_row_by_row() {
    let desk = Desk::new();
    desk.sample("v1p2");
    let row = changed(desk.table("v1p2", "classes.csv").by_id()["cls-alg1"], "active", LATE);
    changes(&desk, "delta", "v1p2", &[("classes.csv", vec![row])]);
    assert_eq!(desk.run("validate delta").status, 1);
    let alone = desk.json(0, "import delta --yes");
    assert_eq!(moved(&alone), [("classes".to_owned(), [0, 0, 0, 1])].into());
    desk.json(0, "import v1p2 --yes");
    assert_eq!(desk.run("validate delta").status, 0);
    assert_eq!(moved(&desk.json(0, "import delta --yes")), nothing());
    assert_eq!(desk.json(2, "import delta --yes --strict")["state"], "rejected");
}

#[test]
fn a_mixed_package_is_judged_by_what_it_comes_to() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    desk.edit("v1p2", "manifest.csv", |table| {
        for file in ["file.users", "file.roles", "file.userProfiles", "file.userResources"] {
            *table.cell(file, "value") = "delta".into();
        }
    });
    for file in ["userProfiles.csv", "userResources.csv", "users.csv"] {
        desk.edit("v1p2", file, |table| {
            table.rows.truncate(1);
            table.rows[0] = changed(&table.rows[0], "active", LATE);
        });
    }
    desk.edit("v1p2", "roles.csv", |table| {
        table.rows.truncate(1);
        table.rows[0] = changed(&table.rows[0], "tobedeleted", LATE);
    });
    // The enrollments are whole: one is gone.
    desk.edit("v1p2", "enrollments.csv", |table| drop(table.rows.pop()));
    let applied = desk.json(0, "import v1p2 --yes");
    assert_eq!(applied["findings"]["error"], 0, "{}", desk.run("validate v1p2").stdout);
    let expected = [("enrollments", [0, 0, 1, 0]), ("roles", [0, 0, 1, 0]), ("users", [0, 1, 0, 0])];
    assert_eq!(moved(&applied), expected.map(|(entity, counts)| (entity.to_owned(), counts)).into());
    assert_eq!(moved(&desk.json(0, "import v1p2 --yes")), nothing());
}

#[test]
fn whole_roles_beside_changed_people_decide_who_holds_what() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    desk.edit("v1p2", "manifest.csv", |table| *table.cell("file.users", "value") = "delta".into());
    desk.edit("v1p2", "users.csv", |table| {
        table.rows.truncate(1);
        table.rows[0] = changed(&table.rows[0], "active", LATE);
    });
    desk.edit("v1p2", "roles.csv", |table| table.rows.retain(|row| !(row[3] == "usr-g1" && row[8] == "org-s2")));
    let applied = desk.json(0, "import v1p2 --yes");
    let expected = [("roles", [0, 0, 1, 0]), ("users", [0, 1, 0, 0])];
    assert_eq!(moved(&applied), expected.map(|(entity, counts)| (entity.to_owned(), counts)).into(), "{applied}");
    let parent = shown(&desk, Version::V1P2, Kind::User, "usr-g1");
    assert_eq!(parent["roles"].as_array().unwrap().len(), 1, "{parent}");
    assert_eq!(moved(&desk.json(0, "import v1p2 --yes")), nothing());
}

#[test]
fn another_source_may_add_to_a_record_but_not_take_it() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let role = cells(&format!("rol-x,active,{LATE},usr-t3,secondary,proctor,,,org-s2,"));
    changes(&desk, "more", "v1p2", &[("roles.csv", vec![role])]);
    let applied = desk.json(0, "import more --yes --source exams");
    let expected = [("roles", [1, 0, 0, 0]), ("users", [0, 1, 0, 0])];
    assert_eq!(moved(&applied), expected.map(|(entity, counts)| (entity.to_owned(), counts)).into());
    assert_eq!(moved(&desk.json(0, "import v1p2 --yes")), nothing(), "the first source still owns its people");
    let roles = shown(&desk, Version::V1P2, Kind::User, "usr-t3")["roles"].as_array().map(Vec::len);
    assert_eq!(roles, Some(2));
    let gone = cells(&format!("usr-t3,tobedeleted,{LATE},{}", ",".repeat(18)));
    changes(&desk, "take", "v1p2", &[("users.csv", vec![gone])]);
    let held = desk.json(1, "import take --yes --source exams");
    assert_eq!((&held["state"], moved(&held)), (&json!("held"), nothing()));
}

#[test]
fn columns_that_changes_lack_stay_as_stored() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let row = changed(desk.table("v1p2", "classes.csv").by_id()["cls-alg1"], "active", LATE);
    changes(&desk, "delta", "v1p2", &[("classes.csv", vec![row])]);
    desk.edit("delta", "classes.csv", |table| {
        table.drop_column("location");
        *table.cell("cls-alg1", "title") = "Algebra".into();
    });
    assert_eq!(moved(&desk.json(0, "import delta --yes"))["classes"], [0, 1, 0, 0]);
    let class = shown(&desk, Version::V1P2, Kind::Class, "cls-alg1");
    assert_eq!((&class["location"], &class["title"]), (&json!("B-201"), &json!("Algebra")));
}

#[test]
fn a_deleted_record_that_stored_ones_refer_to_is_warned_of() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let classes = desk.table("v1p2", "classes.csv");
    let gone = |id: &str| vec![changed(classes.by_id()[id], "tobedeleted", LATE)];
    changes(&desk, "class", "v1p2", &[("classes.csv", gone("cls-mat4"))]);
    let alone = desk.json(0, "import class --dry-run");
    assert_eq!((&alone["findings"]["warning"], &alone["plan"]["classes"]["removed"]), (&json!(1), &json!(1)));
    // With what refers to it, nothing is left to say.
    let enrollments = desk.table("v1p2", "enrollments.csv");
    let of = enrollments.rows.iter().filter(|row| row[3] == "cls-mat4");
    let rows: Vec<_> = of.map(|row| changed(row, "tobedeleted", LATE)).collect();
    changes(&desk, "both", "v1p2", &[("classes.csv", gone("cls-mat4")), ("enrollments.csv", rows)]);
    let both = desk.json(0, "import both --yes");
    assert_eq!((&both["findings"]["warning"], &both["plan"]["enrollments"]["removed"]), (&json!(0), &json!(4)));
    assert_eq!(desk.json(0, "import both --yes")["findings"]["warning"], 0);
}
