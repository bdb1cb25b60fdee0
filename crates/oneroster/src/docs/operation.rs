//! One operation: parameters, bodies, answers.

use super::example::{Known, id, written};
use super::schema::Schemas;
use super::status;
use crate::model::{Method, Parent, Route, Shape, Version, scope_uri};
use crate::query::{DEFAULT_LIMIT, MOST_LIMIT};
use serde_json::{Map, Value, json};

/// The name of the security scheme in the standard's documents.
pub(super) const SECURITY: &str = "OAuth2CC";

/// The words of the method in a path item.
pub(super) fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "get",
        Method::Put => "put",
        Method::Post => "post",
        Method::Delete => "delete",
    }
}

/// The group of an operation, named by the first segment of its path.
pub(super) fn tag(route: &Route) -> String {
    let first = route.path.split('/').nth(1).unwrap_or_default();
    let (initial, rest) = first.split_at(first.len().min(1));
    format!("{}{rest}Management", initial.to_ascii_uppercase())
}

/// What a scope opens, by the end of its name.
pub(super) fn scope_sentence(name: &str) -> &'static str {
    match name.split_once('.') {
        Some(("roster-demographics", _)) => "Reading demographics.",
        Some((service, "readonly")) if service.ends_with("-core") => "Reading whole collections and single records.",
        Some((_, "readonly")) => {
            "Reading all there is, nested collections too; demographics have a scope of their own."
        }
        Some((_, "createput")) => "Writing a record under an identifier that the caller chose.",
        Some((_, "createpost")) => "Creating records under identifiers that the server chooses.",
        Some((_, "delete")) => "Deleting a record.",
        _ => "",
    }
}

/// The operation object.
pub(super) fn describe(route: &Route, version: Version, known: Known<'_>, schemas: &mut Schemas) -> Value {
    let scopes: Vec<String> = route.access.scopes(version).iter().map(|name| scope_uri(version, name)).collect();
    let mut operation = json!({
        "operationId": route.operation,
        "summary": sentence(route.operation),
        "tags": [tag(route)],
        "description": description(route),
        "parameters": parameters(route, version, known),
        "security": [{ SECURITY: scopes }],
    });
    if let Some(key) = route.request_key() {
        let one = written(route.kind, version, known);
        let (schema, body) = match route.shape {
            Shape::Put => (schemas.single(route.kind), one),
            _ => (schemas.set(route.kind), json!([one])),
        };
        let media = json!({ "schema": schema, "example": { key: body } });
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": media } });
    }
    operation["responses"] = responses(route, version, schemas).into();
    operation
}

/// `getStudentsForClass` as people say it: `Get students for class`.
fn sentence(operation: &str) -> String {
    let mut text = String::new();
    for (i, letter) in operation.char_indices() {
        if i > 0 && letter.is_ascii_uppercase() {
            text.push(' ');
            text.push(letter.to_ascii_lowercase());
        } else {
            text.push(if i == 0 { letter.to_ascii_uppercase() } else { letter });
        }
    }
    text
}

fn description(route: &Route) -> String {
    let entity = route.kind.entity();
    let what = match route.shape {
        Shape::Collection => "A page of them under the plural key.",
        Shape::Single => "One record, or 404.",
        Shape::Put => "Creates the record (201) or replaces the whole of it (200); no body is answered.",
        Shape::Post => {
            "Creates all of the records or none. Each carries an identifier of the caller's choice, \
             and the answer pairs it with the one that the server chose."
        }
        Shape::Delete => "Deletes the record; 404 if there is none, or none any more.",
    };
    format!("{} {what}", entity.doc)
}

fn parameters(route: &Route, version: Version, known: Known<'_>) -> Vec<Value> {
    let mut own = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let named = |name: &str| -> Value {
        let parent = route.parents.iter().find(|parent| parent.name == name);
        in_path(name, parent, route, known)
    };
    let mut all: Vec<Value> = own.by_ref().map(named).collect();
    all.extend(route.query().iter().map(|name| in_query(name, route, version)));
    all
}

fn in_path(name: &str, parent: Option<&Parent>, route: &Route, known: Known<'_>) -> Value {
    let entity = parent.map_or(route.kind, |parent| parent.kind).entity();
    let mut parameter = json!({
        "name": name,
        "in": "path",
        "description": format!("The sourcedId of the {}.", entity.name),
        "required": true,
        "schema": { "type": "string" },
    });
    // What is written is the example of the body, below records that are there.
    let writes = matches!(route.shape, Shape::Put | Shape::Post | Shape::Delete);
    let example = match parent {
        Some(parent) => known(parent.kind).map(str::to_owned),
        None => Some(id(route.kind)),
    };
    if let Some(example) = example.filter(|_| writes) {
        parameter["example"] = example.into();
    }
    parameter
}

