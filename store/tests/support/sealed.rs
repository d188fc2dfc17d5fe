//! A log with the directories in which it is sealed.

#![expect(unreachable_pub, clippy::unwrap_used, reason = "shared by test binaries; a failed step is a failed test")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger::checkpoint::Checkpoint;
use ledger::key::Role as KeyRole;
use ledger::tile::{self, Kind, TileId, tiles};
use ledger::tree::{Frontier, TreeHead, leaf_hash};
use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use store::checkpointer::{Checkpointer, Round};
use store::cluster::Role;
use store::seals::SealDirectory;
use store::tiles::TileDirectory;
use store::{Committed, Ledger};

use crate::support::TestLog;

/// A log, its data directory, and a checkpointer that a test runs by hand.
pub struct SealedLog {
    pub log: TestLog,
}

impl SealedLog {
    pub async fn open() -> Self {
        Self { log: TestLog::open().await }
    }

    pub fn seals(&self) -> SealDirectory {
        self.log.ledger.seals().clone()
    }

    pub fn tiles(&self) -> TileDirectory {
        self.seals().tiles(&self.log.origin)
    }

    pub fn signer_record(&self) -> PathBuf {
        self.seals().signer_record(&self.log.origin)
    }

    pub async fn checkpointer(&self) -> Checkpointer {
        self.checkpointer_of(&self.log.ledger).await
    }

    pub async fn checkpointer_of(&self, ledger: &Ledger) -> Checkpointer {
        Checkpointer::new(ledger, &self.seals(), self.log.log).await.unwrap()
    }

    /// Appends so many events.
    pub async fn append(&self, count: u64) {
        let mut left = count;
        while left > 0 {
            let now = left.min(1_000);
            self.log.append((0..now).map(|number| self.log.event(number)).collect()).await;
            left -= now;
        }
    }

    /// Seals what was committed and checks everything.
    pub async fn seal(&self) -> TreeHead {
        self.seal_with(&mut self.checkpointer().await).await
    }

    /// The same with a checkpointer that was there before.
    pub async fn seal_with(&self, checkpointer: &mut Checkpointer) -> TreeHead {
        let round = checkpointer.round().await.unwrap();
        let Round::Published(head) = round else { panic!("{round:?}") };
        self.check().await;
        head
    }

    /// Re-reads everything and verifies it as an auditor would; then compares tiles and entries once more by hand.
    pub async fn check(&self) {
        store::testing::check_sealed(&self.log.ledger, &self.seals(), self.log.log).await;
        let entries = self.log.check().await;
        let note = self.tiles().checkpoint().unwrap().expect("a checkpoint is published");
        let (checkpoint, note) = Checkpoint::parse(&note).unwrap();
        let size = usize::try_from(checkpoint.size).unwrap();
        assert_eq!(checkpoint.origin, self.log.origin);
        assert_eq!(checkpoint.root, root(&entries[..size]), "the root is that of the entries");
        let signed = note.signatures().iter().map(|line| {
            let keys = self.log.ledger.keys();
            keys.find(&self.log.origin, KeyRole::Checkpoints, line.key_id).unwrap().vkey().clone()
        });
        let keys: Vec<_> = signed.collect();
        assert_eq!(note.open(&keys, []).unwrap().signed.len(), note.signatures().len(), "each line is true");
        for tile in tiles(checkpoint.size) {
            self.check_tile(tile, &entries[..size]);
        }
    }

    fn check_tile(&self, tile: TileId, entries: &[Committed]) {
        let body = self.tiles().tile(tile).unwrap();
        let places = tile.places();
        let of_tile = entries.iter().filter(|entry| places.contains(&entry.index));
        match tile.kind() {
            Kind::Entries => {
                let found = tile::decode_entries(&body, tile.width()).unwrap();
                assert!(found.into_iter().eq(of_tile.map(|entry| &*entry.bytes)), "{tile}");
            }
            Kind::Signatures => {
                let found = tile::decode_signatures(&body, tile.width()).unwrap();
                assert!(found.iter().eq(of_tile.map(|entry| &entry.signature)), "{tile}");
            }
            Kind::Hashes { level } => {
                for (place, hash) in tile.places().zip(tile::decode_hashes(&body, tile.width()).unwrap()) {
                    let leaves = usize::try_from(place << (8 * level)).unwrap();
                    assert_eq!(hash, root(&entries[leaves..leaves + (1 << (8 * level))]), "{tile}");
                }
            }
        }
    }

    /// Copies the database and the data directory as they are. The ledger of this log is closed for it, as a stopped service would be.
    pub async fn back_up(&mut self) -> Backup {
        self.log.ledger.close().await;
        let name = format!("{}_backup", self.log.database.name());
        let mut db = sqlx::PgConnection::connect_with(&self.log.database.options(Role::Superuser).database("postgres"))
            .await
            .unwrap();
        // A closed connection's backend may take a moment to end.
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        sqlx::query(end).bind(self.log.database.name()).execute(&mut db).await.unwrap();
        let sql = format!("create database {name} template {} owner countersign_migrate", self.log.database.name());
        sqlx::raw_sql(&sql).execute(&mut db).await.unwrap();
        self.log.ledger = self.log.replica();
        let data = tempfile::tempdir().unwrap();
        copy(self.log.data.path(), data.path());
        Backup { name, data }
    }

    /// A service that runs on the backup's database and data directory, and knows nothing of what came after.
    pub fn clone_of(&self, backup: &Backup) -> Ledger {
        Ledger::open(&self.options_of(backup), backup.data.path())
    }

    /// Goes on with the database of the backup, as a service that is started after a restore.
    pub fn restore(&mut self, backup: &Backup) {
        self.log.ledger = Ledger::open(&self.options_of(backup), self.log.data.path());
    }

    fn options_of(&self, backup: &Backup) -> PgConnectOptions {
        self.log.database.options(Role::Ledger).database(&backup.name)
    }

    /// What a rewriter of history can do: change rows as a superuser, past triggers and policies.
    pub async fn tamper(&self, sql: &str) {
        let options = self.log.database.options(Role::Superuser);
        let mut db = sqlx::PgConnection::connect_with(&options).await.unwrap();
        let past = "alter table ledger.entries disable trigger user; alter table ledger.heads disable trigger user";
        let sql = format!("{past}; {sql}");
        sqlx::raw_sql(&sql).execute(&mut db).await.unwrap();
    }
}

/// A copy of the database, dropped with the cluster's other remains.
pub struct Backup {
    name: String,
    data: tempfile::TempDir,
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (file.path(), to.join(file.file_name()));
        if from.is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// Root over entries, made anew.
pub fn root(entries: &[Committed]) -> ledger::tree::Hash {
    let mut tree = Frontier::new();
    for entry in entries {
        tree.push(leaf_hash(&entry.bytes));
    }
    tree.root()
}

/// Waits for something to become true.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain: {what}");
}
