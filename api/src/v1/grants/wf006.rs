//! A grant as the workflow WF-006 stores it (S1-26).

use domain::access_grant::{State, Terms};
use domain::name::GrantId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::access;
use crate::app::App;
use crate::auth::Acting;
use crate::error::Result;

/// A grant in the form of WF-006.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantOfWf006)]
pub struct Wf006 {
    /// The grant.
    id: String,
    /// The organisation's id.
    organization_id: String,
    /// The auditor's address; null where it was erased.
    auditor_email: Option<String>,
    /// The auditor's firm.
    auditor_company: String,
    /// The SHA-256 of the token in force; the token itself is kept nowhere. Null where access has no link.
    access_token: Option<String>,
    /// The named sets that access was given by.
    scope: String,
    /// The types of resource that they open.
    allowed_resources: Vec<String>,
    /// Who gave it: an opaque id.
    granted_by: Option<String>,
    /// Until when, in UTC.
    expires_at: String,
    /// `active` from the moment that access is given, whether or not the auditor has come; then `revoked` or `expired`.
    status: &'static str,
}

/// The grant as it stands. One query more than for our own form says who gave it.
pub(super) async fn of(app: &App, acting: &Acting, id: &GrantId, terms: &Terms, state: State) -> Result<Wf006> {
    let granted_by = access::history(app, acting, id).await?.first().map(|(entry, _)| entry.actor.id.clone());
    let scope: Vec<_> = terms.scope().bundles().iter().map(|bundle| bundle.as_str()).collect();
    Ok(Wf006 {
        id: id.to_string(),
        organization_id: acting.log.to_string(),
        auditor_email: terms.email.known().map(|email| email.as_str().to_owned()),
        auditor_company: terms.firm.as_str().to_owned(),
        access_token: terms.invitation.as_ref().map(|invitation| invitation.token_sha256.to_string()),
        scope: scope.join(", "),
        allowed_resources: terms.scope().resources().iter().map(ToString::to_string).collect(),
        granted_by,
        expires_at: terms.expires_at().to_string(),
        status: match state {
            State::Pending | State::Active => State::Active.as_str(),
            State::Expired | State::Revoked => state.as_str(),
        },
    })
}
