//! Rules of csv.md 5.6 that need a whole file: trees, memberships, and who is
//! in a class more than once.

use super::enrolled::Enrolled;
use super::figures;
use super::judging::Judging;
use super::look::Seen;
use super::reading::Reading;
use super::remarks::Remarks;
use super::rules::Code;
use crate::at;
use crate::csv::Plan;
use crate::model::vocabulary::{ORG_TYPE, SESSION_TYPE};
use crate::model::{Kind, Slot, Version};
use crate::time::Date;

/// The rows that the rules of a whole file may want to speak of.
pub(super) fn wanted(judging: &mut Judging<'_>, reading: &Reading) -> Vec<u32> {
    if reading.kind != Kind::Enrollment {
        return Vec::new();
    }
    let roster = &mut judging.roster;
    roster.together = roster.enrolled.meeting();
    roster.leads.sort_unstable_by_key(|e| (e.key, e.begin, e.row));
    [&roster.together, &roster.leads].into_iter().flat_map(|entries| together(entries, |_| true)).collect()
}

/// Looks at a file as a whole, once its rows and links are settled.
pub(super) fn settle(judging: &mut Judging<'_>, reading: &Reading, plan: &Plan, seen: &Seen) {
    match reading.kind {
        Kind::Org => orgs(judging, reading, plan),
        Kind::AcademicSession => sessions(judging, reading, plan),
        Kind::User if judging.version == Version::V1P1 => judging.roster.settle_members(),
        Kind::Role => judging.roster.settle_members(),
        Kind::Enrollment => enrollments(judging, reading, plan, seen),
        _ => {}
    }
}

/// Adds a finding about a record that others refer to.
pub(super) fn say(judging: &mut Judging<'_>, file: u8, plan: &Plan, number: u32, code: Code, field: Option<u8>) {
    let before = *judging.report.found();
    let ids = &judging.ids[plan.kind as usize];
    let (_, line) = ids.row(number);
    let mut remarks = Remarks { report: &mut judging.report, plan, file, line, id: ids.text(number), rejected: false };
    let column = field.and_then(|f| plan.position(Slot::Own(f)));
    remarks.add(code, column, "");
    figures::about(judging, plan.kind, number, false, &before);
}

/// The place of an org type in the order of csv.md S23, outermost first.
fn org_rank(word: u8) -> Option<usize> {
    const ORDER: [&str; 6] = ["national", "state", "local", "district", "school", "department"];
    let text = ORG_TYPE.words.get(word as usize)?.text;
    ORDER.iter().position(|w| *w == text)
}

/// The place of a session type in the order of csv.md S18, outermost first.
fn session_rank(word: u8) -> Option<usize> {
    const ORDER: [&str; 4] = ["schoolYear", "semester", "term", "gradingPeriod"];
    let text = SESSION_TYPE.words.get(word as usize)?.text;
    ORDER.iter().position(|w| *w == text)
}

fn orgs(judging: &mut Judging<'_>, reading: &Reading, plan: &Plan) {
    let good: Vec<u32> = judging.ids[Kind::Org as usize].good().collect();
    let mut roots = 0;
    for &number in &good {
        let Some(org) = judging.roster.orgs.get(number as usize).copied() else { continue };
        let Some(parent) = judging.roster.orgs.get(org.parent as usize) else {
            roots += 1;
            continue;
        };
        if org_rank(parent.word).zip(org_rank(org.word)).is_some_and(|(above, own)| above > own) {
            say(judging, reading.file, plan, number, Code::S23, Some(at!(Org.parent)));
        }
    }
    if roots > 1 {
        let report = &mut judging.report;
        let mut remarks = Remarks { report, plan, file: reading.file, line: 0, id: "", rejected: false };
        remarks.add(Code::S24, None, "");
    }
}

