//! Sealing a log, on a real PostgreSQL: what is published, what stops it, what a restart goes on from.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "support/sealed.rs"]
mod sealed;
mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ledger::checkpoint::Checkpoint;
use ledger::entry::{Entry, LedgerEvent};
use ledger::key::Role as KeyRole;
use ledger::tile::{Kind, TileId};
use sealed::{SealedLog, eventually, root};
use store::checkpointer::{self, AdoptError, Mismatch, Round, SealError};
use store::fence::{self, FenceError};
use store::sealing::Sealing;
use store::service_lock::{ServiceLock, ServiceLockError};
use store::signer::{self, SignerError};
use store::tiles::TileError;
use store::{AppendError, ExpectedVersion, NewEvent, checkpoints, rotate};
use support::all;

/// Every file below a directory with its content, but for what is named.
fn files(directory: &Path, except: &str) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let (mut directories, mut found) = (vec![directory.to_owned()], Vec::new());
    while let Some(next) = directories.pop() {
        for file in std::fs::read_dir(next).unwrap().map(|file| file.unwrap().path()) {
            if file.is_dir() {
                directories.push(file);
            } else if !file.ends_with(except) {
                found.push((file.strip_prefix(directory).unwrap().to_owned(), std::fs::read(&file).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_seals_every_entry_that_was_committed() {
    let sealed = SealedLog::open().await;
    sealed.append(700).await;
    let head = sealed.seal().await;
    assert_eq!(head.size, 701);
    assert_eq!(head.root, root(&sealed.log.check().await));
    let stored = checkpoints::newest(sealed.log.ledger.reader(), sealed.log.log).await.unwrap().unwrap();
    assert_eq!(stored.head, head);
    assert_eq!(Some(stored.note), sealed.tiles().checkpoint().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_sealed_in_many_steps_has_the_tiles_of_one_sealed_at_once() {
    let (stepwise, mut checkpointer) = {
        let sealed = SealedLog::open().await;
        let checkpointer = sealed.checkpointer().await;
        (sealed, checkpointer)
    };
    for count in [1, 100, 155, 1, 300, 212, 1_000] {
        stepwise.append(count).await;
        let Round::Published(head) = checkpointer.round().await.unwrap() else { panic!("there are new entries") };
        stepwise.check().await;
        assert!(head.size > count);
    }
    let partials = stepwise.tiles().root().join("tile/0");
    let left = std::fs::read_dir(partials).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut left: Vec<String> =
        left.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "p")).collect();
    left.sort();
    assert_eq!(left, ["006.p"], "partial tiles go once the full one is there");
    assert_eq!(checkpointer.round().await.unwrap(), Round::Current);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_published_checkpoint_keeps_its_partial_tiles_until_they_are_full() {
    let sealed = SealedLog::open().await;
    let mut checkpointer = sealed.checkpointer().await;
    for size in [5, 9, 30] {
        sealed.append(size - sealed.log.check().await.len() as u64).await;
        checkpointer.round().await.unwrap();
    }
    for width in [5, 9, 30] {
        for kind in ["0", "entries", "signature"] {
            assert!(sealed.tiles().root().join(format!("tile/{kind}/000.p/{width}")).exists());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_from_what_was_published() {
    let sealed = SealedLog::open().await;
    for count in [1, 254, 1, 300] {
        sealed.append(count).await;
        sealed.seal().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_two_seals_and_the_other_takes_over() {
    let sealed = SealedLog::open().await;
    let (mut one, mut other) = (sealed.checkpointer().await, sealed.checkpointer_of(&sealed.log.replica()).await);
    assert!(matches!(one.round().await.unwrap(), Round::Published(_)));
    sealed.append(10).await;
    assert_eq!(other.round().await.unwrap(), Round::Standby);
    drop(one);
    assert!(matches!(other.round().await.unwrap(), Round::Published(head) if head.size == 11));
    sealed.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_in_a_tiles_place_stop_the_log() {
    let sealed = SealedLog::open().await;
    sealed.append(99).await;
    let tile = TileId::new(Kind::Entries, 0, 100).unwrap();
    sealed.tiles().put_new(&[(tile, b"another history".to_vec())]).unwrap();
    let stopped = sealed.checkpointer().await.round().await.unwrap_err();
    assert!(matches!(stopped, SealError::Tiles(TileError::Differs(_))), "{stopped}");
    assert!(!stopped.is_transient());
    assert_eq!(sealed.tiles().checkpoint().unwrap(), None, "nothing is published");
    assert!(!sealed.signer_record().exists(), "nothing is signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_were_changed_after_they_were_committed_are_not_signed() {
    for tampering in [
        "update ledger.entries set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'record/1', 'record/2'), 'UTF8')
            where index = 7",
        "update ledger.entries set hash = decode(repeat('00', 32), 'hex') where index = 7",
        "delete from ledger.entries where index = 7",
        "update ledger.heads set head_hash = decode(repeat('00', 32), 'hex')",
    ] {
        let sealed = SealedLog::open().await;
        sealed.append(3).await;
        let before = sealed.seal().await;
        sealed.append(10).await;
        sealed.tamper(tampering).await;
        let stopped = sealed.checkpointer().await.round().await.unwrap_err();
        assert!(!stopped.is_transient(), "{tampering}: {stopped}");
        let record = signer::read_record(&sealed.seals(), &sealed.log.origin).unwrap().unwrap();
        assert_eq!(record.head, before, "{tampering}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_was_changed_after_it_was_sealed_is_not_published_in_a_wider_tile() {
    let sealed = SealedLog::open().await;
    sealed.append(3).await;
    let before = sealed.seal().await;
    store::testing::forge(&sealed.log.database, sealed.log.log, 2).await;
    sealed.append(10).await;
    let stopped = sealed.checkpointer().await.round().await.unwrap_err();
    assert!(matches!(stopped, SealError::Mismatch(Mismatch::Published { index: 2 })), "{stopped}");
    assert!(!stopped.is_transient());
    assert!(!sealed.tiles().root().join("tile/entries/000.p/14").exists());
    assert_eq!(signer::read_record(&sealed.seals(), &sealed.log.origin).unwrap().unwrap().head, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_in_a_narrower_tile_stop_the_log() {
    for kind in ["0", "entries", "signature"] {
        let sealed = SealedLog::open().await;
        let mut checkpointer = sealed.checkpointer().await;
        sealed.append(3).await;
        let before = sealed.seal_with(&mut checkpointer).await;
        let narrower = sealed.tiles().root().join(format!("tile/{kind}/000.p/4"));
        let mut other = std::fs::read(&narrower).unwrap();
        *other.last_mut().unwrap() ^= 1;
        std::fs::write(&narrower, other).unwrap();
        sealed.append(10).await;
        let stopped = checkpointer.round().await.unwrap_err();
        assert!(matches!(&stopped, SealError::Tiles(TileError::Differs(path)) if *path == narrower), "{stopped}");
        assert_eq!(signer::read_record(&sealed.seals(), &sealed.log.origin).unwrap().unwrap().head, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_directory_of_tiles_is_made_again_byte_for_byte() {
    let sealed = SealedLog::open().await;
    sealed.append(1_000).await;
    sealed.seal().await;
    let before = files(sealed.tiles().root(), "");
    std::fs::remove_dir_all(sealed.tiles().root()).unwrap();
    assert_eq!(sealed.checkpointer().await.round().await.unwrap(), Round::Current);
    assert_eq!(files(sealed.tiles().root(), ""), before);
    sealed.append(100).await;
    sealed.seal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_and_not_published_is_published_after_a_crash() {
    let sealed = SealedLog::open().await;
    sealed.append(5).await;
    sealed.seal().await;
    let older = sealed.tiles().checkpoint().unwrap().unwrap();
    sealed.append(5).await;
    let newer = sealed.seal().await;
    // As if the service had died right after the signer's record was durable.
    sealed.tiles().publish(&older).unwrap();
    sealed.tamper("update ledger.checkpoints set size = 6").await;
    assert_eq!(sealed.checkpointer().await.round().await.unwrap(), Round::Current);
    sealed.check().await;
    let served = sealed.tiles().checkpoint().unwrap().unwrap();
    assert_eq!(Checkpoint::parse(&served).unwrap().0.size, newer.size);
    let stored = checkpoints::newest(sealed.log.ledger.reader(), sealed.log.log).await.unwrap().unwrap();
    assert_eq!(stored.head, newer);
}

async fn fence_of(sealed: &SealedLog) -> Result<(), FenceError> {
    let mut conn = sealed.log.ledger.reader().acquire().await.unwrap();
    fence::check_log(&mut conn, &sealed.seals(), sealed.log.log).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_extends_what_was_signed_may_be_appended_to() {
    let sealed = SealedLog::open().await;
    fence_of(&sealed).await.unwrap();
    sealed.append(5).await;
    fence_of(&sealed).await.unwrap();
    sealed.seal().await;
    fence_of(&sealed).await.unwrap();
    sealed.append(5).await;
    fence_of(&sealed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_older_backup_can_be_neither_appended_to_nor_signed_over() {
    let mut sealed = SealedLog::open().await;
    sealed.append(10).await;
    sealed.seal().await;
    let backup = sealed.back_up().await;
    sealed.append(10).await;
    let signed = sealed.seal().await;
    sealed.restore(&backup);
    assert!(matches!(fence_of(&sealed).await, Err(FenceError::Behind { signed: 21, found: 11 })));
    let stopped = sealed.checkpointer().await.round().await.unwrap_err();
    assert!(matches!(stopped, SealError::Fence(FenceError::Behind { .. })), "{stopped}");
    let refused = sealed.log.ledger.append(sealed.log.log, vec![sealed.log.event(0)], ExpectedVersion::Any, None).await;
    assert!(matches!(refused, Err(AppendError::NotAnExtension(_))), "{refused:?}");
    // Where the data directory was restored with it, it grows past the signed size, with other entries.
    let clone = sealed.clone_of(&backup);
    for _ in 0..30 {
        clone.append(sealed.log.log, vec![sealed.log.event(1)], ExpectedVersion::Any, None).await.unwrap();
    }
    let refused = sealed.log.ledger.append(sealed.log.log, vec![sealed.log.event(0)], ExpectedVersion::Any, None).await;
    assert!(matches!(refused, Err(AppendError::NotAnExtension(_))), "{refused:?}");
    assert!(matches!(fence_of(&sealed).await, Err(FenceError::OtherHistory { index: 20 })));
    let stopped = sealed.checkpointer().await.round().await.unwrap_err();
    assert!(matches!(stopped, SealError::Fence(FenceError::OtherHistory { .. })), "{stopped}");
    assert_eq!(signer::read_record(&sealed.seals(), &sealed.log.origin).unwrap().unwrap().head, signed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_adopt_a_restored_backup_and_the_log_says_so() {
    let mut sealed = SealedLog::open().await;
    sealed.append(300).await;
    sealed.seal().await;
    let backup = sealed.back_up().await;
    sealed.append(10).await;
    sealed.seal().await;
    let lost = sealed.tiles().checkpoint().unwrap().unwrap();
    sealed.restore(&backup);
    let adoption =
        checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, "disk failure", None).await.unwrap();
    assert_eq!((adoption.adopted.size, adoption.before.unwrap().checkpoint), (301, lost));
    let entry = Entry::parse(&adoption.recovered.entries[0].bytes).unwrap();
    assert_eq!((entry.event_type.as_str(), entry.sequence), ("ledger.recovered", 301));
    assert!(adoption.set_aside.unwrap().join("checkpoint").exists(), "what was published is kept as evidence");
    fence_of(&sealed).await.unwrap();
    assert_eq!(sealed.seal().await.size, 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_being_sealed_cannot_be_adopted() {
    let sealed = SealedLog::open().await;
    let mut checkpointer = sealed.checkpointer().await;
    checkpointer.round().await.unwrap();
    let refused = checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, "why not", None).await;
    assert!(matches!(refused, Err(AdoptError::Sealing)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_extends_what_was_signed_cannot_be_adopted() {
    let sealed = SealedLog::open().await;
    let adopt = async || {
        checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, "a mistake at night", None).await
    };
    assert!(matches!(adopt().await, Err(AdoptError::Extends)), "nothing was signed yet");
    sealed.append(300).await;
    sealed.seal().await;
    assert!(matches!(adopt().await, Err(AdoptError::Extends)), "what was signed is all there");
    sealed.append(5).await;
    let refused = adopt().await.unwrap_err();
    assert_eq!(refused.to_string(), "nothing to adopt: the log extends what was signed");
    assert_eq!(sealed.seal().await.size, 306, "and it goes on as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adoption_that_was_cut_off_before_its_entry_can_be_finished_and_then_no_more() {
    let sealed = SealedLog::open().await;
    sealed.append(10).await;
    sealed.seal().await;
    let path = sealed.signer_record();
    let record = signer::read_record(&sealed.seals(), &sealed.log.origin).unwrap().unwrap();
    std::fs::write(path, signer::SignerRecord { checkpoint: String::new(), ..record }.to_bytes()).unwrap();
    let adopt =
        async || checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, "once more", None).await;
    adopt().await.unwrap();
    assert!(matches!(adopt().await, Err(AdoptError::Extends)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_beyond_the_record_and_the_database_is_a_reason_to_adopt() {
    let mut sealed = SealedLog::open().await;
    sealed.append(10).await;
    sealed.seal().await;
    let backup = sealed.back_up().await;
    let older = std::fs::read(sealed.signer_record()).unwrap();
    sealed.append(10).await;
    sealed.seal().await;
    std::fs::write(sealed.signer_record(), older).unwrap();
    sealed.restore(&backup);
    checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, "all is older", None).await.unwrap();
    sealed.seal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_adopted_beside_a_running_service() {
    let sealed = SealedLog::open().await;
    let service = ServiceLock::shared(&sealed.seals()).unwrap();
    let replica = ServiceLock::shared(&sealed.seals()).unwrap();
    drop(service);
    let refused = checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, "why not", None).await;
    assert!(matches!(refused, Err(AdoptError::Service(ServiceLockError::Running))), "{refused:?}");
    drop(replica);
    let alone = ServiceLock::alone(&sealed.seals()).unwrap();
    assert!(matches!(ServiceLock::shared(&sealed.seals()), Err(ServiceLockError::Adopting)));
    drop(alone);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_signer_record_is_not_taken_for_a_new_log() {
    for evidence in ["the database's checkpoint", "the published checkpoint", "a heartbeat"] {
        let sealed = SealedLog::open().await;
        sealed.append(10).await;
        sealed.seal().await;
        if evidence == "a heartbeat" {
            let newest = checkpoints::newest(sealed.log.ledger.reader(), sealed.log.log).await.unwrap().unwrap();
            let heartbeat = NewEvent::Heartbeat { checkpoint: Some(newest.note), size: newest.head.size };
            sealed.log.append(vec![heartbeat]).await;
        }
        std::fs::remove_file(sealed.signer_record()).unwrap();
        if evidence != "the published checkpoint" {
            std::fs::remove_dir_all(sealed.tiles().root()).unwrap();
        }
        if evidence != "the database's checkpoint" {
            sealed.tamper("delete from ledger.checkpoints").await;
        }
        assert!(matches!(fence_of(&sealed).await, Err(FenceError::Signer(SignerError::NoRecord(_)))), "{evidence}");
        let stopped = sealed.checkpointer().await.round().await.unwrap_err();
        assert!(matches!(stopped, SealError::Signer(SignerError::NoRecord(_))), "{evidence}: {stopped}");
        checkpointer::adopt(&sealed.log.ledger, &sealed.seals(), sealed.log.log, evidence, None).await.unwrap();
        sealed.seal().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_record_older_than_what_was_published_does_not_sign_another_history() {
    let sealed = SealedLog::open().await;
    sealed.append(5).await;
    sealed.seal().await;
    let older = std::fs::read(sealed.signer_record()).unwrap();
    sealed.append(5).await;
    sealed.seal().await;
    std::fs::write(sealed.signer_record(), older).unwrap();
    // The same history goes on.
    sealed.append(5).await;
    sealed.seal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_every_role_rotate_while_the_log_grows() {
    let sealed = SealedLog::open().await;
    let mut checkpointer = sealed.checkpointer().await;
    for role in KeyRole::ALL {
        sealed.append(20).await;
        checkpointer.round().await.unwrap();
        let rotation = rotate::rotate(&sealed.log.ledger, sealed.log.log, role).await.unwrap();
        assert!(rotation.file.exists());
        sealed.append(20).await;
        checkpointer.round().await.unwrap();
        sealed.check().await;
        let (checkpoint, note) = Checkpoint::parse(&sealed.tiles().checkpoint().unwrap().unwrap()).unwrap();
        let signed: Vec<_> = note.signatures().iter().map(|line| line.key_id).collect();
        let handover = sealed.tiles().root().join("handover").join(checkpoint.size.to_string());
        if role == KeyRole::Checkpoints {
            assert_eq!(signed, [rotation.old, rotation.new.key_id()], "the old key hands over to the new");
            assert!(handover.exists(), "and that checkpoint stays published");
        }
        sealed.append(1).await;
        sealed.seal_with(&mut checkpointer).await;
        let (_, note) = Checkpoint::parse(&sealed.tiles().checkpoint().unwrap().unwrap()).unwrap();
        assert_eq!(note.signatures().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_another_process_rotates_while_two_replicas_write_leave_a_log_that_verifies() {
    let sealed = SealedLog::open().await;
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    let (log, done) = (sealed.log.log, Arc::new(AtomicBool::new(false)));
    let replicas = [sealed.log.ledger.clone(), sealed.log.replica()];
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (ledger, event, done) = (replicas[writer % 2].clone(), sealed.log.event(1), Arc::clone(&done));
            tokio::spawn(async move {
                let mut written = 0;
                while !done.load(Ordering::Relaxed) {
                    ledger.append(log, vec![event.clone()], ExpectedVersion::Any, None).await.unwrap();
                    written += 1;
                }
                written
            })
        })
        .collect();
    let operator = sealed.log.replica();
    for role in KeyRole::ALL.into_iter().chain(KeyRole::ALL) {
        let rotation = rotate::rotate(&operator, log, role).await.unwrap();
        let size = rotation.appended.entries[0].index + 20;
        eventually("the log grows and is sealed past the rotation", async || {
            let newest = checkpoints::newest(sealed.log.ledger.reader(), log).await.unwrap();
            newest.is_some_and(|newest| size <= newest.head.size)
        })
        .await;
    }
    done.store(true, Ordering::Relaxed);
    let written: usize = all(writers).await.into_iter().sum();
    assert_eq!(service.alarms(), []);
    service.stop().await;
    let entries = sealed.log.check().await;
    assert_eq!(entries.len(), 1 + 1 + 6 + written, "entry 0, a heartbeat, the rotations, and what was acknowledged");
    sealed.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rotations_between_checkpoints_are_both_handed_over() {
    let sealed = SealedLog::open().await;
    sealed.append(3).await;
    sealed.seal().await;
    let first = rotate::rotate(&sealed.log.ledger, sealed.log.log, KeyRole::Checkpoints).await.unwrap();
    let second = rotate::rotate(&sealed.log.ledger, sealed.log.log, KeyRole::Checkpoints).await.unwrap();
    sealed.seal().await;
    let (_, note) = Checkpoint::parse(&sealed.tiles().checkpoint().unwrap().unwrap()).unwrap();
    let signed: Vec<_> = note.signatures().iter().map(|line| line.key_id).collect();
    assert_eq!(signed, [first.old, first.new.key_id(), second.new.key_id()]);
    // Also once the tiles are lost, the key in force is known from the signer's record and the entries.
    std::fs::remove_dir_all(sealed.tiles().root()).unwrap();
    sealed.append(1).await;
    sealed.seal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkpoints_with_which_keys_handed_over_are_published_again_after_the_files_were_lost() {
    let sealed = SealedLog::open().await;
    for events in [5, 300] {
        sealed.append(events).await;
        rotate::rotate(&sealed.log.ledger, sealed.log.log, KeyRole::Checkpoints).await.unwrap();
        sealed.seal().await;
    }
    sealed.append(300).await;
    sealed.seal().await;
    let before = files(&sealed.tiles().root().join("handover"), "");
    assert_eq!(sealed.tiles().handovers().sizes().unwrap(), [7, 308]);
    for lost in [sealed.tiles().root().to_owned(), sealed.tiles().root().join("handover")] {
        std::fs::remove_dir_all(lost).unwrap();
        assert_eq!(sealed.checkpointer().await.round().await.unwrap(), Round::Current);
        assert_eq!(files(&sealed.tiles().root().join("handover"), ""), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_of_a_history_that_was_given_up_is_not_published_again() {
    let sealed = SealedLog::open().await;
    sealed.append(5).await;
    rotate::rotate(&sealed.log.ledger, sealed.log.log, KeyRole::Checkpoints).await.unwrap();
    sealed.seal().await;
    let kept = sealed.log.data.path().join("signer/acme.handovers");
    // As it would be left by an adoption: the checkpoint of another history.
    let note = std::fs::read_to_string(kept.join("7")).unwrap();
    let root = note.lines().nth(2).unwrap();
    let other = note.replace(root, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").replace("\n7\n", "\n6\n");
    std::fs::write(kept.join("6"), other).unwrap();
    std::fs::remove_dir_all(sealed.tiles().root()).unwrap();
    sealed.append(1).await;
    sealed.seal().await;
    assert_eq!(sealed.tiles().handovers().sizes().unwrap(), [7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_seals_all_logs_and_appends_a_first_heartbeat() {
    let sealed = SealedLog::open().await;
    let other = store::logs::open(&sealed.log.ledger, "other", "Other", "ledger.example.com").await.unwrap();
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    for log in [sealed.log.log, other.info.log] {
        eventually("entry 0 and a heartbeat are sealed", async || {
            let newest = checkpoints::newest(sealed.log.ledger.reader(), log).await.unwrap();
            newest.is_some_and(|newest| newest.head.size == 2)
        })
        .await;
    }
    let heartbeat = Entry::parse(&sealed.log.check().await[1].bytes).unwrap();
    let Some(LedgerEvent::Heartbeat(heartbeat)) = heartbeat.ledger_event.as_deref() else { panic!("{heartbeat:?}") };
    let note = heartbeat.checkpoint.as_deref().expect("the checkpoint of entry 0 came first");
    assert_eq!(Checkpoint::parse(note).unwrap().0.size, 1);
    sealed.append(1).await;
    eventually("new entries are sealed", async || {
        let newest = checkpoints::newest(sealed.log.ledger.reader(), sealed.log.log).await.unwrap();
        newest.is_some_and(|newest| newest.head.size == 3)
    })
    .await;
    assert_eq!(service.alarms(), []);
    service.stop().await;
    sealed.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_sealed_raises_an_alarm_and_the_others_go_on() {
    let sealed = SealedLog::open().await;
    let other = store::logs::open(&sealed.log.ledger, "other", "Other", "ledger.example.com").await.unwrap();
    sealed.tiles().put_new(&[(TileId::new(Kind::Entries, 0, 1).unwrap(), b"junk".to_vec())]).unwrap();
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    eventually("an alarm about the one log", async || {
        service.alarms().iter().map(|(log, _)| *log).eq([sealed.log.log])
    })
    .await;
    eventually("the other one is sealed", async || {
        checkpoints::newest(sealed.log.ledger.reader(), other.info.log).await.unwrap().is_some()
    })
    .await;
    // An operator moves the junk away.
    std::fs::remove_dir_all(sealed.tiles().root()).unwrap();
    eventually("the alarm ends", async || service.alarms().is_empty()).await;
    service.stop().await;
    sealed.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_the_service_seals_what_was_committed() {
    let sealed = SealedLog::open().await;
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    sealed.append(500).await;
    service.stop().await;
    sealed.check().await;
    let newest = checkpoints::newest(sealed.log.ledger.reader(), sealed.log.log).await.unwrap().unwrap();
    assert!(newest.head.size >= 501);
}
