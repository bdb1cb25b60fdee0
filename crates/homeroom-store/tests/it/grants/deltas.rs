//! A bounded reader that follows changes misses none, and learns what left.

use super::expected::{Watch, day, given};
use super::made::{Dice, bounds};
use crate::district::{Engine, read, with};
use crate::filters::names;
use homeroom_store::{ErrorKind, Read, Tombstones};
use oneroster::model::{Kind, Place, Type, Version};
use oneroster::query::{matches, parse_filter};
use oneroster::record::Record;
use oneroster::time::Date;
use proptest::prelude::*;

/// What may happen to what an application sees.
fn step(watch: &mut Watch, dice: &mut Dice) {
    match dice.below(5) {
        0 => watch.revise(bounds(dice)),
        1 => watch.pass(Date(day().0 + dice.below(2) as i32 * 200)),
        _ => watch.import(dice),
    }
}

fn check(engine: Engine, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut watch = Watch::new(engine, &mut dice);
    for _ in 0..5 {
        let pulls: Vec<Pull> = Kind::all().map(|kind| Pull::begin(&watch, kind, &mut dice)).collect();
        let revised = watch.bounds.clone();
        step(&mut watch, &mut dice);
        for pull in pulls {
            pull.go_on(&watch, revised == watch.bounds);
        }
        for kind in Kind::all() {
            all_changes(&watch, kind);
            for _ in 0..4 {
                filtered(&watch, kind, &mut dice);
            }
        }
    }
}

fn same(found: &[Record], wanted: &[&Record], of: &str) {
    let told = |r: &Record| (r.sourced_id.clone(), r.status, r.modified);
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), wanted.iter().map(|r| told(r)).collect::<Vec<_>>(), "{of}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(&found, wanted, "{of}");
    }
}

/// Every change since the beginning, in order, and in pages of three.
fn all_changes(watch: &Watch, kind: Kind) {
    let ask = watch.read(kind, Version::V1P2, Tombstones::Shown);
    let filter = parse_filter("dateLastModified>='2020-01-01'", kind, Version::V1P2).ok().flatten();
    let Some(filter) = filter else { return };
    let found = given(&watch.bench.roster, &with(&ask, Some(&filter), None));
    assert!(found.is_sorted_by_key(|record| record.modified));
    let mut sorted = found.clone();
    sorted.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
    let wanted: Vec<&Record> = watch.seen.values().filter(|record| record.kind() == kind).collect();
    same(&sorted, &wanted, &format!("{:?}", watch.bounds));
    let (mut paged, mut cursor) = (Vec::new(), None::<String>);
    while paged.len() < found.len() {
        let some = Read { limit: 3, cursor: cursor.as_deref(), ..with(&ask, Some(&filter), None) };
        let roster = &watch.bench.roster;
        let page = roster.page(&some, &mut |row| paged.push(row.sourced_id.to_owned())).unwrap().unwrap();
        assert_eq!(page.total, found.len() as u64);
        cursor = page.next;
    }
    assert!(paged.iter().eq(found.iter().map(|record| &record.sourced_id)));
}

/// A filter over what is there and what was.
fn filtered(watch: &Watch, kind: Kind, dice: &mut Dice) {
    let mut known = names(kind, Version::V1P2);
    // What is attached by links, and what lies below, is told of what is there.
    let derived: Vec<&str> = kind
        .entity()
        .fields
        .iter()
        .filter(|field| matches!(field.ty, Type::Through(_)) || field.name == "children")
        .map(|field| field.name)
        .collect();
    known.retain(|name| !derived.contains(&name.split('.').next().unwrap()));
    // Nested rows have no collections.
    if known.is_empty() || kind.entity().place != Place::Class {
        return;
    }
    let ids: Vec<&String> = watch.seen.keys().map(|(_, id)| id).collect();
    let words = ["student", "teacher", "tobedeleted", "active", "Zoë", "a", "09", "user", "2026-09-01"];
    let literal = match dice.one_in(2) || ids.is_empty() {
        true => dice.pick(&words).to_owned(),
        false => ids[dice.below(ids.len())].clone(),
    };
    let name = &known[dice.below(known.len())];
    let text = format!("{name}{}'{}'", dice.pick(&["=", "!=", "~", ">="]), literal.replace('\'', "''"));
    let Ok(Some(filter)) = parse_filter(&text, kind, Version::V1P2) else { return };
    let ask = watch.read(kind, Version::V1P2, Tombstones::Shown);
    let mut found = given(&watch.bench.roster, &with(&ask, Some(&filter), None));
    found.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
    let wanted = watch.seen.values().filter(|record| record.kind() == kind && matches(&filter, record));
    same(&found, &wanted.collect::<Vec<_>>(), &format!("{text} {:?}", watch.bounds));
}

/// A pull that began in one version, and goes on in the next.
struct Pull {
    kind: Kind,
    tombstones: Tombstones,
    first: Vec<Record>,
    cursor: Option<String>,
    wanted: Vec<Record>,
}

impl Pull {
    fn begin(watch: &Watch, kind: Kind, dice: &mut Dice) -> Pull {
        let tombstones = if dice.one_in(2) { Tombstones::Hidden } else { Tombstones::Shown };
        let ask = watch.read(kind, Version::V1P2, tombstones);
        let wanted = given(&watch.bench.roster, &ask);
        let first = wanted.iter().take(2).cloned().collect();
        let page = watch.bench.roster.page(&Read { limit: 2, ..ask }, &mut |_| ()).unwrap().unwrap();
        Pull { kind, tombstones, first, cursor: page.next, wanted }
    }

    fn go_on(self, watch: &Watch, may: bool) {
        let Some(cursor) = &self.cursor else { return };
        let view = Some(watch.view);
        let ask = Read { view, tombstones: self.tombstones, cursor: Some(cursor), ..read(self.kind, Version::V1P2) };
        if !may {
            let refused = watch.bench.roster.page(&ask, &mut |_| ()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Cursor, "other bounds, another pull");
            return;
        }
        let mut all = self.first;
        all.extend(given(&watch.bench.roster, &ask));
        same(&all, &self.wanted.iter().collect::<Vec<_>>(), "a version to its end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(40), max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_tells_every_change_of_what_is_seen(seed in any::<u64>()) {
        check(Engine::Sqlite, seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(6), max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn postgresql_tells_every_change_of_what_is_seen(seed in any::<u64>()) {
        check(Engine::Postgres, seed);
    }
}
