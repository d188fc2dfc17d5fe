//! What the auditor did.

use domain::access_grant::Command;
use ledger::entry::{Entry, LedgerEvent};
use ledger::key::Role;
use ledger::policy::Policy;
use ledger::verify::{Options, proof, receipts};

use super::{Portal, seeing};
use crate::forms::beside;

// rows: S1-50, S1-66, C22
#[tokio::test]
async fn every_act_is_listed_newest_first_with_its_receipt_and_its_proof_once_it_is_sealed() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    portal.get("/auditor/portal/risks").await;
    portal.get("/auditor/portal/policies").await;
    let size = portal.app.size().await as u64;
    let page = portal.get("/auditor/activity").await;
    assert_eq!(portal.app.size().await as u64, size, "looking at oneself is no act");
    let text = page.text();
    let sentences = [
        "You asked for a page, and there was nothing there for you.",
        "You looked at the list of risks.",
        "You accepted the terms of engagement.",
        "You began a session.",
    ];
    let places: Vec<_> = sentences.iter().map(|sentence| text.find(sentence).expect(sentence)).collect();
    assert!(places.is_sorted(), "{text}");
    assert!(!text.contains("not_permitted") && !text.contains("not permitted"), "they are told no more than before");
    let index = size - 2;
    let receipt = portal.get(&format!("/auditor/activity/{index}/receipt")).await;
    assert_eq!(receipt.json()["state"], "accepted");
    assert!(receipt.header("content-disposition").starts_with("attachment"));
    assert!(!text.contains(&format!("/auditor/activity/{index}/proof")));
    portal.get(&format!("/auditor/activity/{index}/proof")).await.says(404, "");
    portal.app.seal(size).await;
    portal.get("/auditor/activity").await.says(200, &format!("/auditor/activity/{index}/proof"));
    let proof = portal.get(&format!("/auditor/activity/{index}/proof")).await;
    assert!(proof.status.is_success() && proof.text().starts_with("c2sp.org/tlog-proof@v1"), "{}", proof.text());
    assert_eq!(portal.get(&format!("/auditor/activity/{index}/receipt")).await.json()["state"], "sealed");
}

#[tokio::test]
async fn what_was_done_is_paged_back_as_it_was_paged_on() {
    let mut portal = Portal::with(seeing(&["risks", "audit_logs"])).await;
    for _ in 0..110 {
        portal.get("/auditor/portal/risks").await;
    }
    portal.shown("entries").await;
    // To look at the log is an entry of it, which would stand before the first page.
    let of_now = format!("/auditor/portal/audit_logs?type=auditor.record.&until={}", store::clock::now());
    for first in ["/auditor/activity".to_owned(), of_now] {
        let start = portal.get(&first).await.text();
        let second = beside(&start, "next").unwrap();
        let page = portal.get(&second).await.text();
        let back = beside(&page, "prev").map(|address| address.replace("%3A", ":"));
        assert_eq!((beside(&start, "prev"), back), (None, Some(first.clone())));
        let third = beside(&page, "next").unwrap();
        let page = portal.get(&third).await.text();
        assert_eq!(beside(&page, "prev"), Some(second), "{first}");
    }
}

#[tokio::test]
async fn nobody_gets_a_receipt_for_what_others_did() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    let nothing = portal.get("/nowhere").await.text();
    portal.app.seal(portal.app.size().await as u64).await;
    // Entry 0 opened the log, and an owner gave the access.
    for index in ["0", "1", "99999", "x", "01"] {
        for paper in ["receipt", "proof", "entry"] {
            let answer = portal.get(&format!("/auditor/activity/{index}/{paper}")).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (404, nothing.clone()), "{index}/{paper}");
        }
    }
    portal.command(Command::Revoke { note: None, sessions_ended: 1 }).await;
    portal.get("/auditor/activity").await.says(410, "Your access has ended");
    portal.get("/auditor/activity/receipts").await.says(410, "Your access has ended");
}

/// What a verifier is given of acme's log, out of band.
async fn policy(portal: &Portal) -> Policy {
    let opened: Entry = crate::auditor::entries(&portal.app, &portal.app.acme, 0).await.remove(0);
    match opened.ledger_event.as_deref() {
        Some(LedgerEvent::Opened(opened)) => Policy::for_log(opened.vkey(Role::Checkpoints)),
        _ => panic!("entry 0 opens a log"),
    }
}

// rows: S1-50
#[tokio::test]
async fn what_is_handed_out_of_an_act_verifies_by_the_policy_alone() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    portal.get("/auditor/portal/risks").await.says(200, "");
    let index = portal.app.size().await as u64 - 1;
    portal.app.seal(index + 1).await;
    let page = portal.get("/auditor/activity").await;
    page.says(200, &format!("/auditor/activity/{index}/entry"));
    page.says(200, "end with your access");
    let policy = policy(&portal).await;
    let options = Options { policy: Some(&policy), ..Options::default() };
    let receipt = portal.get(&format!("/auditor/activity/{index}/receipt")).await;
    let verdict = receipts(&receipt.body, &options);
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:?}");
    let entry = portal.get(&format!("/auditor/activity/{index}/entry")).await;
    assert!(entry.header("content-disposition").contains(&format!("acme-{index}.json")));
    let proved = portal.get(&format!("/auditor/activity/{index}/proof")).await.text();
    let verdict = proof(&proved, Some(&entry.body), &options);
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:?}");
}

#[tokio::test]
async fn the_receipts_of_all_acts_are_one_file_and_taking_it_is_an_act() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    for _ in 0..60 {
        portal.get("/auditor/portal/risks").await.says(200, "");
    }
    let before = portal.app.size().await;
    portal.app.seal(before as u64).await;
    portal.get("/auditor/activity").await.says(200, "/auditor/activity/receipts");
    let file = portal.get("/auditor/activity/receipts").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"acme-receipts.jsonl\"");
    assert_eq!(portal.app.size().await, before + 1);
    let (kind, subject, reason) = portal.last_act().await;
    assert_eq!((kind.as_str(), subject.as_str(), reason), ("auditor.record.viewed", "records/receipts", None));
    let text = file.text();
    assert!(60 < text.lines().count(), "more than a page of them: {}", text.lines().count());
    assert!(text.lines().next().unwrap().contains(&format!("\\n{before}\\n")), "the newest is that of taking them");
    let policy = policy(&portal).await;
    let verdict = receipts(&file.body, &Options { policy: Some(&policy), ..Options::default() });
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:?}");
    portal.get("/auditor/activity").await.says(200, "You looked at the receipts of all acts.");
}

#[tokio::test]
async fn help_says_how_to_check_a_receipt_a_proof_and_the_published_log() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    let page = portal.get("/auditor/help").await;
    for said in [
        "countersign-verify acme-108.receipt.json --trust trust.policy",
        "countersign-verify acme-108.tlog-proof --trust trust.policy",
        "/logs/acme --key key.txt --trust trust.policy",
        "has no command for that yet",
        "Who keeps nothing takes the log at its word",
        "/auditor/activity/receipts",
    ] {
        page.says(200, said);
    }
}
