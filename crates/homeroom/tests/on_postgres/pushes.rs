//! Two nodes that push to one target by hand.

use super::desk::{Desk, until};
use super::moodle::{Moodle, TOKEN};
use serde_json::{Value, json};
use std::fs;
use std::process::{Child, Command, Stdio};

/// A push in a process of its own, known to the server by a name.
fn push(desk: &Desk, name: &str) -> Child {
    let mut command: Command = desk.command("target push lms --json");
    command.env("HOMEROOM_DATABASE", format!("{}&application_name={name}", desk.database.text()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// How often the turn of a push was taken.
fn taken(desk: &Desk) -> i64 {
    let sql = "SELECT coalesce(max(number), 0) FROM turns WHERE name LIKE 'target-lms/%'";
    desk.database.connect().query_one(sql, &[]).unwrap().get(0)
}

fn ended(push: Child) -> (i32, Value) {
    let output = push.wait_with_output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn of_two_nodes_that_push_by_hand_the_one_that_lost_its_turn_writes_nothing() {
    let (desk, moodle) = (Desk::new(), Moodle::new());
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let orgs = desk.table("d", "orgs.csv");
    let school = orgs.rows.iter().find(|row| row[orgs.column("type")] == "school").unwrap()[0].clone();
    fs::write(desk.path("token"), TOKEN).unwrap();
    let line = format!("target add lms --kind moodle --url {} --token-file token --school {school}", moodle.url());
    desk.json(0, &line);
    let users = desk.json(0, "target push lms --dry-run")["plan"]["users"]["created"].as_u64().unwrap();

    // The first one has the turn and waits for its Moodle. What was planned before had its turn, too.
    let before = taken(&desk);
    let busy = moodle.inner();
    let mut first = push(&desk, "first");
    until(&mut first, || taken(&desk) == before + 1);
    // A third one is told so.
    let told = desk.json(1, "target push lms");
    assert_eq!(told["error"]["code"], "busy", "{told}");
    // The connection that holds the turn is cut, and nobody tells it; another node begins.
    let cut = "SELECT count(pg_terminate_backend(held.pid, 10000)) FROM pg_locks AS held JOIN pg_stat_activity USING (pid) \
               WHERE locktype = 'advisory' AND granted AND application_name = 'first'";
    assert_eq!(desk.database.connect().query_one(cut, &[]).unwrap().get::<_, i64>(0), 1);
    let mut second = push(&desk, "second");
    until(&mut second, || taken(&desk) == before + 2);
    drop(busy);

    let (status, refused) = ended(first);
    assert_eq!((status, &refused["error"]["code"]), (1, &json!("busy")), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("turn was lost"), "{refused}");
    let (status, pushed) = ended(second);
    assert_eq!((status, &pushed["plan"]["users"]["created"]), (0, &json!(users)), "{pushed}");
    // All that was written there is in the one ledger: nobody was made twice.
    let wrote = moodle.writes();
    let made = wrote.iter().filter(|asked| asked.function == "core_user_create_users").map(|asked| asked.records);
    assert_eq!(made.sum::<usize>() as u64, users);
    let again = desk.json(0, "target push lms");
    assert_eq!(again["calls"]["writing"], 0, "{again}");
}
