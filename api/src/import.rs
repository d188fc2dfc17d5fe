//! Taking in audit records that others wrote: `countersign import cloudtrail|jsonl` (issue: one entry a record, in file
//! order, and a second run adds none).
//!
//! Files are read and mapped on a thread of their own; here each event gets its data keys and goes into the log's queue,
//! up to [`IN_FLIGHT_MAX`] at a time. An event is queued at its turn or not at all, so entries stand in file order.
//! What a record's own fault keeps out is named and passed over; what the service's fault is stops the run, which can be
//! repeated: every record has an idempotency key.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use anyhow::Context as _;
use futures::future::{self, BoxFuture, FutureExt as _};
use futures::stream::{FuturesOrdered, StreamExt as _};
use ledger::name::Origin;
use store::append::{AppendError, Appended, ExpectedVersion, IdempotencyKey, LogId, NewEvent};
use store::open::Ledger;
use store::vault::{self, PersonKey};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

mod allowed;
pub mod cloudtrail;
pub mod files;
pub mod jsonl;
pub mod progress;
pub mod pseudonym;
pub mod reader;
pub mod records;
mod snake;
pub mod source;

use progress::Progress;
use pseudonym::Pseudonyms;
use source::{Item, Offered, Refusal, Spot};

use crate::ingest::persons_of;

/// Whose idempotency keys an import's are.
const PRINCIPAL: &str = "import";
/// Appends that wait for their answers: two or three commits' worth, well below the log's queue.
const IN_FLIGHT_MAX: usize = 512;
/// Items read ahead: about 1 MiB of records.
const READ_AHEAD_MAX: usize = 256;
/// Items whose data keys are looked up together.
const TAKEN_MAX: usize = 64;
/// How often an append is tried when the log's queue is full or its outcome is unknown; 20 seconds in all.
const TRIES_MAX: u32 = 80;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// What the files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Log files of AWS `CloudTrail`, `{"Records": [ … ]}`.
    Cloudtrail,
    /// One event a line, as `POST /v1/orgs/{org}/events` takes it.
    Jsonl,
}

/// Where the events go.
#[derive(Clone)]
pub struct Target {
    /// The log's writer.
    pub ledger: Ledger,
    /// The organisation's log.
    pub log: LogId,
    /// The log's name.
    pub origin: Origin,
}

/// What became of the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries that this run appended.
    pub added: u64,
    /// Records that an earlier run had appended.
    pub already_there: u64,
    /// Records, or files that could not be read on, that gave no entry.
    pub refused: u64,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { added, already_there, refused } = self;
        write!(f, "{added} added, {already_there} already there, {refused} refused")
    }
}

/// Imports files, and directories' files in the order of their paths.
///
/// # Errors
/// A path does not exist, or the log cannot be written to now. What was appended before stays, and a second run goes on
/// from there.
pub async fn run(
    target: &Target,
    format: Format,
    paths: &[PathBuf],
    progress: &mut Progress,
) -> anyhow::Result<Summary> {
    let files = files::find(paths, format)?;
    progress.begin(&files);
    let pseudonyms = pseudonyms(target).await?;
    let (sender, mut items) = mpsc::channel(READ_AHEAD_MAX);
    let reading = tokio::task::spawn_blocking(move || source::read_all(&files, format, &pseudonyms, &sender));
    let mut summary = Summary::default();
    let mut in_flight = FuturesOrdered::new();
    let mut more = true;
    while more || !in_flight.is_empty() {
        let mut taken = Vec::with_capacity(TAKEN_MAX);
        tokio::select! {
            biased;
            Some((spot, outcome)) = in_flight.next(), if !in_flight.is_empty() => {
                settle(&spot, outcome, &mut summary, progress)?;
            }
            count = items.recv_many(&mut taken, TAKEN_MAX), if more && in_flight.len() < IN_FLIGHT_MAX => {
                more = 0 < count;
                progress.read(taken.last().map_or(0, |item| item.read_bytes));
                submit_all(target, taken, &mut in_flight).await?;
            }
        }
    }
    reading.await.context("the reading thread panicked")?;
    progress.finish();
    Ok(summary)
}

/// The secret of the organisation's opaque ids is the data key of nobody; destroying it unlinks them all.
const SECRET_OF: &str = "import/pseudonyms";

async fn pseudonyms(target: &Target) -> anyhow::Result<Pseudonyms> {
    let keys = keys_of(target, &BTreeSet::from([SECRET_OF.to_owned()])).await?;
    Ok(Pseudonyms::new(keys[SECRET_OF].key.as_bytes()))
}

