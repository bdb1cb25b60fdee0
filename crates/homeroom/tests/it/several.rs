//! Several sources, one roster: prefixes, precedence, and people who are one.

use super::desk::{Desk, Served};
use oneroster::model::Version;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

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

/// How many of each kind are added, changed and removed.
fn moved(document: &Value, kind: &str) -> [u64; 3] {
    ["added", "changed", "removed"].map(|name| document["plan"][kind][name].as_u64().unwrap_or_default())
}

#[test]
fn a_prefix_stands_before_what_comes_and_what_is_there() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let path = desk.path("d");
    desk.json(0, &format!("source add hs --kind csv --set settle=0s --set path={}", path.display()));
    assert_eq!(desk.json(0, "source pull hs --yes")["state"], "applied");
    let served = desk.serve();
    let (users, orgs) = (seen(&served, "users"), seen(&served, "orgs"));
    let enrollments = seen(&served, "enrollments");
    // Given a prefix, what is stored is renamed: nothing goes, nothing comes.
    desk.json(0, "source edit hs --set prefix=hs- --set prefix-except=orgs");
    let renamed = desk.json(0, "source pull hs --yes --full");
    assert_eq!(renamed["state"], "applied", "{renamed}");
    for kind in ["users", "roles", "enrollments", "classes", "courses"] {
        let [added, changed, removed] = moved(&renamed, kind);
        assert_eq!((added, removed), (0, 0), "{kind}: {renamed}");
        assert!(changed > 0, "{kind}: {renamed}");
    }
    let now = seen(&served, "users");
    assert!(now.keys().eq(users.keys().map(|id| format!("hs-{id}")).collect::<Vec<_>>().iter()));
    assert_eq!(seen(&served, "orgs"), orgs);
    let pointing = seen(&served, "enrollments");
    for (id, before) in &enrollments {
        let after = &pointing[&format!("hs-{id}")];
        let user = before["user"]["sourcedId"].as_str().unwrap();
        assert_eq!(after["user"]["sourcedId"], format!("hs-{user}"));
        assert_eq!(after["school"]["sourcedId"], before["school"]["sourcedId"]);
    }
    assert!(desk.json(0, "source pull hs --yes --full")["published"].is_null());
    // A row that is rejected keeps what is stored under the prefix.
    let first = users.keys().next().unwrap().clone();
    desk.edit("d", "users.csv", |users| *users.cell(&first, "enabledUser") = "perhaps".into());
    let rejected = desk.json(0, "import d --source hs --yes --max-rejected 100");
    for (kind, tally) in rejected["plan"].as_object().unwrap() {
        assert_eq!(moved(&rejected, kind), [0; 3], "{kind}: {tally}");
    }
    assert!(rejected["plan"]["users"]["rejected"].as_u64() > Some(0), "{rejected}");
    assert_eq!(seen(&served, "users"), now);
    // Taken back, the next package is renamed anew.
    let undone = desk.json(0, &format!("runs undo {}", renamed["run"]));
    assert_eq!(undone["state"], "applied", "{undone}");
    assert_eq!(seen(&served, "users"), users);
    let again = desk.json(0, "source pull hs --yes --full");
    assert_eq!((moved(&again, "users")[0], moved(&again, "users")[2]), (0, 0), "{again}");
    // `find` knows the row by the identifier that the roster has.
    let found = desk.json(0, &format!("find hs-{first}"));
    assert_eq!(found["matches"][0]["rows"][0]["file"], "users.csv", "{found}");
    // And nothing of a person who is forgotten is left in kept packages.
    let username = users[&first]["username"].as_str().unwrap();
    desk.json(0, &format!("forget --user hs-{first} --yes"));
    let runs = desk.path("homeroom.db-runs");
    if runs.exists() {
        for run in fs::read_dir(&runs).unwrap() {
            let file = run.unwrap().path().join("package/users.csv");
            if file.exists() {
                assert!(!fs::read_to_string(&file).unwrap().contains(username), "{}", file.display());
            }
        }
    }
}

