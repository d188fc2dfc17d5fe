//! `GET /v1/orgs/{org}/entries`: the list of entries, newest first.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use domain::alias::System;
use ledger::name::Reference;
use ledger::time::Timestamp;
use projections::read_models::entries::{self, EntryRow, Filter, OutcomeFilter, ROWS_PER_PAGE_MAX, TypeFilter};
use projections::wait;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Caller, EntriesRead};
use crate::error::{Error, Problem, Result};
use crate::query::{Parameters, percent_encode};
use crate::v1::shape::{self, Shaped};

/// Rows of a page where nothing is said.
const LIMIT: usize = 50;
/// How long a list waits for an entry that its caller knows to be there.
const WAIT_AT_MOST: Duration = Duration::from_secs(2);

/// Part of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryList {
    /// Newest first.
    pub entries: Entries,
    /// Where the list goes on; null at its end.
    pub next: Option<String>,
    /// True where the entry of `wait_for` is recorded, but not in this list yet.
    pub updating: bool,
}

/// The entries of a list, in the one form or the other.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Entries {
    /// Where nothing is said of a form.
    Listed(Vec<Listed>),
    /// In the form of `shape`.
    Shaped(Vec<Shaped>),
}

/// What the list says of an entry. The entry itself is at `entry`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed {
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its id.
    pub id: String,
    /// When it was recorded.
    pub time: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// To what it happened.
    pub subject: String,
    /// The stream that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Its place in that stream, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_version: Option<u32>,
    /// Who acted.
    pub actor: ListedActor,
    /// `success` or `failure`.
    pub outcome: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the entry is.
    pub entry: String,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedActor {
    /// `user`, `auditor`, `service`, `api_key` or `system`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// An opaque id.
    pub id: String,
    /// The role at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// Lists entries, newest first.
///
/// Every filter that is given must hold. Follow `next` for the rest of the list. With `shape` the entries are shown in the
/// form of another system; addresses in it are null unless the key may also read grants.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/entries",
    tag = "entries",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("type" = Option<String>, Query, description = "A type, what types begin with, ending in a dot, or a name of another system: auditor_access_granted, access_granted, admin.permission_granted, ACCEPT_INVITE …", example = "auditor.access."),
        ("actor" = Option<String>, Query, description = "Id of who acted"),
        ("subject" = Option<String>, Query, description = "What it happened to"),
        ("stream" = Option<String>, Query, description = "The stream that it belongs to"),
        ("outcome" = Option<String>, Query, description = "success or failure"),
        ("from" = Option<String>, Query, description = "Recorded at this time or later, RFC 3339"),
        ("to" = Option<String>, Query, description = "Recorded before this time, RFC 3339"),
        ("before" = Option<u64>, Query, description = "Only entries below this index"),
        ("limit" = Option<usize>, Query, description = "1 to 500 entries; 50 where it is left out"),
        ("wait_for" = Option<u64>, Query, description = "Wait up to two seconds until the list has come to this index"),
        ("shape" = Option<String>, Query, description = "The form of another system: meridian, s3, s4, s5 or wf006"),
    ),
    security(("api_key" = ["entries:read"])),
    responses(
        (status = 200, description = "Part of the list", body = EntryList),
        (status = 422, description = "A parameter breaks a rule", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<EntryList>> {
    let asked = Asked::read(&Parameters::parse(query.as_deref())?)?;
    let has_come = match asked.wait_for {
        Some(index) => wait::until(app.ledger(), entries::Entries::NAME, caller.log, index, WAIT_AT_MOST).await?,
        None => true,
    };
    let mut tx = app.db(caller.log).await?;
    let page = entries::page(&mut tx, caller.log, &asked.filter, asked.before, asked.limit).await?;
    tx.commit().await?;
    let next = page.next.map(|before| format!("/v1/orgs/{slug}/entries?{}", asked.query_before(before)));
    let entries = match asked.shape {
        None => Entries::Listed(page.rows.into_iter().map(|row| Listed::of(&slug, row)).collect()),
        Some(system) => Entries::Shaped(shaped(&app, &caller, system, &page.rows).await?),
    };
    Ok(Json(EntryList { entries, next, updating: !has_come }))
}

/// The entries of a page, newest first, in another system's form.
async fn shaped(app: &App, caller: &Caller<EntriesRead>, system: System, rows: &[EntryRow]) -> Result<Vec<Shaped>> {
    let indices: Vec<u64> = rows.iter().map(|row| row.index).collect();
    let mut tx = app.db(caller.log).await?;
    let mut found = store::entries::at(&mut *tx, caller.log, &indices).await?;
    tx.commit().await?;
    found.reverse();
    shape::of(app, caller.log, shape::sight(caller), system, &found).await
}

impl Listed {
    fn of(slug: &str, row: EntryRow) -> Self {
        let (stream, stream_version) = row.stream.map(|(stream, version)| (stream.to_string(), version)).unzip();
        Self {
            entry: format!("/v1/orgs/{slug}/entries/{}", row.index),
            index: row.index,
            id: row.id.to_string(),
            time: row.time.to_string(),
            kind: row.event_type.to_string(),
            subject: row.subject.to_string(),
            stream,
            stream_version,
            actor: ListedActor { kind: row.actor.kind.as_str(), id: row.actor.id, role: row.actor.role },
            outcome: row.outcome.as_str(),
            reason: row.outcome.reason().map(str::to_owned),
        }
    }
}

/// What is asked for.
#[derive(Debug, Default)]
struct Asked {
    filter: Filter,
    before: Option<u64>,
    limit: usize,
    wait_for: Option<u64>,
    shape: Option<System>,
    /// The filters, the form and the limit as they were given, for the address of the next page.
    kept: String,
}

impl Asked {
    fn read(parameters: &Parameters) -> Result<Self> {
        let mut asked = Self { limit: LIMIT, ..Self::default() };
        for (name, value) in &parameters.0 {
            match name.as_str() {
                "type" => asked.filter.event_type = Some(read(name, TypeFilter::parse(value))?),
                "actor" => asked.filter.actor = Some(value.clone()),
                "subject" => asked.filter.subject = Some(read(name, Reference::parse(value))?),
                "stream" => asked.filter.stream = Some(read(name, Reference::parse(value))?),
                "outcome" => asked.filter.outcome = Some(read(name, OutcomeFilter::parse(value))?),
                "from" => asked.filter.from = Some(instant(name, value)?),
                "to" => asked.filter.until = Some(instant(name, value)?),
                "before" => asked.before = Some(number(name, value)?),
                "wait_for" => asked.wait_for = Some(number(name, value)?),
                "limit" => asked.limit = limit(name, value)?,
                "shape" => asked.shape = Some(shape::parse(value)?),
                _ => return Err(Error::invalid(name, "there is no such parameter")),
            }
            if !["before", "wait_for"].contains(&name.as_str()) {
                asked.kept.extend([name.as_str(), "=", &percent_encode(value), "&"]);
            }
        }
        Ok(asked)
    }

    fn query_before(&self, before: u64) -> String {
        format!("{}before={before}", self.kept)
    }
}

fn read<T, E: std::fmt::Display>(name: &str, read: Result<T, E>) -> Result<T> {
    read.map_err(|error| Error::invalid(name, error.to_string()))
}

fn number(name: &str, value: &str) -> Result<u64> {
    value.parse().map_err(|_| Error::invalid(name, "must be a whole number from 0"))
}

fn limit(name: &str, value: &str) -> Result<usize> {
    let limit = value.parse().ok().filter(|limit| (1..=ROWS_PER_PAGE_MAX).contains(limit));
    limit.ok_or_else(|| Error::invalid(name, format!("must be from 1 to {ROWS_PER_PAGE_MAX}")))
}

fn instant(name: &str, value: &str) -> Result<Timestamp> {
    read(name, super::instant::parse(value))
}
