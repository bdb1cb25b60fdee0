//! Ctrl-C, at whatever moment: exit status 130, a sentence, and nothing left.

use super::desk::{Desk, Ran};
use std::time::{Duration, Instant};

#[track_caller]
fn assert_told(ran: &Ran) {
    assert!(ran.stderr.contains("error: interrupted; nothing was changed"), "{ran:?}");
    assert!(ran.stderr.contains("hint: run the command again"), "{ran:?}");
}

/// From the very beginning, and after parts of the time that it takes.
fn moments(whole: Duration) -> impl Iterator<Item = Duration> {
    (0..5).map(move |part| whole * part / 6)
}

#[test]
fn an_interrupted_check_leaves_no_report() {
    let desk = Desk::new();
    desk.district("d", 1_000, 0);
    std::fs::write(desk.path("report.csv"), "the old one").unwrap();
    let line = "validate d --format csv --output report.csv";
    let start = Instant::now();
    desk.run("validate d --format csv");
    let whole = start.elapsed();
    let mut stopped = 0;
    for wait in moments(whole) {
        let ran = desk.interrupt(line, |start| start.elapsed() >= wait);
        let mut files = desk.files();
        files.sort();
        assert_eq!(files, ["d", "report.csv"], "{ran:?}");
        if ran.status == 130 {
            stopped += 1;
            assert_told(&ran);
            assert_eq!(std::fs::read_to_string(desk.path("report.csv")).unwrap(), "the old one");
        } else {
            assert_eq!(ran.status, 0, "{ran:?}");
            std::fs::write(desk.path("report.csv"), "the old one").unwrap();
        }
    }
    assert!(stopped > 0);
}

#[test]
fn an_interrupted_district_leaves_no_package() {
    for out in ["d.zip", "d"] {
        let desk = Desk::new();
        let line = format!("generate {out} --students 20000");
        let ran = desk.interrupt(&line, |_| desk.path(&format!("{out}.part")).exists());
        assert_eq!(ran.status, 130, "{ran:?}");
        assert_told(&ran);
        assert_eq!(desk.files(), [""; 0]);
    }
}

/// Files that only a run in progress has.
fn traces(desk: &Desk) -> Vec<String> {
    let trace = |name: &String| ["-stage", "-journal", "-wal", ".part"].iter().any(|end| name.contains(end));
    desk.files().into_iter().filter(trace).collect()
}

#[test]
fn an_interrupted_import_leaves_the_roster_as_it_was() {
    for first in [true, false] {
        let desk = Desk::new();
        desk.district("june", 400, 30);
        desk.district("july", 400, 31);
        // Whether an empty roster is loaded, or one in use is changed.
        if !first {
            desk.json(0, "import june --yes");
        }
        let kept = std::fs::read(desk.path("homeroom.db")).ok();
        let line = "import july --yes --max-removed 100";
        let start = Instant::now();
        let done = desk.json(0, line);
        let whole = start.elapsed();
        let mut stopped = 0;
        for wait in moments(whole) {
            match &kept {
                Some(bytes) => std::fs::write(desk.path("homeroom.db"), bytes).unwrap(),
                None => std::fs::remove_file(desk.path("homeroom.db")).unwrap(),
            }
            let ran = desk.interrupt(line, |start| start.elapsed() >= wait);
            assert_eq!(traces(&desk), Vec::<String>::new(), "{ran:?}");
            let again = desk.json(0, line);
            if ran.status == 130 {
                stopped += 1;
                assert_told(&ran);
                assert_eq!((&again["state"], &again["plan"]), (&done["state"], &done["plan"]), "as if it never was");
            } else {
                assert!(ran.status == 0 && again["published"].is_null(), "written whole: {ran:?}");
            }
        }
        assert!(stopped > 0);
    }
}
