//! The mail log: what is sent, to whom by role, about what, and what became of it. No body and no address stands in it.

use ledger::time::Timestamp;
use sqlx::PgConnection;
use store::append::LogId;
use store::column::to_i64;
use time::OffsetDateTime;
use uuid::Uuid;

use super::column;
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

/// A mail as the mail log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// As [`Message::kind`](crate::mail::Message::kind) says it.
    pub kind: String,
    /// Who reads it, as [`Reader::as_str`] says it.
    pub recipient: String,
    /// The grant or the member.
    pub about: Uuid,
    /// What became of it.
    pub state: String,
    /// Why, as a word or as the server's code.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
    /// When it is tried next, if it is.
    pub next_attempt_at: Option<OffsetDateTime>,
}

/// The newest mail of these kinds about a grant or a member.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn newest(conn: &mut PgConnection, log: LogId, about: Uuid, kinds: &[&str]) -> Result<Option<Listed>> {
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let mail = sqlx::query_as!(
        Listed,
        "select id, kind, recipient, about, state, reason, attempts, created_at, next_attempt_at
        from access.mails
        where log = $1 and about = $2 and kind = any($3)
        order by created_at desc
        limit 1",
        log.0,
        about,
        &kinds
    )
    .fetch_optional(conn)
    .await?;
    Ok(mail)
}

/// Which mails are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All.
    All,
    /// What a server has taken.
    Sent,
    /// What is tried, or tried again.
    Waiting,
    /// For want of a mailer.
    Skipped,
    /// What nobody tries any more.
    Failed,
}

impl Filter {
    /// In the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::All, Self::Sent, Self::Waiting, Self::Skipped, Self::Failed];

    /// The word for it in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Sent => "sent",
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    /// Reads the word; nothing said is all.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() { Some(Self::All) } else { Self::ALL.into_iter().find(|filter| filter.as_str() == text) }
    }
}

/// A place in the list, behind a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    created_at: OffsetDateTime,
    id: Uuid,
}

impl Cursor {
    /// Behind this mail.
    pub fn of(mail: &Listed) -> Self {
        Self { created_at: mail.created_at, id: mail.id }
    }

    /// Reads what its `Display` form writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('.')?;
        let created_at = column::time(Timestamp::from_micros(micros.parse().ok()?).ok()?);
        Some(Self { created_at, id: Uuid::parse_str(id).ok()? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", column::instant(self.created_at).as_micros(), self.id)
    }
}

/// The mails of an organisation behind a place, newest first, so many at most.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn page(
    conn: &mut PgConnection,
    log: LogId,
    filter: Filter,
    before: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Listed>> {
    let mails = sqlx::query_as!(
        Listed,
        "select id, kind, recipient, about, state, reason, attempts, created_at, next_attempt_at
        from access.mails
        where log = $1
            and case $2::text
                when 'sent' then state = 'sent'
                when 'waiting' then next_attempt_at is not null
                when 'skipped' then state = 'skipped'
                when 'failed' then state not in ('sent', 'skipped') and next_attempt_at is null
                else true
            end
            and ($3::timestamptz is null or (created_at, id) < ($3, $4))
        order by created_at desc, id desc
        limit $5",
        log.0,
        filter.as_str(),
        before.map(|cursor| cursor.created_at),
        before.map(|cursor| cursor.id),
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_all(conn)
    .await?;
    Ok(mails)
}

/// Behind which mail the page of so many begins that ends at a place; none where it is the first.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn page_before(
    conn: &mut PgConnection,
    log: LogId,
    filter: Filter,
    end: Cursor,
    limit: usize,
) -> Result<Option<Cursor>> {
    let cursor = sqlx::query_as!(
        Cursor,
        "select created_at, id
        from access.mails
        where log = $1
            and case $2::text
                when 'sent' then state = 'sent'
                when 'waiting' then next_attempt_at is not null
                when 'skipped' then state = 'skipped'
                when 'failed' then state not in ('sent', 'skipped') and next_attempt_at is null
                else true
            end
            and (created_at, id) >= ($3, $4)
        order by created_at, id
        limit 1 offset $5",
        log.0,
        filter.as_str(),
        end.created_at,
        end.id,
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_optional(conn)
    .await?;
    Ok(cursor)
}
