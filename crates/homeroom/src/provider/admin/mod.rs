//! `/api/v1`: administration over HTTP. The work is that of the commands
//! ([`crate::admin`]); here is who may ask for it, and in which form.

mod apps;
mod calls;
mod config;
mod document;
mod grades;
mod packages;
mod runs;
mod work;

pub(super) use document::{NAME, TITLE, document};
pub(super) use packages::LARGEST;

use super::State;
use super::answer::{Refusal, Trail, json, marked};
use super::auth::{by_token, within_rate};
use super::below::place;
use super::pages::{error, wrong_method};
use crate::output::Failure;
use axum::body::Body;
use bytes::Bytes;
use calls::{CALLS, Call, Takes};
use homeroom_store::Roster;
use homeroom_store::access::{Access, Caller, ScopeSet};
use http::{HeaderValue, Request, Response, StatusCode, header, request};
use oneroster::json::ProblemKind;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// What every path here begins with.
pub(super) const BASE: &str = "/api/v1";
/// The longest body but for packages, in bytes.
const LONGEST: usize = 1 << 20;
/// When to come again if another one is writing, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// One call, with all that it may need.
struct Asked {
    state: Arc<State>,
    /// Of the district that is administered.
    roster: Roster,
    access: Access,
    caller: Arc<Caller>,
    /// What stands in the place of the parameter of the path.
    id: String,
    query: HashMap<String, String>,
    body: Bytes,
    /// The address by which the caller knows us.
    url: String,
}

/// What a call is answered with.
struct Answer {
    status: u16,
    body: Value,
    location: Option<String>,
}

type Done = Result<Answer, Failure>;

impl Answer {
    fn ok(body: Value) -> Answer {
        Answer { status: 200, body, location: None }
    }
}

/// Whether a package is sent, which has limits of its own.
pub(super) fn is_upload<B>(request: &Request<B>) -> bool {
    request.uri().path() == packages::PATH && request.method() == http::Method::POST
}

/// Whether a path is of the administration.
pub(super) fn is_below(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request below [`BASE`].
pub(super) async fn answer(state: &Arc<State>, request: request::Parts, body: Body, id: &str) -> Response<Body> {
    let mut trail = Trail { base: BASE, ..Trail::default() };
    let response = match respond(state, request, body, id, &mut trail).await {
        Ok(response) => response,
        Err(refusal) => refusal.plain(id),
    };
    marked(response, trail)
}

async fn respond(
    state: &Arc<State>,
    request: request::Parts,
    body: Body,
    request_id: &str,
    trail: &mut Trail,
) -> Result<Response<Body>, Box<Refusal>> {
    let path = request.uri.path().strip_prefix(BASE).unwrap_or_default();
    let found: Vec<(&'static Call, String)> = CALLS.iter().filter_map(|call| Some((call, fits(call, path)?))).collect();
    let Some((call, id)) = found.iter().find(|(call, _)| call.method == request.method.as_str()) else {
        let methods: Vec<&str> = found.iter().map(|(call, _)| call.method).collect();
        if methods.is_empty() {
            let message = "There is nothing here; /docs/ shows what the administration offers.";
            return Ok(error(StatusCode::NOT_FOUND, "not_found", message));
        }
        return Ok(wrong_method(&methods.join(", ")));
    };
    trail.route = call.path;
    let caller = by_token(state, &request.headers).await?;
    let placed = place(caller.clone(), &request.extensions);
    within_rate(state, &caller, placed.as_deref().ok())?;
    let caller = placed?;
    trail.app = Some(caller.app.clone());
    trail.tenant = Some(caller.tenant.clone());
    if caller.scopes.intersection(ScopeSet::named(call.scope)).is_empty() {
        return Err(too_narrow(call.scope));
    }
    let query = form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let (state, id) = (state.clone(), id.clone());
    let url = state.address(&request.extensions, &request.headers).prefix.to_string();
    let (roster, access) = (state.roster_now(&caller.tenant).await?, state.access.within(&caller.tenant));
    let mut asked = Asked { state, roster, access, caller, id, query, body: Bytes::new(), url };
    let work = async {
        if let Some(unknown) = asked.query.keys().find(|name| !call.query.iter().any(|known| known.name == **name)) {
            let known: Vec<&str> = call.query.iter().map(|known| known.name).collect();
            let hint = format!("it takes {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") });
            return Err(Failure::usage(format!("this call takes no parameter {unknown}")).hint(hint));
        }
        match call.takes {
            Takes::Package => return packages::upload(asked, body).await,
            Takes::Nothing => {}
            Takes::Json(_) => {
                let read = axum::body::to_bytes(body, LONGEST).await;
                asked.body = read.map_err(|_| Failure::usage("the body could not be read, or it is too long"))?;
            }
        }
        let does = call.does;
        tokio::task::spawn_blocking(move || does(&asked)).await.unwrap_or_else(|e| Err(broken(&e)))
    };
    Ok(written(work.await, request_id))
}

