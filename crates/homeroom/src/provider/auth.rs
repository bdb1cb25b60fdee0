//! Whether the caller may do this (rest.md 5.3).

use super::answer::{Refusal, Trail};
use super::issuers::{self, Refused};
use super::paths::{Operation, reads};
use super::{State, below, oauth1};
use crate::system::System;
use homeroom_store::Belief;
use homeroom_store::access::{Caller, Outside};
use http::{HeaderMap, HeaderValue, header, request};
use oneroster::json::ProblemKind;
use oneroster::model::Version;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether a caller may be taken from memory, and what came of it.
#[derive(Debug)]
pub(super) struct Trust {
    /// Whether it may be.
    pub(super) memory: bool,
    /// Whether the request was counted, and let through. What was refused by
    /// the limit of a caller from memory is counted again: the limit may be
    /// another one by now.
    pub(super) counted: bool,
    /// What was believed; nothing may be refused because of it.
    pub(super) belief: Option<Belief>,
}

impl Trust {
    /// Of the first look at a request.
    pub(super) const FIRST: Trust = Trust { memory: true, counted: false, belief: None };

    /// Of the next one: everything is looked at.
    pub(super) fn next(&self) -> Trust {
        Trust { memory: false, counted: self.counted, belief: None }
    }
}

/// The caller of an operation, if its token or signature is good and opens it.
pub(super) async fn admit(
    state: &Arc<State>,
    request: &request::Parts,
    operation: &Operation,
    (trail, trust): (&mut Trail, &mut Trust),
) -> Result<Arc<Caller>, Box<Refusal>> {
    // 1.2 knows bearer tokens only (rest.md 5.1).
    let signed = operation.version == Version::V1P1 && oauth1::is_signed(request);
    // Whoever writes is looked at before; a read looks by itself.
    let believed =
        if trust.memory && !signed && reads(operation.route) { known(state, &request.headers) } else { None };
    trust.belief = believed.as_ref().map(|(_, belief)| *belief);
    let caller = match believed {
        Some((caller, _)) => caller,
        None => identify(state, request, operation).await?,
    };
    trail.app = Some(caller.app.clone());
    let placed = below::place(caller.clone(), &request.extensions);
    trail.tenant = placed.as_ref().ok().map(|there| there.tenant.clone());
    if !trust.counted {
        within_rate(state, &caller, placed.as_deref().ok())?;
        trust.counted = true;
    }
    let caller = placed?;
    if caller.scopes.intersection(operation.opening).is_empty() {
        return Err(too_narrow(operation));
    }
    Ok(caller)
}

/// Who asks for an operation, whatever it may do.
pub(super) async fn identify(
    state: &Arc<State>,
    request: &request::Parts,
    operation: &Operation,
) -> Result<Arc<Caller>, Box<Refusal>> {
    // 1.2 knows bearer tokens only (rest.md 5.1).
    if operation.version == Version::V1P1 && oauth1::is_signed(request) {
        oauth1::admit(state, request).await
    } else {
        by_token(state, &request.headers).await
    }
}

/// Counts a request of a caller, whatever it asks for: for itself in each
/// district that lets it in, so that one keeps it from no other.
pub(super) fn within_rate(state: &State, caller: &Caller, there: Option<&Caller>) -> Result<(), Box<Refusal>> {
    let now = Instant::now();
    let counted = match there {
        // Mostly it reads the one that it is of.
        Some(there) if there.tenant != caller.tenant => {
            state.limits.count(&format!("{}/{}", caller.client_id, there.tenant), caller.rate, now)
        }
        _ => state.limits.count(&caller.client_id, caller.rate, now),
    };
    hurried(counted)
}

/// Counts a request for all districts that let a caller in: for itself, too.
pub(super) fn within_rate_of_all(state: &State, caller: &Caller) -> Result<(), Box<Refusal>> {
    hurried(state.limits.count(&format!("{}//", caller.client_id), caller.rate, Instant::now()))
}

fn hurried(wait: Option<Duration>) -> Result<(), Box<Refusal>> {
    let text = "This application asks more often than it may; Retry-After says how long to wait.";
    wait.map_or(Ok(()), |wait| Err(Refusal::wait(text, wait)))
}

/// Who called with the token of a request before.
fn known(state: &State, headers: &HeaderMap) -> Option<(Arc<Caller>, Belief)> {
    match bearer(headers) {
        Bearer::Token(token) if !token.contains('.') => state.access.believed(token),
        _ => None,
    }
}

pub(super) async fn by_token(state: &Arc<State>, headers: &HeaderMap) -> Result<Arc<Caller>, Box<Refusal>> {
    let token = match bearer(headers) {
        Bearer::None => {
            let text = "Send a bearer token; POST /oauth/token gives one for a client id and secret.";
            return Err(Refusal::challenge(ProblemKind::Unauthorized, text, HeaderValue::from_static("Bearer")));
        }
        Bearer::Malformed => return Err(bad_token()),
        Bearer::Token(token) => token,
    };
    // Our own tokens hold no dots, JWTs hold two.
    if token.contains('.') {
        let (worker, token) = (state.clone(), token.to_owned());
        let look = tokio::task::spawn_blocking(move || vouched(&worker, &token));
        return look.await.map_err(|e| Refusal::internal(e.to_string()))?;
    }
    let verified = if state.access.is_quick() {
        state.access.verify(token)
    } else {
        let (access, token) = (state.access.clone(), token.to_owned());
        let look = tokio::task::spawn_blocking(move || access.verify(&token));
        look.await.map_err(|e| Refusal::internal(e.to_string()))?
    };
    verified.map_err(|e| Refusal::store(&e))?.ok_or_else(bad_token)
}

/// The caller for whom an outside issuer vouches.
fn vouched(state: &State, token: &str) -> Result<Arc<Caller>, Box<Refusal>> {
    let caller = state.issuers.verify(&state.access, &|tenant| state.open(tenant), token, System.now());
    caller.map(Arc::new).map_err(|refused| match refused {
        Refused::Bad(what) => {
            tracing::info!(what, "a token of an outside issuer was refused");
            bad_token()
        }
        Refused::Nobody => {
            Refusal::new(ProblemKind::Forbidden, "The token is of a person whom the roster does not know.")
        }
        Refused::Unreachable(why) => {
            tracing::warn!("an issuer gives no keys: {why}");
            Refusal::new(ProblemKind::Busy, "The issuer of the token does not answer; try again a little later.")
        }
        Refused::Gone => Refusal::gone(),
        Refused::Failed(why) => Refusal::internal(why),
    })
}

fn bad_token() -> Box<Refusal> {
    let text = "The token is unknown, expired or revoked; ask for a new one.";
    Refusal::challenge(ProblemKind::Unauthorized, text, HeaderValue::from_static("Bearer error=\"invalid_token\""))
}

pub(super) fn too_narrow(operation: &Operation) -> Box<Refusal> {
    let scopes = operation.opening.to_uris();
    let names = operation.route.access.scopes(operation.version).join(" or ");
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"");
    let challenge = HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("Bearer"));
    Refusal::challenge(ProblemKind::Forbidden, &format!("The token does not carry the scope {names}."), challenge)
}

enum Bearer<'a> {
    None,
    Malformed,
    Token(&'a str),
}

fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Bearer::None };
    let Ok(text) = value.to_str() else { return Bearer::Malformed };
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Bearer::None;
    }
    let token = token.trim();
    let fits = !token.is_empty() && token.len() <= issuers::LONGEST && !token.contains(' ');
    if fits && given.next().is_none() { Bearer::Token(token) } else { Bearer::Malformed }
}
