//! `GET /metrics`, on a listener of its own, since it is for the operator alone. Names and labels are a closed set: no
//! organisation, no person and no id stands in them.

use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use store::checkpoints;
use store::open::Connections;
use store::standstill::{self, Stopped, Why};

use crate::app::App;

/// Seconds, from a page out of memory to a request that waits for its database. Buckets, because those of replicas add
/// up, which quantiles do not.
const REQUEST_SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// A scrape is not held up by a database that does not answer.
const ASK_WITHIN: Duration = Duration::from_secs(1);

/// How requests are measured, and what everything is called.
///
/// # Errors
/// The process has a recorder.
pub fn recorder() -> Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    let handle = PrometheusBuilder::new().set_buckets(&REQUEST_SECONDS)?.install_recorder()?;
    metrics::describe_histogram!("countersign_http_request_seconds", "Requests by method, route and status");
    metrics::describe_gauge!("countersign_queued_events", "Events that wait in this process for their commit");
    metrics::describe_gauge!("countersign_unsealed_entries", "Entries that no checkpoint covers yet; NaN: unknown");
    metrics::describe_gauge!("countersign_logs_stopped", "Logs that an operator must look at, by why; NaN: unknown");
    metrics::describe_gauge!("countersign_database_connections", "Connections of this process by use and state");
    metrics::describe_counter!("countersign_mails", "Mails by kind and what became of them");
    metrics::describe_counter!(
        "countersign_attempts_not_recorded",
        "Failed attempts without an entry of their own: recorded as counts"
    );
    metrics::describe_counter!(
        "countersign_evidence_files_altered",
        "Files of evidence that are not what was recorded"
    );
    Ok(handle)
}

/// The one route of the metrics' listener.
pub fn router(handle: PrometheusHandle, app: App) -> Router {
    let page = move || async move {
        look(&app).await;
        handle.run_upkeep();
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
    };
    Router::new().route("/metrics", get(page))
}

/// Brings what is measured at a moment up to this one.
async fn look(app: &App) {
    metrics::gauge!("countersign_queued_events").set(bounded(app.ledger().queued()));
    connections("requests", Connections::of(app.requests().pool()));
    connections("ledger", app.ledger().connections());
    let (unsealed, stopped) = tokio::join!(
        tokio::time::timeout(ASK_WITHIN, checkpoints::unsealed(app.ledger().reader())),
        tokio::time::timeout(ASK_WITHIN, standstill::stopped(app.ledger())),
    );
    let stopped = stopped.ok().and_then(Result::ok);
    for why in Why::ALL {
        let count =
            |stopped: &Vec<Stopped>| bounded(stopped.iter().filter(|stopped| stopped.why == why).count()).into();
        metrics::gauge!("countersign_logs_stopped", "why" => why.as_str())
            .set(stopped.as_ref().map_or(f64::NAN, count));
    }
    let unsealed = unsealed.ok().and_then(Result::ok);
    // What was true at the last scrape would look as if sealing stood still, or as if it kept up.
    metrics::gauge!("countersign_unsealed_entries").set(unsealed.map_or(f64::NAN, |count| bounded(count).into()));
}

fn connections(of: &'static str, connections: Connections) {
    for (state, count) in [("busy", connections.busy), ("idle", connections.idle)] {
        metrics::gauge!("countersign_database_connections", "use" => of, "state" => state).set(bounded(count));
    }
}

/// Beyond four thousand million nobody reads the difference.
fn bounded(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}
