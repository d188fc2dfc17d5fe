//! What the auditor did.

use domain::access_grant::Command;

use super::{Portal, seeing};

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
async fn nobody_gets_a_receipt_for_what_others_did() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    let nothing = portal.get("/nowhere").await.text();
    portal.app.seal(portal.app.size().await as u64).await;
    // Entry 0 opened the log, and an owner gave the access.
    for index in ["0", "1", "99999", "x", "01"] {
        for paper in ["receipt", "proof"] {
            let answer = portal.get(&format!("/auditor/activity/{index}/{paper}")).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (404, nothing.clone()), "{index}/{paper}");
        }
    }
    portal.command(Command::Revoke { note: None, sessions_ended: 1 }).await;
    portal.get("/auditor/activity").await.says(410, "Your access has ended");
}
