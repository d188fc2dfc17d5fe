//! A process's hold on the record: its connections, its keys, and one sequencer per log that it appends to.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::task::TaskTracker;

use crate::append::{AppendError, BYTES_PER_REQUEST_MAX, LogId};
use crate::keys::KeyDirectory;
use crate::sealing::Alarms;
use crate::seals::SealDirectory;
use crate::sequencer::{Queued, Request, Sequencer};

/// Most events that wait in one log's queue: about a second of work. Beyond it callers are told to come back.
const QUEUE_EVENTS_MAX: usize = 16_384;
/// Most bytes of entries that wait in one log's queue: eight batches, about a second of work where entries are large.
const QUEUE_BYTES_MAX: usize = 64 << 20;
const _: () = assert!(BYTES_PER_REQUEST_MAX <= QUEUE_BYTES_MAX, "an empty queue takes any request");
/// Connections for appends: each busy log holds one while it is busy.
const WRITERS_MAX: u32 = 8;
/// Connections for everything else. Apart from the writers', so that no task waits for one while it holds one.
const READERS_MAX: u32 = 8;

/// Connections for whatever follows the record: three read models at a time, each with one more for a document.
const FOLLOWERS_MAX: u32 = 6;

/// A server that restarts is back within this, and nobody should wait longer to hear that it is not.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(2);

/// The ledger as one process sees it. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) shared: Arc<Shared>,
}

/// Connections to the database at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// At work.
    pub busy: usize,
    /// Open, and free for whoever comes next.
    pub idle: usize,
}

impl Connections {
    /// Those of a pool.
    pub fn of(pool: &PgPool) -> Self {
        // The pool counts the two one after the other.
        let idle = pool.num_idle();
        Self { busy: (pool.size() as usize).saturating_sub(idle), idle }
    }
}

/// What all sequencers of a process share.
pub(crate) struct Shared {
    pub(crate) writers: PgPool,
    pub(crate) readers: PgPool,
    followers: PgPool,
    pub(crate) keys: KeyDirectory,
    pub(crate) seals: SealDirectory,
    pub(crate) alarms: Alarms,
    queues: Mutex<HashMap<LogId, Queue>>,
    tasks: TaskTracker,
    /// Bumped after every commit of any log: wakes followers in this process.
    commits: watch::Sender<u64>,
}

impl Ledger {
    /// Opens the ledger as the role `countersign_ledger`; connects when first used. The data directory holds the
    /// signing keys, what was published and what was signed last.
    pub fn open(options: &PgConnectOptions, data: &Path) -> Self {
        // A connection that died is noticed by the statement itself; asking first would double the round trips.
        let pool = |max, options| {
            PgPoolOptions::new()
                .max_connections(max)
                .test_before_acquire(false)
                .acquire_timeout(ACQUIRE_WITHIN)
                .connect_lazy_with(options)
        };
        // The statements of an append have one plan whatever their parameters: planning anew costs a fifth of a commit.
        let planned_once = options.clone().options([("plan_cache_mode", "force_generic_plan")]);
        // What a crash takes of derived rows, it takes together with their position: they are derived again.
        let without_waiting = options.clone().options([("synchronous_commit", "off")]);
        let shared = Shared {
            writers: pool(WRITERS_MAX, planned_once),
            readers: pool(READERS_MAX, options.clone()),
            followers: pool(FOLLOWERS_MAX, without_waiting),
            keys: KeyDirectory::new(data.join("keys")),
            seals: SealDirectory::new(data),
            alarms: Alarms::default(),
            queues: Mutex::default(),
            tasks: TaskTracker::new(),
            commits: watch::Sender::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Connections for reading the record across organisations.
    pub fn reader(&self) -> &PgPool {
        &self.shared.readers
    }

    /// Connections for writing what is derived from the record, and for nothing else: a commit here does not wait for the
    /// disk.
    pub fn follower(&self) -> &PgPool {
        &self.shared.followers
    }

    /// The signing keys of this process.
    pub fn keys(&self) -> &KeyDirectory {
        &self.shared.keys
    }

    /// Where its logs are published and what was signed is remembered.
    pub fn seals(&self) -> &SealDirectory {
        &self.shared.seals
    }

    /// Changes whenever this process has committed something: a hint for followers, who poll besides.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.shared.commits.subscribe()
    }

    /// Events that wait in this process for their commit, of all logs together.
    pub fn queued(&self) -> usize {
        let queues = self.shared.queues();
        queues.values().map(|queue| QUEUE_EVENTS_MAX - queue.events.available_permits()).sum()
    }

    /// Connections of this process for the record.
    pub fn connections(&self) -> Connections {
        let pools = [&self.shared.writers, &self.shared.readers, &self.shared.followers].map(Connections::of);
        let of_all = |count: fn(&Connections) -> usize| pools.iter().map(count).sum();
        Connections { busy: of_all(|pool| pool.busy), idle: of_all(|pool| pool.idle) }
    }

    /// Takes no more requests, finishes those that were taken, and closes the connections.
    pub async fn close(&self) {
        self.shared.tasks.close();
        self.shared.queues().clear();
        self.shared.tasks.wait().await;
        self.shared.writers.close().await;
        self.shared.readers.close().await;
        self.shared.followers.close().await;
    }

    pub(crate) fn queue(&self, log: LogId) -> Result<Queue, AppendError> {
        if self.shared.tasks.is_closed() {
            return Err(AppendError::Stopping);
        }
        let mut queues = self.shared.queues();
        let queue = queues.entry(log).or_insert_with(|| self.start_sequencer(log));
        if queue.sender.is_closed() {
            // Its task has panicked; a new one begins from the database.
            *queue = self.start_sequencer(log);
        }
        Ok(queue.clone())
    }

    fn start_sequencer(&self, log: LogId) -> Queue {
        let QueueEnds { queue, receiver } = Queue::open();
        self.shared.tasks.spawn(Sequencer::new(log, Arc::clone(&self.shared), receiver).run());
        queue
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("keys", &self.shared.keys).finish_non_exhaustive()
    }
}

impl Shared {
    fn queues(&self) -> std::sync::MutexGuard<'_, HashMap<LogId, Queue>> {
        // A panic elsewhere leaves the map as it was: entries are only added or all removed.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn committed(&self) {
        self.commits.send_modify(|count| *count += 1);
    }
}

