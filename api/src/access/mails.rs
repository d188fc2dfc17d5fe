//! The mail log: what is sent, to whom by role, about what, and what became of it. No body and no address stands in it.

use sqlx::PgConnection;
use store::append::LogId;
use store::column::to_i64;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Result;
use crate::mail::{Queued, Reader, SendError, Sent};

/// A mail that is sent within a request, before it is tried.
#[derive(Clone, Copy, Debug)]
pub struct NewMail<'a> {
    /// Drawn by whoever sends it.
    pub id: Uuid,
    /// As [`Message::kind`](crate::mail::Message::kind) says it.
    pub kind: &'static str,
    /// Who reads it.
    pub reader: Reader,
    /// The grant or the member.
    pub about: Uuid,
    /// With its angle brackets.
    pub message_id: &'a str,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// One of the words of `access.mails.state`.
    pub state: &'static str,
    /// Why, as a word or as the server's code.
    pub reason: Option<String>,
}

impl Attempt {
    /// By the answer of the transport.
    pub fn of(sent: Result<Sent, SendError>) -> Self {
        match sent {
            Ok(sent) => Self { state: sent.state(), reason: None },
            Err(error) => Self { state: error.state(), reason: error.reason() },
        }
    }
}

/// Records that a mail is tried now, in the caller's transaction.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn begin(conn: &mut PgConnection, log: LogId, mail: &NewMail<'_>) -> Result<()> {
    sqlx::query!(
        "insert into access.mails (log, id, kind, recipient, about, message_id, attempts)
        values ($1, $2, $3, $4, $5, $6, 1)",
        log.0,
        mail.id,
        mail.kind,
        mail.reader.as_str(),
        mail.about,
        mail.message_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a letter into the outbox, unless the entry has caused it before.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn enqueue(
    conn: &mut PgConnection,
    log: LogId,
    kind: Queued,
    about: Uuid,
    cause_index: u64,
    message_id: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into access.mails (log, id, kind, recipient, about, cause_index, message_id, next_attempt_at)
        values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
        on conflict do nothing",
        log.0,
        Uuid::now_v7(),
        kind.as_str(),
        kind.reader().as_str(),
        about,
        to_i64(cause_index),
        message_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records what became of an attempt, and when the next one is, if any.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn settle(
    conn: &mut PgConnection,
    log: LogId,
    id: Uuid,
    attempt: Attempt,
    next_attempt_at: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "update access.mails
        set state = $3,
            reason = $4,
            next_attempt_at = $5,
            sent_at = case when $3 = 'sent' then clock_timestamp() end
        where log = $1 and id = $2",
        log.0,
        id,
        attempt.state,
        attempt.reason,
        next_attempt_at
    )
    .execute(conn)
    .await?;
    Ok(())
}
