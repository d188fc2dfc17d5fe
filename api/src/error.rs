//! One error for everything that a request can meet, and one `match` from it to an answer: an RFC 9457 problem document
//! whose `type` is stable.

use std::time::Duration;

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::credential::NotFresh;
use domain::organisation::Granters;
use serde::Serialize;
use store::append::AppendError;
use store::blobs::BlobError;
use store::recording::{LoadError, RecordError};
use store::vault::VaultError;
use thiserror::Error;

/// What endpoints answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// No API key, or none that is good now; which of both is not said.
    #[error("sign in, or send an API key that is good now: Authorization: Bearer cs_…")]
    Unauthenticated,
    /// Not the secret of the operator's jobs.
    #[error("the secret of jobs is needed, the setting cron_secret: Authorization: Bearer …")]
    JobSecretNeeded,
    /// The key is good, but not for this.
    #[error("the API key lacks the scope {0}")]
    ScopeMissing(&'static str),
    /// The key is a program's, and this is done by a member.
    #[error("this takes a member's own API key")]
    KeyOfNobody,
    /// It takes somebody who is signed in, and no key.
    #[error("this takes somebody who is signed in; no API key does it")]
    SessionNeeded,
    /// The member's roles do not allow it.
    #[error("none of this member's roles allows it: {0}")]
    PermissionMissing(&'static str),
    /// The organisation's policy lets others give access, namely these.
    #[error("{}", who_may(*.0))]
    NotGranter(Granters),
    /// The act is privileged, and the member has not confirmed who they are lately.
    #[error(transparent)]
    NotFresh(NotFresh),
    /// No such thing, or it is somebody else's; which of both is not said.
    #[error("there is nothing here for whoever asks")]
    NotFound,
    /// A form without the token of its session.
    #[error("the form is of another session, or of none")]
    FormExpired,
    /// Another site had a browser send this.
    #[error("the request was begun on another site")]
    CrossSite,
    /// The method is not one of this address.
    #[error("this address has other methods")]
    MethodNotAllowed,
    /// The request is for another host.
    #[error("this service goes by another name")]
    Misdirected,
    /// A header, path or query that cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// The body is not `application/json`.
    #[error("the body must be application/json")]
    UnsupportedMediaType,
    /// The body is of none of the types that this address takes.
    #[error("the body must be {0}")]
    OtherMediaType(&'static str),
    /// The body is larger than this address takes.
    #[error("a request body has at most {limit} bytes here")]
    BodyTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("the request body did not arrive within {seconds} seconds")]
    BodyTooSlow {
        /// The deadline.
        seconds: u64,
    },
    /// The connection ended before the body did.
    #[error("the request body ended early")]
    BodyIncomplete,
    /// A member of the body, or a parameter, breaks a rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// A JSON pointer into the body, or the name of a query parameter.
        field: String,
        /// What holds there.
        rule: String,
    },
    /// The thing is in a state in which this cannot be done.
    #[error("{0}")]
    Conflict(String),
    /// The grant does not allow it, and the refusal is recorded. The word is the entry's `reason`.
    #[error("the grant does not allow this: {0}")]
    Refused(&'static str),
    /// There were too many attempts, counted before it was known whether any of them was good.
    #[error("there were too many attempts; the next is let through in {}", wait(*retry_after))]
    TooMany {
        /// How long until the next one is let through.
        retry_after: Duration,
    },
    /// Somebody else was faster, several times.
    #[error("it was changed by somebody else at the same time; try again")]
    Contended,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// No checkpoint covers the entry yet.
    #[error("entry {0} is recorded, but no checkpoint covers it yet; one follows within a second or so")]
    NotSealedYet(u64),
    /// What the database holds of an entry is not what was published: somebody changed the one or the other. No key of
    /// ours may sign it, and nobody may take it for the record.
    #[error("the record of entry {index} does not agree with what was published, so it is not given out")]
    RecordDiffers {
        /// The log's origin.
        log: String,
        /// The entry.
        index: u64,
    },
    /// A file of evidence is not there any more, or is not what was recorded. No byte of it is handed out.
    #[error("the file is not what was recorded, so it is not handed out; whoever runs this service is told")]
    FileDiffers(String),
    /// An export was recorded, and no file could be made of it. The text is for the log.
    #[error("that it was exported is recorded, as entry {index}, but no file could be made of it")]
    NotExported {
        /// The entry.
        index: u64,
        /// Why.
        reason: String,
    },
    /// The queue is full.
    #[error("more is written than can be recorded now; nothing of this request was recorded")]
    Overloaded,
    /// What is needed cannot be reached, or the service is stopping. The text is for the log.
    #[error("the service cannot do this now; nothing of this request was recorded")]
    Unavailable(String),
    /// The request was sent to the database, and it could not be asked what became of it.
    #[error(
        "it is not known whether this request was recorded: ask /v1/idempotency/{{key}}, or send it again with the same Idempotency-Key"
    )]
    OutcomeUnknown,
    /// The service is wrong. The text is for the log.
    #[error("something is wrong in the service; the request id helps to find out what")]
    Internal(String),
}

