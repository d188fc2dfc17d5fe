//! What was granted.

use domain::access_grant::{Bundle, InvitePermission, Scope};
use serde_json::json;

use super::{Portal, limited, seeing, titled};
use crate::engagements::opened;

// rows: S5-35, S5-01
#[tokio::test]
async fn the_top_bar_shows_firm_address_and_level_and_nothing_else() {
    let mut portal = Portal::with(Scope::of_bundle(Bundle::ReadOnly).unwrap()).await;
    let page = portal.get("/auditor/portal").await.text();
    let viewer = page.split("<div class=\"viewer\">").nth(1).unwrap().split("</p>").next().unwrap();
    for text in ["ada@auditors.example", "Northgate Assurance LLP", "Read-only", "until"] {
        assert!(viewer.contains(text), "{text}: {viewer}");
    }
    let words: String = viewer.split('<').map(|part| part.split('>').nth(1).unwrap_or(part)).collect();
    assert!(words.trim().starts_with("ada@auditors.example, Northgate Assurance LLP Read-only until"), "{words}");
}

// rows: S1-48, S2-11
#[tokio::test]
async fn the_overview_says_what_was_granted_until_when_and_under_which_terms() {
    let mut portal = Portal::with(seeing(&["controls", "risks"])).await;
    let engagement = opened(&portal.app).await;
    portal.record("risks", "R-1", titled("Fire")).await;
    let mut foreign = titled("Of another vendor");
    foreign["fields"] = json!({ "vendor": "V-8" });
    portal.record("risks", "R-2", foreign).await;
    portal.change(limited(seeing(&["controls", "risks"]), &["V-7"], Some(&engagement), None)).await;
    let before = portal.app.size().await;
    let page = portal.get("/auditor/portal").await;
    for text in ["Your access to the records of", "See records and lists of them", "Engagement", "version 1", "SHA-256"]
    {
        page.says(200, text);
    }
    page.says(200, "You see what is about the vendor V-7.");
    page.says(200, "<td data-label=\"On record\" class=\"number\">0</td>");
    assert_eq!(portal.app.size().await, before, "it shows the grant and no record");
}

// rows: S2-11, S2-12, S2-85
#[tokio::test]
async fn who_was_not_given_evidence_has_no_tab_for_it_and_reads_whom_to_ask() {
    let of = |words: &[&str]| {
        Scope::of_permissions(words.iter().map(|word| InvitePermission::parse(word).unwrap())).unwrap()
    };
    let mut portal = Portal::with(of(&["view_controls"])).await;
    let (controls, evidence) = ("href=\"/auditor/portal/controls\"", "href=\"/auditor/portal/evidence\"");
    let page = portal.get("/auditor/portal").await.text();
    assert!(page.contains(controls) && !page.contains(evidence), "{page}");
    portal.refused("/auditor/portal/evidence", "auditor.record.viewed", "not_permitted").await;
    let help = portal.get("/auditor/help").await;
    help.says(200, "What you were not given is not there, whether it exists or not. If you need more, ask");
    portal.change(of(&["view_controls", "view_evidence"])).await;
    portal.get("/auditor/portal").await.says(200, evidence);
    portal.get("/auditor/portal/evidence").await.says(200, "Evidence");
}

// rows: S2-14, S5-92
#[tokio::test]
async fn what_is_recorded_and_not_there_yet_is_said() {
    let scope = Scope::of_permissions([InvitePermission::DownloadPackage]).unwrap();
    let mut portal = Portal::with(scope).await;
    let page = portal.get("/auditor/portal").await;
    page.says(200, "recorded; not yet available here");
    page.says(200, "There is nothing to read yet");
}
