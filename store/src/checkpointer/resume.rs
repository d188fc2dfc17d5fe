//! Starting from what is durable: the signer's record, the published files, the database.

use ledger::checkpoint::Checkpoint;
use ledger::tile::{TileBuilder, TileHashes, TileId, WIDTH_MAX, kinds};
use ledger::tree::{TreeHead, leaf_hash, root_at};

use super::growth::{Growth, Mismatch};
use super::{Checkpointer, Following, SealError, blocking};
use crate::append::Committed;
use crate::fence::FenceError;
use crate::handovers::HandoverDirectory;
use crate::signer::{Signer, SignerRecord};
use crate::tiles::{TileDirectory, TileError};
use crate::{checkpoints, commit, entries, fence};

impl Checkpointer {
    /// Becomes the one that works, or `None` where another is.
    pub(super) async fn resume(&self) -> Result<Option<Following>, SealError> {
        let (seals, keys, origin) = (self.seals.clone(), self.ledger.keys().clone(), self.origin.clone());
        let Some(signer) = blocking(move || Signer::open(&seals, &keys, &origin)).await? else { return Ok(None) };
        let mut conn = self.ledger.reader().acquire().await?;
        let head = commit::load_head(&mut conn, self.log).await?.ok_or(SealError::NoSuchLog(self.log))?;
        let past = fence::past(&mut conn, &self.seals, self.log, &self.origin, &head).await?;
        signer.check_past(past)?;
        let stored = checkpoints::newest(&mut *conn, self.log).await?.map(|checkpoint| checkpoint.head);
        let Some(record) = signer.record().cloned() else {
            let growth = Growth::new(&self.origin);
            return Ok(Some(Following { signer, growth, past, known: Vec::new(), published: 0 }));
        };
        fence::check_extends(&mut conn, self.log, &head, &record).await?;
        drop(conn);
        let growth = self.growth_from_tiles(&record).await?;
        let rebuild = growth.is_none();
        let growth = growth.unwrap_or_else(|| Growth::new(&self.origin));
        let mut following = Following { signer, growth, past, known: Vec::new(), published: record.head.size };
        if rebuild {
            following = self.rebuild(following, &record).await?;
        }
        following.known = self.publish_again(&record, stored).await?;
        let (kept, tiles) = (self.seals.signed_handovers(&self.origin), self.tiles.clone());
        blocking(move || hand_over_again(&kept, &tiles, record.head.size)).await?;
        if let Some(known) = following.known.iter().find(|known| head.size < known.size) {
            return Err(FenceError::Behind { signed: known.size, found: head.size }.into());
        }
        Ok(Some(following))
    }

    /// The growth at the record's size, `None` where the published tiles do not yield it.
    async fn growth_from_tiles(&self, record: &SignerRecord) -> Result<Option<Growth>, SealError> {
        let (tiles, head) = (self.tiles.clone(), record.head);
        let Some(builder) = blocking(move || builder_from(&tiles, head)).await? else { return Ok(None) };
        let first = head.size / u64::from(WIDTH_MAX) * u64::from(WIDTH_MAX);
        let unfinished = entries::range(self.ledger.reader(), self.log, first, usize::from(WIDTH_MAX)).await?;
        let unfinished: Vec<_> = unfinished.into_iter().take_while(|entry| entry.index < head.size).collect();
        if unfinished.len() as u64 != head.size - first {
            return Err(Mismatch::Missing { size: head.size, index: first }.into());
        }
        let tiles = self.tiles.clone();
        let unfinished = blocking(move || are_published(&tiles, unfinished, head.size)).await?;
        Ok(Some(Growth::resume(record, builder, &unfinished)))
    }

    /// Makes all tiles of the record's size from the entries: the directory was lost, or moved away by an operator.
    async fn rebuild(&self, following: Following, record: &SignerRecord) -> Result<Following, SealError> {
        tracing::warn!(log = %self.log, size = record.head.size, "the published tiles are missing: making them from the entries");
        let mut following = self.follow(following, record.head.size).await?;
        if following.growth.head() != record.head {
            return Err(Mismatch::Root { size: record.head.size }.into());
        }
        following.growth.signed();
        let (tiles, partial) = (self.tiles.clone(), following.growth.partial_tiles(0));
        blocking(move || tiles.put_new(&partial)).await?;
        Ok(following)
    }

