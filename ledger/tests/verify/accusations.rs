//! A verdict says no more than what was found: nobody is accused of what a stranger without any key can bring about.

use ledger::checkpoint::Checkpoint;
use ledger::entry::Heartbeat;
use ledger::export::Query;
use ledger::key::{Role, SigningKey};
use ledger::policy::Policy;
use ledger::source::ListedLog;
use ledger::verify::{Options, Question, Remembered, Status, Verdict, container, log as verify_log};
use serde_json::json;

use crate::support::{Log, read, rewritten};

/// Says of an operator that he lied.
const ACCUSATION: &str = "two histories";

fn verify(file: &[u8], policy: Option<&Policy>, remembered: &str) -> Verdict {
    let remembered = [Remembered::parse(remembered).unwrap()];
    container(file, &Options { policy, remembered: &remembered, ..Options::default() }).unwrap()
}

fn reason(verdict: &Verdict, question: Question) -> &str {
    &verdict.line(question).unwrap().reason
}

/// All that a verdict says.
fn all_said(verdict: &Verdict) -> String {
    verdict.to_json(&[])
}

/// Whether the line is FAILED without anything held against anybody.
fn is_unjudged(verdict: &Verdict, question: Question) -> bool {
    let line = verdict.line(question).unwrap();
    line.status == Status::Failed
        && line.reason.starts_with("Not judged, because ")
        && line.findings.iter().all(|finding| finding.status != Status::Failed)
}

/// A log of 40 entries with a checkpoint over 30 of them, and another one of its keys with other entries from 20 on.
fn histories() -> (Log, [String; 2], String) {
    let mut log = Log::open();
    log.events(29);
    let at_30 = log.seal();
    log.events(10);
    let at_40 = log.seal();
    let mut other = Log::open();
    other.events(20);
    other.event("thing/other");
    other.events(8);
    let forked = other.seal();
    (log, [at_30, at_40], forked)
}

#[test]
fn two_checkpoints_that_the_log_signed_are_two_histories() {
    let (log, [_, at_40], forked) = histories();
    let export = log.export_at(&at_40);
    let pinned = verify(&export, Some(&log.policy()), &forked);
    assert!(reason(&pinned, Question::Continuity).contains(ACCUSATION), "{pinned:#?}");
    // Without a policy both may be anybody's.
    let unpinned = verify(&export, None, &forked);
    assert_eq!(unpinned.line(Question::Continuity).unwrap().status, Status::Failed);
    assert!(reason(&unpinned, Question::Continuity).starts_with("These entries do not agree with"), "{unpinned:#?}");
    assert!(!all_said(&unpinned).contains(ACCUSATION), "{unpinned:#?}");
}

#[test]
fn an_edited_entry_under_the_checkpoint_that_is_remembered_does_not_accuse_the_operator() {
    let (log, [_, at_40], _) = histories();
    let edited = rewritten(&log.export_at(&at_40), |name, mut data| {
        if name == "log/tile/entries/000.p/40" {
            let place = data.windows(9).position(|window| window == b"something").unwrap();
            data[place] = b'S';
        }
        data
    });
    let verdict = verify(&edited, Some(&log.policy()), &at_40);
    assert_eq!(verdict.line(Question::Tree).unwrap().status, Status::Failed, "{verdict:#?}");
    assert!(!all_said(&verdict).contains(ACCUSATION), "{verdict:#?}");
}

#[test]
fn an_impostors_longer_log_does_not_accuse_the_operator() {
    let (log, [at_30, _], _) = histories();
    let mut impostor = Log::open_with(100);
    impostor.events(50);
    let export = impostor.export();
    for policy in [None, Some(&log.policy())] {
        let verdict = verify(&export, policy, &at_30);
        assert_eq!(verdict.line(Question::Continuity).unwrap().status, Status::Failed, "{verdict:#?}");
        assert!(!all_said(&verdict).contains(ACCUSATION), "{verdict:#?}");
    }
}

#[test]
fn an_impostor_that_is_remembered_does_not_make_the_true_log_a_fork() {
    let (log, [_, at_40], _) = histories();
    let mut impostor = Log::open_with(100);
    impostor.events(19);
    let remembered = impostor.seal();
    let verdict = verify(&log.export_at(&at_40), Some(&log.policy()), &remembered);
    let said = reason(&verdict, Question::Continuity);
    assert!(said.ends_with("No key of this log signed the remembered checkpoint."), "{said}");
    assert!(!all_said(&verdict).contains(ACCUSATION), "{verdict:#?}");
}

