//! What rostering rows leave behind for the rules of csv.md 5.6, and the rules
//! that one row can break by itself.
//!
//! Everything is kept by the small numbers of identifiers.

use super::enrolled::{Enrolled, Enrollments};
use super::judging::{Reading, Remarks, Values, wanted_types};
use super::options::Options;
use super::people;
use super::rules::{Code, Severity};
use super::tables::{Ids, NONE};
use super::tally::Tally;
use crate::at;
use crate::csv::Row;
use crate::csv::cell::{self, OWN_WORD};
use crate::csv::lenient::year_of_range;
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
const DISTRICT: u8 = word(&ORG_TYPE, "district");
/// The bits of people who guard a student.
pub(super) const GUARDING: u32 = bit("parent") | bit("guardian") | bit("relative") | OWN_ROLE;
/// The bits of people who belong to a school: students and teachers.
pub(super) const OF_SCHOOLS: u32 = STUDENT | bit("teacher");
/// The org type of schools.
pub(super) const SCHOOL: u8 = word(&ORG_TYPE, "school");
/// The org type of departments.
pub(super) const DEPARTMENT: u8 = word(&ORG_TYPE, "department");
/// Trees of orgs and sessions are shallow; in deeper ones no more is asked.
const DEPTH: usize = 16;
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
pub(super) struct Course {
    org: u32,
    year: u32,
    pub has_class: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    pub school: u32,
    start: Option<Date>,
    end: Option<Date>,
    pub taught: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    pub roles: u32,
    pub primary_org: u32,
    pub has_primary: bool,
    enabled: bool,
    pub enrolled: bool,
    /// The first of the person's orgs, most often the only one; here, so that
    /// an enrollment need not look further.
    pub first_org: u32,
}

/// Where the texts of a person stand in their file.
#[derive(Clone, Copy, Debug)]
struct Columns {
    given: Option<usize>,
    family: Option<usize>,
    username: Option<usize>,
    email: Option<usize>,
    identifier: Option<usize>,
    master: Option<usize>,
}

impl Columns {
    fn of(remarks: &Remarks<'_>) -> Columns {
        Columns {
            given: column(remarks, at!(User.givenName)),
            family: column(remarks, at!(User.familyName)),
            username: column(remarks, at!(User.username)),
            email: column(remarks, at!(User.email)),
            identifier: column(remarks, at!(User.identifier)),
            master: column(remarks, at!(User.userMasterIdentifier)),
        }
    }
}

