//! Records on standard output: a table for people, JSON, JSON lines and CSV for
//! programs.

use super::columns::{all, names, of_field, of_table};
use crate::output::Failure;
use crate::table::Table;
use oneroster::csv::write::write_row;
use oneroster::json::{Bases, Plan, Row};
use oneroster::model::{Kind, Slot, Version};
use oneroster_client::get::UNDATED;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Seek as _, Write};

/// How records are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Form {
    /// Columns for people
    Table,
    /// One JSON document, as the standard writes records
    Json,
    /// One JSON object a line
    Jsonl,
    /// A header and one row a record
    Csv,
}

/// What writes the records of one answer.
pub struct Show<'a> {
    plan: Plan,
    /// The same without the time of change, for records that have none.
    undated: Plan,
    kind: Kind,
    slots: Vec<Slot>,
    shape: Shape,
    out: &'a mut dyn Write,
    object: Vec<u8>,
    text: String,
}

enum Shape {
    Table(Table),
    /// A document is handed out whole or not at all, so it waits in a file.
    Json {
        key: &'static str,
        draft: io::BufWriter<File>,
        first: bool,
    },
    Lines,
    Csv,
}

impl<'a> Show<'a> {
    /// Begins to write records of a kind under a key, with these members or, if
    /// none are named, those that the form usually has.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(
        form: Form,
        (kind, key): (Kind, &'static str),
        (version, prefix): (Version, &str),
        fields: Option<&[Slot]>,
        out: &'a mut dyn Write,
    ) -> Result<Show<'a>, Failure> {
        let slots = match (fields, form) {
            (Some(fields), _) => fields.to_vec(),
            (None, Form::Table) => of_table(kind, version),
            (None, _) => all(kind, version),
        };
        // Objects have every member that there is unless some are named.
        let chosen = match form {
            Form::Json | Form::Jsonl => fields,
            Form::Table | Form::Csv => Some(slots.as_slice()),
        };
        let bases = Bases::new(version, prefix);
        let plan = Plan::new(kind, version, &bases, chosen);
        let members = || kind.entity().members(version).map(|(slot, _)| slot).collect();
        let mut dateless: Vec<Slot> = chosen.map_or_else(members, <[Slot]>::to_vec);
        dateless.retain(|slot| *slot != Slot::Modified);
        let undated = Plan::new(kind, version, &bases, Some(&dateless));
        let shape = match form {
            Form::Table => Shape::Table(Table::default()),
            Form::Json => Shape::Json { key, draft: io::BufWriter::new(tempfile::tempfile()?), first: true },
            Form::Jsonl => Shape::Lines,
            Form::Csv => Shape::Csv,
        };
        let mut show = Show { plan, undated, kind, slots, shape, out, object: Vec::new(), text: String::new() };
        show.begin()?;
        Ok(show)
    }

    fn begin(&mut self) -> Result<(), Failure> {
        let names = names(self.kind, &self.slots);
        match &mut self.shape {
            Shape::Csv => {
                write_row(&mut self.text, names.iter().copied());
                self.out.write_all(self.text.as_bytes())?;
            }
            Shape::Table(table) => table.row(names.iter().map(|name| (*name).to_owned()).collect(), self.out)?,
            Shape::Json { .. } | Shape::Lines => {}
        }
        Ok(())
    }

    /// Writes a record.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn row(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        self.object.clear();
        let plan = if row.published == UNDATED { &self.undated } else { &self.plan };
        plan.write(row, &mut self.object);
        match &mut self.shape {
            Shape::Lines => {
                self.object.push(b'\n');
                self.out.write_all(&self.object)?;
            }
            Shape::Json { draft, first, .. } => {
                if !std::mem::take(first) {
                    draft.write_all(b",")?;
                }
                draft.write_all(&self.object)?;
            }
            Shape::Table(_) | Shape::Csv => self.cells()?,
        }
        Ok(())
    }

    fn cells(&mut self) -> Result<(), Failure> {
        let object: Value = serde_json::from_slice(&self.object).unwrap_or_default();
        let of = |slot: &Slot| {
            let field = self.kind.entity().field(*slot);
            object.get(field.name).map_or_else(String::new, |value| of_field(field, value))
        };
        let cells: Vec<String> = self.slots.iter().map(of).collect();
        if let Shape::Table(table) = &mut self.shape {
            table.row(cells, self.out)?;
        } else {
            self.text.clear();
            write_row(&mut self.text, cells.iter().map(String::as_str));
            self.out.write_all(self.text.as_bytes())?;
        }
        Ok(())
    }

    /// Ends what was written; how many were found, whether there may be more, and
    /// what there is to say stand in a document.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self, (found, more): (u64, bool), notes: &[String]) -> Result<(), Failure> {
        match &mut self.shape {
            Shape::Table(table) => table.end(self.out)?,
            Shape::Json { key, draft, .. } => {
                draft.flush()?;
                let draft = draft.get_mut();
                draft.rewind()?;
                write!(self.out, "{{\"found\":{found},\"more\":{more},\"notes\":{},\"{key}\":[", Value::from(notes))?;
                io::copy(draft, &mut self.out)?;
                self.out.write_all(b"]}\n")?;
            }
            Shape::Lines | Shape::Csv => {}
        }
        self.out.flush()?;
        Ok(())
    }
}