    /// Publishes the record's checkpoint where it was signed but not published. Returns the tree heads that were
    /// published beyond it.
    async fn publish_again(&self, record: &SignerRecord, stored: Option<TreeHead>) -> Result<Vec<TreeHead>, SealError> {
        let tiles = self.tiles.clone();
        let served = blocking(move || tiles.checkpoint()).await?.map(|note| Checkpoint::parse(&note));
        // What is no checkpoint at all was damaged, and is replaced.
        let served = served.and_then(Result::ok).map(|(served, _)| TreeHead { size: served.size, root: served.root });
        let known: Vec<TreeHead> = [served, stored].into_iter().flatten().collect();
        if known.iter().any(|known| known.size == record.head.size && known.root != record.head.root) {
            return Err(Mismatch::Root { size: record.head.size }.into());
        }
        if !record.checkpoint.is_empty() {
            if served.is_none_or(|served| served.size < record.head.size) {
                let (tiles, record) = (self.tiles.clone(), record.clone());
                blocking(move || publish(&tiles, &record)).await?;
            }
            if stored.is_none_or(|stored| stored.size < record.head.size) {
                checkpoints::store(self.ledger.reader(), self.log, &record.head, &record.checkpoint).await?;
            }
        }
        Ok(known.into_iter().filter(|known| record.head.size < known.size).collect())
    }
}

/// The state of the hash tiles at a size, `None` where a tile is missing, damaged, or gives another root.
fn builder_from(tiles: &TileDirectory, head: TreeHead) -> Result<Option<TileBuilder>, TileError> {
    let last_of_each = kinds(head.size).filter_map(|kind| {
        let last = kind.places(head.size).checked_sub(1)? / u64::from(WIDTH_MAX);
        TileId::of_log(kind, last, head.size)
    });
    let found = last_of_each
        .map(|tile| tiles.tile(tile))
        .collect::<Result<Vec<_>, _>>()
        .and_then(|_| TileBuilder::resume(head.size, |tile| tiles.tile(tile)));
    match found {
        Ok(builder) if builder.root() == head.root => Ok(Some(builder)),
        Ok(_) | Err(TileError::Missing(_) | TileError::Body(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The entries of the unfinished tile, which go on into wider ones, once each is found to be the published one.
fn are_published(tiles: &TileDirectory, entries: Vec<Committed>, size: u64) -> Result<Vec<Committed>, SealError> {
    for Committed { index, bytes, .. } in &entries {
        if tiles.leaf(*index, size)? != leaf_hash(bytes) {
            return Err(Mismatch::Published { index: *index }.into());
        }
    }
    Ok(entries)
}

fn publish(tiles: &TileDirectory, record: &SignerRecord) -> Result<(), TileError> {
    if record.is_handover() {
        tiles.handovers().keep(record.head.size, &record.checkpoint)?;
    }
    tiles.publish(&record.checkpoint)
}

/// Publishes the checkpoints with which keys handed over where their files are gone. One whose root the tiles do not
/// give is of a history that an operator gave up by an adoption; it is none of this log's.
fn hand_over_again(kept: &HandoverDirectory, tiles: &TileDirectory, size: u64) -> Result<(), TileError> {
    let published = tiles.handovers().sizes()?;
    let mut missing = kept.sizes()?;
    missing.retain(|handover| *handover <= size && !published.contains(handover));
    for handover in missing {
        let Some(note) = kept.note(handover)? else { continue };
        let root = Checkpoint::parse(&note).ok().map(|(checkpoint, _)| checkpoint.root);
        let of_log = root_at(handover, &mut TileHashes::new(size, |tile| tiles.tile(tile)));
        if root.is_some() && root == of_log.ok() {
            tiles.handovers().keep(handover, &note)?;
        } else {
            tracing::warn!(handover, "a checkpoint with which keys handed over is not of this log's entries");
        }
    }
    Ok(())
}