fn in_query(name: &str, route: &Route, version: Version) -> Value {
    let members = || route.kind.entity().members(version).map(|(_, field)| field.name);
    let whole = |least: u32, default: u32| json!({ "type": "integer", "format": "int32", "minimum": least, "default": default });
    let (description, schema) = match name {
        "limit" => {
            (format!("How many records at most; above {MOST_LIMIT} means {MOST_LIMIT}."), whole(1, DEFAULT_LIMIT))
        }
        "offset" => ("How many records to pass over.".to_owned(), whole(0, 0)),
        "sort" => {
            let text = "The member to sort by; the order of identifiers without it, or if there is no such member.";
            (text.to_owned(), json!({ "type": "string" }))
        }
        "orderBy" => ("Up (the default) or down.".to_owned(), json!({ "type": "string", "enum": ["asc", "desc"] })),
        "filter" => {
            let text = "One or more clauses of member, operator (`=`, `!=`, `>`, `>=`, `<`, `<=`, `~`) and value in \
                        apostrophes, joined by `AND` or `OR`: `dateLastModified>='2026-08-01' AND status='active'`.";
            (text.to_owned(), json!({ "type": "string" }))
        }
        _ => {
            let names = members().collect::<Vec<_>>().join(", ");
            let text = format!("The members to show, separated by commas: {names}.");
            (text, json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }))
        }
    };
    let mut parameter = json!({
        "name": name, "in": "query", "description": description, "required": false, "schema": schema,
    });
    if name == "fields" {
        // What all clients send (rest.md D7); repeated parameters are read, too.
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
    }
    parameter
}

fn responses(route: &Route, version: Version, schemas: &mut Schemas) -> Map<String, Value> {
    let mut all = Map::new();
    for status in success(route, version) {
        all.insert(status.to_string(), answer(route, status, version, schemas));
    }
    let mut failures = route.errors(version);
    // An unknown record of the path is 404 in every service (rest.md D16).
    if !route.parents.is_empty() && !failures.contains(&404) {
        failures.push(404);
        failures.sort_unstable();
    }
    for status in failures {
        all.insert(status.to_string(), status::answer(Some(status), version, route));
    }
    all.insert("default".into(), status::answer(None, version, route));
    all
}

/// The statuses of success that are given here: a replacing PUT is no creation
/// (rest.md D13).
fn success(route: &Route, version: Version) -> Vec<u16> {
    if route.shape == Shape::Put { vec![200, 201] } else { route.success(version).to_vec() }
}

fn answer(route: &Route, status: u16, version: Version, schemas: &mut Schemas) -> Value {
    let (text, schema) = match route.shape {
        Shape::Collection => ("A page of the collection; empty past its end.", Some(schemas.set(route.kind))),
        Shape::Single => ("The record.", Some(schemas.single(route.kind))),
        Shape::Post => ("All were created.", Some(schemas.pairs())),
        Shape::Put if status == 200 => ("The record was replaced.", None),
        Shape::Put => ("The record was created.", None),
        Shape::Delete => ("The record was deleted.", None),
    };
    let mut answer = json!({ "description": text });
    if route.shape == Shape::Collection {
        answer["headers"] = json!({
            "X-Total-Count": {
                "description": "How many records there are on all pages.",
                "schema": { "type": "integer" },
            },
            "Link": {
                "description": "The next, last, first and previous pages (RFC 8288); follow `next` to its end.",
                "schema": { "type": "string" },
            },
        });
    }
    if let Some(schema) = schema {
        answer["content"] = json!({ "application/json": { "schema": schema } });
    }
    let warned = version == Version::V1P1 && matches!(route.shape, Shape::Collection | Shape::Single);
    if warned {
        schemas.status_info();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ROUTES;

    #[test]
    fn operations_read_as_sentences() {
        assert_eq!(sentence("getStudentsForClass"), "Get students for class");
        assert_eq!(sentence("putLineItem"), "Put line item");
    }

    #[test]
    fn every_scope_says_what_it_opens() {
        for (route, version) in ROUTES.iter().flat_map(|r| Version::ALL.map(|v| (r, v))) {
            for name in route.access.scopes(version) {
                assert!(!scope_sentence(name).is_empty(), "{name}");
            }
        }
    }
}
