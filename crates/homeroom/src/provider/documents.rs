//! What the server says of itself: OpenAPI documents, one for each service and
//! version, under the standard's own names and at `/openapi.json`.

use super::State;
use super::admin;
use super::answer::{Trail, json, marked};
use super::oauth2::TOKEN;
use super::pages::{error, wrong_method};
use crate::generate::made_up;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode, request};
use oneroster::docs::{DOCUMENTS, Document, Provider, joined, openapi};
use oneroster::model::Version;
use std::sync::{PoisonError, RwLock};

/// Where documents are given by service and version.
const INDEX: &str = "/openapi.json";
/// What the standard puts in front of the names of its documents.
const DISCOVERY: &str = "/discovery/";

/// The documents of late, by address and choice: they are long, and anyone may
/// ask for them.
#[derive(Default)]
pub(super) struct Documents {
    recent: RwLock<Vec<Written>>,
}

struct Written {
    url: Box<str>,
    names: Vec<&'static str>,
    bytes: Bytes,
}

const MOST_RECENT: usize = 32;

impl Documents {
    fn of(&self, url: &str, chosen: &Chosen) -> Bytes {
        let names = chosen.names();
        let known = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = known.iter().find(|written| *written.url == *url && written.names == names) {
            return written.bytes.clone();
        }
        drop(known);
        let bytes = write(url, chosen);
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MOST_RECENT {
            recent.remove(0);
        }
        recent.push(Written { url: url.into(), names, bytes: bytes.clone() });
        bytes
    }
}

/// Which documents are asked for.
enum Chosen {
    /// Of the standard.
    Standard(Vec<&'static Document>),
    /// Of our own administration, which is no part of the others.
    Administration,
}

impl Chosen {
    fn names(&self) -> Vec<&'static str> {
        match self {
            Chosen::Standard(documents) => documents.iter().map(|document| document.name).collect(),
            Chosen::Administration => vec![admin::NAME],
        }
    }
}

fn write(url: &str, chosen: &Chosen) -> Bytes {
    let token_url = format!("{url}{TOKEN}");
    let Chosen::Standard(chosen) = chosen else { return admin::document(url, &token_url).to_string().into() };
    let provider = Provider { url, token_url: &token_url, offers: &|_, _| true, known: &made_up };
    let one = |document: &&'static Document| (document.name.to_owned(), openapi(document, &provider));
    let mut all: Vec<_> = chosen.iter().map(one).collect();
    let document = match (all.pop(), all.is_empty()) {
        (Some((_, only)), true) => only,
        (last, _) => {
            all.extend(last);
            joined("OneRoster", url, &all)
        }
    };
    document.to_string().into()
}

/// Answers a request for a document; `None` if it is for something else.
pub(super) fn answer(state: &State, request: &request::Parts) -> Option<Response<Body>> {
    let path = request.uri.path();
    let (route, chosen) = if path == INDEX {
        (INDEX, by_query(request.uri.query().unwrap_or_default()))
    } else {
        let (document, file) = DOCUMENTS.iter().find_map(|document| Some((document, file(document, path)?)))?;
        (file, Chosen::Standard(vec![document]))
    };
    let response = if !matches!(request.method, Method::GET | Method::HEAD) {
        wrong_method("GET, HEAD")
    } else if chosen.names().is_empty() {
        let message =
            "There is no such document; take service=rostering, gradebook, resources or admin, and version=1.1 or 1.2.";
        error(StatusCode::NOT_FOUND, "not_found", message)
    } else {
        json(200, state.documents.of(&state.address(&request.extensions, &request.headers).prefix, &chosen))
    };
    Some(marked(response, Trail { route, ..Trail::default() }))
}

/// What documents are about, and where they are found from a neighbour of theirs.
pub(super) fn addresses() -> impl Iterator<Item = (&'static str, String)> {
    let standard = DOCUMENTS.iter().map(|document| {
        let version = document.version;
        let service =
            if document.name == version.segment() { String::new() } else { format!("&service={}", document.name) };
        (document.title, format!("..{INDEX}?version={version}{service}"))
    });
    standard.chain([(admin::TITLE, format!("..{INDEX}?service={}", admin::NAME))])
}

/// The file of a document that a path names.
fn file(document: &Document, path: &str) -> Option<&'static str> {
    let name = path.strip_prefix(document.base_path())?.strip_prefix(DISCOVERY)?;
    document.files.iter().find(|file| **file == name).copied()
}

/// The documents that a query chooses; without one, all of the standard.
fn by_query(query: &str) -> Chosen {
    let mut chosen: Vec<&'static Document> = DOCUMENTS.iter().collect();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "service" if value == admin::NAME => return Chosen::Administration,
            "service" => chosen.retain(|document| document.serves(&value)),
            "version" => chosen.retain(|document| Version::from_label(&value) == Some(document.version)),
            _ => {}
        }
    }
    Chosen::Standard(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_chosen_by_service_and_version() {
        let names = |query| by_query(query).names();
        assert_eq!(names(""), ["rostering", "gradebook", "resources", "v1p1"]);
        assert_eq!(names("version=1.1"), ["v1p1"]);
        assert_eq!(names("service=rostering&version=1.1"), ["v1p1"]);
        assert_eq!(names("service=rostering&version=1.2"), ["rostering"]);
        assert_eq!(names("service=admin"), ["admin"]);
        assert!(names("version=1.3").is_empty());
        assert!(names("service=lunch").is_empty());
    }

    #[test]
    fn every_document_has_an_address() {
        let names = DOCUMENTS.iter().map(|document| document.name).chain([admin::NAME]);
        for (name, (title, address)) in names.zip(addresses()) {
            let query = address.strip_prefix("../openapi.json?").unwrap();
            assert_eq!(by_query(query).names(), [name], "{title}");
        }
    }

    #[test]
    fn few_documents_are_kept() {
        let documents = Documents::default();
        for i in 0..MOST_RECENT + 3 {
            documents.of(&format!("http://{i}"), &Chosen::Standard(vec![&DOCUMENTS[2]]));
        }
        assert_eq!(documents.recent.read().unwrap().len(), MOST_RECENT);
        let again = documents.of("http://9", &Chosen::Standard(vec![&DOCUMENTS[2]]));
        assert_eq!(again, documents.of("http://9", &Chosen::Standard(vec![&DOCUMENTS[2]])));
    }
}
