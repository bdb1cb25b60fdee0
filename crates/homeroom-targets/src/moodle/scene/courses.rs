//! Classes as courses, or as groups of shared ones; enrollments in them.

use super::orgs::{Orgs, category};
use super::{Course, Group, Place, Scene, records, seconds};
use crate::moodle::names::title;
use crate::moodle::settings::{Courses, Settings};
use crate::moodle::shorts::coded;
use crate::moodle::told::{Did, Stop, Told, What};
use crate::moodle::wish::Wish;
use hashbrown::{HashMap, HashSet};
use homeroom_store::Export;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use std::collections::BTreeMap;

/// The longest names, and the longest number for people.
const FULL_NAME: usize = 254;
const CATEGORY: usize = 255;
const ID_NUMBER: usize = 100;

/// Where a class is taught.
#[derive(Clone, Copy)]
pub(super) struct Taught {
    course: u32,
    group: Option<u32>,
}

/// An enrollment, by the digest of its person.
pub(super) struct Enrolled {
    pub(super) course: u32,
    pub(super) group: Option<u32>,
    pub(super) user: u64,
    pub(super) role: i64,
    pub(super) start: i64,
    pub(super) end: i64,
}

/// A session: its first day, the day after its last, and the school year.
struct Session {
    start: String,
    end: String,
    year: String,
}

/// What is gathered while classes are read.
struct Reading<'a> {
    settings: &'a Settings,
    orgs: &'a Orgs,
    sessions: BTreeMap<String, Session>,
    /// Titles and codes of the roster's courses.
    subjects: BTreeMap<String, (String, String)>,
    /// Shared courses by their key: place, first and last day.
    shared: BTreeMap<String, (u32, String, String)>,
    names: HashSet<String>,
    subcategories: HashSet<String>,
}

/// Where each class is taught, by the digest of its sourcedId.
pub(super) type Classes = HashMap<u64, Taught>;

pub(super) fn read(
    export: &mut Export,
    scene: &mut Scene,
    orgs: &Orgs,
    settings: &Settings,
    told: &mut dyn FnMut(Told),
) -> Result<Classes, Stop> {
    let mut sessions = BTreeMap::new();
    records(export, Kind::AcademicSession, &mut |record| {
        let text = |field| record.get(field).unwrap_or_default().to_owned();
        let (start, end) = (text(at!(AcademicSession.startDate)), text(at!(AcademicSession.endDate)));
        let year = text(at!(AcademicSession.schoolYear));
        sessions.insert(record.sourced_id.clone(), Session { start, end, year });
    })?;
    let mut subjects = BTreeMap::new();
    records(export, Kind::Course, &mut |record| {
        let text = |field| record.get(field).unwrap_or_default().to_owned();
        subjects.insert(record.sourced_id.clone(), (text(at!(Course.title)), text(at!(Course.courseCode))));
    })?;
    let mut reading = Reading {
        settings,
        orgs,
        sessions,
        subjects,
        shared: BTreeMap::new(),
        names: HashSet::new(),
        subcategories: HashSet::new(),
    };
    let schools: HashSet<String> = scene.schools.iter().cloned().collect();
    let mut classes = Vec::new();
    records(export, Kind::Class, &mut |record| {
        let school = record.get(at!(Class.school)).unwrap_or_default();
        if schools.contains(school) {
            classes.push(record);
        }
    })?;
    // Names that are there twice go to the same class every time.
    classes.sort_unstable_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
    let mut taught = Classes::new();
    for class in &classes {
        match reading.class(class, scene) {
            Ok(place) => drop(taught.insert(id_digest(&class.sourced_id), place)),
            Err(why) => told(Told::new(Did::Skipped, What::Course, &class.sourced_id).why(why)),
        }
    }
    reading.days_of_shared(scene);
    Ok(taught)
}

