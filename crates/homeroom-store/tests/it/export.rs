//! Whole rosters, changes and the past, as an export reads them.

use crate::district::{Bench, Engine, record, run, small};
use homeroom_store::{ErrorKind, Export, Which};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;
use std::collections::BTreeMap;

on_both_engines!(
    an_export_sees_one_version,
    every_version_stays_readable,
    changes_hold_tombstones_and_returns,
    what_is_not_on_record_is_refused,
);

/// Identifier, status and content of the records of a kind.
fn all(export: &mut Export, kind: Kind, which: Which) -> BTreeMap<String, (Status, Record)> {
    let mut found = BTreeMap::new();
    let mut given = 0;
    export
        .rows(kind, which, None, &mut |row| {
            given += 1;
            let record = Record::unpack(kind, row.sourced_id, row.packed).unwrap();
            found.insert(row.sourced_id.to_owned(), (row.status, record));
            true
        })
        .unwrap();
    assert_eq!(found.len(), given, "each once");
    assert_eq!(export.count(kind, which).unwrap(), given as u64);
    found
}

/// A district whose users come, change and go in three versions.
fn three_versions(engine: Engine) -> (Bench, [Timestamp; 3]) {
    let mut bench = Bench::new(engine);
    let mut district = small(6);
    let first = bench.import("file", &district).0.published.unwrap();
    district.retain(|r| !r.sourced_id.ends_with("u001"));
    for user in district.iter_mut().filter(|r| r.sourced_id == "u002") {
        user.set(at!(User.givenName), "Grace");
    }
    let second = bench.import("file", &district).0.published.unwrap();
    let mut back = small(7);
    back.retain(|r| !r.sourced_id.ends_with("u003"));
    let third = bench.import("file", &back).0.published.unwrap();
    (bench, [first, second, third])
}

fn an_export_sees_one_version(engine: Engine) {
    let mut bench = Bench::new(engine);
    let nothing = bench.roster.export(None).unwrap();
    assert_eq!(nothing.at(), None);
    bench.import("file", &small(5));
    let mut export = bench.roster.export(None).unwrap();
    let before = all(&mut export, Kind::User, Which::Live);
    bench.import("file", &small(3));
    assert_eq!(all(&mut export, Kind::User, Which::Live), before);
    assert_eq!(before.len(), 7);
    let mut seen = 0;
    export
        .rows(Kind::User, Which::Live, Some(3), &mut |_| {
            seen += 1;
            true
        })
        .unwrap();
    export
        .rows(Kind::User, Which::Live, None, &mut |_| {
            seen += 10;
            false
        })
        .unwrap();
    assert_eq!(seen, 13, "three, then one and no more");
}

fn every_version_stays_readable(engine: Engine) {
    let (bench, [first, second, third]) = three_versions(engine);
    let users = |at: Option<Timestamp>| {
        let mut export = bench.roster.export(at).unwrap();
        (export.at(), all(&mut export, Kind::User, Which::Live))
    };
    let names = |users: &BTreeMap<String, (Status, Record)>| users.keys().cloned().collect::<Vec<_>>().join(" ");
    let (_, old) = users(Some(first));
    assert_eq!(names(&old), "t1 t2 u000 u001 u002 u003 u004 u005");
    assert_eq!(old["u002"].1.get(at!(User.givenName)), Some("Ada"));
    let (at, middle) = users(Some(Timestamp(second.0 + 1)));
    assert_eq!((at, names(&middle)), (Some(Timestamp(second.0 + 1)), "t1 t2 u000 u002 u003 u004 u005".into()));
    assert_eq!(middle["u002"].1.get(at!(User.givenName)), Some("Grace"));
    let (_, new) = users(None);
    assert_eq!(names(&new), "t1 t2 u000 u001 u002 u004 u005 u006");
    // The future is the present.
    assert_eq!(users(Some(Timestamp(third.0 + 99_000))), (Some(third), new));
}

fn changes_hold_tombstones_and_returns(engine: Engine) {
    let (bench, [first, second, third]) = three_versions(engine);
    let changes = |at: Timestamp, since: Timestamp| {
        let mut export = bench.roster.export(Some(at)).unwrap();
        export.remembers(since).unwrap();
        let users = all(&mut export, Kind::User, Which::Since(since));
        users.into_iter().map(|(id, (status, _))| format!("{id} {}", status.word())).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(changes(second, first), "u001 tobedeleted, u002 active");
    assert_eq!(changes(third, second), "u001 active, u002 active, u003 tobedeleted, u006 active");
    assert_eq!(changes(third, first), "u001 active, u002 active, u003 tobedeleted, u006 active");
    assert_eq!(changes(third, third), "");
}

fn what_is_not_on_record_is_refused(engine: Engine) {
    let (bench, [first, _, third]) = three_versions(engine);
    let early = bench.roster.export(Some(Timestamp(first.0 - 1))).unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Refused);
    assert!(early.to_string().contains(&first.to_string()), "{early}");
    let mut export = bench.roster.export(None).unwrap();
    assert_eq!(export.published_by(1).unwrap(), first);
    assert_eq!(export.published_by(9).unwrap_err().kind(), ErrorKind::Refused);
    // Nothing was ever forgotten, so changes since before all are all there is.
    export.remembers(Timestamp(0)).unwrap();
    // A run that wrote nothing is told of.
    let number = bench.roster.source("file").unwrap();
    let compared = bench.compare(number, &[record(Kind::Org, "d", &[(at!(Org.name), "Other")])]);
    let held = homeroom_store::Run { state: homeroom_store::RunState::Held, ..run(number, &compared) };
    let id = bench.roster.keep_run(&held).unwrap();
    let mut export = bench.roster.export(None).unwrap();
    let refused = export.published_by(id).unwrap_err().to_string();
    assert!(refused.contains("is held and wrote nothing"), "{refused}");
    assert_eq!(export.published_by(id - 1).unwrap(), third);
}
