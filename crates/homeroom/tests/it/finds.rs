//! Finding a person or class, or why it is not there.

use super::desk::Desk;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn one(found: &Value) -> &Value {
    assert_eq!((&found["found"], found["matches"].as_array().unwrap().len()), (&json!(1), 1), "{found}");
    &found["matches"][0]
}

fn imported() -> Desk {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    desk
}

#[test]
fn a_person_is_found_wherever_it_is() {
    let desk = imported();
    desk.json(0, "app add lms --scope roster-core.readonly");
    desk.json(0, "app add off --scope roster-core.readonly");
    desk.json(0, "app edit off --disable");
    desk.json(0, "app add grades --scope gradebook.readonly");
    let found = desk.json(0, "find USR-T1");
    let person = one(&found);
    assert_eq!(person["name"], "Jules Moreau");
    assert_eq!((&person["status"], &person["source"]), (&json!("active"), &json!("file")));
    assert_eq!(person["last_run"]["run"], 1);
    let line = desk.table("v1p2", "users.csv").rows.iter().position(|row| row[0] == "usr-t1").unwrap() + 2;
    assert_eq!(person["rows"], json!([{ "run": 1, "file": "users.csv", "line": line }]));
    let classes: Vec<_> = person["classes"].as_array().unwrap().iter().map(|class| class["class"].clone()).collect();
    assert!(classes.contains(&json!("cls-hr4")), "{person}");
    assert!(person["roles"].as_array().unwrap().iter().any(|role| role["org"] == "org-s1"), "{person}");
    assert_eq!(person["apps"], json!(["lms"]));
    // Nothing of a person but the name, unless that is wanted.
    let told = desk.run("find usr-t1");
    assert!(told.stdout.contains("Jules Moreau") && !told.stdout.contains("j.moreau"), "{told:?}");
    assert!(desk.run("find usr-t1 --show-values").stdout.contains("j.moreau@alder.example"));
    // Any of what people know of it.
    for text in ["moreau", "jules MOREAU", "moreau, jules", "J.Moreau", "e-1003", "T-77", "j.moreau@ALDER.example"] {
        assert_eq!(one(&desk.json(0, &format!("find {text}")))["sourced_id"], "usr-t1", "{text}");
    }
}

#[test]
fn a_class_is_found_with_its_members() {
    let desk = imported();
    let found = desk.json(0, "find mat4-a");
    let class = one(&found);
    assert_eq!((&class["entity"], &class["sourced_id"]), (&json!("classes"), &json!("cls-mat4")));
    assert_eq!(class["members"]["by_role"]["teacher"], 2);
    let members = class["members"]["first"].as_array().unwrap();
    assert!(members.iter().any(|member| member["user"] == "usr-t1" && member["name"].is_null()), "{class}");
    assert!(!desk.run("find mat4-a").stdout.contains("Moreau"));
    assert!(desk.run("find mat4-a --show-values").stdout.contains("Moreau"));
}

#[test]
fn a_rejected_person_is_found_with_the_finding() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.edit("v1p2", "users.csv", |table| *table.cell("usr-s1", "enabledUser") = "perhaps".into());
    desk.json(0, "import v1p2 --yes --max-rejected 100");
    let found = desk.json(0, "find usr-s1");
    assert_eq!(found["matches"], json!([]));
    let missing = &found["missing"][0];
    assert_eq!(
        (&missing["sourced_id"], &missing["file"], &missing["run"]),
        (&json!("usr-s1"), &json!("users.csv"), &json!(1))
    );
    let why = missing["why"][0].as_str().unwrap();
    assert!(why.starts_with("rejected by V") && missing["findings"][0]["column"] == "enabledUser", "{missing}");
}

#[test]
fn who_waits_in_a_held_run_is_found_with_the_guard() {
    let desk = imported();
    desk.edit("v1p2", "users.csv", |table| {
        let mut row = table.rows[0].clone();
        (row[0], row[4], row[6]) = ("usr-new".into(), "new".into(), "Novella".into());
        table.rows.push(row);
    });
    // Nobody says yes, so it waits.
    let planned = desk.json(1, "import v1p2");
    let found = desk.json(0, "find novella");
    let missing = &found["missing"][0];
    assert_eq!((&missing["sourced_id"], &missing["run"]), (&json!("usr-new"), &planned["run"]));
    assert!(missing["why"].to_string().contains("homeroom runs approve"), "{missing}");
    desk.json(0, &format!("runs approve {}", planned["run"]));
    assert_eq!(one(&desk.json(0, "find novella"))["last_run"]["run"], planned["run"]);
}

#[test]
fn who_was_removed_is_found_with_the_run_that_did_it() {
    let desk = imported();
    for (file, column) in [
        ("users.csv", "sourcedId"),
        ("demographics.csv", "sourcedId"),
        ("enrollments.csv", "userSourcedId"),
        ("roles.csv", "userSourcedId"),
        ("userProfiles.csv", "userSourcedId"),
    ] {
        desk.edit("v1p2", file, |table| {
            let at = table.column(column);
            table.rows.retain(|row| row[at] != "usr-s1");
        });
    }
    let run = desk.json(0, "import v1p2 --yes --max-removed 100");
    let found = desk.json(0, "find usr-s1");
    let person = one(&found);
    assert_eq!((&person["status"], &person["last_run"]["run"]), (&json!("tobedeleted"), &run["run"]));
    assert_eq!((&person["rows"], &person["classes"]), (&json!([]), &json!([])));
    assert!(desk.run("find usr-s1").stdout.contains("removed it"));
}

#[test]
fn many_are_counted_and_nobody_is_told_with_the_next_step() {
    let desk = Desk::new();
    let nothing = desk.json(1, "find anybody");
    assert_eq!((&nothing["error"]["code"], nothing["error"]["hint"].is_string()), (&json!("not_found"), true));
    desk.district("d", 200, 0);
    desk.json(0, "import d --yes");
    assert_eq!(desk.json(1, "find nobody-like-this")["error"]["code"], "not_found");
    let classes = desk.table("d", "classes.csv");
    let title = classes.column("title");
    let mut words: BTreeMap<String, u64> = BTreeMap::new();
    for row in &classes.rows {
        let all: BTreeSet<String> = row[title].to_lowercase().split([' ', ',']).map(str::to_owned).collect();
        all.into_iter().filter(|word| !word.is_empty()).for_each(|word| *words.entry(word).or_default() += 1);
    }
    let (word, count) = words.into_iter().max_by_key(|(_, count)| *count).unwrap();
    assert!(count > 20, "{word}: {count}");
    let found = desk.json(0, &format!("find {word}"));
    assert_eq!((found["matches"].as_array().unwrap().len(), &found["found"]), (20, &json!(count)));
    assert!(desk.run(&format!("find {word}")).stdout.contains(&format!("and {} more", count - 20)));
    assert_eq!(desk.run("find   ").status, 2);
}
