//! What the roster no longer asks for: suspended, hidden or taken away. Only
//! what is in the ledger as ours or adopted is touched.

use super::batch::{
    After, Call, ENROL, Engine, TAKE_FROM_COHORT, TAKE_FROM_GROUP, Task, UNASSIGN, UNENROL, UPDATE_COURSES,
    UPDATE_USERS,
};
use super::keys::{held, join, three, two};
use super::scene::{Scene, Tie};
use super::told::{Did, State, Stop, Told, What};
use super::wish::ENDED;
use hashbrown::HashMap;
use homeroom_store::Entry;

/// Whether an entry of the ledger stands, and was not ended before.
fn stands(entry: &Entry) -> bool {
    entry.digest != ENDED && [State::Ours.number(), State::Adopted.number()].contains(&entry.state)
}

/// How many accounts and enrolments would be ended.
pub(super) fn endings(engine: &Engine<'_>) -> Result<[u64; 2], Stop> {
    let users = engine.ledger.unwanted(What::User.number())?.iter().filter(|entry| stands(entry)).count();
    let enrolments = engine.ledger.unwanted(What::Enrolment.number())?;
    let enrolments = enrolments.iter().filter(|entry| stands(entry) && in_live_course(engine, entry)).count();
    Ok([users as u64, enrolments as u64])
}

/// Whether the course of an enrolment goes on; what is in a hidden one stays.
fn in_live_course(engine: &Engine<'_>, entry: &Entry) -> bool {
    let course = three(&entry.key).and_then(|(course, ..)| engine.ledger.known(What::Course.number(), course));
    course.is_some_and(|course| course.wanted || !engine.settings.hide_courses)
}

/// Ends what is no longer asked for.
pub(super) fn remove(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    members(engine, scene)?;
    enrolments(engine, scene)?;
    contexts(engine)?;
    users(engine)?;
    courses(engine)
}

fn number(name: &'static str, value: i64) -> (&'static str, String) {
    (name, value.to_string())
}

fn enrolments(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let (mut suspend, mut unenrol, mut unassign) = (Vec::new(), Vec::new(), Vec::new());
    for entry in engine.ledger.unwanted(What::Enrolment.number())? {
        let Some((course, person, role)) = three(&entry.key) else { continue };
        if !in_live_course(engine, &entry) {
            continue;
        }
        if entry.state == State::Theirs.number() {
            engine.ledger.strike(entry.kind, &entry.key);
            continue;
        }
        let numbers = (engine.number(What::Course, course), engine.number(What::User, person));
        let (Some(at), Some(user)) = numbers else { continue };
        let told = Told::new(Did::Removed, What::Enrolment, person).within(course);
        let base = |told, after, fields| Task {
            what: What::Enrolment,
            key: entry.key.clone(),
            number: 0,
            fields,
            after,
            told,
        };
        let still = engine.settings.roles.values().any(|other| {
            let key = held(course, person, *other);
            *other != role && engine.ledger.known(entry.kind, &key).is_some_and(|known| known.wanted)
        });
        if still || entry.state == State::RoleOnly.number() {
            // The person stays in the course by another role, or another's hand.
            let level = ("contextlevel", "course".to_owned());
            let fields = vec![number("roleid", role), number("userid", user), level, number("instanceid", at)];
            unassign.push(base(told.why("the role ceased"), After::Strike, fields));
        } else if engine.settings.unenrol {
            unenrol.push(base(told, After::Strike, vec![number("userid", user), number("courseid", at)]));
        } else if entry.digest != ENDED {
            let days = [number("timestart", 0), number("timeend", 0), number("suspend", 1)];
            let mut fields = vec![number("roleid", role), number("userid", user), number("courseid", at)];
            fields.extend(days);
            let state = if entry.state == State::Adopted.number() { State::Adopted } else { State::Ours };
            let told = Told { did: Did::Suspended, ..told };
            suspend.push(base(told, After::Keep(state, ENDED, Vec::new()), fields));
        }
    }
    engine.run(&UNASSIGN, unassign)?;
    let gone: Vec<String> = unenrol.iter().map(|task| task.key.clone()).collect();
    engine.run(&UNENROL, unenrol)?;
    out_of_groups(engine, scene, &gone);
    engine.run(&ENROL, suspend)?;
    Ok(engine.ledger.flush()?)
}

/// Moodle takes whoever is no longer enrolled out of the groups of the course.
fn out_of_groups(engine: &mut Engine<'_>, scene: &Scene, gone: &[String]) {
    if gone.is_empty() || scene.groups.is_empty() {
        return;
    }
    let mut groups: HashMap<&str, Vec<&str>> = HashMap::new();
    for group in &scene.groups {
        groups.entry(&scene.courses[group.course as usize].key).or_default().push(&group.key);
    }
    let done = gone.iter().filter(|key| engine.ledger.known(What::Enrolment.number(), key).is_none());
    let done: Vec<_> = done.filter_map(|key| three(key)).collect();
    for (course, person, _) in done {
        for group in groups.get(course).into_iter().flatten() {
            engine.ledger.strike(What::GroupMember.number(), &join(&[group, person]));
        }
    }
}

