//! The documents over all tables.

use super::*;
use crate::json::check::check;
use crate::model::Kind;
use std::collections::HashSet;

fn whole(document: &Document) -> Value {
    let provider = Provider {
        url: "https://roster.example.org",
        token_url: "https://roster.example.org/oauth/token",
        offers: &|_, _| true,
        known: &|_| None,
    };
    openapi(document, &provider)
}

/// Every object of a document that is an operation, with its path and method.
fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let items = document["paths"].as_object().unwrap().iter();
    items.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(m, o)| (path, m, o))).collect()
}

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
fn examples_conform_to_the_model() {
    for kind in Kind::all().filter(|kind| kind.entity().parent_kind().is_none()) {
        for version in Version::ALL.into_iter().filter(|v| kind.entity().json.has(*v)) {
            assert_eq!(check(kind, version, &example(kind, version), false), [""; 0], "{kind:?} {version}");
        }
    }
}

#[test]
fn every_route_stands_in_one_document() {
    for version in Version::ALL {
        let documents = || DOCUMENTS.iter().filter(|document| document.version == version);
        let written: usize = documents().map(|document| operations(&whole(document)).len()).sum();
        assert_eq!(written, ROUTES.iter().filter(|route| route.versions.has(version)).count());
        for document in documents() {
            assert!(document.services.iter().all(|s| s.base_path(version) == document.base_path()));
        }
    }
}

#[test]
fn only_what_is_offered_is_named() {
    let reads = |route: &Route, _| route.operation == "getAllOrgs";
    let provider = Provider { url: "http://a", token_url: "http://a/oauth/token", offers: &reads, known: &|_| None };
    let document = openapi(&DOCUMENTS[0], &provider);
    assert_eq!(operations(&document).len(), 1);
    let names: Vec<_> = document["components"]["schemas"].as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["MetadataDType", "OrgDType", "OrgGUIDRefDType", "OrgSetDType"]
            .into_iter()
            .chain(["imsx_CodeMinorDType", "imsx_CodeMinorFieldDType", "imsx_StatusInfoDType"])
            .collect::<Vec<_>>()
    );
    assert_eq!(document["servers"][0]["url"], "http://a/ims/oneroster/rostering/v1p2");
    let flow = &document["components"]["securitySchemes"]["OAuth2CC"]["flows"]["clientCredentials"];
    assert_eq!(
        (flow["tokenUrl"].as_str(), flow["scopes"].as_object().unwrap().len()),
        (Some("http://a/oauth/token"), 2)
    );
}

#[test]
fn nothing_is_referred_to_that_is_not_there_and_nothing_is_there_for_nothing() {
    let each: Vec<(String, Value)> = DOCUMENTS.iter().map(|d| (d.name.to_owned(), whole(d))).collect();
    let all = joined("OneRoster", "https://roster.example.org", &each);
    for document in each.iter().map(|(_, document)| document).chain([&all]) {
        let mut found = Vec::new();
        links(document, &mut found);
        let wanted: HashSet<&str> = found.iter().map(|l| l.strip_prefix("#/components/schemas/").unwrap()).collect();
        let there: HashSet<&str> =
            document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(wanted, there);
    }
}

#[test]
fn joined_documents_keep_every_operation_under_a_name_of_its_own() {
    let each: Vec<(String, Value)> = DOCUMENTS.iter().map(|d| (d.name.to_owned(), whole(d))).collect();
    let all = joined("OneRoster", "https://roster.example.org", &each);
    let ids: HashSet<&str> = operations(&all).iter().map(|(_, _, o)| o["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), each.iter().map(|(_, document)| operations(document).len()).sum::<usize>());
    assert!(ids.contains("rostering.getAllUsers") && ids.contains("v1p1.getAllUsers"));
    let users = &all["paths"]["/ims/oneroster/v1p1/users"]["get"];
    let schema = &users["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/v1p1.UserSetDType");
    assert!(users["security"][0]["v1p1.OAuth2CC"].is_array());
}

#[test]
fn documents_are_found_by_service() {
    let of = |service| DOCUMENTS.iter().filter(|d| d.serves(service)).map(|d| d.name).collect::<Vec<_>>();
    assert_eq!(of("rostering"), ["rostering", "v1p1"]);
    assert_eq!(of("gradebook"), ["gradebook", "v1p1"]);
    assert!(of("lunch").is_empty());
}

#[test]
fn path_parameters_are_those_of_the_path() {
    for document in &DOCUMENTS {
        for (path, method, operation) in operations(&whole(document)) {
            let parameters = operation["parameters"].as_array().unwrap().iter();
            let named: Vec<String> = parameters
                .filter(|p| p["in"] == "path")
                .map(|p| format!("{{{}}}", p["name"].as_str().unwrap()))
                .collect();
            let wanted: Vec<&str> = path.split('/').filter(|s| s.starts_with('{')).collect();
            assert_eq!(named, wanted, "{method} {path}");
        }
    }
}

/// A line for each operation, one for each parameter that is told once only,
/// and one for each schema: what a reader of a change must see.
fn outline(document: &Value) -> String {
    let mut lines = Vec::new();
    for (path, method, operation) in operations(document) {
        let parameters = operation["parameters"].as_array().unwrap().iter();
        let asked: Vec<&str> = parameters.filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()).collect();
        let statuses: Vec<&str> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        let scopes = operation["security"][0]["OAuth2CC"].as_array().unwrap().iter();
        let scopes: Vec<&str> = scopes.map(|s| s.as_str().unwrap().rsplit('/').next().unwrap()).collect();
        let id = operation["operationId"].as_str().unwrap();
        let body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        lines.push(format!("{method} {path} {id}"));
        lines.push(format!("  {} | {} | {}", scopes.join(" "), asked.join(" "), statuses.join(" ")));
        lines.extend(body.map(|body| format!("  takes {body}")));
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut schema = schema.clone();
        bare(&mut schema);
        lines.push(format!("{name} {schema}"));
    }
    lines.join("\n")
}

/// Without what is only for people.
fn bare(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        members.retain(|name, member| name != "example" && (name != "description" || !member.is_string()));
        members.values_mut().for_each(bare);
    }
}

#[test]
fn outlines() {
    for document in &DOCUMENTS {
        insta::assert_snapshot!(document.name, outline(&whole(document)));
    }
}
