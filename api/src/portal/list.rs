//! `/auditor/portal/{resource}`: what there is of a type of resource, and one of its rows opened in place.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use domain::access_grant::Resource;
use store::append::Committed;

use super::asked::Asked;
use super::item::{self, Found};
use super::reader::Reader;
use super::{evidence, log, recorded, records};
use crate::app::App;
use crate::auth::auditor::Auditor;
use crate::error::Result;
use crate::web::Page;

/// Records the view, then shows it. An opened row is a view of that record, and is recorded as one.
///
/// # Errors
/// [`Error::NotFound`](crate::error::Error::NotFound) for what the grant does not open; what an append meets.
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path(word): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let asked = Asked::read(query.as_deref())?;
    let reader = Reader::of(&app, &auditor);
    let (resource, entry) = recorded::open_list(&app, &auditor, &reader, &word).await?;
    let opened = match asked.open.as_str() {
        "" => None,
        id => Some(item::open(&app, &auditor, &reader, &word, id).await?.0),
    };
    page(&app, &reader, resource, &asked, opened, Some(&entry)).await
}

/// The list of a type for whoever reads.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn page(
    app: &App,
    reader: &Reader,
    resource: Resource,
    asked: &Asked,
    opened: Option<Found>,
    entry: Option<&Committed>,
) -> Result<Response> {
    let response = match resource {
        Resource::Evidence => {
            let opened = opened.and_then(Found::into_evidence);
            Page::new(evidence::page(app, reader, asked, opened, entry).await?).into_response()
        }
        Resource::AuditLogs => {
            let opened = opened.and_then(Found::into_entry);
            log::page(app, reader, asked, opened, entry).await?.into_response()
        }
        _ => {
            let opened = opened.and_then(Found::into_record);
            Page::new(records::page(app, reader, resource, asked, opened, entry).await?).into_response()
        }
    };
    Ok(response)
}