/// Who gives access, in S1's words where only owners do (S1-58, C11).
const fn who_may(granters: Granters) -> &'static str {
    match granters {
        Granters::Owner => "Only owners can grant auditor access",
        Granters::OwnerAdmin => "Only owners and admins can grant auditor access",
        Granters::Permission => "Only members with the permission grants_write can grant auditor access",
    }
}

/// How long to wait, in words: `40 seconds`, `12 minutes`.
fn wait(time: Duration) -> String {
    match time.as_secs() {
        1 => "a second".to_owned(),
        seconds @ ..=120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl Error {
    /// A rule broken at a place of the body.
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), rule: rule.into() }
    }

    /// A failure that no request should be able to cause.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// Status, last part of the `type` and title: the whole mapping, in one place.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "Not signed in"),
            Self::JobSecretNeeded => (StatusCode::UNAUTHORIZED, "unauthenticated", "Not the secret of jobs"),
            Self::ScopeMissing(_) => (StatusCode::FORBIDDEN, "scope-missing", "Not allowed with this API key"),
            Self::KeyOfNobody => (StatusCode::FORBIDDEN, "key-of-nobody", "Not allowed with this API key"),
            Self::SessionNeeded => (StatusCode::FORBIDDEN, "session-needed", "Not allowed with an API key"),
            Self::PermissionMissing(_) => (StatusCode::FORBIDDEN, "permission-missing", "Not allowed for this member"),
            Self::NotGranter(_) => (StatusCode::FORBIDDEN, "not-granter", "Not allowed to give access"),
            Self::NotFresh(_) => (StatusCode::FORBIDDEN, "not-fresh", "Not confirmed lately"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::FormExpired => (StatusCode::FORBIDDEN, "form-expired", "The form is no longer valid"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross-site", "From another site"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "misdirected", "Another host"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad-request", "Not understood"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not JSON"),
            Self::OtherMediaType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Of another type")
            }
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Too large"),
            Self::BodyTooSlow { .. } => (StatusCode::REQUEST_TIMEOUT, "body-too-slow", "Too slow"),
            Self::BodyIncomplete => (StatusCode::BAD_REQUEST, "body-incomplete", "Incomplete"),
            Self::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A rule is broken"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict", "Not possible in this state"),
            Self::Refused(_) => (StatusCode::FORBIDDEN, "refused", "Not allowed by the grant"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many attempts"),
            Self::Contended => (StatusCode::CONFLICT, "contended", "Changed at the same time"),
            Self::IdempotencyMismatch => (StatusCode::CONFLICT, "idempotency-mismatch", "Another request had this key"),
            Self::NotSealedYet(_) => (StatusCode::NOT_FOUND, "not-sealed-yet", "Not sealed yet"),
            Self::FileDiffers(_) => (StatusCode::SERVICE_UNAVAILABLE, "file-differs", "Not what was recorded"),
            Self::NotExported { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not-exported", "Recorded, but not made"),
            Self::RecordDiffers { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "record-differs", "Not the record that was published")
            }
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Overloaded"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now"),
            Self::OutcomeUnknown => (StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown", "Outcome unknown"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::NotSealedYet(_) | Self::Overloaded | Self::Contended => Some(1),
            Self::Unavailable(_) | Self::OutcomeUnknown => Some(5),
            Self::TooMany { retry_after } => Some(retry_after.as_secs()),
            _ => None,
        }
    }
}

