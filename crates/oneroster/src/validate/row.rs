//! One row: width, lifecycle, key, cells and references.

use super::figures;
use super::gradebook::Look;
use super::judgement::FileState;
use super::judging::{Judging, Memo, Pending, Reading, Remarks, Values, is_self, own};
use super::rules::{Code, Severity};
use super::tables::{Ids, NONE, State};
use super::{resources, roster};
use crate::at;
use crate::csv::cell::{self, Cells, Form, Repairs, Value, is_sourced_id};
use crate::csv::{Column, Faults, Mode, Plan, Row};
use crate::model::{Kind, Service, Version};
use crate::record::{Status, id_digest};

/// The key of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Key {
    /// Its first appearance; with its number, if others may refer to it.
    New(Option<u32>),
    /// It was there before, or cannot be used.
    Used,
}

/// Judges one row.
pub(super) fn judge(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan, row: &Row<'_>) {
    let ordinal = reading.rows;
    reading.rows += 1;
    let strict = judging.options.strict;
    let id = cell::key(row.cell(reading.id_column), strict);
    let before = *judging.report.found();
    let report = &mut judging.report;
    let mut remarks = Remarks { report, plan, file: reading.file, line: row.line, id, rejected: false };
    let whole = shape(reading, row, &mut remarks, strict);
    if whole && lifecycle(reading, row, &mut remarks, strict) {
        reading.skipped.insert(ordinal);
        return;
    }
    let key = key(&mut judging.ids, reading, ordinal, &mut remarks, strict);
    if whole {
        let mut targets = Targets { ids: &mut judging.ids, states: &judging.states, version: judging.version, strict };
        reading.values.clear();
        let number = if let Key::New(number) = key { number } else { None };
        for (at, column) in plan.columns.iter().enumerate() {
            self::cell(&mut targets, reading, row, (at, column), number, &mut remarks);
        }
        subjects(reading, plan, &mut remarks);
    }
    if let (Key::New(number), false) = (key, remarks.rejected) {
        let place = (ordinal, number);
        let service = reading.kind.entity().service;
        if service == Service::Rostering {
            roster::row(&mut judging.roster, &judging.ids, reading, row, place, &mut remarks);
            if judging.modes[Kind::ScoreScale as usize].is_some() {
                judging.gradebook.rostered(reading, number);
            }
        } else {
            let enrollments = judging.modes[Kind::Enrollment as usize] == Some(Mode::Bulk)
                && judging.states[Kind::Enrollment as usize] == Some(FileState::Judged);
            let look = Look { roster: &judging.roster, version: judging.version, enrollments, place };
            match service {
                Service::Resources => judging.resources.row(&look, reading, row, &mut remarks),
                _ => judging.gradebook.row(&look, reading, row, &mut remarks),
            }
        }
    }
    let (number, rejected) = (if let Key::New(number) = key { number } else { None }, remarks.rejected);
    if rejected {
        reading.reject(ordinal, id);
        if let Some(number) = number {
            judging.ids[reading.kind as usize].reject(number);
        }
    }
    figures::row(judging, reading, row, (number, whole, rejected), &before);
}

/// Width and quoting (T8, T9); whether the cells can be told apart.
fn shape(reading: &mut Reading, row: &Row<'_>, remarks: &mut Remarks<'_>, strict: bool) -> bool {
    let width = remarks.plan.columns.len();
    if row.faults.is_empty() && row.len() == width {
        return true;
    }
    if row.faults.has(Faults::CR_END) && !reading.line_ends_said {
        reading.line_ends_said = true;
        let rejected = remarks.rejected;
        remarks.add(Code::D12, None, "");
        remarks.rejected = rejected;
    }
    let misquoted = row.faults.has(Faults::BARE_QUOTE.and(Faults::AFTER_QUOTE));
    if row.len() != width {
        let surplus = (width..row.len()).all(|at| row.cell(at).trim().is_empty());
        let lost = remarks.plan.columns.iter().skip(row.len()).any(|c| c.required);
        let repair = match row.len() > width {
            true if surplus => Some(Code::D18),
            false if !lost => Some(Code::D19),
            _ => None,
        };
        match repair {
            Some(code) if !strict && !misquoted => remarks.put(code, Severity::Repaired, None, "", 0),
            _ => {
                remarks.add(Code::T8, None, "");
                return false;
            }
        }
    }
    if misquoted {
        remarks.add(if strict { Code::T9 } else { Code::D14 }, None, "");
    }
    !row.faults.has(Faults::UNCLOSED)
}

