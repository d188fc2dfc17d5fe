//! Re-reads a whole log, from the database and from the published files, and verifies it by the code that auditors use. Also
//! reads the files of evidence that the log names.

mod files;

use std::io;

use ledger::entry::Entry;
use ledger::hash::EntryHash;
use ledger::history::KeyHistory;
use ledger::key::Role;
use ledger::name::Origin;
use ledger::policy::Policy;
use ledger::signature;
use ledger::source::LogSource;
use ledger::tile::{Kind, TileId, tiles};
use ledger::tree::TreeHead;
use ledger::verify::{self, Unanswered, Verdict};

use self::files::Files;
use crate::append::{Committed, LogId};
use crate::blobs::Blobs;
use crate::database_log::{DatabaseLog, published};
use crate::export::Progress;
use crate::feed::{Feed, FeedError, PAGE_ENTRIES_MAX};
use crate::fence::{self, FenceError};
use crate::open::Ledger;
use crate::seals::SealDirectory;
use crate::tiles::TileDirectory;
use crate::{checkpoints, commit};

/// What to check besides.
#[derive(Clone, Default)]
pub struct FsckOptions {
    /// Whom to trust; without it the keys of entry 0 are taken, and the line says *unpinned*.
    pub policy: Option<Policy>,
    /// The files of evidence; without them it is not asked whether they are there.
    pub blobs: Option<Blobs>,
    /// Is told of entries gone through; the log is gone through twice.
    pub progress: Option<Progress>,
}

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The verifier's answers about everything below the newest checkpoint; `None` where there is no checkpoint yet.
    pub verdict: Option<Verdict>,
    /// The checkpoint that it was verified against.
    pub sealed: Option<TreeHead>,
    /// Entries that were committed when it began.
    pub size: u64,
    /// Files of evidence that were read.
    pub files: u64,
    /// What is wrong besides, in sentences. Empty in good times.
    pub problems: Vec<String>,
}

/// Why the question could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// The database did not answer.
    #[error("the log cannot be read: {0}")]
    Database(#[from] sqlx::Error),
    /// The signer's record or the published files cannot be read.
    #[error("the files of the log cannot be read: {0}")]
    Files(#[from] io::Error),
    /// The verifier could not answer.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.verdict.as_ref().is_none_or(|verdict| !verdict.has_failed())
    }
}

/// Checks a log: each row against its bytes, the chain up to the head, the signatures of what no checkpoint covers yet,
/// the newest checkpoint and everything below it by the verifier, the published files against the database, and where
/// [`FsckOptions::blobs`] are given, the files of evidence against the entries that name them.
pub async fn fsck(
    ledger: &Ledger,
    seals: &SealDirectory,
    log: LogId,
    options: FsckOptions,
) -> Result<Report, FsckError> {
    let mut conn = ledger.reader().acquire().await?;
    let origin = commit::load_origin(&mut conn, log).await?.ok_or(FsckError::NoSuchLog(log))?;
    let newest = checkpoints::newest(&mut *conn, log).await?;
    let head = commit::load_head(&mut conn, log).await?.ok_or(FsckError::NoSuchLog(log))?;
    let mut problems = Vec::new();
    match fence::check(&mut conn, seals, log, &origin, &head).await {
        Ok(()) => {}
        Err(FenceError::Database(error)) if !matches!(error, sqlx::Error::ColumnDecode { .. }) => {
            return Err(error.into());
        }
        Err(error) => problems.push(format!("{error}.")),
    }
    drop(conn);
    let sealed = newest.as_ref().map(|newest| newest.head);
    let mut walk = Walk::new(&origin, sealed.map_or(0, |sealed| sealed.size));
    problems.extend(walk.along(ledger, log, head.size, &options).await?);
    if problems.is_empty() && walk.last != head.hash {
        problems.push(format!("The head's hash is not that of entry {}.", head.size.saturating_sub(1)));
    }
    let (files, of_files) = walk.files.found();
    let verdict = match newest {
        None => None,
        Some(newest) => {
            let published = seals.tiles(&origin);
            let source = DatabaseLog::new(ledger.reader(), log, None);
            let verify = move || verify(&source, &published, &newest.note, newest.head.size, &options);
            let (verdict, differing) = tokio::task::spawn_blocking(verify).await.expect("verifying does not panic")?;
            problems
                .extend(differing.into_iter().map(|tile| format!("{tile} is missing or differs from the database.")));
            Some(verdict)
        }
    };
    problems.extend(of_files);
    Ok(Report { verdict, sealed, size: head.size, files, problems })
}

