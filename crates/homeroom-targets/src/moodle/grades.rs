//! The grades of a Moodle, as a gradebook: each grade item of a course is a line
//! item of the class, or of each class that shares the course; each grade a
//! result of it.
//!
//! Courses and accounts are those of the ledger, people and classes those of the
//! roster. What is told twice is the same record: identifiers are made of the
//! numbers that Moodle gives, days that it does not tell of the terms of a class.

use super::functions::{GRADES, SITE_INFO};
use super::job::Job;
use super::recover::ask;
use super::scene::{Scene, records};
use super::settings::Settings;
use super::told::{Stop, What};
use super::untold::{Untold, not_told};
use super::wire::Wrong;
use hashbrown::HashMap;
use homeroom_store::Export;
use jiff::tz::TimeZone;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use oneroster::time::{Date, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The longest title that is kept.
const TITLE: usize = 255;
/// The word for a course in Moodle's types of grade items, and those of items
/// that are no totals.
const TOTAL: &str = "course";
const TOTALS: &[&str] = &[TOTAL];
const ITEMS: &[&str] = &["mod", "manual"];

/// Stands between the parts of an identifier; no name of a target has it.
const BETWEEN: char = '.';

/// Whether an identifier is one that was made of the grades of a target.
pub fn is_grade_of(target: &str, sourced_id: &str) -> bool {
    let rest = sourced_id.strip_prefix(&own(target));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(BETWEEN))
}

/// What identifiers of the grades of a target begin with.
fn own(target: &str) -> String {
    format!("moodle{BETWEEN}{target}")
}

/// What was read.
#[derive(Debug, Default)]
pub struct Graded {
    /// Categories, line items and results.
    pub records: Vec<Record>,
    /// How many courses were read.
    pub courses: u64,
    /// Courses that could not be read: what is missing of them is not gone.
    pub unread: Vec<(String, String)>,
    /// Of which classes and people nothing was told.
    pub untold: Untold,
    /// Grades of people who are in no class of the course.
    pub strangers: u64,
    /// Grades that are words of a scale: Moodle tells their places in it alone.
    pub worded: u64,
    /// Classes without a term: their grades have no days.
    pub timeless: BTreeSet<String>,
}

/// Where a class stands in time and place.
struct Place {
    school: String,
    session: String,
    first: String,
    last: String,
}

/// A grade item.
struct Item<'v> {
    number: i64,
    title: String,
    least: f64,
    most: f64,
    of: &'v Value,
}

/// Reads the grades of the courses that were carried to a Moodle. `known` gives
/// the result of an identifier as it was read before.
///
/// # Errors
/// Why it stopped. One course that cannot be read is no reason.
pub fn grades(job: &Job<'_>, known: &dyn Fn(&str) -> Option<Record>) -> Result<Graded, Stop> {
    let info = ask(job.moodle, SITE_INFO, &[])?;
    let offered = info["functions"].as_array().into_iter().flatten();
    if !offered.into_iter().any(|function| function["name"] == GRADES) {
        let message = format!("the external service of the token lacks {GRADES}");
        return Err(Stop::new(message, "add it to the service in Moodle; docs/moodle.md says where"));
    }
    let mut export = job.roster.export(None)?;
    let scene = Scene::read(&mut export, job.settings, job.today, &mut |_| {})?;
    let places = places(&mut export)?;
    drop(export);
    let (mut courses, mut people) = (HashMap::new(), HashMap::new());
    job.roster.ledger(job.target, &mut |entry| {
        if entry.number > 0 && entry.kind == What::Course.number() {
            courses.insert(entry.key, entry.number);
        } else if entry.number > 0 && entry.kind == What::User.number() {
            people.insert(entry.number, entry.key);
        }
    })?;
    let mut reading = Reading { job, people, places, known, graded: Graded::default(), made: BTreeMap::new() };
    reading.category();
    for (at, course) in (0u32..).zip(&scene.courses) {
        let Some(number) = courses.get(&course.key) else { continue };
        let arguments = [("courseid".to_owned(), number.to_string()), ("userid".to_owned(), "0".to_owned())];
        match job.moodle.read(GRADES, &arguments) {
            Ok(answer) => match not_told(&answer, reading.kinds()) {
                None => reading.course(&scene, at, &answer),
                Some(why) => reading.unread(&scene, at, why.to_owned()),
            },
            Err(wrong) if wrong.is_fatal() && !is_of_course(&wrong) => return Err(wrong.stop(GRADES)),
            Err(wrong) => reading.unread(&scene, at, wrong.sentence()),
        }
    }
    let Reading { mut graded, made, .. } = reading;
    graded.records.extend(made.into_values());
    Ok(graded)
}

/// A course in which the account may not see grades says nothing of the others.
fn is_of_course(wrong: &Wrong) -> bool {
    matches!(wrong, Wrong::Refused { code, .. } if code == "nopermissions")
}

struct Reading<'a> {
    job: &'a Job<'a>,
    /// People by their numbers.
    people: HashMap<i64, String>,
    places: HashMap<String, Place>,
    known: &'a dyn Fn(&str) -> Option<Record>,
    graded: Graded,
    /// Line items and results by kind and identifier.
    made: BTreeMap<(Kind, String), Record>,
}

