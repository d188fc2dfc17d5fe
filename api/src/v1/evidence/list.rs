//! `GET /v1/orgs/{org}/evidence`: the library.

use axum::Json;
use axum::extract::RawQuery;
use domain::access_grant::Filters;
use domain::name::EngagementId;
use domain::record::Reference;
use projections::read_models::evidence::{self, Evidence, EvidenceRow, Filter, Sort, SortBy};
use serde::Serialize;
use utoipa::ToSchema;

use super::{EvidenceMetadata, Revision};
use crate::auth::EvidenceRead;
use crate::error::{Problem, Result};
use crate::v1::asked::Asked;
use crate::v1::listing;

/// Part of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceList {
    /// At most 50.
    pub evidence: Vec<Listed>,
    /// How many there are on all pages together.
    pub total: u64,
    /// Where the list goes on; null at its end.
    pub next: Option<String>,
    /// True where the entry of `wait_for` is recorded, but not in this list yet.
    pub updating: bool,
}

/// What the list says of a piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedEvidence)]
pub struct Listed {
    /// Its id.
    pub evidence: String,
    /// `live` or `withdrawn`.
    pub state: &'static str,
    /// What is said of it.
    #[serde(flatten)]
    pub metadata: EvidenceMetadata,
    /// Its newest file; null where there is no evidence attached.
    pub newest: Option<Revision>,
    /// When it changed last.
    pub changed_at: String,
}

const NAMES: [&str; 7] = ["q", "engagement", "vendor", "control", "file", "state", "sort"];

/// Lists evidence; every filter that is given must hold.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/evidence",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("q" = Option<String>, Query, description = "What the title has in it"),
        ("engagement" = Option<String>, Query, description = "The engagement that it was made for"),
        ("vendor" = Option<String>, Query, description = "The vendor that it is about"),
        ("control" = Option<String>, Query, description = "A control that it is for"),
        ("file" = Option<String>, Query, description = "with or without"),
        ("state" = Option<String>, Query, description = "withdrawn, or live where it is left out"),
        ("sort" = Option<String>, Query, description = "effective_on, title or changed, perhaps with a - before"),
        ("after" = Option<String>, Query, description = "Where the page begins: what `next` has"),
        ("wait_for" = Option<u64>, Query, description = "Wait up to two seconds until the list has come to this index"),
    ),
    security(("api_key" = ["evidence:read"])),
    responses(
        (status = 200, description = "Part of the list", body = EvidenceList),
        (status = 422, description = "A parameter breaks a rule", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(asked: Asked<EvidenceRead>, RawQuery(query): RawQuery) -> Result<Json<EvidenceList>> {
    let list = listing::Asked::read(query.as_deref(), &NAMES)?;
    let filter = Filter {
        title_contains: list.text("q"),
        engagement: list.parsed("engagement", EngagementId::parse)?,
        vendor: list.parsed("vendor", Reference::parse)?,
        control: list.parsed("control", Reference::parse)?,
        has_file: list.either("file", ["with", "without"])?,
        is_withdrawn: list.either("state", ["withdrawn", "live"])?.unwrap_or(false),
    };
    let sorted = [("effective_on", SortBy::EffectiveOn), ("title", SortBy::Title), ("changed", SortBy::Changed)];
    let sort = list.sort(&sorted)?.map_or_else(Sort::default, |(by, direction)| Sort { by, direction });
    let cursor = list.cursor()?;
    let has_come = list.wait(&asked.app, asked.log(), Evidence::NAME).await?;
    let mut tx = asked.app.db(asked.log()).await?;
    let page = evidence::page(&mut tx, asked.log(), &Filters::default(), &filter, sort, cursor.as_ref()).await?;
    tx.commit().await?;
    Ok(Json(EvidenceList {
        evidence: page.rows.iter().map(|row| Listed::of(asked.slug(), row)).collect(),
        total: page.total,
        next: list.next(&format!("/v1/orgs/{}/evidence", asked.slug()), page.next),
        updating: !has_come,
    }))
}

impl Listed {
    fn of(slug: &str, row: &EvidenceRow) -> Self {
        Self {
            evidence: row.evidence.to_string(),
            state: if row.withdrawn_at.is_some() { "withdrawn" } else { "live" },
            metadata: EvidenceMetadata::from(&row.metadata),
            newest: row.newest.as_ref().map(|(revision, file)| Revision::of(slug, &row.evidence, *revision, file)),
            changed_at: row.changed_at.to_string(),
        }
    }
}
