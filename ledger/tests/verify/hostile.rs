//! What somebody who makes an export, or runs a log, cannot make the verifier do.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger::source::{ListedLog, LogSource};
use ledger::tile::{Kind, TileId};
use ledger::tree::Hash;
use ledger::verify::{self, Options, Question, Status, Verdict, container};
use ledger::zip::Source;

use crate::support::{Log, manifest, read, rewritten};

/// A log that counts how often its first entries are read.
struct Counted {
    log: ListedLog,
    passes: AtomicU64,
}

impl LogSource for Counted {
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        if tile.kind() == Kind::Entries && tile.index() == 0 {
            self.passes.fetch_add(1, Ordering::Relaxed);
        }
        self.log.tile(tile)
    }

    fn has_hash_tiles(&self) -> bool {
        false
    }
}

/// A file that notes how much was read of it at once at most, and altogether.
#[derive(Default)]
struct Watched {
    file: Vec<u8>,
    most_at_once: AtomicU64,
    all: AtomicU64,
}

impl Source for &Watched {
    fn len(&self) -> u64 {
        self.file.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.most_at_once.fetch_max(buffer.len() as u64, Ordering::Relaxed);
        self.all.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.file.as_slice().read_at(offset, buffer)
    }
}

impl Watched {
    /// The verdict on it by no policy.
    fn verify(&self) -> Verdict {
        container(self, &Options::default()).unwrap()
    }
}

/// The verdict on a log, and how many passes it took, with room for 16 names.
fn passes(log: &Log, checkpoint: &str) -> (Verdict, u64) {
    let counted = Counted { log: log.listed.clone(), passes: AtomicU64::new(0) };
    let policy = log.policy();
    let options = Options { policy: Some(&policy), names_max: Some(16), ..Options::default() };
    let verdict = verify::log(&counted, checkpoint.as_bytes(), &options).unwrap();
    (verdict, counted.passes.into_inner())
}

/// 64 streams whose names have hashes that begin with a zero byte.
fn ground() -> Log {
    let begins_with_zero = |name: &String| {
        let hash = blake3::Hasher::new().update(b"stream\n").update(name.as_bytes()).finalize();
        hash.as_bytes()[0] == 0
    };
    let mut log = Log::open();
    for name in (0..).map(|n| format!("thing/{n}")).filter(begins_with_zero).take(64) {
        log.event(&name);
    }
    log
}

#[test]
fn names_cannot_be_chosen_so_that_counting_them_takes_many_passes() {
    let mut log = ground();
    let checkpoint = log.seal();
    let (verdict, passes) = passes(&log, &checkpoint);
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:#?}");
    assert!((3..=32).contains(&passes), "{passes} passes");
}

#[test]
fn entries_that_the_log_did_not_sign_are_not_counted_again_and_again() {
    let log = ground();
    let mut false_checkpoint = log.unsigned_checkpoint();
    false_checkpoint.root = Hash([9; 32]);
    let checkpoint = false_checkpoint.sign(&[log.key(ledger::key::Role::Checkpoints)]).unwrap();
    let (verdict, passes) = passes(&log, &checkpoint);
    assert_eq!(verdict.line(Question::Tree).unwrap().status, Status::Failed, "{verdict:#?}");
    assert_eq!(
        verdict.line(Question::Completeness).unwrap().reason,
        "Not judged, because tree FAILED.",
        "{verdict:#?}"
    );
    assert!(passes <= 2, "{passes} passes");
}

#[test]
fn a_tile_longer_than_its_width_allows_is_not_read_into_memory() {
    for path in ["log/tile/0/000.p/10", "log/tile/signature/000.p/10", "log/tile/entries/000.p/10"] {
        let file = rewritten(&read("log-10.zip"), |name, data| if name == path { vec![7; 2 << 20] } else { data });
        let watched = Watched { file, ..Watched::default() };
        assert_eq!(watched.verify().exit_status(&Question::ALL), 1, "{path}");
        let most = watched.most_at_once.load(Ordering::Relaxed);
        assert!(most < 1 << 20, "{path}: {most} bytes at once");
    }
}

#[test]
fn a_view_is_read_once_however_often_it_is_listed() {
    let export = read("log-10.zip");
    let mut hostile = manifest(&export);
    let again = hostile.views.iter().find(|view| view.path == "entries.jsonl").unwrap().clone();
    hostile.views.extend(std::iter::repeat_n(again, 500));
    let manifest = hostile.to_bytes();
    let bytes = manifest.len() as u64;
    let file = rewritten(&export, |name, data| if name == "countersign.json" { manifest.clone() } else { data });
    let all_of = |file: Vec<u8>| {
        let watched = Watched { file, ..Watched::default() };
        let verdict = watched.verify();
        (verdict, watched.all.into_inner())
    };
    let (verdict, all) = all_of(file);
    for question in [Question::Container, Question::Format] {
        assert_eq!(verdict.line(question).unwrap().status, Status::Failed, "{verdict:#?}");
    }
    let (_, all_of_sound) = all_of(export);
    assert!(all <= all_of_sound + bytes, "{all} bytes were read, {all_of_sound} of the sound export");
}