#[test]
fn a_false_proof_in_a_selection_accuses_nobody() {
    let (log, [_, at_40], forked) = histories();
    let export = log.select(&at_40, &Query::indices(3, 5).unwrap(), Some(29));
    let verdict = verify(&export, Some(&log.policy()), &forked.replace("\n30\n", "\n29\n"));
    assert_eq!(verdict.line(Question::Continuity).unwrap().status, Status::Failed, "{verdict:#?}");
    assert!(!all_said(&verdict).contains(ACCUSATION), "{verdict:#?}");
}

#[test]
fn a_heartbeat_with_another_root_is_two_histories_only_in_what_the_log_signed() {
    let (_, _, forked) = histories();
    let mut log = Log::open();
    log.events(39);
    log.checkpoint = Some(forked);
    log.heartbeat();
    let export = log.export();
    let says = |verdict: &Verdict| all_said(verdict).contains(ACCUSATION);
    let policy = log.policy();
    let pinned = container(export.as_slice(), &Options { policy: Some(&policy), ..Options::default() }).unwrap();
    assert!(says(&pinned), "{pinned:#?}");
    let unpinned = container(export.as_slice(), &Options::default()).unwrap();
    assert!(!says(&unpinned), "{unpinned:#?}");
    assert_eq!(unpinned.line(Question::Tree).unwrap().status, Status::Failed);
}

#[test]
fn of_a_file_that_cannot_be_opened_nothing_but_the_container_is_judged() {
    let policy = crate::support::trust();
    let whole = read("log-10.zip");
    for file in [&whole[..whole.len() - 40], b"", b"an invoice"] {
        for policy in [None, Some(&policy)] {
            let verdict = container(file, &Options { policy, ..Options::default() }).unwrap();
            for question in Question::ALL.into_iter().filter(|question| *question != Question::Container) {
                assert_eq!(reason(&verdict, question), "Not judged, because container FAILED.");
                assert!(is_unjudged(&verdict, question), "{verdict:#?}");
            }
        }
    }
}

#[test]
fn where_entries_cannot_be_read_no_other_log_is_suspected() {
    let (mut log, [at_30, at_40], _) = histories();
    // The key that is pinned is one that only an entry names that cannot be read.
    for is_rotated in [false, true] {
        if is_rotated {
            log.events(300);
            log.rotate(Role::Checkpoints);
            log.events(5);
        }
        let checkpoint = if is_rotated { log.seal() } else { at_40.clone() };
        let last = ListedLog { entries: log.listed.entries[..log.listed.entries.len() - 1].to_vec() };
        let (policy, remembered) = (log.policy(), [Remembered::parse(&at_30).unwrap()]);
        let options = Options { policy: Some(&policy), remembered: &remembered, ..Options::default() };
        let verdict = verify_log(&last, checkpoint.as_bytes(), &options).unwrap();
        assert!(!verdict.line(Question::Tree).unwrap().findings.is_empty(), "{verdict:#?}");
        assert!(!all_said(&verdict).contains("another log"), "{verdict:#?}");
        let open = [Question::Continuity, Question::Completeness, Question::Time, Question::Sealed];
        for question in [Question::Checkpoint, Question::Authenticity] {
            assert!(is_unjudged(&verdict, question), "{verdict:#?}");
        }
        for question in open {
            assert_eq!(reason(&verdict, question), "Not judged, because tree FAILED.", "{verdict:#?}");
        }
    }
}

#[test]
fn a_log_that_was_cut_below_its_checkpoint_accuses_nobody() {
    let policy = crate::support::trust();
    let options = Options { policy: Some(&policy), ..Options::default() };
    let verdict = container(read("bad-tail-cut.zip").as_slice(), &options).unwrap();
    assert!(reason(&verdict, Question::Checkpoint).starts_with("The checkpoint is of a log of"), "{verdict:#?}");
    for question in [Question::Tree, Question::Authenticity, Question::Completeness] {
        assert_eq!(reason(&verdict, question), "Not judged, because checkpoint FAILED.");
        assert!(is_unjudged(&verdict, question), "{verdict:#?}");
    }
}

