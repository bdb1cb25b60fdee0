//! One record against what is stored of it, and the change that it makes.

use super::cells::{Fixed, write_cells};
use super::encode::{Action, Cell, Head, ONLY_1P2, RETURNS};
use super::stored::StoredRow;
use super::{Collision, EXAMPLES, Intake};
use crate::Result;
use crate::schema::{Content, columns};
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use oneroster::time::Timestamp;

impl Intake {
    /// What is stored of a record of an open kind.
    pub(super) fn row(&mut self, kind: Kind, sourced_id: &str) -> Result<Option<StoredRow>> {
        let Some(open) = self.kinds.get_mut(&kind) else { return Ok(None) };
        let digest = id_digest(sourced_id);
        if let Some(row) = open.rows.get(&digest) {
            return Ok(Some(*row));
        }
        if !(self.lazy && open.changes) {
            return Ok(None);
        }
        let found = self.stored.find(kind, sourced_id)?.map(|(row, _)| row);
        if let Some(row) = found {
            open.rows.insert(digest, row);
            if open.target {
                self.ids.stored(kind, digest, row.rid);
            }
        }
        Ok(found)
    }

    /// A live record as it is stored, which a record of the package depends on.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn stored(&self, kind: Kind, sourced_id: &str) -> Result<Option<Record>> {
        let Some((row, _)) = self.stored.find(kind, sourced_id)?.filter(|(row, _)| row.live) else { return Ok(None) };
        let found = self.stored.packed(kind, &[row.rid])?;
        Ok(found.first().and_then(|(_, packed)| Record::unpack(kind, sourced_id, packed)))
    }

    /// Marks a stored record as one that the package speaks of.
    pub(super) fn see(&mut self, kind: Kind, sourced_id: &str) -> Result<()> {
        self.row(kind, sourced_id)?;
        let open = self.kinds.get_mut(&kind);
        if let Some(row) = open.and_then(|open| open.rows.get_mut(&id_digest(sourced_id))) {
            row.seen = true;
        }
        Ok(())
    }

    pub(super) fn fill_unspoken(&mut self, record: &mut Record) -> Result<()> {
        let kind = record.kind();
        if self.kinds.get(&kind).is_none_or(|open| open.unspoken.is_empty()) {
            return Ok(());
        }
        let id = self.contest.merges.stands(kind, &record.sourced_id).to_owned();
        let Some(row) = self.row(kind, &id)?.filter(|row| row.live) else { return Ok(()) };
        // Of a record that others send, too, only what this source said counts.
        let before = match self.own_claim(kind, &record.sourced_id, row)? {
            (None, true) => return Ok(()),
            (None, false) => {
                let found = self.stored.packed(kind, &[row.rid])?;
                found.first().and_then(|(id, packed)| Record::unpack(kind, id, packed))
            }
            (before, _) => before,
        };
        let Some(before) = before else { return Ok(()) };
        let unspoken = self.kinds.get(&kind).map(|open| open.unspoken.as_slice()).unwrap_or_default();
        for field in unspoken {
            before.list(*field).for_each(|value| record.push(*field, value));
        }
        Ok(())
    }

    /// Decides what becomes of a record, and stages it.
    pub(super) fn compare(&mut self, record: &mut Record, digest: u64) -> Result<()> {
        let kind = record.kind();
        if self.lazy {
            self.row(kind, &record.sourced_id)?;
        }
        let Some(open) = self.kinds.get_mut(&kind) else { return Ok(()) };
        let target = open.target;
        let contested = self.contest.owner(kind, id_digest(&record.sourced_id));
        let owner = contested.unwrap_or(self.source);
        let found = open.rows.get_mut(&id_digest(&record.sourced_id));
        let tally = self.plan.of(kind);
        let Some(row) = found else {
            tally.added += 1;
            let rid = if target { self.ids.define(kind, &record.sourced_id)? } else { self.ids.fresh(kind) };
            return self.stage(record, digest, Action::Add, (rid, owner), 0);
        };
        row.seen = true;
        let row = *row;
        if row.source != self.source && row.live && contested.is_none() {
            self.collide(record, row.source);
            return Ok(());
        }
        if row.live && row.digest == digest {
            tally.unchanged += 1;
            if row.source != owner {
                self.contest.stage.own(kind, row.rid, owner)?;
            }
            return Ok(());
        }
        if row.live {
            tally.changed += 1
        } else {
            tally.added += 1
        }
        let flags = if row.live { 0 } else { RETURNS };
        self.stage(record, digest, Action::Change, (row.rid, owner), flags)
    }

    pub(super) fn collide(&mut self, record: &Record, owner: u32) {
        self.collided += 1;
        if self.collisions.len() < EXAMPLES {
            self.collisions.push(Collision { kind: record.kind(), sourced_id: record.sourced_id.clone(), owner });
        }
    }

    /// Stages a row, with its row id and its owner.
    pub(super) fn stage(
        &mut self,
        record: &mut Record,
        digest: u64,
        action: Action,
        (rid, owner): (i64, u32),
        flags: u8,
    ) -> Result<()> {
        if self.lazy {
            self.resolve(record)?;
        }
        self.packed.clear();
        record.pack(&mut self.packed);
        let start = self.stage.buffer.len();
        Head { action, kind: record.kind() as u8, rid, flags }.write(&mut self.stage.buffer);
        let fixed = Fixed { source: i64::from(owner), digest, packed: &self.packed };
        let shown = write_cells(record, fixed, &mut self.ids, &mut self.stage.buffer)?;
        if !shown {
            self.stage.buffer[start + 2] |= ONLY_1P2;
        }
        self.stage.settle()
    }

    /// Looks up the row ids of what a record refers to.
    pub(super) fn resolve(&mut self, record: &Record) -> Result<()> {
        for column in columns(record.kind()) {
            let Content::RowId(kind) = column.content else { continue };
            let Some(id) = record.get(column.field) else { continue };
            let digest = id_digest(id);
            if !self.ids.knows(kind, digest)
                && let Some((row, _)) = self.stored.find(kind, id)?
            {
                self.ids.stored(kind, digest, row.rid);
            }
        }
        Ok(())
    }

    pub(super) fn stage_removal(&mut self, kind: Kind, rid: i64, modified: Option<Timestamp>) -> Result<()> {
        self.plan.of(kind).removed += 1;
        Head { action: Action::Remove, kind: kind as u8, rid, flags: 0 }.write(&mut self.stage.buffer);
        modified.map_or(Cell::Null, |instant| Cell::Whole(instant.0)).write(&mut self.stage.buffer);
        self.stage.settle()
    }
}
