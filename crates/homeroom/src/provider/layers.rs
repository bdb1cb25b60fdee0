//! What surrounds every request: its id, limits of size and time, compression,
//! a net below panics, and its line in the log.

use super::answer::{Refusal, Trail};
use super::oauth1::FormBody;
use super::paths::{Place, Target};
use super::{State, admin, below, documents, metrics, oauth2, operations, pages, swagger, token};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use oneroster::json::ProblemKind;
use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::{CatchPanicLayer, ResponseForPanic};
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a request may take that brings a package.
const PATIENCE_WITH_PACKAGES: Duration = Duration::from_secs(60 * 60);
/// The largest body that is read at all, in bytes.
const LARGEST_BODY: usize = 1 << 20;
/// The longest form in which the parameters of a signature are looked for.
const LONGEST_FORM: usize = 64 << 10;
/// Below this size, in bytes, compressing costs more than it saves.
const WORTH_COMPRESSING: u64 = 1400;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole service of one server.
pub(super) fn service(
    state: Arc<State>,
    ids: RequestIds,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone {
    let front = {
        let state = state.clone();
        service_fn(move |request| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(front(&state, request).await) }
        })
    };
    let compression =
        CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(WORTH_COMPRESSING));
    let around = |most, patience| {
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(REQUEST_ID, ids.clone()))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(CatchPanicLayer::custom(Panicked))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, patience))
            .layer(RequestBodyLimitLayer::new(most))
            .layer(compression.clone())
            .service(front.clone())
    };
    let (usual, large) = (around(LARGEST_BODY, PATIENCE), around(admin::LARGEST, PATIENCE_WITH_PACKAGES));
    service_fn(move |mut request: Request<Incoming>| {
        let state = state.clone();
        let stack = if admin::is_upload(&request) { large.clone() } else { usual.clone() };
        async move {
            let started = Instant::now();
            drop_odd_id(&mut request);
            let plan = match &state.disguise {
                None => None,
                Some(disguise) => match disguise.take(&mut request).await {
                    Ok(plan) => Some(plan),
                    Err(response) => return Ok(*response),
                },
            };
            below::take(&mut request, &state.hosts, &state.proxies);
            let method = request.method().clone();
            let place = place(&state, &request);
            let named = state.named(request.extensions(), false);
            let response = stack.oneshot(request).await?.map(Body::new);
            let response = shaped(response, place);
            log(&state, &method, &response, started.elapsed(), named);
            Ok(match (&state.disguise, &plan) {
                (Some(disguise), Some(plan)) => disguise.give(plan, response).await,
                _ => response,
            })
        }
    })
}

async fn front(
    state: &Arc<State>,
    request: Request<impl hyper::body::Body<Data = bytes::Bytes, Error: Into<tower::BoxError>> + Send + 'static>,
) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let id = head.extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    if oauth2::takes_form(head.uri.path()) {
        return oauth2::form(state, Request::from_parts(head, Body::new(body)), &id).await;
    }
    if admin::is_below(head.uri.path()) {
        return admin::answer(state, head, Body::new(body), &id).await;
    }
    // A form may hold the parameters of a signature; nothing else in it counts.
    let form = token::is_form(&head.headers);
    let most = if writes(&head.method) {
        LARGEST_BODY
    } else if form {
        LONGEST_FORM
    } else {
        0
    };
    let Some(body) = read(body, most).await else { return bare(StatusCode::PAYLOAD_TOO_LARGE) };
    if form && !body.is_empty() && body.len() <= LONGEST_FORM {
        head.extensions.insert(FormBody(body.clone()));
    }
    let page = documents::answer(state, &head).or_else(|| swagger::answer(state, &head));
    if let Some(response) = page.or_else(|| oauth2::metadata(state, &head)) {
        return response;
    }
    if let Some(response) = metrics::answer(state, &head, &id).await {
        return response;
    }
    match operations::answer(state, &head, body, &id).await {
        Some(response) => response,
        None => pages::answer(state, Request::from_parts(head, Body::empty()), &id).await,
    }
}

/// Whether a method has a body that means something.
fn writes(method: &Method) -> bool {
    matches!(*method, Method::PUT | Method::POST)
}

/// Reads a body; `None` if it was over the limit of every body. Of one that
/// nobody wants (rest.md T10), or longer than `most`, nothing is kept: but a
/// connection on which it is left cannot be used again.
async fn read(body: impl hyper::body::Body<Data = Bytes>, most: usize) -> Option<Bytes> {
    let mut body = std::pin::pin!(body);
    let (mut kept, mut length) = (BytesMut::new(), 0);
    while !body.is_end_stream() {
        match body.frame().await {
            Some(Ok(frame)) => {
                let data = frame.data_ref().map(|data| &data[..]).unwrap_or_default();
                length += data.len();
                if length <= most {
                    kept.extend_from_slice(data);
                }
            }
            Some(Err(_)) => return None,
            None => break,
        }
    }
    Some(if length <= most { kept.freeze() } else { Bytes::new() })
}

