//! People in one line, as [`People`](crate::People), of Clever.

use super::Clever;
use crate::ask::Ask;
use crate::error::Error;
use crate::get::{District, Matching, Provider as _, Request};
use crate::people::{Found, found};
use oneroster::model::{Kind, Role};

/// A question for people at Clever, which has no filters: names of groups are
/// looked up by reading sections, courses or schools, and their people are asked
/// for group by group.
#[derive(Clone, Debug)]
#[must_use]
pub struct CleverPeople {
    clever: Clever,
    request: Request,
}

impl Clever {
    /// People of every role.
    pub fn users(&self) -> CleverPeople {
        self.people(&Ask::all(Kind::User))
    }

    /// Students.
    pub fn students(&self) -> CleverPeople {
        self.people(&Ask::people(Role::Student))
    }

    /// Teachers.
    pub fn teachers(&self) -> CleverPeople {
        self.people(&Ask::people(Role::Teacher))
    }

    fn people(&self, all: &Ask) -> CleverPeople {
        let version = District::new(self.clone()).version();
        CleverPeople { clever: self.clone(), request: Request::all(all.operation_row(), version) }
    }
}

impl CleverPeople {
    /// Of a section, by its name or identifier.
    pub fn in_section(mut self, name: impl Into<String>) -> CleverPeople {
        self.request.classes.push(name.into());
        self
    }

    /// Of the sections of a course.
    pub fn of_course(mut self, name: impl Into<String>) -> CleverPeople {
        self.request.courses.push(name.into());
        self
    }

    /// Of a school; with sections or courses, only of those at it.
    pub fn at_school(mut self, name: impl Into<String>) -> CleverPeople {
        self.request.schools.push(name.into());
        self
    }

    /// Which members of a group are compared with its name, by their names in
    /// OneRoster: `classCode` for a section's number.
    pub fn matching<S: AsRef<str>>(mut self, members: impl IntoIterator<Item = S>) -> CleverPeople {
        self.request.matching = Matching::new(members);
        self
    }

    /// At most so many people.
    pub fn most(mut self, people: usize) -> CleverPeople {
        self.request.most = Some(people as u64);
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// If Clever fails or refuses.
    pub async fn get(self) -> Result<Found, Error> {
        let mut found = found(&mut District::new(self.clever), &self.request).await?;
        for name in &mut found.unknown {
            // Clever's own word.
            if let Some(rest) = name.strip_prefix("class ") {
                *name = format!("section {rest}");
            }
        }
        Ok(found)
    }
}
