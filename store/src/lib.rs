//! How it becomes durable: append, seal, vault, export.
//!
//! PostgreSQL is the only record; an acknowledgement is a committed transaction (ARCHITECTURE.md).

pub mod append;
pub mod batch;
pub mod blobs;
pub mod checkpointer;
pub mod checkpoints;
pub mod clock;
pub mod cluster;
pub mod column;
mod commit;
mod database_log;
mod durable;
pub mod entries;
pub mod event_store;
pub mod execute;
pub mod export;
mod failure;
pub mod feed;
pub mod fence;
pub mod fsck;
pub mod handovers;
pub mod keys;
pub mod log_events;
pub mod logs;
pub mod open;
pub mod opened;
pub mod published;
pub mod recording;
pub mod repeats;
pub mod rotate;
pub mod schema;
pub mod sealing;
pub mod seals;
mod sequencer;
pub mod service_lock;
pub mod signer;
pub mod standstill;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tiles;
pub mod vault;

pub use append::{AppendError, Appended, Committed, ExpectedVersion, IdempotencyKey, LogId, NewEvent};
pub use open::Ledger;
