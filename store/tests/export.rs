//! Exports and fsck, on a real PostgreSQL: what is written verifies by the verifier's own code, and damage is named.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[expect(dead_code, reason = "tests/seal.rs uses the rest")]
#[path = "support/sealed.rs"]
mod sealed;
mod support;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::context::Ctx;
use ledger::entry::{Actor, ActorType, Entry};
use ledger::export::Extras;
use ledger::key::Role as KeyRole;
use ledger::name::Reference;
use ledger::verify::{self, Options, Question, Status, Verdict};
use sealed::SealedLog;
use store::export::{ExportError, ExportRequest, Exported, Query, export_log};
use store::fsck::{FsckOptions, fsck};
use store::rotate;
use store::sealing::Sealing;

fn request(query: Query) -> ExportRequest {
    ExportRequest {
        ctx: Ctx::of(Actor { kind: ActorType::System, id: "test".to_owned(), role: None }, store::clock::now()),
        query,
        extras: Extras::for_people(),
        progress: None,
        threads_max: None,
    }
}

async fn export(sealed: &SealedLog, request: ExportRequest) -> (Exported, Verdict) {
    let out = tempfile::tempfile().unwrap();
    let exported = export_log(&sealed.log.ledger, &sealed.seals(), sealed.log.log, out, request).await.unwrap();
    let bytes = content(&exported.out);
    let verify = move || verify::container(bytes.as_slice(), &Options::default());
    let verdict = tokio::task::spawn_blocking(verify).await.unwrap().unwrap();
    assert!(!verdict.has_failed(), "{}", verdict.to_json(&[]));
    (exported, verdict)
}

