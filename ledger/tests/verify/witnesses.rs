//! Witnesses: how many cosigned, and how their times bound the log's (spec §6, §11).

use std::fmt::Write;

use ledger::cosignature::Cosigner;
use ledger::key::{Role, SigningKey};
use ledger::policy::Policy;
use ledger::verify::{Line, Options, Question, Status, container};

use crate::support::{Log, START};

fn witness(number: u8) -> SigningKey {
    SigningKey::from_seed(&format!("w{number}.example.net"), [100 + number; 32]).unwrap()
}

fn two_of_three(log: &Log) -> Policy {
    let mut text = format!("log {}\n", log.key(Role::Checkpoints).vkey());
    for number in 0..3 {
        writeln!(text, "witness w{number} {}", Cosigner::of(&witness(number))).unwrap();
    }
    Policy::parse((text + "group all 2 w0 w1 w2\nquorum all\n").as_bytes()).unwrap()
}

fn lines(log: &Log, checkpoint: &str, policy: &Policy) -> (Line, Line) {
    let export = log.export_at(checkpoint);
    let verdict = container(export.as_slice(), &Options { policy: Some(policy), ..Options::default() }).unwrap();
    let line = |question| verdict.line(question).unwrap().clone();
    (line(Question::Witnesses), line(Question::Time))
}

#[test]
fn a_quorum_is_met_or_the_line_fails() {
    let mut log = Log::open();
    log.events(5);
    let policy = two_of_three(&log);
    let [one, two, stranger] = [0, 1, 9].map(witness);
    let both = log.seal_cosigned(&[(&one, START + 9), (&two, START + 10)]);
    assert_eq!(lines(&log, &both, &policy).0.status, Status::Ok);
    assert!(lines(&log, &both, &policy).0.reason.starts_with("2 of 3 witnesses"));
    let single = log.seal_cosigned(&[(&one, START + 9), (&stranger, START + 10)]);
    let line = lines(&log, &single, &policy).0;
    assert_eq!(line.status, Status::Failed);
    assert!(line.reason.starts_with("Only 1 of 3 witnesses"));
}

#[test]
fn no_policy_and_quorum_none_leave_the_line_absent() {
    let mut log = Log::open();
    let checkpoint = log.seal();
    assert_eq!(lines(&log, &checkpoint, &log.policy()).0.status, Status::Absent);
    let export = log.export_at(&checkpoint);
    let verdict = container(export.as_slice(), &Options::default()).unwrap();
    assert_eq!(verdict.line(Question::Witnesses).unwrap().status, Status::Absent);
}

#[test]
fn a_false_cosignature_of_a_known_witness_rejects_the_checkpoint() {
    let mut log = Log::open();
    let policy = two_of_three(&log);
    let other_text = log.seal_cosigned(&[(&witness(0), START)]);
    let stolen = other_text.lines().last().unwrap().to_owned();
    log.events(1);
    let forged = format!("{}{stolen}\n", log.seal());
    let export = log.export_at(&forged);
    let verdict = container(export.as_slice(), &Options { policy: Some(&policy), ..Options::default() }).unwrap();
    assert_eq!(verdict.line(Question::Checkpoint).unwrap().status, Status::Failed);
}

/// The line `time` of a log of 11 entries, one a second, and a heartbeat `heartbeat_after` seconds after the start, over
/// a checkpoint of the first 11 cosigned `cosigned_after` seconds after the start.
fn time(cosigned_after: i64, heartbeat_after: i64) -> (Status, Option<u64>) {
    let mut log = Log::open();
    log.events(10);
    let cosigned = START.checked_add_signed(cosigned_after).unwrap();
    log.seal_cosigned(&[(&witness(0), cosigned), (&witness(1), cosigned)]);
    log.now += (heartbeat_after - 11) * 1_000_000;
    log.heartbeat();
    let checkpoint = log.seal();
    let policy = two_of_three(&log);
    let line = lines(&log, &checkpoint, &policy).1;
    (line.status, line.first_index)
}

#[test]
fn cosigned_times_bound_the_entries_from_both_sides() {
    assert_eq!(time(12, 12), (Status::Ok, None));
    // Entry 10 is recorded 10 seconds after the start; a witness's clock may be five minutes slow.
    assert_eq!(time(10 - 300, 12), (Status::Ok, None));
    assert_eq!(time(10 - 301, 12), (Status::Failed, Some(10)));
    // The heartbeat, entry 11, was not in the checkpoint when it was cosigned; the clock may be five minutes fast.
    assert_eq!(time(600, 300), (Status::Ok, None));
    assert_eq!(time(601, 300), (Status::Failed, Some(11)));
}

#[test]
fn the_last_checkpoint_bounds_the_last_entry() {
    let mut log = Log::open();
    log.events(400);
    let policy = two_of_three(&log);
    let [one, two] = [0, 1].map(witness);
    let late = log.seal_cosigned(&[(&one, START + 100), (&two, START + 100)]);
    assert_eq!(lines(&log, &late, &policy).1.status, Status::Ok);
    let early = log.seal_cosigned(&[(&one, START + 99), (&two, START + 500)]);
    assert_eq!(lines(&log, &early, &policy).1.first_index, Some(400));
}
