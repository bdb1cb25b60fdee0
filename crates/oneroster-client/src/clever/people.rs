//! People in one line, as [`People`](crate::People), of Clever.

use super::Clever;
use crate::error::Error;
use crate::people::Found;
use oneroster::at;
use oneroster::model::{Kind, Role};
use oneroster::record::Record;
use std::collections::BTreeSet;

/// A question for people at Clever, which has no filters: names of groups are
/// looked up by reading sections, courses or schools.
#[derive(Clone)]
#[must_use]
pub struct CleverPeople {
    clever: Clever,
    role: Option<Role>,
    sections: Vec<String>,
    courses: Vec<String>,
    schools: Vec<String>,
    most: usize,
}

impl Clever {
    /// People of every role.
    pub fn users(&self) -> CleverPeople {
        self.people(None)
    }

    /// Students.
    pub fn students(&self) -> CleverPeople {
        self.people(Some(Role::Student))
    }

    /// Teachers.
    pub fn teachers(&self) -> CleverPeople {
        self.people(Some(Role::Teacher))
    }

    fn people(&self, role: Option<Role>) -> CleverPeople {
        let (sections, courses, schools) = (Vec::new(), Vec::new(), Vec::new());
        CleverPeople { clever: self.clone(), role, sections, courses, schools, most: usize::MAX }
    }
}

impl CleverPeople {
    /// Of a section, by its name or identifier.
    pub fn in_section(mut self, name: impl Into<String>) -> CleverPeople {
        self.sections.push(name.into());
        self
    }

    /// Of the sections of a course.
    pub fn of_course(mut self, name: impl Into<String>) -> CleverPeople {
        self.courses.push(name.into());
        self
    }

    /// Of a school; with sections or courses, only of those at it.
    pub fn at_school(mut self, name: impl Into<String>) -> CleverPeople {
        self.schools.push(name.into());
        self
    }

    /// At most so many people.
    pub fn most(mut self, people: usize) -> CleverPeople {
        self.most = people;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// If Clever fails or refuses.
    pub async fn get(self) -> Result<Found, Error> {
        let mut found = Found::default();
        let schools = self.called(Kind::Org, &self.schools, at!(Org.name), "school", &mut found.unknown).await?;
        let courses = self.called(Kind::Course, &self.courses, at!(Course.title), "course", &mut found.unknown).await?;
        let sections = if self.sections.is_empty() && self.courses.is_empty() {
            None
        } else {
            Some(self.sections_of(schools.as_deref(), courses.as_deref(), &mut found.unknown).await?)
        };
        let paths: Vec<String> = match (sections, schools) {
            (Some(sections), _) => sections.iter().map(|id| format!("sections/{id}/users")).collect(),
            (None, Some(schools)) => schools.iter().map(|id| format!("schools/{id}/users")).collect(),
            (None, None) => vec!["users".to_owned()],
        };
        let mut seen = BTreeSet::new();
        for path in paths {
            let mut records = self.clever.of_path(&path, self.role, Kind::User);
            while found.people.len() < self.most
                && let Some(person) = records.next().await?
            {
                if seen.insert(person.sourced_id.clone()) {
                    found.people.push(person);
                }
            }
        }
        Ok(found)
    }

    /// The identifiers of the groups of these names; `None` if none was named.
    async fn called(
        &self,
        kind: Kind,
        names: &[String],
        field: u8,
        sort: &str,
        unknown: &mut Vec<String>,
    ) -> Result<Option<Vec<String>>, Error> {
        if names.is_empty() {
            return Ok(None);
        }
        let all = self.clever.records(kind)?.all().await?;
        let (ids, missing) = named(&all, names, field);
        unknown.extend(missing.iter().map(|name| format!("{sort} called {name}")));
        Ok(Some(ids))
    }

    async fn sections_of(
        &self,
        schools: Option<&[String]>,
        courses: Option<&[String]>,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<String>, Error> {
        let mut all = self.clever.records(Kind::Class)?.all().await?;
        if !self.sections.is_empty() {
            let (ids, missing) = named(&all, &self.sections, at!(Class.title));
            unknown.extend(missing.iter().map(|name| format!("section called {name}")));
            all.retain(|section| ids.contains(&section.sourced_id));
        }
        let within = |value: Option<&str>, ids: Option<&[String]>| {
            ids.is_none_or(|ids| ids.iter().any(|id| value == Some(id.as_str())))
        };
        all.retain(|section| {
            within(section.get(at!(Class.school)), schools) && within(section.get(at!(Class.course)), courses)
        });
        Ok(all.into_iter().map(|section| section.sourced_id).collect())
    }
}

/// The identifiers of the records of these names, and the names that none has.
fn named<'n>(all: &[Record], names: &'n [String], field: u8) -> (Vec<String>, Vec<&'n str>) {
    let (mut ids, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        let wanted = name.trim().to_lowercase();
        let is = |record: &&Record| {
            record.sourced_id == name.trim()
                || record.get(field).is_some_and(|text| text.trim().to_lowercase() == wanted)
        };
        let before = ids.len();
        ids.extend(all.iter().filter(is).map(|record| record.sourced_id.clone()));
        if ids.len() == before {
            missing.push(name.as_str());
        }
    }
    (ids, missing)
}