fn sessions(judging: &mut Judging<'_>, reading: &Reading, plan: &Plan) {
    let good: Vec<u32> = judging.ids[Kind::AcademicSession as usize].good().collect();
    for &number in &good {
        let Some(own) = judging.roster.sessions.get(number as usize).copied() else { continue };
        let mut found = Vec::new();
        if let Some(parent) = judging.roster.sessions.get(own.parent as usize) {
            let outside = |a: Option<Date>, b: Option<Date>| a.zip(b).is_some_and(|(a, b)| a < b);
            if outside(own.start, parent.start) || outside(parent.end, own.end) {
                found.push((Code::S17, at!(AcademicSession.endDate)));
            }
            let reversed = session_rank(parent.word).zip(session_rank(own.word)).is_some_and(|(p, o)| p > o);
            if reversed || session_rank(own.word) == Some(0) {
                found.push((Code::S18, at!(AcademicSession.parent)));
            }
            if parent.year != own.year {
                found.push((Code::S19, at!(AcademicSession.schoolYear)));
            }
        } else if session_rank(own.word) == Some(0)
            && own.end.is_some_and(|end| end.plus(-1).ymd().0 != i32::from(own.year))
        {
            found.push((Code::S19, at!(AcademicSession.schoolYear)));
        }
        for (code, field) in found {
            say(judging, reading.file, plan, number, code, Some(field));
        }
    }
    last_days(judging, reading, plan, &good);
}

/// D57: sessions of one parent that leave out one day between them.
fn last_days(judging: &mut Judging<'_>, reading: &Reading, plan: &Plan, good: &[u32]) {
    let sessions = &judging.roster.sessions;
    let days = |&n: &u32| {
        let session = sessions.get(n as usize)?;
        Some((session.parent, session.word, session.start?, session.end?, n))
    };
    let mut order: Vec<_> = good.iter().filter_map(days).collect();
    order.sort_unstable();
    let gaps: Vec<u32> = order
        .windows(2)
        .filter(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1) && w[0].3.plus(1) == w[1].2)
        .map(|w| w[0].4)
        .collect();
    for number in gaps {
        say(judging, reading.file, plan, number, Code::D57, Some(at!(AcademicSession.endDate)));
    }
}

/// S12, S15 and D46: entries of one key at the same time.
fn enrollments(judging: &mut Judging<'_>, reading: &Reading, plan: &Plan, seen: &Seen) {
    if judging.sent(Kind::Result) || judging.sent(Kind::UserResource) {
        judging.roster.keep_enrolled(|row| reading.stands(row));
    }
    for (code, field, entries) in [
        (Code::S15, at!(Enrollment.user), std::mem::take(&mut judging.roster.together)),
        (Code::S12, at!(Enrollment.primary), std::mem::take(&mut judging.roster.leads)),
    ] {
        let column = plan.position(Slot::Own(field));
        for row in together(&entries, |row| reading.stands(row)) {
            let Some((line, id)) = seen.rows.get(&row) else { continue };
            let report = &mut judging.report;
            let mut remarks = Remarks { report, plan, file: reading.file, line: *line, id, rejected: false };
            remarks.add(code, column, "");
            if code == Code::S15 {
                judging.tally.add(Code::D46, column, *line);
            }
        }
    }
}

/// The rows of sorted entries that begin before an earlier one of the same key
/// ends.
fn together(entries: &[Enrolled], stands: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut rows = Vec::new();
    let mut last: Option<(u64, i16)> = None;
    // Most keys stand alone; only where two meet is it asked whether rows stand.
    for (at, entry) in entries.iter().enumerate() {
        let alone = entries.get(at + 1).is_none_or(|next| next.key != entry.key)
            && last.is_none_or(|(key, _)| key != entry.key);
        if alone || !stands(entry.row) {
            continue;
        }
        match last {
            Some((key, end)) if key == entry.key => {
                if entry.begin < end {
                    rows.push(entry.row);
                }
                last = Some((key, end.max(entry.end)));
            }
            _ => last = Some((entry.key, entry.end)),
        }
    }
    rows
}
