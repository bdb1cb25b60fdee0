//! Forgetting a person, with everything that is kept of them.

use super::desk::Desk;
use oneroster::model::Version;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Every file below a folder that holds a text.
fn holding(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            holding(&path, text, found);
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
}

/// A district with a package as a folder, one as a zip, and a finding about the
/// person.
fn known() -> Desk {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.edit("v1p2", "users.csv", |table| {
        *table.cell("usr-s1", "familyName") = "Secretive".into();
        *table.cell("usr-s1", "pronouns") = "a\tb".into();
        *table.cell("usr-p1", "agentSourcedIds") = "usr-s1,usr-t1".into();
    });
    desk.json(0, "import v1p2 --yes");
    desk
}

fn rows(desk: &Desk, run: i64, file: &str) -> String {
    let kept = desk.path(&format!("homeroom.db-runs/{run}/package/{file}"));
    fs::read_to_string(kept).unwrap_or_default()
}

#[test]
fn nothing_is_kept_of_who_was_forgotten() {
    let desk = known();
    let served = desk.serve();
    let people = served.total("users");
    // What applications asked is on record, too.
    served.get(&served.address(Version::V1P2, "users/usr-s1"));
    served.pull(Version::V1P2, "users", "limit=5&filter=sourcedId%3D'usr-s1'");
    let refused = desk.json(1, "forget --user usr-s1");
    assert_eq!((&refused["error"]["code"], served.total("users")), (&json!("refused"), people));
    let done = desk.json(0, "forget --user usr-s1 --yes");
    assert_eq!((&done["records"]["users"], &done["named_by"]), (&json!(1), &json!(2)));
    assert_eq!((&done["packages"], &done["targets"]), (&json!({ "rewritten": [1], "dropped": [] }), &json!([])));
    assert_eq!(served.total("users"), people - 1);
    assert_eq!(desk.json(1, "find secretive")["error"]["code"], "not_found");
    let shown = desk.json(0, "runs show 1 --findings");
    assert!(!shown["all_findings"].to_string().contains("usr-s1"), "{shown}");
    // The applications learn that the person is gone, and nothing else.
    for version in Version::ALL {
        let gone = served.pull(version, "users", "filter=status='tobedeleted'");
        assert_eq!(gone.len(), 1);
        assert_eq!((&gone[0]["sourcedId"], &gone[0]["status"]), (&json!("usr-s1"), &json!("tobedeleted")));
        assert!(!gone[0].to_string().contains("Secretive") && gone[0].get("givenName").is_none(), "{}", gone[0]);
        let seen = served.pull(version, "enrollments", "filter=status='tobedeleted'");
        assert!(!seen.is_empty() && seen.iter().all(|one| one.get("class").is_none()), "{seen:?}");
    }
    drop(served);
    // What is written of it is right, whole and as changes.
    desk.json(0, "export all.zip");
    desk.json(0, "export since --since-run 1");
    let users = desk.table("since", "users.csv");
    let gone = users.rows.iter().find(|row| row[0] == "usr-s1").unwrap_or_else(|| panic!("{:?}", users.rows));
    assert_eq!(gone[1], "tobedeleted");
    // Again there is nothing to do.
    let again = desk.json(0, "forget --user usr-s1 --yes");
    assert_eq!((&again["records"], &again["published"]), (&json!({}), &Value::Null));
    assert_eq!(desk.json(1, "forget --user nobody --yes")["error"]["code"], "not_found");
}

#[test]
fn the_rows_of_other_people_stay_as_they_were() {
    let desk = known();
    let before: Vec<(String, String)> = fs::read_dir(desk.path("v1p2"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .map(|name| (fs::read_to_string(desk.path("v1p2").join(&name)).unwrap(), name))
        .map(|(text, name)| (name, text))
        .collect();
    desk.json(0, "forget --user usr-s1 --yes");
    if rows(&desk, 1, "users.csv").is_empty() {
        // Not beside a server.
        return;
    }
    for (name, text) in before {
        let kept = rows(&desk, 1, &name);
        assert!(!kept.contains("Secretive"), "{name}");
        // A list is all that is written anew.
        let listing = |line: &&str| line.starts_with("usr-p1") || line.starts_with("usr-g1");
        let others = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.contains("usr-s1") && !listing(line));
            lines.map(str::to_owned).collect()
        };
        let (listed, mine) = (others(&kept), others(&text));
        if !["resultScoreScales.csv", "resultLearningObjectiveIds.csv"].contains(&name.as_str()) {
            assert_eq!(listed, mine, "{name}");
        }
    }
    let users = rows(&desk, 1, "users.csv");
    let parent = users.lines().find(|line| line.starts_with("usr-p1")).unwrap();
    assert!(parent.contains("usr-t1") && !parent.contains("usr-s1"), "{parent}");
    let mut found = Vec::new();
    for file in desk.files().iter().filter(|name| name.starts_with("homeroom.db")) {
        let path = desk.path(file);
        if path.is_dir() {
            holding(&path, "Secretive", &mut found);
        } else if fs::read(&path).unwrap().windows(9).any(|window| window == b"Secretive") {
            found.push(file.clone());
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_zip_is_rewritten_and_what_cannot_be_is_dropped() {
    let desk = Desk::new();
    desk.district("d.zip", 100, 0);
    desk.json(0, "import d.zip --yes");
    desk.district("e", 100, 0);
    let id = desk.table("e", "users.csv").rows[0][0].clone();
    // Nothing tells what of this is about whom.
    fs::write(desk.path("e/notes.txt"), format!("{id} is a friend")).unwrap();
    desk.json(0, "import e --yes");
    let done = desk.json(0, &format!("forget --user {id} --yes"));
    assert_eq!(done["packages"], json!({ "rewritten": [1], "dropped": [2] }), "{done}");
    assert_eq!(desk.json(1, &format!("find {id}-")).pointer("/error/code"), Some(&json!("not_found")));
    let found = desk.json(0, &format!("find {id}"));
    assert_eq!((&found["matches"][0]["status"], &found["missing"]), (&json!("tobedeleted"), &json!([])));
    // The other people of the package can still be found in it.
    let other = desk.table("e", "users.csv").rows[1][0].clone();
    assert_eq!(desk.json(0, &format!("find {other}"))["found"], 1);
}

#[test]
fn who_comes_again_is_told() {
    let desk = known();
    desk.json(0, "forget --user usr-s1 --yes");
    let ran = desk.run("import v1p2 --yes");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("forgotten came again with this package: usr-s1."), "{ran:?}");
    // Only then.
    assert!(!desk.run("import v1p2 --yes").stderr.contains("forgotten"));
    desk.json(0, "forget --user usr-s1 --yes");
    assert_eq!(desk.json(1, "find secretive")["error"]["code"], "not_found");
}

#[test]
fn mappings_forget_too() {
    let desk = known();
    fs::write(desk.path("old-rekey.csv"), "class,old id,new id\r\nusers,usr-s1,usr-x1\r\nusers,a,b\r\n").unwrap();
    fs::write(desk.path("v1p2-rekey.csv"), "class,old id,new id\r\nusers,x,usr-s1\r\n").unwrap();
    desk.json(0, "forget --user usr-s1 --yes");
    // Beside a package that was imported, and beside the database if it is a file.
    assert_eq!(fs::read_to_string(desk.path("v1p2-rekey.csv")).unwrap().trim(), "class,old id,new id");
    if desk.path("homeroom.db").exists() {
        let text = fs::read_to_string(desk.path("old-rekey.csv")).unwrap();
        assert!(text.contains("users,a,b") && !text.contains("usr-s1"), "{text}");
    }
}
