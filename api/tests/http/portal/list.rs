//! Lists.

use domain::access_grant::{Command, Level, Scope};
use ledger::sealed::SealedValue;
use serde_json::json;
use store::cluster::Role;

use super::{Portal, limited, said, seeing, titled};
use crate::auditor::acts;
use crate::engagements::opened;

const VIEWED: &str = "auditor.record.viewed";

// rows: S1-48, S1-50, S1-51, S1-66, S2-63, S2-64, C23
#[tokio::test]
async fn a_list_is_recorded_before_it_is_shown_and_says_as_what() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    portal.record("risks", "R-1", titled("Loss of a supplier")).await;
    let before = portal.app.size().await;
    let page = portal.get("/auditor/portal/risks").await;
    page.says(200, "Loss of a supplier");
    assert_eq!(acts(&portal.app, before).await, [(VIEWED.to_owned(), None)]);
    let entry = portal.newest().await;
    assert_eq!(entry.subject.to_string(), "records/risks");
    assert_eq!(entry.actor.kind.as_str(), "auditor");
    assert_eq!(entry.detail["grant"], portal.given.grant.as_str());
    assert_eq!(entry.context.session.as_deref().map(str::len), Some(8), "a prefix of 8 characters");
    page.says(200, "Activity timestamp");
    page.says(200, &format!("/auditor/activity/{}/receipt", entry.sequence));
    portal.get("/auditor/portal/risks").await;
    assert_eq!(acts(&portal.app, before).await.len(), 2, "views are never taken together");
}

// rows: S1-64
#[tokio::test]
async fn the_entry_of_a_view_has_address_and_program_sealed_and_its_time() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    portal.get("/auditor/portal/risks").await;
    let entry = portal.newest().await;
    let sealed: Vec<_> = entry.sealed.iter().map(SealedValue::field).collect();
    assert_eq!(sealed, ["ip", "user_agent"]);
    assert!(store::clock::now().as_micros() - entry.time.as_micros() < 60_000_000);
}

// rows: S5-36, S5-92, S2-84, S2-85
#[tokio::test]
async fn only_what_was_granted_has_a_tab_and_what_was_not_is_the_same_404_as_nothing() {
    let mut portal = Portal::with(seeing(&["policies", "risks"])).await;
    let page = portal.get("/auditor/portal").await.text();
    let at = |word: &str| page.find(&format!(">{word}</a></li>"));
    assert!(at("Overview") < at("Policies") && at("Policies") < at("Risks") && at("Risks") < at("My activity"));
    assert_eq!(at("Evidence"), None);
    portal.refused("/auditor/portal/evidence", VIEWED, "not_permitted").await;
    portal.refused("/auditor/portal/audit_logs", VIEWED, "not_permitted").await;
    portal.refused("/auditor/portal/spells", VIEWED, "not_found").await;
    assert_eq!(portal.newest().await.subject.to_string(), "records/unknown", "no text of theirs is recorded");
    portal.refused("/auditor/portal/packages", VIEWED, "not_found").await;
}

// rows: S5-05, S1-67
#[tokio::test]
async fn a_narrowed_scope_and_a_revocation_act_on_the_next_request() {
    let mut portal = Portal::with(seeing(&["policies", "risks"])).await;
    portal.get("/auditor/portal/risks").await.says(200, "Risks");
    portal.change(seeing(&["policies"])).await;
    portal.refused("/auditor/portal/risks", VIEWED, "not_permitted").await;
    portal.get("/auditor/portal/policies").await.says(200, "Policies");
    portal.command(Command::Revoke { note: None, sessions_ended: 1 }).await;
    portal.get("/auditor/portal/policies").await.says(410, "Your access has ended");
}

