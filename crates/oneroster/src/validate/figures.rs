//! The figures of a package: how full its columns are, and what each school
//! has.
//!
//! They are counted while the rows are judged and by the numbers that judging
//! gives to records, so that they cost next to nothing: a clean row adds to a
//! few counters. A finding counts for a school where the row names one; the
//! rest is found by subtraction, so that the sums are those of the report.

use super::judging::Judging;
use super::reading::Reading;
use super::report::Report;
use super::roster::Roster;
use super::rules::Severity;
use super::tables::{Ids, NONE, State};
use super::values::Values;
use super::words::{SCHOOL, word};
use crate::at;
use crate::csv::cell;
use crate::csv::{Plan, Row};
use crate::model::vocabulary::{ORG_TYPE, USER_ROLE};
use crate::model::{Kind, Slot, Version};

/// Numbers of findings, in the order of [`Severity::ALL`].
pub type Found = [u64; Severity::ALL.len()];

/// How full a column is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnFigures {
    /// Its name in the header.
    pub name: String,
    /// Whether the standard wants every cell of it filled.
    pub required: bool,
    /// How many rows fill it.
    pub filled: u64,
}

/// How full the columns of a file are, and how much was found in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileFigures {
    /// The name of the file.
    pub file: String,
    /// The rows whose cells could be told apart.
    pub rows: u64,
    /// Its columns, in the order of the header.
    pub columns: Vec<ColumnFigures>,
    /// What was found in it.
    pub findings: Found,
}

impl FileFigures {
    fn named(name: &str) -> FileFigures {
        FileFigures { file: name.to_owned(), rows: 0, columns: Vec::new(), findings: Found::default() }
    }
}

/// What a school, or another organisation with rows of its own, has.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct SchoolFigures {
    /// Its identifier.
    pub sourced_id: String,
    /// Its name.
    pub name: String,
    /// What it is: `school`, `district`; blank for a word of the deployment's own.
    pub kind: &'static str,
    /// People with the role of a student in it.
    pub students: u64,
    /// People with the role of a teacher in it.
    pub teachers: u64,
    /// Its classes.
    pub classes: u64,
    /// Enrollments in its classes.
    pub enrollments: u64,
    /// Rows that were rejected and name it.
    pub rejected: u64,
    /// What was found in rows that name it.
    pub findings: Found,
}

/// The figures of a package.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Figures {
    /// Its files: those that were read, in that order, then others with findings.
    pub files: Vec<FileFigures>,
    /// Its schools, and other organisations with students, classes or findings,
    /// in the order of orgs.csv.
    pub schools: Vec<SchoolFigures>,
    /// Findings whose school cannot be told.
    pub elsewhere: Found,
}

/// What is counted of an org.
#[derive(Clone, Copy, Default)]
struct Tally {
    classes: u64,
    enrollments: u64,
    rejected: u64,
    findings: Found,
}

/// What was found about a person before the person's school was known.
struct Waiting {
    user: u32,
    rejected: bool,
    findings: [u8; Severity::ALL.len()],
}

/// The counters of a run.
#[derive(Default)]
pub(super) struct Counting {
    files: Vec<FileFigures>,
    orgs: Vec<Tally>,
    names: Vec<String>,
    /// Person, org, and whether as a teacher: packed, with repeats.
    placed: Vec<u64>,
    waiting: Vec<Waiting>,
    /// Person and org of rejected roles.
    homes: Vec<(u32, u32)>,
}

const STUDENT: u8 = word(&USER_ROLE, "student");
const TEACHER: u8 = word(&USER_ROLE, "teacher");

/// Counts a row that was judged: `number` is the record's, `whole` says whether
/// its cells could be told apart, `before` is what was found before it.
#[inline]
pub(super) fn row(
    judging: &mut Judging<'_>,
    reading: &mut Reading,
    row: &Row<'_>,
    (number, whole, rejected): (Option<u32>, bool, bool),
    before: &Found,
) {
    reading.whole += u64::from(whole);
    if whole && !rejected {
        judging.figures.good(judging.version, reading, row, number);
    }
    if judging.report.found() != before {
        found(judging, reading, row, (number, whole, rejected), before);
    }
}

