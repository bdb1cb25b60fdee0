//! A source that gives everybody a new identifier.

use super::desk::{Desk, Served};
use oneroster::model::Version;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The columns that name people, by file.
const NAMES: [(&str, &str); 5] = [
    ("users.csv", "sourcedId"),
    ("roles.csv", "userSourcedId"),
    ("userProfiles.csv", "userSourcedId"),
    ("demographics.csv", "sourcedId"),
    ("enrollments.csv", "userSourcedId"),
];

/// Gives every person of a package another identifier.
fn rename(desk: &Desk, package: &str) {
    rename_by(desk, package, |id| format!("new-{id}"));
}

/// The same by a rule.
fn rename_by(desk: &Desk, package: &str, name: impl Fn(&str) -> String) {
    for (file, column) in NAMES {
        desk.edit(package, file, |table| {
            let column = table.column(column);
            table.rows.iter_mut().for_each(|row| row[column] = name(&row[column]));
        });
    }
    desk.edit(package, "users.csv", |users| {
        let agents = users.column("agentSourcedIds");
        for row in users.rows.iter_mut().filter(|row| !row[agents].is_empty()) {
            row[agents] = row[agents].split(',').map(&name).collect::<Vec<_>>().join(",");
        }
    });
}

/// What is served of a collection, by identifier, but for the times.
fn seen(served: &Served, collection: &str) -> BTreeMap<String, Value> {
    let records = served.pull(Version::V1P2, collection, "limit=500");
    let by_id = records.into_iter().map(|mut record| {
        record.as_object_mut().unwrap().remove("dateLastModified");
        let text = record.to_string().replace(&served.base, "");
        (record["sourcedId"].as_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
    });
    by_id.collect()
}

#[test]
fn new_identifiers_are_suspected_and_a_mapping_keeps_the_records() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let served = desk.serve();
    let (users, enrollments) = (seen(&served, "users"), seen(&served, "enrollments"));
    rename(&desk, "d");
    // A dry run leaves nothing beside the package.
    assert_eq!(desk.json(0, "import d --dry-run --max-removed 100")["state"], "held");
    assert!(!desk.path("d-rekey.csv").exists());
    let held = desk.json(1, "import d --yes --max-removed 100");
    assert_eq!((&held["state"], &held["rekey"]), (&json!("held"), &json!("d-rekey.csv")));
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.contains("users that would be removed come back under other identifiers"), "{reason}");
    let mapping = std::fs::read_to_string(desk.path("d-rekey.csv")).unwrap();
    assert_eq!(mapping.lines().next(), Some("class,old id,new id"));
    // People without an identifier or a birth date are not recognised; the
    // data manager adds them.
    let all: String = users.keys().map(|id| format!("users,{id},new-{id}\r\n")).collect();
    assert!(mapping.lines().skip(1).all(|line| all.contains(line)), "{mapping}");
    assert!(mapping.lines().count() > users.len() / 3, "{mapping}");
    std::fs::write(desk.path("map.csv"), format!("class,old id,new id\r\n{all}")).unwrap();
    let planned = desk.json(0, "import d --rekey map.csv --dry-run");
    let applied = desk.json(0, "import d --yes --rekey map.csv");
    assert_eq!((&applied["state"], &applied["plan"]), (&json!("applied"), &planned["plan"]));
    assert_eq!(applied["plan"]["users"]["changed"], users.len());
    for (kind, tally) in applied["plan"].as_object().unwrap() {
        assert_eq!((&tally["added"], &tally["removed"]), (&json!(0), &json!(0)), "{kind}");
    }
    let renamed = seen(&served, "users");
    assert!(renamed.keys().eq(users.keys().map(|id| format!("new-{id}")).collect::<Vec<_>>().iter()));
    assert_eq!(renamed.len(), users.len());
    let pointing = seen(&served, "enrollments");
    for (id, before) in &enrollments {
        let user = before["user"]["sourcedId"].as_str().unwrap();
        assert_eq!(pointing[id]["user"]["sourcedId"], format!("new-{user}"));
    }
    // Nothing is left to do, and the run tells whom it renamed.
    assert!(desk.json(0, "import d --yes")["published"].is_null());
    let run = applied["run"].as_i64().unwrap();
    let changes = desk.json(0, &format!("runs show {run} --changes --kind users"))["changes"].clone();
    assert!(changes.as_array().unwrap().iter().all(|change| change["what"] == "changed"), "{changes}");
    // As one run it came, and as one it goes.
    desk.json(0, &format!("runs undo {run}"));
    assert_eq!(seen(&served, "users"), users);
    assert_eq!(seen(&served, "enrollments"), enrollments);
}

#[test]
fn a_mapping_waits_with_its_run() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let users = seen(&desk.serve(), "users");
    rename(&desk, "d");
    let all: String = users.keys().map(|id| format!("user,{id},new-{id}\n")).collect();
    std::fs::write(desk.path("map.csv"), format!("class,old id,new id\n{all}")).unwrap();
    let planned = desk.json(1, "import d --rekey map.csv");
    assert_eq!(planned["state"], "planned");
    std::fs::remove_file(desk.path("map.csv")).unwrap();
    let approved = desk.json(0, &format!("runs approve {}", planned["run"]));
    assert_eq!((&approved["state"], &approved["plan"]), (&json!("applied"), &planned["plan"]));
    assert_eq!(seen(&desk.serve(), "users").len(), users.len());
}

