//! cqrs-es's `EventStore` over the ledger: a stream is loaded in full, decided on, and appended to at the version loaded.
//!
//! There are no snapshots: an aggregate's stream is short by design, and the framework's snapshot modes apply events
//! twice (measured).

use std::collections::HashMap;

/// What can be loaded and decided on, for callers that are generic over it.
pub use cqrs_es::Aggregate;
use cqrs_es::{AggregateContext, AggregateError, EventEnvelope};
use domain::context::Ctx;
use ledger::vocabulary::{Recorded, Subject, SubjectError};
use uuid::Uuid;

use crate::append::{self, AppendError, Appended, ExpectedVersion, IdempotencyKey, LogId};
use crate::entries;
use crate::open::Ledger;
use crate::recording::{self, LoadError, RecordError};
use crate::vault;

/// The aggregates of one log, in the circumstances of one act.
#[derive(Clone)]
pub struct EventStore {
    ledger: Ledger,
    log: LogId,
    ctx: Ctx,
}

/// An aggregate with the version at which it was loaded.
pub struct Loaded<A> {
    /// The stream it stands in.
    pub stream: Subject,
    /// The version of its last event, 0 where there is none.
    pub version: u32,
    /// The state after that event.
    pub aggregate: A,
}

/// An aggregate as it stands, by its whole stream: to read it. [`EventStore::load`] does the same for an act.
///
/// # Errors
/// [`LoadError`]. An aggregate that is not there is no error: it is in its first state.
pub async fn load<A>(ledger: &Ledger, log: LogId, stream: &Subject) -> Result<A, LoadError>
where
    A: Aggregate,
    A::Event: Recorded,
{
    Ok(loaded(stream, events::<A>(ledger, log, stream, Empty::Shorter).await?).aggregate)
}

/// The same for a stream that whoever asks has named, and who is not to learn from the time that it takes whether it is
/// there: the same statements are run either way.
///
/// # Errors
/// As [`load`].
pub async fn load_alike<A>(ledger: &Ledger, log: LogId, stream: &Subject) -> Result<A, LoadError>
where
    A: Aggregate,
    A::Event: Recorded,
{
    Ok(loaded(stream, events::<A>(ledger, log, stream, Empty::Alike).await?).aggregate)
}

impl EventStore {
    /// A store for one act.
    pub fn new(ledger: Ledger, log: LogId, ctx: Ctx) -> Self {
        Self { ledger, log, ctx }
    }

    /// The aggregate as it stands, by its whole stream, with its version.
    ///
    /// # Errors
    /// [`LoadError`]. An aggregate that is not there is no error: it is in its first state, at version 0.
    pub async fn load<A>(&self, stream: &Subject) -> Result<Loaded<A>, LoadError>
    where
        A: Aggregate,
        A::Event: Recorded,
    {
        Ok(loaded(stream, events::<A>(&self.ledger, self.log, stream, Empty::Shorter).await?))
    }

    /// Appends what was decided on `stream` at `version`, or nothing if it has moved on.
    ///
    /// # Errors
    /// [`RecordError`]; [`AppendError::Conflict`] within it when somebody else was faster.
    pub async fn append<E: Recorded>(
        &self,
        stream: &Subject,
        version: u32,
        events: &[E],
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Appended, RecordError> {
        let events = recording::drafts(&self.ledger, self.log, &self.ctx, stream, events).await?;
        Ok(self.ledger.append(self.log, events, ExpectedVersion::Exact(version), idempotency).await?)
    }
}

/// A stream's events from the first. Entries are hashed again and compared with what was stored beside them.
async fn events<A>(ledger: &Ledger, log: LogId, stream: &Subject, empty: Empty) -> Result<Vec<A::Event>, LoadError>
where
    A: Aggregate,
    A::Event: Recorded,
{
    let mut conn = ledger.reader().acquire().await?;
    let entries = entries::of_stream(&mut *conn, log, stream, 0).await?;
    check_versions(stream, &entries)?;
    if let (true, Empty::Alike) = (entries.is_empty(), empty) {
        // Data keys are asked for where something is sealed.
        vault::keys_by_id(&mut conn, log, &[Uuid::nil()]).await?;
    }
    recording::read(&mut conn, log, &entries).await
}

/// What is done about a stream without entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// No more than is needed.
    Shorter,
    /// As much as for any other.
    Alike,
}

