//! What one version of a roster asks of a Moodle: compact, for the people of a
//! district are many.
//!
//! Names and addresses of people are not held here; they are read again, row by
//! row, when accounts are compared.

mod courses;
mod orgs;
mod persons;

use super::settings::{Schools, Settings};
use super::told::{Did, Stop, Told, What};
use super::wish::Wish;
use hashbrown::HashMap;
use homeroom_store::{Export, Which};
use oneroster::at;
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use oneroster::time::{Date, Timestamp};

/// A category or cohort: what it is called here, and what it shall be like.
#[derive(Debug)]
pub struct Place {
    /// Its key in the ledger.
    pub key: String,
    pub(super) wish: Wish,
}

/// A course.
#[derive(Debug)]
pub struct Course {
    /// Its key in the ledger, and its number for people in Moodle.
    pub key: String,
    /// Its name.
    pub title: String,
    /// The code of which its short name is made; empty for none.
    pub(super) code: String,
    pub(super) wish: Wish,
}

/// A group of a shared course.
#[derive(Debug)]
pub struct Group {
    /// The sourcedId of the class.
    pub key: String,
    /// The place of its course.
    pub course: u32,
    pub(super) wish: Wish,
}

/// A person who gets an account.
#[derive(Debug)]
pub struct Person {
    /// The sourcedId.
    pub id: Box<str>,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// Digests of the username and the address, to find two that are the same;
    /// 0 for none.
    pub(super) username: u64,
    pub(super) email: u64,
    /// Whether another person has the username, or the address.
    pub(super) username_taken: bool,
    pub(super) email_taken: bool,
}

/// A person in a course, by their places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tie {
    pub(super) course: u32,
    pub(super) person: u32,
    pub(super) role: i64,
    /// Seconds; 0 for open.
    pub(super) start: i64,
    pub(super) end: i64,
    /// The place of the group, if the course is shared.
    pub(super) group: Option<u32>,
}

/// What a roster asks for.
#[derive(Debug, Default)]
pub struct Scene {
    /// The version that was read.
    pub at: Option<Timestamp>,
    /// The chosen schools, by sourcedId.
    pub schools: Vec<String>,
    /// Those above before those below.
    pub categories: Vec<Place>,
    /// The courses.
    pub courses: Vec<Course>,
    /// The groups of shared courses.
    pub groups: Vec<Group>,
    /// The cohorts.
    pub cohorts: Vec<Place>,
    /// The people, by the order of the roster.
    pub people: Vec<Person>,
    /// The enrolments, by course and person.
    pub ties: Vec<Tie>,
    /// Students and their agents, with the role.
    pub kin: Vec<(u32, u32, i64)>,
    /// People with a role in a category.
    pub staff: Vec<(u32, u32, i64)>,
    /// Cohorts and their members.
    pub members: Vec<(u32, u32)>,
    person_at: HashMap<u64, u32>,
}

impl Scene {
    /// Reads one version of the roster.
    ///
    /// # Errors
    /// If a chosen school is not in the roster, and as the store says.
    pub fn read(
        export: &mut Export,
        settings: &Settings,
        today: Date,
        told: &mut dyn FnMut(Told),
    ) -> Result<Scene, Stop> {
        let mut scene = Scene { at: export.at(), ..Scene::default() };
        if settings.schools == Schools::Named(Vec::new()) || scene.at.is_none() {
            return Ok(scene);
        }
        let orgs = orgs::read(export)?;
        scene.schools = orgs.chosen(settings)?;
        orgs.categories(&mut scene, settings);
        let taught = courses::read(export, &mut scene, &orgs, settings, told)?;
        let mut enrolled = courses::enrollments(export, &taught, settings, told)?;
        persons::read(export, &mut scene, &orgs, settings, today, &enrolled)?;
        scene.tie(&mut enrolled, told);
        Ok(scene)
    }

    /// The place of a person.
    pub fn person(&self, sourced_id: &str) -> Option<u32> {
        self.person_at.get(&id_digest(sourced_id)).copied()
    }

