//! `GET /v1/orgs/{org}/records/{type}`: the records of a type.

use axum::Json;
use axum::extract::{Path, RawQuery};
use domain::access_grant::Filters;
use domain::name::EngagementId;
use domain::record::Reference;
use domain::text::Label;
use projections::read_models::records::{self, Filter, RecordRow, Records, Sort, SortBy, Within};
use serde::Serialize;
use utoipa::ToSchema;

use super::{RecordContent, Shown};
use crate::auth::RecordsRead;
use crate::error::{Problem, Result};
use crate::v1::asked::Asked;
use crate::v1::listing;

/// Part of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordList {
    /// At most 50, without their texts.
    pub records: Vec<Shown>,
    /// How many there are on all pages together.
    pub total: u64,
    /// Where the list goes on; null at its end.
    pub next: Option<String>,
    /// True where the entry of `wait_for` is recorded, but not in this list yet.
    pub updating: bool,
}

const NAMES: [&str; 6] = ["q", "status", "vendor", "engagement", "state", "sort"];

/// Lists records of a type, without their texts; every filter that is given must hold.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/records/{type}",
    tag = "records",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("type" = String, Path, description = "The type of resource", example = "controls"),
        ("q" = Option<String>, Query, description = "What the reference or the title has in it"),
        ("status" = Option<String>, Query, description = "Where they stand, exactly as written"),
        ("vendor" = Option<String>, Query, description = "The vendor that they are about"),
        ("engagement" = Option<String>, Query, description = "The engagement that they were made for"),
        ("state" = Option<String>, Query, description = "withdrawn, or live where it is left out"),
        ("sort" = Option<String>, Query, description = "reference, title, status or changed, perhaps with a - before"),
        ("after" = Option<String>, Query, description = "Where the page begins: what `next` has"),
        ("wait_for" = Option<u64>, Query, description = "Wait up to two seconds until the list has come to this index"),
    ),
    security(("api_key" = ["records:read"])),
    responses(
        (status = 200, description = "Part of the list", body = RecordList),
        (status = 404, description = "No such type of records", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    asked: Asked<RecordsRead>,
    Path((_org, kind)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<RecordList>> {
    let resource = super::resource(&kind)?;
    let list = listing::Asked::read(query.as_deref(), &NAMES)?;
    let filter = Filter {
        contains: list.text("q"),
        status: list.parsed("status", Label::parse)?,
        vendor: list.parsed("vendor", Reference::parse)?,
        engagement: list.parsed("engagement", EngagementId::parse)?,
        is_withdrawn: list.either("state", ["withdrawn", "live"])?.unwrap_or(false),
    };
    let sorted = [
        ("reference", SortBy::Reference),
        ("title", SortBy::Title),
        ("status", SortBy::Status),
        ("changed", SortBy::Changed),
    ];
    let sort = list.sort(&sorted)?.map_or_else(Sort::default, |(by, direction)| Sort { by, direction });
    let cursor = list.cursor()?;
    let has_come = list.wait(&asked.app, asked.log(), Records::NAME).await?;
    let limits = Filters::default();
    let mut tx = asked.app.db(asked.log()).await?;
    let within = Within { log: asked.log(), resource, limits: &limits };
    let page = records::page(&mut tx, within, &filter, sort, cursor.as_ref()).await?;
    tx.commit().await?;
    Ok(Json(RecordList {
        records: page.rows.iter().map(shown).collect(),
        total: page.total,
        next: list.next(&format!("/v1/orgs/{}/records/{resource}", asked.slug()), page.next),
        updating: !has_come,
    }))
}

fn shown(row: &RecordRow) -> Shown {
    Shown {
        resource: row.resource.as_str(),
        reference: row.reference.to_string(),
        state: if row.withdrawn_at.is_some() { "withdrawn" } else { "live" },
        content: RecordContent::from(&row.content),
    }
}
