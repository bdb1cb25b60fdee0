//! Groups of shared courses, cohorts, and who is in them.

use super::batch::{
    ADD_TO_COHORT, ADD_TO_GROUP, After, CREATE_COHORTS, CREATE_GROUPS, Engine, Task, UPDATE_COHORTS, UPDATE_GROUPS,
};
use super::functions::MEMBERS;
use super::keys::{held, join, two};
use super::scene::Scene;
use super::told::{Did, State, Stop, Told, What};
use super::wish::Wish;
use hashbrown::{HashMap, HashSet};
use homeroom_store::Entry;
use serde_json::Value;

/// Groups of shared courses: made, and renamed with their class.
pub(super) fn groups(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let kind = What::Group.number();
    let (mut new, mut old) = (Vec::new(), Vec::new());
    for group in &scene.groups {
        if engine.left.contains(&(kind, group.key.clone())) {
            continue;
        }
        let (key, course) = (&group.key, &scene.courses[group.course as usize].key);
        let wish = group.wish.clone().of("courseid", What::Course, course);
        let digest = wish.digest();
        let known = engine.ledger.known(kind, key);
        if known.is_some_and(|known| known.digest == digest) {
            continue;
        }
        let before = if known.is_some() { engine.ledger.parts(kind, key)? } else { Vec::new() };
        // A group cannot leave its course: the class gets another one, and the old one stays.
        let moved = !before.is_empty() && wish.is_new("courseid", &before);
        let told = |did| Told::new(did, What::Group, key).within(course);
        let (after, key) = (|state| After::Keep(state, digest, wish.parts()), key.clone());
        match known.filter(|_| !moved) {
            Some(known) => {
                let adopted = known.state == State::Adopted.number();
                let after = after(if adopted { State::Adopted } else { State::Ours });
                let (fields, told) = renamed(&wish, &before, told(Did::Updated));
                let Some(mut fields) = engine.fields(&fields) else { continue };
                fields.insert(0, ("id", known.number.to_string()));
                old.push(Task { what: What::Group, key, number: known.number, fields, after, told });
            }
            None => {
                let Some(fields) = engine.fields(&wish) else { continue };
                if moved {
                    leave(engine, &key)?;
                }
                let (after, told) = (after(State::Ours), told(Did::Created));
                new.push(Task { what: What::Group, key, number: 0, fields, after, told });
            }
        }
    }
    // Who of two with one name gets the longer one makes room for the other first.
    old.sort_by_key(|task| !task.fields.iter().any(|(_, value)| value.ends_with(&format!("({})", task.key))));
    engine.run(&UPDATE_GROUPS, old)?;
    engine.run(&CREATE_GROUPS, new)
}

/// What is sent of a group that is there: its name, which Moodle demands, and what
/// else of it is not as it was sent. The course of a group cannot be changed.
fn renamed(wish: &Wish, before: &[u8], told: Told) -> (Wish, Told) {
    let changed = wish.changed(before).without("courseid").without("description");
    let mut names = changed.names();
    names.push("name");
    let fields = wish.only(&names);
    let told = told.fields(if changed.names().is_empty() { vec!["name"] } else { changed.names() });
    (fields, told)
}

/// Forgets who is in a group, for there is to be another one.
fn leave(engine: &mut Engine<'_>, group: &str) -> Result<(), Stop> {
    for entry in engine.ledger.entries(What::GroupMember.number())? {
        if two(&entry.key).is_some_and(|(of, _)| of == group) {
            engine.ledger.strike(entry.kind, &entry.key);
        }
    }
    Ok(engine.ledger.flush()?)
}

/// Cohorts: made, and renamed with their school. One that was adopted keeps its
/// name, for to rename one is to say in which context it stands.
pub(super) fn cohorts(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let (mut new, mut old) = (Vec::new(), Vec::new());
    for cohort in &scene.cohorts {
        let digest = cohort.wish.digest();
        let known = engine.ledger.known(What::Cohort.number(), &cohort.key);
        if known.is_some_and(|known| known.digest == digest || known.state == State::Adopted.number()) {
            continue;
        }
        let Some(mut fields) = engine.fields(&cohort.wish) else { continue };
        fields.push(("categorytype][type", "system".to_owned()));
        fields.push(("categorytype][value", String::new()));
        let (what, key) = (What::Cohort, cohort.key.clone());
        let after = After::Keep(State::Ours, digest, cohort.wish.parts());
        let told = |did| Told::new(did, What::Cohort, &cohort.key);
        match known {
            Some(known) => {
                fields.insert(0, ("id", known.number.to_string()));
                let told = told(Did::Updated).fields(vec!["name"]);
                old.push(Task { what, key, number: known.number, fields, after, told });
            }
            None => new.push(Task { what, key, number: 0, fields, after, told: told(Did::Created) }),
        }
    }
    engine.run(&UPDATE_COHORTS, old)?;
    engine.run(&CREATE_COHORTS, new)
}

