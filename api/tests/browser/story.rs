//! The whole story once with scripts and passkeys, and once without either: invite, accept, terms, view, download, narrow,
//! revoke; and the export that holds all of it.

use std::time::Duration;

use ledger::entry::Entry;
use ledger::policy::Policy;
use ledger::verify::{self, Options};
use serde_json::Value;

use crate::browser::Browser;
use crate::furnish::{self, HOME, REPORT};
use crate::people::{self, AUDITOR, Access};
use crate::site::Site;

/// What every telling of the story leaves in the log.
const ACTS: [&str; 12] = [
    "member.invited",
    "member.activated",
    "auditor.access.granted",
    "auditor.invite.accept_attempted",
    "auditor.invite.accepted",
    "auditor.session.started",
    "auditor.terms.accepted",
    "auditor.record.viewed",
    "auditor.evidence.downloaded",
    "auditor.access.changed",
    "auditor.access.revoked",
    "auditor.session.swept",
];

// rows: S1-51, S2-02, S2-54, S5-01
#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_is_invited_reads_what_was_given_and_is_cut_off() {
    let site = furnish::larkfield().await;
    let (owner, auditor) = (site.browser().await, site.browser().await);
    people::join_by_passkey(&site, &owner).await;
    tell(&site, &owner, &auditor).await;
    holds_every_act(&site, &["credential.passkey.added", "credential.stepped_up"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_story_is_told_without_scripts_and_with_a_password() {
    let site = furnish::larkfield().await;
    let (owner, auditor) = (site.browser().await, site.browser().await);
    owner.without_scripts().await;
    auditor.without_scripts().await;
    people::join_by_password(&site, &owner).await;
    tell(&site, &owner, &auditor).await;
    holds_every_act(&site, &["credential.password.set", "credential.totp.set", "credential.signed_in"]);
}

/// From an owner who is signed in to an auditor who is out.
async fn tell(site: &Site, owner: &Browser, auditor: &Browser) {
    let page = give(owner).await;
    come_in(site, auditor).await;
    work(auditor).await;
    keep_the_receipt(auditor).await;
    narrow(owner, &page).await;
    auditor.go("/auditor/portal/policies").await;
    auditor.sees("There is nothing here for you").await;
    auditor.go("/auditor/portal/controls").await;
    auditor.sees("Account management").await;
    people::revoke(owner, &page).await;
    owner.sees("one session ended with it").await;
    auditor.go("/auditor/portal/controls").await;
    auditor.sees("Your access has ended").await;
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
}

/// The owner gives access to three types of records, with downloads, and sees it in the list; its page.
async fn give(owner: &Browser) -> String {
    people::give(owner, &Access::ADA).await;
    owner.sees("pending").await;
    let page = owner.path().await.split('?').next().unwrap().to_owned();
    owner.go(&format!("{HOME}/grants")).await;
    owner.sees("Northgate Assurance").await;
    page
}

/// The auditor opens the link, enters the code, and accepts the terms.
async fn come_in(site: &Site, auditor: &Browser) {
    let link = site.mailbox.next_for(AUDITOR).await.link();
    // As a scanner of links does, several times and before anybody else.
    for _ in 0..3 {
        assert_eq!(ureq::get(&link).call().unwrap().status(), 200);
        assert_eq!(ureq::head(&link).call().unwrap().status(), 200);
    }
    people::enter(site, auditor, AUDITOR, &link).await;
    people::accept_terms(auditor).await;
}

/// The auditor views three types, downloads, and is refused a tab by its address.
async fn work(auditor: &Browser) {
    for (tab, words) in
        [("controls", "Account management"), ("policies", "Access policy"), ("evidence", "Access review")]
    {
        auditor.go(&format!("/auditor/portal/{tab}")).await;
        auditor.sees(words).await;
    }
    auditor.click("Access review").await;
    auditor.sees("review.txt").await;
    let file = auditor.download("Download revision 2 of Access review").await;
    assert_eq!(String::from_utf8_lossy(&file), REPORT);
    auditor.go("/auditor/portal/incidents").await;
    auditor.sees("There is nothing here for you").await;
}

/// The auditor sees what they did, and keeps the receipt and the proof of the newest act.
async fn keep_the_receipt(auditor: &Browser) {
    auditor.go("/auditor/activity").await;
    auditor.sees("You downloaded the file of evidence").await;
    auditor.sees("You asked for a page, and there was nothing there for you.").await;
    sealed(auditor).await;
    auditor.click_at(".timeline .seal > summary").await;
    auditor.sees("Hash of the entry").await;
    let receipt: Value = serde_json::from_slice(&auditor.download("Receipt").await).unwrap();
    assert_eq!(receipt["state"], "sealed");
    assert!(receipt["receipt"].as_str().is_some_and(|note| note.contains("l.example.com/larkfield")), "{receipt}");
    let proof = String::from_utf8(auditor.download("Proof").await).unwrap();
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1"), "{proof}");
}

/// Loads the page until a checkpoint covers the newest act.
async fn sealed(auditor: &Browser) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while auditor.text_at(".timeline .seal-word").await != "Sealed" {
        assert!(tokio::time::Instant::now() < deadline, "{}", auditor.text().await);
        auditor.go("/auditor/activity").await;
    }
}

async fn narrow(owner: &Browser, page: &str) {
    owner.go(&format!("{page}/change")).await;
    owner.untick("Policies in force").await;
    owner.click("Change access").await;
    owner.sees("Access was changed").await;
}

/// The export of the log verifies, and every act of the story is in it.
fn holds_every_act(site: &Site, besides: &[&str]) {
    let (file, policy) = (site.data.join("log.zip"), site.countersign(&["trust", "--org", "larkfield"]));
    site.countersign(&["export", "--org", "larkfield", "--out", file.to_str().unwrap()]);
    let export = std::fs::read(&file).unwrap();
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let options = Options { policy: Some(&policy), ..Options::default() };
    assert_eq!(verify::container(export.as_slice(), &options).unwrap().exit_status(&[]), 0);
    let key = ["api-key", "create", "--org", "larkfield", "--name", "read", "--quiet"];
    let key = site.countersign(&[key.as_slice(), &["--scope", "entries:read"]].concat());
    let types = types_of(site, key.trim());
    for act in ACTS.iter().chain(besides) {
        assert!(types.iter().any(|found| found == act), "{act} is not in {types:?}");
    }
}

/// The types of all entries, read one by one as they were signed.
fn types_of(site: &Site, key: &str) -> Vec<String> {
    let mut types = Vec::new();
    loop {
        let address = format!("{}/v1/orgs/larkfield/entries/{}", site.url, types.len());
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(&address).header("Authorization", format!("Bearer {key}")).call().unwrap();
        if answer.status() == 404 {
            return types;
        }
        let bytes = answer.body_mut().read_to_vec().unwrap();
        types.push(Entry::parse(&bytes).unwrap().event_type.to_string());
    }
}
