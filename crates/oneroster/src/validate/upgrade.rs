//! What 1.0 does not say, or says otherwise: notes on what was derived,
//! translated and left out (csv.md 6.2).

use super::judging::Judging;
use super::lifecycle::Fate;
use super::reading::Reading;
use super::remarks::Remarks;
use super::report::Place;
use super::roster::DEPTH;
use super::rules::{Code, Severity};
use super::tables::NONE;
use super::words::SCHOOL_YEAR;
use crate::at;
use crate::csv::v1p0::Translation;
use crate::csv::{Derived, Row, life, v1p0};
use crate::model::Kind;
use crate::record::Status;
use crate::time::{Date, Timestamp};

/// Status and date of a row of 1.0, whose rows may say of themselves that they
/// are inactive or to be deleted; and roles that 1.1 has no word for.
pub(super) fn fate(reading: &mut Reading, row: &Row<'_>, remarks: &mut Remarks<'_>, strict: bool) -> Fate {
    let [status, modified] = reading.status_columns;
    let cell = |at: Option<usize>| at.map_or("", |at| row.cell(at));
    dated(reading, (modified, cell(modified)), remarks, strict);
    if reading.kind == Kind::Enrollment {
        let at = remarks.column(at!(Enrollment.role));
        let role = cell(at).trim();
        let taken = at.and_then(|at| remarks.plan.columns.get(at)).is_some_and(|c| c.translation == Translation::Aide);
        if taken && v1p0::is_aide(role) {
            remarks.put(Code::U3, Severity::Repaired, at, role, 2);
        } else if v1p0::LOST_ROLES.iter().any(|lost| lost.eq_ignore_ascii_case(role)) {
            remarks.put(Code::U3, Severity::Warning, at, role, 0);
            return Fate::NotThere;
        }
    }
    let raw = cell(status);
    if raw.trim().is_empty() {
        return Fate::Lives;
    }
    let exact = [Status::Active.word(), Status::ToBeDeleted.word(), life::INACTIVE].contains(&raw);
    let life = match life::status(raw, reading.kind, false) {
        Ok(life) if exact || !strict => life,
        _ => {
            remarks.add(Code::L3, status, raw);
            return Fate::Lives;
        }
    };
    if life.repaired {
        remarks.put(Code::D23, if strict { Severity::Info } else { Severity::Repaired }, status, raw, 0);
    }
    if life.status == Status::ToBeDeleted { Fate::NotThere } else { Fate::Lives }
}

/// The date of a row: a whole state has none, so it is left out.
fn dated(reading: &mut Reading, (at, raw): (Option<usize>, &str), remarks: &mut Remarks<'_>, strict: bool) {
    if raw.trim().is_empty() {
        return;
    }
    if Date::parse(raw.trim()).is_none() && Timestamp::parse(raw.trim()).is_none() {
        remarks.put(Code::V4, if strict { Severity::Error } else { Severity::Warning }, at, raw, 0);
    } else if once(reading, at) {
        remarks.put(Code::U3, Severity::Info, at, "", 1);
    }
}

/// Whether something is said of a column for the first time.
pub(super) fn once(reading: &mut Reading, at: Option<usize>) -> bool {
    let bit = 1u64 << at.unwrap_or(63).min(63);
    let first = reading.said & bit == 0;
    reading.said |= bit;
    first
}

/// What a row lacks that every record of 1.1 has.
pub(super) fn row(derived: &Derived, reading: &Reading, row: &Row<'_>, remarks: &mut Remarks<'_>) {
    if reading.kind != Kind::Course {
        return;
    }
    let at = remarks.column(at!(Course.org));
    if at.is_some_and(|at| !row.cell(at).trim().is_empty()) {
        return;
    }
    match derived.root {
        Some(_) => remarks.put(Code::U1, Severity::Info, at, "", 0),
        None => remarks.add(Code::V1, at, ""),
    }
}

/// Derives from a file of 1.0 what the files after it, or its own records, need.
pub(super) fn settle(judging: &mut Judging<'_>, reading: &Reading) {
    let note = match reading.kind {
        Kind::Org => {
            let ids = &judging.ids[Kind::Org as usize];
            let roots = ids.good().filter(|n| judging.roster.orgs.get(*n as usize).is_some_and(|o| o.parent == NONE));
            judging.derived.root = roots.min_by_key(|n| ids.row(*n)).map(|n| ids.text(n).to_owned());
            return;
        }
        Kind::AcademicSession => {
            years(judging);
            "schoolYear is not in the file; it was derived from the dates of the school years."
        }
        Kind::User => "enabledUser is not in the file; everyone but inactive people is taken for enabled.",
        _ => return,
    };
    let place = Place { file: Some(reading.file), line: 0, column: None };
    judging.report.say(Code::U1, Severity::Info, place, "", note.to_owned());
}

/// The school year of every session: that of the year around it, or else of
/// its own end.
fn years(judging: &mut Judging<'_>) {
    let good: Vec<u32> = judging.ids[Kind::AcademicSession as usize].good().collect();
    for number in good {
        let sessions = &judging.roster.sessions;
        let Some(own) = sessions.get(number as usize).copied() else { continue };
        let mut around = own;
        for _ in 0..DEPTH {
            match sessions.get(around.parent as usize) {
                Some(parent) if around.word != SCHOOL_YEAR => around = *parent,
                _ => break,
            }
        }
        let year = match (around.word == SCHOOL_YEAR, around.end, own.end) {
            (true, Some(end), _) => end.ymd().0,
            (_, _, Some(end)) => end.school_year(),
            _ => continue,
        };
        let id = judging.ids[Kind::AcademicSession as usize].text(number).to_owned();
        judging.derived.years.insert(id, year);
        if let Some(session) = judging.roster.sessions.get_mut(number as usize) {
            session.year = u16::try_from(year).unwrap_or(0);
        }
    }
}
