//! Intake: records of a source against what is stored, and the changes.
//!
//! The comparing side runs outside any write transaction, over one unchanging
//! version of the store. It takes the records of a package kind by kind,
//! parents first, counts what would change and stages the changes; the
//! writing side then applies them in one transaction.

mod cells;
mod encode;
mod ids;
mod known;
mod nest;
mod order;
mod people;
mod rows;
mod stage;
mod stored;
mod tally;

pub use encode::{Action, Cell, Changes, Head, ONLY_1P2, RETURNS};
pub use known::Recorded;
pub use order::order;
pub use stage::{Stage, Staged};
pub use stored::{Stored, StoredChild, StoredRow, StoredRows, parent_column};
pub use tally::{Plan, Tally};

use crate::Result;
use crate::schema::{Content, columns};
use cells::{Fixed, write_cells};
use hashbrown::{HashMap, HashSet};
use ids::Ids;
use oneroster::model::Kind;
use oneroster::record::{Record, Status, id_digest};
use oneroster::time::Timestamp;
use order::{inside, shown_in};
use people::Nested;
use std::collections::BTreeSet;

/// How much of a kind a package holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Every record: what it lacks is gone.
    Whole,
    /// What changed: what it lacks stays.
    Changes,
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
    /// Parents of nested rows that were met, where they need not come by.
    touched: BTreeSet<String>,
    /// What the package has of each kind; empty if it has all of what it has.
    extents: HashMap<Kind, Extent>,
    /// Whether stored rows are asked for one by one: the package is small.
    lazy: bool,
    kinds: HashMap<Kind, OpenKind>,
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
    /// Whether the package has changes only.
    changes: bool,
    /// Whether it has all the rows inside of each record that comes by.
    within: bool,
}

