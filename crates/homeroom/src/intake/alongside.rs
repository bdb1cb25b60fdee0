//! Rows that are shown inside records, read beside the file of those records.
//!
//! Roles are shown inside their people, and an intake takes them first: by the
//! hundred thousand they would wait for people who come minutes later. Most
//! files have them in the order of their people, as the judging of a package
//! finds out; then both files are read side by side, and a row is taken just
//! before the record that it belongs to.

use super::judged::Judged;
use super::steps::Origin;
use crate::output::Failure;
use homeroom_store::intake::Intake;
use oneroster::csv::{Mode, Package, Records};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::validate::FileJudgement;

/// A file that is read beside that of the records in which its rows are shown.
pub struct Alongside {
    rows: Records,
    /// The kind of those records.
    of: Kind,
    /// The row that is to come next, unless all have come.
    next: Option<Record>,
    /// The field that names the record it belongs to.
    parent: u8,
}

impl Alongside {
    /// The file of a kind, if it may be read so: what is stored could have rows
    /// or claims of its own for each record, which are settled file by file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(
        package: &mut Package,
        judged: &Judged<'_>,
        file: &FileJudgement,
        intake: &Intake,
    ) -> Result<Option<Alongside>, Failure> {
        let entity = file.kind.entity();
        let (Some(of), Some(parent)) = (entity.parent_kind(), entity.parent_field()) else { return Ok(None) };
        let whole = [file.kind, of].into_iter().all(|kind| judged.mode(kind) == Some(Mode::Bulk));
        if !(whole && file.in_order && intake.is_first() && judged.file(of).is_some()) {
            return Ok(None);
        }
        let Some(rows) = judged.records(package, file)? else { return Ok(None) };
        let mut one = Alongside { rows, of, next: Some(Record::new(file.kind)), parent };
        one.advance()?;
        Ok(Some(one))
    }

    fn advance(&mut self) -> Result<(), Failure> {
        if let Some(mut record) = self.next.take() {
            self.next = self.rows.next(&mut record)?.map(|_| record);
        }
        Ok(())
    }

    /// Gives the rows of a record to `sink`, as their file writes them.
    ///
    /// # Errors
    /// If they cannot be read, and what the sink says.
    pub fn of(
        &mut self,
        parent: &str,
        sink: &mut dyn FnMut(&mut Record, Origin) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while let Some(row) = self.next.as_mut().filter(|row| row.get(self.parent) == Some(parent)) {
            sink(row, Origin { line: self.rows.line(), changes: false })?;
            self.advance()?;
        }
        Ok(())
    }

    /// Whether every row came with its record; what is left stands otherwise
    /// than it was judged to.
    ///
    /// # Errors
    /// `refused` if some did not.
    pub fn end(&self) -> Result<(), Failure> {
        let Some(row) = &self.next else { return Ok(()) };
        let name = row.kind().entity().file_name();
        Err(Failure::refused(format!("{name} has changed since it was judged")).hint("import the package again"))
    }

    /// Whether its rows are shown in records of a kind.
    pub fn is_of(&self, kind: Kind) -> bool {
        self.of == kind
    }
}
