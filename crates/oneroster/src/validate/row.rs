//! One row: width, lifecycle, key, and what it leaves for other rows.

use super::gradebook::{Gradebook, Look};
use super::judgement::FileState;
use super::judging::{Gone, Judging};
use super::known::Store;
use super::lifecycle::{self, Fate};
use super::options::Options;
use super::reading::Reading;
use super::remarks::Remarks;
use super::resources::Resources;
use super::roster::Roster;
use super::rules::{Code, Severity};
use super::tables::Ids;
use super::tally::Tally;
use super::targets::Targets;
use super::{cells, figures, roster, suspect, upgrade};
use crate::at;
use crate::csv::cell;
use crate::csv::{Column, Faults, Mode, Plan, Row, is_raw_key};
use crate::model::{Kind, LONGEST_ID, Service, Version, is_sourced_id};
use crate::record::id_digest;

/// The key of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Key {
    /// Its first appearance; with its number, if others may refer to it.
    New(Option<u32>),
    /// It was there before, or cannot be used.
    Used,
}

impl Key {
    fn number(self) -> Option<u32> {
        if let Key::New(number) = self { number } else { None }
    }
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
    let fate = match whole {
        true => fate((judging.options, &mut judging.store), reading, row, &mut remarks),
        false => Fate::Lives,
    };
    if fate == Fate::NotThere {
        reading.skipped.insert(ordinal);
        return;
    }
    let key = key(&mut judging.ids, reading, ordinal, &mut remarks, (strict, raw_keys));
    if fate == Fate::Lives && reading.kind == Kind::User && judging.options.is_reused(id) {
        remarks.add(Code::D39, Some(reading.id_column), id);
    }
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
        content(&mut targets, reading, row, key.number(), &mut remarks);
        skip = targets.skip;
        if plan.old {
            upgrade::row(&judging.derived, reading, row, &mut remarks);
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
    let (rejected, number) = (remarks.rejected, key.number());
    if reading.delta && judging.store.is_there() {
        told(judging, reading, (row.line, id), fate == Fate::Goes && !rejected);
    }
    let end = match fate {
        _ if rejected => End::Rejected,
        _ if skip => End::Skipped,
        Fate::Lives => End::Lives,
        _ => End::Goes,
    };
    close(&mut judging.ids, reading, (ordinal, id), number, end);
    figures::row(judging, reading, row, (number, whole, rejected), &before);
}

/// What the row says of the life of its record, by the kind of its file.
fn fate(
    (options, store): (&Options, &mut Store<'_>),
    reading: &mut Reading,
    row: &Row<'_>,
    remarks: &mut Remarks<'_>,
) -> Fate {
    match reading.delta {
        true => lifecycle::delta((options, store), reading, row, remarks),
        false if remarks.plan.old => upgrade::fate(reading, row, remarks, options.strict),
        false => lifecycle::bulk(reading, row, remarks, options.strict),
    }
}

/// Reads every cell into the values of the row.
#[inline]
fn content(
    targets: &mut Targets<'_, '_>,
    reading: &mut Reading,
    row: &Row<'_>,
    number: Option<u32>,
    remarks: &mut Remarks<'_>,
) {
    reading.values.clear();
    let plan = remarks.plan;
    for (at, column) in plan.columns.iter().enumerate() {
        cells::cell(targets, reading, row, (at, column), number, remarks);
    }
    subjects(reading, plan, remarks);
}

/// What becomes of a row once everything was said of it.
#[derive(Clone, Copy)]
enum End {
    Rejected,
    Skipped,
    Lives,
    /// It takes its record away.
    Goes,
}

/// Notes what became of a row, for the rows that refer to it.
fn close(ids: &mut [Ids], reading: &mut Reading, (ordinal, id): (u32, &str), number: Option<u32>, end: End) {
    let own = &mut ids[reading.kind as usize];
    match end {
        End::Rejected => {
            reading.reject(ordinal, id);
            number.into_iter().for_each(|number| own.reject(number));
        }
        End::Skipped => {
            reading.skipped.insert(ordinal);
            number.into_iter().for_each(|number| own.skip(number));
        }
        End::Lives => reading.follow(ids),
        End::Goes => {}
    }
}

/// Notes that changes speak of a record, and whether they take it away.
fn told(judging: &mut Judging<'_>, reading: &Reading, (line, id): (u32, &str), goes: bool) {
    judging.told.entry(reading.kind).or_default().insert(id_digest(id));
    if goes {
        judging.gone.push(Gone { kind: reading.kind, file: reading.file, line, id: id.into() });
    }
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
    if row.faults.has(Faults::PADDED) {
        remarks.put(Code::D30, Severity::Repaired, None, "", 2);
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
        let code = match (id.is_empty(), strict || id.len() > LONGEST_ID) {
            (true, _) => Code::V1,
            (_, true) => Code::V2,
            _ => suspect::unfit(id),
        };
        if code != Code::D58 || !raw_keys || !is_raw_key(id) {
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

/// subjects and subjectCodes belong together (V11, V12).
fn subjects(reading: &Reading, plan: &Plan, remarks: &mut Remarks<'_>) {
    let (names, codes) = match reading.kind {
        Kind::Class => (at!(Class.subjects), at!(Class.subjectCodes)),
        Kind::Course => (at!(Course.subjects), at!(Course.subjectCodes)),
        _ => return,
    };
    let count = |field: u8| reading.values.count(field);
    // 1.0 has no codes.
    if count(names) != count(codes) && !plan.old {
        let column = plan.position(crate::model::Slot::Own(codes));
        let one_sided = count(names) == 0 || count(codes) == 0;
        remarks.add(if one_sided { Code::V12 } else { Code::V11 }, column, "");
    }
}
