//! Accounts whose new username or address another one has yet. Moodle refuses
//! them, for both are there once alone; but the other may be about to get another
//! one itself. So they are tried again when the rest is done, one making room for
//! the next; and of those who exchange theirs one gets a stand-in for a moment.

use super::batch::{After, Engine, Task, UPDATE_USERS};
use super::names::stand_in;
use super::recover;
use super::told::{Did, State, Stop, Told, What};
use super::wish::UNKNOWN;
use hashbrown::{HashMap, HashSet};
use oneroster::record::id_digest;

/// What is there once alone, with Moodle's word for one that is there already and
/// what that means. Of usernames the database itself complains.
const ONCE: [(&str, &str, &str); 2] = [
    ("email", "useremailduplicate", "another account in Moodle has this e-mail address"),
    ("username", "dmlwriteexception", "another account in Moodle has this username, perhaps"),
];
/// The domain of a stand-in for a moment.
const NOWHERE: &str = "noemail.invalid";

/// What a refusal of an account means, if it is that another one has what it would get.
pub(super) fn clash(task: &Task, code: &str) -> Option<&'static str> {
    let (_, _, says) = ONCE.into_iter().find(|(field, word, _)| *word == code && value(task, field).is_some())?;
    (task.what == What::User).then_some(says)
}

fn value<'t>(task: &'t Task, field: &str) -> Option<&'t str> {
    task.fields.iter().find(|(name, _)| *name == field).map(|(_, value)| value.as_str())
}

/// Tries again what clashed, as long as that helps; what is left is told.
pub(super) fn settle(engine: &mut Engine<'_>) -> Result<(), Stop> {
    let mut moved = HashSet::new();
    while let Some(waiting) = engine.clashes.take().filter(|waiting| !waiting.is_empty()) {
        let count = waiting.len();
        engine.clashes = Some(Vec::new());
        let tasks = waiting.into_iter().map(|(task, _)| task).collect();
        engine.run(&UPDATE_USERS, tasks)?;
        let left = engine.clashes.as_deref().unwrap_or_default();
        if left.len() < count {
            continue;
        }
        let circles = circles(engine, left)?;
        let room: Vec<Task> = circles
            .into_iter()
            .filter(|at| moved.insert(left[*at].0.key.clone()))
            .map(|at| aside(&left[at].0))
            .collect();
        if room.is_empty() {
            break;
        }
        engine.run(&UPDATE_USERS, room)?;
    }
    for (task, why) in engine.clashes.take().unwrap_or_default() {
        engine.tell(&Told { did: Did::Refused, fields: Vec::new(), ..task.told }.why(why));
    }
    Ok(())
}

/// The task that gives an account stand-ins, until it can have what it is to get. If
/// the push breaks off meanwhile, the next one sends all of it.
fn aside(task: &Task) -> Task {
    let mut fields = vec![("id", task.number.to_string())];
    let names = ONCE.into_iter().map(|(field, ..)| field).filter(|field| value(task, field).is_some());
    let names: Vec<&'static str> = names.collect();
    for name in &names {
        let text = match *name {
            "email" => stand_in(&task.key, NOWHERE),
            _ => format!("hr-{:016x}", id_digest(&task.key)),
        };
        fields.push((*name, text));
    }
    let state = match task.after {
        After::Keep(state, ..) => state,
        After::Strike => State::Ours,
    };
    let told = Told::new(Did::Updated, What::User, &task.key).fields(names);
    let told = told.why("for a moment, so that another account can have what it had");
    let after = After::Keep(state, UNKNOWN, Vec::new());
    Task { what: What::User, key: task.key.clone(), number: task.number, fields, after, told }
}

/// Of the tasks one of each circle in which everybody wants what the next one has,
/// and nobody what somebody else has, who gives nothing away.
fn circles(engine: &Engine<'_>, waiting: &[(Task, &'static str)]) -> Result<Vec<usize>, Stop> {
    let at: HashMap<i64, usize> = waiting.iter().enumerate().map(|(at, (task, _))| (task.number, at)).collect();
    let mut holders: Vec<Option<Vec<usize>>> = vec![Some(Vec::new()); waiting.len()];
    for (field, ..) in ONCE {
        let wanted =
            waiting.iter().enumerate().filter_map(|(at, (task, _))| Some((value(task, field)?.to_lowercase(), at)));
        let wanted: Vec<(String, usize)> = wanted.collect();
        for some in wanted.chunks(engine.settings.batch.max(1)) {
            let values: Vec<&str> = some.iter().map(|(value, _)| value.as_str()).collect();
            for found in recover::users(engine.moodle, field, &values)? {
                let has = found[field].as_str().unwrap_or_default().to_lowercase();
                let holder = found["id"].as_i64().unwrap_or_default();
                for (_, wanting) in
                    some.iter().filter(|(value, wanting)| *value == has && waiting[*wanting].0.number != holder)
                {
                    match at.get(&holder) {
                        Some(holder) => holders[*wanting].iter_mut().for_each(|all| all.push(*holder)),
                        None => holders[*wanting] = None,
                    }
                }
            }
        }
    }
    // Who waits for somebody who gives nothing away gives nothing away either.
    while let Some(stuck) = (0..holders.len())
        .find(|one| holders[*one].as_ref().is_some_and(|all| all.iter().any(|holder| holders[*holder].is_none())))
    {
        holders[stuck] = None;
    }
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for begin in 0..holders.len() {
        let (mut here, mut way) = (begin, HashSet::new());
        while seen.insert(here) {
            way.insert(here);
            match holders[here].as_ref().and_then(|all| all.first()) {
                Some(next) => here = *next,
                None => break,
            }
            if way.contains(&here) {
                found.push(here);
            }
        }
    }
    Ok(found)
}
