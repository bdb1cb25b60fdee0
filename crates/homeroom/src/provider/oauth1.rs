//! Requests that are signed (OAuth 1.0a), on the paths of 1.1 (rest.md 5.4).

use super::State;
use super::answer::Refusal;
use bytes::Bytes;
use homeroom_store::access::{Access, Caller, Signature};
use http::{HeaderValue, Method, Uri, header, request};
use oneroster::json::ProblemKind;
use oneroster::oauth1::{Address, Malformed, Message, Signed};
use std::sync::Arc;

/// The body of a request that came as a form; it travels with the request.
#[derive(Clone, Debug)]
pub(super) struct FormBody(pub(super) Bytes);

/// What of a request is signed, apart from the request.
struct Asked {
    method: Method,
    uri: Uri,
    authorization: Option<HeaderValue>,
    form: Option<Bytes>,
    known_as: Vec<Name>,
}

/// An address by which the caller may know us.
struct Name {
    scheme: String,
    authority: String,
    prefix: String,
}

impl Name {
    fn of(url: &str) -> Option<Name> {
        let address = Address::split(url)?;
        let prefix = address.path.trim_end_matches('/').to_owned();
        Some(Name { scheme: address.scheme.to_owned(), authority: address.authority.to_owned(), prefix })
    }

    fn address<'a>(&'a self, uri: &'a Uri) -> Address<'a> {
        let Name { scheme, authority, prefix } = self;
        Address { scheme, authority, prefix, path: uri.path(), query: uri.query() }
    }
}

/// Whether a request means to be signed.
pub(super) fn is_signed(request: &request::Parts) -> bool {
    let scheme = |value: &HeaderValue| value.as_bytes().get(..5).is_some_and(|s| s.eq_ignore_ascii_case(b"oauth"));
    let within = |bytes: &[u8]| memchr::memmem::find(bytes, b"oauth_signature=").is_some();
    match request.headers.get(header::AUTHORIZATION) {
        Some(value) => scheme(value),
        None => {
            request.uri.query().is_some_and(|query| within(query.as_bytes()))
                || request.extensions.get::<FormBody>().is_some_and(|form| within(&form.0))
        }
    }
}

/// The application that signed a request.
pub(super) async fn admit(state: &State, request: &request::Parts) -> Result<Arc<Caller>, Box<Refusal>> {
    let asked = Asked::new(state, request);
    let judged = if state.access.is_quick() {
        asked.judge(&state.access)
    } else {
        let access = state.access.clone();
        let judge = tokio::task::spawn_blocking(move || asked.judge(&access));
        judge.await.map_err(|e| Refusal::internal(e.to_string()))?
    };
    match judged.map_err(|e| Refusal::store(&e))? {
        Ok(Signature::Good(caller, fit)) => {
            if !fit.is_standard() {
                tracing::debug!(app = &*caller.app, "signed in a way of its own: {fit}");
            }
            Ok(caller)
        }
        Ok(Signature::Untimely) => Err(refused(
            "The timestamp is too far from our clock, which the Date header tells, or from before the server started.",
        )),
        Ok(Signature::Replayed) => Err(refused("This nonce was used before; every request needs one of its own.")),
        Ok(_) => {
            Err(refused("The signature is not right: is the consumer secret, and is this the address that was signed?"))
        }
        Err(malformed) => Err(refused(&format!("The request is not signed well: {malformed}."))),
    }
}

fn refused(text: &str) -> Box<Refusal> {
    Refusal::challenge(ProblemKind::Unauthorized, text, HeaderValue::from_static("OAuth realm=\"homeroom\""))
}

impl Asked {
    fn new(state: &State, request: &request::Parts) -> Asked {
        let origin = state.proxies.origin(&request.extensions, &request.headers);
        let own = Name {
            scheme: origin.scheme.to_owned(),
            authority: origin.host.as_deref().unwrap_or(&state.host).to_owned(),
            prefix: String::new(),
        };
        let public = state.addresses.public().and_then(Name::of);
        Asked {
            method: request.method.clone(),
            uri: request.uri.clone(),
            authorization: request.headers.get(header::AUTHORIZATION).cloned(),
            form: request.extensions.get::<FormBody>().map(|form| form.0.clone()),
            known_as: public.into_iter().chain([own]).collect(),
        }
    }

    /// Who signed it. Blocks where the database is asked.
    fn judge(&self, access: &Access) -> Result<Result<Signature, Malformed>, homeroom_store::Error> {
        // What is asked by HEAD is what would be given by GET, but signed as
        // what it is.
        let query = self.uri.query();
        let message = Message { method: self.method.as_str(), query, form: self.form.as_deref() };
        let authorization = match self.authorization.as_ref().map(HeaderValue::to_str) {
            Some(Err(_)) => return Ok(Err(Malformed::Header)),
            Some(Ok(text)) => Some(text),
            None => None,
        };
        let signed = match Signed::read(&message, authorization) {
            Ok(Some(signed)) => signed,
            Ok(None) => return Ok(Err(Malformed::Header)),
            Err(malformed) => return Ok(Err(malformed)),
        };
        let addresses: Vec<Address<'_>> = self.known_as.iter().map(|name| name.address(&self.uri)).collect();
        Ok(Ok(access.signature(&signed, &addresses)?))
    }
}

/// A query without the parameters of a signature, which are good once.
pub(super) fn unsigned(query: Option<&str>) -> Option<std::borrow::Cow<'_, str>> {
    let query = query?;
    if !query.contains("oauth_") {
        return Some(query.into());
    }
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("oauth_")).collect();
    Some(kept.join("&").into())
}
