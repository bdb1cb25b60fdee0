//! What rostering rows leave behind for the rules of csv.md 5.6, and the rules
//! that one row can break by itself.
//!
//! Everything is kept by the small numbers of identifiers; an enrollment leaves
//! sixteen bytes.

use super::judging::{Reading, Remarks, Values, wanted_types};
use super::rules::Code;
use super::tables::{Ids, NONE};
use crate::at;
use crate::csv::Row;
use crate::csv::cell::{self, OWN_WORD};
use crate::model::vocabulary::{ENROLLMENT_ROLE, ORG_TYPE, ROLE_TYPE, SESSION_TYPE, USER_ROLE};
use crate::model::{Kind, Slot, Vocabulary, same};
use crate::record::id_digest;
use crate::time::Date;
use hashbrown::HashSet;

/// The position of a word in its vocabulary, checked at compile time.
pub(super) const fn word(vocabulary: &Vocabulary, text: &str) -> u8 {
    let mut i = 0;
    while !same(vocabulary.words[i].text, text) {
        i += 1;
    }
    i as u8
}

const fn bit(text: &str) -> u32 {
    1 << word(&USER_ROLE, text)
}

/// The bit of roles of the deployment's own.
pub(super) const OWN_ROLE: u32 = 1 << 31;
/// The bit of students.
pub(super) const STUDENT: u32 = bit("student");
const TEACHING: u32 = bit("teacher")
    | bit("aide")
    | bit("proctor")
    | bit("counselor")
    | bit("principal")
    | bit("administrator")
    | bit("districtAdministrator")
    | bit("siteAdministrator")
    | bit("systemAdministrator");
const SCHOOL_YEAR: u8 = word(&SESSION_TYPE, "schoolYear");
const PRIMARY: u8 = word(&ROLE_TYPE, "primary");
const ENROLLED_STUDENT: u8 = word(&ENROLLMENT_ROLE, "student");
const ENROLLED_TEACHER: u8 = word(&ENROLLMENT_ROLE, "teacher");

#[derive(Clone, Copy, Debug)]
pub(super) struct Org {
    pub word: u8,
    pub parent: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub word: u8,
    pub parent: u32,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub year: u16,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    pub school: u32,
    start: Option<Date>,
    end: Option<Date>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    pub roles: u32,
    pub primary_org: u32,
    pub has_primary: bool,
    enabled: bool,
    /// The first of the person's orgs, most often the only one; here, so that
    /// an enrollment need not look further.
    pub first_org: u32,
}

/// An enrollment: person, class and role in one number, its row, its days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enrolled {
    pub key: u64,
    pub row: u32,
    pub begin: i16,
    pub end: i16,
}

/// What the rows of the rostering files leave.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pub orgs: Vec<Org>,
    pub sessions: Vec<Session>,
    pub classes: Vec<Class>,
    pub users: Vec<User>,
    profiles: Vec<u32>,
    /// Person and org, sorted once all are known.
    pub members: Vec<(u32, u32)>,
    /// Where the orgs of a person begin in `members`.
    pub member_starts: Vec<u32>,
    primaries: HashSet<u64>,
    usernames: HashSet<u64>,
    emails: HashSet<u64>,
    pub enrolled: Vec<Enrolled>,
    /// Lead teachers: `key` is the class.
    pub leads: Vec<Enrolled>,
    /// Person and class of every enrollment, sorted, if a later file asks.
    pub in_class: Vec<u64>,
    /// The words of a person's enrollments, as bits, if a later file asks.
    pub enrolled_roles: Vec<u32>,
}

pub(super) fn put<T: Copy>(table: &mut Vec<T>, number: u32, value: T, blank: T) {
    if number == NONE {
        return;
    }
    if table.len() <= number as usize {
        table.resize(number as usize + 1, blank);
    }
    table[number as usize] = value;
}

/// Days since 2000, in the range that two bytes have; `none` if there is none.
fn short(day: Option<Date>, none: i16) -> i16 {
    day.map_or(none, |d| (d.0 - 10_957).clamp(i32::from(i16::MIN) + 1, i32::from(i16::MAX) - 1) as i16)
}

