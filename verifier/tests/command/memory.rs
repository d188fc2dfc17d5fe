//! What `--remember` keeps and demands.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use sha2::{Digest, Sha256};
use tempfile::{TempDir, tempdir};

use crate::program::{Run, members, path, program, run};

fn verify(file: &str, directory: &Path) -> Run {
    let trust = path("trust.policy");
    run([path(file).as_ref(), "--trust".as_ref(), trust.as_ref(), "--remember".as_ref(), directory.as_os_str()])
}

/// What is remembered of the vectors' log.
fn remembered(directory: &Path) -> Option<Vec<u8>> {
    fs::read(directory.join(file_name())).ok()
}

fn file_name() -> String {
    hex::encode(Sha256::digest("ledger.example.com/acme"))
}

fn checkpoint(file: &str) -> Option<Vec<u8>> {
    members(file).remove("log/checkpoint")
}

/// A directory that remembers this file.
fn directory_with(file: &str) -> TempDir {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join(file_name()), checkpoint(file).unwrap()).unwrap();
    directory
}

#[test]
fn what_is_remembered_grows_with_the_log() {
    let directory = tempdir().unwrap();
    let new = directory.path().join("made/here");
    let first = verify("log-1.zip", &new);
    assert_eq!((first.status, first.line("continuity")), (0, "absent"));
    assert_eq!(remembered(&new), checkpoint("log-1.zip"));
    for file in ["log-10.zip", "log-10.zip", "log-300.zip"] {
        let run = verify(file, &new);
        assert_eq!((run.status, run.line("continuity")), (0, "ok"), "{file}: {}", run.stdout);
        assert_eq!(remembered(&new), checkpoint(file));
    }
    let mut files: Vec<_> = fs::read_dir(&new).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn an_input_is_held_to_those_before_it() {
    let directory = tempdir().unwrap();
    let files = [path("log-1.zip"), path("log-10.zip"), path("log-300.zip"), "--trust".into(), path("trust.policy")];
    let run = run(files.iter().map(AsRef::as_ref).chain(["--remember".as_ref(), directory.path().as_os_str()]));
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert_eq!(run.stdout.matches("continuity    ok ").count(), 2, "{}", run.stdout);
    assert_eq!(remembered(directory.path()), checkpoint("log-300.zip"));
}

#[test]
fn inputs_of_one_log_are_held_to_each_other_in_whatever_order_they_are_named() {
    let names = ["log-300.zip", "log-1.zip", "no-such-file", "log-10.zip"];
    let directory = tempdir().unwrap();
    let files = names.map(path).into_iter().chain(["--trust".into(), path("trust.policy"), "--remember".into()]);
    let arguments: Vec<_> = files.map(Into::into).chain([directory.path().as_os_str().to_owned()]).collect();
    let run = run(arguments);
    let order: Vec<&str> =
        run.stdout.lines().filter_map(|line| names.into_iter().find(|name| line.ends_with(name))).collect();
    assert_eq!(order, ["log-1.zip", "log-10.zip", "log-300.zip"], "{}", run.stdout);
    assert_eq!((run.status, run.stdout.matches("continuity    ok ").count()), (2, 2), "{}", run.stdout);
    assert_eq!(remembered(directory.path()), checkpoint("log-300.zip"));
}

#[test]
fn a_log_that_went_back_is_not_accepted_and_not_remembered() {
    let directory = directory_with("log-300.zip");
    let run = verify("log-10.zip", directory.path());
    assert_eq!((run.status, run.line("continuity")), (3, "not checked"), "{}", run.stdout);
    assert!(run.said().contains("NOT FULLY PROVED: nothing was found wrong, but"), "{}", run.stdout);
    assert!(run.said().contains("verify it first with an empty --remember directory"), "{}", run.stdout);
    assert_eq!(remembered(directory.path()), checkpoint("log-300.zip"));
}

#[test]
fn a_fork_fails_and_is_not_remembered() {
    // The same first entries, and another history from there on.
    let directory = directory_with("log-13-revoked.zip");
    let run = verify("log-300.zip", directory.path());
    assert_eq!((run.status, run.line("continuity")), (1, "FAILED"), "{}", run.stdout);
    assert!(run.said().contains("its operator has shown two histories"), "{}", run.stdout);
    assert_eq!(remembered(directory.path()), checkpoint("log-13-revoked.zip"));
}

#[test]
fn what_failed_is_not_remembered() {
    let directory = tempdir().unwrap();
    assert_eq!(verify("bad-entry-edited.zip", directory.path()).status, 1);
    assert_eq!(remembered(directory.path()), None);
}

#[test]
fn an_impostor_is_not_remembered_and_does_not_accuse_the_true_log() {
    let directory = tempdir().unwrap();
    let impostor = path("bad-another-log-of-that-name.zip");
    let arguments = [impostor.as_ref(), "--remember".as_ref(), directory.path().as_os_str()];
    let unpinned = run(arguments.into_iter().chain(["--accept", "authenticity"].map(AsRef::as_ref)));
    assert_eq!(unpinned.status, 0, "{}", unpinned.stdout);
    let said = format!(
        "countersign-verify: {impostor}: not remembered, because no policy file vouches for it: give one with --trust\n"
    );
    assert_eq!(unpinned.stderr, said);
    assert_eq!(remembered(directory.path()), None);
    let pinned = verify("log-300.zip", directory.path());
    assert_eq!((pinned.status, pinned.stderr.as_str()), (0, ""), "{}", pinned.stdout);
}

#[test]
fn a_selection_without_a_proof_leaves_continuity_open_and_is_not_remembered() {
    let directory = directory_with("log-10.zip");
    let run = verify("selection-subject.zip", directory.path());
    assert_eq!((run.status, run.line("continuity")), (3, "not checked"), "{}", run.stdout);
    assert_eq!(remembered(directory.path()), checkpoint("log-10.zip"));
}

#[test]
fn a_damaged_memory_is_not_forgotten_silently() {
    let damaged = directory_with("log-10.zip");
    fs::write(damaged.path().join(file_name()), "ledger.example.com/acme\n").unwrap();
    let misnamed = directory_with("log-10.zip");
    fs::rename(misnamed.path().join(file_name()), misnamed.path().join("0".repeat(64))).unwrap();
    for directory in [damaged, misnamed] {
        let run = verify("log-300.zip", directory.path());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("the remembered checkpoint"), "{}", run.stderr);
    }
}

#[test]
fn a_memory_that_is_no_directory_answers_nothing() {
    let run = verify("log-10.zip", Path::new(&path("trust.policy")));
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--remember takes a directory"), "{}", run.stderr);
}

#[test]
fn a_run_waits_for_another_that_uses_the_same_memory() {
    let directory = directory_with("log-10.zip");
    let lock = File::create(directory.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let [export, trust] = [path("log-300.zip"), path("trust.policy")];
    let arguments = [&export, "--trust", &trust, "--remember"].map(AsRef::as_ref);
    let arguments = arguments.into_iter().chain([directory.path().as_os_str()]);
    let mut child = program().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("waiting for another run"), "{said}");
    // The other run comes to an end, and has seen more.
    assert_eq!(remembered(directory.path()), checkpoint("log-10.zip"));
    lock.unlock().unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.line("continuity"), "ok", "{}", run.stdout);
    assert_eq!(remembered(directory.path()), checkpoint("log-300.zip"));
}
