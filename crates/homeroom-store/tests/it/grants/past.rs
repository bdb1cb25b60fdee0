//! What a bounded reader saw once, whatever its bounds have come to be since.

use super::expected::{Records, Watch, day, newest};
use super::made::{Dice, bounds};
use crate::district::{Engine, with};
use homeroom_store::{Read, Tombstones};
use oneroster::model::{Kind, Version};
use oneroster::query::parse_filter;
use oneroster::record::{Record, Status};
use oneroster::time::{Date, Timestamp};
use proptest::prelude::*;

/// A version, and what was seen in it.
struct Seen(Timestamp, Records);

fn check(engine: Engine, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut watch = Watch::new(engine, &mut dice);
    let since = watch.bench.roster.seen_since(watch.view).unwrap();
    assert!(since <= newest(&watch.bench.roster, watch.view), "from the beginning");
    let mut versions = vec![Seen(newest(&watch.bench.roster, watch.view), watch.seen.clone())];
    for _ in 0..4 {
        match dice.below(4) {
            0 => watch.revise(bounds(&mut dice)),
            1 => watch.pass(Date(day().0 + dice.below(2) as i32 * 200)),
            _ => watch.import(&mut dice),
        }
        versions.push(Seen(newest(&watch.bench.roster, watch.view), watch.seen.clone()));
    }
    assert_eq!(watch.bench.roster.seen_since(watch.view).unwrap(), since);
    for (number, seen) in versions.iter().enumerate() {
        for kind in Kind::all() {
            let live = |record: &&Record| record.status == Status::Active;
            let of_kind = || seen.1.values().filter(|record| record.kind() == kind);
            let ask = watch.read(kind, Version::V1P2, Tombstones::Hidden);
            same(&watch, &ask, seen.0, of_kind().filter(live));
            // What had changed since a version before.
            let before = versions[dice.below(number + 1)].0;
            let filter = parse_filter(&format!("dateLastModified>'{before}'"), kind, Version::V1P2);
            let Ok(Some(filter)) = filter else { continue };
            let ask = watch.read(kind, Version::V1P2, Tombstones::Shown);
            let changed = of_kind().filter(|record| record.modified > Some(before));
            same(&watch, &with(&ask, Some(&filter), None), seen.0, changed);
        }
    }
}

/// The pages of an earlier version hold these records.
fn same<'r>(watch: &Watch, ask: &Read<'_>, at: Timestamp, wanted: impl Iterator<Item = &'r Record>) {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let ask = Read { limit: 4, cursor: cursor.as_deref(), ..ask.clone() };
        let page = watch.bench.roster.page_at(&ask, at, &mut |row| {
            let mut record = Record::unpack(ask.kind, row.sourced_id, row.packed).unwrap();
            (record.status, record.modified) = (row.status, Some(row.published));
            found.push(record);
        });
        match page.unwrap().next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    found.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
    let wanted: Vec<&Record> = wanted.collect();
    assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{:?} at {at}: {:?}", ask.kind, watch.bounds);
    let modified = |record: &Record| record.modified;
    assert!(found.iter().map(modified).eq(wanted.iter().map(|record| modified(record))), "{:?}", ask.kind);
    assert_eq!(watch.bench.roster.count_at(ask, at).unwrap(), wanted.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(30), max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_remembers_what_was_seen(seed in any::<u64>()) {
        check(Engine::Sqlite, seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(4), max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn postgresql_remembers_what_was_seen(seed in any::<u64>()) {
        check(Engine::Postgres, seed);
    }
}
