//! The end of what is older than it is kept.

use crate::district::{Bench, Engine, START, person, read, small};
use homeroom_store::Which;
use oneroster::at;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;

on_both_engines!(history_ends_and_says_from_when_on_it_is_whole, what_still_counts_stays, nothing_old_nothing_done);

/// Three days: the second removes a person, the third changes another one.
fn days(bench: &mut Bench) -> Vec<Record> {
    let mut district = small(4);
    person(&mut district, "u900", "student", "c1");
    bench.import("file", &district);
    district.retain(|one| !one.sourced_id.ends_with("u001"));
    bench.import("file", &district);
    for one in &mut district {
        if one.sourced_id == "u002" && one.kind() == Kind::User {
            one.set(at!(User.givenName), "Grace");
        }
    }
    bench.import("file", &district);
    district
}

/// The instant of the n-th import.
fn day(n: i64) -> Timestamp {
    Timestamp(START + n * 1_000)
}

fn dead(bench: &Bench) -> Vec<String> {
    let mut export = bench.roster.export(None).unwrap();
    let mut all = Vec::new();
    for kind in [Kind::User, Kind::Role, Kind::Enrollment] {
        let since = Which::Since(Timestamp(0));
        export
            .rows(kind, since, None, &mut |row| {
                if row.status == oneroster::record::Status::ToBeDeleted {
                    all.push(row.sourced_id.to_owned());
                }
                true
            })
            .unwrap();
    }
    all
}

fn history_ends_and_says_from_when_on_it_is_whole(engine: Engine) {
    let mut bench = Bench::new(engine);
    let district = days(&mut bench);
    assert_eq!(dead(&bench), ["u001", "r-u001", "e-u001"]);
    let ended = bench.roster.end_history(day(2)).unwrap();
    assert_eq!((ended.rows, ended.runs.as_slice()), (3, [1, 2].as_slice()));
    // An enrollment goes at once, a person when nothing points to it any more.
    assert!(ended.tombstones > 0 && !dead(&bench).contains(&"e-u001".to_owned()), "{:?}", dead(&bench));
    bench.roster.end_history(day(2)).unwrap();
    assert_eq!(dead(&bench), Vec::<String>::new());
    let beyond = bench.roster.export(Some(day(1))).unwrap_err().to_string();
    assert!(beyond.contains(&day(3).to_string()) || beyond.contains(&day(2).to_string()), "{beyond}");
    assert!(bench.roster.export(None).unwrap().remembers(day(1)).is_err());
    assert!(bench.roster.export(None).unwrap().remembers(day(3)).is_ok());
    // The roster itself is whole, and an import of the same changes nothing.
    assert_eq!(bench.ids(&read(Kind::User, Version::V1P2)).1.total, 6);
    let (written, _) = bench.import("file", &district);
    assert_eq!(written.published, None);
    // Row ids are not given again: new records name what they should.
    let mut more = district.clone();
    person(&mut more, "u950", "student", "c2");
    bench.import("file", &more);
    let stored = bench.roster.stored(Kind::Enrollment, "e-u950").unwrap().unwrap();
    assert_eq!(stored.record.get(at!(Enrollment.user)), Some("u950"));
    let mut named = Vec::new();
    bench.roster.around(Kind::User, "u950", &mut |one| named.push(one.record.sourced_id)).unwrap();
    named.sort();
    assert_eq!(named, ["e-u950", "r-u950"]);
}

fn what_still_counts_stays(engine: Engine) {
    let mut bench = Bench::new(engine);
    days(&mut bench);
    let third = bench.roster.run(3).unwrap().unwrap();
    let ended = bench.roster.end_history(day(3)).unwrap();
    // The last import of the source is known, though what it replaced is not.
    assert_eq!(ended.runs, [1, 2]);
    assert!(bench.roster.run(3).unwrap().is_some());
    assert!(bench.roster.take_back(third.published.unwrap(), &third.plan, false).is_err());
    assert!(bench.roster.export(Some(Timestamp(day(3).0 - 1))).is_err());
}

fn nothing_old_nothing_done(engine: Engine) {
    let mut bench = Bench::new(engine);
    days(&mut bench);
    let ended = bench.roster.end_history(Timestamp(START)).unwrap();
    assert_eq!((ended.rows, ended.tombstones, ended.runs.len()), (0, 0, 0));
    assert!(bench.roster.export(Some(day(1))).is_ok());
    assert!(bench.roster.export(None).unwrap().remembers(Timestamp(1)).is_ok());
}
