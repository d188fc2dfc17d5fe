//! From what happened to what is appended, and back: sealing personal parts on the way in, opening them on the way out.

use std::collections::{BTreeSet, HashMap};

use domain::context::Ctx;
use ledger::draft::{self, Draft, DraftError, DraftParts};
use ledger::entry::{Context, Entry, EntryError};
use ledger::name::{EventType, Origin};
use ledger::sealed::{DataKey, OpenError, SealedValue};
use ledger::vocabulary::{Kind, OpenedPart, Personal, ReadError, Recorded, Stored, Subject};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::append::{self, AppendError, Appended, ExpectedVersion, IdempotencyKey, LogId, NewEvent};
use crate::commit;
use crate::open::Ledger;
use crate::vault::{self, VaultError};

/// Why something that happened was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The database could not be asked for what an entry needs; nothing was appended.
    #[error("the database is not available")]
    Database(#[from] sqlx::Error),
    /// There is no data key to seal under; nothing was appended.
    #[error("no data key to seal under")]
    Vault(#[from] VaultError),
    /// The event cannot be an entry; nothing was appended.
    #[error("{kind} cannot be an entry")]
    Draft {
        /// Which event.
        kind: Kind,
        /// Why.
        #[source]
        source: DraftError,
    },
    /// Not appended, or not known to be.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Why entries do not read as events of a vocabulary.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database could not be asked, or an entry differs from what was stored beside it.
    #[error("the entries could not be read")]
    Database(#[from] sqlx::Error),
    /// The bytes are no entry.
    #[error("entry {index} does not parse")]
    Entry {
        /// Its place in the log.
        index: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// The stream has a gap or a repetition.
    #[error("stream {stream} continues with version {found} where {expected} should follow")]
    Gap {
        /// The stream.
        stream: String,
        /// The version that should stand there.
        expected: u32,
        /// The version that does.
        found: u32,
    },
    /// A sealed value does not open with the key that it names.
    #[error("the sealed value {field} of entry {index} does not open")]
    Sealed {
        /// The entry's place in the log.
        index: u64,
        /// Which value.
        field: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// The entry is no event of the vocabulary.
    #[error("entry {index} does not read")]
    Event {
        /// Its place in the log.
        index: u64,
        /// Why.
        #[source]
        source: ReadError,
    },
}

/// Appends one event that no decision depends on: activity. Nothing is loaded but data keys.
///
/// # Errors
/// [`RecordError`]; see there what each leaves behind.
pub async fn record<E: Recorded>(
    ledger: &Ledger,
    log: LogId,
    ctx: &Ctx,
    stream: &Subject,
    event: &E,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended, RecordError> {
    let events = drafts(ledger, log, ctx, stream, std::slice::from_ref(event)).await?;
    Ok(ledger.append(log, events, ExpectedVersion::Any, idempotency).await?)
}

/// Events of one act as they are appended, what is personal in them and in their context to be sealed.
pub(crate) async fn drafts<E: Recorded>(
    ledger: &Ledger,
    log: LogId,
    ctx: &Ctx,
    stream: &Subject,
    events: &[E],
) -> Result<Vec<NewEvent>, RecordError> {
    let personal = events.iter().map(|event| [event.personal(), ctx.personal()].concat()).collect();
    let mut conn = ledger.reader().acquire().await?;
    let origin = commit::load_origin(&mut conn, log).await?.ok_or(AppendError::NoSuchLog(log))?;
    let personal = vault::with_keys(&mut conn, log, personal).await?;
    let events = events.iter().zip(personal);
    events.map(|(event, personal)| draft(&origin, ctx, stream, event, personal).map(NewEvent::from)).collect()
}

fn draft<E: Recorded>(
    origin: &Origin,
    ctx: &Ctx,
    stream: &Subject,
    event: &E,
    personal: Vec<draft::Personal>,
) -> Result<Draft, RecordError> {
    let kind = event.kind();
    let parts = DraftParts {
        event_type: EventType::parse(kind.name).expect("frozen names are types"),
        version: kind.version,
        subject: event.subject(stream),
        stream: Some(stream.clone()),
        actor: ctx.actor.clone(),
        outcome: event.outcome(),
        context: context(ctx),
        detail: event.detail(),
        personal,
    };
    Draft::new(origin, parts).map_err(|source| RecordError::Draft { kind, source })
}

/// What of the circumstances stands in the clear; address and user agent are sealed.
pub(crate) fn context(ctx: &Ctx) -> Context {
    Context {
        request_id: ctx.request_id.clone(),
        session: ctx.session.as_ref().map(ToString::to_string),
        service: ctx.service.clone(),
        ip: None,
        user_agent: None,
    }
}

/// Committed entries as the events that they record, in the same order. Values whose data key is gone are erased.
///
/// # Errors
/// [`LoadError`], at the first entry that does not read.
pub async fn read<E: Recorded>(
    conn: &mut PgConnection,
    log: LogId,
    entries: &[append::Committed],
) -> Result<Vec<E>, LoadError> {
    let (entries, keys) = with_keys(conn, log, entries).await?;
    entries.iter().map(|entry| read_one(entry, &keys)).collect()
}

/// Committed entries, parsed, with those data keys of their sealed values that are still there. One query.
pub(crate) async fn with_keys(
    conn: &mut PgConnection,
    log: LogId,
    entries: &[append::Committed],
) -> Result<(Vec<Entry>, HashMap<Uuid, DataKey>), LoadError> {
    let parse = |entry: &append::Committed| {
        Entry::parse(&entry.bytes).map_err(|source| LoadError::Entry { index: entry.index, source })
    };
    let entries: Vec<Entry> = entries.iter().map(parse).collect::<Result<_, _>>()?;
    let kids: BTreeSet<&str> = entries.iter().flat_map(|entry| &entry.sealed).map(SealedValue::kid).collect();
    let kids: Vec<Uuid> = kids.into_iter().filter_map(|kid| Uuid::parse_str(kid).ok()).collect();
    let keys = vault::keys_by_id(conn, log, &kids).await?;
    Ok((entries, keys))
}

fn read_one<E: Recorded>(entry: &Entry, keys: &HashMap<Uuid, DataKey>) -> Result<E, LoadError> {
    let index = entry.sequence;
    let personal: Vec<OpenedPart> = opened(entry, keys)?;
    let stored = Stored {
        name: entry.event_type.as_str(),
        version: entry.version,
        subject: &entry.subject,
        outcome: &entry.outcome,
        detail: entry.detail.clone(),
        personal: &personal,
    };
    domain::event::read(stored).map_err(|source| LoadError::Event { index, source })
}

/// An entry's sealed values, in its order. One whose data key is gone is erased.
pub(crate) fn opened(entry: &Entry, keys: &HashMap<Uuid, DataKey>) -> Result<Vec<OpenedPart>, LoadError> {
    let open = |sealed: &SealedValue| {
        let (field, of) = (sealed.field().to_owned(), sealed.of());
        let Some(key) = Uuid::parse_str(sealed.kid()).ok().and_then(|kid| keys.get(&kid)) else {
            return Ok(OpenedPart { field, of, value: Personal::Erased });
        };
        match sealed.open(&entry.origin, entry.id, key) {
            Ok(text) => Ok(OpenedPart { field, of, value: Personal::Known(text.to_string()) }),
            Err(source) => Err(LoadError::Sealed { index: entry.sequence, field, source }),
        }
    };
    entry.sealed.iter().map(open).collect()
}