impl Reading<'_> {
    fn settings(&self) -> &Settings {
        self.job.settings
    }

    fn own(&self) -> String {
        own(self.job.target)
    }

    /// The types of grade items that are wanted.
    fn kinds(&self) -> &'static [&'static str] {
        if self.settings().totals { TOTALS } else { ITEMS }
    }

    /// A course that could not be read, whatever the reason.
    fn unread(&mut self, scene: &Scene, at: u32, why: String) {
        scene.classes_of(at).iter().for_each(|class| self.graded.untold.class(class));
        self.graded.unread.extend(scene.courses.get(at as usize).map(|course| (course.key.clone(), why)));
    }

    fn category(&mut self) {
        let mut category = Record::new(Kind::Category);
        category.sourced_id = self.own();
        category.push(at!(Category.title), &format!("Moodle ({})", self.job.target));
        self.graded.records.push(category);
    }

    /// One course: its items, and what they were graded.
    fn course(&mut self, scene: &Scene, at: u32, answer: &Value) {
        self.graded.courses += 1;
        let classes = scene.classes_of(at);
        let student = self.settings().role("student");
        let people = listed(answer).filter_map(|person| self.people.get(&person["userid"].as_i64()?));
        let people: Vec<&str> = people.map(String::as_str).collect();
        for class in &classes {
            match listed(answer).next() {
                Some(_) => self.graded.untold.but_for(class, &people),
                None => self.graded.untold.class(class),
            }
        }
        for person in listed(answer) {
            let id = person["userid"].as_i64().and_then(|number| self.people.get(&number)).cloned();
            let class = id.as_ref().and_then(|id| scene.class_in(at, id, student));
            for item in person["gradeitems"].as_array().into_iter().flatten() {
                let (of, is_graded) = (item, item["graderaw"].is_number());
                let Some(item) = self.item(of).filter(|_| has_numbers(of)) else {
                    self.graded.worded += u64::from(is_graded && self.item(of).is_some());
                    continue;
                };
                for class in &classes {
                    self.line_item(&item, class, classes.len() > 1);
                }
                match (&id, class) {
                    (Some(id), Some(class)) => self.result(&item, class, id, classes.len() > 1),
                    _ => self.graded.strangers += u64::from(is_graded),
                }
            }
        }
    }

    /// A grade item, if it is among those that are wanted and has numbers.
    fn item<'v>(&self, of: &'v Value) -> Option<Item<'v>> {
        let kind = of["itemtype"].as_str().unwrap_or_default();
        let wanted = self.kinds().contains(&kind);
        let title = of["itemname"].as_str().map(str::trim).filter(|name| !name.is_empty());
        let usual = if kind == TOTAL { "Course total" } else { "Grade" };
        let (least, most) = (of["grademin"].as_f64().unwrap_or_default(), of["grademax"].as_f64()?);
        let title = title.unwrap_or(usual).chars().take(TITLE).collect();
        (wanted && most > least).then_some(Item { number: of["id"].as_i64()?, title, least, most, of })
    }

    fn item_id(&self, item: &Item<'_>, class: &str, shared: bool) -> String {
        let id = format!("{}{BETWEEN}{}", self.own(), item.number);
        if shared { format!("{id}{BETWEEN}{:016x}", id_digest(class)) } else { id }
    }

    fn line_item(&mut self, item: &Item<'_>, class: &str, shared: bool) {
        let key = (Kind::LineItem, self.item_id(item, class, shared));
        if self.made.contains_key(&key) {
            return;
        }
        let Some(place) = self.places.get(class) else {
            self.graded.timeless.insert(class.to_owned());
            return;
        };
        let mut record = Record::new(Kind::LineItem);
        record.sourced_id.clone_from(&key.1);
        let (least, most) = if self.settings().percent { (0.0, 100.0) } else { (item.least, item.most) };
        for (field, value) in [
            (at!(LineItem.title), item.title.as_str()),
            (at!(LineItem.assignDate), &place.first),
            (at!(LineItem.dueDate), &place.last),
            (at!(LineItem.class), class),
            (at!(LineItem.category), &self.own()),
            (at!(LineItem.academicSession), &place.session),
            (at!(LineItem.resultValueMin), &number(least)),
            (at!(LineItem.resultValueMax), &number(most)),
            (at!(LineItem.school), &place.school),
        ] {
            record.push(field, value);
        }
        self.made.insert(key, record);
    }

    fn result(&mut self, item: &Item<'_>, class: &str, person: &str, shared: bool) {
        // What is not graded yet, or not yet to be seen, is no result.
        let hidden = item.of["gradeishidden"].as_bool() == Some(true);
        let Some(raw) = item.of["graderaw"].as_f64().filter(|_| !hidden) else { return };
        let item_id = self.item_id(item, class, shared);
        if !self.made.contains_key(&(Kind::LineItem, item_id.clone())) {
            return;
        }
        let mut record = Record::new(Kind::Result);
        record.sourced_id = format!("{item_id}{BETWEEN}{:016x}", id_digest(person));
        let share = (raw - item.least) / (item.most - item.least) * 100.0;
        let score = number(if self.settings().percent { share } else { raw });
        let before = (self.known)(&record.sourced_id).filter(|before| {
            before.get(at!(Result.score)).and_then(|known| known.parse::<f64>().ok()) == score.parse::<f64>().ok()
        });
        let told = ["gradedategraded", "gradedatesubmitted"]
            .iter()
            .find_map(|name| day(&item.of[*name], &self.job.settings.zone));
        // Totals have no day: it is the one on which they were seen first.
        let seen = || before.as_ref().and_then(|before| before.get(at!(Result.scoreDate)).map(str::to_owned));
        let on = told.or_else(seen).unwrap_or_else(|| self.job.today.to_string());
        for (field, value) in [
            (at!(Result.lineItem), item_id.as_str()),
            (at!(Result.student), person),
            (at!(Result.scoreStatus), "fully graded"),
            (at!(Result.score), &score),
            (at!(Result.scoreDate), &on),
        ] {
            record.push(field, value);
        }
        self.made.insert((Kind::Result, record.sourced_id.clone()), record);
    }
}

