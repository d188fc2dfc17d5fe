//! `GET /health/live` and `/health/ready`: for whoever restarts the service or sends it requests.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// A probe that gets no answer in this time is answered without it.
const CHECK_WITHIN: Duration = Duration::from_secs(2);

/// Whether the process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    /// Always `live`.
    pub status: &'static str,
}

/// Whether requests should come here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// What was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is as it must be.
    pub ok: bool,
    /// What is wrong, without anything that an outsider should not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Says that the process answers. It asks nothing else, so a slow database does not get the service restarted.
#[utoipa::path(get, path = "/health/live", tag = "public", responses((status = 200, description = "Alive", body = Live)))]
pub async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}

/// Says whether requests should come here: the database answers, each log's head extends what was signed, and
/// checkpoints keep up.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "public",
    responses((status = 200, description = "Ready", body = Ready), (status = 503, description = "Not ready", body = Ready))
)]
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let checks = vec![database(&app).await];
    if checks.iter().all(|check| check.ok) {
        return (StatusCode::OK, Json(Ready { status: "ready", checks }));
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(Ready { status: "not ready", checks }))
}

async fn database(app: &App) -> Check {
    let problem = match tokio::time::timeout(CHECK_WITHIN, app.requests().ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(_)) => Some("the database does not answer".to_owned()),
        Err(_) => Some("the database does not answer in time".to_owned()),
    };
    Check { name: "database", ok: problem.is_none(), problem }
}
