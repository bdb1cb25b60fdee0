//! Laws on random records, built over the model.

use super::super::check::check;
use super::super::decode::decode;
use super::super::defaults::DEFAULTS;
use super::super::target::{inner_array, is_children, is_row_id, row_members};
use super::*;
use crate::model::{Field, Type, Vocabulary};
use crate::record::Status;
use proptest::prelude::*;

/// What a random record holds in one field.
#[derive(Clone, Debug)]
enum Cell {
    Values(Vec<String>),
    Rows(Kind, Vec<(String, Vec<(u8, Cell)>)>),
}

fn text() -> BoxedStrategy<String> {
    prop_oneof!["[a-zA-Z0-9 .-]{1,12}", "(?s).{1,12}", "[\"\\\\\n\t\u{1}éß漢😀/'%&]{1,6}"].boxed()
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![text().prop_map(Value::from), any::<i32>().prop_map(Value::from), Just(Value::Bool(true))];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((text(), inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .prop_map(|v| v.to_string())
}

fn word(words: &'static Vocabulary, version: Version) -> BoxedStrategy<String> {
    let mut known: Vec<String> = words.words(version).map(str::to_owned).collect();
    if words.open.has(version) {
        known.push("ext:house.word_1-a".to_owned());
    }
    proptest::sample::select(known).boxed()
}

fn value(field: &'static Field, version: Version) -> BoxedStrategy<String> {
    match field.ty {
        Type::Bool => "true|false".boxed(),
        Type::Date => (0i32..40_000).prop_map(|n| crate::time::Date(n).to_string()).boxed(),
        Type::DateTime => (0i64..4_000_000_000_000).prop_map(|n| Timestamp(n).to_string()).boxed(),
        Type::Year => "20[0-9]{2}".boxed(),
        Type::Number => prop_oneof!["0", "-?[1-9][0-9]{0,5}", "[1-9][0-9]{0,2}\\.[0-9]{0,2}[1-9]"].boxed(),
        Type::Word(words) => word(words, version),
        _ => text(),
    }
}

fn cell(field: &'static Field, version: Version) -> BoxedStrategy<Cell> {
    let list = |item: BoxedStrategy<String>| proptest::collection::vec(item, 1..4).prop_map(Cell::Values).boxed();
    match field.ty {
        Type::Rows(kind) => {
            proptest::collection::vec(row(kind, version), 1..4).prop_map(move |rows| Cell::Rows(kind, rows)).boxed()
        }
        Type::Pairs(..) => proptest::collection::vec((text(), text()), 1..4)
            .prop_map(|pairs| Cell::Values(pairs.into_iter().flat_map(|(l, r)| [l, r]).collect()))
            .boxed(),
        Type::Metadata => proptest::collection::btree_map(text(), json(), 1..4)
            .prop_map(|map| Cell::Values(map.into_iter().flat_map(|(l, r)| [l, r]).collect()))
            .boxed(),
        _ if field.many => list(value(field, version)),
        _ => value(field, version).prop_map(|v| Cell::Values(vec![v])).boxed(),
    }
}

/// Cells of some fields; mandatory ones are always there.
fn cells(
    fields: impl Iterator<Item = (u8, &'static Field)>,
    full: impl Fn(&Field) -> bool,
    version: Version,
) -> BoxedStrategy<Vec<(u8, Cell)>> {
    let each: Vec<BoxedStrategy<Option<(u8, Cell)>>> = fields
        .map(|(i, field)| {
            let cell = cell(field, version).prop_map(move |c| (i, c));
            if field.json_required.has(version) || full(field) {
                cell.prop_map(Some).boxed()
            } else {
                proptest::option::of(cell).boxed()
            }
        })
        .collect();
    each.prop_map(|cells| cells.into_iter().flatten().collect()).boxed()
}

fn row(kind: Kind, version: Version) -> BoxedStrategy<(String, Vec<(u8, Cell)>)> {
    let shown = row_members(kind, version).filter(|(_, f)| !is_row_id(f));
    let has_id = row_members(kind, version).any(|(_, f)| is_row_id(f));
    let id = if has_id { prop_oneof![text(), Just("up-1".to_owned())].boxed() } else { Just(String::new()).boxed() };
    (id, cells(shown, |_| false, version)).boxed()
}

fn build(kind: Kind, sourced_id: &str, cells: &[(u8, Cell)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(sourced_id);
    for (i, cell) in cells {
        match cell {
            Cell::Values(values) => values.iter().for_each(|v| record.push(*i, v)),
            Cell::Rows(kind, rows) => {
                rows.iter().for_each(|(id, cells)| record.push_row(*i, build(*kind, id, cells)));
            }
        }
    }
    record
}

/// A random record of a version; members with a default always have a value.
fn any_record(kind: Kind, version: Version) -> impl Strategy<Value = Record> {
    let entity = kind.entity();
    let fields = entity.members(version).filter_map(move |(slot, field)| match slot {
        Slot::Own(i) if !is_children(entity, field) => Some((i, field)),
        _ => None,
    });
    let defaulted = move |f: &Field| {
        DEFAULTS.iter().any(|d| d.kind == kind && std::ptr::eq(&entity.fields[usize::from(d.field)], f))
    };
    (text(), any::<bool>(), 0i64..4_000_000_000_000, cells(fields, defaulted, version)).prop_map(
        move |(id, deleted, modified, cells)| {
            let mut record = build(kind, &id, &cells);
            record.status = if deleted { Status::ToBeDeleted } else { Status::Active };
            record.modified = Some(Timestamp(modified));
            record
        },
    )
}

fn classes() -> impl Iterator<Item = (Kind, Version)> {
    let classes = Kind::all().filter(|k| k.entity().parent_kind().is_none());
    classes.flat_map(|k| Version::ALL.map(|v| (k, v))).filter(|(k, v)| k.entity().json.has(*v))
}

pub(super) fn any_class_and_record() -> impl Strategy<Value = (Kind, Version, Record)> {
    let classes: Vec<_> = classes().collect();
    proptest::sample::select(classes)
        .prop_flat_map(|(kind, version)| any_record(kind, version).prop_map(move |r| (kind, version, r)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_conforms_and_is_read_back((kind, version, mut given) in any_class_and_record()) {
        let object = render(&plan(kind, version, None).with_secrets(), &mut given);
        prop_assert_eq!(check(kind, version, &object, false), Vec::<String>::new());
        let decoded = decode(kind, version, &object).unwrap();
        prop_assert_eq!(&decoded.notes, &[]);
        prop_assert_eq!(decoded.record.modified, given.modified);
        prop_assert_eq!(decoded.record, given);
    }

    #[test]
    fn a_selection_shows_those_members_and_no_others((kind, version, mut given) in any_class_and_record(), mask in any::<u64>()) {
        let all = render(&plan(kind, version, None), &mut given);
        let members: Vec<_> = kind.entity().members(version).collect();
        let chosen: Vec<_> = members.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, m)| *m).collect();
        let slots: Vec<Slot> = chosen.iter().map(|(slot, _)| *slot).collect();
        let some = render(&plan(kind, version, Some(&slots)), &mut given);
        let mut wanted = all.as_object().unwrap().clone();
        wanted.retain(|name, _| chosen.iter().any(|(_, f)| f.name == name));
        prop_assert_eq!(&some, &Value::Object(wanted));
        prop_assert_eq!(check(kind, version, &some, true), Vec::<String>::new());
    }

    #[test]
    fn random_packed_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), form in any::<bool>(), class in any::<proptest::sample::Index>()) {
        let classes: Vec<_> = classes().collect();
        let (kind, version) = classes[class.index(classes.len())];
        let mut packed = bytes;
        if form && let Some(first) = packed.first_mut() {
            *first = crate::record::FORM;
        }
        let row = Row { sourced_id: "x", status: Status::Active, published: Timestamp(0), packed: &packed, children: &[] };
        let mut out = Vec::new();
        plan(kind, version, None).with_secrets().write(&row, &mut out);
        let framed = out.starts_with(b"{\"sourcedId\":\"x\",\"status\":\"active\",") && out.ends_with(b"}");
        prop_assert!(framed);
    }

    #[test]
    fn damaged_records_never_panic((kind, version, mut given) in any_class_and_record(), hits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4)) {
        let mut packed = Vec::new();
        given.pack(&mut packed);
        for (at, byte) in hits {
            let at = at.index(packed.len());
            packed[at] = byte;
        }
        let row = Row { sourced_id: "x", status: Status::Active, published: Timestamp(0), packed: &packed, children: &[] };
        plan(kind, version, None).write(&row, &mut Vec::new());
    }
}

#[test]
fn rows_of_every_inner_array_are_generated() {
    // Should the model gain a second array in a row, the generator and the plan must learn of it.
    for kind in Kind::all().filter(|k| k.entity().json.has(Version::V1P2)) {
        let named: Vec<_> = row_members(kind, Version::V1P2).filter_map(|(_, f)| f.within).collect();
        assert!(named.iter().all(|n| Some(*n) == inner_array(kind, Version::V1P2).map(|(name, _)| name)), "{kind:?}");
    }
}