/// Who changed class leaves the old group; who left the course stays in it, and
/// is there when they come back.
fn members(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let mut tasks = Vec::new();
    let unwanted = engine.ledger.unwanted(What::GroupMember.number())?;
    let groups: HashMap<&str, u32> = match unwanted.is_empty() {
        true => HashMap::new(),
        false => scene.groups.iter().map(|group| (group.key.as_str(), group.course)).collect(),
    };
    for entry in unwanted {
        let Some((group, person)) = two(&entry.key) else { continue };
        let (course, at) = (groups.get(group), scene.person(person));
        // Ties are in the order of course and person.
        let here = |tie: &Tie| (Some(&tie.course), Some(tie.person)) >= (course, at);
        let tie = scene.ties.get(scene.ties.partition_point(|tie| !here(tie)));
        if tie.is_none_or(|tie| (Some(&tie.course), Some(tie.person)) != (course, at)) {
            continue;
        }
        let numbers = (engine.number(What::Group, group), engine.number(What::User, person));
        if let (Some(at), Some(user)) = numbers {
            let fields = vec![number("groupid", at), number("userid", user)];
            tasks.push(taken(What::GroupMember, &entry, person, group, fields));
        }
    }
    engine.run(&TAKE_FROM_GROUP, tasks)?;
    let mut tasks = Vec::new();
    for entry in engine.ledger.unwanted(What::CohortMember.number())? {
        let Some((cohort, person)) = two(&entry.key) else { continue };
        if entry.state == State::Theirs.number() {
            engine.ledger.strike(entry.kind, &entry.key);
            continue;
        }
        let numbers = (engine.number(What::Cohort, cohort), engine.number(What::User, person));
        if let (Some(at), Some(user)) = numbers {
            let fields = vec![number("cohortid", at), number("userid", user)];
            tasks.push(taken(What::CohortMember, &entry, person, cohort, fields));
        }
    }
    engine.run(&TAKE_FROM_COHORT, tasks)
}

fn taken(what: What, entry: &Entry, person: &str, within: &str, fields: Vec<(&'static str, String)>) -> Task {
    let told = Told::new(Did::Removed, what, person).within(within);
    Task { what, key: entry.key.clone(), number: 0, fields, after: After::Strike, told }
}

/// Roles in the contexts of students and in categories.
fn contexts(engine: &mut Engine<'_>) -> Result<(), Stop> {
    for (what, place, level) in [(What::Guardian, What::User, "user"), (What::Staff, What::Category, "coursecat")] {
        let mut tasks = Vec::new();
        for entry in engine.ledger.unwanted(what.number())? {
            let Some((within, person, role)) = three(&entry.key) else { continue };
            let numbers = (engine.number(place, within), engine.number(What::User, person));
            let (Some(at), Some(user)) = numbers else { continue };
            let level = ("contextlevel", level.to_owned());
            let fields = vec![number("roleid", role), number("userid", user), level, number("instanceid", at)];
            tasks.push(taken(what, &entry, person, within, fields));
        }
        engine.run(&UNASSIGN, tasks)?;
    }
    Ok(())
}

fn users(engine: &mut Engine<'_>) -> Result<(), Stop> {
    if !engine.settings.suspend_leavers {
        return Ok(());
    }
    let told = |entry: &Entry| Told::new(Did::Suspended, What::User, &entry.key);
    ended(engine, What::User, &UPDATE_USERS, ("suspended", "1"), &told)
}

fn courses(engine: &mut Engine<'_>) -> Result<(), Stop> {
    if !engine.settings.hide_courses {
        return Ok(());
    }
    let told =
        |entry: &Entry| Told::new(Did::Suspended, What::Course, &entry.key).why("hidden, with all that is in it");
    ended(engine, What::Course, &UPDATE_COURSES, ("visible", "0"), &told)
}

fn ended(
    engine: &mut Engine<'_>,
    what: What,
    call: &Call,
    field: (&'static str, &str),
    told: &dyn Fn(&Entry) -> Told,
) -> Result<(), Stop> {
    let mut tasks = Vec::new();
    for entry in engine.ledger.unwanted(what.number())?.into_iter().filter(stands) {
        if what == What::User && entry.number == engine.own {
            continue;
        }
        let fields = vec![number("id", entry.number), (field.0, field.1.to_owned())];
        let state = if entry.state == State::Adopted.number() { State::Adopted } else { State::Ours };
        let after = After::Keep(state, ENDED, entry.parts.clone());
        tasks.push(Task { what, key: entry.key.clone(), number: entry.number, fields, after, told: told(&entry) });
    }
    engine.run(call, tasks)
}
