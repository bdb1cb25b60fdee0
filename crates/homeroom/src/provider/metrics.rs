//! `/metrics`: what was asked, how it went, and how imports stand, as numbers
//! for a monitoring system. Nothing of a person is in them: a path is its
//! pattern, and whoever asks is the name of its application.

use super::State;
use super::answer::{Refusal, Trail, marked};
use super::auth::by_token;
use super::below::{Below, place};
use super::pages::wrong_method;
use crate::admin::runs::sums;
use axum::body::Body;
use homeroom_store::access::ScopeSet;
use homeroom_store::{DEFAULT_TENANT, Roster, Run, RunState};
use http::{HeaderValue, Method, Response, header, request};
use oneroster::json::ProblemKind;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Where they are.
const METRICS: &str = "/metrics";
/// What opens them.
const SCOPE: &str = "metrics.readonly";
const KIND: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
/// The upper bounds of times, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];
/// So many of the latest runs are counted.
const RUNS: i64 = 1000;

/// What was counted since the server began.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram>,
    /// The same of a district: a histogram for each would be too many numbers.
    spent: Family<Whose, Counter<f64, AtomicU64>>,
    rows: Family<Asker, Counter>,
    refused: Family<Why, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: Pattern,
    method: &'static str,
    status: u16,
    app: Name,
    tenant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Pattern,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asker {
    route: Pattern,
    app: Name,
    tenant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    why: &'static str,
    tenant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Whose {
    tenant: Name,
}

/// A path with names for its identifiers, in its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pattern(&'static str, &'static str);

impl EncodeLabelValue for Pattern {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        write!(encoder, "{}{}", self.0, self.1)
    }
}

/// The name of an application or a district; empty if it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name(Option<Arc<str>>);

impl EncodeLabelValue for Name {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.0.as_deref().unwrap_or_default())
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("homeroom");
        let (requests, rows, refused) = (Family::default(), Family::default(), Family::default());
        let seconds = Family::new_with_constructor((|| Histogram::new(BOUNDS)) as fn() -> Histogram);
        registry.register("requests", "Requests that were answered", requests.clone());
        registry.register("request_seconds", "How long answers took", seconds.clone());
        let spent = Family::default();
        registry.register("seconds", "How long answers took in all", spent.clone());
        registry.register("rows", "Records that were given", rows.clone());
        registry.register(
            "refused",
            "Requests refused for want of good credentials, scope or patience",
            refused.clone(),
        );
        Metrics { registry, requests, seconds, spent, rows, refused }
    }
}

impl Metrics {
    /// Counts an answer.
    pub(super) fn count(&self, method: &'static str, trail: &Trail, status: u16, took: Duration) {
        let (route, app, tenant) =
            (Pattern(trail.base, trail.route), Name(trail.app.clone()), Name(trail.tenant.clone()));
        self.requests.get_or_create(&Request { route, method, status, app: app.clone(), tenant: tenant.clone() }).inc();
        self.seconds.get_or_create(&Route { route, method }).observe(took.as_secs_f64());
        self.spent.get_or_create(&Whose { tenant: tenant.clone() }).inc_by(took.as_secs_f64());
        let alone = trail.rows.filter(|rows| *rows > 0 && trail.parts.is_empty()).map(|rows| (tenant.clone(), rows));
        let parts = trail.parts.iter().map(|(tenant, rows)| (Name(Some(tenant.clone())), *rows));
        for (tenant, rows) in alone.into_iter().chain(parts) {
            self.rows.get_or_create(&Asker { route, app: app.clone(), tenant }).inc_by(rows.into());
        }
        let why = match status {
            401 if trail.route == super::oauth2::TOKEN => "credentials",
            401 => "token",
            403 => "scope",
            429 => "limit",
            _ => return,
        };
        self.refused.get_or_create(&Why { why, tenant }).inc();
    }
}

