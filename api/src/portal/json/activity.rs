//! `GET /api/auditor/activity`.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::Act;
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor};
use crate::error::{Error, Problem, Result};
use crate::portal::activity;
use crate::query::Parameters;

/// Part of what the auditor did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorActivity)]
pub struct Activity {
    /// Newest first, at most 50.
    acts: Vec<Done>,
    /// Where it goes on; null at its end.
    next: Option<String>,
}

/// An act. Of what was refused no more is said than was then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorDone)]
pub struct Done {
    /// What happened.
    #[serde(rename = "type")]
    kind: String,
    /// `success` or `failure`.
    outcome: &'static str,
    /// To what; null for what was refused.
    subject: Option<String>,
    /// Its entry.
    #[serde(flatten)]
    act: Act,
}

/// Lists the auditor's own acts under this grant.
#[utoipa::path(
    get,
    path = "/api/auditor/activity",
    tag = "auditor",
    params(("before" = Option<u64>, Query, description = "Only acts below this index")),
    security(("auditor_session" = [])),
    responses(
        (status = 200, description = "Part of the acts", body = Activity),
        (status = 401, description = "No open session, or access that has ended", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    auditor: Auditor<AnyTerms>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Activity>> {
    let parameters = Parameters::parse(query.as_deref())?.among(&["before"])?;
    let before = parameters.get("before").map(str::parse).transpose();
    let before = before.map_err(|_| Error::invalid("before", "must be a whole number from 0"))?;
    let activity::Acts { acts, next } = activity::newest(&app, &auditor, before).await?;
    let done = |act: &activity::Act| Done {
        kind: act.entry.event_type.to_string(),
        outcome: act.entry.outcome.as_str(),
        subject: act.entry.outcome.reason().is_none().then(|| act.entry.subject.to_string()),
        act: Act::of(&act.committed),
    };
    let next = next.map(|before| format!("/api/auditor/activity?before={before}"));
    Ok(Json(Activity { acts: acts.iter().map(done).collect(), next }))
}
