//! What can go wrong, in words.

use crate::failure::Failure;
use std::fmt;
use std::time::Duration;

/// What kind of thing went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings do not fit together; nothing was sent.
    Config,
    /// The version of the provider has no such operation.
    NotOffered,
    /// The credentials were refused.
    SignIn,
    /// The credentials are good, but not for this (403).
    Forbidden,
    /// There is no such record or path (404).
    NotFound,
    /// The provider does not understand the request (400).
    BadRequest,
    /// The provider refuses the record (422).
    Refused,
    /// The provider asks for patience (429, 503).
    Busy,
    /// The provider failed (5xx).
    Server,
    /// Any other status.
    Status,
    /// There is no way to the provider.
    Unreachable,
    /// There is a server, but no safe connection to it: its certificate is not
    /// trusted, or it does not speak TLS.
    Unsafe,
    /// It did not answer in time.
    Timeout,
    /// The answer ended early or is no JSON.
    Broken,
    /// The answer is JSON, but none of OneRoster.
    NotOneRoster,
    /// The answer is larger than was allowed.
    TooLarge,
    /// The next page is said to be on another server.
    ForeignLink,
    /// The pages lead in a circle.
    Loop,
    /// A page came twice.
    Repeated,
    /// The provider sends elsewhere.
    Redirected,
    /// A created record is missing from the answer.
    Unconfirmed,
}

/// A failed call.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    failure: Option<Box<Failure>>,
    retry_after: Option<Duration>,
    unsent: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), status: None, failure: None, retry_after: None, unsent: false }
    }

    /// What an answer that is no success means.
    pub(crate) fn of_status(status: u16, failure: Failure, retry_after: Option<Duration>) -> Error {
        let (kind, what) = meaning(status);
        let message = match failure.summary() {
            Some(said) => format!("{what} (status {status}: {said})."),
            None => format!("{what} (status {status})."),
        };
        Error { status: Some(status), failure: Some(Box::new(failure)), retry_after, ..Error::new(kind, message) }
    }

    pub(crate) fn unsent(mut self) -> Error {
        self.unsent = true;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.kind = kind;
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// What the provider said of it, if it said something.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_deref()
    }

    /// How long the provider asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same read may do better a little later.
    pub fn is_transient(&self) -> bool {
        use ErrorKind::{Broken, Busy, Server, Timeout, Unreachable};
        // 501 and 505 stay as they are.
        let lasting = matches!(self.status, Some(501 | 505));
        matches!(self.kind, Busy | Server | Timeout | Unreachable | Broken) && !lasting
    }

    /// Whether the provider surely did nothing, so that even a write may be repeated.
    pub(crate) fn did_nothing(&self) -> bool {
        (self.unsent && self.kind != ErrorKind::Unsafe) || self.status == Some(429)
    }
}

fn meaning(status: u16) -> (ErrorKind, &'static str) {
    match status {
        400 => (ErrorKind::BadRequest, "The provider does not understand the request"),
        401 => (
            ErrorKind::SignIn,
            "The provider refuses the credentials; check client id and secret, and whether they were withdrawn",
        ),
        403 => (
            ErrorKind::Forbidden,
            "The provider does not allow this; ask its administrator for the permission or the scope",
        ),
        404 | 410 => {
            (ErrorKind::NotFound, "The provider has nothing there; check the URL, the version and the identifier")
        }
        405 | 501 => (ErrorKind::NotOffered, "The provider does not offer this operation"),
        409 | 422 => (ErrorKind::Refused, "The provider refuses the record"),
        429 => (ErrorKind::Busy, "The provider asks for fewer requests; try again later"),
        503 => (ErrorKind::Busy, "The provider is busy; try again later"),
        408 | 504 => (ErrorKind::Timeout, "The provider did not answer in time; try again later"),
        500..=599 => (ErrorKind::Server, "The provider failed; try again later, or tell its operator"),
        _ => (ErrorKind::Status, "The provider answers in a way that is not of OneRoster"),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