async fn keys_of(target: &Target, persons: &BTreeSet<String>) -> anyhow::Result<HashMap<String, PersonKey>> {
    let mut conn = target.ledger.reader().acquire().await.context("the database is not available")?;
    vault::keys_of(&mut conn, target.log, persons).await.context("there are no data keys to seal under")
}

/// What became of a record.
type Outcome = Result<Appended, Failed>;

/// Why there is no entry of a record.
enum Failed {
    /// By its own fault: it would be refused again.
    Refused(Refusal),
    /// By the service's: a later run may add it.
    Stopped(AppendError),
}

/// An append whose answer is waited for, or a refusal that waits for its turn.
type InFlight = BoxFuture<'static, (Spot, Outcome)>;

/// Queues what several records give, in their order, after one look-up of all their data keys.
async fn submit_all(target: &Target, items: Vec<Item>, in_flight: &mut FuturesOrdered<InFlight>) -> anyhow::Result<()> {
    let offered = items.iter().filter_map(|item| item.outcome.as_ref().ok());
    let persons = persons_of(offered.map(|offered| &offered.event));
    let keys = keys_of(target, &persons).await?;
    for Item { spot, outcome, .. } in items {
        let waiting = match outcome {
            Ok(offered) => submit(target, spot, offered, &keys).await?,
            Err(refusal) => future::ready((spot, Err(Failed::Refused(refusal)))).boxed(),
        };
        in_flight.push_back(waiting);
    }
    Ok(())
}

/// Queues a record's event; what comes back waits for its answer. A full queue is waited for here, so that no later
/// record gets in before.
async fn submit(
    target: &Target,
    spot: Spot,
    offered: Offered,
    keys: &HashMap<String, PersonKey>,
) -> anyhow::Result<InFlight> {
    let draft = match offered.event.into_draft(&target.origin, keys, nonce) {
        Ok(draft) => NewEvent::from(draft),
        Err(error) => return Ok(future::ready((spot, Err(Failed::Refused(error.into())))).boxed()),
    };
    let key = IdempotencyKey { principal: PRINCIPAL.to_owned(), key: offered.key, request_sha256: offered.sha256 };
    for _ in 0..TRIES_MAX {
        let mut append = append(target.clone(), draft.clone(), key.clone()).boxed();
        match futures::poll!(&mut append) {
            Poll::Ready(Err(AppendError::Overloaded)) => tokio::time::sleep(TRY_AGAIN_AFTER).await,
            Poll::Ready(outcome) => return Ok(future::ready((spot, outcome.map_err(Failed::from))).boxed()),
            Poll::Pending => return Ok(answer(spot, tokio::spawn(append)).boxed()),
        }
    }
    anyhow::bail!("{spot}: {}", AppendError::Overloaded)
}

/// A queued append goes on in a task of its own: it may hold a connection that the next look-up of keys waits for.
async fn answer(spot: Spot, append: JoinHandle<Result<Appended, AppendError>>) -> (Spot, Outcome) {
    let outcome = append.await.unwrap_or(Err(AppendError::Stopping));
    (spot, outcome.map_err(Failed::from))
}

/// Appends, and asks again with the same key while the outcome is unknown.
async fn append(target: Target, event: NewEvent, key: IdempotencyKey) -> Result<Appended, AppendError> {
    for _ in 0..TRIES_MAX {
        let append = target.ledger.append(target.log, vec![event.clone()], ExpectedVersion::Any, Some(key.clone()));
        match append.await {
            Err(AppendError::OutcomeUnknown) => tokio::time::sleep(TRY_AGAIN_AFTER).await,
            outcome => return outcome,
        }
    }
    Err(AppendError::OutcomeUnknown)
}

fn nonce() -> [u8; 24] {
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce).expect("the system has randomness");
    nonce
}

impl From<AppendError> for Failed {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::IdempotencyMismatch | AppendError::DoesNotFit { .. } | AppendError::Refused(_) => {
                Self::Refused(Refusal::Append(error))
            }
            _ => Self::Stopped(error),
        }
    }
}

fn settle(spot: &Spot, outcome: Outcome, summary: &mut Summary, progress: &mut Progress) -> anyhow::Result<()> {
    match outcome {
        Ok(Appended { replayed: false, .. }) => summary.added += 1,
        Ok(Appended { replayed: true, .. }) => summary.already_there += 1,
        Err(Failed::Refused(refusal)) => {
            summary.refused += 1;
            progress.refused(spot, &refusal);
        }
        Err(Failed::Stopped(error)) => {
            let so_far = format!("{spot}: the import stopped ({summary}); run it again, nothing is added twice");
            return Err(error).context(so_far);
        }
    }
    progress.settled(summary);
    Ok(())
}
