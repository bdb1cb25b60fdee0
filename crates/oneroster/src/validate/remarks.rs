//! Findings about one row, on their way into the report.

use super::report::{Place, Report};
use super::rules::{Code, Severity};
use super::sentences::describe;
use crate::csv::cell::{self, Repairs};
use crate::csv::{Column, Plan, Row, Target};
use crate::model::{Privacy, Slot};

/// Adds findings about one row.
pub(super) struct Remarks<'a> {
    pub report: &'a mut Report,
    pub plan: &'a Plan,
    pub file: u8,
    pub line: u32,
    pub id: &'a str,
    pub rejected: bool,
}

impl Remarks<'_> {
    /// The column of a field, if the file has it.
    pub fn column(&self, field: u8) -> Option<usize> {
        self.plan.position(Slot::Own(field))
    }

    /// The text of a field's cell, without spaces around it.
    pub fn text<'r>(&self, row: &Row<'r>, field: u8) -> &'r str {
        self.column(field).map_or("", |at| cell::key(row.cell(at), false))
    }

    fn place(&self, column: Option<usize>) -> Place {
        Place { file: Some(self.file), line: self.line, column: column.map(|c| c as u16) }
    }

    /// Adds a finding by its rule.
    pub fn add(&mut self, code: Code, column: Option<usize>, raw: &str) {
        self.add_variant(code, column, raw, 0);
    }

    /// Adds a finding about a field by its rule.
    pub fn about(&mut self, code: Code, field: u8, raw: &str) {
        self.add(code, self.column(field), raw);
    }

    /// Adds a finding by its rule, of which there are several sentences.
    #[cold]
    pub fn add_variant(&mut self, code: Code, column: Option<usize>, raw: &str, variant: u8) {
        let Some(severity) = self.report.severity(code) else { return };
        self.put(code, severity, column, raw, variant);
    }

    /// Adds a finding of a severity.
    #[cold]
    pub fn put(&mut self, code: Code, severity: Severity, column: Option<usize>, raw: &str, variant: u8) {
        let (plan, place) = (self.plan, self.place(column));
        self.report.put(code, severity, place, self.id, variant, || describe(code, column, plan, variant));
        let secret = column.and_then(|c| privacy(plan, plan.columns.get(c)?)) == Some(Privacy::Secret);
        if column.is_some() && !secret {
            self.report.with_value(raw);
        }
        self.rejected |= severity == Severity::Error;
    }

    /// Adds the repairs of a cell.
    #[cold]
    pub fn repairs(&mut self, repairs: Repairs, column: usize, raw: &str) {
        for code in repairs.codes() {
            self.put(code, Severity::Repaired, Some(column), raw, 0);
        }
    }
}

fn privacy(plan: &Plan, column: &Column) -> Option<Privacy> {
    match column.target {
        Target::Slot(slot) => Some(plan.kind.entity().field(slot).privacy),
        _ => None,
    }
}