/// Whether a grade item goes from a number to a number. A scale goes from its first
/// word to its last; that it is one stands nowhere else, for what Moodle tells as the
/// number of the scale is that of the outcome.
fn has_numbers(item: &Value) -> bool {
    let Some(range) = item["rangeformatted"].as_str() else { return true };
    range.split("&ndash;").all(|end| end.trim().replace(',', ".").parse::<f64>().is_ok())
}

/// The people of whom a course tells.
fn listed(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["usergrades"].as_array().into_iter().flatten()
}

/// A number as short as it can be written, with at most five places, as Moodle
/// keeps them.
fn number(value: f64) -> String {
    let text = format!("{value:.5}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The day of a number of seconds.
fn day(seconds: &Value, zone: &TimeZone) -> Option<String> {
    let seconds = seconds.as_i64().filter(|seconds| *seconds > 0)?;
    Some(Timestamp(seconds.checked_mul(1000)?).date_in(zone).to_string())
}

/// Where the classes of a roster stand: of their terms the one that ends last.
fn places(export: &mut Export) -> Result<HashMap<String, Place>, Stop> {
    let mut sessions: HashMap<String, (Date, Date)> = HashMap::new();
    records(export, Kind::AcademicSession, &mut |session| {
        let day = |field| session.get(field).and_then(Date::parse);
        if let (Some(start), Some(end)) = (day(at!(AcademicSession.startDate)), day(at!(AcademicSession.endDate))) {
            sessions.insert(session.sourced_id.clone(), (start, end));
        }
    })?;
    let mut places = HashMap::new();
    records(export, Kind::Class, &mut |class| {
        let terms = class.list(at!(Class.terms)).filter_map(|term| Some((sessions.get(term)?, term)));
        let last = terms.max_by_key(|((start, end), term)| (end.0, start.0, (*term).to_owned()));
        let Some(((start, end), term)) = last else { return };
        let instant = |day: Date| day.midnight().to_string();
        let place = Place {
            school: class.get(at!(Class.school)).unwrap_or_default().to_owned(),
            session: term.to_owned(),
            first: instant(*start),
            // A session ends before its last day begins.
            last: instant(Date(end.0.saturating_sub(1).max(start.0))),
        };
        places.insert(class.sourced_id.clone(), place);
    })?;
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn targets_are_told_apart_by_their_identifiers() {
        for id in ["moodle.lms", "moodle.lms.7", "moodle.lms.7.00ff"] {
            assert!(is_grade_of("lms", id) && !is_grade_of("lm", id) && !is_grade_of("lms-7", id), "{id}");
        }
        assert!(!is_grade_of("lms", "moodle.lms-7.1"));
    }

    #[test]
    fn a_scale_is_known_by_its_words() {
        for (range, has) in
            [("0&ndash;100", true), ("-5,00&ndash;5,00", true), ("Poor&ndash;Good", false), ("&ndash;", false)]
        {
            assert_eq!(has_numbers(&json!({ "rangeformatted": range })), has, "{range}");
        }
        assert!(has_numbers(&json!({ "grademax": 5 })));
    }

    #[test]
    fn numbers_are_written_shortly_and_days_in_the_zone() {
        let written = [0.0, -0.000_001, 7.5, 100.0, 66.666_666_6, 12.000_01].map(number);
        assert_eq!(written, ["0", "0", "7.5", "100", "66.66667", "12.00001"]);
        let zone = TimeZone::get("America/Chicago").unwrap();
        assert_eq!(day(&json!(1_790_000_000), &TimeZone::UTC).as_deref(), Some("2026-09-21"));
        assert_eq!(day(&json!(1_789_960_000), &zone).as_deref(), Some("2026-09-20"));
        assert_eq!([day(&json!(null), &zone), day(&json!(0), &zone)], [None, None]);
    }
}
