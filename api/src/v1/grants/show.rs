//! `GET /v1/orgs/{org}/grants/{grant}`: a grant as it stands.

use axum::Json;
use axum::extract::{Path, State};
use ledger::vocabulary::Personal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::access;
use crate::app::App;
use crate::auth::{GrantsRead, Principal};
use crate::error::{Error, Problem, Result};

/// A grant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct Shown {
    /// The grant.
    pub grant: String,
    /// `pending`, `active`, `revoked` or `expired`.
    pub state: &'static str,
    /// The auditor's opaque id.
    pub person: String,
    /// The auditor's address; null where it was erased.
    pub email: Option<String>,
    /// The auditor's name; null where it was not given or was erased.
    pub name: Option<String>,
    /// The auditor's firm.
    pub firm: String,
    /// The bundles that it was given by, or `custom`.
    pub bundles: Vec<String>,
    /// What the auditor may do.
    pub capabilities: Vec<String>,
    /// On which types of resource.
    pub resources: Vec<String>,
    /// Until when.
    pub expires_at: String,
}

/// Reads a grant.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/grants/{grant}",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
    ),
    security(("session" = []), ("api_key" = ["grants:read"])),
    responses(
        (status = 200, description = "The grant", body = Shown),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    principal: Principal<GrantsRead>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
) -> Result<Json<Shown>> {
    let id = access::grant_id(&grant)?;
    let ctx = principal.ctx();
    let loaded = access::load(&app, &principal, &ctx, &id).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let state = loaded.state_at(ctx.now).ok_or(Error::NotFound)?.as_str();
    Ok(Json(Shown {
        grant,
        state,
        person: terms.person.to_string(),
        email: terms.email.known().map(|email| email.as_str().to_owned()),
        name: terms.name.as_ref().and_then(Personal::known).map(|name| name.as_str().to_owned()),
        firm: terms.firm.as_str().to_owned(),
        bundles: terms.scope().bundles().iter().map(ToString::to_string).collect(),
        capabilities: terms.scope().capabilities().iter().map(ToString::to_string).collect(),
        resources: terms.scope().resources().iter().map(ToString::to_string).collect(),
        expires_at: terms.expires_at().to_string(),
    }))
}
