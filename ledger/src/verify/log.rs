//! A whole log: every entry, every tile (spec §10, `kind: "log"`).

use std::io;

use super::Options;
use super::checkpoint::{Head, KEYS_UNKNOWN, conclude};
use super::continuity;
use super::facts::{Facts, Reader};
use super::parallel;
use super::tile_reader::{RawTile, TileReader};
use super::tree::Tree;
use super::verdict::{Answers, Question, Status};
use super::walk::{Past, Recorded, Signed, Step, Walk, miscounted};
use crate::export::Query;
use crate::key::Signature;
use crate::name::Origin;
use crate::source::LogSource;
use crate::tile::{Kind, TileId, WIDTH_MAX, decode_entries, decode_hashes, decode_signatures};
use crate::tree::{Hash, complete_root};

/// A log that is to be verified up to `size`.
pub(super) struct Log<'a, S> {
    pub(super) source: &'a S,
    pub(super) head: &'a Head,
    pub(super) origin: &'a Origin,
    /// 1 or more.
    pub(super) size: u64,
    pub(super) options: &'a Options<'a>,
}

/// The tiles of one place, looked at as far as they can be by themselves.
struct Tile {
    entries: TileId,
    /// `None` when the entries cannot be told apart.
    facts: Option<Vec<Facts>>,
    signatures: Vec<Signature>,
    leaves: Vec<Hash>,
    /// Root of a full tile.
    root: Option<Hash>,
    /// Whether the hash tile says the same.
    has_true_hashes: bool,
}