/// What the rows of the rostering files leave.
#[derive(Debug)]
pub(super) struct Roster {
    pub orgs: Vec<Org>,
    pub sessions: Vec<Session>,
    pub courses: Vec<Course>,
    pub classes: Vec<Class>,
    pub users: Vec<User>,
    /// A digest of each person's name.
    names: Vec<u64>,
    /// A digest of a person's name and day of birth, and the person.
    pub births: Vec<(u64, u32)>,
    /// Persons and their agents.
    pub agents: Vec<(u32, u32)>,
    profiles: Vec<u32>,
    /// Person and org, sorted once all are known.
    pub members: Vec<(u32, u32)>,
    /// Where the orgs of a person begin in `members`.
    pub member_starts: Vec<u32>,
    primaries: HashSet<u64>,
    usernames: HashSet<u64>,
    /// Usernames with letters beyond ASCII, as they are encoded.
    written: HashSet<u64>,
    emails: HashSet<u64>,
    identifiers: HashSet<u64>,
    /// Identifiers of people in other systems.
    pub people_ids: HashSet<u64>,
    masters: HashSet<u64>,
    /// Where the texts of a person stand, once a person was seen.
    columns: Option<Columns>,
    today: Date,
    /// Whether people who are placeholders are left out, by consent.
    skips_placeholders: bool,
    pub enrolled: Enrollments,
    /// Those that may overlap, once all are known.
    pub together: Vec<Enrolled>,
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

/// Looks at a row whose cells are good by themselves; whether it is left out by
/// consent.
pub(super) fn row(
    (roster, tally): (&mut Roster, &mut Tally),
    ids: &[Ids],
    reading: &mut Reading,
    row: &Row<'_>,
    (ordinal, number): (u32, Option<u32>),
    remarks: &mut Remarks<'_>,
) -> bool {
    let number = number.unwrap_or(NONE);
    let values = &reading.values;
    match reading.kind {
        Kind::Org => {
            let org = Org { word: values.words[at!(Org.type) as usize], parent: values.refs[at!(Org.parent) as usize] };
            put(&mut roster.orgs, number, org, Org { word: OWN_WORD, parent: NONE });
        }
        Kind::AcademicSession => roster.session(values, row, number, remarks),
        Kind::Course => roster.course(values, number, remarks),
        Kind::Class => roster.class(values, number, tally, remarks),
        Kind::User => return roster.user(values, row, number, tally, remarks),
        Kind::UserProfile => put(&mut roster.profiles, number, values.refs[at!(UserProfile.user) as usize], NONE),
        Kind::Role => roster.role(values, remarks),
        Kind::Demographics => roster.demographics(ids, values, remarks),
        Kind::Enrollment => roster.enrollment(values, ordinal, tally, remarks),
        _ => {}
    }
    false
}

pub(super) fn column(remarks: &Remarks<'_>, field: u8) -> Option<usize> {
    remarks.plan.position(Slot::Own(field))
}

impl Roster {
    pub fn new(options: &Options) -> Roster {
        Roster {
            orgs: Vec::new(),
            sessions: Vec::new(),
            courses: Vec::new(),
            classes: Vec::new(),
            users: Vec::new(),
            names: Vec::new(),
            births: Vec::new(),
            agents: Vec::new(),
            profiles: Vec::new(),
            in_class: Vec::new(),
            enrolled_roles: Vec::new(),
            members: Vec::new(),
            member_starts: Vec::new(),
            primaries: HashSet::new(),
            usernames: HashSet::new(),
            written: HashSet::new(),
            emails: HashSet::new(),
            identifiers: HashSet::new(),
            people_ids: HashSet::new(),
            masters: HashSet::new(),
            columns: None,
            today: options.now.date_in(&options.zone),
            skips_placeholders: options.consents(Code::D55) && !options.strict,
            enrolled: Enrollments::default(),
            together: Vec::new(),
            leads: Vec::new(),
        }
    }

    /// Lets go what served the rows of one file only, once it was read: what comes
    /// after it, enrollments by the million, has the room.
    pub fn let_go(&mut self, kind: Kind) {
        match kind {
            Kind::User => {
                let Roster { usernames, written, emails, identifiers, people_ids, masters, .. } = self;
                for texts in [usernames, written, emails, identifiers, people_ids, masters] {
                    *texts = HashSet::new();
                }
            }
            Kind::Role => {
                self.primaries = HashSet::new();
                self.profiles = Vec::new();
            }
            Kind::Demographics => self.names = Vec::new(),
            Kind::Enrollment => self.enrolled = Enrollments::default(),
            _ => {}
        }
    }

    fn session(&mut self, values: &Values, row: &Row<'_>, number: u32, remarks: &mut Remarks<'_>) {
        let start = values.days[at!(AcademicSession.startDate) as usize];
        let end = values.days[at!(AcademicSession.endDate) as usize];
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            remarks.add(Code::S16, column(remarks, at!(AcademicSession.endDate)), "");
        }
        let year = column(remarks, at!(AcademicSession.schoolYear)).map_or("", |at| row.cell(at).trim());
        let mut room = String::new();
        let year = year_of_range(year, &mut room).unwrap_or(year).parse().unwrap_or(0);
        let (word, parent) =
            (values.words[at!(AcademicSession.type) as usize], values.refs[at!(AcademicSession.parent) as usize]);
        let blank = Session { word: OWN_WORD, parent: NONE, start: None, end: None, year: 0 };
        put(&mut self.sessions, number, Session { word, parent, start, end, year }, blank);
    }