#[test]
fn changes_of_a_source_with_a_prefix_find_their_records() {
    let (other, desk) = (Desk::new(), Desk::new());
    other.district("day0", 100, 0);
    let first = other.json(0, "import day0 --yes");
    other.json(0, &format!("export {} --oneroster 1.2", desk.path("whole").display()));
    other.district("day1", 100, 30);
    other.json(0, "import day1 --yes");
    other.json(
        0,
        &format!("export {} --oneroster 1.2 --delta-since {}", desk.path("delta").display(), {
            first["published"].as_str().unwrap()
        }),
    );
    desk.json(0, "source add hs --kind csv --set path=whole --set prefix=hs-");
    let whole = desk.json(0, "import whole --source hs --yes");
    assert_eq!(whole["state"], "applied", "{whole}");
    let delta = desk.json(0, "import delta --source hs --yes");
    assert_eq!((delta["state"].as_str(), &delta["findings"]["error"]), (Some("applied"), &json!(0)), "{delta}");
    let (theirs, ours) = (other.serve(), desk.serve());
    for collection in ["users", "classes", "enrollments"] {
        let wanted: Vec<String> = seen(&theirs, collection).into_keys().map(|id| format!("hs-{id}")).collect();
        assert!(seen(&ours, collection).into_keys().eq(wanted), "{collection}");
    }
}

#[test]
fn rules_name_what_their_source_sends_whatever_its_prefix() {
    let desk = Desk::new();
    desk.district("d", 150, 0);
    let orgs = desk.table("d", "orgs.csv");
    let (kind, name) = (orgs.column("type"), orgs.column("name"));
    let schools: Vec<&Vec<String>> = orgs.rows.iter().filter(|row| row[kind] == "school").collect();
    let (school, away) = (&schools[0][0], schools.len() - 1);
    assert!(away > 0);
    desk.json(0, "source add hs --kind csv --set path=d --set settle=0s --set prefix=hs-");
    let rules = format!(
        "homeroom: 1\ncleansing:\n  hs:\n    - {{do: schools, schools: [{school}]}}\n    - {{do: rename, records: orgs, words: {{{school}: Oak}}}}\n"
    );
    fs::write(desk.path("rules.yaml"), rules).unwrap();
    desk.json(0, "config apply rules.yaml");
    let done = desk.json(0, "source pull hs --yes");
    assert_eq!(done["state"], "applied", "{done}");
    let served = desk.serve();
    let there = seen(&served, "orgs");
    let here: Vec<&Value> = there.values().filter(|org| org["type"] == "school").collect();
    assert_eq!(here.len(), 1, "{done}");
    assert_eq!(
        (&here[0]["sourcedId"], &here[0]["name"]),
        (&json!(format!("hs-{school}")), &json!("Oak")),
        "was {}",
        schools[0][name]
    );
    assert!(!seen(&served, "enrollments").is_empty());
}

