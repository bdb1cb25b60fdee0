//! People in one line: all of a role, or those of classes, courses and schools
//! that are named as people name them.
//!
//! Names are looked up by the provider's own filters, so that the students of
//! one class cost two requests beside the token. What a provider finds is
//! compared here once more; where it refuses or ignores the filter, or finds
//! nothing, the collection is read and compared here, and a finding says so.

mod groups;

use crate::ask::{Ask, compare, equal};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::habit::Habit;
use groups::Groups;
use oneroster::at;
use oneroster::model::{Kind, Role};
use oneroster::query::{matches, parse_filter};
use oneroster::record::{Record, Status};
use std::collections::BTreeSet;

/// The members that names are compared with, unless others are said.
const MATCHED: [&str; 3] = ["sourcedId", "name", "title"];

/// A question for people.
///
/// ```no_run
/// # async fn f(client: oneroster_client::Client) -> Result<(), oneroster_client::Error> {
/// let found = client.students().in_class("ELA 6").at_school("North High").get().await?;
/// for student in &found.people {
///     println!("{}", student.sourced_id);
/// }
/// for name in &found.unknown {
///     eprintln!("there is no {name}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct People {
    client: Client,
    role: Option<Role>,
    classes: Vec<String>,
    courses: Vec<String>,
    schools: Vec<String>,
    matched: Vec<String>,
    filter: Option<String>,
    most: usize,
}

/// The people that were asked for.
#[derive(Debug, Default)]
pub struct Found {
    /// Each once, in the order in which they came.
    pub people: Vec<Record>,
    /// Names of groups that the provider does not have.
    pub unknown: Vec<String>,
}

impl Client {
    /// People of every role.
    pub fn users(&self) -> People {
        self.people(None)
    }

    /// Students.
    pub fn students(&self) -> People {
        self.people(Some(Role::Student))
    }

    /// Teachers.
    pub fn teachers(&self) -> People {
        self.people(Some(Role::Teacher))
    }

    fn people(&self, role: Option<Role>) -> People {
        People {
            client: self.clone(),
            role,
            classes: Vec::new(),
            courses: Vec::new(),
            schools: Vec::new(),
            matched: MATCHED.map(str::to_owned).to_vec(),
            filter: None,
            most: usize::MAX,
        }
    }
}

impl People {
    /// Of a class, by its title or identifier; of several, if it is said again.
    pub fn in_class(mut self, name: impl Into<String>) -> People {
        self.classes.push(name.into());
        self
    }

    /// Of the classes of a course.
    pub fn of_course(mut self, name: impl Into<String>) -> People {
        self.courses.push(name.into());
        self
    }

    /// Of a school; with classes or courses, only of those at it.
    pub fn at_school(mut self, name: impl Into<String>) -> People {
        self.schools.push(name.into());
        self
    }

    /// Which members of a group are compared with its name: any of its texts
    /// and lists, such as `location` for a room.
    pub fn matching<S: Into<String>>(mut self, members: impl IntoIterator<Item = S>) -> People {
        self.matched = members.into_iter().map(Into::into).collect();
        self
    }

    /// What must hold of the people, in the filter language of OneRoster.
    pub fn filter(mut self, filter: impl Into<String>) -> People {
        self.filter = Some(filter.into());
        self
    }