#[test]
fn what_the_log_did_not_sign_is_neither_complete_nor_goes_on() {
    let (log, [at_30, at_40], _) = histories();
    let by_another = Checkpoint::parse(&at_40).unwrap().0;
    let stranger = SigningKey::from_seed(log.origin.as_str(), [200; 32]).unwrap();
    let export = log.export_at(&by_another.sign(&[&stranger]).unwrap());
    let verdict = verify(&export, Some(&log.policy()), &at_30);
    for question in [Question::Completeness, Question::Continuity, Question::Authenticity] {
        assert_eq!(reason(&verdict, question), "Not judged, because checkpoint FAILED.", "{verdict:#?}");
        assert!(is_unjudged(&verdict, question), "{verdict:#?}");
    }
}

fn recovery(log: &mut Log, adopted: u64, signed: &str) -> String {
    let detail = json!({
        "adopted_root": log.unsigned_checkpoint().root.to_string(),
        "adopted_size": adopted,
        "reason": "the disk died",
        "signed_checkpoint": signed,
    });
    let subject = format!("ledger/{}", log.origin);
    let index = log.append("ledger.recovered", (&subject, None), detail, Vec::new());
    let export = log.export();
    let verdict = log.verify(&export);
    let line = verdict.line(Question::Completeness).unwrap();
    assert_eq!((line.status, verdict.exit_status(&[])), (Status::Ok, 0), "{verdict:#?}");
    let findings = line.findings.iter().filter(|finding| finding.index == Some(index));
    assert_eq!(verdict.recorded.recoveries, line.findings.len() as u64);
    findings.map(|finding| finding.text.clone()).collect()
}

#[test]
fn a_recovery_is_named_with_what_it_lost() {
    let mut lost = Log::open();
    lost.events(54);
    let at_55 = lost.seal();
    let mut log = Log::open();
    log.events(51);
    let at_52 = log.seal();
    assert_eq!(
        recovery(&mut log, 52, &at_55),
        "Entry 52: the operator went on from 52 entries although 55 had been signed; entries 52 to 54 of that history \
         are not here."
    );
    assert_eq!(
        recovery(&mut log, 53, &at_52),
        "Entry 53: the operator went on from 53 entries, among which are the 52 signed before."
    );
    assert_eq!(
        recovery(&mut log, 54, &at_55),
        "Entry 54: the operator went on from 54 entries although 55 had been signed; entry 54 of that history is not here."
    );
    assert_eq!(
        recovery(&mut log, 55, &at_55),
        "Entry 55: the operator went on from 55 entries although 55 with another root had been signed: those are not all \
         here."
    );
    assert_eq!(
        recovery(&mut log, 56, ""),
        "Entry 56: the operator went on from 56 entries; what had been signed before was not known any more."
    );
    // The format leaves the payload to the writer: another form is no fault, but it is not passed over.
    for (adopted, signed) in [(9000, ""), (3, "no checkpoint")] {
        assert!(recovery(&mut log, adopted, signed).contains("what was lost is not told in a form"));
    }
}

#[test]
fn the_verdict_says_when_the_entries_were_recorded_and_how_often_there_was_silence() {
    let mut log = Log::open();
    log.heartbeat();
    log.now += 3 * 24 * 3600 * 1_000_000;
    let heartbeat = Heartbeat { checkpoint: None, keys: 0 };
    let subject = format!("ledger/{}", log.origin);
    log.append("ledger.heartbeat", (&subject, None), heartbeat.detail(), Vec::new());
    let export = log.export();
    let verdict = log.verify(&export);
    let (first, last) = verdict.recorded.times.unwrap();
    assert_eq!(
        (first.to_string().as_str(), last.to_string().as_str()),
        ("2026-11-22T09:00:00.000000Z", "2026-11-25T09:00:02.000000Z")
    );
    assert_eq!(verdict.recorded.silences, 1);
    assert!(verdict.line(Question::Time).unwrap().findings[0].text.ends_with("no heartbeat for 3 days."));
    assert!(verdict.to_json(&[]).contains(r#""first_time":"2026-11-22T09:00:00.000000Z""#));
}
