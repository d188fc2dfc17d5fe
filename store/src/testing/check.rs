//! The one checker of all tests: re-reads a whole log and verifies it by the code that auditors use.

use ledger::checkpoint::Checkpoint;
use ledger::key::Role;
use ledger::tree::{Frontier, leaf_hash};
use ledger::verify::{self, Options, Status, Verdict};

use crate::append::{Committed, LogId};
use crate::commit;
use crate::database_log::DatabaseLog;
use crate::entries;
use crate::fsck::{FsckOptions, Report, fsck};
use crate::open::Ledger;
use crate::seals::SealDirectory;

/// Verifies a log as the database holds it, under a checkpoint that is made for this and published nowhere. Returns its
/// entries.
///
/// # Panics
/// A line of the verdict is FAILED, or a row is not what its bytes say.
pub async fn check(ledger: &Ledger, log: LogId) -> Vec<Committed> {
    let mut conn = ledger.reader().acquire().await.expect("the database answers");
    let origin = commit::load_origin(&mut conn, log).await.expect("it can be read").expect("the log exists");
    let mut head = commit::load_head(&mut conn, log).await.expect("it can be read").expect("the log exists");
    drop(conn);
    let count = usize::try_from(head.size).expect("it fits into memory");
    let entries = entries::range(ledger.reader(), log, 0, count).await.expect("each row is what its bytes say");
    assert_eq!(entries.len(), count, "all entries up to the head are there");
    assert_eq!(entries.last().map(|entry| entry.hash), Some(head.hash), "the head is the last entry's hash");
    let mut tree = Frontier::new();
    for entry in &entries {
        tree.push(leaf_hash(&entry.bytes));
    }
    let key =
        ledger.keys().find(&origin, Role::Checkpoints, *head.keys.of(Role::Checkpoints)).expect("the key is here");
    let checkpoint = Checkpoint { origin, size: head.size, root: tree.root() };
    let note = checkpoint.sign(&[&key]).expect("one key signs");
    let source = DatabaseLog::new(ledger.reader(), log, None);
    let verify = move || verify::log(&source, note.as_bytes(), &Options::default());
    let verdict = tokio::task::spawn_blocking(verify).await.expect("verifying does not panic");
    hold(&verdict.expect("the log can be read"));
    entries
}

/// Verifies a sealed log: database, signer's record and published files, up to its newest checkpoint and beyond.
///
/// # Panics
/// Anything is wrong, or no checkpoint is published.
pub async fn check_sealed(ledger: &Ledger, seals: &SealDirectory, log: LogId) -> Report {
    let report = fsck(ledger, seals, log, FsckOptions::default()).await.expect("the log can be read");
    hold(report.verdict.as_ref().expect("a checkpoint is published"));
    assert_eq!(report.problems, Vec::<String>::new());
    report
}

fn hold(verdict: &Verdict) {
    let failed: Vec<_> = verdict.lines.iter().filter(|line| line.status == Status::Failed).collect();
    assert!(failed.is_empty(), "the log does not verify: {failed:#?}");
}
