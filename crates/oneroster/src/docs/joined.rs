//! Several documents as one, for tools that read one only.

use serde_json::{Map, Value, json};

/// Joins documents with their slugs. Paths are told apart by the path of their
/// server, schemas and operations by the slug: `v1p2.rostering.UserDType`.
///
/// `url` is the address that the paths of the servers begin with.
pub fn joined(title: &str, url: &str, documents: &[(String, Value)]) -> Value {
    let mut whole = json!({
        "openapi": "3.0.3",
        "info": { "title": title, "version": "1.1 and 1.2" },
        "servers": [{ "url": url }],
        "tags": [], "paths": {}, "components": { "securitySchemes": {}, "schemas": {} },
    });
    for (slug, document) in documents {
        let mut document = document.clone();
        rename(&mut document, slug);
        let base = document["servers"][0]["url"].as_str().unwrap_or_default();
        let base = base.strip_prefix(url).unwrap_or(base).to_owned();
        let paths = taken(&mut document["paths"]).into_iter().map(|(path, item)| (format!("{base}{path}"), item));
        add(&mut whole["paths"], paths);
        let schemas = taken(&mut document["components"]["schemas"]);
        add(&mut whole["components"]["schemas"], schemas.into_iter().map(|(name, s)| (format!("{slug}.{name}"), s)));
        let ways = taken(&mut document["components"]["securitySchemes"]);
        add(
            &mut whole["components"]["securitySchemes"],
            ways.into_iter().map(|(name, s)| (format!("{slug}.{name}"), s)),
        );
        if let (Some(all), Value::Array(tags)) = (whole["tags"].as_array_mut(), document["tags"].take()) {
            all.extend(tags);
        }
    }
    whole
}

fn taken(value: &mut Value) -> Map<String, Value> {
    match value.take() {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn add(object: &mut Value, members: impl Iterator<Item = (String, Value)>) {
    if let Some(object) = object.as_object_mut() {
        object.extend(members);
    }
}

/// Gives what has a name in the document the slug in front.
fn rename(value: &mut Value, slug: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match (name.as_str(), &mut *member) {
                    ("$ref", Value::String(target)) => {
                        *target = target.replace("/schemas/", &format!("/schemas/{slug}."));
                    }
                    ("operationId", Value::String(id)) => *id = format!("{slug}.{id}"),
                    ("security", Value::Array(ways)) => {
                        for way in ways.iter_mut().filter_map(Value::as_object_mut) {
                            *way = std::mem::take(way).into_iter().map(|(k, v)| (format!("{slug}.{k}"), v)).collect();
                        }
                    }
                    ("tags", Value::Array(tags)) => {
                        for tag in tags.iter_mut() {
                            let tag = if tag.is_object() { &mut tag["name"] } else { tag };
                            *tag = format!("{slug}.{}", tag.as_str().unwrap_or_default()).into();
                        }
                    }
                    // Data, in which a word of ours means nothing.
                    ("example", _) => {}
                    (_, inner) => rename(inner, slug),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, slug)),
        _ => {}
    }
}
