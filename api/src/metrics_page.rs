//! `GET /metrics`, on a listener of its own, since it is for the operator alone.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

/// The one route of the metrics' listener.
pub fn router(handle: PrometheusHandle) -> Router {
    let page = move || async move {
        handle.run_upkeep();
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
    };
    Router::new().route("/metrics", get(page))
}
