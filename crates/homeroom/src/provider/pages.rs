//! What is served beside the standard: a page for people, and whether we live.

use super::State;
use super::answer::{Trail, chain, json, marked};
use super::below::Below;
use axum::body::Body;
use axum::response::{Html, IntoResponse};
use http::{Method, Request, Response, StatusCode, header};
use serde_json::json as document;
use std::sync::Arc;

/// Answers a request that is not below any base path.
pub(super) async fn answer(state: &Arc<State>, request: Request<Body>, request_id: &str) -> Response<Body> {
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (route, response) = match request.uri().path() {
        "/" | "/healthz" | "/readyz" if !read => ("", wrong_method("GET, HEAD")),
        "/" => ("/", home(state, &request)),
        // Whether the server lives is nothing of a district's.
        "/healthz" | "/readyz" if request.extensions().get::<Below>().is_some_and(|below| !below.prefix.is_empty()) => {
            let text = "Whether the server lives is told without a district before the path.";
            ("", error(StatusCode::NOT_FOUND, "not_found", text))
        }
        "/healthz" => ("/healthz", status(StatusCode::OK, "ok")),
        "/readyz" => ("/readyz", ready(state, request_id).await),
        _ => ("", error(StatusCode::NOT_FOUND, "not_found", "There is nothing here; / says what is served.")),
    };
    marked(response, Trail { route, ..Trail::default() })
}

fn home(state: &State, request: &Request<Body>) -> Response<Body> {
    let address = state.address(request.extensions(), request.headers());
    let flags = state.flags.replace('&', "&amp;").replace('<', "&lt;");
    let page = include_str!("home.html").replace("{{url}}", &address.prefix).replace("{{flags}}", &flags);
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], Html(page))
        .into_response()
}

async fn ready(state: &Arc<State>, request_id: &str) -> Response<Body> {
    let asked = state.clone();
    let stands = tokio::task::spawn_blocking(move || {
        asked.access.apps()?;
        asked.roster.published()
    });
    match stands.await {
        Ok(Ok(_)) => status(StatusCode::OK, "ready"),
        Ok(Err(e)) => {
            tracing::error!(request_id, "not ready: {}", chain(&e));
            status(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
        Err(e) => {
            tracing::error!(request_id, "not ready: {e}");
            status(StatusCode::SERVICE_UNAVAILABLE, "failed")
        }
    }
}

fn status(code: StatusCode, word: &str) -> Response<Body> {
    json(code.as_u16(), document!({ "status": word }).to_string().into())
}

pub(super) fn error(code: StatusCode, word: &str, message: &str) -> Response<Body> {
    json(code.as_u16(), document!({ "error": { "code": word, "message": message } }).to_string().into())
}

pub(super) fn wrong_method(allow: &str) -> Response<Body> {
    let message = format!("This path takes the methods {allow} only.");
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", &message);
    if let Ok(allow) = http::HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
