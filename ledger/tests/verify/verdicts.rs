//! The frozen exports: each good one ends as `good.json` says, each bad one fails where `bad.json` says.

use std::collections::BTreeMap;

use ledger::verify::{Options, Question, Status, Unanswered, Verdict, container};
use serde_json::Value;

use crate::support::{read, rewritten, trust};

fn table(name: &str) -> BTreeMap<String, Value> {
    serde_json::from_slice(&read(name)).unwrap()
}

fn verify(file: &[u8], options: &Options<'_>) -> Verdict {
    container(file, options).unwrap()
}

/// Findings of that status, but for the missing policy file.
fn findings(verdict: &Verdict, status: Status) -> Vec<String> {
    let lines = verdict.lines.iter().filter(|line| line.question != Question::Authenticity);
    let findings = lines.flat_map(|line| &line.findings).filter(|finding| finding.status == status);
    findings.map(|finding| finding.text.clone()).collect()
}

#[test]
fn every_good_export_ends_with_the_status_of_the_table() {
    let policy = trust();
    let pinned = Options { policy: Some(&policy), ..Options::default() };
    for (name, expected) in table("good.json") {
        let file = read(&name);
        let verdict = verify(&file, &pinned);
        let unpinned = verify(&file, &Options::default());
        assert_eq!(verdict.exit_status(&[]), expected["status_pinned"], "{name}: {verdict:#?}");
        assert_eq!(unpinned.exit_status(&[]), expected["status_unpinned"], "{name}: {unpinned:#?}");
        for (status, member) in [(Status::NotChecked, "not_checked"), (Status::NotProved, "not_proved")] {
            let found = findings(&verdict, status);
            let expected = expected[member].as_array().unwrap();
            assert_eq!(found.len(), expected.len(), "{name}: {found:?} is not {expected:?}");
            for reason in expected.iter().map(|reason| reason.as_str().unwrap()) {
                assert!(found.iter().any(|text| says(text, reason)), "{name}: {found:?} lacks {reason}");
            }
        }
    }
}

/// Whether a sentence for readers says what the table says in a few words.
fn says(text: &str, reason: &str) -> bool {
    let words: &[&str] = match reason {
        "report.csv" => &["report.csv"],
        "signatures doubtful by the revocation at 10" => &["Entries 8 to 9", "entry 10 revoked"],
        "selection by actor" => &["selection by actor"],
        "selection by subject" => &["selection by subject"],
        "selection by type" => &["selection by type"],
        "absence of key changes" => &["no key changed"],
        "stream after its attestation" => &["after its attestation"],
        "later edge of the time range" => &["later edge of the time range"],
        _ => panic!("an unknown reason: {reason}"),
    };
    words.iter().all(|word| text.contains(word))
}

#[test]
fn every_bad_export_fails_in_the_line_of_the_table() {
    let policy = trust();
    let pinned = Options { policy: Some(&policy), ..Options::default() };
    for (name, expected) in table("bad.json") {
        let verdict = verify(&read(&format!("bad-{name}.zip")), &pinned);
        let question = Question::parse(expected["check"].as_str().unwrap()).unwrap();
        let line = verdict.line(question).unwrap();
        println!("{name}: {}", expected["reference_reason"]);
        for line in verdict.lines.iter().filter(|line| line.status == Status::Failed) {
            println!("    {} {:?} {}", line.question.name(), line.first_index, line.reason);
        }
        assert_eq!(line.status, Status::Failed, "{name}: {verdict:#?}");
        assert!(!line.findings.is_empty(), "{name} is not found out by what is wrong with it: {verdict:#?}");
        assert_eq!(verdict.exit_status(&Question::ALL), 1, "{name}");
        assert_eq!(verdict.remember, None, "{name}");
    }
}

#[test]
fn a_verdict_has_one_line_for_each_question_in_order() {
    for name in ["log-10.zip", "selection-type.zip", "bad-truncated.zip"] {
        let verdict = verify(&read(name), &Options::default());
        let questions: Vec<Question> = verdict.lines.iter().map(|line| line.question).collect();
        assert_eq!(questions, Question::ALL, "{name}");
    }
}

#[test]
fn an_export_of_another_version_is_not_answered() {
    let newer = rewritten(&read("log-1.zip"), |name, data| {
        let text = String::from_utf8_lossy(&data).replace("countersign-export/1", "countersign-export/2");
        if name == "countersign.json" { text.into_bytes() } else { data }
    });
    let result = container(newer.as_slice(), &Options::default());
    assert!(matches!(result, Err(Unanswered::Unsupported(format)) if format == "countersign-export/2"));
}
