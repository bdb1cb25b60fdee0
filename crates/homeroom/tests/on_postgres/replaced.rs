//! Nodes that are replaced one after the other, as docs/operations.md tells.

use super::desk::Desk;
use super::nodes::stage::{Front, Stage};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const PAGE: &str = "/ims/oneroster/rostering/v1p2/users?limit=20";
const NODES: usize = 3;
const READERS: usize = 3;

/// What a reader met.
#[derive(Default)]
struct Met {
    pages: usize,
    /// A connection that closed while a request was on its way.
    unanswered: usize,
}

fn read(front: &Front, token: &str, done: &AtomicBool) -> Met {
    let mut met = Met::default();
    while !done.load(Ordering::Relaxed) {
        match front.ask("GET", PAGE, token, None) {
            Some(answer) => {
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(answer.body["users"].as_array().unwrap().len(), 20);
                met.pages += 1;
            }
            None => met.unanswered += 1,
        }
    }
    met
}

#[test]
fn nodes_are_replaced_one_after_the_other_while_they_are_asked() {
    let desk = Desk::new();
    desk.district("first", 100, 0);
    desk.json(0, "import first --yes");
    let app = desk.json(0, "app add reader --scope roster-core.readonly --scope roster.readonly");
    let stage = Stage::new(&desk, NODES, "--rate off");
    let token = stage.front.token(&app);
    let told = desk.json(0, "database migrate --dry-run");
    assert_eq!((&told["done"], &told["tables"][0]["pending"]), (&json!(false), &json!([])), "{told}");

    let done = AtomicBool::new(false);
    let met: Vec<Met> = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(|| read(&stage.front, &token, &done))).collect();
        // A later program brings the tables up to date: it only adds, and nodes of
        // this one go on, also those that are started now.
        let later = "CREATE TABLE later (tenant bigint); ALTER TABLE later ENABLE ROW LEVEL SECURITY; \
                     ALTER TABLE later FORCE ROW LEVEL SECURITY; ALTER TABLE users ADD COLUMN later bigint; \
                     ALTER TABLE users_history ADD COLUMN later bigint; \
                     INSERT INTO refinery_schema_history VALUES (999, 'later', '2026-11-22T00:00:00Z', '1')";
        desk.database.connect().batch_execute(later).unwrap();
        for node in 0..NODES {
            stage.stop(node);
            stage.start(node);
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    });
    for Met { pages, unanswered } in met {
        assert!(pages > 10 && unanswered <= NODES, "{pages} pages, {unanswered} without an answer");
    }
    // It comes to take something away: a node of this program says so, and does
    // not start.
    desk.database.connect().batch_execute("UPDATE compatible SET since = 999").unwrap();
    let ran = desk.run("serve --listen 127.0.0.1:0");
    assert!(ran.status != 0 && ran.stderr.contains("V999__later"), "{ran:?}");
    let told = desk.run("database migrate --dry-run");
    assert!(told.stdout.contains("V999__later") || told.stderr.contains("V999__later"), "{told:?}");
}
