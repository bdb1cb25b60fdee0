//! The law of filters and orders: the SQL finds what the evaluator finds.
//!
//! Random records of every class that packages bring are stored; random filters and
//! orders over every member of the class are asked of the store and of the
//! records themselves.

use crate::district::{Bench, Engine, read, record, small, with};
use homeroom_store::{Read, Roster, Tombstones};
use oneroster::at;
use oneroster::model::{Field, Kind, Place, Slot, Type, Version};
use oneroster::query::{Path, Sort, compare, matches, parse_filter};
use oneroster::record::Record;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::LazyLock;

const KINDS: [Kind; 13] = [
    Kind::Org,
    Kind::AcademicSession,
    Kind::Course,
    Kind::Class,
    Kind::User,
    Kind::Demographics,
    Kind::Enrollment,
    Kind::Category,
    Kind::ScoreScale,
    Kind::LineItem,
    Kind::Result,
    Kind::AssessmentLineItem,
    Kind::AssessmentResult,
];

/// Those that no package brings: applications write them.
const WRITTEN: [Kind; 2] = [Kind::AssessmentLineItem, Kind::AssessmentResult];

/// What files list on their own, and JSON shows within these.
const WITHIN: [Kind; 6] = [
    Kind::UserProfile,
    Kind::Role,
    Kind::LineItemScoreScale,
    Kind::ResultScoreScale,
    Kind::LineItemLearningObjectiveId,
    Kind::ResultLearningObjectiveId,
];

/// Texts that tell exact from lenient comparison, and data from pattern.
const TEXTS: [&str; 16] = [
    "a",
    "B",
    "ab",
    "aB",
    "Ab",
    "100%",
    "a_b",
    "O'Brien",
    "Zoë",
    "ZOË",
    "Zoe\u{308}",
    "ÅSA",
    "é",
    "日本",
    "b ",
    "\u{10400}x",
];

fn value_of(field: &Field, seed: usize) -> String {
    let pick = |words: &[&str]| words[seed % words.len()].to_owned();
    match field.ty {
        Type::Bool => pick(&["true", "false"]),
        Type::Date => pick(&["2026-08-01", "2026-09-15", "1999-12-31"]),
        Type::DateTime => pick(&["2026-08-01T00:00:00.000Z", "2026-09-15T07:30:00.000Z"]),
        Type::Number => pick(&["1", "2.5", "-1", "5"]),
        Type::Year => pick(&["2026", "2027"]),
        Type::Word(words) => {
            let mut known: Vec<&str> = words.words(Version::V1P2).collect();
            if words.open.has(Version::V1P2) {
                known.push("ext:Own");
            }
            known[seed % known.len()].to_owned()
        }
        Type::Ref(kind, _) => id_of(kind, seed),
        Type::ProfileRef => id_of(Kind::UserProfile, seed),
        _ => pick(&TEXTS),
    }
}

const IDS: usize = 5;

fn id_of(kind: Kind, seed: usize) -> String {
    let letter = ["x", "X", "y", "Z", "z"][seed % IDS];
    format!("{letter}-{}", kind.entity().name)
}

/// A record with about two thirds of its fields filled.
fn fill(kind: Kind, number: usize, seeds: &mut dyn Iterator<Item = usize>) -> Record {
    let mut filled = record(kind, &id_of(kind, number), &[]);
    for (position, field) in kind.entity().fields.iter().enumerate() {
        let position = position as u8;
        let seed = seeds.next().unwrap();
        let derived = field.csv.is_empty() && !matches!(field.ty, Type::Metadata);
        let by_roles = kind == Kind::User && [at!(User.orgs), at!(User.role)].contains(&position);
        // What the table of the file demands is there; the rest may be blank.
        let wanted = !field.csv_required.is_empty();
        if derived || by_roles || (!wanted && seed.is_multiple_of(3)) {
            continue;
        }
        match (field.ty, field.many) {
            (Type::Metadata, _) => {
                filled.push_pair(position, "k", &serde_json::Value::from(TEXTS[seed % TEXTS.len()]).to_string());
                filled.push_pair(position, "acme.room", "5");
            }
            (Type::Pairs(..), _) => {
                filled.push_pair(position, TEXTS[seed % 3], TEXTS[seed % TEXTS.len()]);
                filled.push_pair(position, "B", TEXTS[(seed + 3) % TEXTS.len()]);
            }
            // Of several links of a record, only the first is shown.
            (Type::Ref(target, _), _) if kind.entity().place == Place::Link(target) => {
                filled.push(position, &id_of(target, number));
            }
            (_, true) => (0..1 + seed % 3).for_each(|i| filled.push(position, &value_of(field, seed + i))),
            _ => filled.push(position, &value_of(field, seed)),
        }
    }
    filled
}

