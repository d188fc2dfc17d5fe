//! The vectors, and logs made for a test.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use ledger::checkpoint::Checkpoint;
use ledger::cosignature::cosign;
use ledger::draft::{Draft, DraftParts, Personal, Place};
use ledger::entry::{Actor, ActorType, Context, Heartbeat, KeyRevoked, Opened, Outcome, StreamAttested};
use ledger::export::{Extras, Manifest, Query, choose, write_log, write_selection};
use ledger::hash::EntryHash;
use ledger::history::Rotation;
use ledger::id::EntryId;
use ledger::key::{Role, SigningKey};
use ledger::name::{EventType, Origin, Reference};
use ledger::note::Note;
use ledger::policy::Policy;
use ledger::signature::sign_entry;
use ledger::source::ListedLog;
use ledger::tile::{Kind, TileId, decode_entries, decode_signatures, tiles};
use ledger::time::Timestamp;
use ledger::tree::{Frontier, leaf_hash};
use ledger::verify::{Options, Verdict, container};
use ledger::zip::{Archive, Writer};
use serde_json::{Value, json};

/// A frozen file.
pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)).unwrap()
}

/// The policy of the vectors.
pub(crate) fn trust() -> Policy {
    Policy::parse(&read("trust.policy")).unwrap()
}

/// A member of an export.
pub(crate) fn member(export: &[u8], name: &str) -> Option<Vec<u8>> {
    let archive = Archive::open(export).unwrap();
    let member = archive.find(name).unwrap()?;
    Some(archive.read(&member, 1 << 24).unwrap())
}

/// The manifest of an export.
pub(crate) fn manifest(export: &[u8]) -> Manifest {
    Manifest::parse(&member(export, "countersign.json").unwrap()).unwrap()
}

