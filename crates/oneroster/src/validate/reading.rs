//! The reading of one file: what its rows leave until it was read to its end.

use super::figures;
use super::judging::Judging;
use super::long::Long;
use super::tables::{Bits, Ids, NONE};
use super::values::Values;
use crate::csv::cell::{Cells, Cleaner};
use crate::csv::{DateOrder, Dialect, Mode, Plan};
use crate::model::{Kind, Slot};
use crate::record::id_digest;
use hashbrown::{HashMap, HashSet};

/// A reference to a record of the same file, which may come later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub from: u32,
    pub to: u32,
    pub column: u16,
}

/// The last text of a reference column and what it resolved to; exports are
/// mostly in the order of one of them.
#[derive(Default)]
pub(super) struct Memo {
    pub text: String,
    pub found: Option<u32>,
}

/// The reading of one file.
pub(super) struct Reading {
    pub kind: Kind,
    /// Whether the file holds changes.
    pub delta: bool,
    pub file: u8,
    pub rows: u32,
    pub rejected: Bits,
    pub skipped: Bits,
    pub rejected_ids: HashSet<u64>,
    pub unidentified: u64,
    /// Digests of identifiers that no one refers to.
    pub digests: Long<u64>,
    /// Digests of identifiers without case, where that differs, with the row.
    pub folded: Vec<(u64, u32)>,
    /// Digests of identifiers that seem to be there more than once.
    pub suspects: HashSet<u64>,
    pub pending: Vec<Pending>,
    pub values: Values,
    pub cleaner: Cleaner,
    pub cells: Cells,
    pub memos: Vec<Memo>,
    pub id_column: usize,
    pub status_columns: [Option<usize>; 2],
    pub keeps_ids: bool,
    /// How many rows fill each column, of those whose cells could be told apart.
    pub filled: Vec<u64>,
    pub whole: u64,
    pub name_column: usize,
    /// The file, to be read again.
    pub entry: String,
    pub dialect: Dialect,
    /// In which order each column writes days, once that was asked.
    pub orders: Vec<DateOrder>,
    /// The orgs of people who stood in several rows, by the row that was kept.
    pub merged: HashMap<u32, String>,
    pub user_column: usize,
    /// Whether line ends of the file were remarked on already.
    pub line_ends_said: bool,
    /// Columns of which something was said that is said once, as bits.
    pub said: u64,
    /// Whether the rest of the file cannot be trusted.
    pub broken: bool,
    /// The field that names the record in which a row is shown.
    parent: Option<(Kind, u8)>,
    /// The row of the last one that was named so.
    parent_row: u32,
    /// Whether the rows come in the order of the rows of those records.
    pub in_order: bool,
}

impl Reading {
    pub fn new(judging: &Judging<'_>, file: u8, plan: &Plan, entry: &str) -> Reading {
        let memos = plan.columns.iter().map(|_| Memo::default()).collect();
        Reading {
            kind: plan.kind,
            delta: judging.modes[plan.kind as usize] == Some(Mode::Delta),
            file,
            rows: 0,
            rejected: Bits::default(),
            skipped: Bits::default(),
            rejected_ids: HashSet::new(),
            unidentified: 0,
            digests: Long::default(),
            folded: Vec::new(),
            suspects: HashSet::new(),
            pending: Vec::new(),
            values: Values::new(),
            cleaner: Cleaner::new(judging.options.strict),
            cells: Cells::new(judging.version, judging.options.strict),
            memos,
            id_column: plan.position(Slot::SourcedId).unwrap_or(usize::MAX),
            status_columns: [plan.position(Slot::Status), plan.position(Slot::Modified)],
            keeps_ids: judging.referred(plan.kind),
            filled: vec![0; plan.columns.len()],
            whole: 0,
            name_column: figures::name_column(plan),
            entry: entry.to_owned(),
            dialect: plan.dialect,
            orders: Vec::new(),
            merged: HashMap::new(),
            user_column: figures::user_column(plan),
            line_ends_said: false,
            said: 0,
            broken: false,
            parent: plan.kind.entity().parent_kind().zip(plan.kind.entity().parent_field()),
            parent_row: 0,
            in_order: true,
        }
    }

    /// Whether a row is neither rejected nor skipped.
    pub fn stands(&self, row: u32) -> bool {
        !self.rejected.has(row) && !self.skipped.has(row)
    }

    /// Notes where the record stands in which a good row is shown.
    #[inline]
    pub fn follow(&mut self, ids: &[Ids]) {
        let Some((kind, field)) = self.parent.filter(|_| self.in_order) else { return };
        let number = self.values.target(field);
        let row = if number == NONE { None } else { Some(ids[kind as usize].row(number).0) };
        self.in_order = row.is_some_and(|row| row >= self.parent_row);
        self.parent_row = row.unwrap_or(0);
    }

    /// Takes a row for rejected.
    pub fn reject(&mut self, row: u32, id: &str) {
        self.rejected.insert(row);
        if id.is_empty() {
            self.unidentified += 1;
        } else {
            self.rejected_ids.insert(id_digest(id));
        }
    }
}
