//! What a Moodle holds.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub username: String,
    pub firstname: String,
    pub lastname: String,
    pub email: String,
    pub idnumber: String,
    pub auth: String,
    pub password: String,
    pub suspended: bool,
}

impl User {
    /// A deleted account has lost its number, and is named by its address and the time.
    pub fn is_deleted(&self) -> bool {
        self.idnumber.is_empty() && self.username.contains("@") && self.email == "gone"
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub name: String,
    pub idnumber: String,
    pub parent: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    pub fullname: String,
    pub shortname: String,
    pub idnumber: String,
    pub category: i64,
    pub start: i64,
    pub end: i64,
    pub visible: bool,
    /// Whether its groups do not see each other.
    pub separate: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    pub start: i64,
    pub end: i64,
    pub suspended: bool,
    /// The plugin by which it is.
    pub by: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub course: i64,
    pub name: String,
    pub idnumber: String,
    pub members: BTreeSet<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    pub name: String,
    pub idnumber: String,
    pub members: BTreeSet<i64>,
}

/// Something that is graded.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub course: i64,
    pub name: String,
    /// `mod`, `manual`, `course`, `category`.
    pub kind: &'static str,
    pub most: f64,
    /// By the number of a person: the grade, and when it was given in seconds.
    pub grades: BTreeMap<i64, (f64, Option<i64>)>,
}

/// A role that somebody has: level, place, user and role.
pub type Held = (String, i64, i64, i64);

#[derive(Clone, Debug, Default)]
pub struct Site {
    pub users: BTreeMap<i64, User>,
    pub categories: BTreeMap<i64, Category>,
    pub courses: BTreeMap<i64, Course>,
    pub enrolments: BTreeMap<(i64, i64), Enrolment>,
    pub roles: BTreeSet<Held>,
    pub groups: BTreeMap<i64, Group>,
    pub cohorts: BTreeMap<i64, Cohort>,
    pub items: BTreeMap<i64, Item>,
    /// Courses whose grades the token may not see.
    pub blind: BTreeSet<i64>,
    /// Grade items that are graded by the words of a scale.
    pub scales: BTreeSet<i64>,
    /// Courses whose user report shows no ranges.
    pub rangeless: BTreeSet<i64>,
    /// What time it is, in seconds; none: the days of enrolments are not looked at.
    pub now: Option<i64>,
    pub last: i64,
}

/// The account of the token.
pub const OWN: i64 = 3;

impl Site {
    pub fn new() -> Site {
        let mut site = Site { last: 100, ..Site::default() };
        let account = |username: &str| User { username: username.into(), auth: "manual".into(), ..User::default() };
        site.users.insert(1, account("guest"));
        site.users.insert(2, account("admin"));
        site.users.insert(OWN, User { email: "service@school.test".into(), ..account("homeroom") });
        site.categories.insert(1, Category { name: "Category 1".into(), idnumber: String::new(), parent: 0 });
        let home = Course {
            fullname: "Site".into(),
            shortname: "site".into(),
            idnumber: String::new(),
            category: 0,
            start: 0,
            end: 0,
            visible: true,
            separate: false,
        };
        site.courses.insert(1, home);
        site
    }

    pub fn next(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    pub fn user(&self, idnumber: &str) -> Option<(i64, &User)> {
        self.users.iter().find(|(_, user)| user.idnumber == idnumber).map(|(id, user)| (*id, user))
    }

    pub fn course(&self, idnumber: &str) -> Option<(i64, &Course)> {
        self.courses.iter().find(|(_, course)| course.idnumber == idnumber).map(|(id, course)| (*id, course))
    }

    pub fn group(&self, idnumber: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.idnumber == idnumber)
    }

    /// The enrolment of a person in a course, with the roles.
    pub fn enrolled(&self, course: &str, person: &str) -> Option<(Enrolment, Vec<i64>)> {
        let (course, user) = (self.course(course)?.0, self.user(person)?.0);
        Some((self.enrolments.get(&(course, user))?.clone(), self.roles_in("course", course, user)))
    }

    pub fn roles_in(&self, level: &str, place: i64, user: i64) -> Vec<i64> {
        self.roles
            .iter()
            .filter(|(of, at, who, _)| of == level && *at == place && *who == user)
            .map(|(.., role)| *role)
            .collect()
    }
}
