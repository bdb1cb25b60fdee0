//! Rows that are shown inside another record, and that record with them.
//!
//! Where the package has every record of the parent's kind, its nested rows
//! wait for it and nothing more is asked. Where it has changes only, or only of
//! the rows inside, the parent is put together from what is stored: its rows
//! there, each replaced or taken out as the package says.

use super::nested::Row;
use super::order::{inside, link_target, shown_in};
use super::{Action, Intake, Keep, StoredRow, StoredRows};
use crate::Result;
use oneroster::model::Kind;
use oneroster::record::{Record, Status, id_digest};
use oneroster::time::Timestamp;
use oneroster::{at, compat};

impl Intake {
    /// Holds a nested row until the record it belongs to comes by.
    pub(super) fn hold(&mut self, record: &mut Record, parent: Kind) -> Result<()> {
        let kind = record.kind();
        if self.is_partial(parent) || self.of_changes(kind) {
            self.see(kind, &record.sourced_id)?;
            let field = kind.entity().parent_field();
            self.touched.extend(field.and_then(|field| record.get(field)).map(str::to_owned));
        }
        self.nested.hold(record, false);
        Ok(())
    }

    /// Holds those stored rows of a nested kind that stay as they are.
    pub(super) fn hold_kept(
        &mut self,
        kind: Kind,
        rows: &StoredRows,
        stays: &dyn Fn(u64, &StoredRow) -> bool,
    ) -> Result<()> {
        let rids: Vec<i64> =
            rows.iter().filter(|(digest, row)| row.live && stays(**digest, row)).map(|(_, row)| row.rid).collect();
        for (sourced_id, packed) in self.stored.packed(kind, &rids)? {
            if let Some(mut record) = Record::unpack(kind, &sourced_id, &packed) {
                self.nested.hold(&mut record, true);
            }
        }
        Ok(())
    }

    /// Puts its waiting rows into a record and compares them on their own;
    /// gives the digest of the record with them.
    pub(super) fn nest(&mut self, parent: &mut Record) -> Result<u64> {
        let mut rows = self.nested.take(&parent.sourced_id);
        if self.is_partial(parent.kind()) {
            rows = self.with_stored(parent, rows)?;
        } else {
            rows.sort_by_key(|row| !row.kept);
        }
        for row in rows.iter_mut().filter(|row| !row.kept) {
            self.fill_unspoken(&mut row.record)?;
            self.contest(&mut row.record, None)?;
        }
        self.once(parent, &mut rows);
        for row in rows.iter_mut().filter(|row| !row.kept) {
            let one = row.record.digest();
            self.compare(&mut row.record, one)?;
        }
        Ok(dress(parent, rows.into_iter().map(|row| row.record).collect()))
    }

    /// Takes what stays as it is out of the rows if it came by, too; and puts the
    /// rows of a record that several claim in an order that does not depend on
    /// who came last.
    fn once(&self, parent: &Record, rows: &mut Vec<Row>) {
        let owner = |record: &Record| self.contest.owner(record.kind(), id_digest(&record.sourced_id));
        let come: Vec<(Kind, String)> = rows
            .iter()
            .filter(|row| !row.kept && owner(&row.record).is_some())
            .map(|row| (row.record.kind(), row.record.sourced_id.clone()))
            .collect();
        if !come.is_empty() {
            let twice = |one: &Record| come.iter().any(|(kind, id)| *kind == one.kind() && *id == one.sourced_id);
            rows.retain(|row| !(row.kept && twice(&row.record)));
        }
        if owner(parent).is_some() {
            rows.sort_by(|a, b| a.record.sourced_id.cmp(&b.record.sourced_id));
        }
    }

    /// The rows of a parent of which the package does not have all: those
    /// stored, in their order, with what the package says of them, then new ones.
    fn with_stored(&mut self, parent: &Record, mut rows: Vec<Row>) -> Result<Vec<Row>> {
        let Some(stored) = self.row(parent.kind(), &parent.sourced_id)? else { return Ok(rows) };
        let mut merged = Vec::with_capacity(rows.len());
        for &kind in inside(parent.kind()) {
            for child in self.stored.children(kind, stored.rid)? {
                let own = |row: &Row| row.record.kind() == kind && row.record.sourced_id == child.sourced_id;
                if let Some(at) = rows.iter().position(own) {
                    merged.push(rows.remove(at));
                } else if self.stays(kind, &child.sourced_id, child.source) {
                    let record = Record::unpack(kind, &child.sourced_id, &child.packed);
                    merged.extend(record.map(|record| Row { record, kept: true }));
                } else if self.kinds.get(&kind).is_some_and(|open| open.within && !open.has_seen(&child.sourced_id)) {
                    self.see(kind, &child.sourced_id)?;
                    match self.withdraw_within(kind, &child.sourced_id)? {
                        Some(record) => merged.push(Row { record, kept: false }),
                        None => self.stage_removal(kind, child.rid, parent.modified)?,
                    }
                }
            }
        }
        merged.extend(rows);
        Ok(merged)
    }

    /// Whether a stored row inside a record stays there as it is.
    fn stays(&self, kind: Kind, sourced_id: &str, source: u32) -> bool {
        let Some(open) = self.kinds.get(&kind) else { return true };
        if open.has_seen(sourced_id) {
            return false;
        }
        let foreign = source != self.source;
        match open.changes {
            true => foreign || !open.within,
            false => foreign || !self.deletions || (open.keep)(id_digest(sourced_id)),
        }
    }

