//! `DELETE /api/auditors/{id}`: takes access back (S5-75, S5-79).

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::access;
use crate::acts::access::revoke::revoke;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};

/// Access that was taken back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditorRevoked {
    /// The grant.
    id: String,
    /// How many sessions of the auditor ended with it.
    sessions_ended: u32,
}

/// Takes access back; it ends with the next request.
#[utoipa::path(
    delete,
    path = "/api/auditors/{id}",
    tag = "interfaces of others",
    params(("id" = String, Path, description = "The grant's id")),
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Revoked", body = AuditorRevoked),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(
    principal: Principal<Granting>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Answer<AuditorRevoked>> {
    let grant = access::grant_id(&id)?;
    let revoked = revoke(&app, &principal, &grant, None, None).await?;
    Ok(Answer(AuditorRevoked { id, sessions_ended: revoked.sessions_ended }))
}
