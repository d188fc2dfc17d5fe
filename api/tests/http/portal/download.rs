//! Files of evidence.

use axum::body::Body;
use axum::http::Method;
use domain::access_grant::{Command, InvitePermission, Level, Scope};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Portal, everything, limited, said, seeing};
use crate::app::request;
use crate::auditor::browser::Browser;
use crate::auditor::{acts, entries};
use crate::evidence::{EVIDENCE, kept, upload};

const DOWNLOADED: &str = "auditor.evidence.downloaded";
const PDF: &[u8] = b"%PDF-1.7 an access review";

// rows: S2-12, S2-60, S2-80, S2-81, S5-29
#[tokio::test]
async fn a_download_is_recorded_with_its_hash_before_the_first_byte_leaves() {
    let mut portal = Portal::with(Scope::of_permissions([InvitePermission::ViewEvidence]).unwrap()).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("Prüfung.pdf", PDF))).await;
    let address = portal.address(&id, 1).await;
    let before = portal.app.size().await;
    let file = portal.get(&address).await;
    assert_eq!((file.status.as_u16(), file.body.as_slice()), (200, PDF));
    let disposition = "attachment; filename=\"Pr_fung.pdf\"; filename*=UTF-8''Pr%C3%BCfung.pdf";
    assert_eq!(file.header("content-disposition"), disposition);
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-security-policy").contains("sandbox"));
    assert_eq!(acts(&portal.app, before).await, [(DOWNLOADED.to_owned(), None)]);
    let entry = portal.newest().await;
    assert_eq!(entry.subject.to_string(), format!("evidence/{id}"));
    assert_eq!(entry.detail["sha256"], hex::encode(Sha256::digest(PDF)));
    assert_eq!(entry.detail["bytes"].as_u64(), Some(PDF.len() as u64));
}

#[tokio::test]
async fn each_revision_can_be_downloaded_and_what_is_none_is_the_one_404() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("one.txt", b"one"))).await;
    upload(&portal.app, &format!("{EVIDENCE}/{id}/revisions"), &[], Some(("two.txt", b"two"))).await.created();
    let (one, two) = (portal.address(&id, 1).await, portal.address(&id, 2).await);
    assert_eq!(portal.get(&one).await.body, b"one");
    assert_eq!(portal.get(&two).await.body, b"two");
    let address = format!("/auditor/portal/evidence/{id}/download");
    for revision in ["0", "3", "x"] {
        portal.refused(&format!("{address}?revision={revision}"), DOWNLOADED, "not_found").await;
    }
    let without = portal.evidence(said("Nothing yet", "2026-03-31"), None).await;
    portal.refused(&format!("/auditor/portal/evidence/{without}/download"), DOWNLOADED, "not_found").await;
    portal.refused("/auditor/portal/evidence/no-id/download", DOWNLOADED, "not_found").await;
    portal.refused("/auditor/portal/evidence/%20/download", DOWNLOADED, "not_found").await;
    assert_eq!(portal.newest().await.subject.to_string(), "evidence/unknown");
}

// rows: S5-29
#[tokio::test]
async fn an_address_that_was_not_signed_for_this_session_downloads_nothing_and_leads_to_the_evidence() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", PDF))).await;
    let signed = portal.address(&id, 1).await;
    let unsigned = format!("/auditor/portal/evidence/{id}/download?revision=1");
    let changed = signed.replace("signature=", "signature=A");
    let mut other = Browser::new();
    other.post(&portal.app, &portal.given.path(), &[]).await;
    let own = std::mem::replace(&mut portal.browser, other);
    let before = portal.app.size().await;
    for address in [signed.as_str(), unsigned.as_str(), changed.as_str()] {
        let page = portal.get(address).await.arrives_at();
        assert_eq!(page, format!("/auditor/portal/evidence/{id}?address=run-out"));
        portal.get(&address.replacen("/auditor/portal", "/api/auditor", 1)).await.problem(400, "bad-request");
    }
    assert!(acts(&portal.app, before).await.iter().all(|(kind, _)| kind != DOWNLOADED));
    let page = portal.get(&format!("/auditor/portal/evidence/{id}?address=run-out")).await.page(200);
    assert!(page.contains("had run out") && page.contains("/download?revision=1&#38;until="), "{page}");
    portal.browser = own;
    portal.get(&changed).await.arrives_at();
    assert_eq!(portal.get(&signed).await.body, PDF);
}

// rows: S2-85, S5-27
#[tokio::test]
async fn who_may_only_look_does_not_download_by_address_either() {
    let mut portal = Portal::with(Scope::of_level(Level::ReadOnly, []).unwrap()).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", PDF))).await;
    portal.refused(&format!("/auditor/portal/evidence/{id}/download"), DOWNLOADED, "not_permitted").await;
}