fn districts() -> Vec<Record> {
    let mut state = 7usize;
    let mut seeds = std::iter::from_fn(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some(state >> 33)
    });
    let mut all = Vec::new();
    for kind in [KINDS.as_slice(), &WITHIN].concat() {
        for number in 0..IDS {
            all.push(fill(kind, number, &mut seeds));
        }
    }
    all
}

/// Objectives, which stand in the records of assessments only.
fn objectives(record: &mut Record, number: usize) {
    let rows = record.kind().entity().fields.iter().zip(0u8..).find_map(|(field, place)| match field.ty {
        Type::Rows(rows) => Some((place, rows)),
        _ => None,
    });
    let (place, rows) = rows.unwrap();
    for nth in 0..number % 4 {
        let mut row = Record::new(rows);
        for (field, at) in rows.entity().fields.iter().zip(0u8..).filter(|(field, _)| field.in_json(Version::V1P2)) {
            let seed = number * 5 + nth * 3 + usize::from(at);
            if !field.many && !matches!(field.ty, Type::Metadata | Type::Ref(..)) && !(nth + seed).is_multiple_of(4) {
                row.push(at, &value_of(field, seed));
            }
        }
        record.push_row(place, row);
    }
}

/// A stored district, part of it tombstones, and its records as stored.
struct Law {
    roster: Roster,
    _bench: Bench,
    records: Vec<(Kind, Vec<Record>)>,
}

fn law(engine: Engine) -> &'static Law {
    static SQLITE: LazyLock<Law> = LazyLock::new(|| make_law(Engine::Sqlite));
    static POSTGRES: LazyLock<Law> = LazyLock::new(|| make_law(Engine::Postgres));
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

fn make_law(engine: Engine) -> Law {
    let mut bench = Bench::new(engine);
    let all = districts();
    let brought: Vec<Record> = all.iter().filter(|r| !WRITTEN.contains(&r.kind())).cloned().collect();
    bench.import("file", &brought);
    // Two of each class leave, so that filters on status have work.
    let left = brought.iter().filter(|r| !r.sourced_id.starts_with('Z') || r.kind() != Kind::Enrollment);
    let left: Vec<Record> =
        left.filter(|r| !(r.kind() == Kind::Demographics && r.sourced_id.starts_with('y'))).cloned().collect();
    bench.import("file", &left);
    // One record of each that is written has other objectives in its past.
    for (number, record) in all.iter().filter(|r| WRITTEN.contains(&r.kind())).enumerate() {
        for number in [number + 1, number] {
            let mut record = record.clone();
            objectives(&mut record, number);
            bench.put(record);
        }
    }
    let records = KINDS.iter().map(|kind| (*kind, stored(&bench.roster, *kind))).collect();
    Law { roster: bench.roster.clone(), _bench: bench, records }
}

fn shown(kind: Kind, version: Version) -> Read<'static> {
    Read { tombstones: Tombstones::Shown, ..read(kind, version) }
}

fn stored(roster: &Roster, kind: Kind) -> Vec<Record> {
    let mut records = Vec::new();
    let keep = &mut |row: &oneroster::json::Row<'_>| {
        let mut record = Record::unpack(kind, row.sourced_id, row.packed).unwrap();
        record.status = row.status;
        record.modified = Some(row.published);
        let children = kind.entity().fields.iter().position(|f| f.name == "children");
        for child in row.children {
            record.push(children.unwrap() as u8, child);
        }
        records.push(record);
    };
    roster.page(&shown(kind, Version::V1P2), keep).unwrap();
    records
}

