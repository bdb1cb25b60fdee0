//! OpenAPI 3 documents: what a provider offers, folded from the tables.
//!
//! A [`Document`] says whose operations are meant; [`openapi`] writes one,
//! [`joined`] several in one. Names of schemas, tags and operations are those
//! of the standard's own documents (rest.md 1.2), so that tools made for those
//! find in ours what they know.

mod example;
mod joined;
mod operation;
mod samples;
mod schema;
mod status;

#[cfg(test)]
mod tests;

pub use example::example;
pub use joined::joined;

use crate::model::{Kind, ROUTES, Route, Service, Version, scope_uri};
use serde_json::{Map, Value, json};

/// What one document is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Document {
    /// The version.
    pub version: Version,
    /// The services; they share a base path.
    pub services: &'static [Service],
    /// A word for menus and for names in joined documents: `rostering`.
    pub name: &'static str,
    /// What people read on top of it.
    pub title: &'static str,
    /// The names of the file below `discovery/`, of which the standard has two
    /// (rest.md D1). 1.1 knows no discovery.
    pub files: &'static [&'static str],
}

/// Every document: one of 1.1, and one for each base path of 1.2.
pub static DOCUMENTS: [Document; 4] = [
    Document {
        version: Version::V1P2,
        services: &[Service::Rostering],
        name: "rostering",
        title: "OneRoster 1.2 Rostering",
        files: &["onerosterv1p2rostersservice_openapi3_v1p0.json", "imsorv1p2_rostering_openapi3_v1p0.json"],
    },
    Document {
        version: Version::V1P2,
        services: &[Service::Gradebook, Service::Assessment],
        name: "gradebook",
        title: "OneRoster 1.2 Gradebook and Assessment Results",
        files: &["onerosterv1p2gradebookservice_openapi3_v1p0.json", "imsorv1p2_gradebook_openapi3_v1p0.json"],
    },
    Document {
        version: Version::V1P2,
        services: &[Service::Resources],
        name: "resources",
        title: "OneRoster 1.2 Resources",
        files: &["onerosterv1p2resourcesservice_openapi3_v1p0.json", "imsorv1p2_resources_openapi3_v1p0.json"],
    },
    Document {
        version: Version::V1P1,
        services: &[Service::Rostering, Service::Resources, Service::Gradebook],
        name: "v1p1",
        title: "OneRoster 1.1",
        files: &[],
    },
];

/// The provider that a document describes.
pub struct Provider<'a> {
    /// Scheme, host and whatever path stands before the standard's own, without
    /// a slash at the end.
    pub url: &'a str,
    /// Where tokens are asked for.
    pub token_url: &'a str,
    /// Whether an operation is offered.
    pub offers: &'a dyn Fn(&Route, Version) -> bool,
    /// Identifiers of records that bodies may refer to where calls are tried, by
    /// their kind.
    pub known: &'a dyn Fn(Kind) -> Option<&'static str>,
}

impl std::fmt::Debug for Provider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("url", &self.url).field("token_url", &self.token_url).finish_non_exhaustive()
    }
}

impl Document {
    /// Whether it holds operations of the service of this name.
    pub fn serves(&self, service: &str) -> bool {
        let named = |document: &&Document| document.name == service;
        DOCUMENTS.iter().find(named).is_some_and(|other| other.services.iter().any(|s| self.services.contains(s)))
    }

    /// The base path of its operations.
    pub fn base_path(&self) -> &'static str {
        self.services.first().map_or("", |service| service.base_path(self.version))
    }

    /// Its operations, as far as the provider offers them.
    fn routes<'a>(&'a self, provider: &'a Provider<'_>) -> impl Iterator<Item = &'static Route> + 'a {
        let ours = |route: &&Route| route.versions.has(self.version) && self.services.contains(&route.service);
        ROUTES.iter().filter(ours).filter(|route| (provider.offers)(route, self.version))
    }
}

/// The document of what a provider offers, in OpenAPI 3.0.
pub fn openapi(document: &Document, provider: &Provider<'_>) -> Value {
    let mut tags: Vec<String> = Vec::new();
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas = schema::Schemas::new(document.version);
    let mut scopes: Map<String, Value> = Map::new();
    for route in document.routes(provider) {
        let tag = operation::tag(route);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        for name in route.access.scopes(document.version) {
            scopes.insert(scope_uri(document.version, name), operation::scope_sentence(name).into());
        }
        let described = operation::describe(route, document.version, provider.known, &mut schemas);
        if let Some(item) = paths.entry(route.path).or_insert_with(|| json!({})).as_object_mut() {
            item.insert(operation::method(route).into(), described);
        }
    }
    status::schemas(document.version, document.services, &mut schemas);
    let tags: Vec<Value> = tags.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": document.title,
            "version": document.version.label(),
            "description": description(document.version),
        },
        "servers": [{ "url": format!("{}{}", provider.url, document.base_path()) }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": { operation::SECURITY: security(provider.token_url, scopes) },
            "schemas": schemas.finish(),
        },
    })
}

fn description(version: Version) -> &'static str {
    match version {
        Version::V1P1 => {
            "What is offered here of OneRoster 1.1. Where an operation names several scopes, any one of them is enough. \
             An application that signs by OAuth 1.0a needs no token; it has the scopes that it was granted."
        }
        Version::V1P2 => {
            "What is offered here of OneRoster 1.2. Where an operation names several scopes, any one of them is enough. \
             `fields` leaves members out that a schema demands."
        }
    }
}

fn security(token_url: &str, scopes: Map<String, Value>) -> Value {
    json!({
        "type": "oauth2",
        "description": "OAuth 2.0 client credentials (RFC 6749, 4.4).",
        "flows": { "clientCredentials": { "tokenUrl": token_url, "scopes": scopes } },
    })
}
