//! An import that is killed, at whatever moment, leaves the roster as it was.

use super::desk::{Desk, Served};
use oneroster::model::Version;
use std::time::Instant;

/// What readers see, but for the port of this server.
fn seen(served: &Served) -> Vec<String> {
    let pull = |collection| served.pull(Version::V1P2, collection, "limit=2000");
    let all = ["users", "enrollments", "classes"].into_iter().flat_map(pull);
    all.map(|record| record.to_string().replace(&served.base, "")).collect()
}

/// Kills an import after a part of the time that it takes undisturbed; whether
/// it came to its end before.
fn killed(desk: &Desk, line: &str, part: u32) -> bool {
    let start = Instant::now();
    let mut whole = desk.start(&format!("{line} --dry-run"));
    whole.wait().unwrap();
    let moment = start.elapsed() * part / 6;
    let start = Instant::now();
    let mut child = desk.start(line);
    while start.elapsed() < moment && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // It may have ended at this very moment.
    let _ = child.kill();
    child.wait().unwrap().code() == Some(0)
}

/// The server may still be undoing what the killed one began.
fn alone(desk: &Desk) {
    let mut client = desk.database.connect();
    client.batch_execute("SELECT FROM state FOR UPDATE").unwrap();
}

#[test]
fn a_killed_import_leaves_the_earlier_roster_whole() {
    let desk = Desk::new();
    desk.district("june", 200, 302);
    desk.district("july", 200, 303);
    for part in 1..=5 {
        if killed(&desk, "import june --yes", part) {
            break;
        }
        alone(&desk);
        assert_eq!(desk.serve().total("users"), 0, "killed at part {part}");
    }
    desk.json(0, "import june --yes");
    desk.json(0, "runs guards --rollover 2000-01-01..2999-12-31");
    let old = seen(&desk.serve());
    for part in 1..=5 {
        let ended = killed(&desk, "import july --yes", part);
        alone(&desk);
        if ended {
            break;
        }
        assert!(seen(&desk.serve()) == old, "killed at part {part}");
    }
    desk.json(0, "import july --yes");
    assert!(seen(&desk.serve()) != old);
}

#[test]
fn a_killed_approval_and_a_killed_undo_leave_the_roster_as_it_was() {
    let desk = Desk::new();
    desk.district("june", 200, 302);
    desk.district("july", 200, 303);
    desk.json(0, "import june --yes");
    let old = seen(&desk.serve());
    assert_eq!(desk.json(1, "import july --yes")["state"], "held");
    let mut was = old.clone();
    for line in ["runs approve 2", "runs undo 2"] {
        for part in 1..=5 {
            // As long as a look at the run takes, so long about takes the rest.
            let start = Instant::now();
            desk.start("runs show 2 --changes").wait().unwrap();
            let moment = start.elapsed() * part / 4;
            let start = Instant::now();
            let mut child = desk.start(line);
            while start.elapsed() < moment && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            // It may have ended at this very moment.
            let _ = child.kill();
            let ended = child.wait().unwrap().code() == Some(0);
            alone(&desk);
            let state = desk.json(0, "runs show 2")["state"].clone();
            if ended || state != (if line.contains("undo") { "applied" } else { "held" }) {
                break;
            }
            assert!(seen(&desk.serve()) == was, "{line} killed at part {part}");
        }
        // What was killed too late to matter is done.
        desk.run(line);
        let now = seen(&desk.serve());
        assert!(now != was, "{line}");
        was = now;
    }
    // Only the times of publication are others.
    assert!(undated(&old) == undated(&was), "back to where it was");
}

/// Records without the times of their publication.
fn undated(records: &[String]) -> Vec<serde_json::Value> {
    let without = |text: &String| {
        let mut record: serde_json::Value = serde_json::from_str(text).unwrap();
        record.as_object_mut().unwrap().remove("dateLastModified");
        record
    };
    records.iter().map(without).collect()
}

#[test]
fn an_interrupted_import_leaves_the_roster_as_it_was() {
    let desk = Desk::new();
    desk.district("june", 200, 30);
    desk.district("july", 200, 31);
    desk.json(0, "import june --yes");
    let old = seen(&desk.serve());
    let line = "import july --yes --max-removed 100";
    let start = Instant::now();
    desk.json(0, &format!("{line} --dry-run"));
    let whole = start.elapsed();
    let mut stopped = 0;
    for part in 0..5 {
        let ran = desk.interrupt(line, |start| start.elapsed() >= whole * part / 6);
        if ran.status == 0 {
            break;
        }
        assert!(ran.status == 130 && ran.stderr.contains("interrupted; nothing was changed"), "{ran:?}");
        assert!(seen(&desk.serve()) == old);
        stopped += 1;
    }
    assert!(stopped > 0);
}