/// Looks at a row whose cells are good by themselves.
pub(super) fn row(
    roster: &mut Roster,
    ids: &[Ids],
    reading: &mut Reading,
    row: &Row<'_>,
    (ordinal, number): (u32, Option<u32>),
    remarks: &mut Remarks<'_>,
) {
    let number = number.unwrap_or(NONE);
    let values = &reading.values;
    match reading.kind {
        Kind::Org => {
            let org = Org { word: values.words[at!(Org.type) as usize], parent: values.refs[at!(Org.parent) as usize] };
            put(&mut roster.orgs, number, org, Org { word: OWN_WORD, parent: NONE });
        }
        Kind::AcademicSession => roster.session(values, row, number, remarks),
        Kind::Course => {
            roster.type_of_session(values, at!(Course.schoolYear), Code::S3, remarks);
        }
        Kind::Class => roster.class(values, number, remarks),
        Kind::User => roster.user(values, row, number, remarks),
        Kind::UserProfile => put(&mut roster.profiles, number, values.refs[at!(UserProfile.user) as usize], NONE),
        Kind::Role => roster.role(values, remarks),
        Kind::Demographics => roster.demographics(ids, remarks),
        Kind::Enrollment => roster.enrollment(values, ordinal, remarks),
        _ => {}
    }
}

pub(super) fn column(remarks: &Remarks<'_>, field: u8) -> Option<usize> {
    remarks.plan.position(Slot::Own(field))
}

