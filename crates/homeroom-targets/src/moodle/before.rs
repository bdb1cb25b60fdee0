//! What was taken over, as it was before: kept with the ledger when it is taken
//! over, and given back when the pushes since are taken back.

use super::batch::{After, Call, Engine, Task, UPDATE_CATEGORIES, UPDATE_COURSES, UPDATE_GROUPS, UPDATE_USERS};
use super::told::{Did, State, Stop, Told, What};
use super::verify::{fields, plain};
use super::wish::{ENDED, UNKNOWN, Value as Wanted, holds};
use homeroom_store::Entry;
use serde_json::{Map, Value, json};

/// What is there of a thing, to be kept with the ledger: its fields as they are
/// sent, and when that was.
pub(super) fn kept(what: What, there: &Value, now: i64) -> Option<String> {
    let fields = fields(what).iter().filter_map(|name| Some(((*name).to_owned(), plain(&there[*name])?.into())));
    let fields: Map<String, Value> = fields.collect();
    (!fields.is_empty()).then(|| json!({ "at": now, "fields": fields }).to_string())
}

fn before(entry: &Entry) -> Option<Value> {
    serde_json::from_str(entry.before.as_deref()?).ok()
}

/// How a kind is given back. Of cohorts nothing is written that was taken over.
fn call(what: What) -> Option<&'static Call> {
    match what {
        What::Category => Some(&UPDATE_CATEGORIES),
        What::Course => Some(&UPDATE_COURSES),
        What::User => Some(&UPDATE_USERS),
        What::Group => Some(&UPDATE_GROUPS),
        _ => None,
    }
}

/// The things that were taken over since, and written.
pub(super) fn since(engine: &Engine<'_>, since: i64) -> Result<Vec<Entry>, Stop> {
    let mut entries = engine.ledger.in_state(State::Adopted.number())?;
    entries.retain(|entry| {
        let at = before(entry).and_then(|before| before["at"].as_i64());
        entry.digest != UNKNOWN && at.is_some_and(|at| at > since)
    });
    Ok(entries)
}

/// Makes them what they were.
pub(super) fn give_back(engine: &mut Engine<'_>, entries: &[Entry]) -> Result<(), Stop> {
    for what in What::ALL {
        let Some(call) = call(what) else { continue };
        let of_kind = entries.iter().filter(|entry| entry.kind == what.number() && entry.number > 0);
        let tasks: Vec<Task> = of_kind.filter_map(|entry| task(what, entry)).collect();
        engine.run(call, tasks)?;
    }
    Ok(())
}

fn task(what: What, entry: &Entry) -> Option<Task> {
    let before = before(entry)?;
    let same = |name: &str, text: &str| {
        // Of groups all is sent anew.
        what != What::Group && entry.digest != ENDED && holds(&entry.parts, name, &Wanted::Text(text.to_owned()))
    };
    let other = fields(what).iter().filter_map(|name| Some((*name, before["fields"][*name].as_str()?)));
    let mut fields: Vec<_> =
        other.filter(|(name, text)| !same(name, text)).map(|(name, text)| (name, text.to_owned())).collect();
    let named = fields.iter().map(|(name, _)| *name).collect();
    fields.insert(0, ("id", entry.number.to_string()));
    let told = Told::new(Did::Updated, what, &entry.key).fields(named).why("as it was before it was taken over");
    // The next push compares all of it anew.
    let after = After::Keep(State::Adopted, UNKNOWN, Vec::new());
    Some(Task { what, key: entry.key.clone(), number: entry.number, fields, after, told })
}