    /// S1, S2: an org that should be a school.
    fn type_of_org(
        &self,
        values: &Values,
        (kind, field, code): (Kind, u8, Code),
        tally: &mut Tally,
        remarks: &mut Remarks<'_>,
    ) {
        let Some(org) = self.orgs.get(values.refs[field as usize] as usize) else { return };
        if elsewhere(&ORG_TYPE, org.word, wanted_types(kind, field)) {
            remarks.add(code, column(remarks, field), "");
            if org.word == DISTRICT {
                tally.add(Code::D44, column(remarks, field), remarks.line);
            }
        }
    }

    /// S3: a session that should be a school year.
    fn type_of_session(&self, values: &Values, field: u8, code: Code, remarks: &mut Remarks<'_>) {
        let Some(session) = self.sessions.get(values.refs[field as usize] as usize) else { return };
        if elsewhere(&SESSION_TYPE, session.word, wanted_types(Kind::Course, field)) {
            remarks.add(code, column(remarks, field), "");
        }
    }

    fn course(&mut self, values: &Values, number: u32, remarks: &mut Remarks<'_>) {
        self.type_of_session(values, at!(Course.schoolYear), Code::S3, remarks);
        let [org, year] = [at!(Course.org), at!(Course.schoolYear)].map(|field| values.refs[field as usize]);
        let blank = Course { org: NONE, year: NONE, has_class: false };
        put(&mut self.courses, number, Course { org, year, ..blank }, blank);
    }

    fn class(&mut self, values: &Values, number: u32, tally: &mut Tally, remarks: &mut Remarks<'_>) {
        self.type_of_org(values, (Kind::Class, at!(Class.school), Code::S1), tally, remarks);
        let blank = Class { school: NONE, start: None, end: None, taught: false };
        let mut class = Class { school: values.refs[at!(Class.school) as usize], ..blank };
        let terms = || values.list(at!(Class.terms)).filter_map(|term| self.sessions.get(term as usize));
        class.start = terms().filter_map(|t| t.start).min();
        class.end = terms().filter_map(|t| t.end).max();
        if usize::from(values.items[at!(Class.terms) as usize]) != terms().count() {
            (class.start, class.end) = (None, None);
        }
        if terms().any(|term| term.word == SCHOOL_YEAR) {
            remarks.add(Code::S20, column(remarks, at!(Class.terms)), "");
        }
        let of = values.refs[at!(Class.course) as usize] as usize;
        if let Some(course) = self.courses.get_mut(of) {
            course.has_class = true;
        }
        if let Some(course) = self.courses.get(of) {
            if values.list(at!(Class.terms)).any(|term| self.is_in_other_year(term, course.year)) {
                remarks.add(Code::S21, column(remarks, at!(Class.terms)), "");
            }
            if class.school != NONE && course.org != NONE && !self.stands_above(course.org, class.school) {
                remarks.add(Code::S22, column(remarks, at!(Class.course)), "");
            }
        }
        put(&mut self.classes, number, class, blank);
    }

    /// Whether a session lies in another school year than the one given.
    fn is_in_other_year(&self, session: u32, year: u32) -> bool {
        let Some(wanted) = self.sessions.get(year as usize) else { return false };
        let mut at = session;
        for _ in 0..DEPTH {
            match self.sessions.get(at as usize) {
                _ if at == year => return false,
                Some(session) if session.word == SCHOOL_YEAR => return wanted.word == SCHOOL_YEAR,
                Some(session) if session.parent != NONE => at = session.parent,
                // A tree without a school year tells its year by number only.
                Some(session) => return session.year != wanted.year,
                None => return false,
            }
        }
        false
    }

    /// Whether an org is another one or stands above it.
    fn stands_above(&self, above: u32, org: u32) -> bool {
        let mut at = org;
        for _ in 0..DEPTH {
            match self.orgs.get(at as usize) {
                _ if at == above => return true,
                Some(org) => at = org.parent,
                None => return false,
            }
        }
        false
    }

