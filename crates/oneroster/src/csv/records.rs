//! The second pass: the good rows of a file, repaired, as Records.

use super::archive::PackageError;
use super::cell::{self, Cells, Cleaner, Form, Repairs};
use super::header::{Plan, Target};
use super::package::Package;
use super::rows::DataRows;
use super::scan::{Row, ScanError};
use crate::model::{Kind, Slot};
use crate::record::{Record, Status};
use crate::validate::{Bits, FileState, Judgement, Verdict};
use std::io::Read;
use std::sync::Arc;

/// The records of one file, one after the other.
pub struct Records {
    rows: DataRows<Box<dyn Read + Send>>,
    file: String,
    plan: Arc<Plan>,
    dropped: Arc<Bits>,
    strict: bool,
    id_column: usize,
    metadata: Option<u8>,
    cleaner: Cleaner,
    cells: Cells,
    json: String,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("file", &self.file).finish_non_exhaustive()
    }
}

/// The records of the file of a kind: rows that were judged good, with the
/// repairs made. There are none if the package was refused, or the file was
/// not sent, is rejected or is not read.
///
/// # Errors
/// If the file cannot be opened.
pub fn records(package: &mut Package, judgement: &Judgement, kind: Kind) -> Result<Option<Records>, PackageError> {
    let file = judgement.file(kind).filter(|f| f.state == FileState::Judged);
    let accepted = judgement.verdict == Verdict::Accepted;
    let (true, Some(file), Some(version)) = (accepted, file, judgement.version) else { return Ok(None) };
    let Some(plan) = file.plan.clone() else { return Ok(None) };
    let reader = package.read(&file.entry)?;
    let strict = judgement.strict;
    let rows = DataRows::of_file(reader, strict).map_err(|e| broken(&file.entry, &e))?;
    Ok(Some(Records {
        rows,
        file: file.entry.clone(),
        id_column: plan.position(Slot::SourcedId).unwrap_or(usize::MAX),
        metadata: kind.entity().metadata(),
        plan,
        dropped: Arc::clone(&file.dropped),
        strict,
        cleaner: Cleaner::new(strict),
        cells: Cells::new(version, strict),
        json: String::new(),
    }))
}

fn broken(file: &str, error: &ScanError) -> PackageError {
    PackageError::broken(file, &std::io::Error::other(error.to_string()))
}

impl Records {
    /// Reads the next good row into `record`; its number among the rows of
    /// data, the first being 0, or `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read to its end, or changed since it was judged.
    pub fn next(&mut self, record: &mut Record) -> Result<Option<u64>, PackageError> {
        loop {
            let next = match self.rows.next_row() {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(None),
                Err(e) => return Err(broken(&self.file, &e)),
            };
            let Some(ordinal) = next.ordinal else { continue };
            if self.dropped.has(ordinal) {
                continue;
            }
            record.clear(self.plan.kind);
            record.status = Status::Active;
            record.sourced_id.push_str(cell::key(next.row.cell(self.id_column), self.strict));
            let mut filling =
                Filling { cleaner: &mut self.cleaner, cells: &mut self.cells, json: &mut self.json, record };
            filling.fill(&self.plan, self.metadata, &next.row).map_err(|column| {
                let message = format!("{} has changed since it was judged, at {column}", self.file);
                PackageError::broken(&self.file, &std::io::Error::other(message))
            })?;
            return Ok(Some(u64::from(ordinal)));
        }
    }
}

struct Filling<'a> {
    cleaner: &'a mut Cleaner,
    cells: &'a mut Cells,
    json: &'a mut String,
    record: &'a mut Record,
}

impl Filling<'_> {
    /// Puts the cells into the record; the name of a column that cannot be read
    /// as it was judged.
    fn fill(&mut self, plan: &Plan, metadata: Option<u8>, row: &Row<'_>) -> Result<(), String> {
        for (at, column) in plan.columns.iter().enumerate() {
            let raw = row.cell(at);
            if raw.is_empty() {
                continue;
            }
            let field = match (column.target, metadata) {
                (Target::Slot(Slot::Own(field)), _) => field,
                (Target::Metadata, Some(field)) => field,
                _ => continue,
            };
            let mut repairs = Repairs::default();
            let text = self.cleaner.clean(column.form, raw, row.faults, &mut repairs);
            let record = &mut *self.record;
            let done = text.and_then(|text| match column.form {
                _ if text.is_empty() => Ok(()),
                Form::Texts | Form::Words(_) | Form::Refs(_) => {
                    self.cells.items(column.form, text, &mut repairs, |item| record.push(field, item))
                }
                Form::Pairs => self.cells.pairs(text, &mut repairs, |left, right| record.push_pair(field, left, right)),
                Form::Metadata => {
                    json_string(text, self.json);
                    record.push_pair(field, plan.metadata_name(at), self.json);
                    Ok(())
                }
                form => self.cells.scalar(form, text, &mut repairs).map(|value| record.push(field, value.text())),
            });
            done.map_err(|_| column.name.clone())?;
        }
        Ok(())
    }
}

/// Writes a text as a JSON string.
fn json_string(text: &str, out: &mut String) {
    out.clear();
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(HEX[c as usize >> 4] as char);
                out.push(HEX[c as usize & 15] as char);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
