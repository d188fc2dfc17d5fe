//! A log's tree as far as it was followed: entries go in, checked against each other, and tiles come out. Pure.

use std::sync::Arc;

use ledger::entry::{Entry, EntryError, LedgerEvent};
use ledger::hash::EntryHash;
use ledger::key::{KeyId, Role};
use ledger::name::Origin;
use ledger::tile::{self, BodyError, Kind, TileBuilder, TileId, WIDTH_MAX};
use ledger::tree::{Hash, TreeHead, leaf_hash};

use crate::append::Committed;
use crate::signer::SignerRecord;
use crate::tiles::TileBody;

/// Why a log's entries do not go on as a log does. Nothing of it may be signed.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// An entry is missing.
    #[error("entry {expected} is missing: {found} is the next")]
    Gap {
        /// Index that should have come.
        expected: u64,
        /// Index that came.
        found: u64,
    },
    /// The bytes are no entry.
    #[error("entry {index}: {reason}")]
    Entry {
        /// Its index.
        index: u64,
        /// Why not.
        reason: EntryError,
    },
    /// The stored hash is not that of the bytes.
    #[error("entry {index} was stored with another hash than its bytes have")]
    Hash {
        /// Its index.
        index: u64,
    },
    /// The chain is broken.
    #[error("entry {index} names another predecessor than the entry before it")]
    Chain {
        /// Its index.
        index: u64,
    },
    /// The entry is of another log.
    #[error("entry {index} is of the log {found}")]
    OtherLog {
        /// Its index.
        index: u64,
        /// The log that it names.
        found: Origin,
    },
    /// The head's hash is not that of the last entry.
    #[error("the head at size {size} has another hash than the last entry")]
    Head {
        /// Size of the log.
        size: u64,
    },
    /// The root differs from one that was published for that size.
    #[error("the entries give another root for size {size} than was published")]
    Root {
        /// That size.
        size: u64,
    },
    /// An entry below the checkpoint was changed after it was published.
    #[error("entry {index} is not the one that was published")]
    Published {
        /// Its index.
        index: u64,
    },
    /// The database says that entries are there which are not.
    #[error("the log has {size} entries by its head, but entry {index} is not there")]
    Missing {
        /// Size by the head.
        size: u64,
        /// First entry that is not there.
        index: u64,
    },
}

/// Owned by one checkpointer. Its memory does not grow with the log: the unfinished tiles, at most 16 MiB when every
/// entry is as long as it may be, about 200 KiB usually.
#[derive(Debug, Clone)]
pub(super) struct Growth {
    origin: Origin,
    builder: TileBuilder,
    /// Hash of the last entry.
    last: EntryHash,
    /// Entries and signatures of the unfinished entries tile.
    unfinished: Vec<(Arc<[u8]>, [u8; 64])>,
    /// Checkpoints keys: in force at the size last signed, and those that came since.
    keys: Vec<KeyId>,
    /// Tiles that became full and are not yet written.
    full: Vec<TileBody>,
}

impl Growth {
    /// Before entry 0.
    pub(super) fn new(origin: &Origin) -> Self {
        Self {
            origin: origin.clone(),
            builder: TileBuilder::new(),
            last: EntryHash::ZERO,
            unfinished: Vec::new(),
            keys: Vec::new(),
            full: Vec::new(),
        }
    }

    /// At a size that was reached before: hash tiles, the entries of the unfinished tile, and the key in force.
    pub(super) fn resume(record: &SignerRecord, builder: TileBuilder, unfinished: &[Committed]) -> Self {
        debug_assert_eq!(builder.size() % u64::from(WIDTH_MAX), unfinished.len() as u64, "all of the unfinished tile");
        let unfinished = unfinished.iter().map(|entry| (Arc::clone(&entry.bytes), entry.signature)).collect();
        let (last, keys) = (record.entry, vec![record.key]);
        Self { origin: record.origin.clone(), builder, last, unfinished, keys, full: Vec::new() }
    }

