//! Short names of courses, where they are made of codes. Moodle has each of them
//! once alone, and a class of the next year has the code of one of this year, whose
//! course is hidden and stays: whoever has a short name keeps it, and another class
//! of that code has its sourcedId behind it.

use super::names::title;
use super::scene::{Course, Scene};
use super::wish::{Value, part};
use hashbrown::{HashMap, HashSet};
use homeroom_store::Entry;

/// The field of a course.
const FIELD: &str = "shortname";
/// The longest short name, and the longest number for people behind it.
const SHORT_NAME: usize = 255;
const ID_NUMBER: usize = 100;

/// A code as a short name.
pub(super) fn coded(code: &str) -> String {
    title(code, SHORT_NAME)
}

/// Gives every course with a code its short name; `entries` are those of courses.
pub(super) fn settle(scene: &mut Scene, entries: &[Entry]) {
    for at in second(scene, entries) {
        let course = &mut scene.courses[at];
        let short = format!("{} ({})", title(&course.code, SHORT_NAME - ID_NUMBER - 3), course.key);
        course.wish.put(FIELD, short);
    }
}

/// The places of the courses whose code another one has, or gets.
fn second(scene: &Scene, entries: &[Entry]) -> Vec<usize> {
    let here: HashSet<&str> = scene.courses.iter().map(|course| course.key.as_str()).collect();
    let mut holders: HashMap<&[u8], &str> = HashMap::new();
    for entry in entries {
        holders.extend(entry.parts.chunks(8).map(|part| (part, entry.key.as_str())));
    }
    let holder = |course: &Course| {
        let wanted = part(FIELD, &Value::Text(course.code.clone()));
        holders.get(wanted.as_slice()).copied()
    };
    // Moodle compares them without case.
    let mut taken = HashSet::new();
    let mut rest = Vec::new();
    for (at, course) in scene.courses.iter().enumerate().filter(|(_, course)| !course.code.is_empty()) {
        match holder(course) {
            Some(key) if key == course.key => drop(taken.insert(course.code.to_lowercase())),
            Some(key) if !here.contains(key) => rest.push((at, true)),
            _ => rest.push((at, false)),
        }
    }
    rest.sort_unstable_by(|a, b| scene.courses[a.0].key.cmp(&scene.courses[b.0].key));
    rest.retain(|(at, held)| *held || !taken.insert(scene.courses[*at].code.to_lowercase()));
    rest.into_iter().map(|(at, _)| at).collect()
}
