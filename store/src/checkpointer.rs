//! Seals one log: follows its entries, writes tiles, asks the signer, publishes.
//!
//! Entries are read again from the database and hashed again; chain and stored hashes are compared before anything is
//! signed. Resuming after a crash and publishing for the first time are the same code, fed from the signer's record.

mod adopt;
mod growth;
mod resume;

use ledger::name::Origin;
use ledger::tile::{TileHashError, TileHashes, TileId, WIDTH_MAX, kinds};
use ledger::tree::{ProveError, TreeHead, consistency_proof};

pub use self::adopt::{AdoptError, Adoption, adopt};
use self::growth::Growth;
pub use self::growth::Mismatch;
use crate::append::LogId;
use crate::fence::FenceError;
use crate::open::Ledger;
use crate::seals::SealDirectory;
use crate::signer::{Past, Signer, SignerError, SignerRecord, Wish};
use crate::tiles::{TileDirectory, TileError};
use crate::{checkpoints, commit, entries};

/// Entries read at once: about 300 KiB usually, 32 MiB when each is as long as it may be.
const PAGE_ENTRIES: usize = 512;

/// Seals one log. Several of them, in one process or many, are harmless: the signer's lock lets one work.
pub struct Checkpointer {
    ledger: Ledger,
    log: LogId,
    origin: Origin,
    seals: SealDirectory,
    tiles: TileDirectory,
    /// While this is the one that works. `None` at first and after an error: then it starts again from what is durable.
    following: Option<Following>,
}

/// What a round has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Another one holds the signer of this log.
    Standby,
    /// Everything was published before.
    Current,
    /// A checkpoint of this tree head is published.
    Published(TreeHead),
}

/// Why a log is not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// The database did not answer, or an entry is not what its columns say.
    #[error("the log cannot be read: {0}")]
    Database(#[from] sqlx::Error),
    /// The database is not what was signed.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The entries do not go on as a log does.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A published file differs from what the entries give, or cannot be read or written.
    #[error(transparent)]
    Tiles(#[from] TileError),
    /// The published tiles do not yield the proof that the signer wants.
    #[error("no consistency proof from the published tiles: {0}")]
    Proof(#[from] ProveError<TileHashError<TileError>>),
    /// The signer refused, or could not.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

impl SealError {
    /// Whether it may pass by itself: nothing was found wrong, only out of reach.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) | Self::Fence(FenceError::Database(error)) => {
                !matches!(error, sqlx::Error::ColumnDecode { .. })
            }
            _ => false,
        }
    }
}

/// The state of the one that works. Dropping it gives the signer back.
#[derive(Debug)]
struct Following {
    signer: Signer,
    growth: Growth,
    past: Past,
    /// Tree heads that were published beyond what the signer remembers: the entries must give these roots.
    known: Vec<TreeHead>,
    /// Size of the newest checkpoint whose tiles are all there.
    published: u64,
}

impl Checkpointer {
    /// For one log; nothing is read or locked before the first round.
    pub async fn new(ledger: &Ledger, seals: &SealDirectory, log: LogId) -> Result<Self, SealError> {
        let mut conn = ledger.reader().acquire().await?;
        let origin = commit::load_origin(&mut conn, log).await?.ok_or(SealError::NoSuchLog(log))?;
        let tiles = seals.tiles(&origin);
        Ok(Self { ledger: ledger.clone(), log, origin, seals: seals.clone(), tiles, following: None })
    }

    /// Seals what was committed when it was called. After an error the next round starts from what is durable.
    pub async fn round(&mut self) -> Result<Round, SealError> {
        let following = match self.following.take() {
            Some(following) => following,
            None => match self.resume().await? {
                Some(following) => following,
                None => return Ok(Round::Standby),
            },
        };
        let (following, round) = self.advance(following).await?;
        self.following = Some(following);
        Ok(round)
    }

    /// The newest checkpoint, as far as this is the one that works.
    pub fn newest(&self) -> Option<&SignerRecord> {
        self.following.as_ref()?.signer.record()
    }

    /// Lets another one work. The next round starts again from what is durable.
    pub fn release(&mut self) {
        self.following = None;
    }

    /// The log that it seals.
    pub fn log(&self) -> LogId {
        self.log
    }

