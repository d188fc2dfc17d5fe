//! `GET /v1/orgs/{org}/engagements`: all of them, those that start last first.

use axum::Json;
use axum::extract::RawQuery;
use projections::read_models::engagements::{self, EngagementRow, Engagements, Filter};
use serde::Serialize;
use utoipa::ToSchema;

use super::{EngagementPlan, Shown};
use crate::auth::EngagementsRead;
use crate::error::{Problem, Result};
use crate::v1::asked::Asked;
use crate::v1::listing;

/// Part of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementList {
    /// At most 50.
    pub engagements: Vec<Shown>,
    /// How many there are on all pages together.
    pub total: u64,
    /// Where the list goes on; null at its end.
    pub next: Option<String>,
    /// True where the entry of `wait_for` is recorded, but not in this list yet.
    pub updating: bool,
}

/// Lists engagements, those that start last first.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/engagements",
    tag = "engagements",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("state" = Option<String>, Query, description = "open or closed"),
        ("after" = Option<String>, Query, description = "Where the page begins: what `next` has"),
        ("wait_for" = Option<u64>, Query, description = "Wait up to two seconds until the list has come to this index"),
    ),
    security(("api_key" = ["engagements:read"])),
    responses(
        (status = 200, description = "Part of the list", body = EngagementList),
        (status = 422, description = "A parameter breaks a rule", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(asked: Asked<EngagementsRead>, RawQuery(query): RawQuery) -> Result<Json<EngagementList>> {
    let list = listing::Asked::read(query.as_deref(), &["state"])?;
    let filter = Filter { is_open: list.either("state", ["open", "closed"])? };
    let cursor = list.cursor()?;
    let has_come = list.wait(&asked.app, asked.log(), Engagements::NAME).await?;
    let mut tx = asked.app.db(asked.log()).await?;
    let page = engagements::page(&mut tx, asked.log(), filter, cursor.as_ref()).await?;
    tx.commit().await?;
    Ok(Json(EngagementList {
        engagements: page.rows.iter().map(shown).collect(),
        total: page.total,
        next: list.next(&format!("/v1/orgs/{}/engagements", asked.slug()), page.next),
        updating: !has_come,
    }))
}

fn shown(row: &EngagementRow) -> Shown {
    let state = if row.closed_at.is_some() { "closed" } else { "open" };
    Shown { engagement: row.engagement.to_string(), state, plan: EngagementPlan::from(&row.plan) }
}
