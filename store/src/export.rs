//! Writes exports of a log (spec §10): the whole log up to a checkpoint that covers everything committed before.
//!
//! First the entry, then the answer: `ledger.exported` is committed, and sealed with the rest, before the first byte.
//!
//! What was written is read back and verified as its reader will: one more pass, with a signature to check for each entry,
//! on all cores. To compare each entry with its published hash while it is written would cost a SHA-256 instead, but leave
//! out signatures, and whatever else makes a verifier refuse the file. Exports are few, so we pay for the answer itself.

use std::fs::File;
use std::io::{self, BufWriter, Seek};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use domain::context::Ctx;
use ledger::draft::{Draft, DraftError, DraftParts};
use ledger::entry::Outcome;
use ledger::export::{Extras, Manifest, choose, write_log, write_selection};
use ledger::name::{EventType, Origin, Reference};
use ledger::tree::{TreeHead, root_at};
use ledger::verify::{self, Status, Unanswered};
use ledger::zip::Source;
use serde_json::json;

pub use ledger::export::{ExportError as WriteError, Query, TypeFilter};

use crate::append::{AppendError, ExpectedVersion, LogId, NewEvent};
use crate::checkpoints::PublishedCheckpoint;
use crate::commit;
use crate::database_log::DatabaseLog;
pub use crate::database_log::Progress;
use crate::entries;
use crate::open::Ledger;
use crate::recording;
use crate::sealing::{NotSealed, seal_up_to};
use crate::seals::SealDirectory;
use crate::tiles::TileDirectory;
use crate::vault::{self, VaultError};

/// How long an export waits for its checkpoint: many times what sealing takes, and little for who would wait in vain.
const SEALED_WITHIN: Duration = Duration::from_mins(1);

/// What is to be exported, and for whom.
#[derive(Clone)]
pub struct ExportRequest {
    /// Who asks, and from where; stands in `ledger.exported`.
    pub ctx: Ctx,
    /// [`Query::All`] for the whole log, else a selection.
    pub query: Query,
    /// Members beside those that it must have.
    pub extras: Extras,
    /// Is told of entries as they are written, and again as they are verified.
    pub progress: Option<Progress>,
    /// On how many threads it is verified at most; on all cores where that is not said.
    pub threads_max: Option<usize>,
}

/// An export that is recorded, and not made yet.
#[derive(Debug)]
pub struct Recorded {
    /// Index of the entry `ledger.exported`.
    pub index: u64,
    /// What its checkpoint covers at least.
    size: u64,
    origin: Origin,
}

/// An export that is written.
#[derive(Debug)]
pub struct Exported {
    /// The file, synced, at its end.
    pub out: File,
    /// What it holds.
    pub manifest: Manifest,
    /// The checkpoint in it.
    pub checkpoint: PublishedCheckpoint,
    /// Index of the entry `ledger.exported`.
    pub recorded: u64,
}

