//! What a push tells: of each thing what became of it, the sums, and why it
//! stopped.

use std::collections::BTreeMap;

/// A kind of thing in Moodle; its number is that of the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum What {
    /// A category of courses.
    Category = 1,
    /// A course.
    Course = 2,
    /// An account.
    User = 3,
    /// A group of a course.
    Group = 4,
    /// A cohort.
    Cohort = 5,
    /// A person in a course with a role.
    Enrolment = 6,
    /// A person in a group.
    GroupMember = 7,
    /// A person in a cohort.
    CohortMember = 8,
    /// A role in the context of a student.
    Guardian = 9,
    /// A role in a category.
    Staff = 10,
}

impl What {
    /// Every kind, in the order in which they are made.
    pub const ALL: [What; 10] = [
        What::Category,
        What::Course,
        What::User,
        What::Group,
        What::Cohort,
        What::Enrolment,
        What::GroupMember,
        What::CohortMember,
        What::Guardian,
        What::Staff,
    ];

    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            What::Category => "categories",
            What::Course => "courses",
            What::User => "users",
            What::Group => "groups",
            What::Cohort => "cohorts",
            What::Enrolment => "enrolments",
            What::GroupMember => "group_members",
            What::CohortMember => "cohort_members",
            What::Guardian => "guardians",
            What::Staff => "staff",
        }
    }

    /// One of them, for people.
    pub fn one(self) -> &'static str {
        match self {
            What::Category => "category",
            What::Course => "course",
            What::User => "user",
            What::Group => "group",
            What::Cohort => "cohort",
            What::Enrolment => "enrolment",
            What::GroupMember => "group member",
            What::CohortMember => "cohort member",
            What::Guardian => "guardian",
            What::Staff => "staff role",
        }
    }

    /// Its number in the ledger.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The kind of a number.
    pub fn of(number: i64) -> Option<What> {
        What::ALL.into_iter().find(|what| what.number() == number)
    }
}

/// How an entry of the ledger stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It was asked for, and it is not known whether it was made.
    Asked = 0,
    /// We made it.
    Ours = 1,
    /// It was there, and we were told to take it over.
    Adopted = 2,
    /// It was there and is not ours: it stays as it is.
    Theirs = 3,
    /// The enrolment was there and is not ours; the role in it is.
    RoleOnly = 4,
}

impl State {
    /// Its number in the ledger.
    pub fn number(self) -> i64 {
        self as i64
    }
}

/// What became of a thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Did {
    /// Made.
    Created,
    /// Made another.
    Updated,
    /// Ended so that it can come back: suspended, hidden.
    Suspended,
    /// Taken away.
    Removed,
    /// It is there, and not ours: left as it is.
    Left,
    /// Not done, by our own rules.
    Skipped,
    /// Not done, for Moodle refused it.
    Refused,
}

impl Did {
    /// Every one.
    pub const ALL: [Did; 7] =
        [Did::Created, Did::Updated, Did::Suspended, Did::Removed, Did::Left, Did::Skipped, Did::Refused];

    /// Its word, in documents and for people.
    pub fn word(self) -> &'static str {
        match self {
            Did::Created => "created",
            Did::Updated => "updated",
            Did::Suspended => "suspended",
            Did::Removed => "removed",
            Did::Left => "left",
            Did::Skipped => "skipped",
            Did::Refused => "refused",
        }
    }
}

/// One line: what became, or would become, of a thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What became of it.
    pub did: Did,
    /// What it is.
    pub what: What,
    /// The sourcedId of the person, class, course or school.
    pub id: String,
    /// The course, group, cohort, student or category that it is in.
    pub within: Option<String>,
    /// The fields that were sent anew.
    pub fields: Vec<&'static str>,
    /// Why it was not done.
    pub why: Option<String>,
}

impl Told {
    pub(super) fn new(did: Did, what: What, id: &str) -> Told {
        Told { did, what, id: id.to_owned(), within: None, fields: Vec::new(), why: None }
    }

    pub(super) fn within(mut self, within: &str) -> Told {
        self.within = Some(within.to_owned());
        self
    }

    pub(super) fn fields(mut self, fields: Vec<&'static str>) -> Told {
        self.fields = fields;
        self
    }

    pub(super) fn why(mut self, why: impl Into<String>) -> Told {
        self.why = Some(why.into());
        self
    }

    /// As people read it.
    pub fn line(&self) -> String {
        let mut line = format!("{} {} {}", self.did.word(), self.what.one(), self.id);
        if let Some(within) = &self.within {
            line.push_str(if self.what == What::Guardian { " of " } else { " in " });
            line.push_str(within);
        }
        if !self.fields.is_empty() {
            line.push_str(": ");
            line.push_str(&self.fields.join(", "));
        }
        if let Some(why) = &self.why {
            line.push_str(": ");
            line.push_str(why);
        }
        line
    }
}

/// The sums of a push.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally(pub BTreeMap<(What, Did), u64>);

impl Tally {
    pub(super) fn count(&mut self, told: &Told) {
        *self.0.entry((told.what, told.did)).or_default() += 1;
    }

    /// How often this became of that.
    pub fn of(&self, what: What, did: Did) -> u64 {
        self.0.get(&(what, did)).copied().unwrap_or(0)
    }

    /// How often this became of anything.
    pub fn sum(&self, did: Did) -> u64 {
        self.0.iter().filter(|((_, of), _)| *of == did).map(|(_, count)| count).sum()
    }
}

/// Why a push ended early. What Moodle had acknowledged is in the ledger, and
/// the next push goes on from there.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Stop {
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether it was held, rather than failed.
    pub held: bool,
    /// What the store said.
    #[source]
    pub store: Option<homeroom_store::Error>,
}

impl Stop {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Stop {
        Stop { message: message.into(), hint: hint.into(), held: false, store: None }
    }
}

impl From<homeroom_store::Error> for Stop {
    fn from(error: homeroom_store::Error) -> Stop {
        Stop { message: error.to_string(), hint: "try again".to_owned(), held: false, store: Some(error) }
    }
}