/// Status and date in a bulk file (L1, L3, D22); whether the row counts as not
/// there.
fn lifecycle(reading: &Reading, row: &Row<'_>, remarks: &mut Remarks<'_>, strict: bool) -> bool {
    let [status, modified] = reading.status_columns;
    let filled = |at: Option<usize>| at.filter(|&at| !row.cell(at).is_empty());
    if let Some(at) = filled(status) {
        let raw = row.cell(at);
        if strict {
            remarks.add(Code::L1, Some(at), raw);
            return false;
        }
        let is = |status: Status| raw.trim().eq_ignore_ascii_case(status.word());
        if is(Status::Active) || is(Status::ToBeDeleted) {
            remarks.put(Code::D22, Severity::Repaired, Some(at), raw, 0);
            return is(Status::ToBeDeleted);
        }
        if !raw.trim().is_empty() {
            remarks.add(Code::L3, Some(at), raw);
        }
    } else if let Some(at) = filled(modified) {
        match strict {
            true => remarks.add(Code::L1, Some(at), row.cell(at)),
            false => remarks.put(Code::D22, Severity::Repaired, Some(at), row.cell(at), 0),
        }
    }
    false
}

/// The sourcedId (V1, V2); suspects of R1 are noted for a second look.
fn key(ids: &mut [Ids], reading: &mut Reading, ordinal: u32, remarks: &mut Remarks<'_>, strict: bool) -> Key {
    let (id, at) = (remarks.id, Some(reading.id_column));
    if !is_sourced_id(id) {
        let code = match (id.is_empty(), strict || id.len() > 255) {
            (true, _) => Code::V1,
            (_, true) => Code::V2,
            _ => Code::D58,
        };
        remarks.add(code, at, id);
        return Key::Used;
    }
    if id.bytes().any(|b| b.is_ascii_uppercase()) {
        reading.folded.push((id_digest(&id.to_ascii_lowercase()), ordinal));
    }
    if !reading.keeps_ids {
        reading.digests.push(id_digest(id));
        return Key::New(None);
    }
    match ids[reading.kind as usize].define(id, ordinal, remarks.line) {
        Ok(number) => Key::New(Some(number)),
        Err(_) => {
            reading.suspects.insert(id_digest(id));
            Key::Used
        }
    }
}

/// What references are looked up in.
struct Targets<'a> {
    ids: &'a mut [Ids],
    states: &'a [Option<FileState>],
    version: Version,
    strict: bool,
}

