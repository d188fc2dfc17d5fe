//! The same for programs.

use serde_json::json;

use super::{Portal, everything, said, seeing, titled};
use crate::auditor::acts;

const VIEWED: &str = "auditor.record.viewed";

// rows: S5-43, S5-44, S1-51
#[tokio::test]
async fn programs_read_lists_and_items_by_the_same_session_with_the_same_entries() {
    let mut portal = Portal::with(everything(&["audit_logs", "evidence", "risks"])).await;
    let mut risk = titled("Fire");
    risk["body"] = json!("What burns");
    portal.record("risks", "2026/R-1", risk).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", b"%PDF"))).await;
    portal.shown("entries").await;
    let before = portal.app.size().await;
    let list = portal.get("/api/auditor/risks?q=r-1").await.json();
    assert_eq!((list["type"].as_str(), list["total"].as_u64(), list["next"].as_str()), (Some("risks"), Some(1), None));
    assert_eq!((list["rows"][0]["reference"].as_str(), list["rows"][0]["body"].as_str()), (Some("2026/R-1"), None));
    assert_eq!(list["recorded"]["index"].as_u64(), Some(before as u64));
    let item = portal.get("/api/auditor/risks/2026/R-1").await.json();
    assert_eq!(
        (item["body"].as_str(), item["recorded"]["index"].as_u64()),
        (Some("What burns"), Some(before as u64 + 1))
    );
    let evidence = portal.get(&format!("/api/auditor/evidence/{id}")).await.json();
    let download = evidence["revisions"][0]["download"].as_str().unwrap().to_owned();
    assert_eq!(portal.get(&download).await.body, b"%PDF");
    let log = portal.get("/api/auditor/audit_logs?type=evidence.").await.json();
    assert_eq!(log["rows"][0]["type"], "evidence.revised");
    let entry = portal.get(&format!("/api/auditor/audit_logs/{}", log["rows"][0]["index"])).await.json();
    assert_eq!((entry["subject"].as_str(), entry.get("detail")), (Some(format!("evidence/{id}").as_str()), None));
    let kinds: Vec<_> = acts(&portal.app, before).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [VIEWED, VIEWED, VIEWED, "auditor.evidence.downloaded", VIEWED, VIEWED]);
    let activity = portal.get("/api/auditor/activity").await.json();
    assert_eq!(activity["acts"][0]["subject"].as_str().unwrap().split('/').next(), Some("record"));
}

// rows: S5-43
#[tokio::test]
async fn programs_are_refused_by_the_same_problem_whether_it_is_there_or_not() {
    let mut portal = Portal::with(seeing(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", b"%PDF"))).await;
    for (address, reason) in [
        ("/api/auditor/risks".to_owned(), "not_permitted"),
        ("/api/auditor/spells".to_owned(), "not_found"),
        ("/api/auditor/evidence/nothing".to_owned(), "not_found"),
        (format!("/api/auditor/evidence/{id}/download"), "not_permitted"),
    ] {
        let answer = portal.get(&address).await;
        answer.problem(404, "not-found");
        assert_eq!(portal.last_act().await.2.as_deref(), Some(reason), "{address}");
    }
    assert_eq!(portal.get("/api/auditor/activity").await.json()["acts"][0]["subject"], json!(null));
    let mut stranger = crate::auditor::browser::Browser::new();
    stranger.get(&portal.app, "/api/auditor/evidence").await.problem(401, "unauthenticated");
}