    /// The classes that are taught in a course: itself, or those that share it.
    pub(super) fn classes_of(&self, course: u32) -> Vec<String> {
        let sharing: Vec<String> =
            self.groups.iter().filter(|group| group.course == course).map(|group| group.key.clone()).collect();
        match self.courses.get(course as usize) {
            Some(own) if sharing.is_empty() => vec![own.key.clone()],
            _ => sharing,
        }
    }

    /// The class of a course in which somebody has a role; of several the first.
    pub(super) fn class_in(&self, course: u32, sourced_id: &str, role: Option<i64>) -> Option<&str> {
        let person = self.person(sourced_id)?;
        let from = self.ties.partition_point(|tie| (tie.course, tie.person) < (course, person));
        let mut ties = self.ties[from..].iter().take_while(|tie| (tie.course, tie.person) == (course, person));
        let tie = ties.find(|tie| Some(tie.role) == role)?;
        Some(match tie.group {
            Some(group) => &self.groups.get(group as usize)?.key,
            None => &self.courses.get(course as usize)?.key,
        })
    }

    /// Joins enrollments to people, one tie for each role of a person in a
    /// course, with the days of all of them.
    fn tie(&mut self, enrolled: &mut Vec<courses::Enrolled>, told: &mut dyn FnMut(Told)) {
        let mut ties: Vec<Tie> = Vec::with_capacity(enrolled.len());
        for one in enrolled.drain(..) {
            let Some(person) = self.person_at.get(&one.user).copied() else {
                let within = &self.courses[one.course as usize].key;
                let why = "the person of an enrollment is not in the roster";
                told(Told::new(Did::Skipped, What::Enrolment, "?").within(within).why(why));
                continue;
            };
            let courses::Enrolled { course, role, start, end, group, .. } = one;
            ties.push(Tie { course, person, role, start, end, group });
        }
        ties.sort_unstable();
        // Moodle has one enrolment for all roles and classes of a person in a course.
        let mut from = 0;
        while from < ties.len() {
            let same = |tie: &Tie| (tie.course, tie.person) == (ties[from].course, ties[from].person);
            let to = from + ties[from..].iter().take_while(|tie| same(tie)).count();
            let some = &ties[from..to];
            let open = |days: &dyn Fn(&Tie) -> i64| some.iter().any(|tie| days(tie) == 0);
            let start = if open(&|tie| tie.start) { 0 } else { some.iter().map(|tie| tie.start).min().unwrap_or(0) };
            let end = if open(&|tie| tie.end) { 0 } else { some.iter().map(|tie| tie.end).max().unwrap_or(0) };
            for tie in &mut ties[from..to] {
                (tie.start, tie.end) = (start, end);
            }
            from = to;
        }
        self.ties = ties;
    }
}

/// The seconds at which a day begins; 0 for none.
fn seconds(day: Option<&str>, settings: &Settings) -> i64 {
    let Some(day) = day.and_then(Date::parse) else { return 0 };
    let (year, month, number) = day.ymd();
    let small = |number: i32| i8::try_from(number).unwrap_or(1);
    jiff::civil::Date::new(i16::try_from(year).unwrap_or(1970), small(month), small(number))
        .ok()
        .and_then(|date| date.to_zoned(settings.zone.clone()).ok())
        .map_or_else(|| day.midnight().0.div_euclid(1000), |zoned| zoned.timestamp().as_second())
}

/// Gives every live record of a kind.
pub(super) fn records(export: &mut Export, kind: Kind, sink: &mut dyn FnMut(Record)) -> Result<(), Stop> {
    export.rows(kind, Which::Live, None, &mut |row: &Row<'_>| {
        if let Some(record) = Record::unpack(kind, row.sourced_id, row.packed) {
            sink(record);
        }
        true
    })?;
    Ok(())
}

/// The days on which a role is held.
fn holds(role: &Record, today: Date) -> bool {
    let day = |field| role.get(field).and_then(Date::parse);
    day(at!(Role.beginDate)).is_none_or(|begin| begin <= today) && day(at!(Role.endDate)).is_none_or(|end| today < end)
}
