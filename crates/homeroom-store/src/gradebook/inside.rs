//! Rows inside a record that files list on their own: its objectives, the link
//! to its scale. JSON gives them no identifiers, so they are made here, the same
//! ones for the same record at every write.

use super::known::{Found, Known};
use super::lines::Step;
use crate::Result;
use crate::intake::{inside, link_target, parent_column, shown_in};
use oneroster::model::{Kind, LONGEST_ID, Type};
use oneroster::record::Record;
use std::rc::Rc;
use xxhash_rust::xxh3::xxh3_128;

/// Gives the rows inside of a record identifiers and its own, and puts them
/// back; gives them with its digest, which counts theirs.
pub(crate) fn rows(record: &mut Record) -> (Vec<Record>, u64) {
    let mut rows = Vec::new();
    let fields = record.kind().entity().fields;
    let mut objectives = Vec::new();
    for (at, field) in (0u8..).zip(fields) {
        match field.ty {
            Type::Rows(kind) => {
                let own: Vec<Record> = record.rows(at).cloned().collect();
                objectives.extend(own.into_iter().map(|row| (at, kind, row)));
            }
            Type::Through(kind) => {
                let linked: Vec<String> = record.list(at).map(str::to_owned).collect();
                rows.extend(linked.iter().filter_map(|target| link(record, kind, target)));
            }
            _ => {}
        }
    }
    record.drop_rows();
    let mut digest = record.digest();
    for (at, kind, mut row) in objectives {
        // Those of assessments have no file, and so no row of their own.
        let of_file = shown_in(kind).is_some_and(|(parent, _)| parent == record.kind());
        if of_file {
            identify(record, &mut row, &rows);
        }
        // A sum, as an import makes it.
        digest = digest.wrapping_add(row.digest().rotate_left(17));
        if of_file {
            rows.push(row.clone());
        }
        record.push_row(at, row);
    }
    (rows, digest)
}

fn link(record: &Record, kind: Kind, target: &str) -> Option<Record> {
    let mut row = Record::new(kind);
    row.sourced_id = id(&[kind.entity().name, &record.sourced_id]);
    row.push(kind.entity().parent_field()?, &record.sourced_id);
    row.push(link_target(kind)?, target);
    Some(row)
}

fn identify(record: &Record, row: &mut Record, others: &[Record]) {
    let entity = row.kind().entity();
    let key: Vec<String> = (0u8..)
        .zip(entity.fields)
        .filter(|(_, field)| field.json_required.has(oneroster::model::Version::V1P2))
        .filter_map(|(at, _)| row.get(at).map(str::to_owned))
        .collect();
    let first = id(&[entity.name, &record.sourced_id, &key.join(".")]);
    let taken = |id: &str| others.iter().any(|other| other.sourced_id == id);
    let mut next = (2..).map(|number| format!("{first}.{number}"));
    row.sourced_id = first.clone();
    while taken(&row.sourced_id) {
        row.sourced_id = next.next().unwrap_or_default();
    }
    if let Some(field) = entity.parent_field() {
        row.set(field, &record.sourced_id);
    }
}

fn id(parts: &[&str]) -> String {
    let id = parts.join(".");
    let fits = id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@".contains(&b));
    let head = parts.first().copied().unwrap_or_default();
    if fits { id } else { format!("{head}.{:032x}", xxh3_128(id.as_bytes())) }
}

/// The live rows inside of a stored record.
pub(super) fn stored(known: &mut Known<'_, '_>, of: &Found) -> Result<Vec<Rc<Found>>> {
    let mut all = Vec::new();
    for &kind in inside(of.kind) {
        all.extend(known.naming(kind, parent_column(kind), of.rid)?.into_iter().map(Rc::new));
    }
    Ok(all)
}

/// The steps that make the rows inside of a record what they are to be.
pub(super) fn steps(
    known: &mut Known<'_, '_>,
    before: Vec<Rc<Found>>,
    rows: Vec<Record>,
    owner: u32,
) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for found in before {
        if !rows.iter().any(|row| row.kind() == found.kind && row.sourced_id == found.sourced_id) {
            steps.push(Step::Remove { found, owner });
        }
    }
    for mut row in rows {
        let digest = row.digest();
        let found = known.get(row.kind(), &row.sourced_id)?;
        if found.as_ref().is_none_or(|found| !found.live || found.digest != digest) {
            steps.push(Step::Write { record: row, digest, found, owner });
        }
    }
    Ok(steps)
}
