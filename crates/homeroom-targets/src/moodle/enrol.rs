//! Enrolments: who is in a course with which role, from when to when.
//!
//! A person has one manual enrolment in a course, whatever their roles. Sending
//! it again writes its days and status anew and adds a role; so nobody is sent
//! who is there by another's hand.

use super::batch::{ASSIGN, After, ENROL, Engine, Task};
use super::functions::ENROLLED;
use super::keys::held;
use super::recover::{ask, courses, list};
use super::scene::{Scene, Tie};
use super::told::{Did, State, Stop, Told, What};
use super::wire::{Moodle, Wrong};
use super::wish::{ENDED, Wish};
use hashbrown::HashMap;
use serde_json::Value;

/// Who is in a course: accounts and their roles, by number.
type There = HashMap<i64, Vec<i64>>;

/// The digest of the days of an enrolment.
pub(super) fn digest(tie: &Tie) -> i64 {
    Wish::default().number("timestart", tie.start).number("timeend", tie.end).digest()
}

/// Enrols, course by course.
pub(super) fn enrol(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let (mut enrolments, mut roles) = (Vec::new(), Vec::new());
    let mut from = 0;
    while from < scene.ties.len() {
        let course = scene.ties[from].course;
        let to = from + scene.ties[from..].iter().take_while(|tie| tie.course == course).count();
        let mut there = None;
        let mut last = None;
        for tie in &scene.ties[from..to] {
            // Two classes of a shared course are one enrolment.
            if last.replace((tie.person, tie.role)) == Some((tie.person, tie.role)) {
                continue;
            }
            match task(engine, scene, tie, &mut there)? {
                Some((task, true)) => roles.push(task),
                Some((task, false)) => enrolments.push(task),
                None => {}
            }
        }
        from = to;
        // Kept together until they fill calls, and not longer.
        if enrolments.len() >= 4 * engine.settings.batch {
            let full = enrolments.len() - enrolments.len() % engine.settings.batch;
            let rest = enrolments.split_off(full);
            engine.run(&ENROL, std::mem::replace(&mut enrolments, rest))?;
        }
    }
    engine.run(&ENROL, enrolments)?;
    engine.run(&ASSIGN, roles)
}

/// What is to be done for one person and role, and whether the role alone.
fn task(
    engine: &mut Engine<'_>,
    scene: &Scene,
    tie: &Tie,
    there: &mut Option<There>,
) -> Result<Option<(Task, bool)>, Stop> {
    let (course, person) = (&scene.courses[tie.course as usize].key, &*scene.people[tie.person as usize].id);
    let key = held(course, person, tie.role);
    let known = engine.ledger.known(What::Enrolment.number(), &key);
    let wanted = digest(tie);
    let settled = |state: i64| [State::Theirs.number(), State::RoleOnly.number()].contains(&state);
    if known.is_some_and(|known| known.digest == wanted || settled(known.state)) {
        return Ok(None);
    }
    let told = |did| Told::new(did, What::Enrolment, person).within(course);
    let numbers = (engine.number(What::Course, course), engine.number(What::User, person));
    let (Some(at), Some(user)) = numbers else {
        let why = if numbers.0.is_none() { "the course is not there" } else { "the person has no account" };
        engine.tell(&told(Did::Skipped).why(why));
        return Ok(None);
    };
    let mut state = State::Ours;
    if known.is_none() && at > 0 && user > 0 && !engine.made.contains(course) && !ours(engine, course, person) {
        if there.is_none() {
            *there = Some(who_is_there(engine, at)?);
        }
        match there.as_ref().and_then(|there| there.get(&user)) {
            Some(roles) if roles.contains(&tie.role) => {
                let theirs = After::Keep(State::Theirs, wanted, Vec::new());
                keep(engine, &key, &theirs)?;
                engine.tell(&told(Did::Left).why("somebody else enrolled the person already"));
                return Ok(None);
            }
            Some(_) => state = State::RoleOnly,
            None => {}
        }
    }
    let number = |name: &'static str, value: i64| (name, value.to_string());
    let role_only = state == State::RoleOnly;
    let fields = if role_only {
        let level = ("contextlevel", "course".to_owned());
        vec![number("roleid", tie.role), number("userid", user), level, number("instanceid", at)]
    } else {
        let [role, user, at] = [number("roleid", tie.role), number("userid", user), number("courseid", at)];
        vec![role, user, at, number("timestart", tie.start), number("timeend", tie.end), number("suspend", 0)]
    };
    let did = match known {
        None => told(Did::Created),
        Some(known) if known.digest == ENDED => told(Did::Updated).fields(vec!["suspend"]),
        Some(_) => told(Did::Updated).fields(vec!["timestart", "timeend"]),
    };
    let after = After::Keep(state, wanted, Vec::new());
    Ok(Some((Task { what: What::Enrolment, key, number: 0, fields, after, told: did }, role_only)))
}

