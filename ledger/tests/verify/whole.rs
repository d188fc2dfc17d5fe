//! Whole logs made here.

use std::sync::atomic::{AtomicU64, Ordering};

use ledger::draft::Personal;
use ledger::export::{Extras, write_log};
use ledger::key::Role;
use ledger::sealed::{DataKey, Of};
use ledger::verify::{Options, Question, Status, container, log};
use serde_json::json;

use crate::support::Log;

const KID: &str = "018f3b7e-0000-7000-8000-00000000e001";

fn personal() -> Personal {
    Personal {
        field: "email".into(),
        of: Of::Subject,
        kid: KID.into(),
        key: DataKey::from_bytes([9; 32]),
        nonce: [3; 24],
        plaintext: "a@example.org".into(),
    }
}

/// A log with everything: rotations, heartbeats over checkpoints of many sizes, attestations, several tiles.
fn busy() -> Log {
    let mut log = Log::open();
    for round in 0..12_u64 {
        log.events(20 + 17 * round);
        log.seal();
        log.events(round);
        if round % 4 == 1 {
            log.rotate(Role::ALL[usize::try_from(round / 4).unwrap() % 3]);
        }
        log.attest("thing/1");
        log.heartbeat();
    }
    log
}

#[test]
fn a_log_with_everything_verifies_from_an_export_and_from_its_entries_alone() {
    let mut made = busy();
    let export = made.export();
    let verdict = made.verify(&export);
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:#?}");
    assert_eq!(verdict.recorded.entries, made.size());
    assert_eq!(verdict.remember, made.checkpoint);
    let policy = made.policy();
    let options = Options { policy: Some(&policy), ..Options::default() };
    let checkpoint = made.checkpoint.clone().unwrap();
    let listed = log(&made.listed, checkpoint.as_bytes(), &options).unwrap();
    assert_eq!(listed.exit_status(&[]), 0, "{listed:#?}");
    let same = |question: &Question| {
        listed.line(*question).map(|line| (line.status, line.reason.clone()))
            == verdict.line(*question).map(|line| (line.status, line.reason.clone()))
    };
    let (absent, asked): (Vec<_>, Vec<_>) =
        Question::ALL.into_iter().partition(|question| listed.line(*question).is_none());
    assert_eq!(absent, [Question::Container, Question::Views]);
    assert!(asked.iter().all(same));
}

#[test]
fn one_thread_finds_what_many_find() {
    let mut made = busy();
    made.listed.entries[700].1[5] ^= 1;
    let export = made.export();
    let one = container(export.as_slice(), &Options { threads_max: Some(1), ..Options::default() }).unwrap();
    let many = container(export.as_slice(), &Options { threads_max: Some(4), ..Options::default() }).unwrap();
    assert_eq!(one, many);
    assert_eq!(one.line(Question::Signatures).unwrap().first_index, Some(700));
}

#[test]
fn signatures_left_out_on_request_are_said_to_be() {
    let mut made = busy();
    made.listed.entries[70].1[5] ^= 1;
    let export = made.export();
    let policy = made.policy();
    let options = Options { policy: Some(&policy), skip_signatures: true, ..Options::default() };
    let verdict = container(export.as_slice(), &options).unwrap();
    assert_eq!(verdict.line(Question::Signatures).unwrap().status, Status::NotChecked);
    assert_eq!(verdict.exit_status(&[]), 3);
    assert_eq!(verdict.exit_status(&[Question::Signatures]), 0);
    assert_eq!(verdict.exit_status(&[Question::Views, Question::Completeness]), 3);
}

#[test]
fn a_waiver_does_not_cover_what_failed() {
    let mut made = busy();
    made.listed.entries[70].1[5] ^= 1;
    let verdict = made.verify(&made.seal_and_export());
    assert_eq!(verdict.exit_status(&Question::ALL), 1);
}

impl Log {
    fn seal_and_export(&self) -> Vec<u8> {
        let checkpoint = self.unsigned_checkpoint().sign(&[self.key(Role::Checkpoints)]).unwrap();
        self.export_at(&checkpoint)
    }
}

#[test]
fn an_unpinned_log_ends_with_3_unless_that_is_accepted() {
    let export = busy().export();
    let verdict = container(export.as_slice(), &Options::default()).unwrap();
    assert_eq!(verdict.line(Question::Authenticity).unwrap().status, Status::NotChecked);
    assert_eq!(verdict.exit_status(&[]), 3);
    assert_eq!(verdict.exit_status(&[Question::Authenticity]), 0);
}

#[test]
fn little_memory_for_names_takes_further_passes_and_finds_the_same() {
    let mut made = Log::open();
    for n in 0..900_u64 {
        made.event(&format!("thing/{}", n * n % 211));
    }
    made.append_version("thing.changed", ("thing/5", Some("thing/5"), Some(77)), json!({}), Vec::new());
    made.append("stream.attested", ("thing/1", None), json!({"stream": "thing/1", "version": 5}), Vec::new());
    let export = made.export();
    let all = made.verify(&export);
    let line = all.line(Question::Completeness).unwrap();
    assert_eq!((line.status, line.first_index, line.findings.len()), (Status::Failed, Some(901), 2));
    for names_max in [10, 50, 150] {
        let policy = made.policy();
        let options = Options { policy: Some(&policy), names_max: Some(names_max), ..Options::default() };
        let few = container(export.as_slice(), &options).unwrap();
        assert_eq!(few.lines, all.lines, "{names_max}");
    }
}

