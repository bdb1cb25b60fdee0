//! Accounts of people: made where there is none yet, and never over one that
//! somebody else made.

use super::batch::{CREATE_USERS, Engine, Task, UPDATE_USERS};
use super::scene::{Person, Scene};
use super::things::Thing;
use super::told::{Did, Stop, Told, What};
use super::wish::ENDED;
use super::{clashes, people, recover};
use hashbrown::HashMap;
use homeroom_store::access::Outside;
use homeroom_store::{Export, Which};
use oneroster::model::Kind;
use oneroster::record::Record;
use serde_json::Value;

/// Accounts, while the people are read once more.
pub(super) fn accounts(
    engine: &mut Engine<'_>,
    export: &mut Export,
    scene: &Scene,
    outside: &dyn Outside,
) -> Result<(), Stop> {
    let (mut new, mut old) = (Vec::new(), Vec::new());
    (engine.clashes, engine.newcomers) = (Some(Vec::new()), Some(Vec::new()));
    let mut stopped = Ok(());
    export.rows(Kind::User, Which::Live, None, &mut |row| {
        let Some(person) = scene.person(row.sourced_id).map(|at| &scene.people[at as usize]) else { return true };
        let Some(user) = Record::unpack(Kind::User, row.sourced_id, row.packed) else { return true };
        stopped = task(engine, &user, person, outside).and_then(|task| {
            match task {
                Some((task, true)) => new.push(task),
                Some((task, false)) => old.push(task),
                None => {}
            }
            if new.len() >= engine.settings.batch {
                create(engine, std::mem::take(&mut new))?;
            }
            if old.len() >= engine.settings.batch {
                engine.run(&UPDATE_USERS, std::mem::take(&mut old))?;
            }
            Ok(())
        });
        stopped.is_ok()
    })?;
    stopped?;
    create(engine, new)?;
    engine.run(&UPDATE_USERS, old)?;
    clashes::settle(engine)?;
    // Now others have given away what they had.
    let mut late = engine.newcomers.take().unwrap_or_default();
    while !late.is_empty() {
        let rest = late.split_off(late.len().min(engine.settings.batch));
        create(engine, std::mem::replace(&mut late, rest))?;
    }
    Ok(())
}

fn task(
    engine: &mut Engine<'_>,
    user: &Record,
    person: &Person,
    outside: &dyn Outside,
) -> Result<Option<(Task, bool)>, Stop> {
    let told = |did| Told::new(did, What::User, &person.id);
    let known = engine.ledger.known(What::User.number(), &person.id);
    let wish = match people::wish(user, person, engine.settings) {
        Ok(wish) => wish,
        Err(why) => {
            engine.tell(&told(Did::Skipped).why(why));
            return Ok(None);
        }
    };
    match known {
        None if !person.enabled => {
            engine
                .tell(&told(Did::Skipped).why("may not sign in (enabledUser is false), and has no account to suspend"));
            return Ok(None);
        }
        Some(known) if known.number == engine.own && !engine.dry => {
            engine.tell(&told(Did::Skipped).why("has the account of the token, which is never written"));
            return Ok(None);
        }
        _ => {}
    }
    let thing = Thing { what: What::User, key: &person.id, wish: &wish };
    let Some((mut task, new)) = engine.settle_thing(&thing)? else { return Ok(None) };
    if new {
        let mut chance = [0; 16];
        outside
            .fill(&mut chance)
            .map_err(|error| Stop::new(format!("the system gives no chance: {error}"), "try again"))?;
        // Moodle creates nobody suspended.
        task.fields.retain(|(name, _)| *name != "suspended");
        task.fields.extend(engine.fields(&people::credentials(user, engine.settings, &chance)).unwrap_or_default());
    }
    Ok(Some((task, new)))
}

/// Who has what an account is known by: of each field by its value.
type There = HashMap<(&'static str, String), Value>;

/// By what accounts are known; addresses only if each may be there once alone.
fn known_by(engine: &Engine<'_>) -> &'static [&'static str] {
    if engine.settings.shared_email == "keep" { &["idnumber", "username"] } else { &["idnumber", "username", "email"] }
}

/// A value as it is compared: a sourcedId as it is, which not every database does.
fn compared(field: &str, text: &str) -> String {
    if field == "idnumber" { text.to_owned() } else { text.to_lowercase() }
}

/// Makes accounts, but for people who have one that we did not make.
fn create(engine: &mut Engine<'_>, tasks: Vec<Task>) -> Result<(), Stop> {
    let mut there = There::new();
    for field in known_by(engine) {
        let values: Vec<&str> = tasks.iter().map(|task| value(task, field)).collect();
        if values.is_empty() {
            return Ok(());
        }
        for found in recover::users(engine.moodle, field, &values)? {
            let text = compared(field, found[*field].as_str().unwrap_or_default());
            there.insert((*field, text), found);
        }
    }
    let mut new = Vec::with_capacity(tasks.len());
    for task in tasks {
        let held =
            |field: &&'static str| there.get(&(*field, compared(field, value(&task, field)))).map(|by| (*field, by));
        match known_by(engine).iter().find_map(held) {
            None => new.push(task),
            Some((field, by)) => held_by(engine, task, field, by),
        }
    }
    let first = new.first().map(|task| task.key.clone());
    engine.run(&CREATE_USERS, new)?;
    // Who may not see people takes them for missing, and would make them again.
    if let Some(first) = first.filter(|_| !engine.dry && !engine.seen)
        && engine.number(What::User, &first).is_some()
    {
        if recover::users(engine.moodle, "idnumber", &[&first])?.is_empty() {
            let message = "the token cannot see the accounts that it made";
            let hint = "give the role of its account moodle/user:viewdetails, moodle/user:viewalldetails and \
                        moodle/site:viewuseridentity, and push again";
            return Err(Stop::new(message, hint));
        }
        engine.seen = true;
    }
    Ok(())
}

/// What becomes of a new account if another one has its number, name or address.
fn held_by(engine: &mut Engine<'_>, task: Task, field: &str, by: &Value) {
    let id = by["idnumber"].as_str().unwrap_or_default();
    let known = engine.ledger.known(What::User.number(), id).filter(|known| by["id"].as_i64() == Some(known.number));
    let why = match (known, &mut engine.newcomers) {
        // Who has it may be about to give it away.
        (Some(known), Some(late)) if known.digest != ENDED && known.wanted => return late.push(task),
        (Some(known), _) => {
            let left = if known.wanted { "" } else { ", who left," };
            format!("the account of {id}{left} has this {field}; give it another one in Moodle, and push again")
        }
        (None, _) => {
            format!("an account with this {field} is in Moodle already; take it over with: homeroom target adopt")
        }
    };
    engine.tell(&Told::new(Did::Skipped, What::User, &task.key).why(why));
}

fn value<'a>(task: &'a Task, field: &str) -> &'a str {
    task.fields.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value.as_str())
}
