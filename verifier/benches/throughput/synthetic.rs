//! A log made for measuring, kept on disk: its length costs no memory.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use ledger::checkpoint::Checkpoint;
use ledger::draft::{Draft, DraftParts, Place};
use ledger::entry::{Actor, ActorType, Context, Heartbeat, Opened, Outcome};
use ledger::hash::EntryHash;
use ledger::id::EntryId;
use ledger::key::{Role, Signature, SigningKey, Vkey};
use ledger::name::{EventType, Origin, Reference};
use ledger::signature::sign_entry;
use ledger::source::LogSource;
use ledger::tile::{Kind, TileId, WIDTH_MAX, decode_entries, encode_entries};
use ledger::time::Timestamp;
use ledger::tree::{Frontier, leaf_hash};
use rayon::prelude::*;
use serde_json::{Value, json};

/// 2026-11-22T09:00:00Z in microseconds.
const START: i64 = 1_795_338_000_000_000;
/// From one entry to the next, in microseconds: a thousand entries a second.
const STEP: i64 = 1000;
/// Entries from one heartbeat to the next, less than an hour.
const HEARTBEAT: u64 = 1_000_000;
/// Streams that the entries go to in turn.
const STREAMS: u64 = 5000;

/// The log and its keys.
pub(crate) struct Synthetic {
    entries_key: SigningKey,
    checkpoints_key: SigningKey,
    checkpoint: String,
    /// Bodies of the entry tiles, one after the other.
    entries: File,
    /// Where each begins, and where the last ends.
    starts: Vec<u64>,
    signatures: File,
}

/// Where the writing of it is.
struct Writer {
    origin: Origin,
    entries_key: SigningKey,
    previous: (EntryHash, Option<EntryId>),
    index: u64,
    tree: Frontier,
}

impl Synthetic {
    /// Writes a log of that many entries, at least one, of about 570 bytes each.
    pub(crate) fn write(size: u64, directory: &Path) -> Synthetic {
        let origin = Origin::parse("ledger.example.org/measured").expect("an origin");
        let key = |role: Role, seed| SigningKey::from_seed(&role.vkey_name(&origin), [seed; 32]).expect("a good key");
        let [entries_key, checkpoints_key, receipts_key] =
            [(Role::Entries, 1), (Role::Checkpoints, 2), (Role::Receipts, 3)].map(|(role, seed)| key(role, seed));
        let opened = Opened {
            entries_vkey: entries_key.vkey().clone(),
            checkpoints_vkey: checkpoints_key.vkey().clone(),
            receipts_vkey: receipts_key.vkey().clone(),
        };
        let [entries, signatures] = ["entries", "signatures"].map(|name| {
            File::options().create_new(true).read(true).write(true).open(directory.join(name)).expect("a new file")
        });
        let (mut to_entries, mut to_signatures) = (BufWriter::new(&entries), BufWriter::new(&signatures));
        let mut starts = vec![0];
        let first = opened.detail(&origin);
        let mut writer =
            Writer { origin, entries_key, previous: (EntryHash::ZERO, None), index: 0, tree: Frontier::new() };
        while writer.index < size {
            let width = u64::from(WIDTH_MAX).min(size - writer.index);
            let tile: Vec<(Vec<u8>, EntryHash)> = (0..width).map(|_| writer.next(&first)).collect();
            let bodies: Vec<&[u8]> = tile.iter().map(|(entry, _)| entry.as_slice()).collect();
            let body = encode_entries(&bodies).expect("a tile");
            starts.push(starts.last().expect("one at least") + body.len() as u64);
            to_entries.write_all(&body).expect("room on the disk");
            let key = &writer.entries_key;
            let signed: Vec<Signature> = tile.par_iter().map(|(_, hash)| sign_entry(key, hash)).collect();
            to_signatures.write_all(&signed.concat()).expect("room on the disk");
        }
        to_entries.flush().expect("room on the disk");
        to_signatures.flush().expect("room on the disk");
        drop((to_entries, to_signatures));
        let Writer { origin, entries_key, tree, .. } = writer;
        let checkpoint =
            Checkpoint { origin, size, root: tree.root() }.sign(&[&checkpoints_key]).expect("a key is given");
        Synthetic { entries_key, checkpoints_key, checkpoint, entries, starts, signatures }
    }

    pub(crate) fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    pub(crate) fn entries_vkey(&self) -> &Vkey {
        self.entries_key.vkey()
    }

