//! The whole story once: invite, accept, terms, view, download, narrow, revoke; and the export that holds all of it.

use ledger::entry::Entry;
use ledger::policy::Policy;
use ledger::verify::{self, Options};
use serde_json::Value;

use crate::browser::Browser;
use crate::site::Site;

const OWNER: &str = "mara@larkfield.example";
const AUDITOR: &str = "ada@northgate.example";
const REPORT: &str = "Access review, third quarter of 2026.\n";

/// An organisation with controls, a policy and a file of evidence.
async fn larkfield() -> Site {
    let site = Site::start().await;
    site.countersign(&["org", "create", "larkfield", "--name", "Larkfield Clinic", "--authority", "l.example.com"]);
    let key = ["api-key", "create", "--org", "larkfield", "--name", "load", "--quiet"];
    let key = site.countersign(&[key.as_slice(), &["--scope", "evidence:write"]].concat());
    site.api(key.trim(), "larkfield").add_file("Access review", "2026-09-30", "review.txt", REPORT);
    for (kind, row) in
        [("controls", "AC-2,Account management,implemented"), ("policies", "P-1,Access policy,published")]
    {
        let file = site.data.join(format!("{kind}.csv"));
        std::fs::write(&file, format!("reference,title,status\n{row}\n")).unwrap();
        site.countersign(&["import", "records", "--org", "larkfield", "--type", kind, file.to_str().unwrap()]);
    }
    site
}

/// The owner opens the invitation of the command line and makes a passkey.
async fn owner(site: &Site) -> Browser {
    let who = ["--email", OWNER, "--name", "Mara Quist", "--role", "owner"];
    site.countersign(&[&["member", "invite", "--org", "larkfield"], who.as_slice()].concat());
    let browser = site.browser().await;
    browser.add_authenticator().await;
    browser.go(&site.mailbox.next_for(OWNER).await.link()).await;
    browser.click("Set up a passkey").await;
    browser.arrives("/orgs/larkfield").await;
    browser
}

/// The owner gives access to three types of records, with downloads, and sees it in the list.
async fn give(owner: &Browser) -> String {
    owner.go("/orgs/larkfield/grants/new").await;
    // The invitation alone does not confirm who somebody is.
    owner.arrives("/orgs/larkfield/confirm").await;
    owner.click("Confirm with a passkey").await;
    owner.arrives("/orgs/larkfield/grants/new").await;
    owner.fill("E-mail", AUDITOR).await;
    owner.fill("Firm", "Northgate Assurance").await;
    owner.tick("Full access: look, write comments, and download").await;
    for types in ["Evidence: files that show that a control works", "Controls, and who owns them", "Policies in force"]
    {
        owner.tick(types).await;
    }
    owner.click("Give access").await;
    owner.sees("pending").await;
    let page = owner.path().await.split('?').next().unwrap().to_owned();
    owner.go("/orgs/larkfield/grants").await;
    owner.sees("Northgate Assurance").await;
    page
}

/// The auditor opens the link, enters the code, and accepts the terms.
async fn come_in(site: &Site, auditor: &Browser) {
    let invitation = site.mailbox.next_for(AUDITOR).await;
    let link = invitation.link();
    // As a scanner of links does, several times and before anybody else.
    for _ in 0..3 {
        assert_eq!(ureq::get(&link).call().unwrap().status(), 200);
        assert_eq!(ureq::head(&link).call().unwrap().status(), 200);
    }
    auditor.go(&link).await;
    auditor.click("Send me the code").await;
    auditor.arrives("/auditor/code").await;
    let code = site.mailbox.next_for(AUDITOR).await.code();
    auditor.fill("Code", &code).await;
    auditor.click("Continue").await;
    auditor.arrives("/auditor/toe").await;
    auditor.tick("I have read these terms and accept them, for myself and for Northgate Assurance.").await;
    auditor.fill("Your full name, as a signature", "Ada Hallström").await;
    auditor.click("Accept").await;
    auditor.arrives("/auditor/portal").await;
}

/// The auditor views three types, downloads, is refused a tab by its address, and sees the receipt.
async fn work(auditor: &Browser) {
    for (tab, words) in
        [("controls", "Account management"), ("policies", "Access policy"), ("evidence", "Access review")]
    {
        auditor.go(&format!("/auditor/portal/{tab}")).await;
        auditor.sees(words).await;
    }
    auditor.click("Access review").await;
    auditor.sees("review.txt").await;
    let download = "const link = document.querySelector('a[href$=\"/download\"], a[href*=\"/download?\"]');\
        const done = arguments[arguments.length - 1];\
        fetch(link.href).then(answer => answer.text()).then(done, error => done(String(error)))";
    assert_eq!(auditor.ask_later(download, Vec::new()).await, Value::from(REPORT));
    auditor.go("/auditor/portal/incidents").await;
    auditor.sees("There is nothing here for you").await;
    auditor.go("/auditor/activity").await;
    auditor.sees("You downloaded the file of evidence").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_is_invited_reads_what_was_given_and_is_cut_off() {
    let site = larkfield().await;
    let owner = owner(&site).await;
    let page = give(&owner).await;
    let auditor = site.browser().await;
    come_in(&site, &auditor).await;
    work(&auditor).await;
    narrow(&owner, &page).await;
    auditor.go("/auditor/portal/policies").await;
    auditor.sees("There is nothing here for you").await;
    auditor.go("/auditor/portal/controls").await;
    auditor.sees("Account management").await;
    owner.go(&page).await;
    owner.click("Revoke access").await;
    owner.fill("Type revoke to confirm", "revoke").await;
    owner.click("Revoke this access").await;
    owner.sees("one session ended with it").await;
    auditor.go("/auditor/portal/controls").await;
    auditor.sees("Your access has ended").await;
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
    holds_every_act(&site);
}

async fn narrow(owner: &Browser, page: &str) {
    owner.go(&format!("{page}/change")).await;
    owner.ask("document.getElementById('resources-policies').click()", Vec::new()).await;
    owner.click("Change access").await;
    owner.sees("Access was changed").await;
}

/// The export of the log verifies, and every act of the story is in it.
fn holds_every_act(site: &Site) {
    let (file, policy) = (site.data.join("log.zip"), site.countersign(&["trust", "--org", "larkfield"]));
    site.countersign(&["export", "--org", "larkfield", "--out", file.to_str().unwrap()]);
    let export = std::fs::read(&file).unwrap();
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let options = Options { policy: Some(&policy), ..Options::default() };
    assert_eq!(verify::container(export.as_slice(), &options).unwrap().exit_status(&[]), 0);
    let key = site.countersign(&[
        "api-key",
        "create",
        "--org",
        "larkfield",
        "--name",
        "read",
        "--scope",
        "entries:read",
        "--quiet",
    ]);
    let types = types_of(site, key.trim());
    for act in [
        "member.invited",
        "member.activated",
        "credential.passkey.added",
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
    ] {
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
