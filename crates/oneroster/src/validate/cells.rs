//! One cell: its form, its repairs, and its value or reference.

use super::look::Source;
use super::reading::{Memo, Pending, Reading};
use super::remarks::Remarks;
use super::rules::{Code, Severity};
use super::tables::NONE;
use super::targets::Targets;
use super::values::Values;
use super::{columns, resources, texts, upgrade};
use crate::csv::cell::{self, Cells, Form, Repairs, Value};
use crate::csv::lenient::is_ambiguous_date;
use crate::csv::v1p0::{Translation, translate};
use crate::csv::{Column, DateOrder, DateRule, Plan, Row, Target};
use crate::model::{Kind, Slot};
use crate::record::id_digest;
use std::borrow::Cow;

/// The grade codes that 1.1 names (csv.md section 4).
pub const GRADES: [&str; 21] = [
    "IT", "PR", "PK", "TK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "PS",
    "UG", "Other",
];

/// Judges one cell and puts its value among those of the row.
pub(super) fn cell(
    targets: &mut Targets<'_, '_>,
    reading: &mut Reading,
    row: &Row<'_>,
    (at, column): (usize, &Column),
    number: Option<u32>,
    remarks: &mut Remarks<'_>,
) {
    let plan = remarks.plan;
    let translated;
    let mut raw = row.cell(at);
    if raw.is_empty() {
        if column.required && !matches!(column.form, Form::Id) {
            remarks.add(Code::V1, Some(at), raw);
        } else if column.wanted {
            remarks.put(Code::V1, Severity::Warning, Some(at), raw, 2);
        }
        return;
    }
    reading.filled[at] += 1;
    if column.translation != Translation::Same {
        translated = old(reading, column, (at, raw), remarks);
        raw = &translated;
    }
    match column.form {
        Form::Skip | Form::Status | Form::Modified => return,
        Form::Secret => return targets.tally.add(Code::D50, Some(at), row.line),
        Form::Id => {
            if reading.kind == Kind::Demographics {
                let memo = &mut reading.memos[at];
                targets.find(Kind::User, remarks.id, memo, (Code::R4, at), remarks);
            }
            return;
        }
        _ if column.target == Target::Resources => return material(targets, reading, (at, raw), row, remarks),
        _ => {}
    }
    let mut repairs = Repairs::default();
    let text = match reading.cleaner.clean(column.form, raw, row.faults, &mut repairs) {
        Ok("") if column.required && repairs.has(Code::D33) => {
            return remarks.put(Code::D33, Severity::Error, Some(at), raw, 1);
        }
        Ok("") if column.required => return remarks.add(Code::V1, Some(at), raw),
        Ok("") => {
            reading.filled[at] -= 1;
            ""
        }
        Ok(text) => text,
        Err(code) => return remarks.add(code, Some(at), raw),
    };
    let mut parts = Parts {
        kind: reading.kind,
        cells: &mut reading.cells,
        values: &mut reading.values,
        memo: &mut reading.memos[at],
        pending: &mut reading.pending,
    };
    let done = match text {
        "" => Ok(()),
        _ => value(targets, &mut parts, &Cell { at, column, raw, text, number }, &mut repairs, remarks),
    };
    if let Err(code) = done {
        let kept = match (code, column.form) {
            (Code::V3, Form::Date(rule)) if !targets.strict && is_ambiguous_date(text) => {
                let text = text.to_owned();
                day(targets, reading, (at, &text), (rule, plan), &mut repairs)
            }
            _ => Err((code, u8::from(code == Code::D28))),
        };
        if let Err((code, variant)) = kept {
            return unread(targets.strict, reading, (at, column, raw), (code, variant), remarks);
        }
    }
    if column.form.is_list()
        && column.required
        && own(column).is_some_and(|field| reading.values.items[field as usize] == 0)
    {
        remarks.add(Code::V1, Some(at), raw);
    }
    if !repairs.is_empty() {
        remarks.repairs(repairs, at, raw);
    }
}

/// The material of a person (csv.md D60): what is not there is left out, and the
/// person stays.
fn material(
    targets: &mut Targets<'_, '_>,
    reading: &mut Reading,
    (at, raw): (usize, &str),
    row: &Row<'_>,
    remarks: &mut Remarks<'_>,
) {
    let (mut repairs, mut lost) = (Repairs::default(), false);
    let form = Form::Refs(Kind::Resource);
    let Ok(text) = reading.cleaner.clean(form, raw, row.faults, &mut repairs) else {
        return remarks.put(Code::R2, Severity::Warning, Some(at), raw, 2);
    };
    let done = reading.cells.items(form, text, &mut repairs, |item| lost |= !targets.has(Kind::Resource, item));
    if done.is_err() || lost {
        remarks.put(Code::R2, Severity::Warning, Some(at), raw, 2);
    }
    if !repairs.is_empty() {
        remarks.repairs(repairs, at, raw);
    }
}

/// Reads a day that could be two, by the order that its column proves.
#[cold]
fn day(
    targets: &Targets<'_, '_>,
    reading: &mut Reading,
    (at, text): (usize, &str),
    (rule, plan): (DateRule, &Plan),
    repairs: &mut Repairs,
) -> Result<(), (Code, u8)> {
    if reading.orders.is_empty() {
        let (entry, dialect) = (reading.entry.as_str(), reading.dialect);
        let (package, padding, strict) = (targets.package, &plan.padding, targets.strict);
        let source = Source { package, entry, dialect, padding, strict };
        reading.orders = columns::orders(&source, plan);
    }
    let order = reading.orders.get(at).copied().unwrap_or_default();
    if order == DateOrder::Open {
        return Err((Code::V3, 2));
    }
    let value =
        reading.cells.scalar(Form::Date(DateRule { order, ..rule }), text, repairs).map_err(|code| (code, 0))?;
    if let (Value::Day(day, _), Some(field)) = (value, own(&plan.columns[at])) {
        reading.values.days[field as usize] = Some(day);
    }
    Ok(())
}

