//! `/docs`: the documents as pages on which every call can be tried.

use super::State;
use super::answer::{Trail, chain, marked};
use super::documents;
use super::pages::{error, wrong_method};
use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header, request};
use std::sync::Arc;
use utoipa_swagger_ui::{Config, SwaggerFile, Url, serve};

/// Where the pages lie.
const DOCS: &str = "/docs";

/// Answers a request for a page; `None` if it is for something else.
pub(super) fn answer(state: &State, request: &request::Parts) -> Option<Response<Body>> {
    let rest = request.uri.path().strip_prefix(DOCS).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    let response = if !matches!(request.method, Method::GET | Method::HEAD) {
        wrong_method("GET, HEAD")
    } else {
        match rest {
            "" => moved(),
            "/" => page(state, request),
            name => file(name.trim_start_matches('/')),
        }
    };
    Some(marked(response, Trail { route: DOCS, ..Trail::default() }))
}

/// To the folder, from which the page's own addresses go out; not from the
/// root, as a proxy may put a path in front.
fn moved() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("docs/"));
    response
}

fn page(state: &State, request: &request::Parts) -> Response<Body> {
    let mut response = Response::new(Body::from(include_str!("docs.html")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers
        .insert(header::CONTENT_SECURITY_POLICY, policy(&state.address(&request.extensions, &request.headers).prefix));
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

const GUARDS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// Scripts are files of ours only, and calls go to us only, under the address
/// that the documents name. The pages set styles from their scripts.
fn policy(url: &str) -> HeaderValue {
    let origin: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {origin}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn file(name: &str) -> Response<Body> {
    let addresses: Vec<(&str, String)> = documents::addresses().collect();
    let urls = addresses.iter().map(|(title, address)| Url::new(title, address));
    let config = Config::new(urls)
        .validator_url("none")
        .query_config_enabled(false)
        .persist_authorization(false)
        .try_it_out_enabled(true)
        .deep_linking(true)
        .display_request_duration(true)
        .doc_expansion("none")
        .default_models_expand_depth(0)
        .filter(true);
    match serve(name, Arc::new(config)) {
        Ok(Some(file)) if name != "index.html" => given(file),
        Ok(_) => error(StatusCode::NOT_FOUND, "not_found", "There is no such page; /docs/ is the first."),
        Err(e) => {
            tracing::error!("a page of /docs failed: {}", chain(&*e));
            error(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something failed here.")
        }
    }
}

fn given(file: SwaggerFile<'_>) -> Response<Body> {
    let kind =
        HeaderValue::try_from(&file.content_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = Response::new(Body::from(file.bytes.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if file.gzpipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
