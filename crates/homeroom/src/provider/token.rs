//! `POST /oauth/token`: OAuth 2.0 client credentials (RFC 6749; rest.md 5.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use homeroom_store::access::{Access, Claim, Grant, ScopeSet};
use http::{HeaderMap, HeaderValue, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// What a token request is answered with.
pub(super) struct Answer {
    pub(super) status: u16,
    /// What the caller must be told about how to authenticate.
    pub(super) challenge: bool,
    pub(super) body: Value,
    /// For the log.
    pub(super) app: Option<Arc<str>>,
}

/// The parameters of the form that mean something here.
#[derive(Default)]
struct Form<'a> {
    grant_type: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Cow<'a, str>>,
}

/// Answers a token request. Blocks for as long as the database is written.
pub(super) fn answer(access: &Access, headers: &HeaderMap, body: &[u8]) -> Result<Answer, homeroom_store::Error> {
    let form = match Form::read(headers, body) {
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
    let Some(credentials) = credentials(headers, &form) else {
        let description = "Send the client id and secret by HTTP Basic, or as client_id and client_secret.";
        return Ok(Answer::error(401, "invalid_client", description));
    };
    let claims: Vec<_> = credentials.iter().map(|(client_id, secret)| Claim { client_id, secret }).collect();
    let asked = form.scope.as_deref().filter(|scope| !scope.trim().is_empty()).map(ScopeSet::parse);
    Ok(match access.issue(&claims, asked)? {
        Grant::Token { token, scopes, app, seconds } => Answer {
            status: 200,
            challenge: false,
            body: json!({
                "access_token": token.expose_secret(),
                "token_type": "Bearer",
                "expires_in": seconds,
                "scope": scopes.to_uris(),
            }),
            app: Some(app),
        },
        Grant::UnknownClient => Answer::error(
            401,
            "invalid_client",
            "The client id or the secret is wrong, or the application is disabled.",
        ),
        Grant::NoScope => Answer::error(
            400,
            "invalid_scope",
            "None of the scopes that were asked for is granted to this application.",
        ),
    })
}

impl Answer {
    pub(super) fn error(status: u16, error: &str, description: &str) -> Answer {
        let body = json!({ "error": error, "error_description": description });
        Answer { status, challenge: status == 401, body, app: None }
    }

    pub(super) fn headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"homeroom\""));
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