fn content(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

fn status(verdict: &Verdict, question: Question) -> Status {
    verdict.line(question).unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_covers_all_that_was_committed_and_itself() {
    let sealed = SealedLog::open().await;
    sealed.append(700).await;
    for role in KeyRole::ALL {
        rotate::rotate(&sealed.log.ledger, sealed.log.log, role).await.unwrap();
    }
    let done = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&done);
    let progress: store::export::Progress = Arc::new(move |now, all| {
        assert!(now <= all);
        told.store(now, Ordering::Relaxed);
    });
    let (exported, verdict) = export(&sealed, ExportRequest { progress: Some(progress), ..request(Query::All) }).await;
    assert_eq!((exported.manifest.size, exported.recorded), (705, 704));
    assert_eq!(status(&verdict, Question::Completeness), Status::Ok);
    assert_eq!(done.load(Ordering::Relaxed), 2 * 705, "written and verified");
    let entry = Entry::parse(&sealed.log.check().await[704].bytes).unwrap();
    assert_eq!(entry.event_type.as_str(), "ledger.exported");
    sealed.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_checkpoint_exports_to_the_same_bytes_also_without_tiles() {
    let sealed = SealedLog::open().await;
    sealed.append(600).await;
    let (first, _) = export(&sealed, request(Query::All)).await;
    let note = sealed.tiles().checkpoint().unwrap().unwrap();
    // One level up lies what a proof of the tree needs: with that gone the tiles are not whole.
    std::fs::remove_dir_all(sealed.tiles().root().join("tile/1")).unwrap();
    let (out, tiles) = (tempfile::tempfile().unwrap(), sealed.tiles());
    let again = store::export::write_at(
        &sealed.log.ledger,
        &tiles,
        sealed.log.log,
        &first.checkpoint,
        out,
        request(Query::All),
    );
    let (again, _) = again.await.unwrap();
    assert_eq!(first.checkpoint.note, note);
    assert!(content(&first.out) == content(&again), "byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_verifies() {
    let sealed = SealedLog::open().await;
    for number in 0..40 {
        sealed.log.append(vec![sealed.log.event_of(&format!("grant/{}", number % 4), number)]).await;
    }
    let stream = Query::Stream(Reference::parse("grant/2").unwrap());
    let (exported, verdict) = export(&sealed, request(stream)).await;
    assert_eq!(exported.manifest.matched, 10);
    assert_eq!(status(&verdict, Question::Completeness), Status::Ok, "{}", verdict.to_json(&[]));
    let (exported, verdict) = export(&sealed, request(Query::indices(5, 9).unwrap())).await;
    assert_eq!(exported.manifest.matched, 5);
    assert_eq!(status(&verdict, Question::Completeness), Status::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_waits_for_the_service_that_seals() {
    let sealed = SealedLog::open().await;
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    sealed.append(50).await;
    let (exported, _) = export(&sealed, request(Query::All)).await;
    assert!(exported.manifest.size > 51);
    assert_eq!(service.alarms(), []);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_after_it_was_sealed_is_not_exported_and_named() {
    let sealed = SealedLog::open().await;
    sealed.append(300).await;
    let (exported, _) = export(&sealed, request(Query::All)).await;
    let again = async |query| {
        let (out, tiles) = (tempfile::tempfile().unwrap(), sealed.tiles());
        let request = request(query);
        store::export::write_at(&sealed.log.ledger, &tiles, sealed.log.log, &exported.checkpoint, out, request).await
    };
    again(Query::All).await.unwrap();
    // Also what its chain and hashes do not show.
    sealed.tamper("update ledger.entries set signature = decode(repeat('00', 64), 'hex') where index = 250").await;
    let refused = again(Query::All).await.unwrap_err();
    assert!(matches!(&refused, ExportError::Unsound(reason) if reason.contains("entry 250")), "{refused}");
    store::testing::forge(&sealed.log.database, sealed.log.log, 7).await;
    for query in [Query::All, Query::indices(5, 9).unwrap()] {
        let refused = again(query).await.unwrap_err();
        assert!(matches!(&refused, ExportError::Unsound(reason) if reason.contains("entry 7 is false")), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_log_passes_fsck_also_beyond_its_checkpoint() {
    let sealed = SealedLog::open().await;
    let unsealed = fsck(&sealed.log.ledger, &sealed.seals(), sealed.log.log, FsckOptions::default()).await.unwrap();
    assert!(unsealed.is_sound() && unsealed.verdict.is_none());
    sealed.append(300).await;
    sealed.seal().await;
    sealed.append(300).await;
    let report = fsck(&sealed.log.ledger, &sealed.seals(), sealed.log.log, FsckOptions::default()).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.sealed.unwrap().size, report.size), (301, 601));
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_names_what_was_damaged() {
    let zeros = "decode(repeat('00', 64), 'hex')";
    for (damage, below, beyond) in [
        ("the row of an entry", "update ledger.entries set hash = decode(repeat('00', 32), 'hex') where index = 7", ""),
        ("an entry is gone", "delete from ledger.entries where index = 7", ""),
        ("a signature", "", "update ledger.entries set signature = ZEROS where index = 15"),
        ("a sealed signature", "update ledger.entries set signature = ZEROS where index = 7", ""),
        ("the head", "", "update ledger.heads set head_hash = decode(repeat('00', 32), 'hex')"),
    ] {
        let sealed = SealedLog::open().await;
        sealed.append(10).await;
        sealed.seal().await;
        sealed.append(10).await;
        sealed.tamper(&below.replace("ZEROS", zeros)).await;
        sealed.tamper(&beyond.replace("ZEROS", zeros)).await;
        let report = fsck(&sealed.log.ledger, &sealed.seals(), sealed.log.log, FsckOptions::default()).await.unwrap();
        assert!(!report.is_sound(), "{damage}: {report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_names_published_files_that_differ() {
    let sealed = SealedLog::open().await;
    sealed.append(300).await;
    sealed.seal().await;
    let root = sealed.tiles().root().to_owned();
    for damaged in ["tile/0/000", "tile/entries/000", "tile/signature/001.p/45"] {
        let path = root.join(damaged);
        let content = std::fs::read(&path).unwrap();
        let mut other = content.clone();
        other[20] ^= 1;
        std::fs::write(&path, other).unwrap();
        let report = fsck(&sealed.log.ledger, &sealed.seals(), sealed.log.log, FsckOptions::default()).await.unwrap();
        assert_eq!(report.problems, [format!("{damaged} is missing or differs from the database.")]);
        std::fs::write(&path, content).unwrap();
    }
    sealed.check().await;
}
