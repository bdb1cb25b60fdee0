//! Rows of a file, filled by field and written by column.
//!
//! The columns come from the model, so the same code writes every version: a
//! value for a field that the version's file lacks is simply not written.

use super::Options;
use super::out::Package;
use oneroster::csv::v1p0::{self, Translation, translate_back};
use oneroster::csv::write::push_cell;
use oneroster::csv::{METADATA_PREFIX, Target};
use oneroster::model::{Kind, Slot};
use std::fmt::{self, Write as _};

/// Rows are handed on in pieces of about this many bytes.
const PIECE: usize = 1 << 18;

/// A column of a file.
struct Column {
    target: Target,
    name: String,
    translation: Translation,
}

fn current(kind: Kind, options: &Options, metadata: &[&str]) -> Vec<Column> {
    let column = |target, name| Column { target, name, translation: Translation::Same };
    let own = kind.entity().columns(options.version());
    let own = own.map(|(slot, field)| column(Target::Slot(slot), field.column.to_owned()));
    let further = metadata.iter().map(|name| column(Target::Metadata, format!("{METADATA_PREFIX}{name}")));
    own.chain(further).collect()
}

fn old(kind: Kind) -> Vec<Column> {
    let column = |old: &v1p0::Old| Column {
        target: old.target(),
        name: old.column(kind).to_owned(),
        translation: old.translation,
    };
    v1p0::columns(kind).iter().map(column).collect()
}

/// One file of a package, a row at a time.
pub struct Sheet<'a> {
    package: &'a mut Package,
    plural: &'static str,
    /// For each field of the entity, its column.
    columns: Vec<Option<usize>>,
    /// The column of the status, where a row may say that it is inactive.
    status: Option<usize>,
    metadata: Vec<Option<usize>>,
    header: String,
    translations: Vec<Translation>,
    text: String,
    cells: Vec<(usize, usize)>,
    piece: Vec<u8>,
    rows: u64,
}

impl<'a> Sheet<'a> {
    /// The file of a kind, with further columns below `metadata`.
    pub fn new(package: &'a mut Package, kind: Kind, options: &Options, metadata: &[&str]) -> Sheet<'a> {
        let layout = if options.is_old() { old(kind) } else { current(kind, options, metadata) };
        let mut columns = vec![None; kind.entity().fields.len()];
        let mut status = None;
        for (place, column) in layout.iter().enumerate() {
            match column.target {
                Target::Slot(Slot::Own(field)) => columns[field as usize] = Some(place),
                Target::Slot(Slot::Status) => status = Some(place).filter(|_| options.is_old()),
                _ => {}
            }
        }
        let named = |name: &&str| layout.iter().position(|c| c.name.strip_prefix(METADATA_PREFIX) == Some(*name));
        Sheet {
            package,
            plural: kind.entity().plural,
            columns,
            status,
            metadata: metadata.iter().map(named).collect(),
            cells: vec![(0, 0); layout.len()],
            header: layout.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(",") + "\r\n",
            translations: layout.iter().map(|column| column.translation).collect(),
            text: String::new(),
            piece: Vec::with_capacity(PIECE + 4_096),
            rows: 0,
        }
    }

    /// Begins a row with its sourcedId.
    pub fn row(&mut self, id: &str) -> Row<'_, 'a> {
        self.text.clear();
        self.text.push_str(id);
        self.cells.fill((0, 0));
        self.cells[0] = (0, id.len());
        Row { sheet: self }
    }

    /// Hands on what is left and tells the package how many rows there are.
    pub fn finish(mut self) -> anyhow::Result<()> {
        if self.rows > 0 {
            self.hand_on()?;
            self.package.end(self.plural, self.rows)?;
        }
        Ok(())
    }

    fn hand_on(&mut self) -> anyhow::Result<()> {
        self.package.write(&self.piece)?;
        self.piece.clear();
        Ok(())
    }
}

/// A row being filled.
pub struct Row<'s, 'a> {
    sheet: &'s mut Sheet<'a>,
}

impl Row<'_, '_> {
    /// Fills the cell of a field.
    pub fn set(self, field: u8, value: impl fmt::Display) -> Self {
        let column = self.sheet.columns[field as usize];
        self.fill(column, value)
    }

    /// Fills the cell of a field with text.
    pub fn text(self, field: u8, value: &str) -> Self {
        let Some(column) = self.sheet.columns[field as usize] else { return self };
        let start = self.sheet.text.len();
        self.sheet.text.push_str(value);
        self.sheet.cells[column] = (start, self.sheet.text.len());
        self
    }

    /// Fills the cell of a field with a list.
    pub fn list<T: AsRef<str>>(self, field: u8, items: impl IntoIterator<Item = T>) -> Self {
        let Some(column) = self.sheet.columns[field as usize] else { return self };
        let start = self.sheet.text.len();
        for item in items {
            if self.sheet.text.len() > start {
                self.sheet.text.push(',');
            }
            self.sheet.text.push_str(item.as_ref());
        }
        self.sheet.cells[column] = (start, self.sheet.text.len());
        self
    }

    /// Fills a `metadata` column, by its place among them.
    pub fn metadata(self, nth: usize, value: &str) -> Self {
        let column = self.sheet.metadata.get(nth).copied().flatten();
        self.fill(column, value)
    }

    /// Marks a person as inactive, where the edition has no better word for one
    /// who may not sign in.
    pub fn inactive(self, inactive: bool) -> Self {
        let column = self.sheet.status.filter(|_| inactive);
        self.fill(column, "inactive")
    }

    fn fill(self, column: Option<usize>, value: impl fmt::Display) -> Self {
        let Some(column) = column else { return self };
        let start = self.sheet.text.len();
        // Writing to a string fails only if the value's own formatting does.
        if write!(self.sheet.text, "{value}").is_ok() {
            self.sheet.cells[column] = (start, self.sheet.text.len());
        }
        self
    }

    /// Writes the row.
    pub fn end(self) -> anyhow::Result<()> {
        let sheet = self.sheet;
        if sheet.rows == 0 {
            sheet.package.begin(sheet.plural)?;
            sheet.piece.extend_from_slice(sheet.header.as_bytes());
        }
        for (n, &(start, end)) in sheet.cells.iter().enumerate() {
            if n > 0 {
                sheet.piece.push(b',');
            }
            let text = &sheet.text[start..end];
            match sheet.translations[n] {
                Translation::Same => push_cell(&mut sheet.piece, text),
                other => push_cell(&mut sheet.piece, &translate_back(other, text).unwrap_or_default()),
            }
        }
        sheet.piece.extend_from_slice(b"\r\n");
        sheet.rows += 1;
        if sheet.piece.len() >= PIECE { sheet.hand_on() } else { Ok(()) }
    }
}
