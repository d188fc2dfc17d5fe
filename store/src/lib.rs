//! How it becomes durable: append, seal, vault, export.
//!
//! PostgreSQL is the only record; an acknowledgement is a committed transaction (design §1, §3).

pub mod append;
pub mod batch;
pub mod checkpointer;
pub mod checkpoints;
pub mod clock;
mod commit;
mod durable;
pub mod entries;
pub mod event_store;
pub mod execute;
mod failure;
pub mod feed;
pub mod fence;
pub mod keys;
pub mod log_events;
pub mod logs;
pub mod open;
pub mod recording;
pub mod rotate;
pub mod schema;
pub mod sealing;
pub mod seals;
mod sequencer;
pub mod vault;
pub mod signer;
pub mod tiles;
pub mod cluster;
#[cfg(feature = "testing")]
pub mod testing;

pub use append::{AppendError, Appended, ExpectedVersion, IdempotencyKey, LogId, NewEvent, Recorded};
pub use open::Ledger;
