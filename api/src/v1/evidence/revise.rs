//! `POST /v1/orgs/{org}/evidence/{evidence}/revisions`: a file, the first or one in the place of the one before.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Changed, FileForm};
use crate::acts;
use crate::auth::EvidenceWrite;
use crate::error::{Error, Problem, Result};
use crate::upload::Upload;
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// Attaches a file to evidence.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/evidence/{evidence}/revisions",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("evidence" = String, Path, description = "The evidence's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body(content = FileForm, content_type = "multipart/form-data"),
    security(("api_key" = ["evidence:write"])),
    responses(
        (status = 201, description = "Attached", body = Changed),
        (status = 404, description = "No such evidence", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is withdrawn, or its newest file is this one", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The file is too large", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    asked: Asked<EvidenceWrite>,
    Path((_org, evidence)): Path<(String, String)>,
    upload: Upload,
) -> Result<Response> {
    let id = super::evidence_id(&evidence)?;
    if let Some(name) = upload.names().next() {
        return Err(Error::invalid(format!("/{name}"), "there is no such part"));
    }
    let key = asked.idempotency(upload.request_sha256());
    let file = upload.file.ok_or_else(|| Error::invalid("/file", "is required"))?;
    let appended = acts::evidence::revise(&asked.by(), &id, file, key).await?;
    let changed = Changed::of(&asked, &evidence, &appended);
    Ok(recorded::answered(StatusCode::CREATED, None, appended.replayed, &changed))
}
