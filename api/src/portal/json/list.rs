//! `GET /api/auditor/{resource}`.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use domain::access_grant::Resource;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Act, EntryShown, EvidenceShown, RecordShown, Shown};
use crate::app::App;
use crate::auth::auditor::Auditor;
use crate::error::{Problem, Result};
use crate::portal::asked::Asked;
use crate::portal::reader::Reader;
use crate::portal::{evidence, log, recorded, records};

/// Part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorList)]
pub struct Listed {
    /// Of which type.
    #[serde(rename = "type")]
    resource: &'static str,
    /// At most 50.
    rows: Vec<Shown>,
    /// How many the filters find on all pages; null for the log.
    total: Option<u64>,
    /// Where the list goes on; null at its end.
    next: Option<String>,
    /// The entry that recorded this view, before it was shown.
    recorded: Act,
}

/// Lists what the grant reaches of a type. The view is recorded before it is shown.
#[utoipa::path(
    get,
    path = "/api/auditor/{resource}",
    tag = "auditor",
    params(
        ("resource" = String, Path, description = "A type of resource: evidence, risks, audit_logs …"),
        ("q" = Option<String>, Query, description = "What reference or title have in them"),
        ("status" = Option<String>, Query, description = "A status, exactly as written; of evidence with or without a file"),
        ("type" = Option<String>, Query, description = "Of the log: a type of entry, a prefix of types, or a name of another system"),
        ("outcome" = Option<String>, Query, description = "Of the log: success or failure"),
        ("from" = Option<String>, Query, description = "Of the log: the first day in UTC, or an instant"),
        ("until" = Option<String>, Query, description = "Of the log: the last day in UTC, or the instant before which"),
        ("sort" = Option<String>, Query, description = "reference, title, status, effective or changed; with - the other way round"),
        ("after" = Option<String>, Query, description = "Where the page before ended"),
    ),
    security(("auditor_session" = [])),
    responses(
        (status = 200, description = "Part of the list", body = Listed),
        (status = 401, description = "No open session, or access that has ended", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such type, or not given", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Of the log: a filter that is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The view could not be recorded, so nothing is shown", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path(word): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listed>> {
    let asked = Asked::read(query.as_deref())?;
    let reader = Reader::of(&app, &auditor);
    let (resource, entry) = recorded::open_list(&app, &auditor, &reader, &word).await?;
    let (rows, total, next) = match resource {
        Resource::Evidence => of_evidence(&app, &reader, &asked).await?,
        Resource::AuditLogs => of_log(&app, &reader, &asked).await?,
        _ => of_records(&app, &reader, resource, &asked).await?,
    };
    let address = format!("/api/auditor/{resource}");
    let next = next.map(|cursor| asked.page_after(&cursor, rows.len()).at(&address));
    Ok(Json(Listed { resource: resource.as_str(), rows, total, next, recorded: Act::of(&entry) }))
}

/// Rows, how many there are, and where the next page begins.
type Rows = (Vec<Shown>, Option<u64>, Option<String>);

async fn of_records(app: &App, reader: &Reader, resource: Resource, asked: &Asked) -> Result<Rows> {
    let records::Rows { rows, counts, beside, .. } = records::rows(app, reader, resource, asked).await?;
    let shown =
        rows.iter().map(|row| Shown::Record(Box::new(RecordShown::new(&row.reference, &row.content, row.changed_at))));
    Ok((shown.collect(), Some(counts.total), beside.next))
}

async fn of_evidence(app: &App, reader: &Reader, asked: &Asked) -> Result<Rows> {
    let evidence::Rows { rows, counts, beside } = evidence::rows(app, reader, asked).await?;
    let shown = rows.iter().map(|row| {
        let newest = row.newest.iter().map(|(revision, file)| (revision.get(), file));
        let shown = EvidenceShown::new(reader, &row.evidence, &row.metadata, newest, row.changed_at);
        Shown::Evidence(Box::new(shown))
    });
    Ok((shown.collect(), Some(counts.total), beside.next))
}

async fn of_log(app: &App, reader: &Reader, asked: &Asked) -> Result<Rows> {
    let page = log::rows(app, reader, &log::search(asked).required()?, asked).await?;
    let shown = page.rows.iter().map(|row| Shown::Entry(Box::new(EntryShown::of_row(row))));
    Ok((shown.collect(), None, page.next.map(|before| before.to_string())))
}
