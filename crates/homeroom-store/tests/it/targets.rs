//! Targets and their ledgers.

use crate::district::{Bench, Engine};
use homeroom_store::{Entry, ErrorKind, Target};
use oneroster::time::Timestamp;

on_both_engines!(a_target_is_kept_until_it_is_removed, a_ledger_is_written_and_struck);

fn moodle(name: &str) -> Target {
    Target {
        name: name.to_owned(),
        kind: "moodle".to_owned(),
        settings: "{}".to_owned(),
        sealed: vec![0, 1, 255],
        created: Timestamp(1),
        pushed: None,
        state: "{}".to_owned(),
    }
}

fn entry(kind: i64, key: &str, number: i64) -> Entry {
    Entry { kind, key: key.to_owned(), number, state: 1, digest: -number, parts: vec![7; 3], before: None }
}

fn all(bench: &Bench, target: &str) -> Vec<Entry> {
    let mut all = Vec::new();
    bench.again().ledger(target, &mut |entry| all.push(entry)).unwrap();
    all
}

fn a_target_is_kept_until_it_is_removed(engine: Engine) {
    let bench = Bench::new(engine);
    let roster = &bench.roster;
    assert_eq!(roster.targets().unwrap(), []);
    let mut target = moodle("lms");
    roster.add_target(&target).unwrap();
    roster.add_target(&moodle("another")).unwrap();
    assert_eq!(roster.add_target(&target).unwrap_err().kind(), ErrorKind::Refused);
    (target.settings, target.sealed, target.pushed) = ("{\"a\":1}".into(), Vec::new(), Some(Timestamp(9)));
    roster.edit_target(&target).unwrap();
    assert_eq!(bench.again().target("lms").unwrap(), Some(target));
    assert!(roster.keep_target_state("lms", "{\"b\":2}").unwrap() && !roster.keep_target_state("none", "{}").unwrap());
    assert_eq!(bench.again().target("lms").unwrap().unwrap().state, "{\"b\":2}");
    let names: Vec<String> = roster.targets().unwrap().into_iter().map(|target| target.name).collect();
    assert_eq!(names, ["another", "lms"]);
    roster.write_ledger("lms", &[entry(1, "a", 5)], &[]).unwrap();
    roster.remove_target("lms").unwrap();
    assert!(all(&bench, "lms").is_empty() && roster.target("lms").unwrap().is_none());
    assert_eq!(roster.remove_target("lms").unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(roster.edit_target(&moodle("lms")).unwrap_err().kind(), ErrorKind::Refused);
}

fn a_ledger_is_written_and_struck(engine: Engine) {
    let bench = Bench::new(engine);
    let roster = &bench.roster;
    let first = [entry(2, "ü", 1), entry(1, "b", 2), entry(1, "a", 3)];
    roster.write_ledger("lms", &first, &[]).unwrap();
    roster.write_ledger("other", &[entry(1, "a", 99)], &[]).unwrap();
    assert_eq!(all(&bench, "lms"), [entry(1, "a", 3), entry(1, "b", 2), entry(2, "ü", 1)]);
    roster.write_ledger("lms", &[entry(1, "a", 4)], &[(1, "b".to_owned()), (3, "none".to_owned())]).unwrap();
    assert_eq!(all(&bench, "lms"), [entry(1, "a", 4), entry(2, "ü", 1)]);
    assert_eq!(roster.ledger_entry("lms", 2, "ü").unwrap(), Some(entry(2, "ü", 1)));
    assert_eq!(roster.ledger_entry("lms", 1, "b").unwrap(), None);
    assert_eq!(roster.ledger_counts("lms").unwrap(), [(1, 1, 1), (2, 1, 1)]);
    assert_eq!(all(&bench, "other"), [entry(1, "a", 99)]);
}
