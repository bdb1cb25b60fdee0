//! An example of each class, made from the model.

use super::samples::sample;
use crate::json::target::{inner_array, is_row_id, row_members, target};
use crate::model::{Field, Kind, Type, Version};
use serde_json::{Map, Value, json};

/// What hrefs of examples begin with.
const SITE: &str = "https://roster.example.org";

/// Identifiers of records that are there to be tried on, by their kind.
pub(super) type Known<'a> = &'a dyn Fn(Kind) -> Option<&'static str>;

/// One record of a version, with a value in every member but secret ones.
pub fn example(kind: Kind, version: Version) -> Value {
    let members = kind.entity().members(version);
    object(kind, version, members.map(|(_, field)| field))
}

/// The same as it may be written: what it refers to is known, and it is below no
/// other record of its kind.
pub(super) fn written(kind: Kind, version: Version, known: Known<'_>) -> Value {
    let members = kind.entity().members(version).map(|(_, field)| field);
    let own: Vec<&'static Field> = members.filter(|field| target(field) != Some(kind)).collect();
    let mut record = object(kind, version, own.iter().copied());
    for field in own {
        if let Some((to, id)) = target(field).and_then(|to| Some((to, known(to)?))) {
            let one = reference_to(to, version, id);
            record[field.name] = if field.many { json!([one]) } else { one };
        }
    }
    record
}

fn object(kind: Kind, version: Version, fields: impl Iterator<Item = &'static Field>) -> Value {
    let shown = fields.filter(|field| field.privacy != crate::model::Privacy::Secret);
    let member = |field: &'static Field| (field.name.to_owned(), member(kind, version, field));
    Value::Object(shown.map(member).collect())
}

fn member(kind: Kind, version: Version, field: &'static Field) -> Value {
    let one = value(kind, version, field);
    if field.many { Value::Array(vec![one]) } else { one }
}

fn value(kind: Kind, version: Version, field: &'static Field) -> Value {
    if let Some(target) = target(field) {
        return reference(target, version);
    }
    let text = sample(kind, field.name);
    match field.ty {
        Type::Pairs(left, right) => json!({ left: text.unwrap_or("a"), right: "4410" }),
        Type::Rows(rows) => row(rows, version),
        Type::Metadata => json!({ "example.note": "a member of the deployment's own" }),
        Type::Bool => "true".into(),
        Type::Word(words) => text.or_else(|| words.words(version).next()).into(),
        Type::Date => text.unwrap_or("2026-08-31").into(),
        Type::DateTime => text.unwrap_or("2026-08-17T06:00:00.000Z").into(),
        Type::Year => "2027".into(),
        Type::Number => json!(90),
        Type::ProfileRef => profile().into(),
        Type::SourcedId if is_row_id(field) => profile().into(),
        Type::SourcedId => id(kind).into(),
        _ => text.unwrap_or(field.name).into(),
    }
}

fn row(kind: Kind, version: Version) -> Value {
    let fields = |array: Option<&'static str>| {
        row_members(kind, version).map(|(_, field)| field).filter(move |field| field.within == array)
    };
    let mut row = object(kind, version, fields(None));
    if let Some((name, plain)) = inner_array(kind, version) {
        let element = match fields(Some(name)).next() {
            Some(field) if plain => value(kind, version, field),
            _ => object(kind, version, fields(Some(name))),
        };
        row[name] = json!([element]);
    }
    row
}

fn reference(kind: Kind, version: Version) -> Value {
    reference_to(kind, version, &id(kind))
}

fn reference_to(kind: Kind, version: Version, id: &str) -> Value {
    let entity = kind.entity();
    let href = format!("{SITE}{}/{}/{id}", entity.service.base_path(version), entity.plural);
    let members = [("href", href), ("sourcedId", id.to_owned()), ("type", entity.name.to_owned())];
    Value::Object(members.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect::<Map<_, _>>())
}

/// The identifier of an example itself.
pub(super) fn id(kind: Kind) -> String {
    format!("{}-1", kind.entity().name)
}

fn profile() -> String {
    format!("{}{}", crate::query::PROFILE_URI, id(Kind::UserProfile))
}
