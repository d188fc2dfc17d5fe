//! Files of evidence on a real file system: kept whole or not at all, and handed out only as they were kept.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::convert::Infallible;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::name::Sha256;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use sha2::Digest as _;
use store::blobs::{BlobError, Blobs, Condition, Stored};
use tempfile::TempDir;

const MIB: usize = 1 << 20;
const LIMIT: u64 = 64 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_kept_by_its_hash_and_comes_back_byte_by_byte() {
    let (data, blobs) = start().await;
    let content = content(3 * MIB + 17);
    let stored = blobs.put(chunks(&content, 70_001), LIMIT).await.unwrap();
    assert_eq!(stored, of(&content));
    let path = data.path().join("blobs/sha256").join(&stored.sha256.as_str()[..2]).join(stored.sha256.as_str());
    assert_eq!(fs::read(&path).unwrap(), content);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "for the service alone");
    assert_eq!(read(&blobs, &stored).await.unwrap(), content);
    assert!(incoming(&data).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_leaves_in_chunks_and_not_as_one() {
    let (_data, blobs) = start().await;
    let stored = blobs.put(chunks(&content(MIB), MIB), LIMIT).await.unwrap();
    let sent: Vec<Vec<u8>> = blobs.open(stored).await.unwrap().into_stream().try_collect().await.unwrap();
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [256 << 10; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_a_file() {
    let (_data, blobs) = start().await;
    let stored = blobs.put(chunks(&[], 1), 0).await.unwrap();
    assert_eq!(stored, of(&[]));
    assert_eq!(read(&blobs, &stored).await.unwrap(), Vec::<u8>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_twice_is_one_file() {
    let (data, blobs) = start().await;
    let content = content(1000);
    let first = blobs.put(chunks(&content, 100), LIMIT).await.unwrap();
    let second = blobs.put(chunks(&content, 333), LIMIT).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(kept(&data), [path_of(&data, &first)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_put_the_same_content_at_once_all_succeed_and_one_file_is_there() {
    let (data, blobs) = start().await;
    let content = content(MIB);
    // Half of them through another process's idea of the directory, which sweeps as it starts.
    let others =
        (0..8).map(|_| async { Blobs::start(data.path()).await.unwrap().put(chunks(&content, 9_999), LIMIT).await });
    let ours = (0..8).map(|_| async { blobs.put(chunks(&content, 10_000), LIMIT).await });
    let (ours, others) = futures::join!(futures::future::join_all(ours), futures::future::join_all(others));
    for stored in ours.into_iter().chain(others) {
        assert_eq!(stored.unwrap(), of(&content));
    }
    assert_eq!(kept(&data), [path_of(&data, &of(&content))]);
    assert!(incoming(&data).is_empty());
    assert_eq!(read(&blobs, &of(&content)).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_as_many_bytes_as_it_may_have_is_kept_and_one_more_is_too_many() {
    let (data, blobs) = start().await;
    blobs.put(chunks(&content(1000), 64), 1000).await.unwrap();
    let refused = blobs.put(chunks(&content(1001), 64), 1000).await;
    assert!(matches!(refused, Err(BlobError::TooLarge { limit: 1000 })), "{refused:?}");
    assert_eq!(kept(&data).len(), 1);
    assert!(incoming(&data).is_empty(), "nothing is left of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_fails_leaves_nothing() {
    let (data, blobs) = start().await;
    let broken = stream::iter([Ok(vec![1; 1000]), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    let refused = blobs.put(broken, LIMIT).await;
    assert!(matches!(refused, Err(BlobError::Source(_))), "{refused:?}");
    assert!(kept(&data).is_empty() && incoming(&data).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_waits_for_any_more_leaves_nothing() {
    let (data, blobs) = start().await;
    let half = stream::iter([Ok::<_, Infallible>(vec![1; 1000])]).chain(stream::pending());
    let mut putting = Box::pin(blobs.put(half, LIMIT));
    while incoming(&data).first().is_none_or(|path| fs::metadata(path).unwrap().len() < 1000) {
        assert!(futures::poll!(&mut putting).is_pending());
        tokio::task::yield_now().await;
    }
    drop(putting);
    // A write that is under way ends first.
    let swept = async {
        while !incoming(&data).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), swept).await.expect("nothing is left of it");
    assert!(kept(&data).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_writer_left_is_swept_at_start() {
    let (data, blobs) = start().await;
    let stored = blobs.put(chunks(&content(1000), 64), LIMIT).await.unwrap();
    fs::write(data.path().join("blobs/incoming/00ff.new"), "half of a fi").unwrap();
    Blobs::start(data.path()).await.unwrap();
    assert!(incoming(&data).is_empty());
    assert_eq!(kept(&data), [path_of(&data, &stored)], "what was kept stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_as_it_was_kept_is_not_handed_out() {
    let (data, blobs) = start().await;
    let whole = content(MIB);
    let mut flipped = whole.clone();
    flipped[MIB / 2] ^= 1;
    let longer = [whole.as_slice(), &[0]].concat();
    for altered in [&whole[..MIB - 1], &flipped, &longer, &[]] {
        let stored = blobs.put(chunks(&whole, MIB), LIMIT).await.unwrap();
        fs::write(path_of(&data, &stored), altered).unwrap();
        let error = blobs.open(stored.clone()).await.unwrap_err();
        assert!(
            matches!(&error, BlobError::Altered { expected, actual } if *expected == stored && *actual == of(altered)),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_length_than_the_log_names_is_not_handed_out() {
    let (_data, blobs) = start().await;
    let stored = blobs.put(chunks(&content(1000), 64), LIMIT).await.unwrap();
    let named = Stored { bytes: 999, ..stored };
    assert!(matches!(blobs.open(named).await, Err(BlobError::Altered { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_is_missing() {
    let (_data, blobs) = start().await;
    let never = of(b"never kept");
    let error = blobs.open(never.clone()).await.unwrap_err();
    assert!(matches!(error, BlobError::Missing(sha256) if sha256 == never.sha256));
}

#[tokio::test(flavor = "multi_thread")]
async fn putting_the_right_content_again_heals_an_altered_file() {
    let (data, blobs) = start().await;
    let content = content(1000);
    let stored = blobs.put(chunks(&content, 64), LIMIT).await.unwrap();
    fs::write(path_of(&data, &stored), "something else").unwrap();
    blobs.put(chunks(&content, 64), LIMIT).await.unwrap();
    assert_eq!(read(&blobs, &stored).await.unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_altered_while_it_leaves_never_leaves_whole() {
    let (data, blobs) = start().await;
    let whole = content(2 * MIB);
    let stored = blobs.put(chunks(&whole, MIB), LIMIT).await.unwrap();
    let mut flipped = whole.clone();
    flipped[2 * MIB - 1] ^= 1;
    for altered in [&flipped[..], &whole[..MIB], &whole[..MIB + 5]] {
        let leaving = blobs.open(stored.clone()).await.unwrap().into_stream();
        fs::write(path_of(&data, &stored), altered).unwrap();
        let mut sent = 0;
        let mut leaving = Box::pin(leaving);
        let error = loop {
            match leaving.next().await.expect("it does not end as if it were whole") {
                Ok(chunk) => sent += chunk.len(),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, BlobError::Altered { .. }), "{error}");
        assert!(sent < whole.len());
        assert!(leaving.next().await.is_none(), "an error is the end");
        blobs.put(chunks(&whole, MIB), LIMIT).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_of_a_file_how_it_is() {
    let (data, blobs) = start().await;
    let whole = blobs.put(chunks(&content(1000), 64), LIMIT).await.unwrap();
    let altered = blobs.put(chunks(&content(2000), 64), LIMIT).await.unwrap();
    fs::write(path_of(&data, &altered), "something else").unwrap();
    let blobs = Blobs::at(data.path());
    let longer = Stored { bytes: 1001, ..whole.clone() };
    for (file, condition) in [
        (whole.clone(), Condition::Whole),
        (altered, Condition::Altered { actual: of(b"something else") }),
        (longer, Condition::Altered { actual: whole }),
        (of(b"never kept"), Condition::Missing),
    ] {
        assert_eq!(blobs.check(file.clone()).await, (file, condition));
    }
}

#[tokio::test]
async fn files_whose_place_is_gone_cannot_be_read() {
    let (data, blobs) = start().await;
    blobs.ping().await.unwrap();
    fs::remove_dir_all(data.path().join("blobs")).unwrap();
    assert!(matches!(blobs.ping().await, Err(BlobError::Io { .. })));
    assert!(!data.path().join("blobs").exists(), "looking makes nothing");
}

async fn start() -> (TempDir, Blobs) {
    let data = tempfile::tempdir().unwrap();
    let blobs = Blobs::start(data.path()).await.unwrap();
    (data, blobs)
}

async fn read(blobs: &Blobs, stored: &Stored) -> Result<Vec<u8>, BlobError> {
    let file = blobs.open(stored.clone()).await?;
    assert_eq!(file.stored(), stored);
    file.into_stream().try_concat().await
}

/// Bytes of which no two chunks are alike.
fn content(bytes: usize) -> Vec<u8> {
    (0_u64..).flat_map(|number| sha2::Sha256::digest(number.to_be_bytes())).take(bytes).collect()
}

fn chunks(content: &[u8], length: usize) -> impl Stream<Item = Result<Vec<u8>, Infallible>> + Unpin + use<> {
    stream::iter(content.chunks(length).map(<[u8]>::to_vec).map(Ok).collect::<Vec<_>>())
}

fn of(content: &[u8]) -> Stored {
    let sha256 = Sha256::parse(&hex::encode(sha2::Sha256::digest(content))).unwrap();
    Stored { sha256, bytes: content.len() as u64 }
}

fn path_of(data: &TempDir, file: &Stored) -> PathBuf {
    data.path().join("blobs/sha256").join(&file.sha256.as_str()[..2]).join(file.sha256.as_str())
}

fn kept(data: &TempDir) -> Vec<PathBuf> {
    let directories = listed(&data.path().join("blobs/sha256"));
    directories.iter().flat_map(|directory| listed(directory)).collect()
}

fn incoming(data: &TempDir) -> Vec<PathBuf> {
    listed(&data.path().join("blobs/incoming"))
}

fn listed(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect()
}
