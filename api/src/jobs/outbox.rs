//! Sends what the outbox holds, and tries again what did not go out.
//!
//! All replicas may do so: whoever takes a mail moves its next attempt on first, in one statement, so that nobody else
//! makes the same. A process that dies in the middle leaves a mail that is tried again, under the same id, so that its
//! reader's mail program sees one.

use std::time::Duration;

use domain::name::GrantId;
use ledger::time::Timestamp;
use sqlx::PgConnection;
use store::append::LogId;
use store::column::to_u64;
use store::logs;
use store::repeats::Repeats;
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::access::column;
use crate::access::mails::{self, Attempt};
use crate::app::App;
use crate::error::Result;
use crate::mail::{self, Envelope, Message, MessageId, NotWritten, Queued, SendError, Sent};

/// Mails at once. A mail server that answers slowly holds up so many, and not the rest of the service.
const AT_ONCE: i64 = 4;
/// For one attempt, with the letter to be written and 10 seconds for the server: then somebody else may try.
const TAKEN_FOR: time::Duration = time::Duration::minutes(2);
/// After the first attempt that failed; each further wait is twice as long.
const FIRST_WAIT: time::Duration = time::Duration::minutes(1);
/// The longest wait: a server that is repaired in the evening has everything by morning.
const LONGEST_WAIT: time::Duration = time::Duration::hours(6);
/// A letter that nobody could take for so long is not news any more.
const GIVEN_UP_AFTER: time::Duration = time::Duration::days(3);
/// The state of a mail that nobody tries any more.
const GIVEN_UP: &str = "given_up";
/// How often the outbox is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A database that is away is told of this often.
const SAY_AGAIN_EVERY: Duration = Duration::from_mins(1);

/// Sends until told to stop; then it ends between two looks.
pub async fn run(app: App, stop: CancellationToken) {
    let mut said = Repeats::new(SAY_AGAIN_EVERY);
    while !stop.is_cancelled() {
        match send_due(&app, store::clock::now()).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => {
                if said.is_due((), &error.to_string(), Instant::now().into_std()) {
                    tracing::warn!(%error, "the outbox cannot be looked at");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Tries some of what is due by this time. Returns how many it tried.
///
/// # Errors
/// The database does not answer; what was taken by then is tried again later.
pub async fn send_due(app: &App, now: Timestamp) -> Result<usize> {
    let taken = {
        let mut conn = app.ledger().reader().acquire().await?;
        take(&mut conn, column::time(now)).await?
    };
    let tried = taken.len();
    // None is cut off because another could not be settled.
    futures::future::join_all(taken.iter().map(|mail| attempt(app, mail, now))).await;
    Ok(tried)
}

/// A mail of the outbox that this process may try.
struct Due {
    log: LogId,
    id: Uuid,
    kind: String,
    about: Uuid,
    cause_index: i64,
    message_id: String,
    /// With this one.
    attempts: i32,
    created_at: OffsetDateTime,
}

/// What is due by this time, each for this process alone while it tries.
async fn take(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<Due>> {
    let rows = sqlx::query!(
        r#"update access.mails
        set attempts = attempts + 1, next_attempt_at = $2
        where id in (
            select id
            from access.mails
            where next_attempt_at <= $1
            order by next_attempt_at
            limit $3
            for update skip locked
        )
        returning log, id, kind, about, cause_index as "cause_index!", message_id, attempts, created_at"#,
        now,
        now + TAKEN_FOR,
        AT_ONCE
    )
    .fetch_all(conn)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        log: LogId(row.log),
        id: row.id,
        kind: row.kind,
        about: row.about,
        cause_index: row.cause_index,
        message_id: row.message_id,
        attempts: row.attempts,
        created_at: row.created_at,
    });
    Ok(due.collect())
}

/// What came of one attempt.
enum Outcome {
    /// The transport's answer.
    Answered(Result<Sent, SendError>),
    /// There is no letter to send, and will be none.
    Never(&'static str),
    /// It could not be written now.
    NotWritten,
}

/// One attempt. Where what became of it cannot be recorded, somebody tries again later.
async fn attempt(app: &App, mail: &Due, now: Timestamp) {
    let outcome = deliver(app, mail, now).await;
    let (attempt, next) = settled(mail, &outcome, column::time(now));
    if attempt.state == GIVEN_UP {
        let (kind, reason) = (mail.kind.as_str(), attempt.reason.as_deref().unwrap_or_default());
        metrics::counter!("countersign_mails", "kind" => mail.kind.clone(), "state" => GIVEN_UP).increment(1);
        tracing::warn!(kind, message_id = mail.message_id, reason, "a mail was given up");
    }
    if let Err(error) = settle(app, mail, attempt, next).await {
        tracing::warn!(message_id = mail.message_id, %error, "what became of a mail could not be recorded");
    }
}

async fn deliver(app: &App, mail: &Due, now: Timestamp) -> Outcome {
    let (message, envelope) = match letter(app, mail, now).await {
        Ok(letter) => letter,
        Err(NotWritten::Never(reason)) => return Outcome::Never(reason),
        Err(NotWritten::Load(error)) => {
            tracing::warn!(message_id = mail.message_id, %error, "a mail could not be written now");
            return Outcome::NotWritten;
        }
    };
    Outcome::Answered(app.mail().send(&envelope, &message).await)
}

async fn letter(app: &App, mail: &Due, now: Timestamp) -> Result<(Message, Envelope), NotWritten> {
    let info = logs::of(app.ledger().reader(), mail.log).await?.ok_or(NotWritten::Never("no_log"))?;
    let kind = Queued::parse(&mail.kind).ok_or(NotWritten::Never("unknown_kind"))?;
    let grant = GrantId::parse(&mail.about.to_string()).expect("a UUID is the id of a grant");
    let cause_index = to_u64("mails.cause_index", mail.cause_index)?;
    let (message, to) = mail::write(app, &info, kind, &grant, cause_index).await?;
    Ok((message, mail::envelope(app, &info, to, MessageId::kept(&mail.message_id), now)))
}

/// What an outcome is called, and when the mail is tried again, if it is.
fn settled(mail: &Due, outcome: &Outcome, now: OffsetDateTime) -> (Attempt, Option<OffsetDateTime>) {
    let attempt = match outcome {
        Outcome::Answered(sent) => Attempt::of(*sent),
        Outcome::Never(reason) => Attempt { state: GIVEN_UP, reason: Some((*reason).to_owned()) },
        Outcome::NotWritten => Attempt { state: "deferred", reason: Some("not_written".to_owned()) },
    };
    let is_final = match outcome {
        Outcome::Answered(Ok(_)) | Outcome::Never(_) => true,
        Outcome::Answered(Err(error)) => error.is_permanent(),
        Outcome::NotWritten => false,
    };
    if is_final {
        return (attempt, None);
    }
    let next = now + wait_after(mail.attempts);
    if mail.created_at + GIVEN_UP_AFTER < next {
        return (Attempt { state: GIVEN_UP, ..attempt }, None);
    }
    (attempt, Some(next))
}

async fn settle(app: &App, mail: &Due, attempt: Attempt, next: Option<OffsetDateTime>) -> Result<()> {
    let mut conn = app.ledger().reader().acquire().await?;
    mails::settle(&mut conn, mail.log, mail.id, attempt, next).await
}

/// How long to wait after so many attempts.
fn wait_after(attempts: i32) -> time::Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_a_minute_to_six_hours() {
        let minutes: Vec<_> = (1..=11).map(|attempts| wait_after(attempts).whole_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(wait_after(i32::MAX), LONGEST_WAIT);
    }
}