fn cell(
    targets: &mut Targets<'_>,
    reading: &mut Reading,
    row: &Row<'_>,
    (at, column): (usize, &Column),
    number: Option<u32>,
    remarks: &mut Remarks<'_>,
) {
    let raw = row.cell(at);
    if raw.is_empty() {
        if column.required && !matches!(column.form, Form::Id) {
            remarks.add(Code::V1, Some(at), raw);
        }
        return;
    }
    reading.filled[at] += 1;
    match column.form {
        Form::Skip | Form::Status | Form::Modified => return,
        Form::Id => {
            if reading.kind == Kind::Demographics {
                let memo = &mut reading.memos[at];
                targets.find(Kind::User, remarks.id, memo, (Code::R4, at), remarks);
            }
            return;
        }
        _ => {}
    }
    let mut repairs = Repairs::default();
    let text = match reading.cleaner.clean(column.form, raw, row.faults, &mut repairs) {
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
        return remarks.add(code, Some(at), raw);
    }
    let is_list = matches!(column.form, Form::Texts | Form::Words(_) | Form::Refs(_));
    if is_list && column.required && own(column).is_some_and(|field| reading.values.items[field as usize] == 0) {
        remarks.add(Code::V1, Some(at), raw);
    }
    if !repairs.is_empty() {
        remarks.repairs(repairs, at, raw);
    }
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
    targets: &mut Targets<'_>,
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
            values.lists.extend(found.map(|record| (field as u8, record)));
        }),
        Form::Texts | Form::Words(_) => {
            let graded = targets.version == Version::V1P1 && is_grades(*kind, field as u8);
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
        Form::Pairs => cells.pairs(cell.text, repairs, |_, _| {}),
        form => cells.scalar(form, cell.text, repairs).map(|value| match value {
            Value::Text(text) => texts(*kind, field as u8, (at, text), remarks),
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

impl Targets<'_> {
    /// Finds the record that a reference to another file names (R2, R3).
    #[inline]
    fn find(
        &mut self,
        kind: Kind,
        text: &str,
        memo: &mut Memo,
        (code, at): (Code, usize),
        remarks: &mut Remarks<'_>,
    ) -> Option<u32> {
        if memo.found.is_some() && memo.text == text {
            return memo.found;
        }
        if self.states[kind as usize] != Some(FileState::Judged) {
            remarks.add(Code::R3, Some(at), text);
            return None;
        }
        let ids = &self.ids[kind as usize];
        match ids.look_up(text) {
            Some((number, State::Good)) => {
                memo.text.clear();
                memo.text.push_str(text);
                memo.found = Some(number);
                Some(number)
            }
            found => {
                let rejected = found.is_some_and(|(_, state)| state == State::Rejected);
                match is_sourced_id(text) {
                    true => remarks.add_variant(code, Some(at), text, u8::from(rejected)),
                    false => remarks.add(self.bad_id(text), Some(at), text),
                }
                None
            }
        }
    }

    /// Notes a reference to a record of the same file.
    fn mention(
        &mut self,
        kind: Kind,
        text: &str,
        (at, raw): (usize, &str),
        from: Option<u32>,
        pending: &mut Vec<Pending>,
        remarks: &mut Remarks<'_>,
    ) -> Option<u32> {
        if !is_sourced_id(text) {
            remarks.add(self.bad_id(text), Some(at), raw);
            return None;
        }
        let to = self.ids[kind as usize].mention(text);
        if let Some(from) = from {
            if from == to && kind == Kind::User {
                remarks.add(Code::R6, Some(at), raw);
            }
            pending.push(Pending { from, to, column: at as u16 });
        }
        Some(to)
    }

    fn bad_id(&self, text: &str) -> Code {
        if self.strict || text.len() > 255 { Code::V2 } else { Code::D58 }
    }
}

/// The grade codes that 1.1 names (csv.md section 4).
const GRADES: [&str; 21] = [
    "IT", "PR", "PK", "TK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "PS",
    "UG", "Other",
];

fn is_grades(kind: Kind, field: u8) -> bool {
    match kind {
        Kind::User => field == at!(User.grades),
        Kind::Class => field == at!(Class.grades),
        Kind::Course => field == at!(Course.grades),
        _ => false,
    }
}

/// Rules over texts: length (V14) and addresses (V16).
fn texts(kind: Kind, field: u8, (at, text): (usize, &str), remarks: &mut Remarks<'_>) {
    if text.len() > 255 && text.chars().count() > 255 {
        remarks.add(Code::V14, Some(at), text);
    }
    if kind == Kind::User && field == at!(User.email) && !is_address(text) {
        remarks.add(Code::V16, Some(at), text);
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains([' ', ',', ';'])
}

/// subjects and subjectCodes belong together (V11, V12).
fn subjects(reading: &Reading, plan: &Plan, remarks: &mut Remarks<'_>) {
    let (names, codes) = match reading.kind {
        Kind::Class => (at!(Class.subjects), at!(Class.subjectCodes)),
        Kind::Course => (at!(Course.subjects), at!(Course.subjectCodes)),
        _ => return,
    };
    let count = |field: u8| reading.values.items[field as usize];
    if count(names) != count(codes) {
        let column = plan.position(crate::model::Slot::Own(codes));
        let one_sided = count(names) == 0 || count(codes) == 0;
        remarks.add(if one_sided { Code::V12 } else { Code::V11 }, column, "");
    }
}
