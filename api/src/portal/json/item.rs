//! `GET /api/auditor/{resource}/{id}`.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Act, EntryShown, EvidenceShown, RecordShown, Shown};
use crate::app::App;
use crate::auth::auditor::Auditor;
use crate::error::{Problem, Result};
use crate::portal::item::{self, Found};
use crate::portal::reader::Reader;

/// One thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorView)]
pub struct View {
    /// What it says.
    #[serde(flatten)]
    shown: Shown,
    /// The entry that recorded this view, before it was shown.
    recorded: Act,
}

/// Shows one record, one piece of evidence, or one entry of the log. The view is recorded before it is shown.
#[utoipa::path(
    get,
    path = "/api/auditor/{resource}/{*id}",
    tag = "auditor",
    params(
        ("resource" = String, Path, description = "A type of resource"),
        ("id" = String, Path, description = "The reference of a record, which may have slashes, the id of evidence, or the index of an entry"),
    ),
    security(("auditor_session" = [])),
    responses(
        (status = 200, description = "What it says", body = View),
        (status = 401, description = "No open session, or access that has ended", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Not there, or left out of what was given", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The view could not be recorded, so nothing is shown", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path((word, id)): Path<(String, String)>,
) -> Result<Json<View>> {
    let reader = Reader::of(&app, &auditor);
    let (found, entry) = item::open(&app, &auditor, &reader, &word, &id).await?;
    Ok(Json(View { shown: shown(&reader, &found)?, recorded: Act::of(&entry) }))
}

fn shown(reader: &Reader, found: &Found) -> Result<Shown> {
    Ok(match found {
        Found::Entry(found) => Shown::Entry(Box::new(EntryShown::of(&found.parsed()?))),
        Found::Evidence(found) => {
            let files = found.held().revisions().map(|(revision, file)| (revision.get(), file));
            let metadata = &found.held().metadata;
            Shown::Evidence(Box::new(EvidenceShown::new(reader, found.id(), metadata, files, found.changed_at())))
        }
        Found::Record(found) => {
            Shown::Record(Box::new(RecordShown::new(found.reference(), found.content(), found.changed_at())))
        }
    })
}
