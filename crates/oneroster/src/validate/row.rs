//! One row: width, lifecycle, key, cells and references.

use super::figures;
use super::gradebook::{Gradebook, Look};
use super::judgement::FileState;
use super::judging::{Gone, Judging, Memo, Pending, Reading, Remarks, Values, is_self, own};
use super::known::Store;
use super::lifecycle::{self, Fate};
use super::look::Source;
use super::resources::Resources;
use super::roster::Roster;
use super::rules::{Code, Severity};
use super::tables::{Ids, NONE, State};
use super::tally::Tally;
use super::{columns, resources, roster, suspect, texts, upgrade};
use crate::at;
use crate::csv::cell::{self, Cells, Form, Repairs, Value, is_sourced_id};
use crate::csv::lenient::is_ambiguous_date;
use crate::csv::v1p0::{Translation, translate};
use crate::csv::{Column, DateOrder, DateRule, Faults, Mode, Package, Plan, Row};
use crate::model::{Kind, Service, Version};
use crate::record::id_digest;
use hashbrown::HashSet;
use std::borrow::Cow;

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
    let raw_keys = judging.options.consents(Code::D58) && !strict;
    let id = cell::key(row.cell(reading.id_column), strict);
    let before = *judging.report.found();
    let report = &mut judging.report;
    let mut remarks = Remarks { report, plan, file: reading.file, line: row.line, id, rejected: false };
    let whole = shape(reading, row, &mut remarks, strict);
    if reading.broken {
        return;
    }
    let fate = match (whole, reading.delta) {
        (false, _) => Fate::Lives,
        (_, false) if plan.old => upgrade::fate(reading, row, &mut remarks, strict),
        (_, false) => lifecycle::bulk(reading, row, &mut remarks, strict),
        (_, true) => lifecycle::delta((judging.options, &mut judging.store), reading, row, &mut remarks),
    };
    if fate == Fate::NotThere {
        reading.skipped.insert(ordinal);
        return;
    }
    let key = key(&mut judging.ids, reading, ordinal, &mut remarks, (strict, raw_keys));
    let mut skip = false;
    if fate == Fate::Goes && !strict {
        deleted(reading, row, &mut remarks);
    } else if whole {
        let mut targets = Targets {
            ids: &mut judging.ids,
            states: &judging.states,
            modes: &judging.modes,
            store: &mut judging.store,
            delta: reading.delta,
            people_ids: &mut judging.roster.people_ids,
            tally: &mut judging.tally,
            package: judging.package,
            strict,
            raw_keys,
            skip: false,
        };
        reading.values.clear();
        let number = if let Key::New(number) = key { number } else { None };
        for (at, column) in plan.columns.iter().enumerate() {
            self::cell(&mut targets, reading, row, (at, column), number, &mut remarks);
        }
        skip = targets.skip;
        subjects(reading, plan, &mut remarks);
        if plan.old {
            upgrade::row(&judging.derived, reading, row, &mut remarks);
        }
    }
    if reading.delta && judging.store.is_there() {
        judging.told.entry(reading.kind).or_default().insert(id_digest(id));
        if fate == Fate::Goes && !remarks.rejected {
            judging.gone.push(Gone { kind: reading.kind, file: reading.file, line: row.line, id: id.into() });
        }
    }
    match key {
        Key::New(Some(number)) if fate == Fate::Goes => judging.ids[reading.kind as usize].delete(number),
        Key::New(number) if fate == Fate::Lives && !remarks.rejected && !skip => {
            let sent = |kind: Kind| judging.modes[kind as usize];
            let tables = Tables {
                roster: &mut judging.roster,
                tally: &mut judging.tally,
                gradebook: &mut judging.gradebook,
                resources: &mut judging.resources,
                ids: &judging.ids,
                version: judging.version,
                enrollments: sent(Kind::Enrollment) == Some(Mode::Bulk)
                    && judging.states[Kind::Enrollment as usize] == Some(FileState::Judged),
                scales: sent(Kind::ScoreScale).is_some(),
            };
            skip = tables.row(reading, row, (ordinal, number), &mut remarks);
        }
        _ => {}
    }
    let (number, rejected) = (if let Key::New(number) = key { number } else { None }, remarks.rejected);
    if rejected {
        reading.reject(ordinal, id);
        if let Some(number) = number {
            judging.ids[reading.kind as usize].reject(number);
        }
    } else if skip {
        reading.skipped.insert(ordinal);
        if let Key::New(Some(number)) = key {
            judging.ids[reading.kind as usize].skip(number);
        }
    }
    figures::row(judging, reading, row, (number, whole, rejected), &before);
}

