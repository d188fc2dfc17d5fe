//! `GET /api/auditor/session`: who is signed in, and what is to be enforced (S5-43, S5-44).

use axum::Json;
use domain::access_grant::{Bundle, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::auditor::{AnyTerms, Auditor};
use crate::error::Problem;

/// The session of an auditor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditorSession)]
pub struct SessionShown {
    /// The grant.
    access_id: String,
    /// The organisation's slug.
    organisation: String,
    /// The auditor's firm.
    firm: String,
    /// The auditor's address; null where it was erased.
    email: Option<String>,
    /// `Read-only`, `Comment` or `Full`; null where access was not given by a level.
    level: Option<&'static str>,
    /// The types of resource.
    scopes: Vec<&'static str>,
    /// The vendors that it is limited to; empty where it is not.
    vendor_ids: Vec<String>,
    /// When the access ends.
    expires_at: String,
    /// When the session ends.
    session_expires_at: String,
    /// Whether the terms in force have been accepted; nothing else is shown before.
    terms_accepted: bool,
}

/// Shows who is signed in.
#[utoipa::path(
    get,
    path = "/api/auditor/session",
    tag = "auditor",
    security(("auditor_session" = [])),
    responses(
        (status = 200, description = "The session", body = SessionShown),
        (status = 401, description = "No open session, or access that has ended", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(auditor: Auditor<AnyTerms>) -> Json<SessionShown> {
    let terms = auditor.terms();
    let scope = terms.scope();
    let ends_at = time::format_description::well_known::Rfc3339;
    Json(SessionShown {
        access_id: auditor.grant.to_string(),
        organisation: auditor.info.slug.clone(),
        firm: terms.firm.as_str().to_owned(),
        email: terms.email.known().map(|email| email.as_str().to_owned()),
        level: level(scope),
        scopes: scope.resources().iter().map(|resource| resource.as_str()).collect(),
        vendor_ids: scope.vendors().iter().map(ToString::to_string).collect(),
        expires_at: terms.expires_at().to_string(),
        session_expires_at: auditor.ends_at.format(&ends_at).unwrap_or_default(),
        terms_accepted: auditor.has_accepted_terms(),
    })
}

/// The names of S5-02.
fn level(scope: &Scope) -> Option<&'static str> {
    let has = |bundle| scope.bundles().contains(&bundle);
    match (has(Bundle::ReadOnly), has(Bundle::Comment), has(Bundle::FullAccess)) {
        (_, _, true) => Some("Full"),
        (_, true, _) => Some("Comment"),
        (true, ..) => Some("Read-only"),
        _ => None,
    }
}
