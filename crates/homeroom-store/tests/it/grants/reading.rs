//! A bounded reader sees a roster that holds nothing else: what is visible, by
//! the definition, is loaded into another roster, and both are asked the same.

use super::expected::{Watch, given};
use super::made::Dice;
use crate::district::{Bench, Engine, read, with};
use crate::filters::names;
use homeroom_store::{Found, Read, Roster, Tombstones};
use oneroster::at;
use oneroster::model::{Kind, Method, Parent, ROUTES, Service, Shape, Slot, Version};
use oneroster::query::{Part, Path, Sort, parse_filter};
use oneroster::record::{Record, Status};
use proptest::prelude::*;

/// The visible records as a package; nested rows in the order of their record.
fn package(watch: &Watch) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    let nested = |kind| matches!(kind, Kind::Role | Kind::UserProfile);
    for record in watch.visible().filter(|record| !nested(record.kind())) {
        for (field, kind) in [(at!(User.roles), Kind::Role), (at!(User.userProfiles), Kind::UserProfile)] {
            if record.kind() == Kind::User {
                all.extend(record.rows(field).map(|row| watch.seen[&(kind, row.sourced_id.clone())].clone()));
            }
        }
        all.push(record.clone());
    }
    all
}

/// The bounded roster, and one that holds what it shows.
struct Pair {
    watch: Watch,
    mirror: Bench,
}

impl Pair {
    fn new(engine: Engine, seed: u64) -> (Pair, Dice) {
        let mut dice = Dice::new(seed);
        let mut watch = Watch::new(engine, &mut dice);
        for _ in 0..dice.below(3) {
            watch.import(&mut dice);
        }
        let mut mirror = Bench::new(engine);
        mirror.import("file", &package(&watch));
        // People come with their rows in them, whose digests are of no package.
        mirror.unchecked();
        (Pair { watch, mirror }, dice)
    }

    /// Asks both; `None` if the path names what is not there.
    fn ask(&self, ask: &Read<'_>) -> [Option<(Vec<String>, u64)>; 2] {
        let bounded = Read { view: Some(self.watch.view), ..ask.clone() };
        [ids(&self.watch.bench.roster, &bounded), ids(&self.mirror.roster, ask)]
    }
}

fn ids(roster: &Roster, ask: &Read<'_>) -> Option<(Vec<String>, u64)> {
    let mut ids = Vec::new();
    let page = roster.page(ask, &mut |row| ids.push(row.sourced_id.to_owned())).unwrap()?;
    Some((ids, page.total))
}

fn by_id(kind: Kind) -> Sort {
    Sort { path: Path { kind, slot: Slot::SourcedId, part: Part::Value }, descending: false }
}

fn check(engine: Engine, seed: u64) {
    let (pair, mut dice) = Pair::new(engine, seed);
    for kind in Kind::all() {
        whole(&pair, kind);
        for version in Version::ALL {
            for _ in 0..6 {
                filtered(&pair, kind, version, &mut dice);
            }
            sorted(&pair, kind, version, &mut dice);
        }
        paged(&pair, kind);
        singly(&pair, kind);
    }
    nested(&pair, &mut dice);
}

/// Records, their order, their number and their bytes.
fn whole(pair: &Pair, kind: Kind) {
    let sort = by_id(kind);
    for version in Version::ALL {
        let ask = read(kind, version);
        let [found, wanted] = pair.ask(&with(&ask, None, Some(&sort)));
        assert_eq!(found, wanted, "{kind:?} {version}: {:?}", pair.watch.bounds);
        let [plain, _] = pair.ask(&ask);
        assert_eq!(plain.map(|(_, total)| total), wanted.map(|(_, total)| total), "{kind:?} {version}");
    }
    let ask = Read { view: Some(pair.watch.view), ..read(kind, Version::V1P2) };
    let found = given(&pair.watch.bench.roster, &with(&ask, None, Some(&sort)));
    let wanted: Vec<&Record> = pair.watch.visible().filter(|record| record.kind() == kind).collect();
    assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{:?}", pair.watch.bounds);
    let modified = |record: &&Record| record.modified;
    assert!(found.iter().map(|r| r.modified).eq(wanted.iter().map(modified)), "{kind:?}");
    let children = |roster: &Roster, ask: &Read<'_>| {
        let mut all = Vec::new();
        roster.page(ask, &mut |row| all.push((row.sourced_id.to_owned(), row.children.to_vec()))).unwrap();
        all
    };
    let mirrored = with(&read(kind, Version::V1P2), None, Some(&sort));
    let bounded = with(&ask, None, Some(&sort));
    assert_eq!(children(&pair.watch.bench.roster, &bounded), children(&pair.mirror.roster, &mirrored));
}

/// A text that a filter compares with.
fn literal(pair: &Pair, dice: &mut Dice) -> String {
    let words =
        ["student", "teacher", "administrator", "guardian", "09", "Zoë", "active", "org", "user", "a", "É", "2"];
    let all: Vec<&(Kind, String)> = pair.watch.seen.keys().collect();
    match dice.below(3) {
        0 => dice.pick(&words).to_owned(),
        _ if all.is_empty() => "x".to_owned(),
        _ => all[dice.below(all.len())].1.clone(),
    }
}

