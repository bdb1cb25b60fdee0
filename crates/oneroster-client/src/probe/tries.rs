//! Filters, orders, selections and nested reads, each tried on what the
//! provider showed before.

use super::{Outcome, Sample, Try};
use crate::ask::{Ask, compare};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use oneroster::at;
use oneroster::model::{Kind, Route, Slot};
use oneroster::query::{matches, parse_filter};
use oneroster::record::Record;

/// How many records of an answer are judged.
const JUDGED: u32 = 50;

/// A filter that is tried: kind, member, where its value lies, predicate.
const FILTERS: &[(Kind, Slot, &str)] = &[
    (Kind::User, Slot::SourcedId, "="),
    (Kind::User, Slot::Own(at!(User.familyName)), "="),
    (Kind::User, Slot::Own(at!(User.familyName)), "~"),
    (Kind::User, Slot::Own(at!(User.email)), "="),
    (Kind::User, Slot::Own(at!(User.identifier)), "="),
    (Kind::Org, Slot::Own(at!(Org.name)), "="),
    (Kind::Class, Slot::Own(at!(Class.title)), "="),
    (Kind::Class, Slot::Own(at!(Class.title)), "~"),
    (Kind::Class, Slot::Own(at!(Class.school)), "="),
    (Kind::Course, Slot::Own(at!(Course.title)), "="),
    (Kind::Enrollment, Slot::Own(at!(Enrollment.class)), "="),
    (Kind::Enrollment, Slot::Own(at!(Enrollment.role)), "="),
];

/// Nested reads that are tried: the operation, and the kind that its path names.
const NESTED: &[(&str, Kind)] = &[
    ("getStudentsForClass", Kind::Class),
    ("getClassesForSchool", Kind::Org),
    ("getEnrollmentsForSchool", Kind::Org),
    ("getClassesForCourse", Kind::Course),
];

/// Tries everything there is something to try on.
pub(super) async fn all(client: &Client, samples: &[Sample]) -> Vec<Try> {
    let mut tries = Vec::new();
    for (kind, slot, predicate) in FILTERS {
        tries.push(filter(client, sample(samples, *kind), *kind, *slot, predicate).await);
    }
    tries.push(both(client, sample(samples, Kind::User)).await);
    tries.push(order(client, sample(samples, Kind::User)).await);
    tries.push(selection(client, sample(samples, Kind::User)).await);
    for (operation, kind) in NESTED {
        tries.push(nested(client, sample(samples, *kind), operation).await);
    }
    tries
}

fn sample(samples: &[Sample], kind: Kind) -> Option<&Sample> {
    samples.iter().find(|sample| sample.kind == kind && !sample.records.is_empty())
}

/// A member as filters name it.
fn path(kind: Kind, slot: Slot) -> String {
    let field = kind.entity().field(slot);
    match field.target() {
        Some(_) => format!("{}.sourcedId", field.name),
        None => field.name.to_owned(),
    }
}

async fn filter(client: &Client, sample: Option<&Sample>, kind: Kind, slot: Slot, predicate: &str) -> Try {
    let path = path(kind, slot);
    let what = format!("filter {} by {path} {predicate}", kind.entity().plural);
    let Some(value) = sample.and_then(|sample| sample.value(slot)) else { return untried(what) };
    // A part of it in other case, for what looks into a text.
    let value = if predicate == "~" { part(value) } else { value.to_owned() };
    Try { what, outcome: judged(client, kind, &compare(&path, predicate, &value)).await }
}

fn part(value: &str) -> String {
    value.chars().take(4).collect::<String>().to_lowercase()
}

/// Two clauses, as look-ups by name need them.
async fn both(client: &Client, sample: Option<&Sample>) -> Try {
    let what = "filter users by two clauses with OR".to_owned();
    let family = Slot::Own(at!(User.familyName));
    let values = sample.and_then(|sample| Some((sample.value(Slot::SourcedId)?, sample.value(family)?)));
    let Some((id, name)) = values else { return untried(what) };
    let text = format!("{} OR {}", compare("sourcedId", "=", id), compare(&path(Kind::User, family), "=", name));
    Try { what, outcome: judged(client, Kind::User, &text).await }
}