/// An RFC 9457 problem document.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// What kind of problem: `/problems/` and a word that stays the same.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This problem in a sentence.
    pub detail: String,
    /// Where a rule is broken: a JSON pointer into the body, or the name of a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The rule that is broken there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip)]
    slug: &'static str,
}

impl Problem {
    /// The word of its kind.
    pub fn slug(&self) -> &'static str {
        self.slug
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, slug, title) = self.kind();
        log(&self);
        let detail = self.to_string();
        let retry_after = self.retry_after_seconds();
        let (field, rule) = match self {
            Self::Invalid { field, rule } => (Some(field), Some(rule)),
            _ => (None, None),
        };
        let problem =
            Problem { kind: format!("/problems/{slug}"), title, status: status.as_u16(), detail, field, rule, slug };
        let body = serde_json::to_vec(&problem).expect("a problem is plain JSON");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // Pages show it to people in their own way: `web::errors`.
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // Which methods there are stands in the description of the interface.
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            }
            _ => {}
        }
        response.extensions_mut().insert(problem);
        response
    }
}

fn log(error: &Error) {
    match error {
        Error::Internal(reason) => tracing::error!(reason, "a request met an internal error"),
        Error::RecordDiffers { log, index } => {
            tracing::error!(
                log,
                index,
                "the record does not agree with what was published: an operator must look at it"
            );
        }
        Error::FileDiffers(reason) => {
            tracing::error!(reason, "a file of evidence is not what was recorded: an operator must look at it");
        }
        Error::Unavailable(reason) => tracing::warn!(reason, "a request could not be done now"),
        Error::OutcomeUnknown => tracing::warn!("the outcome of a write is unknown"),
        _ => {}
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::EventCount(_) => Self::invalid("/events", error.to_string()),
            AppendError::TooLarge(_) => Self::invalid("", error.to_string()),
            AppendError::Overloaded => Self::Overloaded,
            AppendError::Conflict { .. } => Self::Contended,
            AppendError::IdempotencyMismatch => Self::IdempotencyMismatch,
            AppendError::NoSuchLog(_) => Self::NotFound,
            AppendError::OutcomeUnknown => Self::OutcomeUnknown,
            AppendError::DoesNotFit { .. } | AppendError::Refused(_) => Self::Internal(error.to_string()),
            AppendError::KeyNotHeld(_)
            | AppendError::NotAnExtension(_)
            | AppendError::Unavailable(_)
            | AppendError::Stopping => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Database(error) => error.into(),
            VaultError::Contended => Self::Unavailable(error.to_string()),
            VaultError::Person { .. } => Self::invalid("", error.to_string()),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooLarge { limit } => Self::BodyTooLarge { limit: usize::try_from(limit).unwrap_or(usize::MAX) },
            // Whoever sends a file says by this error what was wrong with the sending.
            BlobError::Source(source) => match source.downcast::<Error>() {
                Ok(error) => *error,
                Err(_) => Self::BodyIncomplete,
            },
            BlobError::Full(_) => Self::Unavailable(error.to_string()),
            BlobError::Missing(_) | BlobError::Altered { .. } => Self::FileDiffers(error.to_string()),
            BlobError::Io { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Database(error) => error.into(),
            RecordError::Vault(error) => error.into(),
            RecordError::Append(error) => error.into(),
            // The parts of our own events are checked before: what is left is their length together.
            RecordError::Draft { kind, source } => Self::invalid("", format!("{kind}: {source}")),
        }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Database(error) => error.into(),
            // The log holds what this program cannot read: an operator has to look.
            other => Self::Internal(format!("{other:?}")),
        }
    }
}

/// A database that refuses a statement is our mistake; one that does not answer is down.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unavailable(error.to_string())
            }
            // Classes 08, 53, 57: connection, resources, operator intervention (also statement and lock timeouts: 55P03).
            sqlx::Error::Database(refused)
                if refused.code().is_some_and(|code| {
                    ["08", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "55P03"
                }) =>
            {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Internal(error.to_string()),
        }
    }
}
