//! Which records are left out because only some schools are wanted, or only
//! some days.
//!
//! What stays is what a grant of the same schools and days makes visible
//! ([`crate::grant::Visible`]), but that sessions and what stands above the schools
//! stay whole, that whoever stays keeps every role there, and that days alone
//! leave nobody out. Identifiers are kept as
//! digests: some tens of bytes a record.

use super::cleanser::Stored;
use crate::at;
use crate::grant::{GUARDIANS, STUDENT};
use crate::model::Kind;
use crate::record::{Record, id_digest};
use crate::time::Date;
use std::collections::{BTreeSet, HashMap, HashSet};

type Id = u64;

/// What is known of a package's records, as far as schools and days need it.
#[derive(Debug, Default)]
pub(super) struct Choice {
    schools: Option<BTreeSet<String>>,
    days: Option<(Date, Date)>,
    /// Each with what it belongs to.
    orgs: HashMap<Id, Option<Id>>,
    /// Each with whether it meets the days.
    sessions: HashMap<Id, bool>,
    classes: HashMap<Id, Class>,
    courses: HashMap<Id, Option<Id>>,
    roles: Vec<Role>,
    /// The class and the person of each enrollment.
    enrolled: Vec<(Id, Id)>,
    /// Each with their agents.
    people: HashMap<Id, Vec<Id>>,
    /// Of changes: orgs and people that are stored, and so were chosen before.
    kept: HashSet<(Kind, Id)>,
}

#[derive(Debug)]
struct Class {
    school: Option<Id>,
    course: Option<Id>,
    terms: Vec<Id>,
}

#[derive(Debug)]
struct Role {
    user: Id,
    org: Id,
    guardian: bool,
    student: bool,
}

impl Choice {
    pub fn new(schools: Option<BTreeSet<String>>, days: Option<(Date, Date)>) -> Choice {
        Choice { schools, days, ..Choice::default() }
    }

    /// Takes a record of the package; one of changes may name what is stored.
    pub fn note(&mut self, record: &Record, changes: bool, stored: Stored<'_>) {
        let own = id_digest(&record.sourced_id);
        let one = |field| record.get(field).map(id_digest);
        match record.kind() {
            Kind::Org => drop(self.orgs.insert(own, one(at!(Org.parent)))),
            Kind::AcademicSession => drop(self.sessions.insert(own, self.meets(record))),
            Kind::Course => drop(self.courses.insert(own, one(at!(Course.org)))),
            Kind::Class => {
                self.known(Kind::Org, record.get(at!(Class.school)), changes, stored);
                for term in record.list(at!(Class.terms)) {
                    self.known(Kind::AcademicSession, Some(term), changes, stored);
                }
                let terms = record.list(at!(Class.terms)).map(id_digest).collect();
                let class = Class { school: one(at!(Class.school)), course: one(at!(Class.course)), terms };
                self.classes.insert(own, class);
            }
            Kind::Role => {
                self.known(Kind::Org, record.get(at!(Role.org)), changes, stored);
                let word = record.get(at!(Role.role)).unwrap_or_default();
                let (guardian, student) = (GUARDIANS.contains(&word), word == STUDENT);
                if let (Some(user), Some(org)) = (one(at!(Role.user)), one(at!(Role.org))) {
                    self.roles.push(Role { user, org, guardian, student });
                }
            }
            Kind::User => {
                self.people.insert(own, record.list(at!(User.agents)).map(id_digest).collect());
                if changes && self.schools.is_some() && stored(Kind::User, &record.sourced_id).is_some() {
                    self.kept.insert((Kind::User, own));
                }
            }
            Kind::Enrollment => self.enrolled.extend(one(at!(Enrollment.class)).zip(one(at!(Enrollment.user)))),
            _ => {}
        }
    }

    /// Looks up what a record of changes names and the package does not have.
    fn known(&mut self, kind: Kind, id: Option<&str>, changes: bool, stored: Stored<'_>) {
        let Some(id) = id.filter(|_| changes) else { return };
        let digest = id_digest(id);
        if kind == Kind::Org {
            if !self.orgs.contains_key(&digest) && stored(kind, id).is_some() {
                self.kept.insert((kind, digest));
            }
        } else if !self.sessions.contains_key(&digest)
            && let Some(session) = stored(kind, id)
        {
            let meets = self.meets(&session);
            self.sessions.insert(digest, meets);
        }
    }

    fn meets(&self, session: &Record) -> bool {
        let Some((from, to)) = self.days else { return true };
        let day = |field| session.get(field).and_then(Date::parse);
        let (first, end) = (day(at!(AcademicSession.startDate)), day(at!(AcademicSession.endDate)));
        // The end is the day after the last one.
        first.is_some_and(|day| day <= to) && end.is_some_and(|day| day > from)
    }

