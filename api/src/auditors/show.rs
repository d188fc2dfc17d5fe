//! `GET /api/auditors/{id}`: one access, with the fields of S5-83.

use axum::Json as Answer;
use axum::extract::{Path, State};
use domain::access_grant::{AccessGrantEvent, State as GrantState, Terms};
use domain::name::GrantId;
use ledger::entry::Entry;
use ledger::vocabulary::Personal;
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::asked::{level, level_name, scope_name};
use crate::access::grants_seen;
use crate::acts::access;
use crate::app::App;
use crate::auth::{Acting, GrantsRead, Principal};
use crate::error::{Error, Problem, Result};

/// Access, in the words of S5.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Auditor {
    /// The grant.
    pub id: String,
    /// The auditor's address; null where it was erased.
    pub email: Option<String>,
    /// The auditor's name; null where it was not given or was erased.
    pub name: Option<String>,
    /// The audit firm.
    pub firm: String,
    /// `READ_ONLY`, `COMMENT` or `FULL`; null where access was given in another way than by level.
    pub access_level: Option<&'static str>,
    /// Types of records.
    pub scopes: Vec<String>,
    /// Vendors that it is limited to; all where empty.
    pub vendor_ids: Vec<String>,
    /// Until when.
    pub expires_at: String,
    /// `Pending`, `Active`, `Expired` or `Revoked` (S5-77).
    pub status: &'static str,
    /// Whether it lets its auditor in now.
    pub is_active: bool,
    /// When the auditor was last there; null where that was never.
    pub last_accessed_at: Option<String>,
    /// Whether the terms of engagement in force are accepted.
    pub terms_accepted: bool,
}

impl Auditor {
    /// From a grant as it stands.
    pub(super) fn of(id: &GrantId, terms: &Terms, state: GrantState, acting: &Acting, seen: Option<String>) -> Self {
        let scope = terms.scope();
        let newest = acting.organisation.terms();
        Self {
            id: id.to_string(),
            email: terms.email.known().map(|email| email.as_str().to_owned()),
            name: terms.name.as_ref().and_then(Personal::known).map(|name| name.as_str().to_owned()),
            firm: terms.firm.as_str().to_owned(),
            access_level: level(scope).map(level_name),
            scopes: scope.resources().iter().map(|resource| scope_name(*resource)).collect(),
            vendor_ids: scope.vendors().iter().map(ToString::to_string).collect(),
            expires_at: terms.expires_at().to_string(),
            status: status(state),
            is_active: state == GrantState::Active,
            last_accessed_at: seen,
            terms_accepted: newest.is_some_and(|newest| !terms.needs_terms(newest.version)),
        }
    }
}

/// The state of a grant in the words of S5.
pub(super) const fn status(state: GrantState) -> &'static str {
    match state {
        GrantState::Active => "Active",
        GrantState::Expired => "Expired",
        GrantState::Pending => "Pending",
        GrantState::Revoked => "Revoked",
    }
}

/// Access with all that is recorded of it (S5-83).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditorAccess)]
pub struct Record {
    #[serde(flatten)]
    auditor: Auditor,
    /// The SHA-256 of the token in force; the token itself is kept nowhere. Null where access has no link.
    token_hash: Option<String>,
    /// When the terms of engagement that count as accepted were accepted; null where none do.
    auditor_terms_accepted_at: Option<String>,
    /// When it was revoked; null where it was not.
    revoked_at: Option<String>,
    /// Who revoked it: an opaque id.
    revoked_by: Option<String>,
}

/// Reads one access.
#[utoipa::path(
    get,
    path = "/api/auditors/{id}",
    tag = "interfaces of others",
    params(("id" = String, Path, description = "The grant's id")),
    security(("session" = []), ("api_key" = ["grants:read"])),
    responses(
        (status = 200, description = "The access", body = Record),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    principal: Principal<GrantsRead>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Answer<Record>> {
    let grant = access::grant_id(&id)?;
    let auditor = auditor(&app, &principal, &grant).await?;
    let mut record =
        Record { auditor, token_hash: None, auditor_terms_accepted_at: None, revoked_at: None, revoked_by: None };
    for (entry, event) in access::history(&app, &principal, &grant).await? {
        record.follow(&entry, &event);
    }
    Ok(Answer(record))
}

impl Record {
    /// Takes what one event says beside the access itself.
    fn follow(&mut self, entry: &Entry, event: &AccessGrantEvent) {
        match event {
            AccessGrantEvent::AccessGranted(granted) => {
                self.token_hash = granted.invitation.as_ref().map(|invitation| invitation.token_sha256.to_string());
            }
            AccessGrantEvent::InviteResent(resent) => self.token_hash = Some(resent.token_sha256.to_string()),
            AccessGrantEvent::TermsAccepted(_) => self.auditor_terms_accepted_at = Some(entry.time.to_string()),
            AccessGrantEvent::TermsCleared(_) => self.auditor_terms_accepted_at = None,
            AccessGrantEvent::AccessRevoked(_) => {
                self.revoked_at = Some(entry.time.to_string());
                self.revoked_by = Some(entry.actor.id.clone());
            }
            AccessGrantEvent::InviteAccepted(_)
            | AccessGrantEvent::AccessChanged(_)
            | AccessGrantEvent::AccessExpired(_) => {}
        }
    }
}

/// The access as it stands now.
pub(super) async fn auditor(app: &App, acting: &Acting, grant: &GrantId) -> Result<Auditor> {
    let ctx = acting.ctx();
    let loaded = access::load(app, acting, grant).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let state = loaded.state_at(ctx.now).ok_or(Error::NotFound)?;
    let mut tx = app.db(acting.log).await?;
    let seen = grants_seen::last(&mut tx, acting.log, grant).await?;
    tx.commit().await?;
    let seen = seen.map(|at| at.format(&Rfc3339)).transpose().map_err(Error::internal)?;
    Ok(Auditor::of(grant, terms, state, acting, seen))
}