impl<S: LogSource> Log<'_, S> {
    /// Answers all questions about the log, and says what its entries record.
    pub(super) fn verify(&self) -> io::Result<(Answers, Recorded)> {
        let mut walk = Walk::along_log(self.origin, self.options);
        let mut tree = Tree::new(self.source, self.size);
        let is_read = self.walk(&mut walk, &mut tree)?;
        let mut is_signed = false;
        if is_read {
            is_signed = self.conclude_tree(&tree, &mut walk.answers);
            let last = walk.times.last();
            if let Some((index, time)) = last {
                walk.sign_of_life(index, time);
            }
            self.recount(is_signed, &mut walk)?;
        } else {
            walk.answers.end(Question::Tree);
        }
        conclude(&mut walk, (self.head, self.origin, self.size), is_read, self.options, &mut tree)?;
        if is_signed {
            walk.name_two_histories();
        }
        let past = is_read.then_some(&mut tree as &mut dyn Past);
        continuity::of_log(self.size, past, &mut walk)?;
        if is_read {
            self.stand(&mut walk);
        }
        Ok((walk.answers, walk.recorded))
    }

    fn reader(&self) -> Reader<'_> {
        Reader { origin: self.origin, query: &Query::All, names: self.head.names(), options: self.options }
    }

    /// Goes through all tiles: reads some while it hashes and parses those before them and checks the signatures of those
    /// before these. Ends early, with `false`, where entries cannot be read.
    fn walk(&self, walk: &mut Walk<'_>, tree: &mut Tree<'_, S>) -> io::Result<bool> {
        let entries = self.reader();
        let mut tiles = TileReader::new(self.source, self.size, false);
        let (mut raw, mut unchecked): (Vec<RawTile>, Vec<Vec<Signed>>) = (Vec::new(), Vec::new());
        loop {
            let step = parallel::step(
                (raw, unchecked),
                || tiles.read(),
                |tile| Tile::look_at(tile, &entries),
                |signed| false_signatures(&signed),
            );
            for index in step.checked.into_iter().flatten() {
                walk.answers.fail(Question::Signatures, index, &format!("The signature of entry {index} is false."));
            }
            unchecked = Vec::new();
            for tile in step.parsed {
                match self.fold(&tile, walk, tree)? {
                    Some(signed) => unchecked.push(signed),
                    None => return Ok(false),
                }
            }
            self.options.report(walk.recorded.entries, self.size);
            raw = step.raw?;
            if raw.is_empty() && unchecked.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Walks along the entries of one tile and adds it to the tree; `None` when it has no entries.
    fn fold(&self, tile: &Tile, walk: &mut Walk<'_>, tree: &mut Tree<'_, S>) -> io::Result<Option<Vec<Signed>>> {
        let first = tile.entries.places().start;
        let Some(facts) = &tile.facts else {
            let text =
                format!("{} is missing or damaged, so the entries from {first} on cannot be read.", tile.entries);
            walk.answers.fail(Question::Tree, first, &text);
            return Ok(None);
        };
        let mut unchecked = Vec::with_capacity(facts.len());
        for ((index, facts), place) in (first..).zip(facts).zip(0..) {
            let step = Step { index, facts, signature: tile.signatures.get(place) };
            unchecked.extend(walk.step(&step, tree)?);
        }
        let mut differing = match tile.root {
            Some(root) => tree.push_tile(root)?,
            None => tree.finish(&tile.leaves)?,
        };
        if !tile.has_true_hashes {
            differing.extend(TileId::of_log(Kind::Hashes { level: 0 }, tile.entries.index(), self.size));
        }
        if tile.entries.places().end == self.size && tile.root.is_some() {
            differing.extend(tree.finish(&[])?);
        }
        for hashes in differing {
            walk.answers.fail(Question::Tree, first, &format!("{hashes} is missing or is not that of these entries."));
        }
        Ok(Some(unchecked))
    }

    /// Whether the entries are those that the checkpoint is about.
    fn conclude_tree(&self, tree: &Tree<'_, S>, answers: &mut Answers) -> bool {
        match &self.head.says {
            Some(checkpoint) if checkpoint.root == tree.root() => {
                let text = format!("The {} entries give the root that the checkpoint names.", self.size);
                answers.stand(Question::Tree, Status::Ok, &text);
                return true;
            }
            // The root of another size has nothing to do with these entries.
            Some(checkpoint) if checkpoint.size != self.size => {
                answers.leave_unjudged(Question::Tree, Question::Checkpoint);
            }
            Some(_) => {
                let text = "The entries do not give the root that the checkpoint names: they are not the entries that \
                            the log signed.";
                answers.fail(Question::Tree, None, text);
            }
            None => answers.leave_unjudged(Question::Tree, Question::Checkpoint),
        }
        false
    }

    /// Counts in further passes what did not fit into the first. Of entries that the log did not sign, whose names may have
    /// been chosen to make the passes many, there is none.
    fn recount(&self, is_signed: bool, walk: &mut Walk<'_>) -> io::Result<()> {
        let entries = self.reader();
        let Some(mut tallies) = walk.tallies.take() else { return Ok(()) };
        if !is_signed && !tallies.is_last_pass() {
            let text = "Not all streams were counted, because these are not the entries that the log signed.";
            walk.answers.find(Question::Completeness, Status::NotProved, None, text);
            sealed(walk, tallies.erased());
            return Ok(());
        }
        loop {
            let erased = tallies.erased();
            let Some(next) = tallies.next_pass() else {
                sealed(walk, erased);
                return Ok(());
            };
            tallies = next;
            let mut tiles = TileReader::new(self.source, self.size, true);
            let mut raw = Vec::new();
            loop {
                let check = |(): ()| ();
                let step =
                    parallel::step((raw, Vec::new()), || tiles.read(), |tile| Tile::look_at(tile, &entries), check);
                for tile in &step.parsed {
                    let facts = tile.facts.iter().flatten();
                    for (index, facts) in (tile.entries.places().start..).zip(facts) {
                        let events = facts.read.iter().flat_map(|said| &said.events);
                        for miscount in events.filter_map(|event| tallies.count(*event)) {
                            miscounted(index, miscount, &mut walk.answers);
                        }
                    }
                }
                raw = step.raw?;
                if raw.is_empty() {
                    break;
                }
            }
        }
    }

    fn stand(&self, walk: &mut Walk<'_>) {
        let size = self.size;
        let answers = &mut walk.answers;
        answers.stand(
            Question::Format,
            Status::Ok,
            &format!("All {size} entries are well-formed and in their places."),
        );
        answers.stand(Question::Chain, Status::Ok, "Each entry names the hash of the one before it.");
        let text = format!("The log is here as a whole, complete to {size} entries.");
        stand_completeness(&text, answers);
        walk.times.stand(answers);
        stand_signatures(walk);
    }
}

/// What the line says of signatures when none of them was found false.
pub(super) fn stand_signatures(walk: &mut Walk<'_>) {
    let (answers, options) = (&mut walk.answers, walk.options);
    if walk.history.is_none() {
        answers.stand(Question::Signatures, Status::Failed, KEYS_UNKNOWN);
    } else if options.skip_signatures {
        let text = "The signatures of the entries were left unchecked, as asked.";
        answers.stand(Question::Signatures, Status::NotChecked, text);
    } else {
        let text = "The key in force signed each entry, and keys changed by the rules.";
        answers.stand(Question::Signatures, Status::Ok, text);
    }
}

/// What the line says of completeness when nothing was found missing. Of entries that the log did not sign nothing follows.
pub(super) fn stand_completeness(text: &str, answers: &mut Answers) {
    match answers.unsettled() {
        Some(because) => answers.leave_unjudged(Question::Completeness, because),
        None => answers.stand(Question::Completeness, Status::Ok, text),
    }
}

/// What became of the sealed values.
pub(super) fn sealed(walk: &mut Walk<'_>, erased: u64) {
    let super::facts::Sealed { values, opened, .. } = walk.sealed;
    if values == 0 {
        walk.answers.stand(Question::Sealed, Status::Absent, "There are no sealed values.");
        return;
    }
    let left = values.saturating_sub(opened).saturating_sub(erased);
    let text = format!("{values} sealed values: {opened} opened, {erased} erased, {left} not opened.");
    walk.answers.stand(Question::Sealed, Status::Ok, &text);
}

/// The indices of the signatures that do not hold.
pub(super) fn false_signatures(signed: &[Signed]) -> Vec<u64> {
    parallel::filter(signed, Signed::is_false).into_iter().map(|signed| signed.index).collect()
}

impl Tile {
    fn look_at(raw: RawTile, reader: &Reader<'_>) -> Tile {
        let width = raw.entries.width();
        let entries = raw.body.as_deref().and_then(|body| decode_entries(body, width).ok());
        let facts: Option<Vec<Facts>> =
            entries.map(|entries| entries.into_iter().map(|entry| reader.read(entry)).collect());
        let signatures = raw.signatures.as_deref().and_then(|body| decode_signatures(body, width).ok());
        let leaves: Vec<Hash> = facts.iter().flatten().map(|facts| facts.leaf).collect();
        let has_true_hashes =
            raw.hashes.is_none_or(|body| decode_hashes(&body, width).is_ok_and(|found| found == leaves));
        Tile {
            entries: raw.entries,
            root: (leaves.len() == usize::from(WIDTH_MAX)).then(|| complete_root(&leaves)),
            signatures: signatures.map(<[Signature]>::to_vec).unwrap_or_default(),
            has_true_hashes,
            facts,
            leaves,
        }
    }
}