// rows: S2-01, S5-19, S5-37, C12
#[tokio::test]
async fn lists_hold_to_vendors_engagement_and_window() {
    let mut portal = Portal::with(seeing(&["evidence", "risks", "vendors"])).await;
    let (ours, theirs) = (opened(&portal.app).await, opened(&portal.app).await);
    let field = |vendor: &str, engagement: &str| json!({ "vendor": vendor, "engagement": engagement });
    for (reference, fields) in [
        ("R-in", field("V-7", &ours)),
        ("R-other-vendor", field("V-8", &ours)),
        ("R-other-engagement", field("V-7", &theirs)),
    ] {
        let mut content = titled(reference);
        content["fields"] = fields;
        portal.record("risks", reference, content).await;
    }
    for (vendor, engagement, day, title) in [
        ("V-7", &ours, "2026-03-31", "E-in"),
        ("V-8", &ours, "2026-03-31", "E-other-vendor"),
        ("V-7", &theirs, "2026-03-31", "E-other-engagement"),
        ("V-7", &ours, "2025-12-31", "E-other-time"),
    ] {
        let mut said = said(title, day);
        said["vendor"] = json!(vendor);
        said["engagement"] = json!(engagement);
        portal.evidence(said, None).await;
    }
    let scope = seeing(&["evidence", "risks", "vendors"]);
    portal.change(limited(scope, &["V-7"], Some(&ours), Some(("2026-01-01", "2026-06-30")))).await;
    for (list, shown) in [("risks", "R-in"), ("evidence", "E-in")] {
        let page = portal.get(&format!("/auditor/portal/{list}")).await.text();
        assert!(page.contains(shown), "{page}");
        assert!(!page.contains("-other-"), "{page}");
        assert!(page.contains("You see what is about the vendor V-7."), "{page}");
    }
    portal.get("/auditor/portal/evidence").await.says(200, "You see evidence effective from 2026-01-01 to 2026-06-30.");
}

#[tokio::test]
async fn a_list_is_searched_filtered_sorted_and_paged() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    let rows: Vec<_> = (0..60)
        .map(|number| {
            let status = if number % 2 == 0 { "open" } else { "closed" };
            json!({ "reference": format!("R-{number:02}"), "title": format!("Risk {number:02}"), "status": status })
        })
        .collect();
    portal.app.post("/v1/orgs/acme/records/risks", &json!(rows)).await;
    portal.shown("records").await;
    let first = portal.get("/auditor/portal/risks").await.text();
    assert!(first.contains("1 to 50 of 60") && first.contains("R-49") && !first.contains("R-50"));
    let next = first.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    let second = portal.get(&next.replace("&#38;", "&").replace("&amp;", "&")).await.text();
    assert!(second.contains("51 to 60 of 60") && second.contains("R-59") && !second.contains(">R-49<"), "{next}");
    let filtered = portal.get("/auditor/portal/risks?q=r-1&status=closed&sort=-title").await.text();
    let order: Vec<_> = ["R-19", "R-17", "R-11"].iter().map(|reference| filtered.find(*reference).unwrap()).collect();
    assert!(order.is_sorted() && !filtered.contains(">R-10<"), "{filtered}");
    assert!(filtered.contains("Status: closed") && filtered.contains("Has “r-1”"));
}

// rows: S5-92
#[tokio::test]
async fn an_empty_list_says_why() {
    let mut portal = Portal::with(seeing(&["evidence", "risks"])).await;
    portal.get("/auditor/portal/risks").await.says(200, "No risks on record");
    portal.record("risks", "R-1", titled("Fire")).await;
    let hidden = portal.get("/auditor/portal/risks?q=flood").await;
    hidden.says(200, "Nothing matches these filters");
    hidden.says(200, "The filters hide 1 row that you may see.");
    portal.evidence(said("Old", "2020-01-01"), None).await;
    let scope = seeing(&["evidence"]);
    portal.change(limited(scope, &[], None, Some(("2026-01-01", "2026-06-30")))).await;
    let page = portal.get("/auditor/portal/evidence").await;
    page.says(200, "No evidence within your access");
    page.says(200, "You see evidence effective from 2026-01-01 to 2026-06-30. There is nothing in it.");
}

// rows: S5-37
#[tokio::test]
async fn a_row_opens_in_place_and_that_is_a_view_of_its_own() {
    let mut portal = Portal::with(seeing(&["evidence", "risks"])).await;
    let mut content = titled("Fire");
    content["body"] = json!("What <b>burns</b>");
    content["fields"] = json!({ "risk_tier": "high" });
    portal.record("risks", "R-1", content).await;
    let before = portal.app.size().await;
    let page = portal.get("/auditor/portal/risks?open=R-1").await;
    page.says(200, "What &#60;b&#62;burns&#60;/b&#62;");
    page.says(200, "Risk tier");
    let subjects: Vec<_> = crate::auditor::entries(&portal.app, &portal.app.acme, before).await;
    let subjects: Vec<_> = subjects.iter().map(|entry| entry.subject.to_string()).collect();
    assert_eq!(subjects, ["records/risks", "record/risks/R-1"]);
    let without = portal.evidence(said("Nothing yet", "2026-03-31"), None).await;
    portal.get("/auditor/portal/evidence").await.says(200, "No evidence attached");
    portal.get(&format!("/auditor/portal/evidence?open={without}")).await.says(200, "Effective");
}

