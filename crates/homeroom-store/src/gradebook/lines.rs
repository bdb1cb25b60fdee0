//! The steps of a request, as changes for the writing side.

use super::known::{Found, Known};
use crate::Result;
use crate::intake::{Action, Cell, Fixed, Head, Ids, ONLY_1P2, RETURNS, write_cells};
use crate::schema::{Content, columns};
use oneroster::record::{Record, id_digest};
use std::rc::Rc;

/// What is done to one row.
#[derive(Debug)]
pub(super) enum Step {
    /// It is added, or replaced.
    Write {
        record: Record,
        digest: u64,
        /// What stands there.
        found: Option<Rc<Found>>,
        owner: u32,
    },
    /// It is marked as deleted.
    Remove { found: Rc<Found>, owner: u32 },
}

/// Appends a step and lets the requests behind it see it; gives its row.
pub(super) fn take(step: &mut Step, known: &mut Known<'_, '_>, published: i64, out: &mut Vec<u8>) -> Result<i64> {
    let rid = match step {
        Step::Remove { found, .. } => {
            let head = Head { action: Action::Remove, kind: found.kind as u8, rid: found.rid, flags: 0 };
            head.write(out);
            Cell::Null.write(out);
            found.rid
        }
        Step::Write { record, digest, found, owner } => {
            let rid = match found {
                Some(found) => found.rid,
                None => known.fresh(record.kind())?,
            };
            write(record, *digest, found.as_deref(), (rid, *owner), known, out)?;
            rid
        }
    };
    known.note(step, rid, published);
    Ok(rid)
}

fn write(
    record: &mut Record,
    digest: u64,
    found: Option<&Found>,
    (rid, owner): (i64, u32),
    known: &mut Known<'_, '_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut ids = Ids::default();
    for column in columns(record.kind()) {
        let (Content::RowId(kind), Some(id)) = (column.content, record.get(column.field)) else { continue };
        if let Some(named) = known.get(kind, id)? {
            ids.stored(kind, id_digest(id), named.rid);
            known.name(kind, named.rid);
        }
    }
    let mut packed = Vec::with_capacity(256);
    record.pack(&mut packed);
    let action = if found.is_some() { Action::Change } else { Action::Add };
    let flags = if found.is_some_and(|found| !found.live) { RETURNS } else { 0 };
    let start = out.len();
    Head { action, kind: record.kind() as u8, rid, flags }.write(out);
    let fixed = Fixed { source: i64::from(owner), digest, packed: &packed };
    if !write_cells(record, fixed, &mut ids, out)? {
        out[start + 2] |= ONLY_1P2;
    }
    Ok(())
}