/// Whether everything that comes meets the filter, and something does.
async fn judged(client: &Client, kind: Kind, text: &str) -> Outcome {
    let version = client.edition().version();
    let Ok(Some(filter)) = parse_filter(text, kind, version) else { return Outcome::Untried };
    match first(client, Ask::all(kind).filter(text).limit(JUDGED)).await {
        Err(outcome) => outcome,
        // It was made of a record that is there.
        Ok(records) if records.is_empty() => {
            Outcome::Refused("it finds nothing, though there is such a record".to_owned())
        }
        Ok(records) if records.iter().all(|record| matches(&filter, record)) => Outcome::Works,
        Ok(_) => Outcome::Ignored,
    }
}

async fn order(client: &Client, sample: Option<&Sample>) -> Try {
    let field = at!(User.familyName);
    let what = format!("order users by {}", Kind::User.entity().fields[usize::from(field)].name);
    let differ = sample.is_some_and(|sample| {
        let first = sample.records[0].get(field);
        sample.records.iter().any(|record| record.get(field) != first)
    });
    if !differ {
        return untried(what);
    }
    let mut ends = Vec::new();
    for descending in [false, true] {
        let name = Kind::User.entity().fields[usize::from(field)].name;
        match first(client, Ask::all(Kind::User).sorted(name, descending).limit(JUDGED)).await {
            Ok(records) => ends.push(records.first().and_then(|record| record.get(field)).map(str::to_lowercase)),
            Err(outcome) => return Try { what, outcome },
        }
    }
    // What letters come first is each system's own; that the ends differ is not.
    let outcome = if ends[0] == ends[1] { Outcome::Ignored } else { Outcome::Works };
    Try { what, outcome }
}

async fn selection(client: &Client, sample: Option<&Sample>) -> Try {
    let what = "select members of users by fields".to_owned();
    let Some(_) = sample.and_then(|sample| sample.value(Slot::Own(at!(User.familyName)))) else { return untried(what) };
    let outcome = match first(client, Ask::all(Kind::User).fields(["sourcedId", "status"]).limit(JUDGED)).await {
        Ok(records) if records.iter().all(|record| record.get(at!(User.familyName)).is_none()) => Outcome::Works,
        Ok(_) => Outcome::Ignored,
        Err(outcome) => outcome,
    };
    Try { what, outcome }
}

async fn nested(client: &Client, sample: Option<&Sample>, operation: &str) -> Try {
    let Ok(ask) = Ask::operation(operation) else { return untried(operation.to_owned()) };
    let what = reading(ask.route);
    // Below a school: a district is none.
    let school = |record: &&Record| record.kind() != Kind::Org || record.get(at!(Org.type)) == Some("school");
    let Some(parent) = sample.and_then(|sample| sample.records.iter().find(school)) else { return untried(what) };
    let outcome = match first(client, ask.below([parent.sourced_id.as_str()]).limit(JUDGED)).await {
        Ok(_) => Outcome::Works,
        Err(outcome) => outcome,
    };
    Try { what, outcome }
}

/// That an operation is tried.
pub(super) fn reading(route: &Route) -> String {
    format!("read {}", route.path)
}

fn untried(what: String) -> Try {
    Try { what, outcome: Outcome::Untried }
}

/// The records of the first page.
async fn first(client: &Client, ask: Ask) -> Result<Vec<Record>, Outcome> {
    let refused = |error: Error| match error.kind() {
        ErrorKind::Config => Outcome::Untried,
        _ => Outcome::Refused(error.to_string()),
    };
    let page = client.pages(ask).map_err(refused)?.next().await.map_err(refused)?;
    Ok(page.iter().flat_map(|page| page.records()).filter_map(Result::ok).collect())
}
