//! Forms with a file: its bytes go to their place as they arrive, and are never in memory whole.
//!
//! A file is kept before anything says what it is for. Where the request then comes to nothing, it stays without a name
//! and harms nobody (`store::blobs`).

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use domain::evidence::{EvidenceFile, FileName, MediaType};
use futures::{Stream, stream};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::{Error, Result};
use crate::json::media_type;
use crate::web::FormToken;
use crate::web::form::TOKEN_FIELD;

/// Longest file. A download reads it whole before its first byte leaves: this much takes half a second.
pub const FILE_BYTES_MAX: u64 = 256 << 20;
/// Most bytes of all texts of a form together: the longest description and a hundred references of controls.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Most texts of a form.
const TEXTS_MAX: usize = 200;
/// What a form may have around its file: texts, and what separates the parts.
const AROUND_BYTES_MAX: usize = 1 << 20;

/// A form of texts with one file at most.
#[derive(Debug, Default)]
pub struct Upload {
    texts: Vec<(String, String)>,
    /// The file, kept; none where the form has none, or its field was left empty.
    pub file: Option<EvidenceFile>,
    head: String,
}

impl FromRequest<App> for Upload {
    type Rejection = Error;

    async fn from_request(mut request: Request, app: &App) -> Result<Self> {
        if media_type(&request) != "multipart/form-data" {
            return Err(Error::OtherMediaType("multipart/form-data"));
        }
        let head = format!("{} {}\n", request.method(), request.uri().path());
        let limit = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX).saturating_add(AROUND_BYTES_MAX);
        DefaultBodyLimit::max(limit).apply(&mut request);
        let form = Multipart::from_request(request, app).await;
        let mut form = form.map_err(|error| Error::BadRequest(error.body_text()))?;
        let mut upload = Self { head, ..Self::default() };
        while let Some(field) = within(app, form.next_field()).await? {
            upload.take(app, field).await?;
        }
        Ok(upload)
    }
}

impl Upload {
    async fn take(&mut self, app: &App, field: Field<'_>) -> Result<()> {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            None => self.take_text(app, name, field).await,
            // A browser sends this where nobody chose a file.
            Some(file) if file.is_empty() => Ok(()),
            Some(_) if name != "file" => Err(at(&name, "is no place for a file")),
            Some(_) if self.file.is_some() => Err(at(&name, "may stand once")),
            Some(file) => {
                self.file = Some(keep(app, &file, field).await?);
                Ok(())
            }
        }
    }

    async fn take_text(&mut self, app: &App, name: String, mut field: Field<'_>) -> Result<()> {
        let taken: usize = self.texts.iter().map(|(name, text)| name.len() + text.len()).sum();
        let mut bytes = Vec::new();
        while let Some(chunk) = within(app, field.chunk()).await? {
            bytes.extend_from_slice(&chunk);
            if TEXT_BYTES_MAX < taken + name.len() + bytes.len() {
                return Err(Error::BodyTooLarge { limit: TEXT_BYTES_MAX });
            }
        }
        if TEXTS_MAX <= self.texts.len() {
            return Err(at(&name, "is one text too many"));
        }
        let text = String::from_utf8(bytes).map_err(|_| at(&name, "is not UTF-8"))?;
        self.texts.push((name, text));
        Ok(())
    }

    /// Whether it was sent from a page of this session. What came with it is kept without a name until this was asked.
    ///
    /// # Errors
    /// [`Error::FormExpired`].
    pub fn verify(&self, app: &App, session: &[u8]) -> Result<()> {
        let sent = self.text(TOKEN_FIELD).unwrap_or_default();
        if FormToken::is_of(sent, app, session) { Ok(()) } else { Err(Error::FormExpired) }
    }

    /// A text of the form, without what stands in no text: the first of that name, none where it is empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.texts.iter().find(|(found, _)| found == name);
        found.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    }

    /// All texts of that name.
    pub fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts.iter().filter(move |(found, _)| found == name).map(|(_, text)| text.as_str())
    }

    /// The names of the texts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(name, _)| name.as_str())
    }

    /// What a key of the request stands for. What separates the parts of a form differs each time that it is sent, so it
    /// is not the body that counts, but what it says.
    pub fn request_sha256(&self) -> [u8; 32] {
        let mut sha256 = Sha256::new().chain_update(&self.head);
        let file = self.file.as_ref().map(|file| [file.name.as_str(), file.media_type.as_str(), file.sha256.as_str()]);
        let texts = self.texts.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]);
        for part in texts.chain(file.into_iter().flatten()) {
            sha256.update((part.len() as u64).to_be_bytes());
            sha256.update(part);
        }
        sha256.finalize().into()
    }
}

async fn keep(app: &App, name: &str, field: Field<'_>) -> Result<EvidenceFile> {
    let name = FileName::parse(name).map_err(|error| at("file", error.to_string()))?;
    let media_type = field.content_type().map(str::to_ascii_lowercase);
    let media_type = media_type.and_then(|text| MediaType::parse(text.split(';').next()?.trim()).ok());
    let stored = app.blobs().put(Box::pin(chunks(app, field)), FILE_BYTES_MAX).await?;
    if stored.bytes == 0 {
        return Err(at("file", "is empty"));
    }
    let media_type = media_type.unwrap_or_else(MediaType::unknown);
    Ok(EvidenceFile { bytes: stored.bytes, media_type, name, sha256: stored.sha256 })
}

fn chunks<'a>(app: &'a App, field: Field<'a>) -> impl Stream<Item = Result<Bytes>> + 'a {
    stream::try_unfold(field, move |mut field| async move {
        let chunk = within(app, field.chunk()).await?;
        Ok(chunk.map(|chunk| (chunk, field)))
    })
}

/// The next part of a body. How long a whole file takes is the line's affair; each part must come in the time that a
/// short body has. No transaction is open here, so a deadline may cut this off.
async fn within<T>(app: &App, next: impl Future<Output = Result<Option<T>, MultipartError>>) -> Result<Option<T>> {
    let deadline: Duration = app.body_deadline();
    let next = tokio::time::timeout(deadline, next).await;
    let next = next.map_err(|_| Error::BodyTooSlow { seconds: deadline.as_secs() })?;
    next.map_err(|error| match error.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
            Error::BodyTooLarge { limit: usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX) }
        }
        _ => Error::BadRequest(error.body_text()),
    })
}

fn at(name: &str, rule: impl Into<String>) -> Error {
    Error::invalid(format!("/{name}"), rule)
}
