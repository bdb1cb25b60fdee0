//! Identifiers that stand in a file more than once (R1, D36, D36b, D36c, D47),
//! and those that differ only by case (R5).

use super::judging::Judging;
use super::lifecycle;
use super::look::{Seen, Suspect};
use super::reading::Reading;
use super::remarks::Remarks;
use super::rules::{Code, Severity};
use crate::at;
use crate::csv::Plan;
use crate::csv::cell;
use crate::model::{Kind, Slot, Version};
use hashbrown::HashSet;

/// The columns in which the rows of one 1.1 person may differ: orgs and role.
pub(super) fn apart(plan: &Plan) -> Option<[usize; 2]> {
    if (plan.kind, plan.version) != (Kind::User, Version::V1P1) {
        return None;
    }
    let position = |field| plan.position(Slot::Own(field));
    Some([position(at!(User.orgs))?, position(at!(User.role))?])
}

/// Notes which identifiers seem to be there more than once, and returns the
/// rows that R5 wants to know of.
pub(super) fn suspects(judging: &Judging<'_>, reading: &mut Reading) -> HashSet<u32> {
    let mut met: Vec<u64> = reading.digests.meeting(|digest| Some(*digest)).into_iter().map(|(_, one)| one).collect();
    met.sort_unstable();
    reading.suspects.extend(met.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]));
    let mut folded = std::mem::take(&mut reading.folded);
    if folded.is_empty() || judging.report.severity(Code::R5).is_none() {
        return HashSet::new();
    }
    folded.sort_unstable();
    let ids = &judging.ids[reading.kind as usize];
    let asked = |digest: &u64| folded.binary_search_by_key(digest, |(folded, _)| *folded).is_ok();
    let there: HashSet<u64> = reading.digests.iter().filter(asked).collect();
    let known = |digest: u64| if reading.keeps_ids { ids.has_digest(digest) } else { there.contains(&digest) };
    let mut wanted: HashSet<u32> = folded.windows(2).filter(|w| w[0].0 == w[1].0).map(|w| w[1].1).collect();
    wanted.extend(folded.iter().filter(|(digest, _)| known(*digest)).map(|(_, row)| *row));
    wanted
}

/// Judges what was seen at the second look.
pub(super) fn settle(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan, seen: &Seen, cases: &HashSet<u32>) {
    for group in seen.suspects.chunk_by(|a, b| a.digest == b.digest).filter(|group| group.len() > 1) {
        group_of(judging, reading, plan, seen, group);
    }
    for row in cases.iter().filter(|row| reading.stands(**row)) {
        let Some((line, id)) = seen.rows.get(row) else { continue };
        let report = &mut judging.report;
        let mut remarks = Remarks { report, plan, file: reading.file, line: *line, id, rejected: false };
        remarks.add(Code::R5, Some(reading.id_column), id);
    }
}

/// What copies of an identifier are to each other.
fn nature(seen: &Seen, group: &[Suspect], strict: bool) -> Code {
    let same = |of: &dyn Fn(&Suspect) -> Option<u64>| {
        let first = of(&group[0]);
        first.is_some() && group.iter().all(|s| of(s) == first)
    };
    match () {
        () if strict => Code::R1,
        () if same(&|s| Some(s.content)) => Code::D36,
        () if same(&|s| seen.people.get(&s.ordinal).map(|p| p.but_orgs)) => Code::D36b,
        () if same(&|s| seen.people.get(&s.ordinal).map(|p| p.but_role)) => Code::D47,
        () => Code::D36c,
    }
}

fn group_of(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan, seen: &Seen, group: &[Suspect]) {
    let (id, at) = (seen.id(&group[0]), Some(reading.id_column));
    let code = nature(seen, group, judging.options.strict);
    if reading.delta && !matches!(code, Code::D36 | Code::R1) && keep_latest(judging, reading, plan, seen, group) {
        return;
    }
    let mut remarks = Remarks { report: &mut judging.report, plan, file: reading.file, line: 0, id, rejected: false };
    let copies = matches!(code, Code::D36 | Code::D36b);
    // Copies of one row are one record; the strict letter knows no copies.
    let spare = if copies || code == Code::R1 { &group[1..] } else { group };
    for suspect in spare {
        remarks.line = suspect.line;
        if copies {
            remarks.put(code, Severity::Repaired, at, id, 0);
            if !reading.rejected.has(suspect.ordinal) {
                reading.skipped.insert(suspect.ordinal);
            }
        } else {
            remarks.add(code, at, id);
            reading.reject(suspect.ordinal, id);
        }
    }
    if code == Code::D36b {
        join(judging, reading, seen, group);
    } else if !copies && code != Code::R1 {
        let ids = &mut judging.ids[reading.kind as usize];
        if let Some(number) = ids.find(id) {
            ids.reject(number);
        }
    }
}

/// Of rows of changes that differ, keeps the one with the latest time; whether
/// there is one.
fn keep_latest(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan, seen: &Seen, group: &[Suspect]) -> bool {
    let Some((kept, status)) = lifecycle::latest(reading, seen, group) else { return false };
    let id = seen.id(&group[0]);
    let mut remarks = Remarks { report: &mut judging.report, plan, file: reading.file, line: 0, id, rejected: false };
    for suspect in group.iter().filter(|suspect| suspect.ordinal != kept) {
        remarks.line = suspect.line;
        remarks.put(Code::D36, Severity::Repaired, Some(reading.id_column), id, 1);
        if !reading.rejected.has(suspect.ordinal) {
            reading.skipped.insert(suspect.ordinal);
        }
    }
    lifecycle::stand_for(&mut judging.ids[reading.kind as usize], id, status);
    true
}

/// Gives the first row of a person the orgs of all (csv.md D36b), in the order
/// of their appearance.
fn join(judging: &mut Judging<'_>, reading: &mut Reading, seen: &Seen, group: &[Suspect]) {
    let mut orgs: Vec<&str> = Vec::new();
    for person in group.iter().filter(|s| !reading.rejected.has(s.ordinal)).filter_map(|s| seen.people.get(&s.ordinal))
    {
        for org in person.orgs.split(',').map(|org| cell::key(org, false)).filter(|org| !org.is_empty()) {
            if !orgs.contains(&org) {
                orgs.push(org);
            }
        }
    }
    let known = &judging.ids[Kind::Org as usize];
    if let Some(user) = judging.ids[Kind::User as usize].find(seen.id(&group[0])) {
        judging.roster.members.extend(orgs.iter().filter_map(|org| known.find(org)).map(|org| (user, org)));
    }
    reading.merged.insert(group[0].ordinal, orgs.join(","));
}
