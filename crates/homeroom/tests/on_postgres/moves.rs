//! A whole installation from PostgreSQL into a file, and on into another
//! database of the server.

use super::desk::{Desk, Served};
use super::server;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What a folder holds, by name.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
    });
    let mut all: Vec<_> = read.collect();
    all.sort();
    all
}

/// What is told of an installation.
fn told(desk: &Desk, database: &str, name: &str) -> Vec<String> {
    let mut all = Vec::new();
    for tenant in ["default", "north"] {
        let out = format!("{name}-{tenant}");
        desk.json(0, &format!("export {out} --no-check --database {database} --tenant {tenant}"));
        all.push(format!("{:?}", bytes(&desk.path(&out))));
        for line in ["runs list", "app list", "audit", "find Smith"] {
            all.push(desk.json(0, &format!("{line} --database {database} --tenant {tenant}")).to_string());
        }
    }
    all.push(desk.json(0, &format!("runs show 1 --database {database}")).to_string());
    all
}

#[test]
fn an_installation_moves_into_a_file_and_back() {
    let desk = Desk::new();
    desk.district("first", 200, 0);
    desk.district("second", 200, 9);
    desk.json(0, "import first --yes");
    desk.json(0, "tenant add north");
    desk.json(0, "import first --yes --tenant north");
    let held = desk.json(1, "import second");
    assert_eq!(held["state"], "planned", "{held}");
    let served = desk.serve();
    let [id, secret] = served.credentials().map(str::to_owned);
    let (app, token) = (json!({ "client_id": id, "client_secret": secret }), served.token.clone());
    assert!(served.total("users") > 200);
    drop(served);

    let text = desk.database.text();
    let before = told(&desk, &text, "before");
    // What others look at beside our tables is none of them.
    desk.database.connect().batch_execute("CREATE VIEW looked AS SELECT oid, relname FROM pg_class").unwrap();
    let copied = desk.json(0, "database copy sqlite:copy.db");
    assert_eq!((&copied["faults"], &copied["tenants"]), (&0.into(), &json!(["default", "north"])));
    assert_eq!(told(&desk, "sqlite:copy.db", "copied"), before);
    assert_eq!(desk.json(1, "database copy sqlite:copy.db")["error"]["code"], "refused");
    assert_eq!(desk.json(1, &format!("database copy {text}"))["error"]["code"], "refused");

    let other = server::Database::new();
    desk.json(0, &format!("database copy {} --database sqlite:copy.db", other.text()));
    assert_eq!(told(&desk, &other.text(), "again"), before);
    // Whoever was let in is let in, and what waited goes on.
    let line = format!("serve --listen 127.0.0.1:0 --rate off --json --database {}", other.text());
    let mut served = Served::start_for(desk.command(&line), Some(app));
    assert!(served.total("users") > 200);
    served.token = token;
    assert!(served.total("users") > 200);
    drop(served);
    let run = held["run"].as_i64().unwrap();
    let approved = desk.json(0, &format!("runs approve {run} --database {}", other.text()));
    assert_eq!(approved["state"], "applied", "{approved}");
    desk.json(0, &format!("database check --database {}", other.text()));
    // Numbers go on where they were.
    let next = desk.json(0, &format!("import second --yes --database {}", other.text()));
    assert_eq!(next["run"].as_i64(), Some(run + 1), "{next}");
}

#[test]
fn nothing_is_copied_over_what_somebody_has_set() {
    let desk = Desk::new();
    desk.district("first", 100, 0);
    desk.json(0, "import first --yes");
    for (set, told) in [
        ("app add LMS", "applications"),
        ("source add sis --kind csv --set path=drop", "sources or targets of default"),
        ("target add out --kind sds --set out=there", "sources or targets of default"),
    ] {
        let other = server::Database::new();
        desk.json(0, &format!("{set} --database {}", other.text()));
        let refused = desk.json(1, &format!("database copy {}", other.text()));
        let message = refused["error"]["message"].as_str().unwrap();
        assert_eq!(message, format!("the other database holds {told} already; name an empty one"), "{set}");
    }
}

/// Runs one of the server's own tools, which must succeed or not; what it said.
fn tool(name: &str, arguments: &[&str], succeeds: bool) -> String {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql").unwrap().map(|v| v.unwrap().path()).collect();
    found.sort();
    let program = found.pop().unwrap().join("bin").join(name);
    let ran = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.success(), succeeds, "{name}: {said}");
    said
}

/// The role of the guide, that dumps and may do nothing else; another run may
/// be quicker. And the URL of a database for it.
fn dumper(desk: &Desk) -> String {
    const ROLE: &str = "DO $$ BEGIN CREATE ROLE homeroom_dumps LOGIN PASSWORD 'homeroom_dumps' BYPASSRLS \
                        IN ROLE pg_read_all_data; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
    desk.database.connect().batch_execute(ROLE).unwrap();
    let (own, its) = ("homeroom_tests:homeroom_tests@", "homeroom_dumps:homeroom_dumps@");
    let text = desk.database.text();
    assert!(text.contains(own), "{text}");
    text.replace(own, its)
}

#[test]
fn a_dump_is_restored_as_the_guide_says() {
    let desk = Desk::new();
    desk.district("first", 200, 0);
    desk.json(0, "import first --yes");
    desk.json(0, "tenant add north");
    desk.json(0, "import first --yes --tenant north");
    desk.json(0, "app add reader");
    let (text, other) = (desk.database.text(), server::Database::new());
    let before = told(&desk, &text, "before");
    let dump = desk.path("homeroom.dump");
    let dump = dump.to_str().unwrap();
    let file = format!("--file={dump}");
    let pg_dump = |url: &str, succeeds| tool("pg_dump", &["--format=custom", &file, url], succeeds);
    // Whoever dumps must see every district; the owner of the tables does not.
    let said = pg_dump(&text, false);
    assert!(said.contains("row-level security"), "{said}");
    for (by, into) in [(dumper(&desk), server::admin(&other.text())), (server::admin(&text), other.text())] {
        pg_dump(&by, true);
        tool("pg_restore", &["--clean", "--if-exists", &format!("--dbname={into}"), dump], true);
        assert_eq!(told(&desk, &other.text(), "restored"), before);
        desk.json(0, &format!("database check --database {}", other.text()));
        fs::remove_dir_all(desk.path("restored-default")).unwrap();
        fs::remove_dir_all(desk.path("restored-north")).unwrap();
    }
}