/// Answers a request for the numbers; `None` if it is for something else.
pub(super) async fn answer(state: &Arc<State>, request: &request::Parts, request_id: &str) -> Option<Response<Body>> {
    if request.uri.path() != METRICS {
        return None;
    }
    let mut trail = Trail { route: METRICS, ..Trail::default() };
    let response = if matches!(request.method, Method::GET | Method::HEAD) {
        tell(state, request, &mut trail).await.unwrap_or_else(|refusal| refusal.plain(request_id))
    } else {
        wrong_method("GET, HEAD")
    };
    Some(marked(response, trail))
}

async fn tell(state: &Arc<State>, request: &request::Parts, trail: &mut Trail) -> Result<Response<Body>, Box<Refusal>> {
    let caller = place(by_token(state, &request.headers).await?, &request.extensions)?;
    trail.app = Some(caller.app.clone());
    trail.tenant = Some(caller.tenant.clone());
    if caller.scopes.intersection(ScopeSet::named(SCOPE)).is_empty() {
        let challenge = HeaderValue::from_static("Bearer error=\"insufficient_scope\", scope=\"metrics.readonly\"");
        let text = "The token does not carry the scope metrics.readonly.";
        return Err(Refusal::challenge(ProblemKind::Forbidden, text, challenge));
    }
    let roster = state.roster_now(&caller.tenant).await?;
    let tenant = caller.tenant.to_string();
    let look = tokio::task::spawn_blocking(move || of_roster(&roster, tenant));
    let of_roster = look.await.map_err(|e| Refusal::internal(e.to_string()))?.map_err(|e| Refusal::store(&e))?;
    let mut text = String::new();
    // What was asked of the server names applications of every district.
    let whole = request.extensions.get::<Below>().is_none() && &*caller.tenant == DEFAULT_TENANT;
    let written = if whole { encode(&mut text, &state.metrics.registry) } else { Ok(()) };
    // One document of two registries has one end.
    text.truncate(text.trim_end_matches("# EOF\n").len());
    written.and_then(|()| encode(&mut text, &of_roster)).map_err(|e| Refusal::internal(e.to_string()))?;
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, KIND);
    Ok(response)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Moved {
    what: &'static str,
}

/// How the roster stands at this moment, and how it came there.
fn of_roster(roster: &Roster, tenant: String) -> homeroom_store::Result<Registry> {
    let mut registry = Registry::with_prefix_and_labels("homeroom", [("tenant".into(), tenant.into())].into_iter());
    let runs = roster.runs(RUNS)?;
    let states = Family::<Standing, Gauge>::default();
    for run in &runs {
        states.get_or_create(&Standing { state: run.state.word() }).inc();
    }
    registry.register("runs", "The latest thousand imports and what takes them back, by how they stand", states);
    let guards: usize = runs.iter().filter(|run| run.state == RunState::Held).map(|run| run.guards.len()).sum();
    let gauge = |value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        gauge
    };
    registry.register("guards_holding", "Guards that hold a run until someone approves it", gauge(guards as i64));
    let seconds = |at: Option<oneroster::time::Timestamp>| gauge(at.map_or(0, |at| at.0.div_euclid(1000)));
    registry.register("published_timestamp_seconds", "When the roster last changed", seconds(roster.published()?.at));
    let grades = Family::<Standing, Gauge>::default();
    for standing in roster.forwards_standing()? {
        let count = i64::try_from(standing.count).unwrap_or(i64::MAX);
        grades.get_or_create(&Standing { state: standing.stand.word() }).set(count);
    }
    registry.register(
        "grades",
        "What applications wrote of the gradebook, by how it stands with the home of grades",
        grades,
    );
    if let Some(last) = runs.iter().find(|run| run.state == RunState::Applied) {
        registry.register("applied_timestamp_seconds", "When a run was last applied", seconds(last.finished));
        registry.register("applied_records", "What the run that was last applied moved", moved(last));
    }
    Ok(registry)
}

fn moved(run: &Run) -> Family<Moved, Gauge> {
    let family = Family::<Moved, Gauge>::default();
    for (what, count) in ["added", "changed", "removed"].into_iter().zip(sums(&run.plan)) {
        family.get_or_create(&Moved { what }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    family
}