/// What is refused before it gets the shape of its place.
fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Numbers for requests that bring none: a random beginning and a count.
#[derive(Clone, Debug)]
pub(super) struct RequestIds {
    beginning: u32,
    count: Arc<AtomicU64>,
}

impl RequestIds {
    pub(super) fn new(beginning: u32) -> RequestIds {
        RequestIds { beginning, count: Arc::default() }
    }
}

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _request: &Request<B>) -> Option<RequestId> {
        let id = format!("{:08x}-{:x}", self.beginning, self.count.fetch_add(1, Ordering::Relaxed));
        HeaderValue::try_from(id).ok().map(RequestId::new)
    }
}

/// What a caller sends as the id goes into the log, so it must look like one.
fn drop_odd_id<B>(request: &mut Request<B>) {
    let fits = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
    let odd = |id: &HeaderValue| !(1..=64).contains(&id.len()) || !id.as_bytes().iter().all(fits);
    if request.headers().get(REQUEST_ID).is_some_and(odd) {
        request.headers_mut().remove(REQUEST_ID);
    }
}

/// What a panic is answered with, before it gets the shape of its place.
#[derive(Clone, Copy)]
struct Panicked;

impl ResponseForPanic for Panicked {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, _: Box<dyn Any + Send>) -> Response<Body> {
        bare(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Whose shapes a layer's refusal must have.
fn place<B>(state: &State, request: &Request<B>) -> Option<Place> {
    match state.paths.find(&Method::TRACE, request.uri().path()) {
        Target::Operation(operation, _) => Some(operation.place()),
        Target::Method { place, .. } | Target::Unknown(place) => Some(place),
        Target::Elsewhere => None,
    }
}

/// Gives what a layer refused, which knows no OneRoster, the shape of its place.
fn shaped(response: Response<Body>, place: Option<Place>) -> Response<Body> {
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let (Some(place), true, None) = (place, refused, response.extensions().get::<Trail>()) else { return response };
    let refusal = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::new(ProblemKind::TooLarge, "The body is larger than what is accepted.")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            Refusal::new(ProblemKind::Busy, "The answer took too long; ask for less, or again a little later.")
        }
        _ => Refusal::new(ProblemKind::Internal, "Something failed here; the log knows it by the request id."),
    };
    let id = response.headers().get(REQUEST_ID).cloned();
    let mut shaped = refusal.response(place, None, "");
    if let Some(id) = id {
        shaped.headers_mut().insert(REQUEST_ID, id);
    }
    shaped
}

/// One line for each request: no query, no identifier, no header of the caller.
fn log(state: &State, method: &Method, response: &Response<Body>, took: Duration, named: Option<Arc<str>>) {
    let known = response.extensions().get::<Trail>().cloned().unwrap_or_default();
    // Whoever was refused has named a district, too.
    let trail = &Trail { tenant: known.tenant.clone().or(named), ..known };
    let method = told(method);
    let status = response.status().as_u16();
    state.metrics.count(method, trail, status, took);
    if let Some(spans) = &state.spans {
        spans.note(method, trail, status, took);
    }
    let request_id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    tracing::info!(
        request_id,
        method,
        route = format_args!("{}{}", trail.base, trail.route),
        status = response.status().as_u16(),
        microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        tenant = trail.tenant.as_deref(),
        app = trail.app.as_deref(),
        rows = trail.rows,
        "request"
    );
}

fn told(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::model::{Service as Part, Version};
    use tower_http::catch_panic::CatchPanic;

    async fn body(response: Response<Body>) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn what_layers_refuse_has_the_shape_of_its_place() {
        let cases = [
            (StatusCode::PAYLOAD_TOO_LARGE, 413, "invaliddata"),
            (StatusCode::SERVICE_UNAVAILABLE, 503, "server_busy"),
            (StatusCode::INTERNAL_SERVER_ERROR, 500, "internal_server_error"),
        ];
        for (status, wanted, minor) in cases {
            let place = Place { version: Version::V1P2, service: Part::Rostering };
            let mut refused = bare(status);
            refused.headers_mut().insert(REQUEST_ID, HeaderValue::from_static("x"));
            let response = shaped(refused, Some(place));
            assert_eq!(response.status().as_u16(), wanted);
            assert_eq!(response.headers()[REQUEST_ID], "x");
            assert_eq!(response.headers().contains_key(http::header::RETRY_AFTER), wanted == 503);
            assert!(body(response).await.contains(minor));
            assert_eq!(body(shaped(bare(status), None)).await, "");
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let panics = service_fn(|_: Request<Body>| async move {
            if true {
                panic!("a secret");
            }
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let response = CatchPanic::custom(panics, Panicked).oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body(response.map(Body::new)).await, "");
    }
}
