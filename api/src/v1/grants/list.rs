//! `GET /v1/orgs/{org}/grants`: all access, newest first.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Query, State};
use domain::access_grant::{RoleTitle, State as GrantState};
use domain::name::EngagementId;
use ledger::time::Timestamp;
use ledger::vocabulary::OpenedPart;
use projections::list::Cursor;
use projections::read_models::grants::{self, Filter, GrantRow, Sort};
use serde::{Deserialize, Serialize};
use store::opened;
use utoipa::{IntoParams, ToSchema};

use super::show::Shown;
use crate::app::App;
use crate::auth::{GrantsRead, Principal};
use crate::error::{Error, Problem, Result};
use crate::grants::list::person;

/// Part of the list.
#[derive(Serialize, ToSchema)]
#[schema(as = GrantList)]
pub struct Listed {
    /// 50 at most.
    grants: Vec<Shown>,
    /// How many the filters find on all pages.
    total: u64,
    /// What to ask for as `from` to get the rows that follow; null on the last page.
    next: Option<String>,
}

/// What of the list is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct Asked {
    /// `pending`, `active`, `expired` or `revoked`.
    state: Option<String>,
    /// What the firm's name has in it.
    firm: Option<String>,
    /// `lead`, `staff` or `observer`.
    role_title: Option<String>,
    /// The engagement that it is limited to.
    engagement: Option<String>,
    /// The `next` of the page before.
    from: Option<String>,
}

/// Lists grants.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/grants",
    tag = "grants",
    params(("org" = String, Path, description = "The organisation's slug"), Asked),
    security(("session" = []), ("api_key" = ["grants:read"])),
    responses(
        (status = 200, description = "Part of the list", body = Listed),
        (status = 422, description = "A filter that is none", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    principal: Principal<GrantsRead>,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Json<Listed>> {
    let now = store::clock::now();
    let cursor = asked.from.as_deref().and_then(Cursor::parse);
    let mut tx = app.db(principal.log).await?;
    let page = grants::page(&mut tx, principal.log, &asked.filter()?, now, Sort::default(), cursor.as_ref()).await?;
    tx.commit().await?;
    let indices: Vec<u64> = page.rows.iter().map(|row| row.granted_index).collect();
    let people = opened::of(app.ledger(), principal.log, &indices).await?;
    let grants = page.rows.iter().map(|row| shown(row, &people, now)).collect();
    Ok(Json(Listed { grants, total: page.total, next: page.next.map(|cursor| cursor.to_string()) }))
}

impl Asked {
    fn filter(&self) -> Result<Filter> {
        Ok(Filter {
            state: parsed("state", self.state.as_deref(), GrantState::parse)?,
            firm_contains: self.firm.clone(),
            role_title: parsed("role_title", self.role_title.as_deref(), RoleTitle::parse)?,
            engagement: parsed("engagement", self.engagement.as_deref(), EngagementId::parse)?,
            ..Filter::default()
        })
    }
}

fn parsed<T, E: std::fmt::Display>(
    name: &str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>> {
    text.map(parse).transpose().map_err(|error| Error::invalid(name, error.to_string()))
}

fn shown(row: &GrantRow, people: &HashMap<u64, Vec<OpenedPart>>, now: Timestamp) -> Shown {
    let (name, email) = person(people.get(&row.granted_index).map_or(&[], Vec::as_slice));
    let scope = &row.extent.scope;
    Shown {
        grant: row.grant.to_string(),
        state: row.state_at(now).as_str(),
        person: row.person.to_string(),
        email,
        name,
        firm: row.firm.as_str().to_owned(),
        bundles: scope.bundles().iter().map(ToString::to_string).collect(),
        capabilities: scope.capabilities().iter().map(ToString::to_string).collect(),
        resources: scope.resources().iter().map(ToString::to_string).collect(),
        expires_at: row.extent.expires_at.to_string(),
    }
}