/// Every path that a filter or an order can name, as text.
pub fn names(kind: Kind, version: Version) -> Vec<String> {
    let mut names = Vec::new();
    for (_, field) in kind.entity().members(version) {
        let name = field.name;
        match field.ty {
            Type::Pairs(left, right) => names.extend([format!("{name}.{left}"), format!("{name}.{right}")]),
            Type::Metadata => names.extend([format!("{name}.k"), format!("{name}.acme.room"), format!("{name}.no")]),
            Type::Ref(..) | Type::Through(_) => {
                names.extend([name.to_owned(), format!("{name}.sourcedId"), format!("{name}.type")])
            }
            Type::Rows(rows) => {
                let fields = rows.entity().fields;
                for inner in fields.iter().filter(|f| f.in_json(version)) {
                    let inside = match inner.within {
                        None => format!("{name}.{}", inner.name),
                        // An array with one member only is a plain list.
                        Some(array) if fields.iter().filter(|f| f.within == Some(array)).count() == 1 => {
                            format!("{name}.{array}")
                        }
                        Some(array) => format!("{name}.{array}.{}", inner.name),
                    };
                    let of = ["", ".sourcedId", ".type"].into_iter();
                    let of = of.take(if matches!(inner.ty, Type::Ref(..)) { 3 } else { 1 });
                    names.extend(of.map(|part| format!("{inside}{part}")));
                }
            }
            _ => names.push(name.to_owned()),
        }
    }
    names
}

fn literal() -> impl Strategy<Value = String> {
    let words = [
        "active",
        "tobedeleted",
        "true",
        "false",
        "school",
        "org",
        "user",
        "student",
        "teacher",
        "scoreScale",
        "ext:Own",
        "ext",
        "case",
    ];
    let dates = ["2026-08-01", "2026-09-15", "2026-09-01T00:00:01.000Z", "2026-09-01T00:00:02.000Z", "2026", "09"];
    prop_oneof![
        3 => select(TEXTS.to_vec()).prop_map(str::to_owned),
        2 => select(words.to_vec()).prop_map(str::to_owned),
        2 => select(dates.to_vec()).prop_map(str::to_owned),
        3 => (select(KINDS.to_vec()), 0..IDS).prop_map(|(kind, n)| id_of(kind, n)),
        1 => (0..IDS).prop_map(|n| format!("urn:oneroster:userProfile:{}", id_of(Kind::UserProfile, n))),
        1 => (select(TEXTS.to_vec()), select(TEXTS.to_vec())).prop_map(|(a, b)| format!("{a},{b}")),
        1 => select(vec!["5", "1", "2.5", "-1"]).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ]
}

fn clause(kind: Kind, version: Version) -> impl Strategy<Value = String> {
    let predicates = ["=", "!=", "<", "<=", ">", ">=", "~"];
    (select(names(kind, version)), select(predicates.to_vec()), literal())
        .prop_map(|(name, predicate, literal)| format!("{name}{predicate}'{}'", literal.replace('\'', "''")))
}

fn question() -> impl Strategy<Value = (Kind, Version, String)> {
    (select(KINDS.to_vec()), select(Version::ALL.to_vec())).prop_flat_map(|(kind, version)| {
        let chain = (proptest::collection::vec(clause(kind, version), 1..4), select(vec![" AND ", " OR "]));
        (Just(kind), Just(version), chain.prop_map(|(clauses, joint)| clauses.join(joint)))
    })
}

fn records(engine: Engine, kind: Kind, version: Version) -> impl Iterator<Item = &'static Record> {
    let all = &law(engine).records.iter().find(|(k, _)| *k == kind).unwrap().1;
    all.iter().filter(move |r| oneroster::compat::shown_in(r, version))
}

fn ids(engine: Engine, read: &Read<'_>) -> (Vec<String>, u64) {
    let mut ids = Vec::new();
    let page = law(engine).roster.page(read, &mut |row| ids.push(row.sourced_id.to_owned())).unwrap().unwrap();
    (ids, page.total)
}

