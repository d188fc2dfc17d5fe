//! `/auditor/portal/{resource}/export`: everything of a type that the grant reaches and the filters of the page find, as
//! CSV (S1-49).

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::access_grant::{Capability, Item, Resource};
use domain::activity::{ActivityEvent, Refusal};

use super::asked::Asked;
use super::reader::Reader;
use super::{evidence, log, recorded, records};
use crate::app::App;
use crate::auth::auditor::{Auditor, AuditorSession};
use crate::error::{Error, Result};
use crate::export::attachment;
use crate::export::table::Written;

/// Makes the table, records its hash and how many rows it has, and then hands it out.
///
/// # Errors
/// [`Error::NotFound`] for what the grant does not let its auditor take out; [`Error::Invalid`], where it would be too
/// large; what an append meets.
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path(word): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let asked = Asked::read(query.as_deref())?;
    let reader = Reader::of(&app, &auditor);
    let Ok(resource) = recorded::resource(&word) else {
        recorded::view(&app, &auditor, recorded::unknown(), Err(Refusal::NotFound)).await?;
        return Err(Error::NotFound);
    };
    if let Err(refusal) = reader.permits(Capability::Export, resource, Item::List) {
        record(&app, &auditor, resource, Err(refusal)).await?;
        return Err(Error::NotFound);
    }
    let table = table(&app, &reader, resource, &asked).await?;
    record(&app, &auditor, resource, Ok(&table)).await?;
    let day = reader.clock.now().to_string();
    let name = format!("{}-{resource}-{}.csv", reader.origin.slug(), day.get(..10).unwrap_or_default());
    Ok(attachment::table(&name, table))
}

async fn table(app: &App, reader: &Reader, resource: Resource, asked: &Asked) -> Result<Written> {
    match resource {
        Resource::Evidence => evidence::table(app, reader, asked).await,
        Resource::AuditLogs => log::table(app, reader, asked).await,
        _ => records::table(app, reader, resource, asked).await,
    }
}

async fn record(
    app: &App,
    auditor: &AuditorSession,
    resource: Resource,
    outcome: Result<&Written, Refusal>,
) -> Result<()> {
    let grant = auditor.grant.clone();
    let outcome = outcome.map(Written::recorded);
    recorded::record(app, auditor, &ActivityEvent::RecordsExported { grant, resource, outcome }).await?;
    Ok(())
}
