//! What an application would see, before it asks: told, and as a package.

use super::desk::Desk;
use oneroster::model::Version;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A district, and the identifiers of its schools.
fn district(desk: &Desk) -> Vec<String> {
    desk.district("d", 600, 0);
    desk.json(0, "import d --yes");
    let orgs = desk.table("d", "orgs.csv");
    let (id, kind) = (orgs.column("sourcedId"), orgs.column("type"));
    orgs.rows.iter().filter(|row| row[kind] == "school").map(|row| row[id].clone()).collect()
}

#[test]
fn a_preview_counts_shows_and_names_who_is_left_out() {
    let desk = Desk::new();
    let schools = district(&desk);
    desk.json(0, "app add all");
    desk.json(
        0,
        &format!("app add LMS --school {} --hide user.phone --hide role.beginDate --mask user.familyName", schools[0]),
    );
    let all = desk.json(0, "app preview all");
    let seen = desk.json(0, "app preview LMS");
    for kind in ["users", "classes", "enrollments"] {
        let (some, every) = (seen["counts"][kind].as_u64().unwrap(), all["counts"][kind].as_u64().unwrap());
        assert!(0 < some && some < every, "{kind}: {some} of {every}");
    }
    let known: BTreeSet<&str> =
        seen["schools"].as_array().unwrap().iter().map(|s| s["school"].as_str().unwrap()).collect();
    assert_eq!(known, BTreeSet::from([schools[0].as_str()]));
    assert_eq!(seen["schools"][0]["counts"]["classes"], seen["counts"]["classes"]);
    assert_eq!(all["schools"].as_array().unwrap().len(), schools.len());
    let user = seen["examples"].as_array().unwrap().iter().find(|one| one["entity"] == "users").unwrap();
    assert!(user["record"]["familyName"].as_str().unwrap().starts_with("Name-"), "{user}");
    assert_eq!((&user["hidden"], &user["masked"]), (&json!(["phone", "beginDate"]), &json!(["familyName"])));
    assert_eq!(user["record"].get("phone"), None);
    assert_eq!(all["left_out"]["count"], 0);
    let told = desk.run("app preview LMS").stdout;
    assert!(told.contains("(a stand-in)") && told.contains("phone                (hidden)"), "{told}");
    assert_eq!(desk.json(1, "app preview nobody")["error"]["code"], "not_found");
}

/// Each flag of which records are seen, by command; none is forgotten here.
#[test]
fn each_flag_narrows_what_is_seen() {
    let desk = Desk::new();
    let schools = district(&desk);
    let class = desk.table("d", "classes.csv").rows[0][0].clone();
    let total = |app: &str| -> u64 {
        let seen = desk.json(0, &format!("app preview {app}"));
        seen["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
    };
    desk.json(0, "app add all");
    let all = total("all");
    let flags = [
        ("school", &*schools[0]),
        ("class", &*class),
        ("grade", "KG"),
        ("role", "student"),
        ("term", "2026-09-01..2026-09-02"),
        ("entity", "users"),
    ];
    for (flag, value) in flags {
        desk.json(0, &format!("app add {flag} --{flag} {value}"));
        let some = total(flag);
        assert!(0 < some && some < all, "--{flag} {value}: {some} of {all}");
        desk.json(0, &format!("app edit {flag} --{flag} all"));
        assert_eq!(total(flag), all, "--{flag} all");
    }
    // The other flags say what is shown of them (above, and profiles.rs).
    let help = desk.run("app add --help").stdout;
    let part = help.split("What it sees").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed = part.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split(' ').next());
    let rest = ["hide", "mask", "profile", "profile-set"];
    assert!(listed.eq(flags.iter().map(|(flag, _)| *flag).chain(rest)), "{part}");
}

#[test]
fn people_without_a_role_at_the_school_are_named() {
    let desk = Desk::new();
    desk.district("d", 600, 0);
    let orgs = desk.table("d", "orgs.csv");
    let (id, kind) = (orgs.column("sourcedId"), orgs.column("type"));
    let mut schools = orgs.rows.iter().filter(|row| row[kind] == "school").map(|row| row[id].clone());
    let (school, other) = (schools.next().unwrap(), schools.next().unwrap());
    // Somebody is enrolled at the school, and holds a role at another one alone.
    let enrollments = desk.table("d", "enrollments.csv");
    let (at, user) = (enrollments.column("schoolSourcedId"), enrollments.column("userSourcedId"));
    let person = enrollments.rows.iter().find(|row| row[at] == school).map(|row| row[user].clone()).unwrap();
    desk.edit("d", "roles.csv", |table| {
        let (user, org) = (table.column("userSourcedId"), table.column("orgSourcedId"));
        for row in table.rows.iter_mut().filter(|row| row[user] == person) {
            row[org] = other.clone();
        }
    });
    desk.json(0, "import d --yes");
    desk.json(0, &format!("app add LMS --school {school}"));
    let seen = desk.json(0, "app preview LMS");
    assert_eq!(seen["left_out"], json!({ "count": 1, "users": [person] }));
    assert!(desk.run("app preview LMS").stdout.contains("Give them a role there"));
}