/// Who is in a group or a cohort.
pub(super) fn members(engine: &mut Engine<'_>, scene: &Scene) -> Result<(), Stop> {
    let number = |name: &'static str, value: i64| (name, value.to_string());
    let mut tasks = Vec::new();
    for tie in &scene.ties {
        let Some(group) = tie.group.map(|group| &scene.groups[group as usize]) else { continue };
        let person = &scene.people[tie.person as usize].id;
        let numbers = (engine.number(What::Group, &group.key), engine.number(What::User, person));
        // Who could not be enrolled cannot be in a group of the course.
        let key = held(&scene.courses[tie.course as usize].key, person, tie.role);
        let enrolled = engine.ledger.known(What::Enrolment.number(), &key).is_some();
        if let ((Some(at), Some(user)), true) = (numbers, enrolled) {
            let fields = vec![number("groupid", at), number("userid", user)];
            tasks.extend(new_member(engine, What::GroupMember, &group.key, person, fields));
        }
    }
    tasks.dedup_by(|a, b| a.key == b.key);
    engine.run(&ADD_TO_GROUP, tasks)?;
    let mut tasks = Vec::new();
    let mut there = HashMap::new();
    for (cohort, member) in &scene.members {
        let (cohort, person) = (&scene.cohorts[*cohort as usize].key, &scene.people[*member as usize].id);
        let numbers = (engine.number(What::Cohort, cohort), engine.number(What::User, person));
        if let (Some(at), Some(user)) = numbers {
            let (cohort_type, user_type) = ("cohorttype][type", "usertype][type");
            let fields = vec![
                (cohort_type, "id".to_owned()),
                number("cohorttype][value", at),
                (user_type, "id".to_owned()),
                number("usertype][value", user),
            ];
            let Some(task) = new_member(engine, What::CohortMember, cohort, person, fields) else { continue };
            if !there.contains_key(cohort) {
                there.insert(cohort, others(engine, cohort));
            }
            if there[cohort].contains(&user) { left(engine, &task) } else { tasks.push(task) }
        }
    }
    engine.ledger.flush()?;
    engine.run(&ADD_TO_COHORT, tasks)
}

/// Who is in an adopted cohort by another hand, as far as Moodle lets us ask; of
/// our own cohorts everybody is by ours.
fn others(engine: &Engine<'_>, cohort: &str) -> HashSet<i64> {
    let known = engine.ledger.known(What::Cohort.number(), cohort);
    let Some(known) = known.filter(|known| known.state == State::Adopted.number()) else { return HashSet::new() };
    let asked = [("cohortids[0]".to_owned(), known.number.to_string())];
    let found = engine.moodle.read(MEMBERS, &asked).unwrap_or_default();
    found[0]["userids"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// Notes of a member that it is one by another hand, which is left so.
fn left(engine: &mut Engine<'_>, task: &Task) {
    let (kind, key, state) = (task.what.number(), task.key.clone(), State::Theirs.number());
    engine.ledger.keep(Entry { kind, key, number: 0, state, digest: 1, parts: Vec::new(), before: None });
    let told = Told { did: Did::Left, ..task.told.clone() };
    engine.tell(&told.why("somebody else added the person already"));
}

fn new_member(
    engine: &Engine<'_>,
    what: What,
    within: &str,
    person: &str,
    fields: Vec<(&'static str, String)>,
) -> Option<Task> {
    let key = join(&[within, person]);
    if engine.ledger.known(what.number(), &key).is_some() {
        return None;
    }
    let (after, told) = (After::Keep(State::Ours, 1, Vec::new()), Told::new(Did::Created, what, person).within(within));
    Some(Task { what, key, number: 0, fields, after, told })
}