    /// Chosen schools that the package does not have.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let there = |id: &&String| {
            let digest = id_digest(id);
            self.orgs.contains_key(&digest) || self.kept.contains(&(Kind::Org, digest))
        };
        self.schools.iter().flatten().filter(move |id| !there(id)).map(String::as_str)
    }

    /// Which records are left out: whether because of their school.
    pub fn decide(&self) -> HashMap<(Kind, Id), bool> {
        let mut out = HashMap::new();
        let full = self.full();
        let seen = self.above(&full);
        let kept = |org: &Id| self.kept.contains(&(Kind::Org, *org));
        let chosen = self.schools.is_some();
        out.extend(self.orgs.keys().filter(|org| !seen.contains(org)).map(|org| ((Kind::Org, *org), true)));
        out.extend(
            self.sessions.iter().filter(|(_, meets)| !**meets).map(|(id, _)| ((Kind::AcademicSession, *id), false)),
        );
        let mut used = HashSet::new();
        for (id, class) in &self.classes {
            let here = !chosen || class.school.is_none_or(|school| full.contains(&school) || kept(&school));
            let now = self.days.is_none() || class.terms.iter().any(|term| self.sessions.get(term) == Some(&true));
            if here && now {
                used.extend(class.course);
            } else {
                out.insert((Kind::Class, *id), !here);
            }
        }
        if chosen {
            let away = |org: &Option<Id>| org.is_some_and(|org| !seen.contains(&org) && !kept(&org));
            let unused = self.courses.iter().filter(|(id, org)| away(org) && !used.contains(*id));
            out.extend(unused.map(|(id, _)| ((Kind::Course, *id), true)));
            let people = self.present(&full, &seen, &out);
            let gone = |id: &&Id| !people.contains(*id) && !self.kept.contains(&(Kind::User, **id));
            out.extend(self.people.keys().filter(gone).map(|id| ((Kind::User, *id), true)));
        }
        out
    }

    /// Chosen schools and what lies below them; all if none are chosen.
    fn full(&self) -> HashSet<Id> {
        let Some(schools) = &self.schools else { return self.orgs.keys().copied().collect() };
        let mut children: HashMap<Id, Vec<Id>> = HashMap::new();
        for (id, parent) in &self.orgs {
            children.entry(parent.unwrap_or_default()).or_default().push(*id);
        }
        let mut full = HashSet::new();
        let mut next: Vec<Id> =
            schools.iter().map(|id| id_digest(id)).filter(|id| self.orgs.contains_key(id)).collect();
        while let Some(org) = next.pop() {
            if full.insert(org) {
                next.extend(children.get(&org).into_iter().flatten());
            }
        }
        full
    }

    /// Adds what stands above.
    fn above(&self, full: &HashSet<Id>) -> HashSet<Id> {
        let mut seen = full.clone();
        for org in full {
            let mut here = *org;
            while let Some(Some(parent)) = self.orgs.get(&here) {
                if !self.orgs.contains_key(parent) || !seen.insert(*parent) {
                    break;
                }
                here = *parent;
            }
        }
        seen
    }

    /// The people of the chosen schools: by a role there or a class, and as
    /// guardians of students there.
    fn present(&self, full: &HashSet<Id>, seen: &HashSet<Id>, out: &HashMap<(Kind, Id), bool>) -> HashSet<Id> {
        let kept = |org: &Id| self.kept.contains(&(Kind::Org, *org));
        let mut reasons: HashSet<Id> = HashSet::new();
        let taken = self.enrolled.iter().filter(|(class, _)| !out.contains_key(&(Kind::Class, *class)));
        reasons.extend(taken.map(|(_, user)| *user));
        let at = |role: &&Role| full.contains(&role.org) || kept(&role.org);
        reasons.extend(self.roles.iter().filter(|role| !role.guardian).filter(at).map(|role| role.user));
        let stands = |role: &&Role| seen.contains(&role.org) || kept(&role.org);
        let mut people = HashSet::new();
        let mut agents = HashSet::new();
        for role in self.roles.iter().filter(stands).filter(|role| !role.guardian && reasons.contains(&role.user)) {
            people.insert(role.user);
            if role.student {
                agents.extend(self.people.get(&role.user).into_iter().flatten().copied());
            }
        }
        let guardians = self.roles.iter().filter(stands).filter(|role| role.guardian && agents.contains(&role.user));
        people.extend(guardians.map(|role| role.user));
        people
    }
}