/// A cell that cannot be read: it is left blank, or its row rejected.
#[cold]
fn unread(
    strict: bool,
    reading: &mut Reading,
    (at, column, raw): (usize, &Column, &str),
    (code, variant): (Code, u8),
    remarks: &mut Remarks<'_>,
) {
    match cell::blanked(code, column.required, strict) {
        Some(code) => {
            remarks.put(code, Severity::Warning, Some(at), raw, 1);
            if let Some(field) = own(column) {
                reading.values.items[field as usize] = 0;
            }
        }
        None => remarks.put(code, Severity::Error, Some(at), raw, variant),
    }
}

/// A cell of 1.0 in the form of 1.1; what was guessed is said once a file.
#[cold]
fn old<'a>(
    reading: &mut Reading,
    column: &Column,
    (at, raw): (usize, &'a str),
    remarks: &mut Remarks<'_>,
) -> Cow<'a, str> {
    let cell = translate(column.translation, raw);
    let guessed = matches!(column.translation, Translation::Grades | Translation::UserId) && cell != raw;
    if guessed && upgrade::once(reading, Some(at)) {
        remarks.put(Code::U2, Severity::Info, Some(at), raw, 0);
    }
    cell
}

/// A cell that is not blank.
struct Cell<'a> {
    at: usize,
    column: &'a Column,
    raw: &'a str,
    text: &'a str,
    /// The number of the row's own identifier.
    number: Option<u32>,
}

/// What of the reading a cell needs, while its text is borrowed from the rest.
struct Parts<'a> {
    kind: Kind,
    cells: &'a mut Cells,
    values: &'a mut Values,
    memo: &'a mut Memo,
    pending: &'a mut Vec<Pending>,
}

/// Reads the value of a cell and puts it among those of the row.
#[inline]
fn value(
    targets: &mut Targets<'_, '_>,
    parts: &mut Parts<'_>,
    cell: &Cell<'_>,
    repairs: &mut Repairs,
    remarks: &mut Remarks<'_>,
) -> Result<(), Code> {
    let Parts { kind, cells, values, memo, pending } = parts;
    let (form, at, field) = (cell.column.form, cell.at, own(cell.column).map_or(0, usize::from));
    let own_file = is_self(*kind, form);
    match form {
        Form::Ref(target) => {
            let found = match own_file {
                true => targets.mention(target, cell.text, (at, cell.raw), cell.number, pending, remarks),
                false => targets.find(target, cell.text, memo, (Code::R2, at), remarks),
            };
            values.refs[field] = found.unwrap_or(NONE);
            Ok(())
        }
        Form::Refs(target) => cells.items(form, cell.text, repairs, |item| {
            values.items[field] = values.items[field].saturating_add(1);
            let found = match own_file {
                true => targets.mention(target, item, (at, item), cell.number, pending, remarks),
                false => targets.find(target, item, memo, (Code::R2, at), remarks),
            };
            values.lists.extend(found.filter(|record| *record != NONE).map(|record| (field as u8, record)));
        }),
        Form::Texts | Form::Codes | Form::Grades | Form::Words(_) => {
            let graded = matches!(form, Form::Grades);
            let (mut odd, words) = (false, matches!(form, Form::Words(_)));
            let done = cells.items(form, cell.text, repairs, |item| {
                values.items[field] = values.items[field].saturating_add(1);
                odd |= graded && !GRADES.contains(&item);
                if words {
                    values.word_bits |= resources::role_bit(item);
                }
            });
            if odd {
                remarks.add(Code::V17, Some(at), cell.raw);
            }
            done
        }
        Form::Pairs if *kind == Kind::ScoreScale => scale(cells, values, cell.text, repairs),
        Form::Pairs if *kind == Kind::User => {
            let mut repeated = false;
            let ids = &mut *targets.people_ids;
            let done = cells.pairs(cell.text, repairs, |left, right| {
                repeated |= !ids.insert(id_digest(left).rotate_left(1) ^ id_digest(right));
            });
            if repeated {
                remarks.add(Code::S27, Some(at), cell.raw);
            }
            done
        }
        Form::Pairs => cells.pairs(cell.text, repairs, |_, _| {}),
        form => cells.scalar(form, cell.text, repairs).map(|value| match value {
            Value::Text(text) => texts::look(*kind, field as u8, (at, text), targets.tally, remarks),
            Value::Flag(flag) => values.flags[field] = Some(flag),
            Value::Day(day, _) => values.days[field] = Some(day),
            Value::Word(word, _) => values.words[field] = word,
        }),
    }
}

/// The values of a score scale (G7): what is not written as pairs cannot be
/// told from a value, so nothing is guessed.
fn scale(cells: &Cells, values: &mut Values, text: &str, repairs: &mut Repairs) -> Result<(), Code> {
    let done = cells.pairs(text, repairs, |left, _| values.lefts.push(id_digest(left)));
    let guessed = repairs.codes().any(|code| code == Code::D48);
    if done.is_err() || guessed { Err(Code::G7) } else { Ok(()) }
}

/// Whether the references of a field are to records of the same file.
fn is_self(kind: Kind, form: Form) -> bool {
    matches!(form, Form::Ref(k) | Form::Refs(k) if k == kind)
}

/// The position of a column's field.
fn own(column: &Column) -> Option<u8> {
    match column.target {
        Target::Slot(Slot::Own(field)) => Some(field),
        _ => None,
    }
}