// rows: S5-05
#[tokio::test]
async fn limits_and_ends_hold_on_a_download_that_has_not_begun() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", PDF))).await;
    let address = portal.address(&id, 1).await;
    assert_eq!(portal.get(&address).await.status.as_u16(), 200);
    portal.change(limited(everything(&["evidence"]), &[], None, Some(("2026-04-01", "2026-04-30")))).await;
    portal.refused(&address, DOWNLOADED, "not_in_window").await;
    portal.change(limited(everything(&["evidence"]), &["V-1"], None, None)).await;
    portal.refused(&address, DOWNLOADED, "not_in_vendors").await;
    portal.change(seeing(&["evidence"])).await;
    portal.refused(&address, DOWNLOADED, "not_permitted").await;
    portal.change(everything(&["evidence"])).await;
    assert_eq!(portal.get(&address).await.status.as_u16(), 200);
    portal.app.post(&format!("{EVIDENCE}/{id}/withdraw"), &json!({})).await.created();
    portal.refused(&address, DOWNLOADED, "not_found").await;
    portal.command(Command::Revoke { note: None, sessions_ended: 1 }).await;
    let before = portal.app.size().await;
    portal.get(&address).await.says(410, "Your access has ended");
    assert!(acts(&portal.app, before).await.iter().all(|(kind, _)| kind != DOWNLOADED));
}

// rows: S2-80
#[tokio::test]
async fn a_file_that_was_altered_is_not_handed_out_and_that_is_recorded() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", PDF))).await;
    let path = kept(&portal.app, PDF);
    let mut altered = PDF.to_vec();
    altered[0] ^= 1;
    std::fs::write(&path, altered).unwrap();
    let address = portal.address(&id, 1).await;
    portal.get(&address).await.says(503, "The file is not what was recorded");
    let (kind, _, reason) = portal.last_act().await;
    assert_eq!((kind.as_str(), reason.as_deref()), (DOWNLOADED, Some("file_altered")));
    std::fs::remove_file(&path).unwrap();
    portal.get(&address).await.says(503, "The file is not what was recorded");
    assert_eq!(portal.last_act().await.2.as_deref(), Some("file_altered"));
}

#[tokio::test]
async fn who_asks_for_the_head_of_a_file_or_an_export_has_taken_nothing_and_nothing_is_recorded() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", PDF))).await;
    let file = portal.address(&id, 1).await;
    let elsewhere = file.replace("/auditor/portal/", "/api/auditor/");
    for path in [&file, &elsewhere, "/auditor/portal/evidence/export", "/auditor/activity/receipts"] {
        let before = portal.app.size().await;
        let answer = portal.browser.head(&portal.app, path).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET"), "{path}");
        assert_eq!((answer.body.len(), portal.app.size().await), (0, before), "{path}");
        assert_eq!(portal.get(path).await.status.as_u16(), 200, "{path}");
        assert_eq!(portal.app.size().await, before + 1, "{path}");
    }
}

#[tokio::test]
async fn a_link_on_another_site_takes_no_file_in_the_auditors_name() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let id = portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", PDF))).await;
    let file = portal.address(&id, 1).await;
    let cookies: Vec<_> = portal.browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for path in [file.as_str(), "/auditor/portal/evidence/export", "/auditor/activity/receipts"] {
        for (site, status, entries) in [("cross-site", 403, 0), ("same-site", 403, 0), ("same-origin", 200, 1)] {
            let before = portal.app.size().await;
            let led =
                request(Method::GET, path, None).header("cookie", cookies.join("; ")).header("Sec-Fetch-Site", site);
            let answer = portal.app.send(led.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status.as_u16(), status, "{site} to {path}");
            assert_eq!(portal.app.size().await, before + entries, "{site} to {path}");
        }
    }
}

#[tokio::test]
async fn a_session_is_refused_sixty_times_an_hour_with_an_entry_and_then_told_to_wait() {
    let mut portal = Portal::with(everything(&["evidence"])).await;
    let before = portal.app.size().await;
    for _ in 0..60 {
        assert_eq!(portal.get("/auditor/portal/risks").await.status.as_u16(), 404);
    }
    assert_eq!(portal.app.size().await, before + 60);
    for path in ["/auditor/portal/risks", "/auditor/portal/risks/export", "/auditor/portal/evidence/no-id/download"] {
        let told = portal.get(path).await;
        assert_eq!(told.status.as_u16(), 429, "{path}");
        assert!((1..=3600).contains(&told.header("retry-after").parse::<u64>().unwrap()), "{path}");
    }
    assert_eq!(portal.app.size().await, before + 60, "what is refused further is counted");
    api::jobs::refusals::record(&portal.app.app).await;
    let counted = entries(&portal.app, &portal.app.acme, before + 60).await;
    let said = counted
        .iter()
        .map(|entry| (entry.event_type.as_str(), entry.outcome.reason().unwrap(), &entry.detail["count"]));
    let mut said: Vec<_> = said.collect();
    said.sort_by_key(|(_, reason, _)| *reason);
    let kind = "auditor.refusals.counted";
    assert_eq!(said, [(kind, "not_found", &json!(1)), (kind, "not_permitted", &json!(2))]);
    let own = portal.get("/auditor/activity").await;
    own.says(200, "Further attempts were refused and counted: 2.");
    own.says(200, &format!("/auditor/activity/{}/receipt", counted[0].sequence));
    assert_eq!(portal.get("/auditor/portal/evidence").await.status.as_u16(), 200, "what was granted is shown");
}
