//! The log in the database as verifier and exporter read it: tile by tile, from several threads at once.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use ledger::source::LogSource;
use ledger::tile::{self, Kind, TileId};
use sqlx::PgPool;
use tokio::runtime::Handle;

use crate::append::LogId;
use crate::column::to_i64;
use crate::tiles::{TileDirectory, TileError};

/// Is told how many entries were read, and how many there are to read in all.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Entries and signatures from PostgreSQL, hash tiles from the published files where these are given.
///
/// It blocks: read it in `spawn_blocking`, or on threads that the runtime does not own.
pub(crate) struct DatabaseLog {
    database: PgPool,
    log: LogId,
    runtime: Handle,
    hash_tiles: Option<TileDirectory>,
    progress: RwLock<Option<Counting>>,
}

struct Counting {
    report: Progress,
    done: AtomicU64,
    all: u64,
}

impl DatabaseLog {
    /// Of the runtime that calls this, for other threads.
    pub(crate) fn new(database: &PgPool, log: LogId, hash_tiles: Option<TileDirectory>) -> Self {
        let (database, runtime) = (database.clone(), Handle::current());
        Self { database, log, runtime, hash_tiles, progress: RwLock::new(None) }
    }

    /// Reports entries as they are read; `all` is how many will have been read in the end.
    pub(crate) fn report(self, progress: Option<Progress>, all: u64) -> Self {
        let counting = progress.map(|report| Counting { report, done: AtomicU64::new(0), all });
        *self.progress.write().unwrap_or_else(PoisonError::into_inner) = counting;
        self
    }

    fn entries(&self, tile: TileId) -> Result<Vec<Vec<u8>>, sqlx::Error> {
        let places = tile.places();
        let read = sqlx::query_scalar!(
            "select bytes from ledger.entries where log = $1 and index >= $2 and index < $3 order by index",
            self.log.0,
            to_i64(places.start),
            to_i64(places.end)
        )
        .fetch_all(&self.database);
        self.runtime.block_on(read)
    }

    fn signatures(&self, tile: TileId) -> Result<Vec<Vec<u8>>, sqlx::Error> {
        let places = tile.places();
        let read = sqlx::query_scalar!(
            "select signature from ledger.entries where log = $1 and index >= $2 and index < $3 order by index",
            self.log.0,
            to_i64(places.start),
            to_i64(places.end)
        )
        .fetch_all(&self.database);
        self.runtime.block_on(read)
    }

    fn count(&self, entries: usize) {
        if let Some(counting) = &*self.progress.read().unwrap_or_else(PoisonError::into_inner) {
            let done = counting.done.fetch_add(entries as u64, Ordering::Relaxed) + entries as u64;
            (counting.report)(done.min(counting.all), counting.all);
        }
    }
}

impl LogSource for DatabaseLog {
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        let body = match tile.kind() {
            Kind::Hashes { .. } => return self.hash_tiles.as_ref().map_or(Ok(None), |tiles| published(tiles, tile)),
            Kind::Entries => {
                let entries = self.entries(tile).map_err(io::Error::other)?;
                self.count(entries.len());
                if entries.len() != usize::from(tile.width()) {
                    return Ok(None);
                }
                tile::encode_entries(&entries)
            }
            Kind::Signatures => {
                let rows = self.signatures(tile).map_err(io::Error::other)?;
                let signatures: Option<Vec<[u8; 64]>> = rows.into_iter().map(|row| row.try_into().ok()).collect();
                let signatures = signatures.filter(|signatures| signatures.len() == usize::from(tile.width()));
                let Some(signatures) = signatures else { return Ok(None) };
                tile::encode_signatures(&signatures)
            }
        };
        body.map(Some).map_err(io::Error::other)
    }

    fn has_hash_tiles(&self) -> bool {
        self.hash_tiles.is_some()
    }
}

/// A published tile, `None` where it is missing.
pub(crate) fn published(tiles: &TileDirectory, tile: TileId) -> io::Result<Option<Vec<u8>>> {
    match tiles.tile(tile) {
        Ok(body) => Ok(Some(body)),
        Err(TileError::Missing(_) | TileError::Body(_)) => Ok(None),
        Err(error) => Err(io::Error::other(error)),
    }
}
