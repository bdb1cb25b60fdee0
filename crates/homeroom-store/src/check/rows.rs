//! Each row against the record that is packed in it.

use super::{Damage, Fault, Faults};
use crate::Result;
use crate::forget::NO_DIGEST;
use crate::intake::{Changes, Fixed, Ids, inside, link_target, shown_in, write_cells};
use crate::schema::{Column, Content, FIXED, all_columns, carried, columns, history};
use crate::work::{Work, bytes, text, whole};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use std::borrow::Cow;

/// The places of the fixed columns that a record is held against.
const SOURCED_ID: usize = 1;
const OWNER: usize = 2;
const DIGEST: usize = 6;
const PACKED: usize = 7;
/// How many cells stand before the columns of the kind, in what is written of a
/// record: without the row id, the status and the instant.
const BEFORE: usize = FIXED.len() - 3;

/// The row ids of all records that others may name: 16 bytes each.
pub(super) fn ids(work: &mut Work<'_>) -> Result<Ids> {
    let mut ids = Ids::default();
    for kind in Kind::all().filter(|kind| Ids::is_target(*kind)) {
        let sql =
            format!("SELECT rid, \"sourcedId\" FROM \"{}\" AS t WHERE {} rid > 0", kind.entity().plural, work.own("t"));
        work.query(&sql, &[], &mut |row| {
            ids.stored(kind, id_digest(text(row, 1)?.unwrap_or_default()), whole(row, 0)?);
            Ok(())
        })?;
    }
    Ok(ids)
}

/// The rows of a kind as they stand; gives their number.
pub(super) fn live(work: &mut Work<'_>, kind: Kind, ids: &mut Ids, faults: Faults<'_>) -> Result<u64> {
    let table = kind.entity().plural;
    let names = all_columns(kind);
    let list: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let sql = format!("SELECT {} FROM \"{table}\" AS t WHERE {} rid > 0", list.join(", "), work.own("t"));
    let (mut count, mut cells, mut bare) = (0, Vec::new(), Vec::new());
    Record::new(kind).pack(&mut bare);
    work.query(&sql, &[], &mut |row| {
        count += 1;
        let sourced_id = text(row, SOURCED_ID)?.unwrap_or_default();
        let mut fault =
            |damage| faults(Fault { table: table.to_owned(), sourced_id: Some(sourced_id.to_owned()), damage });
        let packed = bytes(row, PACKED).unwrap_or_default();
        let Some(mut record) = Record::unpack(kind, sourced_id, packed) else {
            fault(Damage::Record);
            return Ok(());
        };
        let stored_digest = whole(row, DIGEST)?;
        if stored_digest == NO_DIGEST && packed == bare {
            // All that is left of a forgotten person.
            return Ok(());
        }
        let missing = unknown(&record, ids);
        cells.clear();
        let fixed = Fixed { source: whole(row, OWNER)?, digest: 0, packed: &[] };
        write_cells(&without(&record, &missing), fixed, ids, &mut cells)?;
        let mut wanted = Changes::new(&cells);
        for _ in 0..BEFORE {
            wanted.cell()?;
        }
        for (name, stored) in names.iter().zip(row).skip(FIXED.len()) {
            let same = wanted.cell()? == *stored;
            if missing.iter().any(|column| column.name == *name) {
                fault(Damage::Reference((*name).to_owned()));
            } else if !same {
                fault(Damage::Column((*name).to_owned()));
            }
        }
        if stored_digest != NO_DIGEST && digest(&mut record) != stored_digest as u64 {
            fault(Damage::Digest);
        }
        Ok(())
    })?;
    Ok(count)
}

/// The columns in which a record names another one that is not stored.
fn unknown(record: &Record, ids: &Ids) -> Vec<&'static Column> {
    let mut missing = Vec::new();
    for column in columns(record.kind()) {
        if let (Content::RowId(kind), Some(id)) = (column.content, record.get(column.field))
            && !ids.knows(kind, id_digest(id))
        {
            missing.push(column);
        }
    }
    missing
}

/// The record without what it says in some columns: an identifier that is asked
/// for gets a row id, and would be known from then on.
fn without<'a>(record: &'a Record, columns: &[&Column]) -> Cow<'a, Record> {
    let mut record = Cow::Borrowed(record);
    for column in columns {
        record.to_mut().set(column.field, "");
    }
    record
}

/// The digest by which a comparison knows a record again: with the rows of its
/// own files and those that stand in it only, and without what is made of them.
fn digest(record: &mut Record) -> u64 {
    let kind = record.kind();
    if kind == Kind::User {
        record.set(at!(User.role), "");
        record.set(at!(User.orgs), "");
    }
    let mut digest = record.digest();
    let members = inside(kind).iter().filter(|kind| link_target(**kind).is_none()).filter_map(|kind| shown_in(*kind));
    let members = members.map(|(_, member)| member);
    for member in members.chain(carried(kind).map(|(member, ..)| member)) {
        for row in record.rows(member) {
            digest = digest.wrapping_add(row.clone().digest().rotate_left(17));
        }
    }
    digest
}

/// The earlier rows of a kind, which must be readable; gives their number.
pub(super) fn earlier(work: &mut Work<'_>, kind: Kind, faults: Faults<'_>) -> Result<u64> {
    let past = history(kind.entity());
    let sql = format!("SELECT \"sourcedId\", packed FROM \"{past}\" AS t WHERE {} rid > 0", work.own("t"));
    let mut count = 0;
    work.query(&sql, &[], &mut |row| {
        count += 1;
        let sourced_id = text(row, 0)?.unwrap_or_default();
        if Record::unpack(kind, sourced_id, bytes(row, 1).unwrap_or_default()).is_none() {
            faults(Fault { table: past.clone(), sourced_id: Some(sourced_id.to_owned()), damage: Damage::Record });
        }
        Ok(())
    })?;
    Ok(count)
}
