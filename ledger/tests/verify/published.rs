//! Published logs: directories in tlog-tiles layout (spec §5).

use std::collections::BTreeMap;
use std::io;

use ledger::tile::{Kind, TileId};
use ledger::verify::{Fetch, Options, Question, Status, Unanswered, tiles};

use crate::support::{Log, member};

/// Files by path.
#[derive(Clone)]
struct Directory(BTreeMap<String, Vec<u8>>);

impl Fetch for Directory {
    fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }
}

fn publish(log: &mut Log) -> Directory {
    let export = log.export();
    let mut files: BTreeMap<String, Vec<u8>> = ledger::tile::tiles(log.size())
        .map(|tile| (tile.to_string(), member(&export, &format!("log/{tile}")).unwrap()))
        .collect();
    files.insert("checkpoint".into(), member(&export, "log/checkpoint").unwrap());
    Directory(files)
}

#[test]
fn a_directory_is_verified_without_container_and_views() {
    let mut log = Log::open();
    log.events(600);
    log.heartbeat();
    let directory = publish(&mut log);
    let policy = log.policy();
    let verdict = tiles(&directory, &Options { policy: Some(&policy), ..Options::default() }).unwrap();
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:#?}");
    assert_eq!(verdict.lines.len(), 11);
    assert_eq!(verdict.remember, log.checkpoint);
}

#[test]
fn a_partial_tile_may_have_gone_for_the_full_one() {
    let mut log = Log::open();
    log.events(299);
    let checkpoint = log.seal();
    log.events(300);
    log.seal();
    let mut grown = publish(&mut log);
    grown.0.insert("checkpoint".into(), checkpoint.into_bytes());
    // The upper tile of the earlier size is still there: it does not become full.
    let upper = TileId::new(Kind::Hashes { level: 1 }, 0, 1).unwrap();
    let hashes = grown.0["tile/1/000.p/2"][..32].to_vec();
    grown.0.insert(upper.to_string(), hashes);
    let verdict = tiles(&grown, &Options::default()).unwrap();
    assert_eq!(verdict.exit_status(&[Question::Authenticity]), 0, "{verdict:#?}");
    assert_eq!(verdict.recorded.entries, 300);
}

#[test]
fn each_missing_or_changed_tile_is_found() {
    let mut log = Log::open();
    log.events(300);
    let whole = publish(&mut log);
    for path in whole.0.keys().filter(|path| *path != "checkpoint") {
        let mut missing = whole.clone();
        missing.0.remove(path);
        let verdict = tiles(&missing, &Options::default()).unwrap();
        assert_eq!(verdict.exit_status(&Question::ALL), 1, "{path} missing");
        let mut changed = whole.clone();
        *changed.0.get_mut(path).unwrap().last_mut().unwrap() ^= 4;
        let verdict = tiles(&changed, &Options::default()).unwrap();
        assert_eq!(verdict.exit_status(&Question::ALL), 1, "{path} changed");
        let question = if path.starts_with("tile/signature") { Question::Signatures } else { Question::Tree };
        assert_eq!(verdict.line(question).unwrap().status, Status::Failed, "{path}: {verdict:#?}");
    }
}

#[test]
fn a_directory_without_a_checkpoint_is_no_log() {
    let result = tiles(&Directory(BTreeMap::new()), &Options::default());
    assert!(matches!(result, Err(Unanswered::NoCheckpoint)));
}

#[test]
fn a_source_that_fails_gives_no_verdict() {
    struct Broken(Directory);
    impl Fetch for Broken {
        fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
            if path == "tile/entries/001.p/45" { Err(io::ErrorKind::TimedOut.into()) } else { self.0.fetch(path) }
        }
    }
    let mut log = Log::open();
    log.events(300);
    let result = tiles(&Broken(publish(&mut log)), &Options::default());
    assert!(matches!(result, Err(Unanswered::Read(error)) if error.kind() == io::ErrorKind::TimedOut));
}