impl OpenKind {
    fn has_seen(&self, sourced_id: &str) -> bool {
        self.rows.get(&id_digest(sourced_id)).is_some_and(|row| row.seen)
    }
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
            touched: BTreeSet::new(),
            extents: HashMap::new(),
            lazy: false,
            kinds: HashMap::new(),
            plan: Plan::default(),
            collisions: Vec::new(),
            collided: 0,
            packed: Vec::new(),
        })
    }

    /// Tells beforehand what the package has of each kind that it speaks of;
    /// without that, all of every kind that is opened.
    pub fn expect(&mut self, extents: impl IntoIterator<Item = (Kind, Extent)>) {
        self.extents = extents.into_iter().collect();
        let whole = self.extents.values().any(|extent| *extent == Extent::Whole);
        self.lazy = !self.extents.is_empty() && !whole && !self.first;
    }

    /// The instant at which the version that is compared with was published.
    pub fn version(&self) -> i64 {
        self.stored.version()
    }

    fn of_changes(&self, kind: Kind) -> bool {
        self.extents.get(&kind) == Some(&Extent::Changes)
    }

    /// Whether records of a kind may stay though they do not come by.
    fn is_partial(&self, kind: Kind) -> bool {
        !self.extents.is_empty() && self.extents.get(&kind) != Some(&Extent::Whole)
    }

    /// Opens a kind. Kinds are opened, filled and closed in the order of
    /// [`order`], but that nested ones are closed by the kind they are shown in.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn begin(&mut self, kind: Kind, rejected: u64, keep: Keep) -> Result<()> {
        self.open(kind, self.of_changes(kind), keep)?;
        let live = if self.of_changes(kind) && !self.first { self.stored.live(kind)? } else { 0 };
        let tally = self.plan.of(kind);
        (tally.rejected, tally.stored) = (rejected, live);
        Ok(())
    }

    fn open(&mut self, kind: Kind, changes: bool, keep: Keep) -> Result<()> {
        let empty = self.first || (changes && self.lazy);
        let rows = if empty { StoredRows::new() } else { self.stored.rows(kind)? };
        let target = Ids::is_target(kind);
        if target {
            rows.iter().for_each(|(digest, row)| self.ids.stored(kind, *digest, row.rid));
        }
        if shown_in(kind).is_some_and(|(parent, _)| !self.is_partial(parent)) && !changes {
            let source = self.source;
            self.hold_kept(kind, &rows, &|digest, row| row.source != source || keep(digest))?;
        }
        self.kinds.insert(kind, OpenKind { rows, keep, target, unspoken: Vec::new(), changes, within: false });
        if self.is_partial(kind) && !self.first {
            self.touch_former(kind)?;
        }
        Ok(())
    }

    /// Tells that the package has no column for some fields of an open kind:
    /// what is stored of them stays (csv.md 5.9, D21).
    pub fn unspoken(&mut self, kind: Kind, fields: Vec<u8>) {
        if let Some(open) = self.kinds.get_mut(&kind) {
            open.unspoken = fields;
        }
    }

    fn fill_unspoken(&mut self, record: &mut Record) -> Result<()> {
        let kind = record.kind();
        if self.kinds.get(&kind).is_none_or(|open| open.unspoken.is_empty()) {
            return Ok(());
        }
        let Some(row) = self.row(kind, &record.sourced_id)?.filter(|row| row.live) else { return Ok(()) };
        let unspoken = self.kinds.get(&kind).map(|open| open.unspoken.as_slice()).unwrap_or_default();
        for (sourced_id, packed) in self.stored.packed(kind, &[row.rid])? {
            let Some(stored) = Record::unpack(kind, &sourced_id, &packed) else { continue };
            for field in unspoken {
                stored.list(*field).for_each(|value| record.push(*field, value));
            }
        }
        Ok(())
    }

    /// Tells of a kind that the package does not speak of, so that references
    /// to its records resolve, nested rows of it stay, and records of it follow
    /// their nested rows.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read, `Unusable` if changes cannot be
    /// staged.
    pub fn absent(&mut self, kind: Kind) -> Result<()> {
        if self.first {
            return Ok(());
        }
        if self.is_partial(kind) && inside(kind).iter().any(|nested| self.kinds.contains_key(nested)) {
            self.open(kind, true, nest::nothing())?;
            return self.end(kind);
        }
        let nested = shown_in(kind).is_some_and(|(parent, _)| !self.is_partial(parent));
        if self.lazy || !(nested || Ids::is_target(kind)) {
            return Ok(());
        }
        let rows = self.stored.rows(kind)?;
        if Ids::is_target(kind) {
            rows.iter().for_each(|(digest, row)| self.ids.stored(kind, *digest, row.rid));
        }
        if nested {
            self.hold_kept(kind, &rows, &|_, _| true)?;
        }
        Ok(())
    }

    /// What is stored of a record of an open kind.
    fn row(&mut self, kind: Kind, sourced_id: &str) -> Result<Option<StoredRow>> {
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
    fn see(&mut self, kind: Kind, sourced_id: &str) -> Result<()> {
        self.row(kind, sourced_id)?;
        let open = self.kinds.get_mut(&kind);
        if let Some(row) = open.and_then(|open| open.rows.get_mut(&id_digest(sourced_id))) {
            row.seen = true;
        }
        Ok(())
    }

    /// Takes a record, or a tombstone.
    ///
    /// # Errors
    /// `Refused` if its identifier cannot be told from another one, `Unusable`
    /// if the changes cannot be staged.
    pub fn push(&mut self, record: &mut Record) -> Result<()> {
        if record.status == Status::ToBeDeleted {
            return self.remove(record);
        }
        if let Some((parent, _)) = shown_in(record.kind()) {
            return self.hold(record, parent);
        }
        self.fill_unspoken(record)?;
        let digest = if inside(record.kind()).is_empty() { record.digest() } else { self.nest(record)? };
        self.compare(record, digest)
    }

    /// Decides what becomes of a record, and stages it.
    fn compare(&mut self, record: &mut Record, digest: u64) -> Result<()> {
        let kind = record.kind();
        if self.lazy {
            self.row(kind, &record.sourced_id)?;
        }
        let Some(open) = self.kinds.get_mut(&kind) else { return Ok(()) };
        let target = open.target;
        let found = open.rows.get_mut(&id_digest(&record.sourced_id));
        let tally = self.plan.of(kind);
        let Some(row) = found else {
            tally.added += 1;
            let rid = if target { self.ids.define(kind, &record.sourced_id)? } else { self.ids.fresh(kind) };
            return self.stage(record, digest, Action::Add, (rid, self.source), 0);
        };
        row.seen = true;
        let row = *row;
        if row.source != self.source && row.live {
            self.collide(record, row.source);
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
        self.stage(record, digest, Action::Change, (row.rid, self.source), flags)
    }

    fn collide(&mut self, record: &Record, owner: u32) {
        self.collided += 1;
        if self.collisions.len() < EXAMPLES {
            self.collisions.push(Collision { kind: record.kind(), sourced_id: record.sourced_id.clone(), owner });
        }
    }

    /// Stages a row, with its row id and its owner.
    fn stage(
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
    fn resolve(&mut self, record: &Record) -> Result<()> {
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

    fn stage_removal(&mut self, kind: Kind, rid: i64, modified: Option<Timestamp>) -> Result<()> {
        self.plan.of(kind).removed += 1;
        Head { action: Action::Remove, kind: kind as u8, rid, flags: 0 }.write(&mut self.stage.buffer);
        modified.map_or(Cell::Null, |instant| Cell::Whole(instant.0)).write(&mut self.stage.buffer);
        self.stage.settle()
    }

    /// Closes a kind: what the package lacks is removed.
    ///
    /// # Errors
    /// `Unusable` if the changes cannot be staged.
    pub fn end(&mut self, kind: Kind) -> Result<()> {
        if let Some((parent, _)) = shown_in(kind) {
            return if self.is_partial(parent) { Ok(()) } else { self.hold_rest(kind) };
        }
        if self.is_partial(kind) {
            self.settle_touched(kind)?;
        }
        let keep = self.close(kind, None)?;
        for nested in inside(kind) {
            self.close(*nested, keep.as_ref())?;
        }
        if !inside(kind).is_empty() {
            self.nested.clear();
            self.touched.clear();
        }
        Ok(())
    }

    /// Of changes to nested rows whose parents all come by: holds the rest.
    fn hold_rest(&mut self, kind: Kind) -> Result<()> {
        let Some(open) = self.kinds.remove(&kind) else { return Ok(()) };
        if open.changes {
            self.hold_kept(kind, &open.rows, &|_, row| !row.seen)?;
        }
        self.kinds.insert(kind, open);
        Ok(())
    }

    /// Removes what a kind lacks; gives which of its records stay all the same.
    fn close(&mut self, kind: Kind, of_parent: Option<&Keep>) -> Result<Option<Keep>> {
        let Some(open) = self.kinds.remove(&kind) else { return Ok(None) };
        if open.changes {
            return Ok(Some(open.keep));
        }
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
        self.plan.of(kind).unchanged += kept;
        for rid in gone {
            self.stage_removal(kind, rid, None)?;
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