    /// Looks at a person; whether it is a placeholder to be left out.
    fn user(
        &mut self,
        values: &Values,
        row: &Row<'_>,
        number: u32,
        tally: &mut Tally,
        remarks: &mut Remarks<'_>,
    ) -> bool {
        let columns = *self.columns.get_or_insert_with(|| Columns::of(remarks));
        let cell = |at: Option<usize>| at.map_or("", |at| cell::key(row.cell(at), false));
        let names = [cell(columns.given), cell(columns.family)];
        if people::is_placeholder(names) {
            let column = column(remarks, at!(User.familyName));
            if self.skips_placeholders {
                remarks.put(Code::D55, Severity::Repaired, column, "", 2);
                return true;
            }
            remarks.add(Code::D55, column, "");
        } else if people::is_shouted(names) {
            tally.add(Code::D51, column(remarks, at!(User.familyName)), remarks.line);
        }
        let role = values.words[at!(User.role) as usize];
        let user = User {
            roles: role_bit(role),
            primary_org: values.refs[at!(User.primaryOrg) as usize],
            has_primary: false,
            enabled: values.flags[at!(User.enabledUser) as usize] != Some(false),
            enrolled: false,
            first_org: NONE,
        };
        put(&mut self.users, number, user, User { roles: 0, primary_org: NONE, ..user });
        put(&mut self.names, number, people::name_digest(names), 0);
        self.members.extend(values.list(at!(User.orgs)).map(|org| (number, org)));
        self.agents.extend(values.list(at!(User.agents)).map(|agent| (number, agent)));
        self.unique(row, columns, tally, remarks);
        false
    }

    /// What one person has alone: username, e-mail, identifiers (S25 to S27,
    /// D37, D38, D43, D52).
    fn unique(&mut self, row: &Row<'_>, columns: Columns, tally: &mut Tally, remarks: &mut Remarks<'_>) {
        let of = |at: Option<usize>| (at, at.map_or("", |at| cell::key(row.cell(at), false)));
        let (name_at, name) = of(columns.username);
        let (email_at, email) = of(columns.email);
        let (id_at, identifier) = of(columns.identifier);
        let (master_at, master) = of(columns.master);
        let written = !name.is_ascii() && !self.written.insert(id_digest(&name.to_lowercase()));
        if repeated(&mut self.usernames, name) {
            if name.is_ascii() || written {
                remarks.add(Code::S25, name_at, name);
                tally.add(Code::D38, name_at, remarks.line);
            } else {
                remarks.add(Code::D52, name_at, name);
            }
        }
        if repeated(&mut self.emails, email) {
            remarks.add(Code::S26, email_at, email);
            tally.add(Code::D37, email_at, remarks.line);
        }
        if repeated(&mut self.identifiers, identifier) {
            remarks.add(Code::D43, id_at, identifier);
        }
        if repeated(&mut self.masters, master) {
            remarks.add(Code::S27, master_at, master);
        }
        if name.contains('@') && !email.is_empty() && !name.eq_ignore_ascii_case(email) {
            remarks.add(Code::S32, name_at, name);
        }
    }

    fn role(&mut self, values: &Values, remarks: &mut Remarks<'_>) {
        let [user, org] = [at!(Role.user), at!(Role.org)].map(|field| values.refs[field as usize]);
        let profile = values.refs[at!(Role.userProfile) as usize];
        if self.profiles.get(profile as usize).is_some_and(|&owner| owner != user && user != NONE) {
            remarks.add(Code::S6, column(remarks, at!(Role.userProfile)), "");
            return;
        }
        let days = (values.days[at!(Role.beginDate) as usize], values.days[at!(Role.endDate) as usize]);
        if before(days) {
            remarks.add(Code::S14, column(remarks, at!(Role.endDate)), "");
        }
        let primary = values.words[at!(Role.roleType) as usize] == PRIMARY;
        // Records that only the store knows have no number.
        let known = user != NONE && org != NONE;
        if primary && known && !self.primaries.insert(u64::from(user) << 32 | u64::from(org)) {
            remarks.add(Code::S4, column(remarks, at!(Role.roleType)), "");
        }
        if let Some(person) = self.users.get_mut(user as usize) {
            person.roles |= role_bit(values.words[at!(Role.role) as usize]);
            person.has_primary |= primary;
            self.members.push((user, org));
        }
    }