    /// At most so many people.
    pub fn most(mut self, people: usize) -> People {
        self.most = people;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// If the provider fails or refuses.
    pub async fn get(self) -> Result<Found, Error> {
        let groups = Groups::find(&self.client, &self).await?;
        let mut gathered =
            Gathered { seen: BTreeSet::new(), people: Vec::new(), most: self.most, filter: self.condition()? };
        match (&groups.classes, &groups.schools) {
            (Some(classes), _) => {
                for class in classes {
                    self.of_group(Kind::Class, class, &mut gathered).await?;
                }
            }
            (None, Some(schools)) => {
                for school in schools {
                    self.of_group(Kind::Org, school, &mut gathered).await?;
                }
            }
            (None, None) => {
                let mut ask = self.role.map_or_else(|| Ask::all(Kind::User), Ask::people);
                if let Some(filter) = &self.filter {
                    ask = ask.filter(filter);
                }
                gathered.take(&self.client, ask).await?;
            }
        }
        Ok(Found { people: gathered.people, unknown: groups.unknown })
    }

    fn condition(&self) -> Result<Option<oneroster::query::Filter>, Error> {
        let Some(text) = &self.filter else { return Ok(None) };
        parse_filter(text, Kind::User, self.client.edition().model())
            .map_err(|error| Error::new(ErrorKind::BadRequest, format!("The filter cannot be read: {error}")))
    }

    /// The people of one group, by the nested reads of the standard.
    async fn of_group(&self, kind: Kind, group: &Record, gathered: &mut Gathered) -> Result<(), Error> {
        let roles = self.role.map_or_else(|| vec![Role::Student, Role::Teacher], |role| vec![role]);
        for role in roles {
            let Some(ask) = nested(kind, role) else { continue };
            match gathered.take(&self.client, ask.below([group.sourced_id.as_str()])).await {
                Err(error) if lacks(&error) => {
                    self.client.findings().note_kind(Habit::NestedReadMissing, Kind::User);
                    self.enrolled(kind, group, role, gathered).await?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// The same by enrollments, for providers without nested reads (Aeries).
    async fn enrolled(&self, kind: Kind, group: &Record, role: Role, gathered: &mut Gathered) -> Result<(), Error> {
        let field = if kind == Kind::Class { at!(Enrollment.class) } else { at!(Enrollment.school) };
        let member = format!("{}.sourcedId", Kind::Enrollment.entity().fields[usize::from(field)].name);
        let ask = Ask::all(Kind::Enrollment).filter(equal(&member, &group.sourced_id));
        let mut enrollments = self.client.records(ask)?;
        let mut wanted = BTreeSet::new();
        while let Some(enrollment) = enrollments.next().await? {
            if enrollment.get(field) != Some(group.sourced_id.as_str()) {
                self.client.findings().note_kind(Habit::FilterIgnored, Kind::Enrollment);
                continue;
            }
            let of_role = enrollment.get(at!(Enrollment.role)) == Some(role.word());
            if of_role && enrollment.status == Status::Active {
                wanted.extend(enrollment.get(at!(Enrollment.user)).map(str::to_owned));
            }
        }
        for id in wanted {
            if gathered.is_full() {
                break;
            }
            match Ask::operation("getUser").map(|ask| ask.below([id])) {
                Ok(ask) => match self.client.one(&ask).await {
                    Ok(person) => gathered.keep(person),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether a provider has no such operation, or none that it allows.
fn lacks(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotOffered | ErrorKind::NotOneRoster)
}

/// The operation that reads people of a role below a group.
fn nested(kind: Kind, role: Role) -> Option<Ask> {
    let name = match (kind, role) {
        (Kind::Class, Role::Student) => "getStudentsForClass",
        (Kind::Class, Role::Teacher) => "getTeachersForClass",
        (_, Role::Student) => "getStudentsForSchool",
        (_, Role::Teacher) => "getTeachersForSchool",
    };
    Ask::operation(name).ok()
}

/// The people so far.
struct Gathered {
    seen: BTreeSet<String>,
    people: Vec<Record>,
    most: usize,
    filter: Option<oneroster::query::Filter>,
}

impl Gathered {
    fn is_full(&self) -> bool {
        self.people.len() >= self.most
    }

    fn keep(&mut self, person: Record) {
        let meets = self.filter.as_ref().is_none_or(|filter| matches(filter, &person));
        if meets && !self.is_full() && self.seen.insert(person.sourced_id.clone()) {
            self.people.push(person);
        }
    }

    async fn take(&mut self, client: &Client, ask: Ask) -> Result<(), Error> {
        if self.is_full() {
            return Ok(());
        }
        let mut records = client.records(ask)?;
        while let Some(person) = records.next().await? {
            self.keep(person);
            if self.is_full() {
                break;
            }
        }
        Ok(())
    }
}

/// A clause that finds texts like a name, in whatever case.
fn like(member: &str, name: &str) -> String {
    compare(member, "~", name)
}