/// Whether the enrolment of a person in a course is ours by another role.
pub(super) fn ours(engine: &Engine<'_>, course: &str, person: &str) -> bool {
    let is_ours = |state: i64| [State::Ours.number(), State::Adopted.number()].contains(&state);
    engine.settings.roles.values().any(|role| {
        engine
            .ledger
            .known(What::Enrolment.number(), &held(course, person, *role))
            .is_some_and(|known| is_ours(known.state))
    })
}

fn keep(engine: &mut Engine<'_>, key: &str, after: &After) -> Result<(), Stop> {
    if let After::Keep(state, digest, parts) = after {
        let (kind, key) = (What::Enrolment.number(), key.to_owned());
        let (number, state, digest, parts) = (0, state.number(), *digest, parts.clone());
        engine.ledger.keep(homeroom_store::Entry { kind, key, number, state, digest, parts, before: None });
        engine.ledger.flush()?;
    }
    Ok(())
}

/// Who is in a course, by whatever way.
fn who_is_there(engine: &Engine<'_>, course: i64) -> Result<There, Stop> {
    let all = enrolled(engine.moodle, course, "id,roles")?;
    Ok(all.iter().filter_map(|user| Some((user["id"].as_i64()?, roles(user)))).collect())
}

/// Moodle's number for groups that do not see each other.
const SEPARATE: i64 = 1;

/// Everybody in a course, with these fields.
pub(super) fn enrolled(moodle: &Moodle, course: i64, fields: &str) -> Result<Vec<Value>, Stop> {
    let all = list(ask(moodle, ENROLLED, &asking(course, &[("userfields", fields)]))?);
    if !all.is_empty() {
        return Ok(all);
    }
    // Where groups are separate, whoever is in none of them sees nobody. To ask for any group is refused then.
    let found = courses(moodle, "id", &course.to_string())?;
    let one = asking(course, &[("groupid", "1"), ("userfields", "id")]);
    match found.first().filter(|course| course["groupmode"].as_i64() == Some(SEPARATE)) {
        Some(found) if moodle.read(ENROLLED, &one).is_err() => {
            let name = found["shortname"].as_str().unwrap_or_default();
            let message = format!("nobody in the course {name} can be seen, for its groups are separate");
            let hint = "give the role of the token's account moodle/site:accessallgroups, and try again";
            Err(Stop::new(message, hint))
        }
        _ => Ok(all),
    }
}

/// The numbers of the roles of somebody in a course.
pub(super) fn roles(user: &Value) -> Vec<i64> {
    user["roles"].as_array().into_iter().flatten().filter_map(|role| role["roleid"].as_i64()).collect()
}

/// What is asked to learn who is in a course.
pub(super) fn asking(course: i64, options: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut arguments = vec![("courseid".to_owned(), course.to_string())];
    for (at, (name, value)) in options.iter().enumerate() {
        arguments.push((format!("options[{at}][name]"), (*name).to_owned()));
        arguments.push((format!("options[{at}][value]"), (*value).to_owned()));
    }
    arguments
}

/// What Moodle says if a welcome mail cannot be sent. It sends them when the whole
/// call is done, and of what was there before it cannot be asked what became of it.
const UNSENT: &str = "Message was not sent.";

/// Of a refused batch, the tasks that were not done all the same; the others
/// are settled. Of those who are new Moodle is asked.
pub(super) fn undone(engine: &mut Engine<'_>, tasks: Vec<Task>, wrong: &Wrong) -> Result<Vec<Task>, Stop> {
    let unsent = matches!(wrong, Wrong::Refused { code, .. } if code == UNSENT);
    let mut courses: HashMap<String, There> = HashMap::new();
    let mut left = Vec::new();
    for task in tasks {
        let field =
            |wanted: &str| task.fields.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value.as_str());
        let number = |name| field(name).parse::<i64>();
        let (course, user, role) = (field("courseid").to_owned(), number("userid"), number("roleid"));
        if task.told.did != Did::Created {
            if unsent {
                engine.settle(task)
            } else {
                left.push(task)
            }
            continue;
        }
        if !courses.contains_key(&course) {
            // A course that cannot be read has its own fault; halving finds it.
            let there = who_is_there(engine, course.parse().unwrap_or(0)).unwrap_or_default();
            courses.insert(course.clone(), there);
        }
        let is_there = match (user, role) {
            (Ok(user), Ok(role)) => courses[&course].get(&user).is_some_and(|roles: &Vec<i64>| roles.contains(&role)),
            _ => false,
        };
        if is_there { engine.settle(task) } else { left.push(task) }
    }
    engine.ledger.flush()?;
    Ok(left)
}
