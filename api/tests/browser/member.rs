//! The pages of members: how they come in, and everything that is inside.

use serde_json::json;

use crate::browser::Browser;
use crate::site::Site;
use crate::tour::{self, Look};

/// Where the navigation leads and nothing is yet.
const AHEAD: [&str; 10] = [
    "/orgs/larkfield",
    "/orgs/larkfield/account",
    "/orgs/larkfield/engagements",
    "/orgs/larkfield/evidence",
    "/orgs/larkfield/grants",
    "/orgs/larkfield/grants/new",
    "/orgs/larkfield/ledger",
    "/orgs/larkfield/mails",
    "/orgs/larkfield/members",
    "/orgs/larkfield/records",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_member_can_be_used_by_everybody() {
    walk(Look::Hold).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures to look at: make pages"]
async fn drawing_of_every_page_of_a_member() {
    walk(Look::Draw).await;
    crate::sheet::write();
}

/// An owner comes in by an invitation with a passkey, and goes everywhere.
async fn walk(look: Look) {
    let site = Site::start().await;
    site.countersign(&["org", "create", "larkfield", "--name", "Larkfield Clinic", "--authority", "l.example.com"]);
    furnish(&site);
    let browser = site.browser().await;
    browser.add_authenticator().await;
    for (address, name) in [
        ("/", "entrance"),
        ("/sign-in?org=nobody", "entrance-wrong"),
        ("/orgs/larkfield/sign-in", "sign-in"),
        ("/recover", "recover"),
        ("/nothing", "not-found"),
    ] {
        browser.go(address).await;
        look.at(&browser, name).await;
    }
    come_in(&site, &browser, look).await;
    let seen =
        tour::of(&browser, &["/orgs/larkfield", "/orgs/larkfield/settings", "/orgs/larkfield/confirm"], &AHEAD, look)
            .await;
    assert!(1 < seen.len(), "{seen:?}");
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
}

async fn come_in(site: &Site, browser: &Browser, look: Look) {
    let who = ["--email", "mara@larkfield.example", "--name", "Mara Quist", "--role", "owner"];
    site.countersign(&[&["member", "invite", "--org", "larkfield"], who.as_slice()].concat());
    let letter = site.mailbox.next_for("mara@larkfield.example").await;
    browser.go(&letter.link()).await;
    look.at(browser, "join").await;
    browser.click("Set up a passkey").await;
    browser.arrives("/orgs/larkfield").await;
}

/// Something of everything, so that pages show more than that there is nothing.
fn furnish(site: &Site) {
    let scopes = ["--scope", "engagements:write", "--scope", "evidence:write", "--scope", "records:write"];
    let key = ["api-key", "create", "--org", "larkfield", "--name", "load", "--quiet"];
    let key = site.countersign(&[key.as_slice(), &scopes].concat());
    let api = site.api(key.trim(), "larkfield");
    let plan =
        json!({ "name": "SOC 2, 2026", "framework": "SOC 2", "starts_on": "2026-01-01", "ends_on": "2026-12-31" });
    api.post("engagements", &plan);
    let evidence =
        json!({ "title": "Access review, third quarter", "effective_on": "2026-09-30", "owner": "Security" });
    api.post("evidence", &evidence);
}
