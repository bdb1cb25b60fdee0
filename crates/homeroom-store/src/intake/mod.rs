//! Intake: records of a source against what is stored, and the changes.
//!
//! The comparing side runs outside any write transaction, over one unchanging
//! version of the store. It takes the records of a package kind by kind,
//! parents first, counts what would change and stages the changes; the
//! writing side then applies them in one transaction.

mod cells;
mod encode;
mod ids;
mod people;
mod rows;
mod stage;
mod stored;
mod tally;

pub use encode::{Action, Cell, Changes, Head, ONLY_1P2, RETURNS};
pub use stage::{Stage, Staged};
pub use stored::{Stored, StoredRow, StoredRows};
pub use tally::{Hold, Plan, Tally, removal_guard};

use crate::Result;
use cells::{Fixed, write_cells};
use hashbrown::HashSet;
use ids::Ids;
use oneroster::compat;
use oneroster::model::{Kind, Place, Service};
use oneroster::record::{Record, id_digest};
use people::{Nested, shown_in};

/// The kinds of a service in the order of an intake: parents before children,
/// but rows that are shown inside a record before that record.
pub fn order(service: Service) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for kind in Kind::all().filter(|kind| kind.entity().service == service) {
        let place = shown_in(kind).and_then(|(parent, _)| kinds.iter().position(|k| *k == parent));
        kinds.insert(place.unwrap_or(kinds.len()), kind);
    }
    kinds
}

/// Says of a stored record, by digest of its sourcedId, whether the package
/// has nothing valid to say about it, so that it stays as it is.
pub type Keep = Box<dyn Fn(u64) -> bool + Send>;

/// The same sourcedId from a second owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collision {
    /// The kind of record.
    pub kind: Kind,
    /// Its identifier.
    pub sourced_id: String,
    /// The owner of the stored record.
    pub owner: u32,
}

/// So many collisions are kept as examples.
const EXAMPLES: usize = 20;

/// A comparison in progress.
pub struct Intake {
    stored: Box<dyn Stored>,
    /// Whether nothing at all is stored yet.
    first: bool,
    source: u32,
    /// Whether what the package lacks is removed.
    deletions: bool,
    stage: Stage,
    ids: Ids,
    nested: Nested,
    kinds: hashbrown::HashMap<Kind, OpenKind>,
    plan: Plan,
    collisions: Vec<Collision>,
    collided: u64,
    packed: Vec<u8>,
}

struct OpenKind {
    rows: StoredRows,
    keep: Keep,
    target: bool,
    /// Fields that the package has no column for.
    unspoken: Vec<u8>,
}

/// What a comparison came to.
#[derive(Debug)]
pub struct Compared {
    /// What would change.
    pub plan: Plan,
    /// Records that another source owns, some of them as examples.
    pub collisions: Vec<Collision>,
    /// How many there are.
    pub collided: u64,
    /// The version that was compared with.
    pub version: i64,
    /// The changes.
    pub staged: Staged,
}

