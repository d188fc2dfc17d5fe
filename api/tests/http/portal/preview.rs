//! What a member sees of an auditor's access.

use domain::member::Role;
use serde_json::json;

use super::{Portal, everything, limited, titled};

#[tokio::test]
async fn a_member_sees_the_same_pages_and_no_act_of_the_auditor_is_recorded() {
    let portal = Portal::with(everything(&["evidence", "risks"])).await;
    for (reference, vendor) in [("R-1", "V-7"), ("R-2", "V-8")] {
        let mut content = titled(reference);
        content["fields"] = json!({ "vendor": vendor });
        portal.record("risks", reference, content).await;
    }
    portal.change(limited(everything(&["evidence", "risks"]), &["V-7"], None, None)).await;
    let owner = portal.app.sign_in_as(&[Role::Owner]).await;
    let base = format!("/orgs/acme/grants/{}/preview", portal.given.grant);
    let before = portal.app.size().await;
    let page = owner.get(&base).await;
    page.says(200, "This is a preview");
    page.says(200, "What this auditor sees");
    page.says(200, "seen by Grace Hopper, as a preview for ");
    let list = owner.get(&format!("{base}/risks?open=R-1")).await.text();
    assert!(list.contains("R-1") && !list.contains("R-2"), "{list}");
    assert!(
        !list.contains("Export") && !list.contains("method=\"post\"") && !list.contains("Activity timestamp"),
        "{list}"
    );
    owner.get(&format!("{base}/risks/R-1")).await.says(200, "Risk Team");
    owner.get(&format!("{base}/risks/R-2")).await.says(404, "There is nothing here for you");
    owner.get(&format!("{base}/policies")).await.says(404, "There is nothing here for you");
    owner.get("/orgs/acme/grants/018f3b7e-0000-7000-8000-00000000d001/preview").await.says(404, "nothing here");
    assert_eq!(portal.app.size().await, before, "nothing of it is the auditor's");
}

#[tokio::test]
async fn a_member_sees_in_a_preview_what_their_own_roles_let_them_see() {
    let portal = Portal::with(everything(&["audit_logs", "risks"])).await;
    let viewer = portal.app.sign_in_as(&[Role::Viewer]).await;
    let base = format!("/orgs/acme/grants/{}/preview", portal.given.grant);
    viewer.get(&format!("{base}/risks")).await.says(200, "This is a preview");
    viewer.get(&format!("{base}/audit_logs")).await.says(403, "");
}
