//! Stored records to the files of a package, by the rules of csv.md section 7.
//!
//! An [`Export`] takes packed records kind by kind, parents first, and appends
//! a row for each; it does no I/O and keeps nothing but the identifiers that
//! later rows refer to. What cannot be carried is left out and counted: see
//! [`Loss`]. Rows may come in any order; who writes the files sorts them.

mod cells;
mod closure;
mod known;
mod loss;
mod old;
mod sheet;
#[cfg(test)]
mod tests;

pub use closure::{closure, lacking};
pub use loss::Loss;

use crate::csv::manifest::{Mode, kinds};
use crate::json::Row;
use crate::model::{Kind, Slot, Version};
use crate::record::{Packed, needs_escape};
use known::Known;
use loss::Losses;
use old::{Scales, Types};
use sheet::{Sheet, Stop};
use std::collections::BTreeSet;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The version of the package.
    pub version: Version,
    /// Whole files, or changes.
    pub mode: Mode,
    /// The kinds whose files are written, those without a row left out.
    pub kinds: Vec<Kind>,
    /// Whether passwords are written.
    pub passwords: bool,
}

/// What became of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Its row was appended.
    Written,
    /// It has no row in this version or package; the losses say why.
    LeftOut,
    /// It has a metadata member that the file has no column for: gather the
    /// names again, and begin the kind anew. Nothing was appended.
    NewName,
}

/// A package in the making.
#[derive(Debug)]
pub struct Export {
    context: Context,
    sheet: Option<Sheet>,
    /// Whether records may lack what the version demands.
    lax: bool,
}

/// What the files of a package share.
#[derive(Debug)]
struct Context {
    settings: Settings,
    known: Known,
    losses: Losses,
    types: Types,
    scales: Scales,
}

impl Export {
    /// Begins a package.
    pub fn new(settings: Settings) -> Export {
        let known = Known::new(&settings);
        let context =
            Context { known, losses: Losses::default(), types: Types::default(), scales: Scales::default(), settings };
        Export { context, sheet: None, lax: false }
    }

    /// Begins a package that is to be judged by whoever reads it: references
    /// hold whether or not what they name is known, and records may lack what
    /// the version demands.
    pub fn to_be_judged(settings: Settings) -> Export {
        let mut export = Export::new(settings);
        export.context.known = Known::any();
        export.lax = true;
        export
    }

    /// Begins the file of a kind, or begins it anew. The names are those of
    /// its metadata members, see [`metadata_names`].
    pub fn begin(&mut self, kind: Kind, metadata: &BTreeSet<String>) {
        self.context.losses.forget(kind);
        self.context.known.begin(kind);
        let mut sheet = Sheet::new(kind, &self.context.settings, metadata);
        if self.lax {
            sheet.demand_nothing();
        }
        self.sheet = Some(sheet);
    }

    /// Appends the row of a record of the kind that was begun.
    pub fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Outcome {
        let Some(sheet) = &mut self.sheet else { return Outcome::LeftOut };
        let start = out.len();
        let kind = sheet.kind;
        match sheet.write(&mut self.context, row, out) {
            Ok(()) => {
                self.context.losses.written();
                self.context.known.add(kind, row.sourced_id.as_bytes());
                self.context.learn_type(kind, row);
                Outcome::Written
            }
            Err(stop) => {
                out.truncate(start);
                let (reason, outcome) = match stop {
                    Stop::NewName => (None, Outcome::NewName),
                    Stop::LeftOut(reason) => (Some(reason), Outcome::LeftOut),
                };
                self.context.losses.left_out(kind, reason);
                outcome
            }
        }
    }

    /// Ends the file of a kind. False if rows were written with references to
    /// records of the same file that turned out not to be in it: then the kind
    /// must be begun anew, once.
    #[must_use]
    pub fn end(&mut self, kind: Kind) -> bool {
        self.context.known.end(kind)
    }

    /// Appends the header of the file that was begun.
    pub fn header(&self, out: &mut Vec<u8>) {
        if let Some(sheet) = &self.sheet {
            sheet.header(out);
        }
    }

    /// Tells of records of a kind that has no file in the version.
    pub fn no_file(&mut self, kind: Kind, records: u64) {
        self.context.losses.no_file(kind, records);
    }

    /// Tells of what 1.1 needs to tell of grades: score scales and the links of line
    /// items and results to them, of which it has no files, but numbers that they
    /// can give; and sessions, be they in the package or not.
    pub fn learn(&mut self, kind: Kind, row: &Row<'_>) {
        match kind {
            Kind::AcademicSession => self.context.learn_type(kind, row),
            _ => self.context.scales.learn(kind, row),
        }
    }

    /// What was left out or changed, in the order of the files.
    pub fn losses(&self) -> Vec<Loss> {
        self.context.losses.list(self.context.settings.version)
    }

    /// The kinds whose records [`Export::learn`] wants to hear of before line
    /// items are written.
    pub fn wants_to_learn(&self) -> impl Iterator<Item = Kind> + '_ {
        let old = self.context.settings.version == Version::V1P1;
        let wanted = old && self.context.settings.kinds.iter().any(|k| matches!(k, Kind::LineItem | Kind::Result));
        let kinds = [Kind::AcademicSession, Kind::ScoreScale, Kind::LineItemScoreScale, Kind::ResultScoreScale];
        kinds.into_iter().filter(move |_| wanted)
    }
}

/// Appends the row of a record that stands alone: its references hold, and it
/// may lack what the version demands.
pub(super) fn lone_row(
    row: &Row<'_>,
    kind: Kind,
    (version, mode): (Version, Mode),
    metadata: &BTreeSet<String>,
    out: &mut Vec<u8>,
) {
    let mut export = Export::to_be_judged(Settings { version, mode, kinds: vec![kind], passwords: true });
    export.begin(kind, metadata);
    export.row(row, out);
}

/// Appends a text as a cell.
pub(super) fn push_cell(out: &mut Vec<u8>, text: &str) {
    cells::text(out, text.as_bytes(), needs_escape(text.as_bytes()));
}

/// Adds the names of the metadata members of a record.
pub fn metadata_names(kind: Kind, packed: &[u8], names: &mut BTreeSet<String>) {
    let Some(field) = kind.entity().metadata() else { return };
    let members = Packed::new(packed).into_iter().flatten().filter(|value| value.field() == Some(field));
    for name in members.step_by(2).filter_map(|value| value.text()) {
        if !name.is_empty() && !names.contains(name) {
            names.insert(name.to_owned());
        }
    }
}

/// The kinds that have no file in a version, though records of them are kept.
pub fn without_file(version: Version) -> impl Iterator<Item = Kind> {
    Kind::all().filter(move |kind| !kinds(version).any(|k| k == *kind))
}

/// The header of a slot's column.
fn column(kind: Kind, slot: Slot) -> &'static str {
    kind.entity().field(slot).column
}