impl Intake {
    /// Begins a comparison for a source.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn new(stored: Box<dyn Stored>, source: u32, deletions: bool, stage: Stage) -> Result<Intake> {
        let first = stored.version() == 0;
        let mut ids = Ids::default();
        for kind in Kind::all() {
            ids.begin_after(kind, if first { 0 } else { stored.last_rid(kind)? });
        }
        Ok(Intake {
            stored,
            first,
            source,
            deletions,
            stage,
            ids,
            nested: Nested::default(),
            kinds: hashbrown::HashMap::new(),
            plan: Plan::default(),
            collisions: Vec::new(),
            collided: 0,
            packed: Vec::new(),
        })
    }

    /// Opens a kind. Kinds are opened, filled and closed in the order of
    /// [`Kind`], but that nested ones are opened and filled before the kind
    /// they are shown in, and closed by it.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn begin(&mut self, kind: Kind, rejected: u64, keep: Keep) -> Result<()> {
        let rows = if self.first { StoredRows::new() } else { self.stored.rows(kind)? };
        let target = Ids::is_target(kind);
        if target {
            rows.iter().for_each(|(digest, row)| self.ids.stored(kind, *digest, row.rid));
        }
        self.plan.of(kind).rejected = rejected;
        if shown_in(kind).is_some() {
            self.hold_kept(kind, &rows, &keep)?;
        }
        self.kinds.insert(kind, OpenKind { rows, keep, target, unspoken: Vec::new() });
        Ok(())
    }

    /// Tells that the package has no column for some fields of an open kind:
    /// what is stored of them stays (csv.md 5.9, D21).
    pub fn unspoken(&mut self, kind: Kind, fields: Vec<u8>) {
        if let Some(open) = self.kinds.get_mut(&kind) {
            open.unspoken = fields;
        }
    }

    fn fill_unspoken(&self, record: &mut Record) -> Result<()> {
        let Some(open) = self.kinds.get(&record.kind()) else { return Ok(()) };
        if open.unspoken.is_empty() {
            return Ok(());
        }
        let Some(row) = open.rows.get(&id_digest(&record.sourced_id)).filter(|row| row.live) else { return Ok(()) };
        for (sourced_id, packed) in self.stored.packed(record.kind(), &[row.rid])? {
            let Some(stored) = Record::unpack(record.kind(), &sourced_id, &packed) else { continue };
            for field in &open.unspoken {
                stored.list(*field).for_each(|value| record.push(*field, value));
            }
        }
        Ok(())
    }

    /// Tells of a kind that the package does not speak of, so that references
    /// to its records resolve and nested rows of it stay.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn absent(&mut self, kind: Kind) -> Result<()> {
        if self.first {
            return Ok(());
        }
        let rows = self.stored.rows(kind)?;
        if Ids::is_target(kind) {
            rows.iter().for_each(|(digest, row)| self.ids.stored(kind, *digest, row.rid));
        }
        if shown_in(kind).is_some() {
            let all: Keep = Box::new(|_| true);
            self.hold_kept(kind, &rows, &all)?;
        }
        Ok(())
    }

    fn hold_kept(&mut self, kind: Kind, rows: &StoredRows, keep: &Keep) -> Result<()> {
        let kept = |(digest, row): &(&u64, &StoredRow)| row.live && (row.source != self.source || keep(**digest));
        let rids: Vec<i64> = rows.iter().filter(kept).map(|(_, row)| row.rid).collect();
        for (sourced_id, packed) in self.stored.packed(kind, &rids)? {
            if let Some(mut record) = Record::unpack(kind, &sourced_id, &packed) {
                self.nested.hold(&mut record, true);
            }
        }
        Ok(())
    }

    /// Takes a record.
    ///
    /// # Errors
    /// `Refused` if its identifier cannot be told from another one, `Unusable`
    /// if the changes cannot be staged.
    pub fn push(&mut self, record: &mut Record) -> Result<()> {
        if let Place::Nested(_) = record.kind().entity().place {
            self.nested.hold(record, false);
            return Ok(());
        }
        self.fill_unspoken(record)?;
        let mut digest = record.digest();
        if record.kind() == Kind::User {
            digest = self.nest(record, digest)?;
            compat::derive_v1p1(record);
        }
        self.compare(record, digest)
    }

    /// Puts the waiting rows into their parent and compares them on their
    /// own; gives the digest of the parent with them.
    fn nest(&mut self, parent: &mut Record, own: u64) -> Result<u64> {
        let mut digest = own;
        for mut row in self.nested.take(&parent.sourced_id) {
            if !row.kept {
                self.fill_unspoken(&mut row.record)?;
            }
            let one = row.record.digest();
            // A sum does not depend on the order in which the rows stand.
            digest = digest.wrapping_add(one.rotate_left(17));
            if !row.kept {
                self.compare(&mut row.record, one)?;
            }
            if let Some((_, member)) = shown_in(row.record.kind()) {
                parent.push_row(member, row.record);
            }
        }
        Ok(digest)
    }

    /// Decides what becomes of a record, and stages it.
    fn compare(&mut self, record: &mut Record, digest: u64) -> Result<()> {
        let kind = record.kind();
        let Some(open) = self.kinds.get_mut(&kind) else { return Ok(()) };
        let target = open.target;
        let found = open.rows.get_mut(&id_digest(&record.sourced_id));
        let tally = self.plan.of(kind);
        let Some(row) = found else {
            tally.added += 1;
            let rid = if target { self.ids.define(kind, &record.sourced_id)? } else { self.ids.fresh(kind) };
            return self.stage(record, digest, Action::Add, rid, 0);
        };
        row.seen = true;
        let row = *row;
        if row.source != self.source && row.live {
            self.collided += 1;
            if self.collisions.len() < EXAMPLES {
                let sourced_id = record.sourced_id.clone();
                self.collisions.push(Collision { kind, sourced_id, owner: row.source });
            }
            return Ok(());
        }
        if row.live && row.digest == digest {
            tally.unchanged += 1;
            return Ok(());
        }
        if row.live {
            tally.changed += 1
        } else {
            tally.added += 1
        }
        let flags = if row.live { 0 } else { RETURNS };
        self.stage(record, digest, Action::Change, row.rid, flags)
    }

    fn stage(&mut self, record: &mut Record, digest: u64, action: Action, rid: i64, flags: u8) -> Result<()> {
        self.packed.clear();
        record.pack(&mut self.packed);
        let start = self.stage.buffer.len();
        Head { action, kind: record.kind() as u8, rid, flags }.write(&mut self.stage.buffer);
        let fixed = Fixed { source: i64::from(self.source), digest, packed: &self.packed };
        let shown = write_cells(record, fixed, &mut self.ids, &mut self.stage.buffer)?;
        if !shown {
            self.stage.buffer[start + 2] |= ONLY_1P2;
        }
        self.stage.settle()
    }

    /// Closes a kind: what the package lacks is removed.
    ///
    /// # Errors
    /// `Unusable` if the changes cannot be staged.
    pub fn end(&mut self, kind: Kind) -> Result<()> {
        if shown_in(kind).is_some() {
            return Ok(());
        }
        let keep = self.close(kind, None)?;
        let inside: Vec<Kind> =
            Kind::all().filter(|nested| shown_in(*nested).is_some_and(|(parent, _)| parent == kind)).collect();
        for nested in inside {
            self.close(nested, keep.as_ref())?;
        }
        if kind == Kind::User {
            self.nested.clear();
        }
        Ok(())
    }

    /// Removes what a kind lacks; gives which of its records stay all the same.
    fn close(&mut self, kind: Kind, of_parent: Option<&Keep>) -> Result<Option<Keep>> {
        let Some(open) = self.kinds.remove(&kind) else { return Ok(None) };
        let mut gone: Vec<i64> = Vec::new();
        let mut kept = 0;
        for (digest, row) in &open.rows {
            if !row.live || row.seen || row.source != self.source {
                continue;
            }
            if self.deletions && !(open.keep)(*digest) {
                gone.push(row.rid);
            } else {
                kept += 1;
            }
        }
        gone.sort_unstable();
        if let Some(keep) = of_parent {
            let stays = self.within_kept(kind, &gone, &open.rows, keep)?;
            gone.retain(|rid| !stays.contains(rid));
            kept += stays.len() as u64;
        }
        let tally = self.plan.of(kind);
        tally.removed += gone.len() as u64;
        tally.unchanged += kept;
        for rid in gone {
            Head { action: Action::Remove, kind: kind as u8, rid, flags: 0 }.write(&mut self.stage.buffer);
            self.stage.settle()?;
        }
        Ok(Some(open.keep))
    }

    /// Those of some nested rows whose parent stays as it is stored, because
    /// its own row was rejected: with it, what was nested into it stays.
    fn within_kept(&self, kind: Kind, gone: &[i64], rows: &StoredRows, keep: &Keep) -> Result<HashSet<i64>> {
        let mut stays = HashSet::new();
        let Some(parent) = kind.entity().parent_field() else { return Ok(stays) };
        for some in gone.chunks(4096) {
            for (sourced_id, packed) in self.stored.packed(kind, some)? {
                let record = Record::unpack(kind, &sourced_id, &packed);
                if record.is_some_and(|record| record.get(parent).is_some_and(|parent| keep(id_digest(parent)))) {
                    stays.extend(rows.get(&id_digest(&sourced_id)).map(|row| row.rid));
                }
            }
        }
        Ok(stays)
    }

    /// Ends the comparison.
    ///
    /// # Errors
    /// `Unusable` if the changes cannot be staged.
    pub fn finish(self) -> Result<Compared> {
        Ok(Compared {
            plan: self.plan,
            collisions: self.collisions,
            collided: self.collided,
            version: self.stored.version(),
            staged: self.stage.finish()?,
        })
    }
}
