//! Tokens by OAuth 2.0 client credentials (RFC 6749; rest.md 5.3), and their
//! end (RFC 7009).

use super::guesses::Guesses;
use super::oauth2::TOKEN as PATH;
use super::rate::{Limits, seconds};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use homeroom_store::access::{Access, Claim, Grant, Revocation, ScopeSet};
use http::{HeaderMap, HeaderValue, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many tokens a second are given to one client, four seconds' worth at once:
/// one is good for an hour.
const RATE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// What a token request is answered with.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Nothing, where the status says it all.
    pub(super) body: Option<Value>,
    /// For the log.
    pub(super) app: Option<Arc<str>>,
    /// For how many seconds the caller must wait.
    wait: Option<u64>,
}

/// Who asks, and of whom.
pub(super) struct Asking<'a> {
    pub(super) access: &'a Access,
    pub(super) guesses: &'a Guesses,
    pub(super) limits: &'a Limits,
    pub(super) headers: &'a HeaderMap,
    /// Where the request came from.
    pub(super) address: Option<IpAddr>,
    pub(super) now: Instant,
    /// The district that the request names.
    pub(super) tenant: Option<&'a str>,
}

/// The parameters of the form that mean something here.
#[derive(Default)]
struct Form<'a> {
    grant_type: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Cow<'a, str>>,
    token: Option<Cow<'a, str>>,
}

/// Answers a request for a token. Blocks for as long as the database is written.
pub(super) fn grant(asking: &Asking<'_>, body: &[u8]) -> Result<Answer, homeroom_store::Error> {
    let form = match Form::read(asking.headers, body) {
        Ok(form) => form,
        Err(description) => return Ok(Answer::error(400, "invalid_request", description)),
    };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            let description = "Only the grant type client_credentials is offered.";
            return Ok(Answer::error(400, "unsupported_grant_type", description));
        }
        None => return Ok(Answer::error(400, "invalid_request", "The parameter grant_type is missing.")),
    }
    let asked = form.scope.as_deref().filter(|scope| !scope.trim().is_empty()).map(ScopeSet::parse);
    asking.known(&form, |claims| {
        Ok(match asking.access.issue(claims, asked)? {
            Grant::Token { token, scopes, app, seconds } => Some(Answer {
                app: Some(app),
                ..Answer::good(Some(json!({
                    "access_token": token.expose_secret(),
                    "token_type": "Bearer",
                    "expires_in": seconds,
                    "scope": scopes.to_uris(),
                })))
            }),
            Grant::UnknownClient => None,
            Grant::NoScope => Some(Answer::error(
                400,
                "invalid_scope",
                "None of the scopes that were asked for is granted to this application.",
            )),
        })
    })
}

/// Answers a request to end a token (RFC 7009). Blocks likewise.
pub(super) fn revoke(asking: &Asking<'_>, body: &[u8]) -> Result<Answer, homeroom_store::Error> {
    let form = match Form::read(asking.headers, body) {
        Ok(form) => form,
        Err(description) => return Ok(Answer::error(400, "invalid_request", description)),
    };
    let Some(token) = &form.token else {
        return Ok(Answer::error(400, "invalid_request", "The parameter token is missing."));
    };
    asking.known(&form, |claims| {
        Ok(match asking.access.revoke(claims, token)? {
            Revocation::Done => Some(Answer::good(None)),
            Revocation::UnknownClient => None,
        })
    })
}

impl Asking<'_> {
    /// Asks for somebody who proves who it is; `ask` gives nothing if it does
    /// not.
    fn known(
        &self,
        form: &Form<'_>,
        ask: impl FnOnce(&[Claim<'_>]) -> Result<Option<Answer>, homeroom_store::Error>,
    ) -> Result<Answer, homeroom_store::Error> {
        let Some(credentials) = credentials(self.headers, form) else {
            let description = "Send the client id and secret by HTTP Basic, or as client_id and client_secret.";
            return Ok(Answer::error(401, "invalid_client", description));
        };
        let client = credentials.first().map(|(client_id, _)| client_id.as_str()).unwrap_or_default();
        if let Some(wait) = self.guesses.wait(client, self.address, self.now) {
            return Ok(Answer::wait(wait));
        }
        // By the address, too: nobody stops an application from elsewhere.
        let caller = format!("{PATH} {client} {:?}", self.address);
        if let Some(wait) = self.limits.count_some(&caller, RATE, self.now) {
            return Ok(Answer::hurried(wait));
        }
        let claims: Vec<_> = credentials.iter().map(|(client_id, secret)| Claim { client_id, secret }).collect();
        if let Some(answer) = ask(&claims)? {
            self.guesses.right(client, self.address);
            return Ok(answer);
        }
        let wrong = self.guesses.wrong(client, self.address, self.now);
        // The address is told, since a firewall may be taught by this line; the
        // name that was tried may be anything.
        let address = self.address.map(tracing::field::display);
        tracing::warn!(address, tenant = self.tenant, wrong, "a wrong client id or secret");
        let description = "The client id or the secret is wrong or expired, or the application is disabled.";
        Ok(Answer::error(401, "invalid_client", description))
    }
}

impl Answer {
    fn good(body: Option<Value>) -> Answer {
        Answer { status: 200, body, app: None, wait: None }
    }

    pub(super) fn error(status: u16, error: &str, description: &str) -> Answer {
        let body = json!({ "error": error, "error_description": description });
        Answer { status, body: Some(body), app: None, wait: None }
    }

    fn wait(wait: Duration) -> Answer {
        let description = "There were too many wrong secrets; wait as long as Retry-After says.";
        let wait = Some(seconds(wait));
        Answer { wait, ..Answer::error(429, "temporarily_unavailable", description) }
    }

    fn hurried(wait: Duration) -> Answer {
        let description = "This client asks for tokens too often; one is good for an hour.";
        let wait = Some(seconds(wait));
        Answer { wait, ..Answer::error(429, "temporarily_unavailable", description) }
    }

    pub(super) fn headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"homeroom\""));
        }
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
    }
}

/// Whether a body is said to be a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl<'a> Form<'a> {
    fn read(headers: &HeaderMap, body: &'a [u8]) -> Result<Form<'a>, &'static str> {
        if headers.contains_key(header::CONTENT_TYPE) && !is_form(headers) {
            return Err("The body must be of the type application/x-www-form-urlencoded.");
        }
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(body) {
            let place = match &*name {
                "grant_type" => &mut form.grant_type,
                "scope" => &mut form.scope,
                "client_id" => &mut form.client_id,
                "client_secret" => &mut form.client_secret,
                "token" => &mut form.token,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err("A parameter is given twice.");
            }
        }
        Ok(form)
    }
}

/// The pairs that the caller may have meant: as they came, and form-decoded,
/// as RFC 6749 2.3.1 wants them to be encoded and only some clients do.
fn credentials(headers: &HeaderMap, form: &Form<'_>) -> Option<Vec<(String, String)>> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return Some(vec![(form.client_id.as_deref()?.to_owned(), form.client_secret.as_deref()?.to_owned())]);
    };
    let (scheme, encoded) = given.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    let raw = (client_id.to_owned(), secret.to_owned());
    let decoded = (form_decoded(client_id), form_decoded(secret));
    Some(if raw == decoded { vec![raw] } else { vec![raw, decoded] })
}

fn form_decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
