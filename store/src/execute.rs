//! Commands: load, decide, append, and return what was appended.
//!
//! The framework's own `execute` returns nothing, dispatches after the commit (lost in a crash) and does not retry; this
//! one does none of the first two and retries when somebody else was faster.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::context::Ctx;
use ledger::vocabulary::{Recorded, SubjectError};

use crate::append::{AppendError, Appended, IdempotencyKey, LogId};
use crate::commit;
use crate::entries;
use crate::event_store::{EventStore, stream_of};
use crate::open::Ledger;
use crate::recording::{LoadError, RecordError};

/// How often a command is decided before it gives up. Each loss means that somebody else's command on the same aggregate
/// was appended; so many in a row happen to nobody who is not in a crowd.
pub const DECISIONS_MAX: u32 = 8;

/// Why a command came to nothing, or why that is not known.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E: std::error::Error + 'static> {
    /// The id cannot be an aggregate's.
    #[error("no aggregate can have this id")]
    Id(#[source] SubjectError),
    /// The aggregate does not allow it.
    #[error(transparent)]
    Refused(E),
    /// Others were faster, again and again.
    #[error("others changed {stream} {DECISIONS_MAX} times while this was being decided")]
    Contended {
        /// The aggregate's stream.
        stream: String,
    },
    /// The aggregate could not be loaded.
    #[error("the aggregate could not be loaded")]
    Load(#[from] LoadError),
    /// What was decided was not appended, or is not known to be.
    #[error(transparent)]
    Record(RecordError),
}

/// Decides a command on an aggregate as it stands and appends what was decided; when somebody else was faster, decides
/// again on what they left. A request that is sent again with its idempotency key gets its first answer, also where the
/// aggregate would refuse it by now.
///
/// # Errors
/// [`ExecuteError`]; only [`AppendError::OutcomeUnknown`] within it leaves open whether something was appended.
pub async fn execute<A>(
    ledger: &Ledger,
    log: LogId,
    ctx: &Ctx,
    id: &str,
    command: A::Command,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended, ExecuteError<A::Error>>
where
    A: Aggregate<Services = Ctx>,
    A::Command: Clone,
    A::Event: Recorded,
    A::Error: 'static,
{
    let stream = stream_of::<A>(id).map_err(ExecuteError::Id)?;
    let store = EventStore::new(ledger.clone(), log, ctx.clone());
    for _ in 0..DECISIONS_MAX {
        let mut loaded = store.load::<A>(&stream).await?;
        let sink = EventSink::default();
        if let Err(refusal) = loaded.aggregate.handle(command.clone(), ctx, &sink).await {
            let earlier = first_answer(ledger, log, idempotency.as_ref()).await.map_err(ExecuteError::Record)?;
            return earlier.ok_or(ExecuteError::Refused(refusal));
        }
        match store.append(&stream, loaded.version, &sink.collect().await, idempotency.clone()).await {
            Ok(appended) => return Ok(appended),
            Err(RecordError::Append(AppendError::Conflict { .. })) => {}
            Err(error) => return Err(ExecuteError::Record(error)),
        }
    }
    Err(ExecuteError::Contended { stream: stream.to_string() })
}

/// Decides a command on an aggregate as somebody has seen it, at this version of its stream, and appends what was decided.
/// Where anything was appended since, it is for them to look again: nothing is decided anew.
///
/// # Errors
/// As [`execute`]; [`AppendError::Conflict`] within it where the stream is at another version.
pub async fn execute_at<A>(
    ledger: &Ledger,
    log: LogId,
    ctx: &Ctx,
    id: &str,
    version: u32,
    command: A::Command,
) -> Result<Appended, ExecuteError<A::Error>>
where
    A: Aggregate<Services = Ctx>,
    A::Event: Recorded,
    A::Error: 'static,
{
    let stream = stream_of::<A>(id).map_err(ExecuteError::Id)?;
    let store = EventStore::new(ledger.clone(), log, ctx.clone());
    let mut loaded = store.load::<A>(&stream).await?;
    if loaded.version != version {
        let (stream, expected, actual) = (stream.to_string(), version, loaded.version);
        return Err(ExecuteError::Record(AppendError::Conflict { stream, expected, actual }.into()));
    }
    let sink = EventSink::default();
    loaded.aggregate.handle(command, ctx, &sink).await.map_err(ExecuteError::Refused)?;
    store.append(&stream, version, &sink.collect().await, None).await.map_err(ExecuteError::Record)
}

/// What a request with this key was answered before. The aggregate refuses the second of two equal requests because the
/// first was granted: the caller is to learn of that one.
///
/// # Errors
/// [`RecordError`]: the database cannot be asked, or the key was used for another request.
pub async fn first_answer(
    ledger: &Ledger,
    log: LogId,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<Appended>, RecordError> {
    let Some(key) = idempotency else { return Ok(None) };
    let mut conn = ledger.reader().acquire().await?;
    let answers = commit::load_answers(&mut conn, log, &[key]).await?;
    let Some(answer) = answers.into_iter().next() else { return Ok(None) };
    if answer.key.request_sha256 != key.request_sha256 {
        return Err(AppendError::IdempotencyMismatch.into());
    }
    let entries = entries::range(&mut *conn, log, answer.first_index, answer.count).await?;
    Ok(Some(Appended::earlier(entries)?))
}
