//! An import that is killed, at whatever moment, leaves the roster as it was.

use super::desk::{Desk, Served, size, until};
use oneroster::model::Version;
use std::process::Child;
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
type Moment = Box<dyn Fn(&Desk, Instant) -> bool>;

/// Moments by the clock, in parts of the time that an import takes undisturbed.
fn parts_of(whole: Duration, parts: u32) -> impl Iterator<Item = Moment> {
    (1..parts).map(move |part| -> Moment { Box::new(move |_, start| start.elapsed() >= whole * part / parts) })
}

/// The moment at which a file that begins with this name has grown so large.
fn grown(name: &'static str, least: u64) -> Moment {
    Box::new(move |desk, _| desk.files().iter().any(|file| file.starts_with(name) && size(&desk.path(file)) >= least))
}

/// Starts an import and kills it; whether it was killed before it ended.
fn kill_at(desk: &Desk, line: &str, moment: &Moment) -> bool {
    let start = Instant::now();
    let mut child: Child = desk.start(line);
    until(&mut child, || moment(desk, start));
    // It may have ended at this very moment.
    let _ = child.kill();
    child.wait().unwrap().code() != Some(0)
}

#[test]
fn a_killed_import_leaves_the_earlier_roster_whole() {
    let desk = Desk::new();
    desk.district("june", 200, 302);
    desk.district("july", 200, 303);
    desk.json(0, "import june --yes");
    let kept = Kept::of(&desk);
    let old = seen(&desk.serve());
    let line = "import july --yes --max-removed 100";
    let start = Instant::now();
    let plan = desk.json(0, line)["plan"].clone();
    let whole = start.elapsed();
    let new = seen(&desk.serve());
    assert!(old != new);
    let mut killed = 0;
    for moment in parts_of(whole, 5).chain([grown("homeroom.db-stage", 1), grown("homeroom.db-wal", 100_000)]) {
        kept.back(&desk);
        let before_its_end = kill_at(&desk, line, &moment);
        let served = desk.serve();
        let after = seen(&served);
        // A kill after the commit comes too late to matter, and that is right.
        assert!(after == old || after == new, "half an import is served");
        if after == old {
            assert_eq!(desk.json(0, line)["plan"], plan, "the next import starts from what was there");
            assert!(seen(&served) == new, "the next import brings all of it");
        } else {
            assert!(desk.json(0, line)["published"].is_null());
        }
        killed += usize::from(before_its_end && after == old);
    }
    assert!(killed >= 3, "{killed} kills came before the end");
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
    let mut killed = 0;
    for moment in parts_of(whole, 5).chain([grown("homeroom.db-journal", 1), grown("homeroom.db", 200_000)]) {
        for name in desk.files().iter().filter(|name| *name == DATABASE || name.starts_with("homeroom.db-")) {
            let key_or_apps = name.ends_with("-key") || name.contains("access");
            if !key_or_apps {
                std::fs::remove_file(desk.path(name)).unwrap();
            }
        }
        let before_its_end = kill_at(&desk, line, &moment);
        let served = desk.serve();
        let after = seen(&served);
        let empty = after.is_empty();
        assert!(empty || after == new, "half an import is served");
        if empty {
            assert_eq!(desk.json(0, line)["plan"], plan, "the next import starts from nothing");
            assert!(seen(&served) == new, "the next import brings all of it");
        }
        killed += usize::from(before_its_end && empty);
    }
    assert!(killed >= 3, "{killed} kills came before the end");
}
