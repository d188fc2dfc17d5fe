//! `POST /v1/orgs/{org}/evidence/{evidence}/withdraw`: it is not evidence any more.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::Changed;
use crate::acts;
use crate::auth::EvidenceWrite;
use crate::error::{Problem, Result};
use crate::json::Json;
use crate::v1::asked::Asked;
use crate::v1::note::{self, Reason};
use crate::v1::recorded;

/// Withdraws evidence for ever: auditors do not see it any more, and its files are not handed out.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/evidence/{evidence}/withdraw",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("evidence" = String, Path, description = "The evidence's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Reason,
    security(("api_key" = ["evidence:write"])),
    responses(
        (status = 201, description = "Withdrawn", body = Changed),
        (status = 404, description = "No such evidence", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is withdrawn already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    asked: Asked<EvidenceWrite>,
    Path((_org, evidence)): Path<(String, String)>,
    body: Json<{ note::BODY_BYTES_MAX }>,
) -> Result<Response> {
    let id = super::evidence_id(&evidence)?;
    let key = asked.idempotency(body.request_sha256);
    let appended = acts::evidence::withdraw(&asked.by(), &id, note::read(body.value)?, key).await?;
    let changed = Changed::of(&asked, &evidence, &appended);
    Ok(recorded::answered(StatusCode::CREATED, None, appended.replayed, &changed))
}