/// Counts what was found about a row.
#[cold]
fn found(
    judging: &mut Judging<'_>,
    reading: &Reading,
    row: &Row<'_>,
    (number, whole, rejected): (Option<u32>, bool, bool),
    before: &Found,
) {
    let (kind, version) = (reading.kind, judging.version);
    let school = if whole { school(kind, version, &judging.roster, &reading.values, number) } else { NONE };
    // Of a rejected person it is known where they are if another row says so,
    // rejected though it is for that.
    let named = || judging.ids[Kind::User as usize].find(cell::key(row.cell(reading.user_column), false));
    let user = match kind {
        Kind::User => number,
        Kind::UserProfile | Kind::Role | Kind::Demographics if whole => named(),
        _ => None,
    };
    let user = user.unwrap_or(NONE);
    if kind == Kind::Role && rejected && school != NONE && user != NONE {
        judging.figures.homes.push((user, school));
    }
    let findings = since(before, judging.report.found());
    judging.figures.add(school, user, rejected, &findings);
}

/// Counts what was found about a record once its file was read, and whether
/// that rejects it.
pub(super) fn about(judging: &mut Judging<'_>, kind: Kind, number: u32, rejected: bool, before: &Found) {
    let findings = since(before, judging.report.found());
    match kind {
        Kind::Org => judging.figures.add(number, NONE, rejected, &findings),
        Kind::Class => judging.figures.add(judging.roster.school_of(number), NONE, rejected, &findings),
        Kind::User => judging.figures.add(NONE, number, rejected, &findings),
        _ => {}
    }
}

fn since(before: &Found, now: &Found) -> Found {
    std::array::from_fn(|at| now[at] - before[at])
}

/// The school that a row names, or the org itself.
fn school(kind: Kind, version: Version, roster: &Roster, values: &Values, number: Option<u32>) -> u32 {
    let reference = |field: u8| values.target(field);
    match kind {
        Kind::Org => number.unwrap_or(NONE),
        Kind::Course => reference(at!(Course.org)),
        Kind::Class => reference(at!(Class.school)),
        Kind::Role => reference(at!(Role.org)),
        Kind::Enrollment => match reference(at!(Enrollment.school)) {
            NONE => roster.school_of(reference(at!(Enrollment.class))),
            school => school,
        },
        Kind::User if version == Version::V1P1 => values.list(at!(User.orgs)).next().unwrap_or(NONE),
        Kind::User => reference(at!(User.primaryOrg)),
        _ => NONE,
    }
}

impl Counting {
    /// Counts a row that is good by itself.
    #[inline]
    fn good(&mut self, version: Version, reading: &Reading, row: &Row<'_>, number: Option<u32>) {
        let values = &reading.values;
        match reading.kind {
            Kind::Enrollment => {
                if let Some(org) = self.orgs.get_mut(values.target(at!(Enrollment.school)) as usize) {
                    org.enrollments += 1;
                }
            }
            Kind::Class => {
                if let Some(org) = self.orgs.get_mut(values.target(at!(Class.school)) as usize) {
                    org.classes += 1;
                }
            }
            Kind::Role => {
                let place = |field: u8| values.target(field);
                let role = values.word(at!(Role.role));
                self.place(place(at!(Role.user)), place(at!(Role.org)), role);
            }
            Kind::User if version == Version::V1P1 => {
                for org in values.list(at!(User.orgs)) {
                    self.place(number.unwrap_or(NONE), org, values.word(at!(User.role)));
                }
            }
            Kind::Org => self.name(number, reading, row),
            _ => {}
        }
    }

    fn place(&mut self, user: u32, org: u32, role: u8) {
        if user != NONE && org != NONE && (role == STUDENT || role == TEACHER) {
            self.placed.push(u64::from(user) << 33 | u64::from(org) << 1 | u64::from(role == TEACHER));
        }
    }

    fn name(&mut self, number: Option<u32>, reading: &Reading, row: &Row<'_>) {
        let Some(number) = number.map(|number| number as usize) else { return };
        if self.names.len() <= number {
            self.names.resize(number + 1, String::new());
            self.orgs.resize(number + 1, Tally::default());
        }
        row.cell(reading.name_column).trim().clone_into(&mut self.names[number]);
    }

    fn add(&mut self, school: u32, user: u32, rejected: bool, findings: &Found) {
        if let Some(org) = self.orgs.get_mut(school as usize) {
            org.add(rejected, findings);
        } else if user != NONE {
            let findings = findings.map(|count| u8::try_from(count).unwrap_or(u8::MAX));
            self.waiting.push(Waiting { user, rejected, findings });
        }
    }