    pub(crate) fn checkpoints_vkey(&self) -> &Vkey {
        self.checkpoints_key.vkey()
    }

    /// Hash and signature of the first entries.
    pub(crate) fn hashes_and_signatures(&self, count: u64) -> Vec<(EntryHash, Signature)> {
        let tiles = (0..).map_while(|index| TileId::of_log(Kind::Entries, index, count));
        let hashes = tiles.flat_map(|tile| {
            let body = self.body(tile).expect("it was written").expect("it is there");
            let entries = decode_entries(&body, tile.width()).expect("a tile");
            entries.into_iter().map(EntryHash::of).collect::<Vec<_>>()
        });
        let signature = |index: u64| {
            let mut signature = [0; 64];
            self.signatures.read_exact_at(&mut signature, index * 64).expect("it was written");
            signature
        };
        hashes.zip((0..count).map(signature)).collect()
    }

    /// The bytes of the entries of a tile that may be narrower than the one written.
    fn body(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        let index = usize::try_from(tile.index()).map_err(io::Error::other)?;
        let Some([start, end]) = self.starts.get(index..index + 2) else { return Ok(None) };
        let mut body = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
        self.entries.read_exact_at(&mut body, *start)?;
        let mut len = 0;
        for _ in 0..tile.width() {
            len += 2 + usize::from(u16::from_be_bytes([body[len], body[len + 1]]));
        }
        body.truncate(len);
        Ok(Some(body))
    }
}

impl LogSource for Synthetic {
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        match tile.kind() {
            Kind::Entries => self.body(tile),
            Kind::Signatures => {
                let mut body = vec![0; 64 * usize::from(tile.width())];
                self.signatures.read_exact_at(&mut body, tile.places().start * 64)?;
                Ok(Some(body))
            }
            Kind::Hashes { .. } => Ok(None),
        }
    }

    fn has_hash_tiles(&self) -> bool {
        false
    }
}

impl Writer {
    fn next(&mut self, opened: &Value) -> (Vec<u8>, EntryHash) {
        let index = self.index;
        let (event_type, subject, stream, detail) = if index == 0 {
            ("ledger.opened", format!("ledger/{}", self.origin), None, opened.clone())
        } else if index.is_multiple_of(HEARTBEAT) {
            let heartbeat = Heartbeat { checkpoint: None, keys: 0 };
            ("ledger.heartbeat", format!("ledger/{}", self.origin), None, heartbeat.detail())
        } else {
            let subject = format!("record/{}", index % STREAMS);
            let detail = json!({"fields": ["status", "owner"], "from": "draft", "to": "final", "run": index});
            ("record.changed", subject.clone(), Some(subject), detail)
        };
        let stream_version = stream.as_ref().map(|_| self.stream_version());
        let parts = DraftParts {
            event_type: EventType::parse(event_type).expect("a type"),
            version: 1,
            subject: Reference::parse(&subject).expect("a subject"),
            stream: stream.map(|stream| Reference::parse(&stream).expect("a stream")),
            actor: Actor { kind: ActorType::Service, id: "measuring".into(), role: None },
            outcome: Outcome::Success,
            context: Context::default(),
            detail,
            personal: Vec::new(),
        };
        let past = i64::try_from(index).expect("a log of that length cannot be written") * STEP;
        let time = Timestamp::from_micros(START + past).expect("a time of this century");
        let (prevhash, previous) = self.previous;
        let id = EntryId::next(previous, time, [7; 10]);
        let place = Place { index, time, id, prevhash, keyid: self.entries_key.key_id(), stream_version };
        let entry =
            Draft::new(&self.origin, parts).and_then(|draft| draft.place(&self.origin, &place)).expect("an entry");
        let hash = EntryHash::of(&entry);
        self.tree.push(leaf_hash(&entry));
        self.previous = (hash, Some(id));
        self.index += 1;
        (entry, hash)
    }

    /// How many entries of this one's stream there are with it. Entry 0 and the heartbeats, each of which stands where an
    /// entry of stream 0 would, belong to none.
    fn stream_version(&self) -> u32 {
        let (round, stream) = (self.index / STREAMS, self.index % STREAMS);
        let heartbeats = if stream == 0 { 1 + self.index / HEARTBEAT } else { 0 };
        u32::try_from(round + 1 - heartbeats).expect("fewer than 2^31 versions")
    }
}
