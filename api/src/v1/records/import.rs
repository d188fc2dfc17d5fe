//! `POST /v1/orgs/{org}/records/{type}`: a list of records, as JSON or CSV.

use axum::Json;
use axum::extract::{Path, RawQuery};

use super::NewRecord;
use crate::acts::import_records::{self, KEY_CHARS_MAX, Mode, Report};
use crate::auth::RecordsWrite;
use crate::error::{Error, Problem, Result};
use crate::json::{self, Raw};
use crate::query::Parameters;
use crate::record_set;
use crate::v1::asked::Asked;

/// A few thousand rows of a register. Longer lists are several requests, or `countersign import records`.
const BODY_BYTES_MAX: usize = 8 << 20;
/// Most rows of one request: they take some ten seconds.
const ROWS_MAX: usize = 5_000;

/// Puts every record of a list.
///
/// A row that is as it was records nothing. One that breaks a rule is passed over and named, with every rule that it
/// breaks; the others go in. With an `Idempotency-Key`, rows that were recorded the first time are not recorded again.
///
/// A CSV has the columns `reference` and `title`, perhaps `status`, `owner` and `body`; columns whose names end in `_on` or
/// `_date` hold days, and every other is a field.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/records/{type}",
    tag = "records",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("type" = String, Path, description = "The type of resource", example = "controls"),
        ("dry_run" = Option<bool>, Query, description = "true: say what would become of the rows, and record nothing"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 240 visible ASCII characters"),
    ),
    request_body(content((Vec<NewRecord> = "application/json"), (String = "text/csv"))),
    security(("api_key" = ["records:write"])),
    responses(
        (status = 200, description = "What became of the rows", body = Report),
        (status = 404, description = "No such type of records", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is no list of records", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    asked: Asked<RecordsWrite>,
    Path((_org, kind)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    body: Raw<BODY_BYTES_MAX>,
) -> Result<Json<Report>> {
    let resource = super::resource(&kind)?;
    let mode = mode(query.as_deref())?;
    let rows = match body.media_type.as_str() {
        "application/json" => record_set::json::rows(json::parse(&body.bytes)?)?,
        "text/csv" => record_set::csv::rows(&body.bytes)?,
        _ => return Err(Error::OtherMediaType("application/json or text/csv")),
    };
    if ROWS_MAX < rows.len() {
        return Err(Error::invalid("", format!("a list has at most {ROWS_MAX} rows here, not {}", rows.len())));
    }
    let key = asked.idempotency(body.request_sha256).filter(|_| mode == Mode::Record);
    if key.as_ref().is_some_and(|key| KEY_CHARS_MAX < key.key.len()) {
        return Err(Error::BadRequest(format!("Idempotency-Key has at most {KEY_CHARS_MAX} characters here")));
    }
    let report = import_records::import(&asked.by(), resource, rows, mode, key.as_ref(), |_| {}).await?;
    Ok(Json(report))
}

fn mode(query: Option<&str>) -> Result<Mode> {
    match Parameters::parse(query)?.among(&["dry_run"])?.get("dry_run") {
        None | Some("false") => Ok(Mode::Record),
        Some("true") => Ok(Mode::DryRun),
        Some(_) => Err(Error::invalid("dry_run", "is true or false")),
    }
}