/// What stands for the parameter of the path, if the path is the call's.
fn fits(call: &Call, path: &str) -> Option<String> {
    let mut id = String::new();
    let mut given = path.split('/');
    for wanted in call.path.split('/') {
        let segment = given.next()?;
        if wanted.starts_with('{') {
            id = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
        } else if wanted != segment {
            return None;
        }
    }
    given.next().is_none().then_some(id)
}

fn too_narrow(scope: &str) -> Box<Refusal> {
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    let challenge = HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("Bearer"));
    Refusal::challenge(ProblemKind::Forbidden, &format!("The token does not carry the scope {scope}."), challenge)
}

/// A failure that nobody outside can do anything about.
fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure { code: "internal", message: error.to_string(), hint: None, status: 1 }
}

fn written(done: Done, request_id: &str) -> Response<Body> {
    match done {
        Ok(Answer { status, location, .. }) if status == 204 => bare(status, location),
        Ok(Answer { status, body, location }) => {
            let mut response = json(status, body.to_string().into());
            if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(failure) => failed(&failure, request_id),
    }
}

fn bare(status: u16, _: Option<String>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// A failure as an answer; what went wrong inside stays in the log.
fn failed(failure: &Failure, request_id: &str) -> Response<Body> {
    let status = match failure.code {
        "usage" => 400,
        "forbidden" => 403,
        "not_found" => 404,
        "refused" => 409,
        "unreadable" => 422,
        "busy" => 503,
        _ => {
            tracing::error!(request_id, "administration failed: {failure}");
            let message = "Something failed here; the log knows it by the request id.";
            return error(StatusCode::INTERNAL_SERVER_ERROR, "internal", message);
        }
    };
    let mut response = json(status, failure.to_json().to_string().into());
    if status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

impl Asked {
    /// A parameter of the query, read by `read`.
    fn given<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Failure> {
        let given = self.query.get(name).map(|text| read(text));
        given.transpose().map_err(|what| Failure::usage(format!("{name}: {what}")))
    }

    /// A parameter that is on or off.
    fn flag(&self, name: &str) -> Result<bool, Failure> {
        let read = |text: &str| match text {
            "true" | "" => Ok(true),
            "false" => Ok(false),
            _ => Err("it is true or false".to_owned()),
        };
        Ok(self.given(name, read)?.unwrap_or_default())
    }

    fn number(&self, name: &str, usual: u32) -> Result<u32, Failure> {
        let read = |text: &str| text.parse().map_err(|_| "it is a whole number".to_owned());
        Ok(self.given(name, read)?.unwrap_or(usual))
    }

    /// A time of whole seconds, of ten years at most.
    fn seconds(&self, name: &str) -> Result<Option<u32>, Failure> {
        const LONGEST: u32 = 3650 * 24 * 60 * 60;
        let read = |text: &str| match text.parse() {
            Ok(seconds @ 1..=LONGEST) => Ok(seconds),
            _ => Err(format!("it is a number of seconds from 1 to {LONGEST}")),
        };
        self.given(name, read)
    }

    /// The body, read as what the call takes.
    fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|e| Failure::usage(format!("the body is not what this call takes: {e}")))
    }

    /// By which name runs and the audit know the caller.
    fn name(&self) -> String {
        format!("application {}", self.caller.app)
    }
}
