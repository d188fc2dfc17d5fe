//! Replicas whose key directories are not one: who lacks the key in force stands still, and goes on once it is there.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::path::Path;

use ledger::entry::Entry;
use ledger::key::Role as KeyRole;
use store::cluster::Role;
use store::{AppendError, ExpectedVersion, Ledger, rotate};
use support::TestLog;

/// Copies the log's key files with their modes.
fn copy_keys(from: &Ledger, to: &Ledger, log: &TestLog) {
    let (from, to) = (from.keys().of(&log.origin), to.keys().of(&log.origin));
    std::fs::create_dir_all(&to).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn replica_with(data: &Path, log: &TestLog) -> Ledger {
    Ledger::open(&log.database.options(Role::Ledger), data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lacks_the_new_key_appends_nothing_until_it_has_it() {
    let log = TestLog::open().await;
    let data = tempfile::tempdir().unwrap();
    let apart = replica_with(data.path(), &log);
    copy_keys(&log.ledger, &apart, &log);
    let append = async || apart.append(log.log, vec![log.event(1)], ExpectedVersion::Any, None).await;
    append().await.unwrap();

    let rotation = rotate::rotate(&log.ledger, log.log, KeyRole::Entries).await.unwrap();
    for _ in 0..3 {
        assert_eq!(append().await, Err(AppendError::KeyNotHeld(rotation.new.key_id().to_string())));
    }
    assert_eq!(log.check().await.len(), 3, "nothing was signed with the old key");

    copy_keys(&log.ledger, &apart, &log);
    let appended = append().await.unwrap();
    assert_eq!(Entry::parse(&appended.entries[0].bytes).unwrap().keyid, rotation.new.key_id());
    assert_eq!(log.check().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lacks_another_roles_new_key_appends_on() {
    let log = TestLog::open().await;
    let data = tempfile::tempdir().unwrap();
    let apart = replica_with(data.path(), &log);
    copy_keys(&log.ledger, &apart, &log);
    for role in [KeyRole::Checkpoints, KeyRole::Receipts] {
        rotate::rotate(&log.ledger, log.log, role).await.unwrap();
        apart.append(log.log, vec![log.event(1)], ExpectedVersion::Any, None).await.unwrap();
    }
    assert_eq!(log.check().await.len(), 5);
}