fn verify(
    source: &DatabaseLog,
    published: &TileDirectory,
    note: &str,
    size: u64,
    options: &FsckOptions,
) -> Result<(Verdict, Vec<TileId>), FsckError> {
    let progress = options.progress.as_deref();
    let report = |done: u64, all: u64| progress.iter().for_each(|progress| progress(size + done, size + all));
    let how =
        verify::Options { policy: options.policy.as_ref(), progress: Some(&report), ..verify::Options::default() };
    let verdict = verify::log(source, note.as_bytes(), &how)?;
    // What the files should be like is not known where the entries are damaged.
    let differing = if verdict.has_failed() { Vec::new() } else { differing(source, published, size)? };
    Ok((verdict, differing))
}

/// The published tiles that are not what the database gives: the first few of them.
fn differing(source: &DatabaseLog, directory: &TileDirectory, size: u64) -> io::Result<Vec<TileId>> {
    const NAMED_MAX: usize = 20;
    let mut hashes = ledger::source::LogHashes::new(source, size)?;
    let mut found = Vec::new();
    for tile in tiles(size) {
        let expected = match tile.kind() {
            Kind::Hashes { .. } => Some(ledger::tile::encode_hashes(&hashes.tile(tile)?).map_err(io::Error::other)?),
            Kind::Entries | Kind::Signatures => source.tile(tile)?,
        };
        if published(directory, tile)? != expected {
            found.push(tile);
        }
        if found.len() == NAMED_MAX {
            break;
        }
    }
    Ok(found)
}

/// Goes along all rows of a log.
struct Walk<'a> {
    origin: &'a Origin,
    /// Below it the verifier checks signatures; from here on this does.
    sealed: u64,
    last: EntryHash,
    keys: Option<KeyHistory>,
    files: Files,
}

impl<'a> Walk<'a> {
    fn new(origin: &'a Origin, sealed: u64) -> Self {
        Self { origin, sealed, last: EntryHash::ZERO, keys: None, files: Files::default() }
    }

    /// Ends with the first problem: what follows it is not connected to what is before.
    async fn along(
        &mut self,
        ledger: &Ledger,
        log: LogId,
        size: u64,
        options: &FsckOptions,
    ) -> Result<Option<String>, FsckError> {
        let mut feed = Feed::new(ledger, log, 0);
        while feed.next_index() < size {
            let first = feed.next_index();
            let left = usize::try_from(size - first).unwrap_or(PAGE_ENTRIES_MAX);
            let page = match feed.next_now(left).await {
                Ok(page) if page.is_empty() => return Ok(Some(format!("Entry {first} is missing."))),
                Ok(page) => page,
                Err(FeedError::Database(error @ sqlx::Error::ColumnDecode { .. })) => {
                    return Ok(Some(format!("A row from entry {first} on is damaged: {error}.")));
                }
                Err(FeedError::Database(error)) => return Err(error.into()),
                Err(gap @ FeedError::Gap { .. }) => return Ok(Some(format!("{gap}."))),
            };
            if let Some(problem) = page.iter().find_map(|entry| self.step(entry).err()) {
                return Ok(Some(problem));
            }
            if let Some(blobs) = &options.blobs {
                for entry in &page {
                    self.files.step(blobs, entry.index, &entry.bytes).await;
                }
            }
            if let Some(progress) = &options.progress {
                progress(feed.next_index(), size + self.sealed);
            }
        }
        Ok(None)
    }

    fn step(&mut self, recorded: &Committed) -> Result<(), String> {
        let index = recorded.index;
        let entry = Entry::parse(&recorded.bytes).map_err(|error| format!("Entry {index} is malformed: {error}."))?;
        if entry.origin != *self.origin {
            return Err(format!("Entry {index} is of the log {}.", entry.origin));
        }
        if entry.prevhash != self.last {
            return Err(format!("Entry {index} names another predecessor than the entry before it."));
        }
        self.last = recorded.hash;
        let of_keys = |error| format!("Entry {index} does not go on with the log's keys: {error}.");
        let keys = match &mut self.keys {
            Some(keys) => keys,
            none => none.insert(KeyHistory::open(&entry).map_err(of_keys)?),
        };
        let key = keys.in_force(Role::Entries, index).vkey.clone();
        if self.sealed <= index && !signature::verify_entry(&key, &recorded.hash, &recorded.signature) {
            return Err(format!("The signature of entry {index} is not by the key in force."));
        }
        if 0 < index {
            keys.apply(&entry).map_err(of_keys)?;
        }
        Ok(())
    }
}
