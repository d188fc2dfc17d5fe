//! `GET /v1/orgs/{org}/grants`: all access, newest first.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use domain::access_grant::{RoleTitle, State as GrantState};
use domain::name::EngagementId;
use ledger::time::Timestamp;
use ledger::vocabulary::OpenedPart;
use projections::read_models::grants::{self, Filter, GrantRow, Grants, Sort};
use serde::Serialize;
use store::opened;
use utoipa::ToSchema;

use super::show::Shown;
use crate::app::App;
use crate::auth::{GrantsRead, Principal};
use crate::error::{Problem, Result};
use crate::v1::listing;

/// Part of the list.
#[derive(Serialize, ToSchema)]
#[schema(as = GrantList)]
pub struct Listed {
    /// 50 at most.
    grants: Vec<Shown>,
    /// How many the filters find on all pages.
    total: u64,
    /// Where the list goes on; null at its end.
    next: Option<String>,
    /// True where the entry of `wait_for` is recorded, but not in this list yet.
    updating: bool,
}

const NAMES: [&str; 4] = ["state", "firm", "role_title", "engagement"];

/// Lists grants.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/grants",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("state" = Option<String>, Query, description = "pending, active, expired or revoked"),
        ("firm" = Option<String>, Query, description = "What the firm's name has in it"),
        ("role_title" = Option<String>, Query, description = "lead, staff or observer"),
        ("engagement" = Option<String>, Query, description = "The engagement that it is limited to"),
        ("after" = Option<String>, Query, description = "Where the page begins: what `next` has"),
        ("wait_for" = Option<u64>, Query, description = "Wait up to two seconds until the list has come to this index"),
    ),
    security(("session" = []), ("api_key" = ["grants:read"])),
    responses(
        (status = 200, description = "Part of the list", body = Listed),
        (status = 422, description = "A parameter breaks a rule", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    principal: Principal<GrantsRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listed>> {
    let list = listing::Asked::read(query.as_deref(), &NAMES)?;
    let filter = Filter {
        state: list.parsed("state", GrantState::parse)?,
        firm_contains: list.text("firm"),
        role_title: list.parsed("role_title", RoleTitle::parse)?,
        engagement: list.parsed("engagement", EngagementId::parse)?,
        ..Filter::default()
    };
    let (cursor, now) = (list.cursor()?, store::clock::now());
    let has_come = list.wait(&app, principal.log, Grants::NAME).await?;
    let mut tx = app.db(principal.log).await?;
    let page = grants::page(&mut tx, principal.log, &filter, now, Sort::default(), cursor.as_ref()).await?;
    tx.commit().await?;
    let indices: Vec<u64> = page.rows.iter().map(|row| row.granted_index).collect();
    let people = opened::of(app.ledger(), principal.log, &indices).await?;
    Ok(Json(Listed {
        grants: page.rows.iter().map(|row| shown(row, &people, now)).collect(),
        total: page.total,
        next: list.next(&format!("/v1/orgs/{}/grants", principal.info.slug), page.next),
        updating: !has_come,
    }))
}

fn shown(row: &GrantRow, people: &HashMap<u64, Vec<OpenedPart>>, now: Timestamp) -> Shown {
    let (name, email) = opened::person(people.get(&row.granted_index).map_or(&[], Vec::as_slice));
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
