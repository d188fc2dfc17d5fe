//! What a read model is to the runner.

use futures::future::BoxFuture;
use ledger::entry::EntryError;
use sqlx::PgConnection;
use store::Committed;

use crate::position::Build;

/// Turns entries into rows. Only the runner calls it, with entries in index order, each once; a projection whose
/// effects reach beyond its rows is none (that is a reactor).
pub trait Projection: Send + Sync {
    /// Its name for ever: its table, its module, its rows in `read.positions`.
    fn name(&self) -> &'static str;

    /// Which form its rows have, from 1. A form that writes other rows has the next number: it starts a build of its
    /// own beside the one that is shown, and takes its place when it has caught up.
    fn form(&self) -> i32;

    /// Writes what the entries change in one build. Applying the same entries again changes nothing.
    fn apply<'a>(
        &'a self,
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
    /// The database refused or did not answer.
    #[error("the rows could not be written")]
    Database(#[from] sqlx::Error),
}