/// What good rows leave for the rules over several of them.
struct Tables<'a> {
    roster: &'a mut Roster,
    tally: &'a mut Tally,
    gradebook: &'a mut Gradebook,
    resources: &'a mut Resources,
    ids: &'a [Ids],
    version: Version,
    /// Whether every enrollment is in the package.
    enrollments: bool,
    /// Whether score scales are.
    scales: bool,
}

impl Tables<'_> {
    /// Whether the row is left out by consent.
    #[inline]
    fn row(self, reading: &mut Reading, row: &Row<'_>, place: (u32, Option<u32>), remarks: &mut Remarks<'_>) -> bool {
        let service = reading.kind.entity().service;
        if service == Service::Rostering {
            let skip = roster::row((self.roster, self.tally), self.ids, reading, row, place, remarks);
            if self.scales {
                self.gradebook.rostered(reading, place.1);
            }
            return skip;
        }
        let look = Look { roster: self.roster, version: self.version, enrollments: self.enrollments, place };
        match service {
            Service::Resources => self.resources.row(&look, reading, row, remarks),
            _ => self.gradebook.row(&look, reading, row, remarks),
        }
        false
    }
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
    if row.faults.has(Faults::LEGACY) {
        remarks.put(Code::D10, Severity::Repaired, None, "", 0);
    }
    if row.faults.has(Faults::LINE_BREAK) && swallows_rows(row, width, reading.dialect.separator) {
        reading.broken = true;
        remarks.add(Code::D15, None, "");
        return false;
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

/// Whether a quote was left open and the rows below it look like its cell
/// (csv.md D15): it holds a whole row, or the rest of this one and the
/// beginning of another.
fn swallows_rows(row: &Row<'_>, width: usize, separator: u8) -> bool {
    let signs = |line: &str| line.bytes().filter(|&b| b == separator).count();
    row.cells().enumerate().any(|(at, cell)| {
        let mut lines = cell.split(['\n', '\r']).map(signs);
        let first = lines.next().unwrap_or_default();
        let Some(last) = lines.clone().next_back() else { return false };
        let rest = first + at + 1 >= width && first + last + 1 >= width;
        width > 2 && (rest || lines.any(|line| line + 1 >= width))
    })
}

/// The sourcedId (V1, V2, D31 to D35, D58); suspects of R1 are noted for a
/// second look.
fn key(
    ids: &mut [Ids],
    reading: &mut Reading,
    ordinal: u32,
    remarks: &mut Remarks<'_>,
    (strict, raw_keys): (bool, bool),
) -> Key {
    let (id, at) = (remarks.id, Some(reading.id_column));
    if !is_sourced_id(id) {
        let code = match (id.is_empty(), strict || id.len() > 255) {
            (true, _) => Code::V1,
            (_, true) => Code::V2,
            _ => suspect::unfit(id),
        };
        if code != Code::D58 || !raw_keys || !cell::is_raw_key(id) {
            remarks.put(code, Severity::Error, at, id, 0);
            return Key::Used;
        }
        remarks.put(code, Severity::Repaired, at, id, 1);
    } else if let Some(code) = suspect::odd(id).filter(|_| !strict) {
        remarks.put(code, Severity::Error, at, id, 1);
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
struct Targets<'a, 's> {
    ids: &'a mut [Ids],
    states: &'a [Option<FileState>],
    modes: &'a [Option<Mode>],
    store: &'a mut Store<'s>,
    /// Whether the row is one of changes.
    delta: bool,
    /// Identifiers of people in other systems.
    people_ids: &'a mut HashSet<u64>,
    tally: &'a mut Tally,
    package: &'a Package,
    strict: bool,
    /// Whether identifiers may have any characters, by consent.
    raw_keys: bool,
    /// Whether the row refers to one that was left out by consent.
    skip: bool,
}

/// A row that takes its record away: what its cells say is not asked, but a
/// blank where the letter wants a value is worth a note.
fn deleted(reading: &Reading, row: &Row<'_>, remarks: &mut Remarks<'_>) {
    let blank = |(at, column): &(usize, &Column)| {
        column.required && *at != reading.id_column && row.cell(*at).trim().is_empty()
    };
    if let Some((at, _)) = remarks.plan.columns.iter().enumerate().find(blank) {
        remarks.put(Code::V1, Severity::Info, Some(at), "", 1);
    }
}

fn cell(
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
        let source = Source { package: targets.package, entry, dialect, strict: targets.strict };
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

impl Targets<'_, '_> {
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
        match self.ids[kind as usize].look_up(text) {
            Some((number, State::Good)) if self.states[kind as usize] == Some(FileState::Judged) => {
                memo.text.clear();
                memo.text.push_str(text);
                memo.found = Some(number);
                Some(number)
            }
            found => self.elsewhere((kind, text), found.map(|(_, state)| state), memo, (code, at), remarks),
        }
    }

    /// A reference to what no good row of the package defines.
    #[cold]
    fn elsewhere(
        &mut self,
        (kind, text): (Kind, &str),
        found: Option<State>,
        memo: &mut Memo,
        (code, at): (Code, usize),
        remarks: &mut Remarks<'_>,
    ) -> Option<u32> {
        let judged = self.states[kind as usize] == Some(FileState::Judged);
        let changes = match self.modes[kind as usize] {
            Some(Mode::Delta) => true,
            _ => self.delta && !judged,
        };
        if found == Some(State::Deleted) {
            remarks.add(Code::L7, Some(at), text);
        } else if changes && !self.strict && self.store.has(kind, text) {
            memo.text.clear();
            memo.text.push_str(text);
            memo.found = Some(NONE);
        } else if !judged {
            remarks.add_variant(Code::R3, Some(at), text, u8::from(changes && !self.store.is_there()));
        } else {
            self.unresolved((kind, text), found, (code, at), remarks);
        }
        None
    }

    /// A reference that names no good record.
    #[cold]
    fn unresolved(
        &mut self,
        (kind, text): (Kind, &str),
        found: Option<State>,
        (code, at): (Code, usize),
        remarks: &mut Remarks<'_>,
    ) {
        if found == Some(State::Skipped) {
            self.skip = true;
            return remarks.put(Code::D55, Severity::Repaired, Some(at), text, 1);
        }
        if !self.is_key(text) {
            return remarks.put(self.bad_id(text), Severity::Error, Some(at), text, 0);
        }
        let lost = if self.strict || found.is_some() { None } else { suspect::lost(&self.ids[kind as usize], text) };
        if let Some(code) = lost {
            return remarks.add_variant(code, Some(at), text, 1);
        }
        self.tally.add(code, Some(at), remarks.line);
        remarks.add_variant(code, Some(at), text, u8::from(found == Some(State::Rejected)));
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
        if !self.is_key(text) {
            remarks.put(self.bad_id(text), Severity::Error, Some(at), raw, 0);
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

    /// Whether a text can be an identifier in this run.
    fn is_key(&self, text: &str) -> bool {
        is_sourced_id(text) || (self.raw_keys && cell::is_raw_key(text))
    }

    fn bad_id(&self, text: &str) -> Code {
        if self.strict || text.len() > 255 { Code::V2 } else { suspect::unfit(text) }
    }
}

/// The grade codes that 1.1 names (csv.md section 4).
const GRADES: [&str; 21] = [
    "IT", "PR", "PK", "TK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "PS",
    "UG", "Other",
];

/// subjects and subjectCodes belong together (V11, V12).
fn subjects(reading: &Reading, plan: &Plan, remarks: &mut Remarks<'_>) {
    let (names, codes) = match reading.kind {
        Kind::Class => (at!(Class.subjects), at!(Class.subjectCodes)),
        Kind::Course => (at!(Course.subjects), at!(Course.subjectCodes)),
        _ => return,
    };
    let count = |field: u8| reading.values.items[field as usize];
    // 1.0 has no codes.
    if count(names) != count(codes) && !plan.old {
        let column = plan.position(crate::model::Slot::Own(codes));
        let one_sided = count(names) == 0 || count(codes) == 0;
        remarks.add(if one_sided { Code::V12 } else { Code::V11 }, column, "");
    }
}
