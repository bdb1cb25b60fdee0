//! Queries in one line: people, classes and the rest, narrowed by the names of
//! schools, courses and classes.
//!
//! What to read is planned without reading, in operations of the standard; who
//! answers them is a [`Provider`]: one over HTTP ([`Far`]), a district at Clever
//! ([`District`]), or whatever else has records. [`People`](crate::People) is the
//! short form of the same.
//!
//! ```no_run
//! # async fn f(client: oneroster_client::Client) -> Result<(), oneroster_client::Error> {
//! use oneroster::json::Row;
//! use oneroster_client::get::{Far, Request, collection, get};
//!
//! let mut far = Far::new(client.clone());
//! let Some(enrollments) = collection("enrollments") else { return Ok(()) };
//! let request = Request { classes: vec!["ELA 6".into()], ..Request::all(enrollments, client.edition().version()) };
//! let say = &mut |row: &Row<'_>| Ok::<(), oneroster_client::Error>(println!("{}", row.sourced_id));
//! println!("{} found", get(&mut far, &request, say).await?.found);
//! # Ok(())
//! # }
//! ```

mod clever;
mod far;
mod groups;
mod plan;
mod provider;
mod run;

pub use clever::District;
pub use far::Far;
pub use groups::{Matching, Unknown};
pub(crate) use provider::record;
pub use provider::{Next, Provider, Question, UNDATED};
pub use run::{Answer, get};

use oneroster::model::{ROUTES, Route, Service, Shape, Version};
use oneroster::query::Filter;

/// Another word for a collection than that of its path.
const ALIASES: [(&str, &str); 1] = [("sessions", "academicSessions")];

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The collection that is wanted: one of [`collections`].
    pub route: &'static Route,
    /// The version whose names are spoken.
    pub version: Version,
    /// Names or identifiers of schools; none sets no limit, as below.
    pub schools: Vec<String>,
    /// Of courses: the people of their classes are meant.
    pub courses: Vec<String>,
    /// Of classes.
    pub classes: Vec<String>,
    /// What of a group is compared with its name.
    pub matching: Matching,
    /// What must hold of the records.
    pub filter: Option<Filter>,
    /// At most so many records.
    pub most: Option<u64>,
}

impl Request {
    /// Everything of a collection.
    pub fn all(route: &'static Route, version: Version) -> Request {
        Request {
            route,
            version,
            schools: Vec::new(),
            courses: Vec::new(),
            classes: Vec::new(),
            matching: Matching::default(),
            filter: None,
            most: None,
        }
    }
}

/// The collections of rostering, by the words of their paths.
pub fn collections() -> impl Iterator<Item = (&'static str, &'static Route)> {
    ROUTES.iter().filter(|route| is_collection(route)).map(|route| (route.path.trim_start_matches('/'), route))
}

fn is_collection(route: &Route) -> bool {
    route.service == Service::Rostering && route.shape == Shape::Collection && route.parents.is_empty()
}

/// The collection that a word means.
pub fn collection(word: &str) -> Option<&'static Route> {
    let path = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word, |(_, path)| path);
    collections().find(|(name, _)| *name == path).map(|(_, route)| route)
}

/// The words that can be asked for, the shortest for each.
pub fn words() -> impl Iterator<Item = &'static str> {
    let short = |path: &'static str| ALIASES.iter().find(|(_, of)| *of == path).map_or(path, |(alias, _)| *alias);
    collections().map(move |(path, _)| short(path))
}

/// The operation of the standard that reads a collection below a record.
pub(crate) fn below(parent: &str, collection: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| {
        let mut segments = route.path.split('/').skip(1);
        let (first, id, last) = (segments.next(), segments.next(), segments.next());
        let whole = segments.next().is_none() && route.shape == Shape::Collection;
        whole && first == Some(parent) && id.is_some_and(|id| id.starts_with('{')) && last == Some(collection)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_command_is_a_collection() {
        let wanted = [
            "users",
            "students",
            "teachers",
            "classes",
            "courses",
            "schools",
            "enrollments",
            "sessions",
            "demographics",
        ];
        for word in wanted {
            assert!(collection(word).is_some(), "{word}");
            assert!(words().any(|known| known == word), "{word}");
        }
        assert!(collection("academicSessions").is_some());
        assert!(collection("people").is_none());
    }

    #[test]
    fn nested_collections_are_found() {
        let path = |parent, collection| below(parent, collection).map(|route| route.path);
        assert_eq!(path("classes", "students"), Some("/classes/{classSourcedId}/students"));
        assert_eq!(path("schools", "classes"), Some("/schools/{schoolSourcedId}/classes"));
        assert_eq!(path("courses", "students"), None);
    }
}