#[test]
fn an_export_holds_what_the_application_reads() {
    let desk = Desk::new();
    let schools = district(&desk);
    desk.json(
        0,
        &format!("app add reader --school {} --hide user.phone --hide user.email --mask user.familyName", schools[0]),
    );
    for version in ["1.1", "1.2"] {
        let out = format!("out-{version}");
        let ended = desk.json(0, &format!("export {out} --app reader --oneroster {version}"));
        assert_eq!(desk.json(0, &format!("validate {out}"))["summary"]["error"], 0, "{ended}");
        let seen = desk.json(0, "app preview reader");
        for (kind, count) in seen["counts"].as_object().unwrap() {
            assert_eq!(&ended["files"][kind]["rows"], count, "{kind} {version}");
        }
        let users = desk.table(&out, "users.csv");
        let column = |name: &str| users.column(name);
        assert!(users.rows.iter().all(|row| row[column("email")].is_empty() && row[column("phone")].is_empty()));
        assert!(users.rows.iter().all(|row| row[column("familyName")].starts_with("Name-")));
        // The same people under the same stand-ins as over HTTP.
        let served = desk.serve();
        let read = served.pull(Version::V1P2, "users", "");
        let pairs = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let there: BTreeSet<_> = read
            .iter()
            .map(|user| pairs(user["sourcedId"].as_str().unwrap(), user["familyName"].as_str().unwrap()))
            .collect();
        let here: BTreeSet<_> =
            users.rows.iter().map(|row| pairs(&row[column("sourcedId")], &row[column("familyName")])).collect();
        assert!(!here.is_empty() && here == there, "other people, or other stand-ins");
    }
    let refused: Value = desk.json(2, "export x --app reader --passwords");
    assert_eq!(refused["error"]["code"], "usage");
}

/// The rows of a package by file and identifier, without what only a delta has.
fn rows(desk: &Desk, package: &str) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(desk.path(package)).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        if file == "manifest.csv" {
            continue;
        }
        let table = desk.table(package, &file);
        for row in &table.rows {
            let cells = table.header.iter().cloned().zip(row.iter().cloned());
            let cells = cells.filter(|(name, value)| name != "dateLastModified" && !value.is_empty());
            all.insert((file.clone(), row[0].clone()), cells.collect());
        }
    }
    all
}

#[test]
fn what_an_application_saw_and_what_changed_for_it_can_be_exported() {
    let desk = Desk::new();
    desk.district("d0", 300, 0);
    desk.json(0, "import d0 --yes");
    let orgs = desk.table("d0", "orgs.csv");
    let (id, kind) = (orgs.column("sourcedId"), orgs.column("type"));
    let mut schools = orgs.rows.iter().filter(|row| row[kind] == "school").map(|row| row[id].clone());
    let [one, other] = [schools.next().unwrap(), schools.next().unwrap()];
    let before = desk.json(0, "export early --files orgs")["published"].as_str().unwrap().to_owned();
    desk.json(0, &format!("app add reader --school {one} --mask user.familyName --mask userProfile.username"));
    let first = desk.json(0, "export first --app reader")["published"].as_str().unwrap().to_owned();
    desk.district("d1", 300, 1);
    desk.json(0, "import d1 --yes");
    let second = desk.json(0, "export second --app reader")["published"].as_str().unwrap().to_owned();
    desk.json(0, &format!("app edit reader --school {other}"));
    desk.json(0, "export third --app reader");
    let [was, then, now] = ["first", "second", "third"].map(|package| rows(&desk, package));
    assert!(was != then && then != now, "nothing to tell apart");
    // As it saw it then, by the bounds of that time.
    for (at, wanted) in [(&first, &was), (&second, &then)] {
        let out = format!("at-{}", &at[at.len() - 4..at.len() - 1]);
        let ended = desk.json(0, &format!("export {out} --app reader --as-of {at}"));
        assert_eq!((ended["mode"].as_str(), ended["published"].as_str()), (Some("bulk"), Some(at.as_str())));
        assert_eq!(&rows(&desk, &out), wanted, "{at}");
    }
    // A delta makes of one what the other is; what left is deleted in it.
    let steps = [("a", "", &first, &was, &now), ("b", "", &second, &then, &now), ("c", &second, &first, &was, &then)];
    for (out, as_of, since, from, to) in steps {
        let as_of = if as_of.is_empty() { String::new() } else { format!("--as-of {as_of}") };
        let ended = desk.json(0, &format!("export {out} --app reader --delta-since {since} {as_of}"));
        assert_eq!(ended["mode"], "delta");
        let mut made = from.clone();
        let mut gone = 0;
        for (key, mut row) in rows(&desk, out) {
            match row.remove("status").as_deref() {
                Some("tobedeleted") => {
                    made.remove(&key);
                    gone += 1;
                }
                _ => drop(made.insert(key, row)),
            }
        }
        assert_eq!(gone > 0, from.keys().any(|key| !to.contains_key(key)), "{out}");
        assert_eq!(made, *to, "{out}");
    }
    let run = desk.json(0, "export by-run --app reader --since-run 2");
    assert_eq!(run["files"], desk.json(0, &format!("export by-time --app reader --delta-since {second}"))["files"]);
    // What nobody wrote down cannot be told: the second application came late.
    desk.json(0, &format!("app add late --school {one}"));
    let refused = desk.json(1, &format!("export x --app late --as-of {before}"));
    assert!(refused["error"]["message"].as_str().unwrap().contains("on record since"), "{refused}");
    let refused = desk.json(1, &format!("export x --app late --delta-since {before}"));
    assert!(refused["error"]["message"].as_str().unwrap().contains("on record since"), "{refused}");
}