/// The way into a log's sequencer, bounded in events and in bytes.
#[derive(Clone)]
pub(crate) struct Queue {
    sender: mpsc::UnboundedSender<Queued>,
    events: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// A queue and where its requests come out.
pub(crate) struct QueueEnds {
    pub(crate) queue: Queue,
    pub(crate) receiver: mpsc::UnboundedReceiver<Queued>,
}

/// What a request takes up in its queue, until it is dropped.
pub(crate) struct Room {
    _events: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Queue {
    pub(crate) fn open() -> QueueEnds {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (events, bytes) = (Semaphore::new(QUEUE_EVENTS_MAX), Semaphore::new(QUEUE_BYTES_MAX));
        let queue = Self { sender, events: Arc::new(events), bytes: Arc::new(bytes) };
        QueueEnds { queue, receiver }
    }

    /// Queues a request, or refuses it at once where its events or their bytes find no room.
    pub(crate) fn send(&self, request: Request) -> Result<(), AppendError> {
        let room =
            Room { _events: room(&self.events, request.load.entries)?, _bytes: room(&self.bytes, request.load.bytes)? };
        self.sender.send((request, room)).map_err(|_| AppendError::Stopping)
    }
}

fn room(in_all: &Arc<Semaphore>, asked: usize) -> Result<OwnedSemaphorePermit, AppendError> {
    let asked = u32::try_from(asked).expect("a request has its maximum");
    Arc::clone(in_all).try_acquire_many_owned(asked).map_err(|_| AppendError::Overloaded)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::append::{ExpectedVersion, Write};
    use crate::sequencer::Load;

    fn request(entries: usize, bytes: usize) -> Request {
        let write = Write { events: Vec::new(), expected: ExpectedVersion::Any, idempotency: None };
        Request { write, load: Load { entries, bytes }, answer: oneshot::channel().0 }
    }

    #[test]
    fn a_queue_has_room_for_so_many_bytes_however_few_the_events() {
        let QueueEnds { queue, mut receiver } = Queue::open();
        for _ in 0..QUEUE_BYTES_MAX / BYTES_PER_REQUEST_MAX {
            queue.send(request(1, BYTES_PER_REQUEST_MAX)).unwrap();
        }
        assert_eq!(queue.send(request(1, 1)), Err(AppendError::Overloaded));
        drop(receiver.try_recv().unwrap());
        queue.send(request(1, BYTES_PER_REQUEST_MAX)).unwrap();
    }

    #[test]
    fn a_request_that_is_refused_for_its_bytes_leaves_the_room_of_its_events() {
        let QueueEnds { queue, receiver: _open } = Queue::open();
        queue.send(request(1, QUEUE_BYTES_MAX)).unwrap();
        assert_eq!(queue.send(request(QUEUE_EVENTS_MAX - 1, 1)), Err(AppendError::Overloaded));
        queue.send(request(QUEUE_EVENTS_MAX - 1, 0)).unwrap();
    }
}