fn filtered(pair: &Pair, kind: Kind, version: Version, dice: &mut Dice) {
    let mut names = names(kind, version);
    names.retain(|name| name != "dateLastModified");
    if names.is_empty() {
        return;
    }
    let mut clauses = Vec::new();
    for _ in 0..1 + dice.below(2) {
        let name = &names[dice.below(names.len())];
        let predicate = dice.pick(&["=", "=", "!=", "~", "<", ">="]);
        clauses.push(format!("{name}{predicate}'{}'", literal(pair, dice).replace('\'', "''")));
    }
    let text = clauses.join(dice.pick(&[" AND ", " OR "]));
    let Ok(Some(filter)) = parse_filter(&text, kind, version) else { return };
    let [found, wanted] = pair.ask(&with(&read(kind, version), Some(&filter), Some(&by_id(kind))));
    assert_eq!(found, wanted, "{text} {:?}", pair.watch.bounds);
}

fn sorted(pair: &Pair, kind: Kind, version: Version, dice: &mut Dice) {
    let mut names = names(kind, version);
    names.retain(|name| name != "dateLastModified");
    let paths: Vec<Path> = names.iter().filter_map(|name| Path::named(name, kind, version)).collect();
    if paths.is_empty() {
        return;
    }
    for _ in 0..3 {
        let sort = Sort { path: paths[dice.below(paths.len())].clone(), descending: dice.one_in(2) };
        let [found, wanted] = pair.ask(&with(&read(kind, version), None, Some(&sort)));
        assert_eq!(found, wanted, "{sort:?} {:?}", pair.watch.bounds);
    }
}

/// Pages by cursor and by offset come to the same as one page.
fn paged(pair: &Pair, kind: Kind) {
    let whole = Read { view: Some(pair.watch.view), ..read(kind, Version::V1P2) };
    let roster = &pair.watch.bench.roster;
    let (all, total) = ids(roster, &whole).unwrap();
    let (mut paged, mut cursor) = (Vec::new(), None::<String>);
    while paged.len() < all.len() {
        let ask = Read { limit: 3, cursor: cursor.as_deref(), ..whole.clone() };
        let page = roster.page(&ask, &mut |row| paged.push(row.sourced_id.to_owned())).unwrap().unwrap();
        assert_eq!(page.total, total);
        cursor = page.next;
    }
    assert_eq!(paged, all);
    for offset in 0..all.len() {
        let ask = Read { limit: 1, offset: offset as u64, caller: 7 + offset as u64, ..whole.clone() };
        assert_eq!(ids(roster, &ask).unwrap().0, all[offset..=offset], "a cold jump");
    }
}

/// A record is found if it is visible, or was until it was deleted.
fn singly(pair: &Pair, kind: Kind) {
    let watch = &pair.watch;
    let ask = watch.read(kind, Version::V1P2, Tombstones::Hidden);
    for (key, stored) in super::expected::all(&watch.bench.roster).iter().filter(|((of, _), _)| *of == kind) {
        let mut found = None;
        let said = watch.bench.roster.one(&ask, &key.1, &mut |row| {
            let mut record = Record::unpack(kind, row.sourced_id, row.packed).unwrap();
            (record.status, record.modified) = (row.status, Some(row.published));
            found = Some(record);
        });
        assert_eq!(said.unwrap() == Found::Yes, found.is_some());
        // What is deleted of the gradebook is gone at once.
        let graded = matches!(kind.entity().service, Service::Gradebook | Service::Assessment);
        let deleted = !graded && stored.status == Status::ToBeDeleted && !watch.left.contains(key);
        let gone = |record: &&Record| record.status == Status::Active || deleted;
        let wanted = watch.seen.get(key).filter(gone);
        assert_eq!(found.as_ref(), wanted, "{key:?} {:?}", watch.bounds);
        assert_eq!(found.and_then(|r| r.modified), wanted.and_then(|r| r.modified), "{key:?}");
    }
}

/// Every nested route, for visible, invisible and unknown records.
fn nested(pair: &Pair, dice: &mut Dice) {
    let all = super::expected::all(&pair.watch.bench.roster);
    let pick = |kind: Kind, dice: &mut Dice| {
        let ids: Vec<&String> = all.keys().filter(|(of, _)| *of == kind).map(|(_, id)| id).collect();
        if ids.is_empty() || dice.one_in(12) { "nobody".to_owned() } else { ids[dice.below(ids.len())].clone() }
    };
    for route in ROUTES.iter().filter(|r| r.method == Method::Get && r.shape == Shape::Collection) {
        for _ in 0..if route.parents.is_empty() { 1 } else { 6 } {
            let parents: Vec<_> = route.parents.iter().map(|parent| (parent, pick(parent.kind, dice))).collect();
            for version in Version::ALL {
                let sort = by_id(route.kind);
                let ask = Read { views: route.views, parents: &parents, ..read(route.kind, version) };
                let [found, wanted] = pair.ask(&with(&ask, None, Some(&sort)));
                // Tombstones have collections, too, and the mirror has none of them.
                let gone = |(parent, id): &(&Parent, String)| {
                    let seen = pair.watch.seen.get(&(parent.kind, id.clone()));
                    seen.is_some_and(|record| record.status == Status::ToBeDeleted)
                };
                if wanted.is_none() && parents.iter().any(|parent| gone(&(parent.0, parent.1.clone()))) {
                    continue;
                }
                assert_eq!(found, wanted, "{} {parents:?} {:?}", route.operation, pair.watch.bounds);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(60), max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_shows_what_a_roster_of_the_visible_shows(seed in any::<u64>()) {
        check(Engine::Sqlite, seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(8), max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn postgresql_shows_what_a_roster_of_the_visible_shows(seed in any::<u64>()) {
        check(Engine::Postgres, seed);
    }
}