    /// Keeps the figures of a file that was read.
    pub fn file(&mut self, reading: &Reading, plan: &Plan) {
        let columns = plan.columns.iter().zip(&reading.filled);
        let columns = columns.map(|(column, &filled)| ColumnFigures {
            name: column.name.trim().to_owned(),
            required: column.required,
            filled,
        });
        let file = FileFigures::named(&plan.kind.entity().file_name());
        self.files.push(FileFigures { rows: reading.whole, columns: columns.collect(), ..file });
    }

    /// The figures, once every file was read.
    pub fn finish(mut self, ids: &[Ids], roster: &Roster, report: &Report) -> Figures {
        self.homes.sort_unstable();
        for waiting in std::mem::take(&mut self.waiting) {
            let school = match roster.users.get(waiting.user as usize).map_or(NONE, |user| user.first_org) {
                NONE => self.home(waiting.user),
                school => school,
            };
            if let Some(org) = self.orgs.get_mut(school as usize) {
                org.add(waiting.rejected, &waiting.findings.map(u64::from));
            }
        }
        for (name, findings) in report.files() {
            match self.files.iter_mut().find(|file| file.file == name) {
                Some(file) => file.findings = findings,
                None if findings == Found::default() => {}
                None => self.files.push(FileFigures { findings, ..FileFigures::named(name) }),
            }
        }
        let mut elsewhere = *report.found();
        for org in &self.orgs {
            elsewhere = std::array::from_fn(|at| elsewhere[at].saturating_sub(org.findings[at]));
        }
        let people = self.people(ids);
        let schools = (0..self.names.len() as u32).filter_map(|number| self.school(number, &people, ids, roster));
        let schools = schools.collect();
        Figures { files: self.files, schools, elsewhere }
    }

    /// Where a rejected role places a person.
    fn home(&self, user: u32) -> u32 {
        let first = self.homes.partition_point(|(of, _)| *of < user);
        self.homes.get(first).filter(|(of, _)| *of == user).map_or(NONE, |(_, org)| *org)
    }

    /// Students and teachers of each org, a person once.
    fn people(&mut self, ids: &[Ids]) -> Vec<[u64; 2]> {
        let mut people = vec![[0; 2]; self.names.len()];
        self.placed.sort_unstable();
        self.placed.dedup();
        for placed in &self.placed {
            let (user, org, role) = ((placed >> 33) as u32, (placed >> 1) as u32, (placed & 1) as usize);
            if ids[Kind::User as usize].state(user) == State::Good
                && let Some(org) = people.get_mut(org as usize)
            {
                org[role] += 1;
            }
        }
        people
    }

    fn school(&self, number: u32, people: &[[u64; 2]], ids: &[Ids], roster: &Roster) -> Option<SchoolFigures> {
        let at = number as usize;
        let (tally, org, [students, teachers]) = (self.orgs.get(at)?, roster.orgs.get(at)?, *people.get(at)?);
        let school = SchoolFigures {
            sourced_id: ids[Kind::Org as usize].text(number).to_owned(),
            name: self.names.get(at)?.clone(),
            kind: ORG_TYPE.words.get(org.word as usize).map_or("", |word| word.text),
            students,
            teachers,
            classes: tally.classes,
            enrollments: tally.enrollments,
            rejected: tally.rejected,
            findings: tally.findings,
        };
        // A department that only has staff is no school.
        let counts = [students, tally.classes, tally.enrollments, tally.rejected];
        let any = counts.iter().chain(&tally.findings).any(|&count| count > 0);
        (any || org.word == SCHOOL).then_some(school)
    }
}

impl Tally {
    fn add(&mut self, rejected: bool, findings: &Found) {
        self.rejected += u64::from(rejected);
        for (own, more) in self.findings.iter_mut().zip(findings) {
            *own += more;
        }
    }
}

/// The column that names a person in rows about people.
pub(super) fn user_column(plan: &Plan) -> usize {
    let column = match plan.kind {
        Kind::UserProfile => plan.position(Slot::Own(at!(UserProfile.user))),
        Kind::Role => plan.position(Slot::Own(at!(Role.user))),
        Kind::Demographics => plan.position(Slot::SourcedId),
        _ => None,
    };
    column.unwrap_or(usize::MAX)
}

/// The column that names an org.
pub(super) fn name_column(plan: &Plan) -> usize {
    let name = (plan.kind == Kind::Org).then(|| plan.position(Slot::Own(at!(Org.name)))).flatten();
    name.unwrap_or(usize::MAX)
}
