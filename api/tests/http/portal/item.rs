//! One thing.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Portal, give, limited, said, seeing, titled};
use crate::app::start;
use crate::auditor::{acts, signed_in};
use crate::engagements::{opened, put};

const VIEWED: &str = "auditor.record.viewed";

// rows: S1-48, S1-50, S1-51, S2-11
#[tokio::test]
async fn a_record_is_shown_with_all_that_it_says_and_the_view_is_recorded() {
    let mut portal = Portal::with(seeing(&["controls"])).await;
    let mut content = titled("Access is reviewed");
    content["body"] = json!("Each quarter, by the owner.");
    content["dates"] = json!({ "effective_on": "2026-01-01" });
    portal.record("controls", "2026/CC6.1", content).await;
    let page = portal.get("/auditor/portal/controls/2026/CC6.1").await;
    for text in
        ["Access is reviewed", "Each quarter, by the owner.", "Effective on", "2026-01-01", "Activity timestamp"]
    {
        page.says(200, text);
    }
    let (kind, subject, _) = portal.last_act().await;
    assert_eq!((kind.as_str(), subject.as_str()), (VIEWED, "record/controls/2026/CC6.1"));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_left_out_are_alike_and_recorded_with_their_reasons() {
    let mut portal = Portal::with(seeing(&["evidence", "risks"])).await;
    let (ours, theirs) = (opened(&portal.app).await, opened(&portal.app).await);
    let mut risk = titled("Fire");
    risk["fields"] = json!({ "vendor": "V-8" });
    portal.record("risks", "R-1", risk).await;
    let mut foreign = said("Another audit", "2026-03-31");
    foreign["engagement"] = json!(theirs);
    foreign["vendor"] = json!("V-7");
    let foreign = portal.evidence(foreign, None).await;
    let mut old = said("Old", "2020-01-01");
    old["vendor"] = json!("V-7");
    let old = portal.evidence(old, None).await;
    let scope = limited(seeing(&["evidence", "risks"]), &["V-7"], Some(&ours), Some(("2026-01-01", "2026-12-31")));
    portal.change(scope).await;
    portal.refused("/auditor/portal/risks/R-1", VIEWED, "not_in_vendors").await;
    portal.refused("/auditor/portal/risks/R-2", VIEWED, "not_found").await;
    portal.refused("/auditor/portal/risks/%20", VIEWED, "not_found").await;
    portal.refused("/auditor/portal/controls/CC6.1", VIEWED, "not_permitted").await;
    portal.refused(&format!("/auditor/portal/evidence/{foreign}"), VIEWED, "not_in_engagement").await;
    portal.refused(&format!("/auditor/portal/evidence/{old}"), VIEWED, "not_in_window").await;
    portal.refused("/auditor/portal/evidence/no-id", VIEWED, "not_found").await;
}

#[tokio::test]
async fn what_a_document_still_says_that_its_stream_does_not_say_any_more_is_not_shown() {
    let (app, stop) = (start().await, CancellationToken::new());
    let following = tokio::spawn(projections::run(app.app.ledger().clone(), stop.clone()));
    let given = give(&app, limited(seeing(&["risks"]), &["V-7"], None, None)).await;
    let browser = signed_in(&app, &given).await;
    let mut portal = Portal { app, given, browser, _following: CancellationToken::new().drop_guard() };
    let mut risk = titled("Fire");
    risk["fields"] = json!({ "vendor": "V-7" });
    portal.record("risks", "R-1", risk.clone()).await;
    portal.get("/auditor/portal/risks/R-1").await.says(200, "Fire");

    stop.cancel();
    following.await.unwrap();
    risk["fields"] = json!({ "vendor": "V-8" });
    assert_eq!(put(&portal.app, "/v1/orgs/acme/records/risks/R-1", &risk).await.status, 200);
    let before = portal.app.size().await;
    let behind = portal.get("/auditor/portal/risks/R-1").await;
    assert_eq!((behind.status.as_u16(), behind.text().contains("Fire")), (503, false), "{}", behind.text());
    assert_eq!(portal.app.size().await, before, "nothing was shown");

    let _again = portal.app.follow();
    portal.refused("/auditor/portal/risks/R-1", VIEWED, "not_in_vendors").await;
}

// rows: S5-37
#[tokio::test]
async fn evidence_shows_its_revisions() {
    let mut portal = Portal::with(seeing(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("one.pdf", b"one"))).await;
    let revisions = format!("{}/{id}/revisions", crate::evidence::EVIDENCE);
    crate::evidence::upload(&portal.app, &revisions, &[], Some(("two.pdf", b"two"))).await.created();
    let page = portal.get(&format!("/auditor/portal/evidence/{id}")).await;
    page.says(200, "one.pdf");
    page.says(200, "two.pdf");
    let text = page.text();
    assert!(text.find("two.pdf") < text.find("one.pdf"), "the newest first");
    assert!(!text.contains("/download"), "seeing is not downloading");
    portal.app.post(&format!("{}/{id}/withdraw", crate::evidence::EVIDENCE), &json!({})).await.created();
    portal.refused(&format!("/auditor/portal/evidence/{id}"), VIEWED, "not_found").await;
}

#[tokio::test]
async fn hostile_words_are_words() {
    let mut portal = Portal::with(seeing(&["evidence", "risks"])).await;
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let mut content = titled(hostile);
    content["body"] = json!(hostile);
    content["status"] = json!("\"><script>alert(2)</script>");
    content["fields"] = json!({ "note": hostile });
    portal.record("risks", "R-1", content).await;
    let id = portal.evidence(said(hostile, "2026-03-31"), Some(("<svg onload=alert(1)>.pdf", b"%PDF"))).await;
    for address in [
        "/auditor/portal/risks".to_owned(),
        "/auditor/portal/risks?open=R-1&q=%22%3E%3Cscript%3E".to_owned(),
        "/auditor/portal/risks?open=R-1".to_owned(),
        "/auditor/portal/risks/R-1".to_owned(),
        "/auditor/portal/evidence".to_owned(),
        format!("/auditor/portal/evidence?open={id}"),
        format!("/auditor/portal/evidence/{id}"),
    ] {
        let page = portal.get(&address).await;
        assert_eq!(page.status.as_u16(), 200, "{address}");
        let text = page.text();
        assert!(!text.contains("<script>") && !text.contains("<img") && !text.contains("<svg onload"), "{address}");
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_record_that_is_called_like_a_page_is_reached_from_its_list() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    portal.record("risks", "export", titled("Named like a page")).await;
    portal.get("/auditor/portal/risks").await.says(200, "/auditor/portal/risks/%65xport");
    portal.get("/auditor/portal/risks/%65xport").await.says(200, "Named like a page");
    let before = portal.app.size().await;
    portal.get("/auditor/portal/risks/export").await.says(404, "There is nothing here for you");
    assert_eq!(acts(&portal.app, before).await[0].1.as_deref(), Some("not_permitted"));
}

#[tokio::test]
async fn an_entry_of_the_log_has_its_receipt_its_proof_and_its_bytes_and_taking_each_is_recorded() {
    let mut portal = Portal::with(seeing(&["audit_logs"])).await;
    let size = portal.app.size().await as u64;
    portal.app.seal(size).await;
    let page = portal.get("/auditor/portal/audit_logs/1").await;
    page.says(200, "What proves it");
    for (paper, file) in [("receipt", "acme-1.receipt.json"), ("proof", "acme-1.tlog-proof"), ("entry", "acme-1.json")]
    {
        let address = format!("/auditor/portal/audit_logs/1/{paper}");
        page.says(200, &address);
        let before = portal.app.size().await;
        let taken = portal.get(&address).await;
        assert_eq!(taken.status.as_u16(), 200, "{paper}");
        assert_eq!(taken.header("content-disposition"), format!("attachment; filename=\"{file}\""));
        assert_eq!(portal.app.size().await, before + 1, "{paper}");
        let (kind, subject, reason) = portal.last_act().await;
        assert_eq!((kind.as_str(), subject.as_str(), reason), (VIEWED, "record/audit_logs/1", None), "{paper}");
    }
    let exact = portal.get("/auditor/portal/audit_logs/1/entry").await;
    let recorded = crate::auditor::entries(&portal.app, &portal.app.acme, 1).await.remove(0);
    assert_eq!(ledger::entry::Entry::parse(&exact.body).unwrap(), recorded);
    portal.refused("/auditor/portal/audit_logs/99999/receipt", VIEWED, "not_found").await;
    portal.change(seeing(&["risks"])).await;
    for paper in ["receipt", "proof", "entry"] {
        portal.refused(&format!("/auditor/portal/audit_logs/1/{paper}"), VIEWED, "not_permitted").await;
    }
    portal.get("/auditor/portal/audit_logs/1").await.says(404, "href=\"/auditor/portal\"");
}

#[tokio::test]
async fn the_bytes_of_a_records_entry_are_not_handed_out_with_the_log() {
    let mut portal = Portal::with(seeing(&["audit_logs"])).await;
    portal.record("risks", "R-1", titled("A secret risk")).await;
    let index = portal.newest().await.sequence;
    let page = portal.get(&format!("/auditor/portal/audit_logs/{index}")).await;
    page.says(200, "they are not handed out with the log");
    assert!(!page.text().contains(&format!("/{index}/entry")), "{}", page.text());
    portal.refused(&format!("/auditor/portal/audit_logs/{index}/entry"), VIEWED, "not_permitted").await;
    portal.get(&format!("/auditor/portal/audit_logs/{index}/receipt")).await.says(200, "");
}