#[test]
fn sealed_values_are_opened_with_a_key_erased_without_and_counted() {
    let mut made = Log::open();
    made.append("thing.changed", ("thing/1", None), json!({}), vec![personal()]);
    let sealed = |made: &mut Log, keys: &[(String, DataKey)]| {
        let export = made.export();
        let options = Options { data_keys: keys, ..Options::default() };
        let line = container(export.as_slice(), &options).unwrap().line(Question::Sealed).unwrap().clone();
        (line.status, line.reason)
    };
    let one = |opened, erased, left| {
        (Status::Ok, format!("1 sealed values: {opened} opened, {erased} erased, {left} not opened."))
    };
    let key = |byte| [(KID.to_owned(), DataKey::from_bytes([byte; 32]))];
    assert_eq!(sealed(&mut made, &[]), one(0, 0, 1));
    assert_eq!(sealed(&mut made, &key(9)), one(1, 0, 0));
    assert_eq!(sealed(&mut made, &key(8)).0, Status::Failed);
    made.append("sealed.key.destroyed", ("person/1", None), json!({"kid": KID}), Vec::new());
    assert_eq!(sealed(&mut made, &[]), one(0, 1, 0));
    let mut none = Log::open();
    assert_eq!(sealed(&mut none, &[]).0, Status::Absent);
}

#[test]
fn a_silence_of_more_than_an_hour_is_named() {
    let mut made = Log::open();
    made.now += 30 * 60 * 1_000_000;
    made.heartbeat();
    made.now += 61 * 60 * 1_000_000;
    made.event("thing/1");
    let verdict = made.verify(&made.seal_and_export());
    let line = verdict.line(Question::Time).unwrap();
    assert_eq!(line.status, Status::Ok);
    let texts: Vec<&str> = line.findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(texts, ["Between entry 1 and entry 2 there was no heartbeat for 1 hour and 1 minute."]);
}

#[test]
fn a_heartbeat_may_not_name_a_checkpoint_that_shrinks_or_runs_ahead() {
    let mut made = Log::open();
    made.events(5);
    let early = made.seal();
    made.events(5);
    made.seal();
    made.heartbeat();
    made.checkpoint = Some(early);
    made.heartbeat();
    let verdict = made.verify(&made.seal_and_export());
    assert_eq!(verdict.line(Question::Checkpoint).unwrap().first_index, Some(12), "{verdict:#?}");
    let mut made = Log::open();
    let mut ahead = made.unsigned_checkpoint();
    ahead.size = 3;
    made.checkpoint = Some(ahead.sign(&[made.key(Role::Checkpoints)]).unwrap());
    made.heartbeat();
    let verdict = made.verify(&made.seal_and_export());
    assert_eq!(verdict.line(Question::Checkpoint).unwrap().first_index, Some(1), "{verdict:#?}");
}

#[test]
fn a_heartbeat_without_a_checkpoint_comes_before_the_first_only() {
    let mut made = Log::open();
    made.heartbeat();
    made.seal();
    made.heartbeat();
    assert!(!made.verify(&made.seal_and_export()).has_failed());
    made.checkpoint = None;
    made.heartbeat();
    let verdict = made.verify(&made.seal_and_export());
    assert_eq!(verdict.line(Question::Checkpoint).unwrap().first_index, Some(3), "{verdict:#?}");
}

#[test]
fn progress_ends_at_the_number_of_entries() {
    let mut made = busy();
    let export = made.export();
    let (last, size) = (AtomicU64::new(0), made.size());
    let progress = |done: u64, all: u64| {
        assert_eq!(all, size);
        last.fetch_max(done, Ordering::Relaxed);
    };
    container(export.as_slice(), &Options { progress: Some(&progress), ..Options::default() }).unwrap();
    assert_eq!(last.into_inner(), size);
}

#[test]
fn what_is_printed_of_an_export_cannot_move_the_cursor() {
    let mut made = Log::open();
    made.events(3);
    let checkpoint = made.seal();
    let views = [("report.txt".to_owned(), b"\x1b[2J".to_vec())].into();
    let extras = Extras { views, ..Extras::default() };
    let (export, _) = write_log(Vec::new(), &made.listed, &checkpoint, &extras).unwrap();
    let forged = crate::support::rewritten(&export, |name, data| {
        if name == "log/tile/entries/000.p/4" {
            let text = String::from_utf8_lossy(&data).replace("thing.changed", "\u{202e}\u{9b}gnihchang");
            return text.into_bytes();
        }
        data
    });
    let verdict = made.verify(&forged);
    let json = verdict.to_json(&[]);
    assert!(verdict.has_failed());
    assert!(!json.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{json}");
}

#[test]
fn the_json_form_is_canonical_and_names_the_status() {
    let verdict = container(busy().export().as_slice(), &Options::default()).unwrap();
    let json = verdict.to_json(&[Question::Authenticity]);
    let value = ledger::json::parse_canonical(json.as_bytes()).unwrap();
    assert_eq!(value["status"], 0);
    assert_eq!(value["lines"].as_array().unwrap().len(), 13);
    assert_eq!(value["lines"][6]["name"], "authenticity");
    assert_eq!(value["lines"][6]["status"], "not checked");
}
