//! `GET /v1/orgs/{org}/grants/{grant}`: a grant as it stands.

use axum::Json;
use axum::extract::{Path, Query, State};
use ledger::vocabulary::Personal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::wf006;
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

/// A grant in the form that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum InForm {
    /// Ours.
    Ours(Shown),
    /// `shape=wf006`.
    Wf006(wf006::Wf006),
}

/// In which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `wf006` for the record of the grant workflow WF-006; ours where it is left out.
    shape: Option<String>,
}

/// Reads a grant.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/grants/{grant}",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        Asked,
    ),
    security(("session" = []), ("api_key" = ["grants:read"])),
    responses(
        (status = 200, description = "The grant", body = InForm),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    principal: Principal<GrantsRead>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Json<InForm>> {
    let id = access::grant_id(&grant)?;
    let ctx = principal.ctx();
    let loaded = access::load(&app, &principal, &id).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let state = loaded.state_at(ctx.now).ok_or(Error::NotFound)?;
    match asked.shape.as_deref() {
        None => {}
        Some("wf006") => {
            let record = wf006::of(&app, &principal, &id, terms, state).await?;
            return Ok(Json(InForm::Wf006(record)));
        }
        Some(_) => return Err(Error::invalid("shape", "must be wf006")),
    }
    let shown = Shown {
        grant,
        state: state.as_str(),
        person: terms.person.to_string(),
        email: terms.email.known().map(|email| email.as_str().to_owned()),
        name: terms.name.as_ref().and_then(Personal::known).map(|name| name.as_str().to_owned()),
        firm: terms.firm.as_str().to_owned(),
        bundles: terms.scope().bundles().iter().map(ToString::to_string).collect(),
        capabilities: terms.scope().capabilities().iter().map(ToString::to_string).collect(),
        resources: terms.scope().resources().iter().map(ToString::to_string).collect(),
        expires_at: terms.expires_at().to_string(),
    };
    Ok(Json(InForm::Ours(shown)))
}
