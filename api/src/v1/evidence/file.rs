//! `GET /v1/orgs/{org}/evidence/{evidence}/revisions/{revision}/file`: the file itself.

use axum::extract::Path;
use axum::response::Response;
use domain::evidence::Evidence;
use store::blobs::Stored;

use crate::auth::EvidenceRead;
use crate::error::{Error, Problem, Result};
use crate::export::attachment;
use crate::v1::asked::Asked;

/// Downloads a file of evidence, after all of it was read and found to be what was recorded.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/evidence/{evidence}/revisions/{revision}/file",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("evidence" = String, Path, description = "The evidence's id"),
        ("revision" = u32, Path, description = "Which of its files, from 1"),
    ),
    security(("api_key" = ["evidence:read"])),
    responses(
        (status = 200, description = "The file, always as an attachment; `Repr-Digest` is its SHA-256", content_type = "application/octet-stream"),
        (status = 404, description = "No such evidence or revision, or it is withdrawn", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "The file is not what was recorded", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    asked: Asked<EvidenceRead>,
    Path((_org, evidence, revision)): Path<(String, String, String)>,
) -> Result<Response> {
    let revision = revision.parse().map_err(|_| Error::NotFound)?;
    let id = super::evidence_id(&evidence)?;
    let found: Evidence = asked.by().load(&Evidence::stream(&id)).await?;
    let file = found.file_at(revision).ok_or(Error::NotFound)?;
    let checked = asked.app.blobs().open(Stored { sha256: file.sha256.clone(), bytes: file.bytes }).await?;
    Ok(attachment::file(file, checked))
}
