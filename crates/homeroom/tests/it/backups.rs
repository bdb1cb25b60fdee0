//! A backup of a database in use, and what is restored from it.

use super::desk::Desk;
use oneroster::model::Version;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Copies files and folders, as people do.
fn put(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            fs::create_dir(&to).unwrap();
            put(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn what_is_restored_answers_alike() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let pull = |served: &super::desk::Served| -> Vec<String> {
        let all = ["users", "enrollments", "orgs"].into_iter().flat_map(|name| served.pull(Version::V1P2, name, ""));
        all.map(|record| record.to_string().replace(&served.base, "")).collect()
    };
    let served = desk.serve();
    let before = pull(&served);
    // The server does not mind, and goes on.
    let told = desk.json(0, "database backup copy");
    assert_eq!(told["key"], json!({ "included": false, "where": "the file homeroom.db-key" }));
    assert_eq!(pull(&served), before);
    drop(served);
    let other = Desk::new();
    put(&desk.path("copy"), &other.path("."));
    let mut names = other.files();
    names.sort();
    assert_eq!(names, ["homeroom.db", "homeroom.db-access", "homeroom.db-runs"]);
    // Without its key, and with another one, that is said.
    let missing = other.json(1, "app list");
    assert_eq!(missing["error"]["code"], "key");
    assert!(missing["error"]["message"].as_str().unwrap().contains("is missing; put it back"), "{missing}");
    fs::write(other.path("homeroom.db-key"), "ab".repeat(32)).unwrap();
    let wrong = other.json(1, "app list");
    assert!(wrong["error"]["message"].as_str().unwrap().contains("not the one this database was made with"), "{wrong}");
    fs::copy(desk.path("homeroom.db-key"), other.path("homeroom.db-key")).unwrap();
    let again = other.serve();
    assert_eq!(pull(&again), before);
    drop(again);
    // Runs are whole, and the next one follows.
    assert_eq!(other.json(0, "runs show 1")["state"], "applied");
    assert_eq!(other.json(0, "find usr-t1")["matches"][0]["rows"][0]["file"], "users.csv");
    other.sample("v1p2");
    assert!(other.json(0, "import v1p2 --yes")["published"].is_null());
    other.json(0, "runs undo 1");
}

#[test]
fn a_backup_replaces_nothing_and_makes_no_database() {
    let desk = Desk::new();
    assert_eq!(desk.json(1, "database backup copy")["error"]["code"], "refused");
    assert_eq!(desk.files(), Vec::<String>::new());
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    fs::create_dir(desk.path("copy")).unwrap();
    assert_eq!(desk.json(1, "database backup copy")["error"]["code"], "refused");
    assert_eq!(fs::read_dir(desk.path("copy")).unwrap().count(), 0);
    let nowhere = desk.json(2, "database backup no/folder/here");
    assert!(nowhere["error"]["hint"].as_str().unwrap().contains("on a disk with room"), "{nowhere}");
    desk.json(0, "database backup other");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("other"), mode("other/homeroom.db")), (0o700, 0o600));
    }
    assert!(!desk.files().iter().any(|name| name.ends_with(".part")));
}

#[test]
fn on_a_server_its_own_tools_are_named() {
    let desk = Desk::new();
    let ran = desk.run("database backup copy --database postgres://homeroom:secret@localhost/roster --json");
    let error = ran.document()["error"].clone();
    assert_eq!((ran.status, &error["code"]), (1, &json!("refused")));
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("pg_dump --format=custom --file=copy") && !hint.contains("secret"), "{hint}");
}

#[test]
fn every_district_is_in_it() {
    let desk = Desk::new();
    desk.json(0, "tenant add north");
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes --tenant north");
    desk.json(0, "database backup copy");
    let other = Desk::new();
    put(&desk.path("copy"), &other.path("."));
    let people = |desk: &Desk| {
        desk.json(0, "export out.zip --no-check --tenant north")["files"]["users"]["rows"].as_u64().unwrap()
    };
    assert_eq!(people(&other), people(&desk));
    assert_eq!(other.json(0, "runs list --tenant north")["runs"].as_array().unwrap().len(), 1);
    assert_eq!(other.json(0, "tenant list"), desk.json(0, "tenant list"));
}
