//! The paths of OAuth 2.0: tokens, their end, and what is offered.

use super::State;
use super::answer::{Trail, chain, json, marked};
use super::below::Below;
use super::token::{self, Answer, Asking};
use axum::body::Body;
use homeroom_store::ErrorKind;
use homeroom_store::access::ScopeSet;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request};
use serde_json::json as document;
use std::sync::Arc;
use std::time::Instant;

/// Where tokens are asked for (RFC 6749).
pub(super) const TOKEN: &str = "/oauth/token";
/// Where they are given back (RFC 7009).
pub(super) const REVOKE: &str = "/oauth/revoke";
/// Where all this is told (RFC 8414).
pub(super) const METADATA: &str = "/.well-known/oauth-authorization-server";
/// The longest form of a request, in bytes.
const LONGEST_FORM: usize = 64 << 10;

/// Whether a path is one that takes a form.
pub(super) fn takes_form(path: &str) -> bool {
    path == TOKEN || path == REVOKE
}

/// Answers a form.
pub(super) async fn form(state: &Arc<State>, request: Request<Body>, request_id: &str) -> Response<Body> {
    let route = if request.uri().path() == REVOKE { REVOKE } else { TOKEN };
    let trail = Trail { route, ..Trail::default() };
    if request.method() != Method::POST {
        let mut response = told(Answer::error(405, "invalid_request", "This path takes the method POST only."));
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return marked(response, trail);
    }
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST_FORM).await else {
        let answer = Answer::error(400, "invalid_request", "The body could not be read, or it is too long.");
        return marked(told(answer), trail);
    };
    if let Some(description) = state.disguise.as_ref().and_then(|disguise| disguise.refuses_token(&body)) {
        return marked(told(Answer::error(400, "invalid_request", description)), trail);
    }
    let worker = state.clone();
    let work = move || {
        let address = worker.proxies.origin(&head.extensions, &head.headers).client;
        let access = worker.access_at(&head.extensions);
        let (guesses, limits) = (&worker.guesses, &worker.limits);
        let (headers, now, tenant) = (&head.headers, Instant::now(), worker.named(&head.extensions, true));
        let asking = Asking { access: &access, guesses, limits, headers, address, now, tenant: tenant.as_deref() };
        let answer = if route == REVOKE { token::revoke(&asking, &body) } else { token::grant(&asking, &body) };
        (answer, tenant)
    };
    let (answer, tenant) = match tokio::task::spawn_blocking(work).await {
        Ok((Ok(answer), tenant)) => (answer, tenant),
        Ok((Err(e), tenant)) => {
            (failed(matches!(e.kind(), ErrorKind::Busy | ErrorKind::Lost), &chain(&e), request_id), tenant)
        }
        Err(e) => (failed(false, &e.to_string(), request_id), None),
    };
    let app = answer.app.clone();
    marked(told(answer), Trail { app, tenant, ..trail })
}

fn failed(busy: bool, what: &str, request_id: &str) -> Answer {
    tracing::error!(request_id, "no token: {what}");
    let status = if busy { 503 } else { 500 };
    Answer::error(status, "server_error", "No token can be given or taken at this moment; try again.")
}

fn told(answer: Answer) -> Response<Body> {
    let body = answer.body.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut response = json(answer.status, body.into());
    answer.headers(response.headers_mut());
    response
}

/// What is offered, and where; `None` if this is not the path of it. Behind an
/// address with a path, that path stands behind ours (RFC 8414, 3.1).
pub(super) fn metadata(state: &State, request: &request::Parts) -> Option<Response<Body>> {
    let behind = request.uri.path().strip_prefix(METADATA)?;
    let address = state.address(&request.extensions, &request.headers);
    // A district's path stands behind that of the server.
    let path = address.prefix.split_once("://").map_or("", |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let below = behind.strip_prefix(path).filter(|_| request.extensions.get::<Below>().is_none()).and_then(Below::of);
    let address = match below {
        None => address,
        Some(below) => {
            let mut extensions = request.extensions.clone();
            extensions.insert(below);
            state.address(&extensions, &request.headers)
        }
    };
    // The path of the public address.
    let prefix = address.prefix.split_once("://").map_or("", |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let response = match (behind.trim_end_matches('/'), &request.method) {
        (path, _) if !path.is_empty() && path != prefix => return None,
        (_, &Method::GET | &Method::HEAD) => {
            let base = &address.prefix;
            let document = document!({
                "issuer": base,
                "token_endpoint": format!("{base}{TOKEN}"),
                "token_endpoint_auth_methods_supported": METHODS,
                "revocation_endpoint": format!("{base}{REVOKE}"),
                "revocation_endpoint_auth_methods_supported": METHODS,
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "scopes_supported": ScopeSet::parse(&ScopeSet::all_names().join(" ")).to_uris().split(' ').collect::<Vec<_>>(),
            });
            json(200, document.to_string().into())
        }
        _ => {
            let mut response = json(StatusCode::METHOD_NOT_ALLOWED.as_u16(), bytes::Bytes::new());
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
    };
    Some(marked(response, Trail { route: METADATA, ..Trail::default() }))
}

const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
