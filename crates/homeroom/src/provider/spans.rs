//! A span for every request, sent to a collector of OpenTelemetry (OTLP over
//! HTTP) if one is named. It says what the log says, and nothing more.

use super::answer::Trail;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::time::{Duration, SystemTime};

/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where a collector takes spans.
const TRACES: &str = "/v1/traces";

/// What makes spans; those that are not sent yet are sent when it is dropped.
pub struct Spans {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Spans {
    /// Sends to a collector at an address such as `http://127.0.0.1:4318`.
    ///
    /// # Errors
    /// If that is no address.
    pub fn to(collector: &str) -> Result<Spans, ExporterBuildError> {
        let endpoint = format!("{}{TRACES}", collector.trim_end_matches('/'));
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client(config.into()))
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(endpoint)
            .with_timeout(PATIENCE)
            .build()?;
        let resource = Resource::builder().with_service_name("homeroom").build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("homeroom");
        Ok(Spans { provider, tracer })
    }

    /// Makes the span of an answer that took so long and is given now.
    pub(super) fn note(&self, method: &'static str, trail: &Trail, status: u16, took: Duration) {
        let end = SystemTime::now();
        let route = format!("{}{}", trail.base, trail.route);
        let mut told = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        told.extend(trail.app.as_ref().map(|app| KeyValue::new("homeroom.app", Value::from(app.clone()))));
        let tenant = trail.tenant.as_ref();
        told.extend(tenant.map(|tenant| KeyValue::new("homeroom.tenant", Value::from(tenant.clone()))));
        told.extend(trail.rows.map(|rows| KeyValue::new("homeroom.rows", i64::from(rows))));
        let name = format!("{method} {route}");
        told.push(KeyValue::new("http.route", route));
        let begun = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(told);
        let mut span = begun.with_start_time(end.checked_sub(took).unwrap_or(end)).start(&self.tracer);
        if status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        if let Err(e) = self.provider.shutdown() {
            tracing::warn!("the last spans were not sent: {e}");
        }
    }
}

impl std::fmt::Debug for Spans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spans").finish_non_exhaustive()
    }
}

/// Sends what is to be sent; the exporter calls it on a thread of its own, so
/// that it may block.
#[derive(Debug)]
struct Client(ureq::Agent);

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(head, body.to_vec()))?;
        let (head, mut body) = answer.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?.into()))
    }
}
