//! An import that is killed, at whatever moment, leaves the roster as it was.

use super::desk::{Desk, Served, size, until};
use oneroster::model::Version;
use std::time::{Duration, Instant};

const DATABASE: &str = "homeroom.db";

/// What readers see, but for the times at which it was published and the port
/// of this server.
fn seen(served: &Served) -> Vec<String> {
    let mut all = Vec::new();
    for collection in ["users", "enrollments", "classes"] {
        for mut record in served.pull(Version::V1P2, collection, "limit=2000") {
            record.as_object_mut().unwrap().remove("dateLastModified");
            all.push(record.to_string().replace(&served.base, ""));
        }
    }
    all
}

/// The database as it stands between two runs, kept to go back to.
struct Kept(Vec<u8>);

impl Kept {
    fn of(desk: &Desk) -> Kept {
        let waits = size(&desk.path(&format!("{DATABASE}-wal")));
        assert_eq!(waits, 0, "everything is in the file itself");
        Kept(std::fs::read(desk.path(DATABASE)).unwrap())
    }

    fn back(&self, desk: &Desk) {
        for name in desk.files() {
            if ["-wal", "-shm", "-journal"].iter().any(|end| name == format!("{DATABASE}{end}")) {
                std::fs::remove_file(desk.path(&name)).unwrap();
            }
        }
        std::fs::write(desk.path(DATABASE), &self.0).unwrap();
    }
}

/// A moment at which an import is killed.
enum Moment {
    /// So long after its start; earlier, if it is over by then.
    After(Duration),
    /// When the file of this name has grown so large, if it does.
    Grown(&'static str, u64),
}

/// Parts of the time that an import takes undisturbed.
fn parts_of(whole: Duration) -> impl Iterator<Item = Moment> {
    (1..5).map(move |part| Moment::After(whole * part / 5))
}

/// Starts an import from where `back` leaves the desk, and kills it.
fn kill(desk: &Desk, line: &str, moment: &Moment, back: &dyn Fn()) {
    let once = |so: &dyn Fn(Instant) -> bool| {
        back();
        let start = Instant::now();
        let mut child = desk.start(line);
        until(&mut child, || so(start));
        // It may have ended at this very moment.
        let _ = child.kill();
        child.wait().unwrap().code().is_none()
    };
    match *moment {
        Moment::After(mut wait) => {
            while !once(&|start| start.elapsed() >= wait) {
                wait /= 2;
            }
        }
        Moment::Grown(name, least) => {
            once(&|_| size(&desk.path(name)) >= least);
        }
    }
}

#[test]
fn a_killed_import_leaves_the_earlier_roster_whole() {
    let desk = Desk::new();
    desk.district("june", 200, 302);
    desk.district("july", 200, 303);
    desk.json(0, "import june --yes");
    desk.json(0, "runs guards --rollover 2000-01-01..2999-12-31");
    let kept = Kept::of(&desk);
    let old = seen(&desk.serve());
    let line = "import july --yes";
    let start = Instant::now();
    let plan = desk.json(0, line)["plan"].clone();
    let whole = start.elapsed();
    let new = seen(&desk.serve());
    assert!(old != new);
    let mut undone = 0;
    for moment in
        parts_of(whole).chain([Moment::Grown("homeroom.db-wal", 1), Moment::Grown("homeroom.db-wal", 200_000)])
    {
        kill(&desk, line, &moment, &|| kept.back(&desk));
        assert!(desk.files().iter().all(|name| !name.contains("-stage")), "{:?}", desk.files());
        let served = desk.serve();
        let after = seen(&served);
        // A kill after the commit comes too late to matter, and that is right.
        assert!(after == old || after == new, "half an import is served");
        if after == old {
            undone += 1;
            assert_eq!(desk.json(0, line)["plan"], plan, "the next import starts from what was there");
            assert!(seen(&served) == new, "the next import brings all of it");
        } else {
            assert!(desk.json(0, line)["published"].is_null());
        }
    }
    assert!(undone > 0);
}

/// Kills a command that turns one roster into another at many moments; the
/// roster is always one of the two, and the command can be given again.
fn kill_between(desk: &Desk, line: &str) {
    let kept = Kept::of(desk);
    let old = seen(&desk.serve());
    let start = Instant::now();
    desk.json(0, line);
    let whole = start.elapsed();
    let new = seen(&desk.serve());
    assert!(old != new);
    let mut undone = 0;
    let moments =
        parts_of(whole).chain([Moment::Grown("homeroom.db-wal", 1), Moment::Grown("homeroom.db-wal", 200_000)]);
    for moment in moments {
        kill(desk, line, &moment, &|| kept.back(desk));
        assert!(desk.files().iter().all(|name| !name.contains("-stage")), "{:?}", desk.files());
        let served = desk.serve();
        let after = seen(&served);
        assert!(after == old || after == new, "half of it is served");
        if after == old {
            undone += 1;
            desk.json(0, line);
            assert!(seen(&served) == new, "the next try brings all of it");
        }
    }
    assert!(undone > 0);
}

#[test]
fn a_killed_approval_leaves_the_run_waiting() {
    let desk = Desk::new();
    desk.district("june", 200, 302);
    desk.district("july", 200, 303);
    desk.json(0, "import june --yes");
    assert_eq!(desk.json(1, "import july --yes")["state"], "held");
    kill_between(&desk, "runs approve 2");
}

#[test]
fn a_killed_undo_leaves_the_roster_as_it_was() {
    let desk = Desk::new();
    desk.district("june", 200, 302);
    desk.district("july", 200, 303);
    desk.json(0, "import june --yes");
    desk.json(0, "runs guards --rollover 2000-01-01..2999-12-31");
    desk.json(0, "import july --yes");
    kill_between(&desk, "runs undo 2");
    let runs = desk.json(0, "runs list");
    assert_eq!((&runs["runs"][0]["state"], &runs["runs"][0]["undoes"]), (&"applied".into(), &2.into()), "{runs}");
}

#[test]
fn a_killed_first_load_leaves_nothing() {
    let desk = Desk::new();
    desk.district("d", 300, 0);
    desk.json(0, "app list");
    let line = "import d --yes";
    let start = Instant::now();
    let plan = desk.json(0, line)["plan"].clone();
    let whole = start.elapsed();
    let new = seen(&desk.serve());
    let empty = || {
        for name in ["", "-wal", "-shm", "-journal"].map(|end| format!("{DATABASE}{end}")) {
            // What is not there need not go.
            let _ = std::fs::remove_file(desk.path(&name));
        }
    };
    let mut undone = 0;
    for moment in
        parts_of(whole).chain([Moment::Grown("homeroom.db-journal", 1), Moment::Grown("homeroom.db", 200_000)])
    {
        kill(&desk, line, &moment, &empty);
        let served = desk.serve();
        let after = seen(&served);
        assert!(after.is_empty() || after == new, "half an import is served");
        if after.is_empty() {
            undone += 1;
            assert_eq!(desk.json(0, line)["plan"], plan, "the next import starts from nothing");
            assert!(seen(&served) == new, "the next import brings all of it");
        }
    }
    assert!(undone > 0);
}
