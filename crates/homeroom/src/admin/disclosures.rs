//! Who has seen a person's data, and what an application was given.

use crate::disclosures::{Members, Question, Seen, of_person};
use crate::output::Failure;
use homeroom_store::access::Access;
use homeroom_store::{Disclosure, Roster};
use oneroster::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Every answer in which records of a person were given: for scripts and for
/// people.
///
/// # Errors
/// `not_found`, and as the store says.
pub fn person_told(roster: &Roster, access: &Access, person: &str) -> Result<(Value, String), Failure> {
    if roster.records_of(person)?.is_empty() {
        return Err(Failure {
            code: "not_found",
            message: "no person of this sourcedId is in the roster or its history".to_owned(),
            hint: Some("look for the sourcedId with: homeroom find NAME".to_owned()),
            status: 1,
        });
    }
    let seen = of_person(roster, access, person)?;
    let entry = |sight: &crate::disclosures::Sight| {
        let mut entry = told(&sight.disclosure, Some(&sight.members));
        entry["entity"] = sight.route.kind.entity().plural.into();
        entry["records"] = sight.records.clone().into();
        entry
    };
    let entries: Vec<Value> = seen.sights.iter().map(entry).collect();
    let document = json!({ "user": person, "disclosures": entries, "untold": seen.untold });
    Ok((document, person_text(person, &seen)))
}

/// One line for each application and kind of record.
fn person_text(person: &str, seen: &Seen) -> String {
    let mut lines: BTreeMap<(String, &str, String), (u64, Timestamp, Timestamp)> = BTreeMap::new();
    for sight in &seen.sights {
        let key = (sight.disclosure.app.to_string(), sight.route.kind.entity().plural, words(&sight.members));
        let at = sight.disclosure.at;
        let line = lines.entry(key).or_insert((0, at, at));
        *line = (line.0 + 1, line.1.min(at), line.2.max(at));
    }
    let mut text = String::new();
    if lines.is_empty() {
        let _ = writeln!(text, "No application was given records of {person}.");
    }
    let mut last = String::new();
    for ((app, entity, members), (times, first, until)) in lines {
        if app != last {
            let _ = writeln!(text, "{app}");
            last = app;
        }
        let span = if first == until { format!("{first}") } else { format!("{first} to {until}") };
        let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        let _ = writeln!(text, "  {entity:<18} {often:<12} {span}\n  {:<18} {members}", "");
    }
    if seen.untold > 0 {
        let _ = writeln!(
            text,
            "{} further answers are older than the history of the roster, or were given to applications that are gone: who \
             was in them cannot be told any more.",
            seen.untold
        );
    }
    text
}

fn words(members: &Members) -> String {
    let shown = if members.all { "every member".to_owned() } else { members.shown.join(", ") };
    if members.masked.is_empty() { shown } else { format!("{shown}; stand-ins for {}", members.masked.join(", ")) }
}

/// Every answer that an application was given: for scripts and for people.
///
/// # Errors
/// `not_found`, and as the store says.
pub fn app_told(access: &Access, app: &str) -> Result<(Value, String), Failure> {
    let (mut entries, mut text) = (Vec::new(), String::new());
    access.disclosures(&mut |disclosure| {
        if *disclosure.app == *app {
            let question = Question::of(&disclosure.asked);
            let asked = &disclosure.asked;
            let path = question.as_ref().map_or(asked.operation.as_str(), |question| question.route.path);
            let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
            let _ = writeln!(
                text,
                "{}  {}  {path}{query}  {} records after {}",
                disclosure.at, asked.version, disclosure.shown.given, disclosure.shown.skipped
            );
            entries.push(told(&disclosure, question.as_ref().map(|question| &question.members)));
        }
        Ok(())
    })?;
    if entries.is_empty() {
        access.app(app)?;
        text = format!("{app} was given nothing yet.\n");
    }
    Ok((json!({ "app": app, "disclosures": entries }), text))
}

fn told(disclosure: &Disclosure, members: Option<&Members>) -> Value {
    let Disclosure { at, app, asked, own, shown } = disclosure;
    let mut told = json!({
        "at": at.to_string(),
        "app": **app,
        "operation": asked.operation,
        "oneroster": asked.version,
        "parents": asked.parents,
        "query": asked.query,
        "skipped": shown.skipped,
        "given": shown.given,
    });
    if shown.version > 0 {
        told["roster"] = Timestamp(shown.version).to_string().into();
    }
    if let Some(own) = own {
        told["sourcedId"] = own.as_str().into();
    }
    if let Some(members) = members {
        told["members"] = json!(members.shown);
        told["masked"] = json!(members.masked);
    }
    told
}
