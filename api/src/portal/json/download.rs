//! `GET /api/auditor/evidence/{id}/download`.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use crate::app::App;
use crate::auth::auditor::Auditor;
use crate::error::{Error, Problem, Result};
use crate::portal::download;
use crate::query::Parameters;

/// Hands out a file of evidence at the address that stands beside it in lists and items: `download`. It is good for five
/// minutes, for this session and this file. The file is checked whole and recorded before the first byte leaves.
#[utoipa::path(
    get,
    path = "/api/auditor/evidence/{id}/download",
    tag = "auditor",
    params(
        ("id" = String, Path, description = "The id of the evidence"),
        ("revision" = u32, Query, description = "Which file, from 1"),
        ("until" = u64, Query, description = "Until when the address is good, in seconds since 1970"),
        ("signature" = String, Query, description = "That it is ours, in base64url"),
    ),
    security(("auditor_session" = [])),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 400, description = "The address is not good, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No open session, or access that has ended", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Not there, or not given", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It could not be recorded, or the file is not what was recorded", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let parameters = Parameters::parse(query.as_deref())?;
    let file = download::hand_out(&app, &auditor, &id, &parameters).await?;
    file.ok_or_else(|| {
        let rule = "this address downloads nothing, or no longer: take the one that stands beside the file, \
            `download`; it is good for five minutes";
        Error::BadRequest(rule.to_owned())
    })
}
