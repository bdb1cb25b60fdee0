//! Answers as HTTP sees them.

use super::paths::Place;
use super::rate::seconds;
use axum::body::Body;
use homeroom_store::ErrorKind;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use oneroster::json::{Problem, ProblemKind};
use std::sync::Arc;
use std::time::Duration;

/// What the log may know of an answer; it travels with the response.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    /// The path with names for its identifiers.
    pub(super) route: &'static str,
    /// The base path, where there is one.
    pub(super) base: &'static str,
    /// Whom the answer is for.
    pub(super) app: Option<Arc<str>>,
    /// Of which district it is.
    pub(super) tenant: Option<Arc<str>>,
    /// How many records it holds.
    pub(super) rows: Option<u32>,
    /// How many of which district, if it may be of several.
    pub(super) parts: Vec<(Arc<str>, u32)>,
}

/// An answer with what the log may know of it.
pub(super) fn marked(mut response: Response<Body>, trail: Trail) -> Response<Body> {
    response.extensions_mut().insert(trail);
    response
}

/// Why a request is not answered with data.
#[derive(Debug)]
pub(super) struct Refusal {
    problem: Problem,
    header: Option<(HeaderName, HeaderValue)>,
    /// What only the log is told.
    internal: Option<String>,
    /// Whether the district was found to be removed under our hands.
    gone: bool,
}

/// How many seconds a caller should wait that found the store busy.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

impl Refusal {
    pub(super) fn new(kind: ProblemKind, text: impl Into<String>) -> Box<Refusal> {
        let busy = kind == ProblemKind::Busy;
        let header = busy.then_some((header::RETRY_AFTER, RETRY_AFTER));
        Box::new(Refusal { problem: Problem::new(kind, text), header, internal: None, gone: false })
    }

    /// With the way to authenticate.
    pub(super) fn challenge(kind: ProblemKind, text: &str, challenge: HeaderValue) -> Box<Refusal> {
        let mut refusal = Refusal::new(kind, text);
        refusal.header = Some((header::WWW_AUTHENTICATE, challenge));
        refusal
    }

    /// With the time to wait before asking again.
    pub(super) fn wait(text: &str, wait: Duration) -> Box<Refusal> {
        let mut refusal = Refusal::new(ProblemKind::TooManyRequests, text);
        refusal.header = Some((header::RETRY_AFTER, HeaderValue::from(seconds(wait))));
        refusal
    }

    /// With the methods that the path takes.
    pub(super) fn method(allow: &str) -> Box<Refusal> {
        let text = format!("This path takes the methods {allow} only.");
        let mut refusal = Refusal::new(ProblemKind::MethodNotAllowed, text);
        refusal.header = HeaderValue::from_str(allow).ok().map(|allow| (header::ALLOW, allow));
        refusal
    }

    /// What the store could not do.
    pub(super) fn store(error: &homeroom_store::Error) -> Box<Refusal> {
        match error.kind() {
            ErrorKind::Busy | ErrorKind::Stale => {
                Refusal::new(ProblemKind::Busy, "The data are being written at this moment; try again a little later.")
            }
            ErrorKind::Lost => {
                let text = "The database cannot be reached at this moment; try again a little later. Of something that \
                            was to be written, look first whether it is there.";
                let mut refusal = Refusal::new(ProblemKind::Busy, text);
                refusal.internal = Some(chain(error));
                refusal
            }
            ErrorKind::Cursor => Refusal::cursor(),
            // Nothing that is asked of a roster as a whole can be missing but itself.
            ErrorKind::NotFound => Refusal::gone(),
            _ => Refusal::internal(chain(error)),
        }
    }

    /// The place where a list is to go on cannot be found.
    pub(super) fn cursor() -> Box<Refusal> {
        let text = "The cursor is not one of ours or too old; begin again with the first page.";
        Refusal::new(ProblemKind::InvalidData, text)
    }

    /// The roster that was open is of a district that is removed; there may be
    /// another one of its name by now.
    pub(super) fn gone() -> Box<Refusal> {
        let mut refusal = Refusal::new(ProblemKind::Forbidden, "This district is not there any more.");
        refusal.gone = true;
        refusal
    }

    /// Whether to look for the district once more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// A failure of our own, told in full to the log only.
    pub(super) fn internal(told: String) -> Box<Refusal> {
        let mut refusal =
            Refusal::new(ProblemKind::Internal, "Something failed here; the log knows it by the request id.");
        refusal.internal = Some(told);
        refusal
    }

    /// The answer in the shapes of our own interfaces.
    pub(super) fn plain(mut self, request_id: &str) -> Response<Body> {
        if let Some(told) = &self.internal {
            tracing::error!(request_id, "failed: {told}");
        }
        let code = match self.problem.http() {
            401 => "unauthorized",
            403 => "forbidden",
            429 => "too_many",
            503 => "busy",
            _ => "internal",
        };
        let body = serde_json::json!({ "error": { "code": code, "message": self.problem.description } });
        let mut response = json(self.problem.http(), body.to_string().into());
        if let Some((name, value)) = self.header.take() {
            response.headers_mut().insert(name, value);
        }
        response
    }

    /// The answer in the shapes of the place, and a line in the log if it was
    /// our fault.
    pub(super) fn response(
        mut self,
        place: Place,
        operation: Option<&'static str>,
        request_id: &str,
    ) -> Response<Body> {
        if let Some(told) = &self.internal {
            tracing::error!(request_id, operation, "failed: {told}");
        }
        self.problem.operation = operation;
        let body = self.problem.body(place.version, place.service);
        let mut response = json(self.problem.http(), body.into());
        if let Some((name, value)) = self.header.take() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// An error and what caused it, one after the other.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// An answer in JSON.
pub(super) fn json(status: u16, body: bytes::Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
