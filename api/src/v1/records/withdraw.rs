//! `DELETE /v1/orgs/{org}/records/{type}/{reference}`: shows a record no more. What was recorded of it stays.

use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use domain::note::Note;
use sha2::{Digest as _, Sha256};

use super::Changed;
use crate::acts;
use crate::auth::RecordsWrite;
use crate::error::{Error, Problem, Result};
use crate::query::Parameters;
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// Withdraws a record. It comes back when it is put again.
#[utoipa::path(
    delete,
    path = "/v1/orgs/{org}/records/{type}/{*reference}",
    tag = "records",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("type" = String, Path, description = "The type of resource", example = "controls"),
        ("reference" = String, Path, description = "By what it is called", example = "CC6.1"),
        ("note" = Option<String>, Query, description = "Why: 1 to 1,000 characters. It stands in the log in the clear and for ever: nothing personal"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    security(("api_key" = ["records:write"])),
    responses(
        (status = 200, description = "Withdrawn", body = Changed),
        (status = 404, description = "No such record", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is withdrawn already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(
    asked: Asked<RecordsWrite>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let (resource, reference) = (super::resource(&kind)?, super::reference(&reference)?);
    let parameters = Parameters::parse(query.as_deref())?.among(&["note"])?;
    let note = parameters.get("note").map(Note::parse).transpose();
    let note = note.map_err(|error| Error::invalid("note", error.to_string()))?;
    let request = format!("DELETE {resource}/{reference}\n{}", query.unwrap_or_default());
    let key = asked.idempotency(Sha256::digest(request).into());
    let appended = acts::record::withdraw(&asked.by(), resource, &reference, note, key).await?;
    let changed = Changed {
        resource: resource.as_str(),
        reference: reference.to_string(),
        change: "withdrawn",
        entries: recorded::accepted(asked.origin(), &appended),
    };
    Ok(recorded::answered(StatusCode::OK, None, appended.replayed, &changed))
}
