//! What a read model is to the runner.

use cqrs_es::persist::PersistenceError;
use futures::future::BoxFuture;
use ledger::entry::EntryError;
use ledger::vocabulary::ReadError;
use sqlx::PgConnection;
use store::feed::Streams;
use store::{Committed, Ledger};

use crate::position::Build;

/// Turns entries into rows. Only the runner calls it, with entries of its streams in index order, each once; a
/// projection whose effects reach beyond its rows is none (that is a reactor).
pub trait Projection: Send + Sync {
    /// Its name for ever: its table, its module, its rows in `read.positions`.
    fn name(&self) -> &'static str;

    /// Which form its rows have, from 1. A form that writes other rows has the next number: it starts a build of its
    /// own beside the one that is shown, and takes its place when it has caught up.
    fn form(&self) -> i32;

    /// Whose entries it is made of. It is given no others, and most of a log is nobody's but the list's.
    fn streams(&self) -> Streams;

    /// Writes what the entries change in one build. Applying the same entries again changes nothing.
    ///
    /// Rows go into the transaction. What cannot, because others write it, is written by another connection of
    /// [`Ledger::follower`] before this returns: the position moves after it, and may not move at all.
    fn apply<'a>(
        &'a self,
        ledger: &'a Ledger,
        tx: &'a mut PgConnection,
        build: &'a Build,
        entries: &'a [Committed],
    ) -> BoxFuture<'a, Result<(), ApplyError>>;

    /// Removes up to `max` rows of a build that nobody reads any more. Returns how many it removed.
    fn clear<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        build: &'a Build,
        max: u32,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>>;
}

/// Why entries could not be applied; nothing of them was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The bytes are no entry.
    #[error("entry {index} does not parse")]
    Entry {
        /// Its place in the log.
        index: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// The entry stands in a stream of ours and is none of its events: a newer program wrote it, and this one must not
    /// show what it does not understand.
    #[error("entry {index} does not read")]
    Event {
        /// Its place in the log.
        index: u64,
        /// Why.
        #[source]
        source: ReadError,
    },
    /// Streams were asked for, and the entry is in none.
    #[error("entry {index} is in no stream")]
    NoStream {
        /// Its place in the log.
        index: u64,
    },
    /// The id is not one of its aggregate.
    #[error("the stream of entry {index} is of no aggregate")]
    Id {
        /// Its place in the log.
        index: u64,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The stream does not go on where the document ended.
    #[error("entry {index} is version {found} of its stream, and {expected} should follow")]
    StreamGap {
        /// Its place in the log.
        index: u64,
        /// The version that should follow.
        expected: u32,
        /// Its version.
        found: u32,
    },
    /// The repository did not give or take a document.
    #[error("a document could not be kept")]
    Document(#[source] PersistenceError),
    /// The database refused or did not answer.
    #[error("the rows could not be written")]
    Database(#[from] sqlx::Error),
}
