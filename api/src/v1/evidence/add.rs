//! `POST /v1/orgs/{org}/evidence`: adds some, with its file or for the time being without.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use domain::evidence::{EvidenceFile, Metadata};

use super::{BODY_BYTES_MAX, Changed, EvidenceForm, EvidenceMetadata};
use crate::acts;
use crate::app::App;
use crate::auth::EvidenceWrite;
use crate::error::{Error, Problem, Result};
use crate::json::{self, Json};
use crate::upload::Upload;
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// Evidence to be added.
pub struct Given {
    metadata: Metadata,
    file: Option<EvidenceFile>,
    request_sha256: [u8; 32],
}

impl FromRequest<App> for Given {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        match json::media_type(&request).as_str() {
            "application/json" => {
                let body = Json::<BODY_BYTES_MAX>::from_request(request, app).await?;
                let metadata = super::metadata(body.value)?;
                Ok(Self { metadata, file: None, request_sha256: body.request_sha256 })
            }
            "multipart/form-data" => Self::of(Upload::from_request(request, app).await?),
            _ => Err(Error::OtherMediaType("multipart/form-data or application/json")),
        }
    }
}

impl Given {
    fn of(upload: Upload) -> Result<Self> {
        if let Some(name) = upload.names().find(|name| *name != "metadata") {
            return Err(Error::invalid(format!("/{name}"), "there is no such part"));
        }
        let metadata = upload.text("metadata").ok_or_else(|| Error::invalid("/metadata", "is required"))?;
        let metadata = super::metadata(json::parse(metadata.as_bytes())?)?;
        Ok(Self { metadata, request_sha256: upload.request_sha256(), file: upload.file })
    }
}

/// Adds a piece of evidence.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/evidence",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body(content((EvidenceForm = "multipart/form-data"), (EvidenceMetadata = "application/json"))),
    security(("api_key" = ["evidence:write"])),
    responses(
        (status = 201, description = "Added", body = Changed),
        (status = 413, description = "The file is too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(asked: Asked<EvidenceWrite>, given: Given) -> Result<Response> {
    let key = asked.idempotency(given.request_sha256);
    let appended = acts::evidence::add(&asked.by(), given.metadata, given.file, key).await?;
    let id = recorded::subject_id(&appended)?;
    let location = format!("/v1/orgs/{}/evidence/{id}", asked.slug());
    let changed = Changed::of(&asked, &id, &appended);
    Ok(recorded::answered(StatusCode::CREATED, Some(location), appended.replayed, &changed))
}
