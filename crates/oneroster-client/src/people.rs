//! People in one line: all of a role, or those of classes, courses and schools
//! that are named as people name them.
//!
//! Names are looked up by the provider's own filters, so that the students of
//! one class cost two requests beside the token. What a provider finds is
//! compared here once more; where it refuses or ignores the filter, or finds
//! nothing, the collection is read and compared here, and a finding says so. How
//! it is asked stands in [`get`](crate::get).

use crate::ask::Ask;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::get::{Far, Matching, Provider, Request, get, record};
use oneroster::json::Row;
use oneroster::model::{Kind, Role};
use oneroster::query::parse_filter;
use oneroster::record::Record;

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
    request: Request,
    /// In the filter language; read when it is asked.
    filter: Option<String>,
}

/// The people that were asked for.
#[derive(Debug, Default)]
pub struct Found {
    /// Each once, in the order in which they came.
    pub people: Vec<Record>,
    /// Names of groups that the provider does not have.
    pub unknown: Vec<String>,
    /// What speaks against the answer being whole, in sentences.
    pub doubts: Vec<String>,
}

impl Client {
    /// People of every role.
    pub fn users(&self) -> People {
        self.people(&Ask::all(Kind::User))
    }

    /// Students.
    pub fn students(&self) -> People {
        self.people(&Ask::people(Role::Student))
    }

    /// Teachers.
    pub fn teachers(&self) -> People {
        self.people(&Ask::people(Role::Teacher))
    }

    fn people(&self, all: &Ask) -> People {
        let request = Request::all(all.operation_row(), self.edition().version());
        People { client: self.clone(), request, filter: None }
    }
}

impl People {
    /// Of a class, by its title or identifier; of several, if it is said again.
    pub fn in_class(mut self, name: impl Into<String>) -> People {
        self.request.classes.push(name.into());
        self
    }

    /// Of the classes of a course.
    pub fn of_course(mut self, name: impl Into<String>) -> People {
        self.request.courses.push(name.into());
        self
    }

    /// Of a school; with classes or courses, only of those at it.
    pub fn at_school(mut self, name: impl Into<String>) -> People {
        self.request.schools.push(name.into());
        self
    }

    /// Which members of a group are compared with its name: any of its texts
    /// and lists, such as `location` for a room.
    pub fn matching<S: AsRef<str>>(mut self, members: impl IntoIterator<Item = S>) -> People {
        self.request.matching = Matching::new(members);
        self
    }

    /// What must hold of the people, in the filter language of OneRoster.
    pub fn filter(mut self, filter: impl Into<String>) -> People {
        self.filter = Some(filter.into());
        self
    }

    /// At most so many people.
    pub fn most(mut self, people: usize) -> People {
        self.request.most = Some(people as u64);
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// If the filter cannot be read; if the provider fails or refuses.
    pub async fn get(self) -> Result<Found, Error> {
        let People { client, mut request, filter } = self;
        if let Some(text) = &filter {
            request.filter = parse_filter(text, Kind::User, request.version)
                .map_err(|error| Error::new(ErrorKind::BadRequest, format!("The filter cannot be read: {error}")))?;
        }
        let mut far = Far::new(client);
        let found = found(&mut far, &request).await?;
        Ok(Found { doubts: far.doubts().map(str::to_owned).collect(), ..found })
    }
}

/// The people that a provider has for a request.
pub(crate) async fn found<P: Provider<Error = Error>>(provider: &mut P, request: &Request) -> Result<Found, Error> {
    let mut people = Vec::new();
    let mut keep = |row: &Row<'_>| {
        people.extend(record(Kind::User, row));
        Ok::<(), Error>(())
    };
    let answer = get(provider, request, &mut keep).await?;
    let unknown = answer.unknown.into_iter();
    let unknown = unknown.map(|group| format!("{} called {}", group.group, group.name)).collect();
    Ok(Found { people, unknown, doubts: Vec::new() })
}
