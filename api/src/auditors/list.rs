//! `GET /api/auditors`: all access, newest first (S5-81, S5-83).

use std::collections::HashMap;

use axum::Json as Answer;
use axum::extract::{RawQuery, State};
use domain::access_grant::State as GrantState;
use ledger::vocabulary::OpenedPart;
use projections::list::Cursor;
use projections::read_models::grants::{self, Filter, GrantRow, Sort};
use serde::Serialize;
use store::opened;
use utoipa::ToSchema;

use super::asked::{level, level_name, scope_name};
use super::show::{Auditor, status};
use crate::app::App;
use crate::auth::{Acting, GrantsRead, Principal};
use crate::error::{Error, Problem, Result};
use crate::query::Parameters;

/// Part of the list.
#[derive(Serialize, ToSchema)]
#[schema(as = Auditors)]
pub struct Listed {
    /// 50 at most.
    auditors: Vec<Auditor>,
    /// How many there are on all pages.
    total: u64,
    /// What to ask for as `after` to get the rows that follow; null on the last page.
    next: Option<String>,
}

/// Lists access.
#[utoipa::path(
    get,
    path = "/api/auditors",
    tag = "interfaces of others",
    params(
        ("status" = Option<String>, Query, description = "Pending, Active, Expired or Revoked"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
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
) -> Result<Answer<Listed>> {
    let asked = Parameters::parse(query.as_deref())?.among(&["status", "after"])?;
    let filter = Filter { state: asked.get("status").map(read_status).transpose()?, ..Filter::default() };
    let after =
        |text| Cursor::parse(text).ok_or_else(|| Error::invalid("after", "is what `next` of the page before has"));
    let cursor = asked.get("after").map(after).transpose()?;
    let now = store::clock::now();
    let mut tx = app.db(principal.log).await?;
    let page = grants::page(&mut tx, principal.log, &filter, now, Sort::default(), cursor.as_ref()).await?;
    tx.commit().await?;
    let indices: Vec<u64> = page.rows.iter().map(|row| row.granted_index).collect();
    let people = opened::of(app.ledger(), principal.log, &indices).await?;
    let auditors = page.rows.iter().map(|row| auditor(row, &people, &principal, row.state_at(now))).collect();
    Ok(Answer(Listed { auditors, total: page.total, next: page.next.map(|cursor| cursor.to_string()) }))
}

fn read_status(text: &str) -> Result<GrantState> {
    let found = GrantState::ALL.iter().copied().find(|state| status(*state).eq_ignore_ascii_case(text));
    found.ok_or_else(|| Error::invalid("status", "Pending, Active, Expired or Revoked"))
}

fn auditor(row: &GrantRow, people: &HashMap<u64, Vec<OpenedPart>>, acting: &Acting, state: GrantState) -> Auditor {
    let (name, email) = opened::person(people.get(&row.granted_index).map_or(&[], Vec::as_slice));
    let scope = &row.extent.scope;
    let newest = acting.organisation.terms();
    Auditor {
        id: row.grant.to_string(),
        email,
        name,
        firm: row.firm.as_str().to_owned(),
        access_level: level(scope).map(level_name),
        scopes: scope.resources().iter().map(|resource| scope_name(*resource)).collect(),
        vendor_ids: scope.vendors().iter().map(ToString::to_string).collect(),
        expires_at: row.extent.expires_at.to_string(),
        status: status(state),
        is_active: state == GrantState::Active,
        last_accessed_at: row.last_accessed_at.map(|at| at.to_string()),
        terms_accepted: newest.is_some_and(|newest| row.terms_version == Some(newest.version)),
    }
}
