//! Every operation of both versions: method, path, name, keys, scopes, statuses.

use crate::{rest_model, sorted, texts};
use oneroster::model::{Method, ROUTES, Route, Service, Shape, Version, scope_uri};
use serde_json::Value;
use std::collections::BTreeSet;

/// A path with its parameters unnamed: 1.1 and 1.2 name them differently.
fn unnamed(path: &str) -> String {
    let mut parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>();
    parts.retain(|part| !part.is_empty());
    format!("/{}", parts.join("/"))
}

fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Put => "PUT",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    }
}

fn service(route: &Route) -> &'static str {
    match route.service {
        Service::Rostering => "rostering",
        Service::Resources => "resources",
        Service::Gradebook => "gradebook",
        Service::Assessment => "assessmentResults",
    }
}

fn shape(route: &Route) -> &'static str {
    match route.shape {
        Shape::Collection => "collection",
        Shape::Single => "single",
        Shape::Put => "put",
        Shape::Post => "post",
        Shape::Delete => "delete",
    }
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().into_iter().flatten().map(|n| n.as_u64().expect("a status")).collect()
}

fn compare(row: &Value, route: &Route, version: Version) {
    let name = format!("{version} {}", route.operation);
    let text = |key: &str| row[key].as_str();
    assert_eq!(text("service"), Some(service(route)), "{name}: service");
    assert_eq!(text("basePath"), Some(route.service.base_path(version)), "{name}: base path");
    assert_eq!(text("method"), Some(method(route)), "{name}: method");
    assert_eq!(text("path").map(unnamed), Some(unnamed(route.path)), "{name}: path");
    assert_eq!(text("kind"), Some(shape(route)), "{name}: kind");
    assert_eq!(text("responseKey"), route.response_key(), "{name}: response key");
    assert_eq!(text("requestKey"), route.request_key(), "{name}: request key");
    assert_eq!(texts(&row["query"]), route.query(), "{name}: query parameters");
    let uris: Vec<_> = route.access.scopes(version).iter().map(|s| scope_uri(version, s)).collect();
    assert_eq!(sorted(texts(&row["scopesAnyOf"])), sorted(uris.iter().map(String::as_str).collect()), "{name}: scopes");
    let ours = |statuses: &[u16]| statuses.iter().copied().map(u64::from).collect::<Vec<_>>();
    assert_eq!(numbers(&row["success"]), ours(route.success(version)), "{name}: success");
    assert_eq!(numbers(&row["errors"]), ours(&route.errors(version)), "{name}: errors");
}

#[test]
fn every_operation_is_as_the_standard_says() {
    let model = rest_model();
    for (version, count) in [(Version::V1P1, 61), (Version::V1P2, 81)] {
        // The discovery documents are files, not operations on records.
        let rows = model["endpoints"][version.label()].as_array().expect("endpoints").iter();
        let rows: Vec<_> = rows.filter(|row| row["kind"] != "discovery").collect();
        let standard = |r: &&Route| r.versions.has(version) && !r.added.has(version);
        let routes: Vec<_> = ROUTES.iter().filter(standard).collect();
        assert_eq!((rows.len(), routes.len()), (count, count), "{version}");
        for row in rows {
            let named: Vec<_> = routes.iter().filter(|r| row["operationId"].as_str() == Some(r.operation)).collect();
            assert_eq!(named.len(), 1, "{version} {}", row["operationId"]);
            compare(row, named[0], version);
        }
    }
}

#[test]
fn what_we_add_is_known_by_name() {
    let added = |version| ROUTES.iter().filter(move |r| r.added.has(version)).map(|r| r.operation).collect::<Vec<_>>();
    assert_eq!(added(Version::V1P1), ["getCategoriesForClass"]);
    assert_eq!(added(Version::V1P2), [""; 0]);
    assert!(ROUTES.iter().all(|r| Version::ALL.iter().all(|v| r.versions.has(*v) || !r.added.has(*v))));
}

#[test]
fn every_scope_opens_something() {
    let model = rest_model();
    for version in Version::ALL {
        let routes = ROUTES.iter().filter(|r| r.versions.has(version));
        let ours: BTreeSet<_> = routes.flat_map(|r| r.access.scopes(version)).map(|s| scope_uri(version, s)).collect();
        let wanted: BTreeSet<_> = texts(&model["scopes"][version.label()]).into_iter().map(str::to_owned).collect();
        assert_eq!(ours, wanted, "{version}");
    }
}

#[test]
fn parents_are_the_parameters_of_the_path() {
    for route in ROUTES {
        let names: Vec<_> = route.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
        let mut wanted: Vec<_> = route.parents.iter().map(|parent| parent.name).collect();
        if matches!(route.shape, Shape::Single | Shape::Put | Shape::Delete) {
            wanted.push("sourcedId");
        }
        assert_eq!(names, wanted, "{}", route.operation);
    }
}
