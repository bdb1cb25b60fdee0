//! Requests as they go out: bounded in number and rate, repeated where that is
//! safe, never with more than their own server told who we are.
//!
//! A log line names the method, the operation, the status and the time it
//! took; never the URL, which may hold a name, nor a header.

use crate::auth::Auth;
use crate::config::{Config, Credentials};
use crate::error::{Error, ErrorKind};
use crate::failure::Failure;
use crate::findings::Findings;
use crate::habit::Habit;
use crate::rate::Rate;
use crate::tls;
use crate::world::World;
use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use oneroster::model::Method;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(15);

/// The first wait between two attempts, and the longest that is ours to choose.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// The most memory that is set aside for an answer because it says how long it is.
const BELIEVED: usize = 32 << 20;

/// A request before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub method: Method,
    pub url: Url,
    pub json: Option<Bytes>,
    /// The operation, for logs.
    pub operation: &'static str,
}

impl Request {
    pub fn get(url: Url, operation: &'static str) -> Request {
        Request { method: Method::Get, url, json: None, operation }
    }
}

/// An answer of success.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The way to one provider.
pub(crate) struct Wire {
    http: reqwest::Client,
    auth: Auth,
    slots: Semaphore,
    rate: Option<Rate>,
    attempts: usize,
    longest_wait: Duration,
    largest_answer: usize,
    world: Arc<dyn World>,
    findings: Findings,
}

impl Wire {
    pub fn new(config: &Config, findings: &Findings) -> Result<Wire, Error> {
        let http = http_client(config)?;
        Ok(Wire {
            auth: Auth::new(config, http.clone(), findings.clone()),
            http,
            slots: Semaphore::new(config.concurrency.unwrap_or(config.vendor.concurrency).get()),
            rate: config.rate.map(|rate| Rate::new(rate, config.world.clone())),
            attempts: config.attempts,
            longest_wait: config.longest_wait,
            largest_answer: config.largest_answer,
            world: config.world.clone(),
            findings: findings.clone(),
        })
    }

    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Sends a read and makes something of the answer; an answer that is
    /// broken is asked for again, as one that failed.
    pub async fn read<T>(&self, request: &Request, make: impl Fn(Answer) -> Result<T, Error>) -> Result<T, Error> {
        let mut patience = self.patience();
        loop {
            match self.renewing(request).await.and_then(&make) {
                Err(error) if error.is_transient() => self.wait(error, &mut patience).await?,
                done => return done,
            }
        }
    }

    /// Sends a write. It is repeated only where the provider surely did
    /// nothing: no connection came about, or it was refused for there being
    /// too many (429).
    pub async fn write(&self, request: &Request) -> Result<Answer, Error> {
        let mut patience = self.patience();
        loop {
            match self.renewing(request).await {
                Err(error) if error.did_nothing() => self.wait(error, &mut patience).await?,
                done => return done,
            }
        }
    }

    /// The waits between attempts, as many as there are.
    fn patience(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let (first, longest) = BACKOFF;
        ExponentialBuilder::default()
            .with_min_delay(first)
            .with_max_delay(longest)
            .with_max_times(self.attempts - 1)
            .with_jitter()
            .build()
    }

    /// Waits for the next attempt, as long as the provider asks; gives the
    /// error back if there is none, or if that is longer than we have patience.
    async fn wait(&self, error: Error, patience: &mut (impl Iterator<Item = Duration> + Send)) -> Result<(), Error> {
        let asked = error.retry_after().unwrap_or_default();
        let Some(own) = patience.next().filter(|_| asked <= self.longest_wait) else { return Err(error) };
        let time = own.max(asked);
        tracing::debug!(kind = ?error.kind(), status = error.status(), ?time, "waits and asks again");
        self.world.sleep(time).await;
        Ok(())
    }

    /// Sends it once; with a new token once more if the old one is refused.
    async fn renewing(&self, request: &Request) -> Result<Answer, Error> {
        let header = self.auth.header(request.method, &request.url).await?;
        match self.once(request, header.value).await {
            Err(error) if error.status() == Some(401) && header.token.is_some() => {
                self.auth.forget(header.token).await;
                self.findings.note(Habit::TokenRefusedEarly);
                let header = self.auth.header(request.method, &request.url).await?;
                self.once(request, header.value).await
            }
            other => other,
        }
    }

