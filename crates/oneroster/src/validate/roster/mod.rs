//! What rostering rows leave behind for the rules of csv.md 5.6, and the rules
//! that one row can break by itself.
//!
//! Everything is kept by the small numbers of identifiers.

mod classes;
mod enrollments;
mod members;
mod persons;

use super::enrolled::{Enrolled, Enrollments};
use super::options::Options;
use super::reading::Reading;
use super::remarks::Remarks;
use super::rules::Code;
use super::tables::{Ids, NONE, put};
use super::tally::Tally;
use crate::at;
use crate::csv::Row;
use crate::csv::cell::OWN_WORD;
use crate::model::Kind;
use crate::time::Date;
use classes::{Class, Course, Session};
use hashbrown::HashSet;
use persons::{Columns, User};

/// Trees of orgs and sessions are shallow; in deeper ones no more is asked.
pub(super) const DEPTH: usize = 16;

/// What an org leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Org {
    pub word: u8,
    pub parent: u32,
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
            let org = Org { word: values.word(at!(Org.type)), parent: values.target(at!(Org.parent)) };
            put(&mut roster.orgs, number, org, Org { word: OWN_WORD, parent: NONE });
        }
        Kind::AcademicSession => roster.session(values, row, number, remarks),
        Kind::Course => roster.course(values, number, remarks),
        Kind::Class => roster.class(values, number, tally, remarks),
        Kind::User => return roster.user(values, row, number, tally, remarks),
        Kind::UserProfile => put(&mut roster.profiles, number, values.target(at!(UserProfile.user)), NONE),
        Kind::Role => roster.role(values, remarks),
        Kind::Demographics => roster.demographics(ids, values, remarks),
        Kind::Enrollment => roster.enrollment(values, ordinal, tally, remarks),
        _ => {}
    }
    false
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
}

/// Whether something ends before or when it begins.
fn ends_first((begin, end): (Option<Date>, Option<Date>)) -> bool {
    begin.zip(end).is_some_and(|(begin, end)| begin >= end)
}