// rows: S1-65, S5-27, S5-29, C13, C14
#[tokio::test]
async fn buttons_are_there_only_for_what_the_grant_allows() {
    let mut portal = Portal::with(Scope::of_level(Level::ReadOnly, []).unwrap()).await;
    portal.evidence(said("Review", "2026-03-31"), Some(("review.pdf", b"%PDF"))).await;
    portal.evidence(said("Nothing yet", "2026-03-30"), None).await;
    let page = portal.get("/auditor/portal/evidence").await.text();
    assert!(!page.contains("Download") && !page.contains("Export as CSV"), "{page}");
    assert!(!page.contains("<textarea") && page.matches("method=\"post\"").count() == 1, "only the way out: {page}");
    portal.change(Scope::of_level(Level::FullAccess, []).unwrap()).await;
    let page = portal.get("/auditor/portal/evidence").await.text();
    assert_eq!(page.matches("/download?revision=1").count(), 1, "only where there is a file: {page}");
}

#[tokio::test]
async fn the_log_is_read_through_the_grant_by_type_outcome_and_time_and_shows_nothing_personal() {
    let mut portal = Portal::with(seeing(&["audit_logs"])).await;
    portal.record("risks", "R-1", titled("A secret risk")).await;
    portal.refused("/auditor/portal/risks", VIEWED, "not_permitted").await;
    portal.shown("entries").await;
    let newest = portal.get("/auditor/portal/audit_logs").await.text();
    assert!(newest.contains("just now") && !newest.contains("in a moment"), "{newest}");
    let page = portal.get("/auditor/portal/audit_logs?type=ACCEPT_INVITE").await.text();
    assert!(page.contains("auditor.invite.accepted") && !page.contains("record.added"), "an alias is understood");
    let page = portal.get("/auditor/portal/audit_logs?type=auditor.&outcome=failure").await;
    page.says(200, "failure: not permitted");
    let page = portal.get("/auditor/portal/audit_logs?from=2020-01-01&until=2020-12-31").await;
    page.says(200, "No entry matches these filters");
    page.says(200, "from 2020-01-01 to 2020-12-31");
    for (asked, field) in [("type=nonsense", "type"), ("outcome=maybe", "outcome"), ("until=yesterday", "until")] {
        let page = portal.get(&format!("/auditor/portal/audit_logs?{asked}")).await;
        page.says(422, &format!("<a href=\"#{field}\">"));
        assert!(!page.text().contains("<tbody>"), "nothing is listed: {}", page.text());
        portal.get(&format!("/api/auditor/audit_logs?{asked}")).await.invalid(field);
    }
    let entries = crate::auditor::entries(&portal.app, &portal.app.acme, 0).await;
    for entry in &entries {
        let page = portal.get(&format!("/auditor/portal/audit_logs/{}", entry.sequence)).await.text();
        let inner = page.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        assert!(!inner.contains("ada@auditors.example") && !inner.contains("192.0.2.7"), "{inner}");
        assert!(!inner.contains("A secret risk"), "what a record says is not given with the log: {inner}");
    }
}

#[tokio::test]
async fn nothing_is_shown_where_the_view_cannot_be_recorded() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    portal.record("risks", "R-1", titled("Loss of a supplier")).await;
    // The database does not take what is to be recorded any more.
    let mut database = portal.app.connect(Role::Migrate).await;
    sqlx::query("revoke insert on ledger.entries from countersign_ledger").execute(&mut database).await.unwrap();
    let page = portal.get("/auditor/portal/risks").await;
    assert!(page.status.is_server_error(), "{}", page.text());
    assert!(!page.text().contains("Loss of a supplier"));
    sqlx::query("grant insert on ledger.entries to countersign_ledger").execute(&mut database).await.unwrap();
    portal.get("/auditor/portal/risks").await.says(200, "Loss of a supplier");
}
