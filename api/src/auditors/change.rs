//! `PATCH /api/auditors/{id}`: another level, scope or end, from the next request on (S5-30, S5-80).

use axum::Json as Answer;
use axum::extract::{Path, State};
use utoipa::ToSchema;

use super::asked::{Parts, TERM_AT};
use super::create::BODY_BYTES_MAX;
use super::show::{self, Auditor};
use crate::acts::access;
use crate::acts::access::change::{Asked, change};
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Error, Problem, Result};
use crate::idempotency::Key;
use crate::json::{Json, Members};

/// What is to be another; what is left out stays.
#[derive(ToSchema)]
#[schema(as = AuditorChange)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct AuditorChange {
    /// `READ_ONLY`, `COMMENT` or `FULL`.
    #[schema(rename = "accessLevel")]
    access_level: Option<String>,
    /// Of `Evidence`, `Controls`, `Policies`, `Incidents`, `Risks`, `SOA`.
    scopes: Option<Vec<String>>,
    /// Vendors that it is limited to; all where empty.
    #[schema(rename = "vendorIds")]
    vendor_ids: Option<Vec<String>>,
    /// A date, which is still in, or an instant.
    #[schema(rename = "expiresAt")]
    expires_at: Option<String>,
}

/// Changes access without revoking it.
#[utoipa::path(
    patch,
    path = "/api/auditors/{id}",
    tag = "interfaces of others",
    params(("id" = String, Path, description = "The grant's id")),
    request_body = AuditorChange,
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Changed", body = Auditor),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over, or nothing would change", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn patch(
    principal: Principal<Granting>,
    State(app): State<App>,
    Path(id): Path<String>,
    key: Key,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Answer<Auditor>> {
    let idempotency = principal.idempotency(key, body.request_sha256);
    let grant = access::grant_id(&id)?;
    let mut members = Members::of("", body.value)?;
    let parts = Parts::take(&mut members)?;
    members.finish()?;
    let loaded = access::load(&app, &principal, &grant).await?;
    let before = loaded.terms().ok_or(Error::NotFound)?;
    let scope = if parts.names_scope() { Some(parts.scope_after(before.scope())?) } else { None };
    let asked = Asked { scope, term: parts.term };
    let changed = change(&app, &principal, || principal.require_fresh(&app), &grant, asked, idempotency).await;
    changed.map_err(|refusal| refusal.with_term_at(TERM_AT))?;
    show::auditor(&app, &principal, &grant).await.map(Answer)
}
