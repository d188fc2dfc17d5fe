//! One task per log that turns requests into committed batches (group commit).
//!
//! While a batch commits, the next is decided, linked and signed on top of it. No answer leaves before every batch
//! that it was computed on has committed. Whatever goes wrong leads to `settle`, which starts again from the
//! database: requests are decided anew, one group at a time.

mod attempt;
mod decide;
mod inbox;
mod settle;

use std::collections::HashMap;
use std::sync::Arc;

use ledger::key::{KeyId, SigningKey};
use ledger::name::Origin;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio::sync::{mpsc, oneshot};

use self::decide::Entropy;
use self::inbox::Inbox;
pub(crate) use self::inbox::Load;
use crate::append::{AppendError, Committed, LogId, Write};
use crate::batch::{Head, Tip};
use crate::commit::{self, Answered};
use crate::failure::Failure;
use crate::open::{Room, Shared};

/// Most entries of one commit: about 1.2 MiB at 600 bytes, and 45 ms of signing on one core.
const BATCH_ENTRIES_MAX: usize = 2_048;
/// Most bytes of one commit, unless one request alone has more: a statement of that size is written in a moment, far
/// within the time that it may take, and one log's does not hold up another's.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// Most requests taken from the queue at once, so that a commit that has returned is not kept waiting.
const DRAIN_REQUESTS_MAX: usize = 64;

/// A request with the place where its caller waits.
pub(crate) struct Request {
    pub(crate) write: Write,
    /// Counted once, when it came.
    pub(crate) load: Load,
    pub(crate) answer: oneshot::Sender<Result<Answer, AppendError>>,
}

/// What a caller is told.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These entries are committed.
    Appended(Vec<Committed>),
    /// An earlier request with the same key was; its entries are these.
    Replayed { first_index: u64, count: usize },
}

/// A request with its room in the queue, which it has until it is answered.
pub(crate) type Queued = (Request, Room);

/// Owned by its task alone.
pub(crate) struct Sequencer {
    log: LogId,
    shared: Arc<Shared>,
    inbox: Inbox,
    /// Loaded with the first request; a log never changes its origin.
    origin: Option<Origin>,
    /// State after the last decided entry, committed or on its way. `None`: the database must be asked.
    tip: Option<Tip>,
    /// True once the log was seen to extend what was signed for it.
    fenced: bool,
    /// Size that this process last saw committed: the log cannot be shorter than that again.
    seen_size: u64,
    /// Keys that sign, by id.
    ring: HashMap<KeyId, Arc<SigningKey>>,
    /// Idempotency keys of batches that have not committed yet, by principal and key.
    pending: HashMap<(String, String), Answered>,
    entropy: Entropy,
}

/// Requests decided together, to be committed together.
pub(crate) struct Batch {
    /// The head it was decided on.
    from: Head,
    /// The head once it has committed.
    to: Head,
    entries: Vec<Committed>,
    /// In the order of their decisions.
    decided: Vec<Decided>,
}

struct Decided {
    queued: Queued,
    outcome: Result<Decision, AppendError>,
}

/// What becomes of a request when its batch has committed.
enum Decision {
    /// Entries `first..first + count` of the batch are its.
    Placed { first: usize, count: usize },
    /// It repeats one that was answered before or is in a batch before.
    Repeats(Answered),
}

impl Sequencer {
    pub(crate) fn new(log: LogId, shared: Arc<Shared>, queue: mpsc::UnboundedReceiver<Queued>) -> Self {
        Self {
            log,
            shared,
            inbox: Inbox::new(queue),
            origin: None,
            tip: None,
            fenced: false,
            seen_size: 0,
            ring: HashMap::new(),
            pending: HashMap::new(),
            entropy: Entropy::default(),
        }
    }

    /// Runs until the last sender is gone and everything taken is answered.
    pub(crate) async fn run(mut self) {
        loop {
            let requests = self.inbox.take(&mut Load::default()).await;
            if requests.is_empty() {
                return;
            }
            match self.first_batch(requests).await {
                Ok(batch) => self.commit_and_follow(batch).await,
                Err((failure, requests)) => self.settle(failure, requests).await,
            }
        }
    }