/// Writes what HR would send: one teacher of a district, and the schools.
fn hr(desk: &Desk, package: &str, teacher: &str, edit: impl Fn(&mut BTreeMap<&'static str, String>)) {
    let _ = fs::remove_dir_all(desk.path(package));
    fs::create_dir(desk.path(package)).unwrap();
    let mut cells = BTreeMap::from([("sourcedId", teacher.to_owned()), ("email", "new@hr.example".to_owned())]);
    edit(&mut cells);
    let kept = ["manifest.csv", "orgs.csv", "users.csv", "roles.csv"];
    for file in kept {
        fs::copy(desk.path("d").join(file), desk.path(package).join(file)).unwrap();
    }
    desk.edit(package, "manifest.csv", |table| {
        for row in &mut table.rows {
            if row[0].starts_with("file.") && row[1] == "bulk" && !["orgs", "users", "roles"].contains(&&row[0][5..]) {
                row[1] = "absent".into();
            }
        }
    });
    desk.edit(package, "users.csv", |users| {
        users.rows.retain(|row| row[0] == teacher);
        for (name, value) in &cells {
            let column = users.column(name);
            users.rows[0][column] = value.clone();
        }
        let agents = users.column("agentSourcedIds");
        users.rows[0][agents].clear();
    });
    desk.edit(package, "roles.csv", |roles| {
        let user = roles.column("userSourcedId");
        roles.rows.retain(|row| row[user] == teacher);
        for row in &mut roles.rows {
            row[user] = cells["sourcedId"].clone();
            row[0].insert_str(0, "hr-");
        }
    });
}

/// A teacher of the district.
fn teacher(desk: &Desk) -> String {
    let roles = desk.table("d", "roles.csv");
    let (role, user) = (roles.column("role"), roles.column("userSourcedId"));
    roles.rows.iter().find(|row| row[role] == "teacher").unwrap()[user].clone()
}

#[test]
fn each_source_is_right_about_what_is_set() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --source sis --yes");
    let served = desk.serve();
    let id = teacher(&desk);
    let of_sis = seen(&served, "users")[&id].clone();
    hr(&desk, "hr", &id, |_| {});
    let held = desk.json(1, "import hr --source hr --yes");
    assert!(held["reason"].as_str().unwrap().contains("homeroom source precedence"), "{held}");
    for (line, says) in [
        ("source precedence people=sis,hr", "no OneRoster file"),
        ("source precedence users=sis,nobody", "there is no source"),
        ("source precedence users=sis,sis", "stands twice"),
    ] {
        let error = desk.json(2, line)["error"]["message"].clone();
        assert!(error.as_str().unwrap().contains(says), "{error}");
    }
    desk.json(0, "source precedence *=sis,hr users.email=hr,sis --yes");
    let applied = desk.json(0, "import hr --source hr --yes");
    assert_eq!((applied["state"].as_str(), moved(&applied, "users")), (Some("applied"), [0, 1, 0]), "{applied}");
    let both = seen(&served, "users")[&id].clone();
    assert_eq!((&both["email"], &both["givenName"]), (&json!("new@hr.example"), &of_sis["givenName"]));
    assert_eq!(both["roles"].as_array().unwrap().len(), 2 * of_sis["roles"].as_array().unwrap().len());
    for package in ["d --source sis", "hr --source hr"] {
        assert!(desk.json(0, &format!("import {package} --yes"))["published"].is_null(), "{package}");
    }
    // Another order counts at once, by a plan.
    assert_eq!(moved(&desk.json(0, "source precedence users.email= --dry-run"), "users"), [0, 1, 0]);
    let waits = desk.json(1, "source precedence users.email=");
    assert_eq!(waits["state"], "planned", "{waits}");
    assert_eq!(seen(&served, "users")[&id]["email"], "new@hr.example");
    let approved = desk.json(0, &format!("runs approve {}", waits["run"]));
    assert_eq!(approved["state"], "applied", "{approved}");
    assert_eq!(seen(&served, "users")[&id]["email"], of_sis["email"]);
    let shown = desk.json(0, "source precedence");
    assert_eq!(shown["precedence"], json!([{ "of": "*", "order": ["sis", "hr"] }]));
    let audit = desk.json(0, "audit").to_string();
    assert!(audit.contains("people settle") && audit.contains("; before: *=sis,hr users.email=hr"), "{audit}");
}