    /// Adds the next entry once it is found to be that.
    pub(super) fn push(&mut self, entry: &Committed) -> Result<(), Mismatch> {
        let index = self.size();
        if entry.index != index {
            return Err(Mismatch::Gap { expected: index, found: entry.index });
        }
        let parsed = Entry::parse(&entry.bytes).map_err(|reason| Mismatch::Entry { index, reason })?;
        if EntryHash::of(&entry.bytes) != entry.hash {
            return Err(Mismatch::Hash { index });
        }
        if parsed.origin != self.origin {
            return Err(Mismatch::OtherLog { index, found: parsed.origin });
        }
        if parsed.sequence != index || parsed.prevhash != self.last {
            return Err(Mismatch::Chain { index });
        }
        self.note_key(&parsed);
        self.last = entry.hash;
        self.unfinished.push((Arc::clone(&entry.bytes), entry.signature));
        let full = &mut self.full;
        let emit = |tile, hashes: &[Hash]| tile::encode_hashes(hashes).map(|body| full.push((tile, body)));
        self.builder.push(leaf_hash(&entry.bytes), emit).expect("a full tile has 256 places");
        if self.unfinished.len() == usize::from(WIDTH_MAX) {
            let tiles = self.entries_tiles().expect("an entry that was parsed fits into its tile");
            self.full.extend(tiles);
            self.unfinished.clear();
        }
        Ok(())
    }

    /// The tiles that became full since this was last asked.
    pub(super) fn take_full(&mut self) -> Vec<TileBody> {
        std::mem::take(&mut self.full)
    }

    /// The partial tiles that a checkpoint of this size needs, but for those that one of size `published` has too.
    pub(super) fn partial_tiles(&self, published: u64) -> Vec<TileBody> {
        let size = self.size();
        let mut tiles = Vec::new();
        let emit = |tile: TileId, hashes: &[Hash]| tile::encode_hashes(hashes).map(|body| tiles.push((tile, body)));
        self.builder.partial_tiles(emit).expect("a partial tile has 1 to 255 places");
        if !self.unfinished.is_empty() {
            tiles.extend(self.entries_tiles().expect("entries that were parsed fit into their tile"));
        }
        tiles.retain(|(tile, _)| tile.kind().places(published) < tile.kind().places(size));
        tiles
    }

    /// After a checkpoint of this size: the key in force is the last that came.
    pub(super) fn signed(&mut self) {
        self.keys.drain(..self.keys.len().saturating_sub(1));
    }

    pub(super) fn size(&self) -> u64 {
        self.builder.size()
    }

    pub(super) fn head(&self) -> TreeHead {
        TreeHead { size: self.size(), root: self.builder.root() }
    }

    pub(super) fn last(&self) -> EntryHash {
        self.last
    }

    pub(super) fn keys(&self) -> &[KeyId] {
        &self.keys
    }

    /// Entries tile and signature tile of the unfinished place.
    fn entries_tiles(&self) -> Result<[TileBody; 2], BodyError> {
        let bytes: Vec<&[u8]> = self.unfinished.iter().map(|(bytes, _)| &**bytes).collect();
        let signatures: Vec<[u8; 64]> = self.unfinished.iter().map(|(_, signature)| *signature).collect();
        let width = u16::try_from(self.unfinished.len()).expect("at most 256");
        let index = (self.size() - 1) / u64::from(WIDTH_MAX);
        let tile = |kind| TileId::new(kind, index, width).expect("1 to 256 wide");
        Ok([
            (tile(Kind::Entries), tile::encode_entries(&bytes)?),
            (tile(Kind::Signatures), tile::encode_signatures(&signatures)?),
        ])
    }

    /// Follows the checkpoints key (spec §7). That both keys signed a rotation is the verifier's question: a key that is
    /// not ours cannot sign here anyway.
    fn note_key(&mut self, entry: &Entry) {
        match entry.ledger_event.as_deref() {
            Some(LedgerEvent::Opened(opened)) => self.keys.push(opened.vkey(Role::Checkpoints).key_id()),
            Some(LedgerEvent::KeyRotated(rotated)) if rotated.role == Role::Checkpoints => {
                self.keys.push(rotated.new_vkey.key_id());
            }
            _ => {}
        }
    }
}