    async fn advance(&self, following: Following) -> Result<(Following, Round), SealError> {
        let mut conn = self.ledger.reader().acquire().await?;
        let head = commit::load_head(&mut conn, self.log).await?.ok_or(SealError::NoSuchLog(self.log))?;
        drop(conn);
        if following.is_current(head.size) {
            return Ok((following, Round::Current));
        }
        let following = self.follow(following, head.size).await?;
        if following.growth.last() != head.hash {
            return Err(Mismatch::Head { size: head.size }.into());
        }
        let tiles = self.tiles.clone();
        let (following, note) = blocking(move || following.seal(&tiles)).await?;
        let published = following.growth.head();
        checkpoints::store(self.ledger.reader(), self.log, &published, &note).await?;
        Ok((following, Round::Published(published)))
    }

    /// Follows the entries up to a size and writes the tiles that become full.
    async fn follow(&self, mut following: Following, size: u64) -> Result<Following, SealError> {
        let start = following.growth.size();
        if size < start {
            return Err(FenceError::Behind { signed: start, found: size }.into());
        }
        while following.growth.size() < size {
            let index = following.growth.size();
            let count = usize::try_from(size - index).unwrap_or(PAGE_ENTRIES).min(PAGE_ENTRIES);
            let page = entries::range(self.ledger.reader(), self.log, index, count).await?;
            if page.is_empty() {
                return Err(Mismatch::Missing { size, index }.into());
            }
            let tiles = self.tiles.clone();
            following = blocking(move || {
                for entry in &page {
                    following.growth.push(entry)?;
                    following.check_known()?;
                }
                tiles.put_new(&following.growth.take_full())?;
                Ok::<_, SealError>(following)
            })
            .await?;
        }
        Ok(following)
    }
}

impl Following {
    /// Whether there is nothing to sign at that size.
    fn is_current(&self, size: u64) -> bool {
        let is_signed = self.signer.record().is_some_and(|record| !record.checkpoint.is_empty());
        self.growth.size() == size && (size == 0 || is_signed)
    }

    /// Compares the root with those that were published, once the size is reached.
    fn check_known(&mut self) -> Result<(), Mismatch> {
        let size = self.growth.size();
        let root_differs = |known: &TreeHead| known.size == size && known.root != self.growth.head().root;
        if self.known.iter().any(root_differs) {
            return Err(Mismatch::Root { size });
        }
        self.known.retain(|known| size < known.size);
        Ok(())
    }

    /// Writes what a checkpoint of this size needs, has it signed, and publishes it.
    fn seal(mut self, tiles: &TileDirectory) -> Result<(Self, String), SealError> {
        if let Some(known) = self.known.first() {
            return Err(FenceError::Behind { signed: known.size, found: self.growth.size() }.into());
        }
        tiles.put_new(&self.growth.partial_tiles(self.published))?;
        let head = self.growth.head();
        let signed = self.signer.record().map_or(0, |record| record.head.size);
        // From the files, not from memory: what was published is what the proof is about.
        let mut hashes = TileHashes::new(head.size, |tile| tiles.tile(tile));
        let proof = if signed <= head.size { consistency_proof(signed, head.size, &mut hashes)? } else { Vec::new() };
        let keys = self.growth.keys();
        let wish = Wish { head, entry: self.growth.last(), proof: &proof, keys, past: self.past };
        let note = self.signer.sign(&wish)?;
        if keys.len() > 1 {
            tiles.handovers().keep(head.size, &note)?;
        }
        tiles.publish(&note)?;
        self.growth.signed();
        drop_partials(tiles, self.published, head.size)?;
        self.published = head.size;
        Ok((self, note))
    }
}

/// Removes the partial tiles of places that became full between two sizes.
fn drop_partials(tiles: &TileDirectory, old: u64, new: u64) -> Result<(), TileError> {
    for kind in kinds(new) {
        let full = |size| kind.places(size) / u64::from(WIDTH_MAX);
        for index in full(old)..full(new) {
            tiles.drop_partials(TileId::new(kind, index, WIDTH_MAX).expect("of a log's size"))?;
        }
    }
    Ok(())
}

/// Runs what waits for disks, or hashes for long, where it holds nobody up.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("this work does not panic, and is not aborted")
}