/// The export with other contents of its members, and a container that fits them.
pub(crate) fn rewritten(export: &[u8], mut change: impl FnMut(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let archive = Archive::open(export).unwrap();
    let mut writer = Writer::new(Vec::new());
    for member in archive.members() {
        let member = member.unwrap();
        let name = member.name().as_str();
        writer.bytes(name, &change(name, archive.read(&member, 1 << 24).unwrap())).unwrap();
    }
    writer.finish().unwrap()
}

/// The entries and signatures of the export of a whole log.
pub(crate) fn listed(export: &[u8]) -> ListedLog {
    let mut log = ListedLog::default();
    for tile in tiles(manifest(export).size).filter(|tile| tile.kind() == Kind::Entries) {
        let signatures = TileId::new(Kind::Signatures, tile.index(), tile.width()).unwrap();
        let [entries, signatures] = [tile, signatures].map(|tile| member(export, &format!("log/{tile}")).unwrap());
        let entries = decode_entries(&entries, tile.width()).unwrap();
        let signatures = decode_signatures(&signatures, tile.width()).unwrap();
        log.entries.extend(entries.into_iter().map(<[u8]>::to_vec).zip(signatures.iter().copied()));
    }
    log
}

/// The second at which a made log begins: 2026-11-22T09:00:00Z.
pub(crate) const START: u64 = 1_795_338_000;

/// A log that grows by one entry a second, with keys that everybody knows.
pub(crate) struct Log {
    pub(crate) origin: Origin,
    pub(crate) listed: ListedLog,
    keys: HashMap<Role, SigningKey>,
    keys_made: u8,
    /// Number of `ledger.key.*` entries.
    pub(crate) key_changes: u64,
    versions: BTreeMap<String, u32>,
    last: (EntryHash, Option<EntryId>),
    tree: Frontier,
    /// The next entry's time, in microseconds since 1970.
    pub(crate) now: i64,
    /// The newest checkpoint, a signed note.
    pub(crate) checkpoint: Option<String>,
}

impl Log {
    /// A log with its entry 0.
    pub(crate) fn open() -> Log {
        Log::open_with(0)
    }

    /// A log of the same name with other keys, as many keys on.
    pub(crate) fn open_with(keys_made: u8) -> Log {
        let origin = Origin::parse("log.example.org/test").unwrap();
        let mut log = Log {
            origin,
            listed: ListedLog::default(),
            keys: HashMap::new(),
            keys_made,
            key_changes: 0,
            versions: BTreeMap::new(),
            last: (EntryHash::ZERO, None),
            tree: Frontier::new(),
            now: i64::try_from(START).unwrap() * 1_000_000,
            checkpoint: None,
        };
        for role in Role::ALL {
            let key = log.new_key(role);
            log.keys.insert(role, key);
        }
        let vkey = |role| log.keys[&role].vkey().clone();
        let opened = Opened {
            entries_vkey: vkey(Role::Entries),
            checkpoints_vkey: vkey(Role::Checkpoints),
            receipts_vkey: vkey(Role::Receipts),
        };
        let detail = opened.detail(&log.origin);
        log.own("ledger.opened", detail);
        log
    }

    fn new_key(&mut self, role: Role) -> SigningKey {
        self.keys_made += 1;
        SigningKey::from_seed(&role.vkey_name(&self.origin), [self.keys_made; 32]).unwrap()
    }

    /// The key in force.
    pub(crate) fn key(&self, role: Role) -> &SigningKey {
        &self.keys[&role]
    }

    /// A policy that pins the log by its present checkpoints key.
    pub(crate) fn policy(&self) -> Policy {
        Policy::for_log(self.key(Role::Checkpoints).vkey())
    }

    /// How many entries there are.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Appends an event.
    pub(crate) fn append(
        &mut self,
        event_type: &str,
        (subject, stream): (&str, Option<&str>),
        detail: Value,
        personal: Vec<Personal>,
    ) -> u64 {
        let version = stream.map(|stream| {
            let version = self.versions.entry(stream.to_owned()).or_default();
            *version += 1;
            *version
        });
        self.append_version(event_type, (subject, stream, version), detail, personal)
    }

    /// Appends an event with that version of its stream, right or wrong.
    pub(crate) fn append_version(
        &mut self,
        event_type: &str,
        (subject, stream, stream_version): (&str, Option<&str>, Option<u32>),
        detail: Value,
        personal: Vec<Personal>,
    ) -> u64 {
        let parts = DraftParts {
            event_type: EventType::parse(event_type).unwrap(),
            version: 1,
            subject: Reference::parse(subject).unwrap(),
            stream: stream.map(|stream| Reference::parse(stream).unwrap()),
            actor: Actor { kind: ActorType::System, id: "maker".into(), role: None },
            outcome: Outcome::Success,
            context: Context::default(),
            detail,
            personal,
        };
        let time = Timestamp::from_micros(self.now).unwrap();
        let index = self.size();
        let place = Place {
            index,
            time,
            id: EntryId::next(self.last.1, time, [7; 10]),
            prevhash: self.last.0,
            keyid: self.key(Role::Entries).key_id(),
            stream_version,
        };
        let bytes = Draft::new(&self.origin, parts).unwrap().place(&self.origin, &place).unwrap();
        let hash = EntryHash::of(&bytes);
        let signature = sign_entry(self.key(Role::Entries), &hash);
        self.tree.push(leaf_hash(&bytes));
        self.listed.entries.push((bytes, signature));
        self.last = (hash, Some(place.id));
        self.now += 1_000_000;
        index
    }

    fn own(&mut self, event_type: &str, detail: Value) -> u64 {
        self.append(event_type, (&format!("ledger/{}", self.origin), None), detail, Vec::new())
    }

    /// Appends an event of a stream.
    pub(crate) fn event(&mut self, stream: &str) -> u64 {
        let detail = json!({"note": "something that happened, in enough words to be like a real entry"});
        self.append("thing.changed", (stream, Some(stream)), detail, Vec::new())
    }

    /// Appends many events of a few streams.
    pub(crate) fn events(&mut self, count: u64) {
        for n in 0..count {
            self.event(&format!("thing/{}", n % 7));
        }
    }

    /// Replaces a key.
    pub(crate) fn rotate(&mut self, role: Role) -> u64 {
        let new = self.new_key(role);
        let rotation = Rotation {
            origin: &self.origin,
            role,
            old: self.key(role),
            new: &new,
            index: self.size(),
            prevhash: &self.last.0,
        };
        let detail = rotation.detail();
        let index = self.own("ledger.key.rotated", detail);
        self.key_changes += 1;
        self.keys.insert(role, new);
        index
    }

    /// Revokes the key in force.
    pub(crate) fn revoke(&mut self, role: Role, compromised_since: u64) -> u64 {
        let revoked = KeyRevoked {
            compromised_since: Timestamp::from_micros(i64::try_from(compromised_since).unwrap() * 1_000_000).unwrap(),
            keyid: self.key(role).key_id(),
            reason: "a laptop was stolen".into(),
            role,
        };
        let index = self.own("ledger.key.revoked", revoked.detail());
        self.key_changes += 1;
        index
    }

    /// Appends a heartbeat with the newest checkpoint.
    pub(crate) fn heartbeat(&mut self) -> u64 {
        let heartbeat = Heartbeat { checkpoint: self.checkpoint.clone(), keys: self.key_changes };
        self.own("ledger.heartbeat", heartbeat.detail())
    }

    /// Attests how far a stream has come.
    pub(crate) fn attest(&mut self, stream: &str) -> u64 {
        let version = self.versions.get(stream).copied().unwrap_or_default();
        let stream = Reference::parse(stream).unwrap();
        let detail = StreamAttested { stream: stream.clone(), version }.detail();
        self.append("stream.attested", (stream.as_str(), None), detail, Vec::new())
    }

    /// Signs a checkpoint over all entries.
    pub(crate) fn seal(&mut self) -> String {
        let note = self.unsigned_checkpoint().sign(&[self.key(Role::Checkpoints)]).unwrap();
        self.checkpoint = Some(note.clone());
        note
    }

    /// Signs a checkpoint over all entries, cosigned by these witnesses at these seconds.
    pub(crate) fn seal_cosigned(&mut self, witnesses: &[(&SigningKey, u64)]) -> String {
        let note = Note::sign(&self.unsigned_checkpoint().text(), &[self.key(Role::Checkpoints)]).unwrap();
        let text = note.text().to_owned();
        let note = witnesses.iter().fold(note, |note, (key, time)| note.with(cosign(key, *time, &text))).to_string();
        self.checkpoint = Some(note.clone());
        note
    }

    /// What the checkpoint over all entries says.
    pub(crate) fn unsigned_checkpoint(&self) -> Checkpoint {
        Checkpoint { origin: self.origin.clone(), size: self.size(), root: self.tree.root() }
    }

    /// Signs a checkpoint and writes the export of the whole log.
    pub(crate) fn export(&mut self) -> Vec<u8> {
        let checkpoint = self.seal();
        self.export_at(&checkpoint)
    }

    /// Writes the export of the whole log with that checkpoint.
    pub(crate) fn export_at(&self, checkpoint: &str) -> Vec<u8> {
        let extras = Extras { readme: true, entries: true, ..Extras::default() };
        write_log(Vec::new(), &self.listed, checkpoint, &extras).unwrap().0
    }

    /// Writes a selection with that checkpoint, consistent with an earlier size where one is given.
    pub(crate) fn select(&self, checkpoint: &str, query: &Query, consistent_with: Option<u64>) -> Vec<u8> {
        let size = Checkpoint::parse(checkpoint).unwrap().0.size;
        let chosen = choose(&self.listed, size, query).unwrap();
        let extras = Extras { consistent_with, ..Extras::default() };
        write_selection(Vec::new(), &self.listed, checkpoint, (query, &chosen), &extras).unwrap().0
    }

    /// The verdict on a file, by a policy that pins the log.
    pub(crate) fn verify(&self, file: &[u8]) -> Verdict {
        let policy = self.policy();
        container(file, &Options { policy: Some(&policy), ..Options::default() }).unwrap()
    }
}