impl Roster {
    fn session(&mut self, values: &Values, row: &Row<'_>, number: u32, remarks: &mut Remarks<'_>) {
        let start = values.days[at!(AcademicSession.startDate) as usize];
        let end = values.days[at!(AcademicSession.endDate) as usize];
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            remarks.add(Code::S16, column(remarks, at!(AcademicSession.endDate)), "");
        }
        let year = column(remarks, at!(AcademicSession.schoolYear)).map_or("", |at| row.cell(at).trim());
        let year = year.get(year.len().saturating_sub(4)..).and_then(|y| y.parse().ok()).unwrap_or(0);
        let (word, parent) =
            (values.words[at!(AcademicSession.type) as usize], values.refs[at!(AcademicSession.parent) as usize]);
        let blank = Session { word: OWN_WORD, parent: NONE, start: None, end: None, year: 0 };
        put(&mut self.sessions, number, Session { word, parent, start, end, year }, blank);
    }

    /// S1, S2: an org that should be a school.
    fn type_of_org(&self, values: &Values, kind: Kind, field: u8, code: Code, remarks: &mut Remarks<'_>) {
        let Some(org) = self.orgs.get(values.refs[field as usize] as usize) else { return };
        let wanted = wanted_types(kind, field);
        if org.word != OWN_WORD && !wanted.contains(&ORG_TYPE.words[org.word as usize].text) {
            remarks.add(code, column(remarks, field), "");
        }
    }

    /// S3: a session that should be a school year.
    fn type_of_session(&self, values: &Values, field: u8, code: Code, remarks: &mut Remarks<'_>) {
        let Some(session) = self.sessions.get(values.refs[field as usize] as usize) else { return };
        let wanted = wanted_types(Kind::Course, field);
        if session.word != OWN_WORD && !wanted.contains(&SESSION_TYPE.words[session.word as usize].text) {
            remarks.add(code, column(remarks, field), "");
        }
    }

    fn class(&mut self, values: &Values, number: u32, remarks: &mut Remarks<'_>) {
        self.type_of_org(values, Kind::Class, at!(Class.school), Code::S1, remarks);
        let mut class = Class { school: values.refs[at!(Class.school) as usize], start: None, end: None };
        let terms = || values.list(at!(Class.terms)).filter_map(|term| self.sessions.get(term as usize));
        class.start = terms().filter_map(|t| t.start).min();
        class.end = terms().filter_map(|t| t.end).max();
        if terms().any(|term| term.word == SCHOOL_YEAR) {
            remarks.add(Code::S20, column(remarks, at!(Class.terms)), "");
        }
        put(&mut self.classes, number, class, Class { school: NONE, start: None, end: None });
    }

    fn user(&mut self, values: &Values, row: &Row<'_>, number: u32, remarks: &mut Remarks<'_>) {
        let role = values.words[at!(User.role) as usize];
        let user = User {
            roles: role_bit(role),
            primary_org: values.refs[at!(User.primaryOrg) as usize],
            has_primary: false,
            enabled: values.flags[at!(User.enabledUser) as usize] != Some(false),
            first_org: NONE,
        };
        put(&mut self.users, number, user, User { roles: 0, primary_org: NONE, ..user });
        self.members.extend(values.list(at!(User.orgs)).map(|org| (number, org)));
        let [name_at, email_at] = [at!(User.username), at!(User.email)].map(|field| column(remarks, field));
        let text = |at: Option<usize>| at.map_or("", |at| cell::key(row.cell(at), false));
        let (name, email) = (text(name_at), text(email_at));
        if repeated(&mut self.usernames, name) {
            remarks.add(Code::S25, name_at, name);
        }
        if repeated(&mut self.emails, email) {
            remarks.add(Code::S26, email_at, email);
        }
        if name.contains('@') && !email.is_empty() && !name.eq_ignore_ascii_case(email) {
            remarks.add(Code::S32, name_at, name);
        }
    }

    fn role(&mut self, values: &Values, remarks: &mut Remarks<'_>) {
        let [user, org] = [at!(Role.user), at!(Role.org)].map(|field| values.refs[field as usize]);
        let profile = values.refs[at!(Role.userProfile) as usize];
        if self.profiles.get(profile as usize).is_some_and(|&owner| owner != user) {
            remarks.add(Code::S6, column(remarks, at!(Role.userProfile)), "");
            return;
        }
        let days = (values.days[at!(Role.beginDate) as usize], values.days[at!(Role.endDate) as usize]);
        if before(days) {
            remarks.add(Code::S14, column(remarks, at!(Role.endDate)), "");
        }
        let primary = values.words[at!(Role.roleType) as usize] == PRIMARY;
        if primary && !self.primaries.insert(u64::from(user) << 32 | u64::from(org)) {
            remarks.add(Code::S4, column(remarks, at!(Role.roleType)), "");
        }
        if let Some(person) = self.users.get_mut(user as usize) {
            person.roles |= role_bit(values.words[at!(Role.role) as usize]);
            person.has_primary |= primary;
            self.members.push((user, org));
        }
    }

    fn demographics(&self, ids: &[Ids], remarks: &mut Remarks<'_>) {
        let user = ids[Kind::User as usize].find(remarks.id).and_then(|n| self.users.get(n as usize));
        if user.is_some_and(|u| u.roles != 0 && u.roles & (STUDENT | OWN_ROLE) == 0) {
            remarks.add(Code::S29, None, "");
        }
    }

    fn enrollment(&mut self, values: &Values, ordinal: u32, remarks: &mut Remarks<'_>) {
        let field = |field: u8| values.refs[field as usize];
        let (class, school, user) =
            (field(at!(Enrollment.class)), field(at!(Enrollment.school)), field(at!(Enrollment.user)));
        self.type_of_org(values, Kind::Enrollment, at!(Enrollment.school), Code::S2, remarks);
        let [begin, end] = [at!(Enrollment.beginDate), at!(Enrollment.endDate)].map(|f| values.days[f as usize]);
        if let Some(of) = self.classes.get(class as usize) {
            if of.school != school {
                remarks.add(Code::S9, column(remarks, at!(Enrollment.school)), "");
            }
            let early = begin.zip(of.start).is_some_and(|(begin, start)| begin < start);
            let late = end.zip(of.end).is_some_and(|(end, last)| end > last);
            if early || late {
                let date = if early { at!(Enrollment.beginDate) } else { at!(Enrollment.endDate) };
                remarks.add(Code::S13, column(remarks, date), "");
            }
        }
        if before((begin, end)) {
            remarks.add(Code::S14, column(remarks, at!(Enrollment.endDate)), "");
        }
        let role = values.words[at!(Enrollment.role) as usize];
        self.person(user, school, role, remarks);
        let (begin, end) = (short(begin, i16::MIN), short(end, i16::MAX));
        if values.flags[at!(Enrollment.primary) as usize] == Some(true) {
            if role == ENROLLED_TEACHER {
                self.leads.push(Enrolled { key: u64::from(class), row: ordinal, begin, end });
            } else if role != OWN_WORD {
                remarks.add(Code::S12, column(remarks, at!(Enrollment.primary)), "");
            }
        }
        let key = u64::from(user) << 32 | u64::from(class) << 4 | u64::from(role.min(15));
        self.enrolled.push(Enrolled { key, row: ordinal, begin, end });
    }

    /// S10, S11 and S31: the person of an enrollment.
    fn person(&self, user: u32, school: u32, role: u8, remarks: &mut Remarks<'_>) {
        let Some(person) = self.users.get(user as usize) else { return };
        if !person.enabled {
            remarks.add(Code::S31, column(remarks, at!(Enrollment.user)), "");
        }
        if self.member_starts.is_empty() {
            return;
        }
        if person.first_org != school && !self.belongs(user, school) {
            remarks.add(Code::S10, column(remarks, at!(Enrollment.user)), "");
        }
        let fitting = match role {
            ENROLLED_STUDENT => STUDENT,
            ENROLLED_TEACHER => TEACHING,
            _ => return,
        };
        if person.roles & (fitting | OWN_ROLE) == 0 {
            remarks.add(Code::S11, column(remarks, at!(Enrollment.role)), "");
        }
    }

    /// The school of a class.
    pub fn school_of(&self, class: u32) -> u32 {
        self.classes.get(class as usize).map_or(NONE, |class| class.school)
    }

    /// Whether a person belongs to an org or to one above it.
    pub fn belongs(&self, user: u32, org: u32) -> bool {
        let user = user as usize;
        let (Some(&start), Some(&end)) = (self.member_starts.get(user), self.member_starts.get(user + 1)) else {
            return false;
        };
        let orgs = &self.members[start as usize..end as usize];
        let mut at = org;
        // Trees of orgs are shallow; a cycle was rejected, but costs no more.
        for _ in 0..16 {
            if orgs.iter().any(|(_, o)| *o == at) {
                return true;
            }
            match self.orgs.get(at as usize) {
                Some(org) if org.parent != NONE => at = org.parent,
                _ => return false,
            }
        }
        false
    }

    /// Keeps who is in which class for the files of results and resources.
    pub fn keep_enrolled(&mut self, entries: &[Enrolled], stands: impl Fn(u32) -> bool) {
        for entry in entries.iter().filter(|entry| stands(entry.row)) {
            self.in_class.push(entry.key >> 4);
            let (user, role) = ((entry.key >> 32) as u32, (entry.key & 15) as u32);
            if self.enrolled_roles.len() <= user as usize {
                self.enrolled_roles.resize(user as usize + 1, 0);
            }
            self.enrolled_roles[user as usize] |= 1 << role;
        }
        self.in_class.dedup();
    }

    /// Whether a person is enrolled in a class, once that is kept.
    pub fn is_enrolled(&self, user: u32, class: u32) -> bool {
        let unknown = user == NONE || class == NONE;
        unknown || self.in_class.binary_search(&(u64::from(user) << 28 | u64::from(class))).is_ok()
    }

    /// Sorts memberships and notes where each person's begin.
    pub fn settle_members(&mut self) {
        self.members.sort_unstable();
        self.members.dedup();
        self.member_starts = vec![0; self.users.len() + 1];
        for &(user, org) in self.members.iter().rev() {
            if let Some(person) = self.users.get_mut(user as usize) {
                person.first_org = org;
            }
            if let Some(count) = self.member_starts.get_mut(user as usize + 1) {
                *count += 1;
            }
        }
        for user in 0..self.users.len() {
            self.member_starts[user + 1] += self.member_starts[user];
        }
    }
}

fn role_bit(word: u8) -> u32 {
    match word {
        OWN_WORD => OWN_ROLE,
        word if word < 31 => 1 << word,
        _ => 0,
    }
}

fn before((begin, end): (Option<Date>, Option<Date>)) -> bool {
    begin.zip(end).is_some_and(|(begin, end)| begin >= end)
}

/// Whether a text was there already, whatever its case.
fn repeated(seen: &mut HashSet<u64>, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let digest = if text.bytes().any(|b| b.is_ascii_uppercase() || b >= 0x80) {
        id_digest(&text.to_lowercase())
    } else {
        id_digest(text)
    };
    !seen.insert(digest)
}
