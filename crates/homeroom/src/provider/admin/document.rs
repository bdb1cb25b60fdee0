//! The document of the administration: a fold over its calls.

use super::BASE;
use super::calls::{CALLS, Call, Takes};
use crate::generate::made_up;
use oneroster::model::Kind;
use serde_json::{Map, Value, json};

/// The word for addresses.
pub(in crate::provider) const NAME: &str = "admin";
/// What people read on top of it.
pub(in crate::provider) const TITLE: &str = "Homeroom administration";

const SECURITY: &str = "OAuth2CC";
const SCOPES: [(&str, &str); 4] = [
    ("admin.readonly", "Reading runs, applications and the audit."),
    ("admin.runs", "Sending packages; approving, rejecting and undoing runs; sending refused grades again."),
    (
        "admin.config",
        "Comparing and applying what is set of the district as a whole; what changes who may read needs admin.apps, too.",
    ),
    ("admin.apps", "Adding, changing and removing applications, with no more rights of administration than one's own."),
];

/// The document, of a server with this address and token address.
pub(in crate::provider) fn document(url: &str, token_url: &str) -> Value {
    // A file of ours, held by a test.
    let schemas: Value = serde_json::from_str(include_str!("schemas.json")).unwrap_or_default();
    let mut paths: Map<String, Value> = Map::new();
    for call in CALLS {
        if let Some(item) = paths.entry(call.path).or_insert_with(|| json!({})).as_object_mut() {
            item.insert(call.method.to_ascii_lowercase(), describe(call, &schemas));
        }
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": TITLE,
            "version": "1",
            "description": "What commands do, over HTTP. The scopes are granted by `homeroom app add NAME --scope admin.readonly`; each act is in the audit.",
        },
        "servers": [{ "url": format!("{url}{BASE}") }],
        "tags": [{ "name": "runs" }, { "name": "packages" }, { "name": "apps" }, { "name": "people" }, { "name": "issuers" }, { "name": "grades" }, { "name": "audit" }],
        "paths": paths,
        "components": {
            "securitySchemes": { SECURITY: {
                "type": "oauth2",
                "description": "OAuth 2.0 client credentials (RFC 6749, 4.4).",
                "flows": { "clientCredentials": { "tokenUrl": token_url, "scopes": Map::from_iter(
                    SCOPES.map(|(name, text)| (name.to_owned(), text.into()))
                ) } },
            } },
            "schemas": schemas,
        },
    })
}

fn describe(call: &Call, schemas: &Value) -> Value {
    let mut operation = json!({
        "operationId": call.operation,
        "summary": call.doc,
        "tags": [call.path.split('/').nth(1).unwrap_or_default()],
        "parameters": parameters(call, schemas),
        "security": [{ SECURITY: [call.scope] }],
    });
    match call.takes {
        Takes::Nothing => {}
        Takes::Json(schema) => {
            let media = json!({ "schema": link(schema), "example": schemas[schema]["example"] });
            operation["requestBody"] = json!({ "required": true, "content": { "application/json": media } });
        }
        Takes::Package => {
            let schema = json!({ "type": "string", "format": "binary" });
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/zip": { "schema": schema } } });
        }
    }
    let mut responses: Map<String, Value> = Map::new();
    for (status, schema) in call.gives {
        let text = match status {
            201 => "Done, and there is something new.",
            202 => "It goes on; the run at Location tells how far it is.",
            204 => "Done.",
            _ => "What was asked for.",
        };
        let mut answer = json!({ "description": text });
        if !schema.is_empty() {
            answer["content"] = json!({ "application/json": { "schema": link(schema) } });
        }
        responses.insert(status.to_string(), answer);
    }
    for status in [400, 401, 403, 500, 503].iter().chain(call.fails) {
        responses.insert(status.to_string(), failure(*status));
    }
    responses.sort_keys();
    operation["responses"] = responses.into();
    operation
}

