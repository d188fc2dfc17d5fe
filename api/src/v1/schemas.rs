//! `GET /schemas/{type}/{version}`: the JSON Schema of an event's `detail`, at the path that its `dataschema` says.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::error::{Error, Problem, Result};

/// Reads a schema.
///
/// Only types that this service writes have one; what an organisation sends in is described where it comes from.
#[utoipa::path(
    get,
    path = "/schemas/{type}/{version}",
    tag = "public",
    params(
        ("type" = String, Path, description = "The event's type", example = "auditor.access.granted"),
        ("version" = u32, Path, description = "The version of its shape", example = 1),
    ),
    responses(
        (status = 200, description = "JSON Schema", content_type = "application/schema+json"),
        (status = 404, description = "No type of this service", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(Path((kind, version)): Path<(String, String)>) -> Result<Response> {
    let number: u32 = version.parse().map_err(|_| Error::NotFound)?;
    if number.to_string() != version {
        return Err(Error::NotFound);
    }
    let schema = domain::event::schema(&kind, number).ok_or(Error::NotFound)?;
    // A version's shape is frozen by the first write.
    let headers = [
        (header::CONTENT_TYPE, "application/schema+json"),
        (header::CACHE_CONTROL, "public, max-age=86400, immutable"),
    ];
    Ok((headers, schema).into_response())
}
