//! `GET /api/auditor/evidence/{id}/download`.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use crate::app::App;
use crate::auth::auditor::Auditor;
use crate::error::{Problem, Result};
use crate::portal::download;

/// Hands out a file of evidence: the newest, or that of `revision`. It is checked whole and recorded before the first byte
/// leaves.
#[utoipa::path(
    get,
    path = "/api/auditor/evidence/{id}/download",
    tag = "auditor",
    params(
        ("id" = String, Path, description = "The id of the evidence"),
        ("revision" = Option<u32>, Query, description = "Which file, from 1"),
    ),
    security(("auditor_session" = [])),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, description = "No open session, or access that has ended", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Not there, or not given", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It could not be recorded, or the file is not what was recorded", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(auditor: Auditor, app: State<App>, id: Path<String>, query: RawQuery) -> Result<Response> {
    download::get(auditor, app, id, query).await
}