fn parameters(call: &Call, schemas: &Value) -> Vec<Value> {
    let own = call.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let own = own.map(|name| {
        let (kind, text) = match name {
            "run" => ("integer", "The number of the run."),
            "user" => ("string", "The sourcedId of the person."),
            "grade" => ("string", "The sourcedId of the record."),
            "issuer" => ("string", "The name of the issuer."),
            _ => ("string", "The name of the application."),
        };
        let schema = json!({ "type": kind });
        let example = example(name, schemas);
        json!({ "name": name, "in": "path", "required": true, "description": text, "schema": schema, "example": example })
    });
    let query = call.query.iter().map(|query| {
        let mut schema = json!({ "type": query.kind });
        if query.kind == "integer" {
            schema["minimum"] = 0.into();
        }
        let mut parameter = json!({ "name": query.name, "in": "query", "description": query.doc, "schema": schema });
        if let Some(example) = query.needed {
            parameter["required"] = true.into();
            parameter["example"] = example.into();
        }
        parameter
    });
    own.chain(query).collect()
}

/// What may stand in the place of a parameter of the path: what the bodies make, and
/// what every made-up district has.
fn example(name: &str, schemas: &Value) -> Value {
    match name {
        "run" => 1.into(),
        "user" => made_up(Kind::User).into(),
        "grade" => made_up(Kind::Result).into(),
        "issuer" => schemas["NewIssuer"]["example"]["issuer"].clone(),
        _ => schemas["NewApp"]["example"]["app"].clone(),
    }
}

fn failure(status: u16) -> Value {
    let text = match status {
        400 => "A parameter or the body cannot be meant as it was given.",
        401 => "No token, or one that is unknown, expired or revoked.",
        403 => "The token does not carry the scope, or the caller would go beyond its own rights.",
        404 => "There is nothing of that name or number.",
        409 => "It cannot be done as things stand; the message says why.",
        413 => "The package is too large.",
        422 => "The package cannot be read.",
        503 => "Another one is writing; `Retry-After` says when to come back.",
        _ => "A failure on our side.",
    };
    json!({ "description": text, "content": { "application/json": { "schema": link("Error") } } })
}

fn link(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| links(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| links(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_schema_is_there_and_used() {
        let document = document("http://a", "http://a/oauth/token");
        let mut found = Vec::new();
        links(&document, &mut found);
        let mut wanted: Vec<&str> = found.iter().map(|l| l.strip_prefix("#/components/schemas/").unwrap()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut there: Vec<&str> =
            document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
        there.sort_unstable();
        assert_eq!(wanted, there);
    }

    #[test]
    fn every_body_has_an_example() {
        let document = document("http://a", "http://a/oauth/token");
        let operations = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
        let bodies =
            operations.filter_map(|(_, operation)| operation["requestBody"]["content"]["application/json"].as_object());
        let examples: Vec<&Value> = bodies.map(|media| &media["example"]).collect();
        assert!(examples.len() > 4 && examples.iter().all(|example| example.is_object()), "{examples:?}");
    }

    #[test]
    fn what_cannot_be_left_out_has_an_example() {
        let document = document("http://a", "http://a/oauth/token");
        let operations = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
        let all = operations.flat_map(|(_, operation)| operation["parameters"].as_array().unwrap());
        let bare: Vec<&Value> = all.filter(|one| one["required"] == true && one["example"].is_null()).collect();
        assert!(bare.is_empty(), "{bare:?}");
    }

    #[test]
    fn every_scope_is_one_and_every_name_another() {
        let own = homeroom_store::access::ScopeSet::own_names();
        for call in CALLS {
            assert!(SCOPES.iter().any(|(name, _)| *name == call.scope) && own.contains(&call.scope));
            assert_eq!(CALLS.iter().filter(|other| other.operation == call.operation).count(), 1);
            assert!(call.doc.ends_with('.'));
        }
    }
}
