//! Two nodes that push to one target: by hand, and by themselves.

use super::desk::{Desk, Served, until};
use super::moodle::{Moodle, TOKEN};
use serde_json::{Value, json};
use std::fs::{self, File};
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

/// A district in the roster, and a Moodle that is a target of one school of it.
fn school(desk: &Desk, moodle: &Moodle) {
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let orgs = desk.table("d", "orgs.csv");
    let school = orgs.rows.iter().find(|row| row[orgs.column("type")] == "school").unwrap()[0].clone();
    fs::write(desk.path("token"), TOKEN).unwrap();
    let line = format!("target add lms --kind moodle --url {} --token-file token --school {school}", moodle.url());
    desk.json(0, &line);
}

/// A node that tells in a file of its name what it does.
fn serve(desk: &Desk, app: &Value, name: &str) -> Served {
    let mut command = desk.command("serve --listen 127.0.0.1:0 --json");
    command.stderr(File::create(desk.path(name)).unwrap());
    Served::start_logged(command, app.clone())
}

/// How often a node told something of a target.
fn told(desk: &Desk, node: &str, target: &str, what: &str) -> usize {
    let log = fs::read_to_string(desk.path(node)).unwrap();
    log.lines().filter(|line| line.contains(target) && line.contains(what)).count()
}

#[test]
fn of_two_nodes_that_push_by_hand_the_one_that_lost_its_turn_writes_nothing() {
    let (desk, moodle) = (Desk::new(), Moodle::new());
    school(&desk, &moodle);
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

#[test]
fn a_target_that_fails_is_asked_by_two_nodes_no_oftener_than_by_one() {
    let (desk, moodle) = (Desk::new(), Moodle::new());
    school(&desk, &moodle);
    desk.district("later", 100, 30);
    // Each look of a node goes over the targets by their names: what is carried to
    // the second one tells that the first was looked at.
    desk.json(0, "target add watch --kind oneroster --set out=watch");
    for name in ["lms", "watch"] {
        desk.json(0, &format!("target push {name}"));
    }
    moodle.inner().faults.answer = Some((503, "down for maintenance"));
    moodle.inner().asked.clear();
    let version = desk.json(0, "import later --yes")["published"].clone();
    let app = desk.json(0, "app add reader --scope roster.readonly");
    let mut nodes = ["one", "two"].map(|name| serve(&desk, &app, name));
    // As soon as one has carried it there, it is behind again.
    let behind = "UPDATE targets SET pushed = pushed - 1 WHERE name = 'watch'";
    let mut asked = None;
    let mut looks = |node: &mut Served, names: &[&str], often| {
        until(&mut node.child, || {
            if desk.json(0, "target show watch")["pushed"] == version {
                asked.get_or_insert(moodle.inner().asked.len());
                desk.database.connect().execute(behind, &[]).unwrap();
            }
            names.iter().all(|name| told(&desk, name, "watch", "it followed") >= often)
        });
        asked
    };
    let asked = looks(&mut nodes[0], &["one", "two"], 2).unwrap();
    let tried = || ["one", "two"].map(|node| told(&desk, node, "lms", "could not follow")).iter().sum::<usize>();
    assert_eq!(tried(), 1);
    assert!(asked > 0 && moodle.inner().asked.len() == asked);
    let kept = || desk.json(0, "target show lms")["last"]["came"].clone();
    assert_eq!(kept(), "failed");
    // A node that begins anew knows of it, and one whose settings were changed need not wait.
    let [one, two] = nodes;
    one.stop();
    let mut third = serve(&desk, &app, "three");
    looks(&mut third, &["three"], 1);
    assert_eq!((tried(), told(&desk, "three", "lms", "could not follow")), (1, 0));
    moodle.inner().faults.answer = None;
    desk.json(0, "target edit lms --set batch=40");
    until(&mut third.child, || desk.json(0, "target show lms")["pushed"] == version);
    third.stop();
    two.stop();
}
