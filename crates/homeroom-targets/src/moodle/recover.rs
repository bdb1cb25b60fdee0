//! Finding what is in Moodle: what we asked for and never heard of, and what
//! stands in the way of what we would make.

use super::batch::{Engine, Task};
use super::functions::{CATEGORIES, COHORTS, FIND_COURSES, FIND_USERS, GROUPS};
use super::scene::Scene;
use super::told::{State, Stop, What};
use super::wire::Moodle;
use super::wish::UNKNOWN;
use homeroom_store::Entry;
use serde_json::Value;

/// Reads, or ends the push.
pub(super) fn ask(moodle: &Moodle, function: &str, arguments: &[(String, String)]) -> Result<Value, Stop> {
    moodle.read(function, arguments).map_err(|wrong| wrong.stop(function))
}

/// The accounts with one of these values in a field.
pub(super) fn users(moodle: &Moodle, field: &str, values: &[&str]) -> Result<Vec<Value>, Stop> {
    let mut arguments = vec![("field".to_owned(), field.to_owned())];
    arguments.extend(values.iter().enumerate().map(|(at, value)| (format!("values[{at}]"), (*value).to_owned())));
    Ok(list(ask(moodle, FIND_USERS, &arguments)?))
}

/// The courses with this value in a field.
pub(super) fn courses(moodle: &Moodle, field: &str, value: &str) -> Result<Vec<Value>, Stop> {
    let arguments = [("field".to_owned(), field.to_owned()), ("value".to_owned(), value.to_owned())];
    Ok(list(ask(moodle, FIND_COURSES, &arguments)?["courses"].take()))
}

/// The courses with these numbers. Moodle refuses the whole question if one of them
/// is gone: then it is asked about each half.
pub(super) fn courses_of(moodle: &Moodle, numbers: &[String]) -> Result<Vec<Value>, Stop> {
    if let [number] = numbers {
        return courses(moodle, "id", number);
    }
    let arguments = [("field".to_owned(), "ids".to_owned()), ("value".to_owned(), numbers.join(","))];
    match moodle.read(FIND_COURSES, &arguments) {
        Ok(mut answer) => Ok(list(answer["courses"].take())),
        Err(wrong) if wrong.is_fatal() => Err(wrong.stop(FIND_COURSES)),
        Err(_) => {
            let (first, second) = numbers.split_at(numbers.len() / 2);
            let mut found = courses_of(moodle, first)?;
            found.extend(courses_of(moodle, second)?);
            Ok(found)
        }
    }
}

/// The categories with this number for people.
pub(super) fn categories(moodle: &Moodle, idnumber: &str) -> Result<Vec<Value>, Stop> {
    let arguments = [
        ("criteria[0][key]".to_owned(), "idnumber".to_owned()),
        ("criteria[0][value]".to_owned(), idnumber.to_owned()),
        ("addsubcategories".to_owned(), "0".to_owned()),
    ];
    Ok(list(ask(moodle, CATEGORIES, &arguments)?))
}

/// The groups of a course.
pub(super) fn groups(moodle: &Moodle, course: i64) -> Result<Vec<Value>, Stop> {
    Ok(list(ask(moodle, GROUPS, &[("courseid".to_owned(), course.to_string())])?))
}

/// Every cohort of the site.
pub(super) fn cohorts(moodle: &Moodle) -> Result<Vec<Value>, Stop> {
    Ok(list(ask(moodle, COHORTS, &[])?))
}

pub(super) fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all,
        _ => Vec::new(),
    }
}

/// The number of the only one with this idnumber.
fn only(all: &[Value], idnumber: &str) -> Option<i64> {
    let mut fitting = all.iter().filter(|one| one["idnumber"] == idnumber);
    let first = fitting.next()?;
    fitting.next().is_none().then(|| first["id"].as_i64()).flatten()
}

/// Looks for what an earlier push asked for without hearing of it: what is
/// there under our number is ours, the rest was never made.
pub(super) fn recover(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    for entry in engine.ledger.in_state(State::Asked.number())? {
        let key = entry.key.as_str();
        let found = match What::of(entry.kind) {
            Some(What::User) => only(&users(engine.moodle, "idnumber", &[key])?, key),
            Some(What::Course) => only(&courses(engine.moodle, "idnumber", key)?, key),
            Some(What::Category) => only(&categories(engine.moodle, key)?, key),
            Some(What::Cohort) => only(&cohorts(engine.moodle)?, key),
            Some(What::Group) => {
                let group = scene.groups.iter().find(|group| group.key == key);
                let course =
                    group.and_then(|group| engine.number(What::Course, &scene.courses[group.course as usize].key));
                match course {
                    Some(course) if course > 0 => only(&groups(engine.moodle, course)?, key),
                    _ => None,
                }
            }
            _ => None,
        };
        match found {
            Some(number) => {
                let state = State::Ours.number();
                engine.ledger.keep(Entry { number, state, digest: UNKNOWN, parts: Vec::new(), ..entry });
            }
            None => engine.ledger.strike(entry.kind, key),
        }
    }
    Ok(engine.ledger.flush()?)
}

/// What is there already with a number or name that must not be there twice.
pub(super) fn in_the_way(moodle: &Moodle, task: &Task) -> Result<Option<String>, Stop> {
    let field =
        |wanted: &str| task.fields.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value.as_str());
    let there = |what: &str, all: &[Value]| {
        let number = all.first()?["id"].as_i64()?;
        let adopt = "take it over with: homeroom target adopt";
        Some(format!("there is a {} in Moodle already with this {what} (number {number}); {adopt}", task.what.one()))
    };
    Ok(match task.what {
        What::Course => {
            let short = courses(moodle, "shortname", field("shortname"))?;
            there("idnumber", &courses(moodle, "idnumber", field("idnumber"))?).or_else(|| there("short name", &short))
        }
        What::Category => there("idnumber", &categories(moodle, field("idnumber"))?),
        _ => None,
    })
}
