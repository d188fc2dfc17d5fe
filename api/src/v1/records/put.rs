//! `PUT /v1/orgs/{org}/records/{type}/{reference}`: a record as it then is, whole.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::record::CONTENT_BYTES_MAX;

use super::{Changed, RecordContent};
use crate::acts;
use crate::auth::RecordsWrite;
use crate::error::{Problem, Result};
use crate::json::Json;
use crate::record_set::{self, NewRecord};
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// A content, of which each character may be written as an escape.
const BODY_BYTES_MAX: usize = 6 * CONTENT_BYTES_MAX;

/// Keeps a record as it is said here, whether there was one or not. Where it says that already, nothing is recorded.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org}/records/{type}/{*reference}",
    tag = "records",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("type" = String, Path, description = "The type of resource", example = "controls"),
        ("reference" = String, Path, description = "By what it is called: letters, digits and . _ : - /", example = "CC6.1"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = RecordContent,
    security(("api_key" = ["records:write"])),
    responses(
        (status = 200, description = "Kept", body = Changed),
        (status = 404, description = "No such type of records", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    asked: Asked<RecordsWrite>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let (resource, reference) = (super::resource(&kind)?, super::reference(&reference)?);
    let content = record_set::json::content(body.value)?;
    let key = asked.idempotency(body.request_sha256);
    let record = NewRecord { reference: reference.clone(), content };
    let put = acts::record::put(&asked.by(), resource, record, key).await?;
    let entries = put.appended().map(|appended| recorded::accepted(asked.origin(), appended));
    let replayed = put.appended().is_some_and(|appended| appended.replayed);
    let changed = Changed {
        resource: resource.as_str(),
        reference: reference.to_string(),
        change: put.as_str(),
        entries: entries.unwrap_or_default(),
    };
    Ok(recorded::answered(StatusCode::OK, None, replayed, &changed))
}