fn loaded<A: Aggregate>(stream: &Subject, events: Vec<A::Event>) -> Loaded<A> {
    let version = u32::try_from(events.len()).expect("a stream has at most 2^31 - 1 entries (spec §2)");
    let mut aggregate = A::default();
    for event in events {
        aggregate.apply(event);
    }
    Loaded { stream: stream.clone(), version, aggregate }
}

/// Versions are 1, 2, 3 … without gap or repetition (spec §2).
fn check_versions(stream: &Subject, entries: &[append::Committed]) -> Result<(), LoadError> {
    for (expected, entry) in (1..).zip(entries) {
        let found = entry.stream.as_ref().map_or(0, |(_, version)| *version);
        if found != expected {
            return Err(LoadError::Gap { stream: stream.to_string(), expected, found });
        }
    }
    Ok(())
}

/// The stream of an aggregate: its type and its id.
///
/// # Errors
/// When the id has characters that no stream can have.
pub fn stream_of<A: Aggregate>(id: &str) -> Result<Subject, SubjectError> {
    Subject::parse(&format!("{}/{id}", A::TYPE))
}

impl<A: Aggregate> AggregateContext<A> for Loaded<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl<A> cqrs_es::EventStore<A> for EventStore
where
    A: Aggregate<Services = Ctx>,
    A::Event: Recorded,
{
    type AC = Loaded<A>;

    async fn load_events(&self, id: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let stream = stream_of::<A>(id).map_err(unexpected)?;
        let events = events::<A>(&self.ledger, self.log, &stream, Empty::Shorter).await.map_err(not_loaded)?;
        Ok(envelopes(id, 0, events))
    }

    async fn load_aggregate(&self, id: &str) -> Result<Loaded<A>, AggregateError<A::Error>> {
        let stream = stream_of::<A>(id).map_err(unexpected)?;
        self.load(&stream).await.map_err(not_loaded)
    }

    /// Metadata must be empty: an entry has its context from [`Ctx`] and no place for more.
    async fn commit(
        &self,
        events: Vec<A::Event>,
        loaded: Loaded<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if !metadata.is_empty() {
            return Err(AggregateError::UnexpectedError("an entry has no place for metadata".into()));
        }
        if events.is_empty() {
            return Ok(Vec::new());
        }
        self.append(&loaded.stream, loaded.version, &events, None).await.map_err(not_recorded)?;
        Ok(envelopes(loaded.stream.id(), loaded.version, events))
    }
}

fn envelopes<A: Aggregate>(id: &str, above: u32, events: Vec<A::Event>) -> Vec<EventEnvelope<A>> {
    let first = above as usize + 1;
    let envelope = |(sequence, payload)| EventEnvelope {
        aggregate_id: id.to_owned(),
        sequence,
        payload,
        metadata: HashMap::new(),
    };
    (first..).zip(events).map(envelope).collect()
}

fn not_loaded<E: std::error::Error>(error: LoadError) -> AggregateError<E> {
    match error {
        LoadError::Database(error) => AggregateError::DatabaseConnectionError(error.into()),
        LoadError::Event { .. } => AggregateError::DeserializationError(error.into()),
        LoadError::Entry { .. } | LoadError::Gap { .. } | LoadError::Sealed { .. } => unexpected(error),
    }
}

fn not_recorded<E: std::error::Error>(error: RecordError) -> AggregateError<E> {
    match error {
        RecordError::Append(AppendError::Conflict { .. }) => AggregateError::AggregateConflict,
        RecordError::Database(error) => AggregateError::DatabaseConnectionError(error.into()),
        RecordError::Vault(_) | RecordError::Draft { .. } | RecordError::Append(_) => unexpected(error),
    }
}

fn unexpected<E: std::error::Error>(error: impl std::error::Error + Send + Sync + 'static) -> AggregateError<E> {
    AggregateError::UnexpectedError(error.into())
}
