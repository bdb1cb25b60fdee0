//! References within a file, and the chains of parents (R2, R7).

use super::figures;
use super::judging::Judging;
use super::reading::{Pending, Reading};
use super::remarks::Remarks;
use super::rules::Code;
use super::tables::{NONE, State};
use crate::csv::Plan;
use crate::model::Kind;

/// Settles the references of a file to its own rows: what they name must be
/// there, must not lead back, and must not have been rejected.
pub(super) fn settle(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan) {
    let mut pending = std::mem::take(&mut reading.pending);
    pending.sort_unstable_by_key(|p| (p.to, p.from));
    let mut work = cycles(judging, reading, plan, &pending);
    for link in &pending {
        match judging.ids[reading.kind as usize].state(link.to) {
            State::Mentioned if !stored(judging, reading, link.to) => {
                work.extend(reject(judging, reading, plan, link, (Code::R2, 0)));
            }
            State::Deleted => work.extend(reject(judging, reading, plan, link, (Code::L7, 0))),
            _ => {}
        }
    }
    let gone = |state| matches!(state, State::Rejected | State::Skipped);
    let rejected = |judging: &Judging<'_>, n: u32| gone(judging.ids[reading.kind as usize].state(n));
    let mut targets: Vec<u32> = pending.iter().map(|p| p.to).filter(|&to| rejected(judging, to)).collect();
    targets.dedup();
    work.extend(targets);
    // What depends on a rejected row is rejected, too, and what depends on that;
    // but of changes, what is stored of the row stays and is good enough.
    while let Some(target) = work.pop() {
        if stored(judging, reading, target) {
            continue;
        }
        let first = pending.partition_point(|p| p.to < target);
        for link in pending[first..].iter().take_while(|p| p.to == target) {
            work.extend(reject(judging, reading, plan, link, (Code::R2, 1)));
        }
    }
}

/// Whether a record that a row of changes names is live in the store.
fn stored(judging: &mut Judging<'_>, reading: &Reading, number: u32) -> bool {
    let ids = &judging.ids[reading.kind as usize];
    reading.delta && !judging.options.strict && judging.store.has(reading.kind, ids.text(number))
}

/// Remarks on the row that a link comes from, and rejects it if that is an
/// error; its number, if it was good before.
fn reject(
    judging: &mut Judging<'_>,
    reading: &mut Reading,
    plan: &Plan,
    link: &Pending,
    (code, variant): (Code, u8),
) -> Option<u32> {
    let before = *judging.report.found();
    let ids = &mut judging.ids[reading.kind as usize];
    if ids.state(link.from) != State::Good {
        return None;
    }
    let (row, line) = ids.row(link.from);
    let id = ids.text(link.from).to_owned();
    let target = ids.text(link.to).to_owned();
    let report = &mut judging.report;
    let mut remarks = Remarks { report, plan, file: reading.file, line, id: &id, rejected: false };
    remarks.add_variant(code, Some(link.column as usize), &target, variant);
    let rejected = remarks.rejected;
    figures::about(judging, reading.kind, link.from, rejected, &before);
    if !rejected {
        return None;
    }
    judging.ids[reading.kind as usize].reject(link.from);
    reading.reject(row, &id);
    Some(link.from)
}

/// Rejects the rows whose parents lead back to themselves.
fn cycles(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan, pending: &[Pending]) -> Vec<u32> {
    if !matches!(reading.kind, Kind::Org | Kind::AcademicSession) || judging.report.severity(Code::R7).is_none() {
        return Vec::new();
    }
    let count = judging.ids[reading.kind as usize].len();
    let mut parents = vec![NONE; count];
    let mut link_of = vec![NONE; count];
    for (at, link) in pending.iter().enumerate() {
        parents[link.from as usize] = link.to;
        link_of[link.from as usize] = at as u32;
    }
    // 0: not seen, 1: on the way of this walk, 2: done.
    let mut seen = vec![0u8; count];
    let mut found = Vec::new();
    for start in 0..count as u32 {
        let mut way = Vec::new();
        let mut at = start;
        while at != NONE && seen[at as usize] == 0 {
            seen[at as usize] = 1;
            way.push(at);
            at = parents[at as usize];
        }
        if at != NONE && seen[at as usize] == 1 {
            found.extend(way.iter().copied().skip_while(|&n| n != at));
        }
        for n in way {
            seen[n as usize] = 2;
        }
    }
    let mut rejected = Vec::new();
    for number in found {
        let link = pending.get(link_of[number as usize] as usize);
        rejected.extend(link.and_then(|link| reject(judging, reading, plan, link, (Code::R7, 0))));
    }
    rejected
}