#[test]
fn people_become_one_and_two_again() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --source sis --yes");
    let served = desk.serve();
    let id = teacher(&desk);
    hr(&desk, "hr", &id, |cells| drop(cells.insert("sourcedId", "hr-1".into())));
    // The schools are the other's, and nobody has said who is right.
    assert_eq!(desk.json(1, "import hr --source hr --yes")["state"], "held");
    desk.json(0, "source precedence *=sis,hr users.email=hr,sis --yes");
    let came = desk.json(0, "import hr --source hr --yes");
    assert_eq!(moved(&came, "users"), [1, 0, 0], "{came}");
    let two = seen(&served, "users");
    assert!(two.contains_key("hr-1") && two.contains_key(&id));
    // What would happen is shown first.
    let look = desk.json(0, "people match --by username --dry-run");
    assert_eq!(look["pairs"], json!([{ "keep": id, "other": "hr-1", "by": "username" }]), "{look}");
    assert_eq!(desk.json(0, "people match")["match"], Value::Null);
    let planned = desk.json(1, &format!("people merge {id} hr-1"));
    assert_eq!(planned["state"], "planned", "{planned}");
    assert_eq!(seen(&served, "users"), two);
    let merged = desk.json(0, "people match --by username --yes");
    assert_eq!((merged["state"].as_str(), moved(&merged, "users")), (Some("applied"), [0, 1, 1]), "{merged}");
    let one = seen(&served, "users");
    assert_eq!(one[&id]["email"], "new@hr.example");
    assert!(one[&id]["userIds"].as_array().unwrap().contains(&json!({ "type": "hr", "identifier": "hr-1" })));
    // Applications see the other one once, as deleted.
    let gone = served.pull(Version::V1P2, "users", "filter=status%3D%27tobedeleted%27&limit=100");
    assert_eq!(gone.iter().map(|record| record["sourcedId"].clone()).collect::<Vec<_>>(), [json!("hr-1")]);
    assert_eq!(desk.json(0, "people list")["people"], json!([{ "other": "hr-1", "keep": id, "type": "hr" }]));
    for package in ["hr --source hr", "d --source sis"] {
        assert!(desk.json(0, &format!("import {package} --yes"))["published"].is_null(), "{package}");
    }
    // Two again, and they stay two.
    let parted = desk.json(0, "people unmerge hr-1 --yes");
    assert_eq!(moved(&parted, "users"), [1, 1, 0], "{parted}");
    assert_eq!(seen(&served, "users"), two);
    assert_eq!(desk.json(0, "people match")["pairs"], json!([]));
    for package in ["hr --source hr", "d --source sis"] {
        assert!(desk.json(0, &format!("import {package} --yes"))["published"].is_null(), "{package}");
    }
    // Whoever comes later is matched with the run that brings them.
    hr(&desk, "later", &id, |cells| drop(cells.insert("sourcedId", "hr-2".into())));
    let ran = desk.run("import later --source hr --yes --max-removed 100 --json");
    assert!(ran.status == 0 && ran.stderr.contains("1 people were alike"), "{ran:?}");
    assert_eq!(desk.json(0, "runs list")["runs"][0]["what"], "merge");
    assert!(!seen(&served, "users").contains_key("hr-2"));
    let undo = desk.json(0, "runs list")["runs"][0]["run"].clone();
    desk.json(0, &format!("runs undo {undo}"));
    assert!(seen(&served, "users").contains_key("hr-2"));
    let refused = desk.json(1, "people merge nobody hr-2 --yes");
    assert!(refused["error"]["message"].as_str().unwrap().contains("no person nobody"), "{refused}");
}

#[test]
fn who_is_doubtful_stays_as_they_are() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --source sis --yes");
    let id = teacher(&desk);
    hr(&desk, "hr", &id, |cells| {
        cells.insert("sourcedId", "hr-1".into());
        cells.insert("givenName", "Quite".into());
        cells.insert("familyName", "Another".into());
    });
    // The schools are the other's, and nobody has said who is right.
    assert_eq!(desk.json(1, "import hr --source hr --yes")["state"], "held");
    desk.json(0, "source precedence *=sis,hr --yes");
    desk.json(0, "import hr --source hr --yes");
    let done = desk.json(0, "people match --by username --yes");
    assert_eq!((&done["pairs"], done["doubts"][0]["people"].as_array().unwrap().len()), (&json!([]), 2), "{done}");
    assert!(done["doubts"][0]["why"].as_str().unwrap().contains("family names"), "{done}");
    assert_eq!(desk.json(0, "people doubts")["doubts"], done["doubts"]);
    let error = desk.json(2, "people match --by givenName")["error"]["message"].clone();
    assert!(error.as_str().unwrap().contains("tells nobody apart"), "{error}");
}