    /// Commits a batch, and while it is on its way prepares the next, until nobody asks for more.
    async fn commit_and_follow(&mut self, mut batch: Batch) {
        let mut connection = None;
        let mut committed = None;
        while !batch.decided.is_empty() {
            let shared = Arc::clone(&self.shared);
            // A task of its own: whatever happens to this loop, a statement that was sent is waited for.
            let mut sent = tokio::spawn(send(shared, self.log, batch, connection.take()));
            // The database has something to do by now while those before are answered.
            if let Some(before) = committed.take() {
                self.deliver(before);
            }
            let (mut next, mut load) = (self.batch_on_tip(), Load::default());
            let (batch_sent, kept, outcome) = loop {
                tokio::select! {
                    biased;
                    outcome = &mut sent => break outcome,
                    taken = self.inbox.take(&mut load) => {
                        if taken.is_empty() {
                            break (&mut sent).await;
                        }
                        self.extend(&mut next, taken).await;
                    }
                }
            }
            .expect("the commit task does not panic");
            match outcome {
                Ok(()) => {
                    committed = Some(batch_sent);
                    (batch, connection) = (next, kept);
                }
                Err(failure) => return self.settle_batches(failure, batch_sent, next).await,
            }
        }
        if let Some(last) = committed {
            self.deliver(last);
        }
    }

    /// An empty batch on top of everything decided so far.
    fn batch_on_tip(&self) -> Batch {
        let head = self.tip.as_ref().expect("a batch was decided on it").head.clone();
        Batch { from: head.clone(), to: head, entries: Vec::new(), decided: Vec::new() }
    }

    /// Answers everybody whose decision this committed batch, and all before it, carried.
    fn deliver(&mut self, batch: Batch) {
        self.seen_size = batch.to.size;
        if let Some(tip) = &mut self.tip {
            tip.streams.age();
        }
        if !batch.entries.is_empty() {
            self.shared.committed();
        }
        for decided in batch.decided {
            let (request, _room) = decided.queued;
            if let Some(key) = &request.write.idempotency {
                self.pending.remove(&(key.principal.clone(), key.key.clone()));
            }
            let answer = decided.outcome.map(|decision| match decision {
                Decision::Placed { first, count } => Answer::Appended(batch.entries[first..first + count].to_vec()),
                Decision::Repeats(earlier) => {
                    Answer::Replayed { first_index: earlier.first_index, count: earlier.count }
                }
            });
            // Whoever asked may have gone; what was appended stays appended.
            let _gone = request.answer.send(answer);
        }
    }
}

impl Batch {
    /// The keys to store, with the place of their answers.
    fn kept(&self) -> Vec<commit::Kept<'_>> {
        self.decided
            .iter()
            .filter_map(|decided| {
                let Ok(Decision::Placed { first, count }) = decided.outcome else { return None };
                let key = decided.queued.0.write.idempotency.as_ref()?;
                Some(commit::Kept { key, first_index: self.from.size + first as u64, count })
            })
            .collect()
    }

    fn into_requests(self) -> Vec<Queued> {
        self.decided.into_iter().map(|decided| decided.queued).collect()
    }
}

/// One round trip: the batch is durable when this returns `Ok`. A batch of refusals alone is answered once the head
/// is seen to be where they were decided: another process may have moved it.
async fn send(
    shared: Arc<Shared>,
    log: LogId,
    batch: Batch,
    connection: Option<PoolConnection<Postgres>>,
) -> (Batch, Option<PoolConnection<Postgres>>, Result<(), Failure>) {
    let mut connection = match connection {
        Some(connection) => connection,
        None => match shared.writers.acquire().await {
            Ok(connection) => connection,
            Err(error) => return (batch, None, Err(Failure::NotSent(error.to_string()))),
        },
    };
    if batch.entries.is_empty() {
        let still_there = match commit::load_head(&mut connection, log).await {
            Ok(head) if head.as_ref() == Some(&batch.from) => Ok(()),
            Ok(_) => Err(Failure::Lost),
            Err(error) => Err(Failure::while_reading(&error)),
        };
        return (batch, Some(connection), still_there);
    }
    let inserted = commit::insert(&mut connection, log, &batch.from, &batch.to, &batch.entries, &batch.kept()).await;
    match inserted {
        Ok(true) => (batch, Some(connection), Ok(())),
        Ok(false) => (batch, Some(connection), Err(Failure::Lost)),
        Err(error) => {
            let failure = Failure::of(&error);
            if failure == Failure::Unknown {
                connection.close_on_drop();
            }
            (batch, None, Err(failure))
        }
    }
}
