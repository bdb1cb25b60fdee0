//! The life of a row: rules L1 to L7 of csv.md 5.4, and rows that say
//! something of one record more than once.

use super::judging::Judging;
use super::known::Store;
use super::look::{Seen, Suspect};
use super::options::Options;
use super::reading::Reading;
use super::remarks::Remarks;
use super::report::Place;
use super::rules::{Code, Severity};
use super::tables::Ids;
use crate::csv::{Mode, Row, life};
use crate::model::Kind;
use crate::record::{Status, id_digest};
use crate::time::Timestamp;

/// A time so far in the future is worth a word.
const AHEAD_MS: i64 = 24 * 3_600_000;

/// What becomes of a row by its status and its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It is a record.
    Lives,
    /// It counts as not there.
    NotThere,
    /// It takes its record away.
    Goes,
}

/// The status and the time of a row, as far as they can be read.
pub(super) fn said(reading: &Reading, row: &Row<'_>, options: &Options) -> Option<(Status, Timestamp)> {
    let [status, modified] = reading.status_columns.map(|at| at.map_or("", |at| row.cell(at)));
    let life = life::status(status, reading.kind, options.strict).ok()?;
    let (instant, _) = life::instant(modified, options.strict, &options.zone).ok()?;
    Some((life.status, instant))
}

/// Status and date in a bulk file (L1, L3, D22, D23).
pub(super) fn bulk(reading: &Reading, row: &Row<'_>, remarks: &mut Remarks<'_>, strict: bool) -> Fate {
    let [status, modified] = reading.status_columns;
    let filled = |at: Option<usize>| at.filter(|&at| !row.cell(at).is_empty());
    if let Some(at) = filled(status) {
        let raw = row.cell(at);
        if strict {
            remarks.add(Code::L1, Some(at), raw);
        } else if !raw.trim().is_empty() {
            return bulk_status(reading, (at, raw), remarks);
        }
    } else if let Some(at) = filled(modified) {
        match strict {
            true => remarks.add(Code::L1, Some(at), row.cell(at)),
            false => remarks.put(Code::D22, Severity::Repaired, Some(at), row.cell(at), 0),
        }
    }
    Fate::Lives
}

fn bulk_status(reading: &Reading, (at, raw): (usize, &str), remarks: &mut Remarks<'_>) -> Fate {
    let is = |status: Status| raw.trim().eq_ignore_ascii_case(status.word());
    match life::status(raw, reading.kind, false) {
        Err(code) => remarks.add(code, Some(at), raw),
        Ok(life) => {
            let known = is(Status::Active) || is(Status::ToBeDeleted);
            remarks.put(if known { Code::D22 } else { Code::D23 }, Severity::Repaired, Some(at), raw, 0);
            if life.status == Status::ToBeDeleted {
                return Fate::NotThere;
            }
        }
    }
    Fate::Lives
}

/// Status and date in a delta file (L2 to L4, V4, D23, D29), and how they
/// stand to what is stored (L5, L6).
pub(super) fn delta(
    (options, store): (&Options, &mut Store<'_>),
    reading: &Reading,
    row: &Row<'_>,
    remarks: &mut Remarks<'_>,
) -> Fate {
    let [status, modified] = reading.status_columns;
    let cell = |at: Option<usize>| at.map_or("", |at| row.cell(at));
    let mut fate = Fate::Lives;
    match (cell(status), life::status(cell(status), reading.kind, options.strict)) {
        (raw, _) if raw.trim().is_empty() => remarks.add(Code::L2, status, raw),
        (raw, Err(code)) => remarks.add(code, status, raw),
        (raw, Ok(life)) => {
            if life.repaired {
                remarks.put(Code::D23, Severity::Repaired, status, raw, 0);
            }
            if life.status == Status::ToBeDeleted {
                fate = Fate::Goes;
            }
        }
    }
    let raw = cell(modified);
    match life::instant(raw, options.strict, &options.zone) {
        _ if raw.trim().is_empty() => remarks.add(Code::L2, modified, raw),
        Err(code) => remarks.add(code, modified, raw),
        Ok((instant, repaired)) => {
            if repaired {
                remarks.put(Code::D29, Severity::Repaired, modified, raw, 0);
            }
            if instant.0 > options.now.0 + AHEAD_MS {
                remarks.add(Code::L4, modified, raw);
            }
            if !remarks.rejected && !options.strict && late(store, reading, (instant.min(options.now), fate), remarks) {
                return Fate::NotThere;
            }
        }
    }
    fate
}

/// L5 and L6: whether the row is older than what is stored, so that it is
/// passed over.
fn late(
    store: &mut Store<'_>,
    reading: &Reading,
    (instant, fate): (Timestamp, Fate),
    remarks: &mut Remarks<'_>,
) -> bool {
    if !store.is_there() {
        return false;
    }
    match store.record(reading.kind, remarks.id) {
        None if fate == Fate::Goes => remarks.add(Code::L6, None, ""),
        Some(stored) if stored.modified > Some(instant) => {
            remarks.add(Code::L5, reading.status_columns[1], "");
            return true;
        }
        _ => {}
    }
    false
}

/// The row with the latest time of those that a delta file has of one record,
/// and its status, if one alone is the latest and it is good (csv.md 3.5).
pub(super) fn latest(reading: &Reading, seen: &Seen, group: &[Suspect]) -> Option<(u32, Status)> {
    let said = |suspect: &Suspect| seen.said.get(&suspect.ordinal).copied();
    let times: Vec<(Timestamp, Status, u32)> =
        group.iter().map(|s| said(s).map(|(status, time)| (time, status, s.ordinal))).collect::<Option<_>>()?;
    let (time, status, row) = *times.iter().max_by_key(|(time, ..)| *time)?;
    let alone = times.iter().filter(|(other, ..)| *other == time).count() == 1;
    (alone && !reading.rejected.has(row)).then_some((row, status))
}

/// Makes the identifier of a record stand for the row that was kept of it.
pub(super) fn stand_for(ids: &mut Ids, id: &str, status: Status) {
    if let Some(number) = ids.find(id) {
        match status {
            Status::Active => ids.restore(number),
            Status::ToBeDeleted => ids.delete(number),
        }
    }
}

/// L7: deleted records to which stored ones refer that the package does not
/// speak of. Rows of the package itself were looked at as they came.
pub(super) fn finish(judging: &mut Judging<'_>) {
    if judging.options.strict {
        return;
    }
    for gone in std::mem::take(&mut judging.gone) {
        let (told, modes, version) = (&judging.told, &judging.modes, judging.version);
        let mut stays = None;
        let mut look = |kind: Kind, id: &str| {
            // What a bulk file lacks goes, too; what is made of other files' rows
            // goes with them.
            let open = modes[kind as usize] != Some(Mode::Bulk) && kind.entity().csv.has(version);
            if open && !told.get(&kind).is_some_and(|ids| ids.contains(&id_digest(id))) {
                stays = Some(kind);
            }
            stays.is_some()
        };
        if judging.store.refers(gone.kind, &gone.id, &mut look)
            && let (Some(kind), Some(severity)) = (stays, judging.report.severity(Code::L7))
        {
            let place = Place { file: Some(gone.file), line: gone.line, column: None };
            let message =
                format!("The record is deleted, but {} that are stored still refer to it.", kind.entity().plural);
            judging.report.say(Code::L7, severity, place, &gone.id, message);
        }
    }
}
