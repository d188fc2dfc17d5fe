//! `GET /v1/orgs/{org}/records/{type}/{reference}`: a record as it stands.

use axum::Json;
use axum::extract::Path;
use domain::record::Record;

use super::{RecordContent, Shown};
use crate::auth::RecordsRead;
use crate::error::{Error, Problem, Result};
use crate::v1::asked::Asked;

/// Reads a record.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/records/{type}/{*reference}",
    tag = "records",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("type" = String, Path, description = "The type of resource", example = "controls"),
        ("reference" = String, Path, description = "By what it is called", example = "CC6.1"),
    ),
    security(("api_key" = ["records:read"])),
    responses(
        (status = 200, description = "The record", body = Shown),
        (status = 404, description = "No such record", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    asked: Asked<RecordsRead>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
) -> Result<Json<Shown>> {
    let (resource, reference) = (super::resource(&kind)?, super::reference(&reference)?);
    let found: Record = asked.by().load(&Record::stream(resource, &reference)).await?;
    let content = RecordContent::from(found.content().ok_or(Error::NotFound)?);
    Ok(Json(Shown { resource: resource.as_str(), reference: reference.to_string(), state: found.state(), content }))
}