impl Reading<'_> {
    fn class(&mut self, class: &Record, scene: &mut Scene) -> Result<Taught, String> {
        let text = |field| class.get(field).unwrap_or_default();
        let (school, subject) = (text(at!(Class.school)), text(at!(Class.course)));
        let days = self.days(class);
        if self.settings.courses == Courses::Class {
            let name = named(text(at!(Class.title)), &class.sourced_id, FULL_NAME);
            let category = self.category(scene, school, subject);
            let (key, code) = (class.sourced_id.clone(), self.code(text(at!(Class.classCode))));
            let wish = self.wish(&key, &name, &code, &category, &days)?;
            let course = push(&mut scene.courses, Course { key, title: name, code, wish });
            return Ok(Taught { course, group: None });
        }
        let year = class.list(at!(Class.terms)).filter_map(|term| Some(self.sessions.get(term)?.year.as_str())).max();
        // A year has a course of its own, so that the last one keeps its work.
        let key = format!("{subject}@{school}{}", year.map(|year| format!("@{year}")).unwrap_or_default());
        let course = match self.shared.get_mut(&key) {
            Some((course, start, end)) => {
                widen(start, end, &days);
                *course
            }
            None => {
                let (name, code) = self.subjects.get(subject).cloned().unwrap_or_default();
                let name = named(&name, subject, FULL_NAME);
                let category = self.category(scene, school, subject);
                let code = self.code(&code);
                let wish = self.wish(&key, &name, &code, &category, &days)?;
                let course = push(&mut scene.courses, Course { key: key.clone(), title: name, code, wish });
                self.shared.insert(key, (course, days.0, days.1));
                course
            }
        };
        let id = &class.sourced_id;
        if id.len() > ID_NUMBER {
            return Err(too_long());
        }
        let mut name = named(text(at!(Class.title)), id, FULL_NAME);
        // Two groups of a course cannot have one name.
        if !self.names.insert(format!("{course} {name}")) {
            name = format!("{} ({id})", title(&name, FULL_NAME - id.chars().count() - 3));
        }
        let wish = Wish::default().text("name", name).text("idnumber", id).text("description", "");
        let group = push(&mut scene.groups, Group { key: id.clone(), course, wish });
        Ok(Taught { course, group: Some(group) })
    }

    /// The first day of the sessions of a class, and the day after the last.
    fn days(&self, class: &Record) -> (String, String) {
        let mut days = (String::new(), String::new());
        for session in class.list(at!(Class.terms)).filter_map(|term| self.sessions.get(term)) {
            widen(&mut days.0, &mut days.1, &(session.start.clone(), session.end.clone()));
        }
        days
    }

    fn wish(&self, key: &str, name: &str, code: &str, category: &str, days: &(String, String)) -> Result<Wish, String> {
        if key.len() > ID_NUMBER {
            return Err(too_long());
        }
        let short = if code.is_empty() { key } else { code };
        let wish = Wish::default().text("fullname", name).text("shortname", short).text("idnumber", key);
        Ok(self.dated(wish.of("categoryid", What::Category, category), days))
    }

    /// Moodle takes an end only after a start.
    fn dated(&self, wish: Wish, days: &(String, String)) -> Wish {
        let of = |day: &str| seconds(Some(day).filter(|day| !day.is_empty()), self.settings);
        let (start, end) = (of(&days.0), of(&days.1));
        let end = if start > 0 && end > start { end } else { 0 };
        wish.number("startdate", start).number("enddate", end).number("visible", 1)
    }

    /// The category of a class, made if courses have one of their own.
    fn category(&mut self, scene: &mut Scene, school: &str, subject: &str) -> String {
        if !self.settings.by_course || subject.is_empty() {
            return category(school);
        }
        let key = format!("{subject}@{school}");
        if key.len() > ID_NUMBER {
            return category(school);
        }
        if self.subcategories.insert(key.clone()) {
            let name = self.subjects.get(subject).map_or(subject, |(name, _)| name.as_str());
            let wish = Wish::default().text("name", named(name, subject, CATEGORY)).text("idnumber", &key);
            let wish = wish.of("parent", What::Category, &category(school));
            scene.categories.push(Place { key: key.clone(), wish });
        }
        key
    }

    /// The code of which a short name is made; none if it is made of the sourcedId.
    fn code(&self, code: &str) -> String {
        if self.settings.short_codes { coded(code) } else { String::new() }
    }

    /// A shared course lasts as long as all its classes.
    fn days_of_shared(&self, scene: &mut Scene) {
        for (course, start, end) in self.shared.values() {
            let course = &mut scene.courses[*course as usize];
            let wish =
                ["startdate", "enddate", "visible"].into_iter().fold(std::mem::take(&mut course.wish), Wish::without);
            course.wish = self.dated(wish, &(start.clone(), end.clone()));
        }
        // The tree is told by its names, too.
        debug_assert!(scene.schools.iter().all(|school| !self.orgs.name(school).is_empty()));
    }
}

fn push<T>(all: &mut Vec<T>, one: T) -> u32 {
    all.push(one);
    u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
}

fn named(name: &str, or: &str, longest: usize) -> String {
    let name = title(name, longest);
    if name.is_empty() { title(or, longest) } else { name }
}

fn too_long() -> String {
    format!("its sourcedId is longer than the {ID_NUMBER} characters that Moodle keeps")
}

fn widen(start: &mut String, end: &mut String, by: &(String, String)) {
    if !by.0.is_empty() && (start.is_empty() || by.0 < *start) {
        start.clone_from(&by.0);
    }
    if by.1 > *end {
        end.clone_from(&by.1);
    }
}

/// The enrollments in these classes whose role is mapped.
pub(super) fn enrollments(
    export: &mut Export,
    taught: &Classes,
    settings: &Settings,
    told: &mut dyn FnMut(Told),
) -> Result<Vec<Enrolled>, Stop> {
    let mut all = Vec::new();
    records(export, Kind::Enrollment, &mut |record| {
        let text = |field| record.get(field).unwrap_or_default();
        let (class, user) = (text(at!(Enrollment.class)), text(at!(Enrollment.user)));
        let Some(Taught { course, group }) = taught.get(&id_digest(class)).copied() else { return };
        let word = text(at!(Enrollment.role));
        let Some(role) = settings.role(word) else {
            let why = format!("the role {word} is not mapped");
            return told(Told::new(Did::Skipped, What::Enrolment, user).within(class).why(why));
        };
        let day = |field| seconds(record.get(field), settings);
        let (start, end) = (day(at!(Enrollment.beginDate)), day(at!(Enrollment.endDate)));
        all.push(Enrolled { course, group, user: id_digest(user), role, start, end });
    })?;
    Ok(all)
}