    /// Notes the records that lose or lost a row by what was said of the rows
    /// inside.
    pub(super) fn touch_former(&mut self, parent: Kind) -> Result<()> {
        for &kind in inside(parent) {
            let (Some(open), Some(field)) = (self.kinds.get(&kind), kind.entity().parent_field()) else { continue };
            let moves = |(digest, row): &(&u64, &StoredRow)| {
                let leaves = !open.changes && self.deletions && row.source == self.source && !(open.keep)(**digest);
                row.live && (row.seen || leaves)
            };
            let rids: Vec<i64> = open.rows.iter().filter(moves).map(|(_, row)| row.rid).collect();
            for some in rids.chunks(4096) {
                for (sourced_id, packed) in self.stored.packed(kind, some)? {
                    let record = Record::unpack(kind, &sourced_id, &packed);
                    self.touched.extend(record.and_then(|record| record.get(field).map(str::to_owned)));
                }
            }
        }
        Ok(())
    }

    /// Puts together anew the records of a kind whose own rows did not come by,
    /// but rows inside them did.
    pub(super) fn settle_touched(&mut self, parent: Kind) -> Result<()> {
        for id in std::mem::take(&mut self.touched) {
            match self.row(parent, &id)? {
                Some(row) if row.live && !row.seen => self.renew(parent, &id, row)?,
                // The record is gone, or is on its way: its rows stand alone.
                _ => {
                    for mut row in self.nested.take(&id) {
                        let digest = row.record.digest();
                        self.compare(&mut row.record, digest)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn renew(&mut self, kind: Kind, id: &str, row: StoredRow) -> Result<()> {
        let found = self.stored.packed(kind, &[row.rid])?;
        let Some(mut record) = found.first().and_then(|(_, packed)| Record::unpack(kind, id, packed)) else {
            return Ok(());
        };
        record.modified = self.stored.modified(kind, row.rid)?.map(Timestamp);
        record.drop_rows();
        for (_, member) in inside(kind).iter().filter(|row| link_target(**row).is_some()).filter_map(|k| shown_in(*k)) {
            record.set(member, "");
        }
        let digest = self.nest(&mut record)?;
        self.see(kind, id)?;
        if digest != row.digest {
            self.plan.of(kind).changed += 1;
            self.stage(&mut record, digest, Action::Change, (row.rid, row.source), 0)?;
        }
        Ok(())
    }

    /// Takes a tombstone: the record is marked as removed, with what the
    /// package makes of the rows inside it.
    pub(super) fn remove(&mut self, record: &Record) -> Result<()> {
        let kind = record.kind();
        let id = self.contest.merges.stands(kind, &record.sourced_id).to_owned();
        let Some(row) = self.row(kind, &id)? else { return Ok(()) };
        self.see(kind, &id)?;
        if !row.live || self.withdraw_claim(kind, &id, &record.sourced_id, row)? {
            return Ok(());
        }
        if row.source != self.source {
            self.collide(record, row.source);
            return Ok(());
        }
        for &nested in inside(kind) {
            if self.kinds.get(&nested).is_some_and(|open| open.within) {
                for child in self.stored.children(nested, row.rid)? {
                    if child.source != self.source {
                        continue;
                    }
                    self.see(nested, &child.sourced_id)?;
                    self.stage_removal(nested, child.rid, record.modified)?;
                }
            }
        }
        self.stage_removal(kind, row.rid, record.modified)
    }

    /// Tells that the rows of an open kind are all there for every record they
    /// belong to that comes by, and go with it: the roles of a 1.1 person, which
    /// stand in the person's own row.
    pub fn within_parents(&mut self, kind: Kind) {
        if let Some(open) = self.kinds.get_mut(&kind) {
            open.within = open.changes;
        }
    }
}

/// Puts rows into the record they belong to; gives the digest of it with them.
pub(super) fn dress(parent: &mut Record, rows: Vec<Record>) -> u64 {
    link(parent, &rows);
    if parent.kind() == Kind::User {
        // These are made of the roles, whose digests are counted.
        parent.set(at!(User.role), "");
        parent.set(at!(User.orgs), "");
    }
    let mut digest = parent.digest();
    for mut row in rows {
        if let Some((_, member)) = shown_in(row.kind()).filter(|_| link_target(row.kind()).is_none()) {
            // A sum does not depend on the order in which the rows stand.
            digest = digest.wrapping_add(row.digest().rotate_left(17));
            parent.push_row(member, row);
        }
    }
    if parent.kind() == Kind::User {
        compat::derive_v1p1(parent);
    }
    digest
}

/// Puts what link rows lead to into the record they belong to.
fn link(parent: &mut Record, rows: &[Record]) {
    for &kind in inside(parent.kind()) {
        let (Some(target), Some((of, member))) = (link_target(kind), shown_in(kind)) else { continue };
        let many = of.entity().fields.get(usize::from(member)).is_some_and(|field| field.many);
        let live = rows.iter().filter(|r| r.kind() == kind && r.status == Status::Active);
        let mut links: Vec<(&str, &str)> =
            live.filter_map(|row| Some((row.sourced_id.as_str(), row.get(target)?))).collect();
        // The order of the rows says nothing; where one is shown, it is the
        // first by its identifier.
        links.sort_unstable();
        let mut ids: Vec<&str> = links.iter().map(|(_, id)| *id).collect();
        if many {
            ids.sort_unstable();
            ids.dedup();
        } else {
            ids.truncate(1);
        }
        ids.iter().for_each(|id| parent.push(member, id));
    }
}

/// Keeps nothing.
pub(super) fn nothing() -> Keep {
    Box::new(|_| false)
}
