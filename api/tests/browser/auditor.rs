//! The pages of auditors: from the link to the end of their access, with every tab that there can be.

use crate::browser::Browser;
use crate::furnish;
use crate::people::{self, AUDITOR, Access};
use crate::site::Site;
use crate::tour::{self, Look};

/// Everything that is given by level.
const BY_LEVEL: [&str; 6] = [
    "Controls, and who answers for them",
    "Policies in force",
    "Incidents: what went wrong, and what was done",
    "Risks, and their treatment",
    "Statement of applicability: which controls apply, and why",
    "Vendors: suppliers, and what they supply",
];
/// The tabs of that.
const TABS: [&str; 7] = ["evidence", "controls", "policies", "incidents", "risks", "soa", "vendors"];
/// Those of an annual audit.
const OTHER_TABS: [&str; 8] = [
    "audit_logs",
    "user_activity",
    "access_reports",
    "security_config",
    "compliance_status",
    "usage_reports",
    "billing_history",
    "invoices",
];
/// The pages of who is inside, besides tabs.
const OWN: [&str; 5] = ["/auditor/portal", "/auditor/activity", "/auditor/sessions", "/auditor/toe", "/auditor/help"];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_auditor_can_be_used_by_everybody() {
    walk(Look::Hold).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures to look at: make pages"]
async fn drawing_of_every_page_of_an_auditor() {
    walk(Look::Draw).await;
    crate::sheet::write();
}

async fn walk(look: Look) {
    let site = furnish::larkfield().await;
    let (owner, auditor) = (site.browser().await, site.browser().await);
    people::join_by_passkey(&site, &owner).await;
    people::give(&owner, &Access { types: &BY_LEVEL, ..Access::ADA }).await;
    owner.sees("pending").await;
    let page = owner.path().await.split('?').next().unwrap().to_owned();
    come_in(&site, &auditor, look).await;
    let seen = tour::of(&auditor, &["/auditor/portal"], look).await;
    let tabs = TABS.iter().map(|tab| format!("/auditor/portal/{tab}"));
    let missed: Vec<_> = tabs.chain(OWN.map(str::to_owned)).filter(|page| !seen.contains(page)).collect();
    assert!(missed.is_empty(), "no link leads to {missed:?}");
    states_of_lists(&auditor, look).await;
    leave_and_return(&site, &auditor, look).await;
    people::revoke(&owner, &page).await;
    auditor.go("/auditor/portal/controls").await;
    auditor.sees("Your access has ended").await;
    look.at(&auditor, "auditor-ended").await;
    annual_audit(&site, &owner, look).await;
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
}

/// The link, the code, the terms; each also as it is when something is wrong.
async fn come_in(site: &Site, auditor: &Browser, look: Look) {
    let link = site.mailbox.next_for(AUDITOR).await.link();
    auditor.go(&format!("/auditor/{}", "a".repeat(96))).await;
    auditor.sees("There is nothing here for you").await;
    look.at(auditor, "auditor-unknown-link").await;
    auditor.go(&link).await;
    look.at(auditor, "auditor-accept").await;
    auditor.click("Send me the code").await;
    auditor.arrives("/auditor/code").await;
    look.at(auditor, "auditor-code").await;
    auditor.fill("Code", "0000 0000").await;
    auditor.click("Continue").await;
    auditor.sees("Not accepted").await;
    look.at(auditor, "auditor-code-wrong").await;
    people::enter_code(site, auditor, AUDITOR).await;
    auditor.arrives("/auditor/toe").await;
    look.at(auditor, "auditor-terms").await;
    auditor.ask("document.querySelectorAll('form').forEach(form => { form.noValidate = true })", Vec::new()).await;
    auditor.click("Accept").await;
    auditor.sees("to be corrected").await;
    look.at(auditor, "auditor-terms-wrong").await;
    people::accept_terms(auditor).await;
}

/// Lists with a row that is open, and with filters that hide everything; what was not given.
async fn states_of_lists(auditor: &Browser, look: Look) {
    auditor.go("/auditor/portal/policies").await;
    auditor.click("Open P-1").await;
    auditor.sees("Who leaves loses it the same day").await;
    look.at(auditor, "auditor-policies-open").await;
    auditor.go("/auditor/portal/evidence").await;
    auditor.click("Open Access review").await;
    auditor.sees("review-draft.txt").await;
    look.at(auditor, "auditor-evidence-open").await;
    auditor.go("/auditor/portal/risks?q=nothing+is+called+this").await;
    look.at(auditor, "auditor-none-matches").await;
    auditor.go("/auditor/portal/invoices").await;
    auditor.sees("There is nothing here for you").await;
    look.at(auditor, "auditor-refused").await;
    auditor.go("/auditor/activity").await;
    auditor.click_at(".timeline .seal > summary").await;
    look.at(auditor, "auditor-activity-receipt").await;
}

/// Out, and in again by a code that is asked for by address.
async fn leave_and_return(site: &Site, auditor: &Browser, look: Look) {
    auditor.click("Sign out").await;
    auditor.sees("You are signed out").await;
    look.at(auditor, "auditor-signed-out").await;
    auditor.go("/auditor/portal").await;
    auditor.sees("You are not signed in").await;
    look.at(auditor, "auditor-not-signed-in").await;
    auditor.click("Ask for a code by mail").await;
    look.at(auditor, "auditor-code-by-address").await;
    auditor.fill("Address that was invited", AUDITOR).await;
    auditor.click("Send me a code").await;
    auditor.sees("Enter the code").await;
    people::enter_code(site, auditor, AUDITOR).await;
    auditor.arrives("/auditor/portal").await;
    auditor.go("/auditor/sessions").await;
    look.at(auditor, "auditor-sessions-two").await;
}

/// The other tabs, as an annual audit has them; one of them is empty.
async fn annual_audit(site: &Site, owner: &Browser, look: Look) {
    let email = "bo@northgate.example";
    let all = Access {
        email,
        name: "Bo Lindqvist",
        way: "By kind of audit",
        level: "Full, for annual audits of everything",
        types: &[],
        ..Access::ADA
    };
    people::give(owner, &all).await;
    owner.sees("pending").await;
    let auditor = site.browser().await;
    let link = site.mailbox.next_for(email).await.link();
    people::enter(site, &auditor, email, &link).await;
    people::accept_terms(&auditor).await;
    for tab in OTHER_TABS {
        auditor.go(&format!("/auditor/portal/{tab}")).await;
        assert_ne!(auditor.heading().await, "There is nothing here for you", "{tab}");
        look.at(&auditor, &format!("auditor-portal-{tab}")).await;
    }
    auditor.go("/auditor/portal/audit_logs/1").await;
    look.at(&auditor, "auditor-portal-audit_logs-id").await;
    auditor.go("/auditor/portal/audit_logs?type=auditor.&outcome=success").await;
    auditor.click_at("td.end a").await;
    look.at(&auditor, "auditor-log-open").await;
}