#[test]
fn what_the_package_does_not_speak_of_is_renamed_too() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let served = desk.serve();
    let enrollments = seen(&served, "enrollments");
    // The classes come under other identifiers, and the rows of enrollments
    // are rejected, so that what is stored of them stays.
    desk.edit("v1p2", "classes.csv", |table| table.rows.iter_mut().for_each(|row| row[0].insert_str(0, "new-")));
    let classes: Vec<String> = desk.table("v1p2", "classes.csv").rows.iter().map(|row| row[0].clone()).collect();
    let lines: String = classes.iter().map(|id| format!("classes,{},{id}\n", &id[4..])).collect();
    std::fs::write(desk.path("map.csv"), format!("class,old id,new id\n{lines}")).unwrap();
    let applied = desk.json(0, "import v1p2 --yes --rekey map.csv --max-rejected 100");
    assert_eq!(applied["plan"]["classes"]["changed"], classes.len());
    assert_eq!(applied["plan"]["enrollments"]["changed"], enrollments.len(), "{applied}");
    let after = seen(&served, "enrollments");
    for (id, before) in &enrollments {
        let class = before["class"]["sourcedId"].as_str().unwrap();
        assert_eq!(after[id]["class"]["sourcedId"], format!("new-{class}"));
    }
}

#[test]
fn a_mapping_that_cannot_be_meant_is_refused_with_its_line() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let users: Vec<String> = desk.table("v1p2", "users.csv").rows.iter().map(|row| row[0].clone()).collect();
    for (text, says) in [
        ("", "nothing to rename"),
        ("class,old id,new id\n", "nothing to rename"),
        ("old,new\na,b\n", "line 1: this is not the header"),
        ("class,old id,new id\nusers,a\n", "line 2: there must be three cells"),
        ("class,old id,new id\npeople,a,b\n", "line 2: the class is not the name"),
        ("class,old id,new id\nusers,a,\n", "line 2: both identifiers"),
    ] {
        std::fs::write(desk.path("map.csv"), text).unwrap();
        let error = desk.json(2, "import v1p2 --yes --rekey map.csv")["error"].clone();
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    // Two people never become one.
    let line = format!("class,old id,new id\nusers,{},{}\n", users[0], users[1]);
    std::fs::write(desk.path("map.csv"), line).unwrap();
    let error = desk.json(1, "import v1p2 --yes --rekey map.csv")["error"].clone();
    assert!(error["message"].as_str().unwrap().contains("is or was in use"), "{error}");
    assert_eq!(desk.json(0, "runs list")["runs"][0]["state"], "failed");
}

#[test]
fn a_package_of_changes_is_judged_by_the_new_identifiers() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let served = desk.serve();
    // Everybody has another identifier from now on; the package speaks of one
    // enrollment, one person, and what is said of one birthday.
    let users: Vec<String> = desk.table("v1p2", "users.csv").rows.iter().map(|row| row[0].clone()).collect();
    let lines: String = users.iter().map(|id| format!("users,{id},new-{id}\n")).collect();
    std::fs::write(desk.path("map.csv"), format!("class,old id,new id\n{lines}")).unwrap();
    rename(&desk, "v1p2");
    let rest = ["users.csv", "enrollments.csv", "demographics.csv"];
    for file in std::fs::read_dir(desk.path("v1p2")).unwrap().map(|file| file.unwrap().file_name()) {
        let name = file.to_str().unwrap();
        if name != "manifest.csv" && !rest.contains(&name) {
            std::fs::remove_file(desk.path("v1p2").join(name)).unwrap();
        }
    }
    desk.edit("v1p2", "manifest.csv", |manifest| {
        for row in manifest.rows.iter_mut().filter(|row| row[0].starts_with("file.")) {
            let sent = rest.iter().any(|file| row[0] == format!("file.{}", file.trim_end_matches(".csv")));
            row[1] = if sent { "delta".into() } else { "absent".into() };
        }
    });
    for file in rest {
        desk.edit("v1p2", file, |table| {
            table.rows.truncate(1);
            (table.rows[0][1], table.rows[0][2]) = ("active".into(), "2027-01-01T00:00:00.000Z".into());
        });
    }
    desk.edit("v1p2", "users.csv", |table| {
        let at = table.column("agentSourcedIds");
        table.rows[0][at] = format!("new-{}", users[1]);
    });
    let held = desk.json(0, "import v1p2 --dry-run");
    assert!(held["findings"]["error"].as_u64().unwrap() > 0, "nobody is known by these: {held}");
    let applied = desk.json(0, "import v1p2 --yes --rekey map.csv");
    assert_eq!(
        (&applied["findings"]["error"], &applied["plan"]["users"]["rejected"]),
        (&json!(0), &json!(0)),
        "{applied}"
    );
    assert_eq!(applied["plan"]["users"]["changed"], users.len());
    let renamed = seen(&served, "users");
    assert!(renamed.keys().all(|id| id.starts_with("new-")), "{renamed:?}");
    let agents = renamed[&format!("new-{}", users[0])]["agents"].to_string();
    assert!(agents.contains(&format!("new-{}", users[1])), "{agents}");
}

#[test]
fn people_who_lost_the_zeros_of_their_identifiers_are_known_again() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let users: Vec<String> = desk.table("d", "users.csv").rows.iter().map(|row| row[0].clone()).collect();
    let number = |id: &str| users.iter().position(|known| known == id).unwrap() + 1;
    rename_by(&desk, "d", |id| format!("{:07}", number(id)));
    desk.json(0, "import d --yes");
    rename_by(&desk, "d", |id| id.trim_start_matches('0').to_owned());
    let held = desk.json(1, "import d --yes");
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.contains("come back without the leading zeros") && reason.ends_with("--pad users=7"), "{reason}");
    let padded = desk.json(0, "import d --yes --pad users=7");
    assert!(padded["published"].is_null() && padded["state"] == "applied", "{padded}");
}