/// Why there is no export. What was written until then is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// A stream of which there is nothing.
    #[error("the stream {0} has no entries")]
    NoSuchStream(Reference),
    /// The entry about the export could not be formed.
    #[error("the entry about the export: {0}")]
    Draft(#[from] DraftError),
    /// There is nothing to seal under what is personal in the entry about the export.
    #[error("the entry about the export: {0}")]
    Vault(#[from] VaultError),
    /// The entry about the export could not be appended.
    #[error("the export was not recorded, so it is not made: {0}")]
    Append(#[from] AppendError),
    /// No checkpoint covers the log.
    #[error(transparent)]
    NotSealed(#[from] NotSealed),
    /// The database did not answer.
    #[error("the log cannot be read: {0}")]
    Database(#[from] sqlx::Error),
    /// It could not be written.
    #[error("the export could not be written: {0}")]
    Write(#[from] WriteError),
    /// It could not be read back.
    #[error("the export could not be verified: {0}")]
    Unanswered(#[from] Unanswered),
    /// What was read is not what was published: the database was changed, or a published file was.
    #[error("the record does not agree with what was published, so it is not exported: {0}")]
    Unsound(String),
    /// The output could not be synced.
    #[error("the export could not be made durable: {0}")]
    Sync(#[source] io::Error),
}

/// Records the export, waits until a checkpoint covers everything committed so far, and writes it to `out`, an empty
/// file that can be read as well: what was written is verified before this returns. Memory does not grow with the log,
/// but for eight bytes an entry of a selection.
///
/// A selection is complete as far as the log has not grown between the entry and the checkpoint: the verifier's line
/// `completeness` says so.
pub async fn export_log(
    ledger: &Ledger,
    seals: &SealDirectory,
    log: LogId,
    out: File,
    request: ExportRequest,
) -> Result<Exported, ExportError> {
    let recorded = record(ledger, log, &request).await?;
    make(ledger, seals, log, recorded, out, request).await
}

/// Records an export. Nothing is made of it yet.
pub async fn record(ledger: &Ledger, log: LogId, request: &ExportRequest) -> Result<Recorded, ExportError> {
    let mut conn = ledger.reader().acquire().await?;
    let origin = commit::load_origin(&mut conn, log).await?.ok_or(ExportError::NoSuchLog(log))?;
    drop(conn);
    let events = events(ledger, log, &origin, request).await?;
    let appended = ledger.append(log, events, ExpectedVersion::Any, None).await?;
    Ok(Recorded { index: appended.first().index, size: appended.last().index + 1, origin })
}

/// Makes an export that is recorded.
pub async fn make(
    ledger: &Ledger,
    seals: &SealDirectory,
    log: LogId,
    recorded: Recorded,
    out: File,
    request: ExportRequest,
) -> Result<Exported, ExportError> {
    let Recorded { index, size, origin } = recorded;
    let checkpoint = seal_up_to(ledger, seals, log, size, SEALED_WITHIN).await?;
    let (out, manifest) = write_at(ledger, &seals.tiles(&origin), log, &checkpoint, out, request).await?;
    Ok(Exported { out, manifest, checkpoint, recorded: index })
}

/// Writes an export at a published checkpoint, without recording it: for who has recorded it before.
pub async fn write_at(
    ledger: &Ledger,
    tiles: &TileDirectory,
    log: LogId,
    checkpoint: &PublishedCheckpoint,
    out: File,
    request: ExportRequest,
) -> Result<(File, Manifest), ExportError> {
    let PublishedCheckpoint { head, note, .. } = checkpoint.clone();
    // From the published hash tiles, and where these are not whole, from the entries alone: that takes longer.
    let sources = [Some(tiles.clone()), None].map(|tiles| DatabaseLog::new(ledger.reader(), log, tiles));
    let size = head.size;
    let writing =
        request.progress.clone().map(|progress| -> Progress { Arc::new(move |now, _| progress(now, 2 * size)) });
    let sources = sources.map(|source| source.report(writing.clone(), size));
    let writing = move || {
        let (out, manifest) = write(&sources, &head, &note, out, &request)?;
        verify(&out, size, &request)?;
        Ok((out, manifest))
    };
    tokio::task::spawn_blocking(writing).await.expect("writing does not panic")
}

/// Verifies what was written, without a policy: who keeps the log cannot be its own witness.
fn verify(out: &File, size: u64, request: &ExportRequest) -> Result<(), ExportError> {
    let report = |done: u64, all: u64| {
        // Of a selection other entries are counted than of the log.
        let share = u128::from(done.min(all)) * u128::from(size) / u128::from(all.max(1));
        let share = u64::try_from(share).expect("at most the size");
        if let Some(progress) = &request.progress {
            progress(size + share, 2 * size);
        }
    };
    let options =
        verify::Options { progress: Some(&report), threads_max: request.threads_max, ..verify::Options::default() };
    let written = Written { file: out, bytes: out.metadata().map_err(WriteError::Read)?.len() };
    let verdict = verify::container(written, &options)?;
    let failed = verdict.lines.iter().filter(|line| line.status == Status::Failed);
    let reasons: Vec<_> = failed.map(|line| format!("{}: {}", line.question.name(), line.reason)).collect();
    if reasons.is_empty() { Ok(()) } else { Err(ExportError::Unsound(reasons.join(" "))) }
}

/// A file that nobody else writes to.
struct Written<'a> {
    file: &'a File,
    bytes: u64,
}

impl Source for Written<'_> {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// `ledger.exported`. Of a stream then how long it is; of every selection last a heartbeat, which says how many key entries
/// there are.
async fn events(
    ledger: &Ledger,
    log: LogId,
    origin: &Origin,
    request: &ExportRequest,
) -> Result<Vec<NewEvent>, ExportError> {
    let mut events = vec![exported(ledger, log, origin, request).await?];
    if request.query == Query::All {
        return Ok(events);
    }
    if let Query::Stream(stream) = &request.query {
        if entries::newest_of_stream(ledger.reader(), log, stream, u64::MAX, 1).await?.is_empty() {
            return Err(ExportError::NoSuchStream(stream.clone()));
        }
        events.push(NewEvent::StreamAttested { stream: stream.clone() });
    }
    let newest = crate::checkpoints::newest(ledger.reader(), log).await?;
    let size = newest.as_ref().map_or(0, |newest| newest.head.size);
    events.push(NewEvent::Heartbeat { checkpoint: newest.map(|newest| newest.note), size });
    Ok(events)
}

async fn exported(
    ledger: &Ledger,
    log: LogId,
    origin: &Origin,
    request: &ExportRequest,
) -> Result<NewEvent, ExportError> {
    let mut conn = ledger.reader().acquire().await?;
    let personal = vault::with_keys(&mut conn, log, vec![request.ctx.personal()]).await?;
    let parts = DraftParts {
        event_type: EventType::parse("ledger.exported").expect("our own types are well formed"),
        version: 1,
        subject: Reference::parse(&format!("ledger/{origin}"))
            .expect("an origin is at most 200 characters of that form"),
        stream: None,
        actor: request.ctx.actor.clone(),
        outcome: Outcome::Success,
        context: recording::context(&request.ctx),
        detail: json!({ "query": request.query.to_value() }),
        personal: personal.into_iter().flatten().collect(),
    };
    Ok(NewEvent::from(Draft::new(origin, parts)?))
}

fn write(
    [with_tiles, without]: &[DatabaseLog; 2],
    head: &TreeHead,
    note: &str,
    mut out: File,
    request: &ExportRequest,
) -> Result<(File, Manifest), ExportError> {
    let mut from = |log: &DatabaseLog| {
        out.set_len(0).and_then(|()| out.rewind()).map_err(WriteError::Read)?;
        let buffered = BufWriter::with_capacity(1 << 20, &mut out);
        if request.query == Query::All {
            return Ok(write_log(buffered, log, note, &request.extras)?.1);
        }
        let chosen = choose(log, head.size, &request.query)?;
        Ok(write_selection(buffered, log, note, (&request.query, &chosen), &request.extras)?.1)
    };
    let are_whole = || {
        let mut hashes = ledger::source::LogHashes::new(with_tiles, head.size)?;
        io::Result::Ok(root_at(head.size, &mut hashes)? == head.root)
    };
    let first = if are_whole().unwrap_or(false) { from(with_tiles) } else { Err(WriteError::Root) };
    let manifest = match first {
        Err(WriteError::Read(_) | WriteError::Root) => from(without)?,
        first => first?,
    };
    out.sync_all().map_err(ExportError::Sync)?;
    Ok((out, manifest))
}
