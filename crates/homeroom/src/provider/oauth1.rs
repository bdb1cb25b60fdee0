//! Requests that are signed (OAuth 1.0a), on the paths of 1.1 (rest.md 5.4).

use super::State;
use super::answer::Refusal;
use super::below::Below;
use bytes::Bytes;
use homeroom_store::access::{Caller, Signature};
use http::{HeaderValue, Method, Uri, header, request};
use oneroster::json::ProblemKind;
use oneroster::oauth1::{Address, Malformed, Message, Signed};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// The body of a request that came as a form; it travels with the request.
#[derive(Clone, Debug)]
pub(super) struct FormBody(pub(super) Bytes);

/// The address of a request as the caller wrote and signed it, where we go on with
/// another one.
#[derive(Clone, Debug)]
pub(super) struct AsWritten(pub(super) Uri);

/// What of a request is signed, apart from the request.
struct Asked {
    method: Method,
    uri: Uri,
    authorization: Option<HeaderValue>,
    form: Option<Bytes>,
    known_as: Vec<Name>,
    /// Where the request came from.
    client: Option<IpAddr>,
    /// The district that it names.
    tenant: Option<Arc<str>>,
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
pub(super) async fn admit(state: &Arc<State>, request: &request::Parts) -> Result<Arc<Caller>, Box<Refusal>> {
    let asked = Asked::new(state, request);
    if state.access.is_quick() {
        return asked.judge(state);
    }
    let state = state.clone();
    let judge = tokio::task::spawn_blocking(move || asked.judge(&state));
    judge.await.map_err(|e| Refusal::internal(e.to_string()))?
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
        let written = request.extensions.get::<AsWritten>();
        let below = match written {
            None => request.extensions.get::<Below>().map_or("", |below| &below.prefix),
            Some(_) => "",
        };
        let known_as = public.into_iter().chain([own]).map(|mut name| {
            name.prefix.push_str(below);
            name
        });
        Asked {
            method: request.method.clone(),
            uri: written.map_or(&request.uri, |written| &written.0).clone(),
            authorization: request.headers.get(header::AUTHORIZATION).cloned(),
            form: request.extensions.get::<FormBody>().map(|form| form.0.clone()),
            known_as: known_as.collect(),
            client: origin.client,
            tenant: state.named(&request.extensions, false),
        }
    }

    /// Who signed it. Blocks where the database is asked.
    fn judge(&self, state: &State) -> Result<Arc<Caller>, Box<Refusal>> {
        let query = self.uri.query();
        let message = Message { method: self.method.as_str(), query, form: self.form.as_deref() };
        let authorization = self.authorization.as_ref().map(HeaderValue::to_str).transpose();
        let read = authorization.map_err(|_| Malformed::Header).and_then(|text| Signed::read(&message, text));
        let read = read.and_then(|signed| signed.ok_or(Malformed::Header));
        let signed = read.map_err(|malformed| refused(&format!("The request is not signed well: {malformed}.")))?;
        let now = Instant::now();
        if let Some(wait) = state.guesses.wait(signed.consumer_key(), self.client, now) {
            return Err(Refusal::wait("There were too many wrong signatures; wait as long as Retry-After says.", wait));
        }
        let addresses: Vec<Address<'_>> = self.known_as.iter().map(|name| name.address(&self.uri)).collect();
        let signature = state.access.signature(&signed, &addresses).map_err(|e| Refusal::store(&e))?;
        self.settle(state, &signed, signature, now)
    }

    fn settle(
        &self,
        state: &State,
        signed: &Signed<'_>,
        signature: Signature,
        now: Instant,
    ) -> Result<Arc<Caller>, Box<Refusal>> {
        Err(refused(match signature {
            Signature::Good(caller, fit) => {
                if !fit.is_standard() {
                    tracing::debug!(app = &*caller.app, "signed in a way of its own: {fit}");
                }
                state.guesses.right(signed.consumer_key(), self.client);
                return Ok(caller);
            }
            Signature::Untimely => {
                "The timestamp is too far from our clock, which the Date header tells, or from before the server started."
            }
            Signature::Replayed => "This nonce was used before; every request needs one of its own.",
            _ => {
                let wrong = state.guesses.wrong(signed.consumer_key(), self.client, now);
                let address = self.client.map(tracing::field::display);
                tracing::warn!(address, tenant = self.tenant.as_deref(), wrong, "a wrong signature");
                "The signature is not right: is the consumer secret, and is this the address that was signed?"
            }
        }))
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