    async fn once(&self, request: &Request, authorization: Option<http::HeaderValue>) -> Result<Answer, Error> {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await.ok();
        if let Some(rate) = &self.rate {
            rate.turn().await;
        }
        let begun = std::time::Instant::now();
        let mut builder =
            self.http.request(method(request.method), request.url.clone()).header(ACCEPT, "application/json");
        if let Some(value) = authorization {
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some(json) = &request.json {
            builder = builder.header(CONTENT_TYPE, "application/json").body(json.clone());
        }
        let answer = receive(builder, self.largest_answer, &*self.world).await;
        let status = answer.as_ref().map_or_else(Error::status, |answer| Some(answer.status));
        tracing::debug!(operation = request.operation, status, took = ?begun.elapsed(), "asked");
        answer
    }
}

fn http_client(config: &Config) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        // A redirect would carry who we are to wherever it says.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(config.timeout)
        .user_agent(config.user_agent.as_str())
        // What does not leave the machine is not worth packing.
        .gzip(!config.address.is_near())
        .tls_backend_preconfigured(tls::trusting(&config.roots)?);
    if matches!(config.credentials, Credentials::None) {
        builder = builder.referer(false);
    }
    builder.build().map_err(|_| Error::new(ErrorKind::Config, "The HTTP client cannot be set up."))
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Put => reqwest::Method::PUT,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// Sends a request and takes the whole answer; one that is no success is an error.
pub(crate) async fn receive(
    builder: reqwest::RequestBuilder,
    largest: usize,
    world: &dyn World,
) -> Result<Answer, Error> {
    let mut response = builder.send().await.map_err(|error| unanswered(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(announced.min(largest).min(BELIEVED));
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + chunk.len() > largest {
            let message =
                format!("An answer of the provider is larger than {} MiB; ask for smaller pages.", largest >> 20);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        body.extend_from_slice(&chunk);
    }
    match status {
        200..=299 => Ok(Answer { status, headers, body: body.into() }),
        300..=399 => Err(redirected(status, &headers)),
        _ => Err(Error::of_status(status, Failure::read(&body), retry_after(&headers, world))),
    }
}

/// Says where a redirect leads, without its path, which may name a person.
fn redirected(status: u16, headers: &HeaderMap) -> Error {
    let to = headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|to| Url::parse(to).ok());
    let to = to.map_or_else(|| "another path".to_owned(), |url| url.origin().ascii_serialization());
    let message = format!(
        "The provider redirects to {to} (status {status}), which is not followed with credentials; give the URL \
         that it redirects to, if it is the provider's."
    );
    Error::new(ErrorKind::Redirected, message)
}

/// How long a provider asks to wait: seconds, or a date.
fn retry_after(headers: &HeaderMap, world: &dyn World) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    Some(Duration::from_millis(u64::try_from(at - world.now().0).unwrap_or(0)))
}

/// What became of a request without an answer. The library's own text holds
/// the URL, so it is not used.
fn unanswered(error: &reqwest::Error) -> Error {
    let (cause, of_tls) = innermost(error);
    if of_tls {
        let message = format!(
            "There is no safe connection to the provider: {cause}. Check that the URL begins as its administrator \
             wrote it, and that its certificate is good."
        );
        return Error::new(ErrorKind::Unsafe, message).unsent();
    }
    if error.is_timeout() {
        return Error::new(ErrorKind::Timeout, "The provider did not answer in time; try again later.");
    }
    if error.is_connect() {
        let message = format!("There is no connection to the provider: {cause}. Check the URL and the network.");
        return Error::new(ErrorKind::Unreachable, message).unsent();
    }
    if error.is_body() || error.is_decode() {
        return Error::new(ErrorKind::Broken, format!("The provider's answer ended early: {cause}."));
    }
    Error::new(ErrorKind::Unreachable, format!("The provider broke the connection off: {cause}."))
}

/// The first cause in words, and whether it is one of TLS.
fn innermost(error: &reqwest::Error) -> (String, bool) {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut text = "no reason was given".to_owned();
    let mut of_tls = false;
    while let Some(inner) = cause {
        text = inner.to_string();
        of_tls |= is_of_tls(inner);
        cause = inner.source();
    }
    (text, of_tls)
}

/// Whether an error is one of TLS, however often it is wrapped.
fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_of_tls(inner))
}
