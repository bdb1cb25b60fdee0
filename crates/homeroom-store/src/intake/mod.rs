//! Intake: records of a source against what is stored, and the changes.
//!
//! The comparing side runs outside any write transaction, over one unchanging
//! version of the store. It takes the records of a package kind by kind,
//! parents first, counts what would change and stages the changes; the
//! writing side then applies them in one transaction.

mod back;
mod cells;
mod compare;
mod contest;
mod encode;
mod ids;
mod known;
mod merge;
mod nest;
mod nested;
mod order;
mod rows;
mod stage;
mod stored;
mod tally;

pub(crate) use cells::{Fixed, carried_rows, write_cells};
pub use encode::{Action, Cell, Changes, Head, ONLY_1P2, RETURNS};
pub(crate) use ids::Ids;
pub use known::Recorded;
pub use merge::Merge;
pub(crate) use merge::Rows as RowsOfKinds;
pub use order::order;
pub(crate) use order::{inside, link_target, shown_in};
pub use stage::{Stage, Staged};
pub use stored::{Stored, StoredChild, StoredRow, StoredRows, parent_column};
pub use tally::{Plan, Tally};

use crate::Result;
use crate::claims::MergeChange;
use crate::forwards::Back;
use crate::gradebook::inside_rows;
use contest::Contest;
use hashbrown::{HashMap, HashSet};
use nested::Nested;
use oneroster::model::Kind;
use oneroster::record::{Record, Status, id_digest};
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
    /// What several say of one record.
    contest: Contest,
    packed: Vec<u8>,
    /// What was forwarded to this source, if it is the home of grades.
    back: Option<Back>,
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
    /// What sources say from now on of records that several send.
    pub claims: Option<Staged>,
    /// Which identifiers stand for other ones from now on.
    pub merges: Vec<MergeChange>,
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
        let contest = Contest::of(&*stored, first)?;
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
            contest,
            packed: Vec::new(),
            back: None,
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

    /// Whether nothing was stored before: there is nobody to compare with.
    pub fn is_first(&self) -> bool {
        self.first
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
        self.open_claims(kind)?;
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

    /// Takes a record, or a tombstone.
    ///
    /// # Errors
    /// `Refused` if its identifier cannot be told from another one, `Unusable`
    /// if the changes cannot be staged.
    pub fn push(&mut self, record: &mut Record) -> Result<()> {
        if self.back.is_some() && self.comes_back(record)? {
            return Ok(());
        }
        if record.status == Status::ToBeDeleted {
            return self.remove(record);
        }
        if let Some((parent, _)) = shown_in(record.kind()) {
            self.alias(record);
            self.note_claim(record)?;
            return self.hold(record, parent);
        }
        self.fill_unspoken(record)?;
        let raw = self.alias(record);
        if !self.contest(record, raw)? {
            return Ok(());
        }
        let digest = match inside(record.kind()) {
            // Rows of a kind without a file stand in its records alone.
            [] if record.kind().entity().csv.is_empty() => inside_rows(record).1,
            [] => record.digest(),
            _ => self.nest(record)?,
        };
        self.compare(record, digest)
    }

    /// Closes a kind: what the package lacks is removed.
    ///
    /// # Errors
    /// `Unusable` if the changes cannot be staged.
    pub fn end(&mut self, kind: Kind) -> Result<()> {
        self.settle_claims(kind)?;
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
            claims: self.contest.stage.finish()?,
            merges: Vec::new(),
        })
    }
}
