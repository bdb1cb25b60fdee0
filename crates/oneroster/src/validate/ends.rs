//! What can be told only when later files were read: people without roles,
//! classes without teachers, two records of one person (csv.md S5, S7, S8, S28,
//! S30, and our own H2 and H3).

use super::judgement::{FileJudgement, FileState};
use super::judging::Judging;
use super::report::Place;
use super::rules::Code;
use super::semantics::say;
use super::tables::State;
use super::words::{DEPARTMENT, GUARDING, OF_SCHOOLS, SCHOOL, STUDENT};
use crate::at;
use crate::csv::Plan;
use crate::csv::cell::OWN_WORD;
use crate::model::{Kind, Version};
use std::sync::Arc;

/// A file that was read before, to speak of its records.
struct Earlier {
    file: u8,
    plan: Arc<Plan>,
}

fn earlier(judging: &mut Judging<'_>, files: &[FileJudgement], kind: Kind) -> Option<Earlier> {
    let read = files.iter().find(|f| f.kind == kind && f.state == FileState::Judged)?;
    let plan = read.plan.clone()?;
    Some(Earlier { file: judging.report.file(&kind.entity().file_name()), plan })
}

/// Looks back at earlier files once the last of `files` was read.
pub(super) fn after(judging: &mut Judging<'_>, files: &[FileJudgement]) {
    let Some(last) = files.last() else { return };
    if last.state == FileState::Judged {
        look_back(judging, files, last.kind);
    }
    judging.roster.let_go(last.kind);
}

fn look_back(judging: &mut Judging<'_>, files: &[FileJudgement], kind: Kind) {
    let of_people = if judging.version == Version::V1P1 { Kind::User } else { Kind::Role };
    let of = |judging: &mut Judging<'_>, kind| earlier(judging, files, kind);
    if kind == Kind::Role
        && let Some(users) = of(judging, Kind::User)
    {
        people(judging, &users);
    }
    if kind == of_people
        && let Some(users) = of(judging, Kind::User)
    {
        schools(judging, &users);
        agents(judging, &users);
    }
    match kind {
        Kind::Class => {
            if let Some(courses) = of(judging, Kind::Course) {
                lonely(judging, &courses, |judging, n| judging.roster.courses.get(n).is_some_and(|c| !c.has_class));
            }
        }
        Kind::Demographics => {
            if let Some(users) = of(judging, Kind::User) {
                twins(judging, &users);
            }
        }
        Kind::Enrollment => {
            if let Some(classes) = of(judging, Kind::Class) {
                lonely(judging, &classes, |judging, n| judging.roster.classes.get(n).is_some_and(|c| !c.taught));
            }
            if let Some(users) = of(judging, Kind::User) {
                lonely(judging, &users, |judging, n| {
                    judging.roster.users.get(n).is_some_and(|u| u.roles & STUDENT != 0 && !u.enrolled)
                });
            }
        }
        _ => {}
    }
}

fn good(judging: &Judging<'_>, kind: Kind) -> Vec<u32> {
    judging.ids[kind as usize].good().collect()
}

/// S5, S7 and S8: what the roles make of the people.
fn people(judging: &mut Judging<'_>, users: &Earlier) {
    let known = judging.ids[Kind::Org as usize].len() as u32;
    for number in good(judging, Kind::User) {
        let Some(user) = judging.roster.users.get(number as usize).copied() else { continue };
        if user.roles == 0 {
            say(judging, users.file, &users.plan, number, Code::S7, None);
        } else if !user.has_primary {
            say(judging, users.file, &users.plan, number, Code::S8, None);
        }
        if user.primary_org < known && judging.roster.members.binary_search(&(number, user.primary_org)).is_err() {
            say(judging, users.file, &users.plan, number, Code::S5, Some(at!(User.primaryOrg)));
        }
    }
}

/// H3: students and teachers who belong to no school.
fn schools(judging: &mut Judging<'_>, users: &Earlier) {
    if judging.report.severity(Code::H3).is_none() {
        return;
    }
    for number in good(judging, Kind::User) {
        let roster = &judging.roster;
        let of_schools = roster.users.get(number as usize).is_some_and(|u| u.roles & OF_SCHOOLS != 0);
        let is_school = |org: u32| {
            let word = roster.orgs.get(org as usize).map(|org| org.word);
            word.is_none_or(|word| matches!(word, SCHOOL | DEPARTMENT | OWN_WORD))
        };
        if of_schools && !roster.orgs_of(number).iter().any(|(_, org)| is_school(*org)) {
            say(judging, users.file, &users.plan, number, Code::H3, None);
        }
    }
}

/// S28: the agents of students, and whether both sides name each other.
fn agents(judging: &mut Judging<'_>, users: &Earlier) {
    let mut agents = std::mem::take(&mut judging.roster.agents);
    agents.sort_unstable();
    agents.dedup();
    let mut one_sided = 0;
    for &(user, agent) in &agents {
        let ids = &judging.ids[Kind::User as usize];
        if ids.state(user) != State::Good || ids.state(agent) != State::Good {
            continue;
        }
        let roles = |n: u32| judging.roster.users.get(n as usize).map_or(0, |u| u.roles);
        let (own, other) = (roles(user), roles(agent));
        let odd = own & STUDENT != 0 && other != 0 && other & GUARDING == 0;
        one_sided += u64::from(agents.binary_search(&(agent, user)).is_err());
        if odd {
            say(judging, users.file, &users.plan, user, Code::S28, Some(at!(User.agents)));
        }
    }
    if one_sided > 0
        && let Some(severity) = judging.report.severity(Code::S28)
    {
        let place = Place { file: Some(users.file), ..Place::default() };
        let message = format!("{one_sided} times a person names an agent, or a student, who does not name them back.");
        judging.report.say(Code::S28, severity, place, "", message);
    }
}

/// S30: records that nothing belongs to.
fn lonely(judging: &mut Judging<'_>, of: &Earlier, is: impl Fn(&Judging<'_>, usize) -> bool) {
    let Some(severity) = judging.report.severity(Code::S30) else { return };
    let kind = of.plan.kind;
    for number in good(judging, kind) {
        if is(judging, number as usize) {
            let ids = &judging.ids[kind as usize];
            let place = Place { file: Some(of.file), line: ids.row(number).1, column: None };
            let sentence = || match kind {
                Kind::Course => "The course has no class.".to_owned(),
                Kind::Class => "No teacher is enrolled in the class.".to_owned(),
                _ => "The student is not enrolled in any class.".to_owned(),
            };
            judging.report.put(Code::S30, severity, place, ids.text(number), 0, sentence);
        }
    }
}

/// H2: two people of one name and one day of birth.
fn twins(judging: &mut Judging<'_>, users: &Earlier) {
    let mut births = std::mem::take(&mut judging.roster.births);
    births.sort_unstable();
    births.dedup();
    for pair in births.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let ids = &judging.ids[Kind::User as usize];
        if ids.state(pair[0].1) == State::Good && ids.state(pair[1].1) == State::Good {
            say(judging, users.file, &users.plan, pair[1].1, Code::H2, None);
        }
    }
}
