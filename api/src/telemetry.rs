//! Log lines: one a request, text or JSON. Never a body, a header, a query or a path with ids in it: the route is logged
//! as it stands in the router, the rest by the request id.

use std::io::IsTerminal as _;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, Settings};

/// Comes with each answer and stands in each log line and entry of its request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of one request: the caller's where it is 1 to 64 letters, digits, `-`, `_` or `.`, else 32 random hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// A filter that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("log_filter: {0}")]
pub struct FilterError(#[from] tracing_subscriber::filter::ParseError);

/// Sends log lines to standard error, from now on and for this process. A second call changes nothing.
///
/// # Errors
/// [`FilterError`].
pub fn init(settings: &Settings) -> Result<(), FilterError> {
    let filter = EnvFilter::builder().parse(&settings.log_filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // On a terminal the library's own rule stands, which heeds NO_COLOR.
    let lines = if std::io::stderr().is_terminal() { lines } else { lines.with_ansi(false) };
    let first = match settings.log_format {
        LogFormat::Text => lines.finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    };
    if first.is_err() {
        tracing::debug!("log lines already had a receiver");
    }
    Ok(())
}

/// Names the request, logs and counts its answer.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(&REQUEST_ID).and_then(acceptable).unwrap_or_else(random);
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", |path| path.as_str()).to_owned();
    let method = known_method(&request);
    let span = tracing::info_span!("request", request_id = %id, method, route);
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // Monitors ask every few seconds; what they are told is worth a line where it is bad.
        if route.starts_with("/health/") && response.status().is_success() {
            tracing::debug!(status, duration_us, "answered");
        } else {
            tracing::info!(status, duration_us, "answered");
        }
    });
    metrics::histogram!("countersign_http_request_seconds", "method" => method, "route" => route, "status" => status.to_string())
        .record(took.as_secs_f64());
    let value = HeaderValue::from_str(&id).expect("request ids are plain ASCII");
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// Methods as a closed set, so that nobody can fill the log or the metrics with words of their own.
fn known_method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn acceptable(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    fits.then(|| text.to_owned())
}

fn random() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    hex::encode(bytes)
}