    fn demographics(&mut self, ids: &[Ids], values: &Values, remarks: &mut Remarks<'_>) {
        let number = ids[Kind::User as usize].find(remarks.id);
        let day = values.days[at!(Demographics.birthDate) as usize];
        let name = number.and_then(|n| self.names.get(n as usize));
        if let (Some(number), Some(name), Some(day)) = (number, name, day) {
            // An odd constant spreads the few days over all digests.
            let mixed = name ^ (day.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            self.births.push((mixed, number));
        }
        let user = number.and_then(|n| self.users.get(n as usize));
        if user.is_some_and(|u| u.roles != 0 && u.roles & (STUDENT | OWN_ROLE) == 0) {
            remarks.add(Code::S29, None, "");
        }
    }

    fn enrollment(&mut self, values: &Values, ordinal: u32, tally: &mut Tally, remarks: &mut Remarks<'_>) {
        let field = |field: u8| values.refs[field as usize];
        let (class, school, user) =
            (field(at!(Enrollment.class)), field(at!(Enrollment.school)), field(at!(Enrollment.user)));
        self.type_of_org(values, (Kind::Enrollment, at!(Enrollment.school), Code::S2), tally, remarks);
        let [begin, end] = [at!(Enrollment.beginDate), at!(Enrollment.endDate)].map(|f| values.days[f as usize]);
        if let Some(of) = self.classes.get(class as usize) {
            if of.school != school && of.school != NONE && school != NONE {
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
        if end.is_some_and(|end| end <= self.today) {
            tally.add(Code::D42, column(remarks, at!(Enrollment.endDate)), remarks.line);
        }
        let role = values.words[at!(Enrollment.role) as usize];
        self.person(user, school, role, remarks);
        self.mark(user, class, role);
        if values.flags[at!(Enrollment.primary) as usize] == Some(true) {
            if role == ENROLLED_TEACHER && class != NONE {
                self.leads.push(Enrolled::new(u64::from(class), ordinal, (begin, end)));
            } else if role != OWN_WORD && role != ENROLLED_TEACHER {
                remarks.add(Code::S12, column(remarks, at!(Enrollment.primary)), "");
            }
        }
        if user != NONE && class != NONE {
            self.enrolled.put((user, class, role), ordinal, (begin, end));
        }
    }

    /// Notes who is enrolled and which classes have a teacher (S30).
    #[inline]
    fn mark(&mut self, user: u32, class: u32, role: u8) {
        if let Some(person) = self.users.get_mut(user as usize).filter(|p| !p.enrolled) {
            person.enrolled = true;
        }
        if role == ENROLLED_TEACHER
            && let Some(class) = self.classes.get_mut(class as usize)
        {
            class.taught = true;
        }
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

    /// The orgs of a person, sorted.
    pub fn orgs_of(&self, user: u32) -> &[(u32, u32)] {
        let user = user as usize;
        let (Some(&start), Some(&end)) = (self.member_starts.get(user), self.member_starts.get(user + 1)) else {
            return &[];
        };
        self.members.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Whether a person belongs to an org or to one above it.
    pub fn belongs(&self, user: u32, org: u32) -> bool {
        let orgs = self.orgs_of(user);
        let mut at = org;
        for _ in 0..DEPTH {
            if orgs.binary_search_by_key(&at, |(_, o)| *o).is_ok() {
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
    pub fn keep_enrolled(&mut self, stands: impl Fn(u32) -> bool) {
        for entry in self.enrolled.iter().filter(|entry| stands(entry.row)) {
            self.in_class.push(entry.key >> 4);
            let (user, role) = ((entry.key >> 32) as u32, (entry.key & 15) as u32);
            if self.enrolled_roles.len() <= user as usize {
                self.enrolled_roles.resize(user as usize + 1, 0);
            }
            self.enrolled_roles[user as usize] |= 1 << role;
        }
        self.in_class.sort_unstable();
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

/// Whether a word of a vocabulary is none of those wanted; what is none of its
/// words, because the file has its own or no such column, may be anything.
fn elsewhere(vocabulary: &Vocabulary, word: u8, wanted: &[&str]) -> bool {
    vocabulary.words.get(usize::from(word)).is_some_and(|word| !wanted.contains(&word.text))
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

/// Whether a text was there already, whatever its case and its encoding.
fn repeated(seen: &mut HashSet<u64>, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    !seen.insert(people::digest(text))
}
