//! What is remembered must go on (spec §10, §11).

use ledger::export::{Consistency, ConsistencyError, Query};
use ledger::source::LogHashes;
use ledger::verify::{Options, Question, Remembered, Status, Verdict, container};

use crate::support::{Log, rewritten};

fn verify(file: &[u8], log: &Log, remembered: &[&str]) -> Verdict {
    let remembered: Vec<Remembered> = remembered.iter().map(|note| Remembered::parse(note).unwrap()).collect();
    let policy = log.policy();
    let options = Options { policy: Some(&policy), remembered: &remembered, ..Options::default() };
    container(file, &options).unwrap()
}

fn status(verdict: &Verdict) -> Status {
    verdict.line(Question::Continuity).unwrap().status
}

/// Checkpoints at 40 and 290, and another log that is the same up to its 30th entry only.
fn histories() -> (Log, [String; 2], String) {
    let mut log = Log::open();
    log.events(39);
    let at_40 = log.seal();
    log.events(250);
    let at_290 = log.seal();
    let mut other = Log::open();
    other.events(29);
    other.event("thing/other");
    other.events(9);
    let forked = other.seal();
    (log, [at_40, at_290], forked)
}

#[test]
fn a_whole_log_extends_what_is_remembered_or_is_a_fork() {
    let (log, [at_40, at_290], forked) = histories();
    let export = log.export_at(&at_290);
    assert_eq!(status(&verify(&export, &log, &[])), Status::Absent);
    assert_eq!(status(&verify(&export, &log, &[&at_40])), Status::Ok);
    assert_eq!(status(&verify(&export, &log, &[&at_40, &at_290])), Status::Ok);
    let fork = verify(&export, &log, &[&forked]);
    assert_eq!((status(&fork), fork.exit_status(&Question::ALL)), (Status::Failed, 1));
    assert_eq!(fork.remember, None);
}

#[test]
fn a_smaller_export_is_not_checked_and_not_remembered() {
    let (log, [at_40, at_290], _) = histories();
    let export = log.export_at(&at_40);
    let verdict = verify(&export, &log, &[&at_290]);
    assert_eq!((status(&verdict), verdict.exit_status(&[])), (Status::NotChecked, 3));
    assert_eq!(verdict.remember, None);
    assert_eq!(verify(&export, &log, &[]).remember, Some(at_40));
}

#[test]
fn what_no_policy_vouches_for_is_not_remembered() {
    let (log, [_, at_290], _) = histories();
    let export = log.export_at(&at_290);
    assert_eq!(container(export.as_slice(), &Options::default()).unwrap().remember, None);
    assert_eq!(verify(&export, &log, &[]).remember, Some(at_290));
}

#[test]
fn what_is_not_shown_to_go_on_does_not_take_the_place_of_what_is_remembered() {
    let (log, [at_40, at_290], _) = histories();
    let query = Query::indices(100, 110).unwrap();
    let without_proof = log.select(&at_290, &query, None);
    assert_eq!(verify(&without_proof, &log, &[&at_40]).remember, None);
    assert_eq!(verify(&without_proof, &log, &[]).remember.as_ref(), Some(&at_290));
    let with_proof = log.select(&at_290, &query, Some(40));
    assert_eq!(verify(&with_proof, &log, &[&at_40]).remember, Some(at_290));
}

#[test]
fn what_is_remembered_of_other_logs_does_not_matter() {
    let (log, [_, at_290], _) = histories();
    let vector =
        String::from_utf8(crate::support::member(&crate::support::read("log-300.zip"), "log/checkpoint").unwrap());
    let verdict = verify(&log.export_at(&at_290), &log, &[&vector.unwrap()]);
    assert_eq!(status(&verdict), Status::Absent);
}

#[test]
fn a_selection_brings_the_proof_for_the_remembered_size() {
    let (log, [at_40, at_290], forked) = histories();
    let query = Query::indices(100, 110).unwrap();
    let with_proof = log.select(&at_290, &query, Some(40));
    let without = log.select(&at_290, &query, None);
    assert_eq!(status(&verify(&with_proof, &log, &[])), Status::Absent);
    assert_eq!(status(&verify(&with_proof, &log, &[&at_40])), Status::Ok);
    assert_eq!(status(&verify(&with_proof, &log, &[&forked])), Status::Failed);
    assert_eq!(status(&verify(&without, &log, &[&at_40])), Status::NotChecked);
    assert_eq!(status(&verify(&without, &log, &[&at_290])), Status::Ok);
    let of_another_size = log.select(&at_290, &query, Some(41));
    assert_eq!(status(&verify(&of_another_size, &log, &[&at_40])), Status::NotChecked);
}

#[test]
fn a_false_or_malformed_proof_fails() {
    let (log, [at_40, at_290], _) = histories();
    let query = Query::indices(100, 110).unwrap();
    let export = log.select(&at_290, &query, Some(40));
    let with = |text: &str| rewritten(&export, |name, data| if name == "consistency.txt" { text.into() } else { data });
    let good = String::from_utf8(crate::support::member(&export, "consistency.txt").unwrap()).unwrap();
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let swapped = [&lines[..1], &[lines[2], lines[1]], &lines[3..]].concat().concat();
    assert_eq!(status(&verify(&with(&swapped), &log, &[&at_40])), Status::Failed);
    // Nobody remembers anything that it could be false for.
    assert_eq!(status(&verify(&with(&swapped), &log, &[])), Status::Absent);
    for malformed in [
        "",
        "40\n",
        "040\n",
        "0\n",
        "290\n",
        &good[..good.len() - 1],
        &format!("{good}\n"),
        &format!("{good}{}", lines[1]),
    ] {
        assert_eq!(status(&verify(&with(malformed), &log, &[])), Status::Failed, "{malformed:?}");
    }
}

#[test]
fn a_consistency_proof_reads_what_it_writes() {
    let (log, ..) = histories();
    let mut hashes = LogHashes::new(&log.listed, 290).unwrap();
    for old in 1..290 {
        let proof = Consistency::make(old, 290, &mut hashes).unwrap();
        assert_eq!(Consistency::parse(proof.to_text().as_bytes(), 290), Ok(proof));
    }
    assert_eq!(Consistency::parse(b"5\n", 5), Err(ConsistencyError::Range { old: 5, new: 5 }));
}