/// What the grammar refuses is not a question.
fn check_filter(engine: Engine, kind: Kind, version: Version, text: &str) -> Result<(), TestCaseError> {
    let Ok(Some(filter)) = parse_filter(text, kind, version) else { return Ok(()) };
    if !kind.entity().json.has(version) {
        return Ok(());
    }
    let (mut found, total) = ids(engine, &with(&shown(kind, version), Some(&filter), None));
    found.sort();
    let wanted = records(engine, kind, version).filter(|r| matches(&filter, r));
    let mut wanted: Vec<&str> = wanted.map(|r| r.sourced_id.as_str()).collect();
    wanted.sort_unstable();
    prop_assert_eq!(&found, &wanted, "{}", text);
    prop_assert_eq!(total, wanted.len() as u64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn the_sql_of_sqlite_finds_what_the_evaluator_finds((kind, version, text) in question()) {
        check_filter(Engine::Sqlite, kind, version, &text)?;
    }
}

proptest! {
    // Every text is prepared anew, on a server.
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn the_sql_of_postgresql_finds_what_the_evaluator_finds((kind, version, text) in question()) {
        check_filter(Engine::Postgres, kind, version, &text)?;
    }
}

on_both_engines!(the_sql_orders_as_the_evaluator_does, objectives_of_records_from_before_are_searched_too);

/// An earlier version of the program kept nothing of them beside the record.
fn objectives_of_records_from_before_are_searched_too(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.import("file", &small(3));
    for title in ["First", "Second"] {
        let mut item = record(Kind::AssessmentLineItem, "a1", &[(at!(AssessmentLineItem.title), title)]);
        let mut row = Record::new(Kind::LineItemLearningObjectiveId);
        row.push(at!(LineItemLearningObjectiveId.source), "case");
        row.push(at!(LineItemLearningObjectiveId.learningObjectiveId), &format!("Zoë {title}"));
        item.push_row(at!(AssessmentLineItem.learningObjectiveSet), row);
        bench.put(item);
    }
    let kind = Kind::AssessmentLineItem;
    let filter = parse_filter("learningObjectiveSet.learningObjectiveIds~'ZOË SEC'", kind, Version::V1P2).unwrap();
    let found = |roster: &Roster| {
        roster.page(&with(&shown(kind, Version::V1P2), filter.as_ref(), None), &mut |_| ()).unwrap().unwrap().total
    };
    assert_eq!(found(&bench.roster), 1);
    for table in ["assessmentLineItems", "assessmentLineItems_history"] {
        bench.behind(&format!("UPDATE \"{table}\" SET carried = NULL WHERE {{own}} 1 = 1"));
    }
    assert_eq!(found(&bench.again()), 1, "whoever opens the roster writes them");
    let mut faults = Vec::new();
    bench.again().check(&mut |fault| faults.push(fault)).unwrap();
    assert_eq!(faults, []);
}

fn the_sql_orders_as_the_evaluator_does(engine: Engine) {
    for version in Version::ALL {
        for kind in KINDS.into_iter().filter(|kind| kind.entity().json.has(version)) {
            for path in names(kind, version).iter().filter_map(|name| Path::named(name, kind, version)) {
                for descending in [false, true] {
                    check_order(engine, version, Sort { path: path.clone(), descending });
                }
            }
        }
    }
}

fn check_order(engine: Engine, version: Version, sort: Sort) {
    let (kind, slot) = (sort.path.kind, sort.path.slot);
    let mut wanted: Vec<&Record> = records(engine, kind, version).collect();
    if slot == Slot::Modified {
        // Those of one instant stay in the order in which they came.
        wanted.sort_by_key(|record| record.modified);
        if sort.descending {
            wanted.reverse();
        }
    } else {
        wanted.sort_by(|a, b| compare(&sort, a, b));
    }
    let wanted: Vec<&str> = wanted.iter().map(|r| r.sourced_id.as_str()).collect();
    let whole = with(&shown(kind, version), None, Some(&sort));
    assert_eq!(ids(engine, &whole).0, wanted, "{version} {sort:?}");
    // And the same in pages of two, each beginning where the one before ended.
    let mut paged = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let ask = Read { limit: 2, cursor: cursor.as_deref(), ..whole.clone() };
        let mut some = Vec::new();
        let page = law(engine).roster.page(&ask, &mut |row| some.push(row.sourced_id.to_owned())).unwrap().unwrap();
        paged.extend(some);
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(paged, wanted, "{version} {sort:?} in pages");
}
