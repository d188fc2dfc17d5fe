//! Verifying takes no more memory for a longer log.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod made;

use std::io;
use std::path::{Path, PathBuf};

use ledger::tile::{Kind, TileBuilder, TileId, encode_entries, encode_hashes, encode_signatures};
use ledger::tree::leaf_hash;
use ledger::verify::{Fetch, Options, Question, tiles};

use self::made::Maker;

/// So many names fit into one pass: a long log takes several.
const NAMES_MAX: usize = 10_000;

/// A log in a directory.
struct Directory(PathBuf);

impl Fetch for Directory {
    fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.0.join(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }
}

fn write(directory: &Path, path: &str, body: &[u8]) -> io::Result<()> {
    let path = directory.join(path);
    std::fs::create_dir_all(path.parent().unwrap())?;
    std::fs::write(path, body)
}

/// Publishes a log of that size, two entries in each stream, tile by tile.
fn publish(directory: &Path, size: u64) {
    let mut maker = Maker::new();
    let mut hashes = TileBuilder::new();
    let (mut entries, mut signatures) = (Vec::new(), Vec::new());
    for index in 0..size {
        let (entry, signature) = maker.next(&format!("thing/{}", index.div_ceil(2)), u32::from(index % 2 == 0) + 1);
        let emit = |tile: TileId, hashes: &[_]| write(directory, &tile.to_string(), &encode_hashes(hashes).unwrap());
        hashes.push(leaf_hash(&entry), emit).unwrap();
        entries.push(entry);
        signatures.push(signature);
        if entries.len() == 256 || index + 1 == size {
            let tile = |kind| TileId::of_log(kind, index / 256, index + 1).unwrap().to_string();
            write(directory, &tile(Kind::Entries), &encode_entries(&entries).unwrap()).unwrap();
            write(directory, &tile(Kind::Signatures), &encode_signatures(&signatures).unwrap()).unwrap();
            entries.clear();
            signatures.clear();
        }
    }
    hashes.partial_tiles(|tile, hashes| write(directory, &tile.to_string(), &encode_hashes(hashes).unwrap())).unwrap();
    write(directory, "checkpoint", maker.checkpoint(hashes.root()).as_bytes()).unwrap();
}

/// The most memory that this process has had so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn verify(size: u64) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    publish(directory.path(), size);
    let options = Options { names_max: Some(NAMES_MAX), skip_signatures: true, ..Options::default() };
    let verdict = tiles(&Directory(directory.path().to_owned()), &options).unwrap();
    let accepted = [Question::Authenticity, Question::Signatures];
    assert_eq!(verdict.exit_status(&accepted), 0, "{verdict:#?}");
    assert_eq!(verdict.recorded.entries, size);
    peak()
}

/// The first log is long enough to fill all buffers, the second five times as long, with five times as many streams.
/// What the allocator keeps for itself differs by a few MiB from run to run; the entries alone would be 70 MiB more.
#[test]
fn memory_does_not_grow_with_the_log() {
    let of_short = verify(30_000);
    let of_long = verify(150_000);
    println!("{of_short} KiB for 30,000 entries, {of_long} KiB for 150,000");
    assert!(of_long < of_short + 10 * 1024, "{of_short} KiB for 30,000 entries, {of_long} KiB for 150,000");
    assert!(of_long < 64 * 1024, "{of_long} KiB");
}
