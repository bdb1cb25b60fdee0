//! A provider of OneRoster 1.0: its paths, and records in the names and forms of
//! that edition. Unproven, for there is no text of it for REST at hand: the names
//! and forms are those of its files (csv.md 2.2 and 6.2), references those of 1.1.

use super::asks::set;
use homeroom_store::{Roster, Which};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use oneroster::at;
use oneroster::csv::Target;
use oneroster::csv::v1p0::{KINDS, Old, Translation, columns, translate_back};
use oneroster::model::{Field, Kind, Service, Slot, Type};
use oneroster::record::Record;
use oneroster_client::Edition;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const OURS: Edition = Edition::V1P1;
const OLD: Edition = Edition::V1P0;

/// The word for an organisation that 1.0 has not, and the one that it has.
const DISTRICT: (&str, &str) = ("district", "local");
/// An organisation that 1.0 has no word for: it is left out.
const LEFT_OUT: &str = "department";

/// What the paths of 1.0 begin with.
pub(super) fn path() -> &'static str {
    OLD.base_path(Service::Rostering)
}

/// Brings a request below the path of 1.0 to the one of ours; whether 1.0 has it.
pub(super) fn reaches<B>(request: &mut Request<B>, below: &str) -> bool {
    let of_another = |kind: Kind| !KINDS.contains(&kind) && below.split('/').any(|part| part == kind.entity().plural);
    if request.method() != Method::GET || Kind::all().any(of_another) {
        return false;
    }
    let query = request.uri().query().map(str::to_owned);
    set(request, &format!("{}{below}", OURS.base_path(Service::Rostering)), query.as_deref());
    true
}

/// Asks only for what 1.0 has a word for.
pub(super) fn narrowed<B>(request: &mut Request<B>) {
    let orgs = Kind::Org.entity();
    let path = request.uri().path().to_owned();
    if path.rsplit('/').next() != Some(orgs.plural) {
        return;
    }
    let clause = format!("{}!='{LEFT_OUT}'", orgs.field(Slot::Own(at!(Org.type))).name);
    let pairs = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    let mut pairs: Vec<(String, String)> = pairs.into_owned().collect();
    match pairs.iter_mut().find(|(name, _)| name == "filter") {
        // A link to the next page has it already.
        Some((_, filter)) if filter.contains(&clause) => {}
        Some((_, filter)) => *filter = format!("{filter} AND {clause}"),
        None => pairs.push(("filter".to_owned(), clause)),
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    set(request, &path, Some(&query));
}

/// Changes the addresses in the header.
pub(super) fn headers(headers: &mut HeaderMap) {
    let links = headers.get(header::LINK).and_then(|links| links.to_str().ok()).map(addressed);
    if let Some(links) = links.and_then(|links| HeaderValue::from_str(&links).ok()) {
        headers.insert(header::LINK, links);
    }
}

fn addressed(text: &str) -> String {
    text.replace(OURS.base_path(Service::Rostering), path())
}

/// The organisations of a roster that 1.0 has no word for, by sourcedId.
pub(super) fn left_out(roster: &Roster) -> homeroom_store::Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    roster.export(None)?.rows(Kind::Org, Which::Live, None, &mut |row| {
        let org = Record::unpack(Kind::Org, row.sourced_id, row.packed);
        if org.is_some_and(|org| org.get(at!(Org.type)) == Some(LEFT_OUT)) {
            ids.insert(row.sourced_id.to_owned());
        }
        true
    })?;
    Ok(ids)
}

/// Changes every record of an answer.
pub(super) fn body(value: &mut Value, left_out: &BTreeSet<String>) {
    let Some(members) = value.as_object_mut() else { return };
    for kind in KINDS {
        let entity = kind.entity();
        for key in [entity.plural, entity.name] {
            let records = match members.get_mut(key) {
                Some(Value::Array(records)) => records.as_mut_slice(),
                Some(record) => std::slice::from_mut(record),
                None => continue,
            };
            let records = records.iter_mut().filter_map(Value::as_object_mut);
            records.for_each(|record| lowered(kind, record, left_out));
            return;
        }
    }
}

/// Brings a record of 1.1 to the names and forms of 1.0.
fn lowered(kind: Kind, record: &mut Map<String, Value>, left_out: &BTreeSet<String>) {
    if kind == Kind::User {
        blocked(record);
    }
    for (slot, field) in kind.entity().members(OURS.version()) {
        let Some(mut value) = record.remove(field.name) else { continue };
        if let (Some(Kind::Org), Value::Array(orgs)) = (field.target(), &mut value) {
            orgs.retain(|org| !org["sourcedId"].as_str().is_some_and(|id| left_out.contains(id)));
        }
        let old = columns(kind).iter().find(|old| old.target() == Target::Slot(slot));
        if !known(field, old) {
            continue;
        }
        let name = old.map_or(field.name, |old| name(kind, field, old));
        let translation = old.map_or(Translation::Same, |old| old.translation);
        record.insert(name.to_owned(), formed(field, translation, value));
    }
    record.values_mut().for_each(hrefs);
}

/// Whether 1.0 has a member. What stands in no file is what the others lead to.
fn known(field: &Field, old: Option<&Old>) -> bool {
    let to_old = field.target().is_none_or(|kind| KINDS.contains(&kind));
    let through = matches!(field.ty, Type::Rows(_) | Type::Through(_));
    old.is_some() || (to_old && !through && !field.in_csv(OURS.version()))
}

/// What a member is called: references as in 1.1, all else as in the files.
fn name(kind: Kind, field: &Field, old: &Old) -> &'static str {
    let column = old.column(kind);
    let plain = field.target().is_none() && !matches!(field.ty, Type::SourcedId);
    if plain && column != field.column { column } else { field.name }
}

/// A value as 1.0 writes it.
fn formed(field: &Field, translation: Translation, value: Value) -> Value {
    let cell = match (translation, &value) {
        (Translation::Grades, Value::Array(grades)) => {
            grades.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        }
        (Translation::UserId, Value::Array(ids)) => {
            let Type::Pairs(_, identifier) = field.ty else { return value };
            ids.first().and_then(|id| id[identifier].as_str()).unwrap_or_default().to_owned()
        }
        (Translation::Lower, Value::String(word)) if matches!(field.ty, Type::Word(_)) => {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            return Value::String(first.to_uppercase() + rest);
        }
        (_, Value::String(word)) if word == DISTRICT.0 && matches!(field.ty, Type::Word(_)) => {
            return DISTRICT.1.into();
        }
        _ => return value,
    };
    translate_back(translation, &cell).unwrap_or_default().into_owned().into()
}

/// Who may not sign in is inactive.
fn blocked(user: &mut Map<String, Value>) {
    let entity = Kind::User.entity();
    let enabled = entity.field(Slot::Own(at!(User.enabledUser))).name;
    let status = entity.field(Slot::Status).name;
    if user.get(enabled).and_then(Value::as_str) == Some("false") && user.get(status) == Some(&"active".into()) {
        user.insert(status.to_owned(), "inactive".into());
    }
}

/// Changes the addresses of references.
fn hrefs(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hrefs),
        Value::Object(members) => {
            if let Some(Value::String(href)) = members.get_mut("href") {
                *href = addressed(href);
            }
        }
        _ => {}
    }
}
