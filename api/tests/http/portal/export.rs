//! Tables.

use domain::access_grant::{Bundle, Scope};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Portal, everything, limited, said, seeing, titled};

const EXPORTED: &str = "auditor.records.exported";

// rows: S1-49, S1-51, S4-19
#[tokio::test]
async fn a_table_is_recorded_with_its_hash_and_its_rows_before_it_is_handed_out() {
    let mut portal = Portal::with(everything(&["risks"])).await;
    let mut first = titled("=cmd|' /C calc'!A1");
    first["body"] = json!("One, \"two\"");
    first["fields"] = json!({ "tier": "+1" });
    first["dates"] = json!({ "due_on": "2026-12-01" });
    portal.record("risks", "R-1", first).await;
    portal.record("risks", "R-2", titled("Fire")).await;
    portal.get("/auditor/portal/risks").await.says(200, "Export as CSV");
    let table = portal.get("/auditor/portal/risks/export").await;
    assert_eq!(table.status.as_u16(), 200);
    let text = table.text();
    let mut lines = text.split("\r\n");
    assert_eq!(lines.next(), Some("reference,title,status,owner,due_on,tier,body,changed_at"));
    let row = lines.next().unwrap();
    assert!(row.starts_with("R-1,'=cmd|' /C calc'!A1,open,Risk Team,2026-12-01,'+1,\"One, \"\"two\"\"\","), "{row}");
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(table.header("content-disposition").starts_with("attachment; filename=\"acme-risks-"));
    assert!(table.header("content-security-policy").contains("sandbox"));
    let entry = portal.newest().await;
    assert_eq!((entry.event_type.as_str(), entry.subject.to_string().as_str()), (EXPORTED, "records/risks"));
    assert_eq!(
        (entry.detail["rows"].as_u64(), entry.detail["bytes"].as_u64()),
        (Some(2), Some(table.body.len() as u64))
    );
    assert_eq!(entry.detail["sha256"], hex::encode(Sha256::digest(&table.body)));
}

// rows: S1-49
#[tokio::test]
async fn every_type_that_a_kind_of_audit_sees_has_its_table() {
    let mut portal = Portal::with(Scope::of_bundle(Bundle::Full).unwrap()).await;
    let resources: Vec<String> =
        Scope::of_bundle(Bundle::Full).unwrap().resources().iter().map(ToString::to_string).collect();
    assert_eq!(resources.len(), 8);
    portal.shown("entries").await;
    for resource in resources {
        portal.get(&format!("/auditor/portal/{resource}")).await.says(200, "Export as CSV");
        let table = portal.get(&format!("/auditor/portal/{resource}/export")).await;
        assert_eq!(
            (table.status.as_u16(), table.header("content-type")),
            (200, "text/csv; charset=utf-8"),
            "{resource}"
        );
        assert_eq!(portal.last_act().await.0, EXPORTED);
    }
}

#[tokio::test]
async fn a_table_holds_to_the_limits_of_the_grant_and_the_filters_of_the_page() {
    let mut portal = Portal::with(everything(&["evidence", "risks"])).await;
    for (reference, vendor) in [("R-1", "V-7"), ("R-2", "V-8"), ("R-3", "V-7")] {
        let mut content = titled(reference);
        content["fields"] = json!({ "vendor": vendor });
        portal.record("risks", reference, content).await;
    }
    for (title, day) in [("In", "2026-03-31"), ("Out", "2020-03-31")] {
        let mut said = said(title, day);
        said["vendor"] = json!("V-7");
        portal.evidence(said, None).await;
    }
    let scope = everything(&["evidence", "risks"]);
    portal.change(limited(scope, &["V-7"], None, Some(("2026-01-01", "2026-12-31")))).await;
    let table = portal.get("/auditor/portal/risks/export").await.text();
    assert!(table.contains("R-1") && table.contains("R-3") && !table.contains("R-2"), "{table}");
    let table = portal.get("/auditor/portal/risks/export?q=r-3").await.text();
    assert!(!table.contains("R-1") && table.contains("R-3"), "{table}");
    let table = portal.get("/auditor/portal/evidence/export").await.text();
    assert!(table.contains(",In,") && !table.contains(",Out,"), "{table}");
}

// rows: S1-65, C14
#[tokio::test]
async fn who_may_not_export_has_neither_button_nor_address() {
    let mut portal = Portal::with(seeing(&["risks"])).await;
    let page = portal.get("/auditor/portal/risks").await.text();
    assert!(!page.contains("Export"), "{page}");
    portal.refused("/auditor/portal/risks/export", EXPORTED, "not_permitted").await;
    portal.refused("/auditor/portal/controls/export", EXPORTED, "not_permitted").await;
    portal.refused("/auditor/portal/spells/export", "auditor.record.viewed", "not_found").await;
}

#[tokio::test]
async fn the_table_of_the_log_has_the_hash_of_each_entry() {
    let mut portal = Portal::with(everything(&["audit_logs"])).await;
    portal.shown("entries").await;
    portal.get("/auditor/portal/audit_logs").await.says(200, "<h1>Audit logs</h1>");
    let table = portal.get("/auditor/portal/audit_logs/export").await.text();
    assert!(table.lines().next().unwrap().ends_with(",id,hash"), "{table}");
    let log = portal.app.acme.log;
    let first = store::entries::range(portal.app.app.ledger().reader(), log, 0, 1).await.unwrap().remove(0);
    let row = table.lines().find(|line| line.starts_with("0,")).unwrap();
    assert!(row.ends_with(&format!(",{},{}", first.id, first.hash)), "{row}");
}
