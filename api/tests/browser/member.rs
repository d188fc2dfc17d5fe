//! The pages of members: how they come in, and everything that is inside, empty and filled.

use crate::browser::Browser;
use crate::furnish::{self, HOME};
use crate::people::{self, AUDITOR, Access, OWNER};
use crate::site::Site;
use crate::tour::{self, Look};

#[tokio::test(flavor = "multi_thread")]
async fn every_page_before_the_door_can_be_used_by_everybody() {
    arrive(Look::Hold).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_member_can_be_used_by_everybody() {
    walk(Look::Hold).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures to look at: make pages"]
async fn drawing_of_every_page_before_the_door() {
    arrive(Look::Draw).await;
    crate::sheet::write();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures to look at: make pages"]
async fn drawing_of_every_page_of_a_member() {
    walk(Look::Draw).await;
    crate::sheet::write();
}

/// Pages of who is not signed in, pages of an organisation in which nothing is, and the way out.
async fn arrive(look: Look) {
    let site = furnish::empty().await;
    let browser = site.browser().await;
    for (address, name) in [
        ("/", "entrance"),
        ("/sign-in?org=nobody", "entrance-wrong"),
        ("/orgs/larkfield/sign-in", "sign-in"),
        ("/recover?org=larkfield", "recover"),
        ("/nothing", "not-found"),
    ] {
        browser.go(address).await;
        look.at(&browser, name).await;
    }
    join(&site, &browser, look).await;
    for page in ["grants", "engagements", "evidence", "records", "records/controls", "mails", "terms"] {
        browser.go(&format!("{HOME}/{page}")).await;
        look.at(&browser, &format!("empty-{}", page.replace('/', "-"))).await;
    }
    browser.go(&format!("{HOME}/confirm")).await;
    look.at(&browser, "confirm").await;
    browser.click("Sign out").await;
    browser.arrives(&format!("{HOME}/sign-in")).await;
    look.at(&browser, "signed-out").await;
    get_back_in(&site, &browser, look).await;
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
}

async fn join(site: &Site, browser: &Browser, look: Look) {
    browser.add_authenticator().await;
    browser.go(&people::invite(site).await).await;
    look.at(browser, "join").await;
    browser.fill("New password", "short").await;
    browser.fill("Code", "000000").await;
    browser.click("Set up").await;
    browser.sees("Not accepted: 2 things are to be corrected").await;
    look.at(browser, "join-wrong").await;
    browser.click("Set up a passkey").await;
    browser.arrives(&format!("{HOME}/grants")).await;
}

/// A sign-in that fails, and the link by mail that helps.
async fn get_back_in(site: &Site, browser: &Browser, look: Look) {
    browser.fill("Email address", OWNER).await;
    browser.fill("Password", "what was it").await;
    browser.fill("Code", "123456").await;
    browser.click("Sign in").await;
    browser.sees("is not right").await;
    look.at(browser, "sign-in-refused").await;
    browser.go("/recover?org=larkfield").await;
    browser.fill("Email address", OWNER).await;
    browser.click("Send the link").await;
    browser.sees("a link is on its way").await;
    look.at(browser, "recover-sent").await;
    browser.go(&site.mailbox.next_for(OWNER).await.link()).await;
    look.at(browser, "recover-set-up").await;
}

/// An owner of an organisation in which something of everything is goes everywhere.
async fn walk(look: Look) {
    let site = furnish::larkfield().await;
    let browser = site.browser().await;
    people::join_by_passkey(&site, &browser).await;
    give_access(&site, &browser, look).await;
    preview(&browser, look).await;
    publish_terms(&browser, look).await;
    import(&site, &browser, look).await;
    invite_and_make_a_key(&browser, look).await;
    browser.go(&format!("{HOME}/evidence")).await;
    browser.click("Access review").await;
    browser.sees("review-draft.txt").await;
    look.at(&browser, "evidence-with-files").await;
    browser.go(&format!("{HOME}/ledger")).await;
    browser.click_at("tbody th a").await;
    browser.sees("Hash of the entry before").await;
    look.at(&browser, "ledger-open").await;
    browser.go(&format!("{HOME}/ledger/export?outcome=failure")).await;
    browser.sees("One file is of one kind").await;
    look.at(&browser, "ledger-export-no-part").await;
    let starts = [HOME.to_owned(), format!("{HOME}/confirm"), format!("{HOME}/records/controls")];
    let seen = tour::of(&browser, &starts.each_ref().map(String::as_str), look).await;
    let missed: Vec<_> = tour::pages_of_members().into_iter().filter(|page| !seen.contains(page)).collect();
    assert_eq!(missed, [format!("{HOME}/sign-in")], "no link leads there");
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
}

/// Access in each state that there can be on its first day: in use, waiting, sent again, ended.
async fn give_access(site: &Site, owner: &Browser, look: Look) {
    people::give(owner, &Access::ADA).await;
    owner.sees("pending").await;
    let ada = owner.path().await.split('?').next().unwrap().to_owned();
    use_access(site).await;
    let bo = Access {
        email: "bo@northgate.example",
        name: "Bo Lindqvist",
        way: "By kind of audit",
        level: "Full, for annual audits of everything",
        types: &[],
        delivery: "By mail, and shown once to you",
        ..Access::ADA
    };
    people::give(owner, &bo).await;
    owner.sees("Shown this once").await;
    look.at(owner, "grants-given").await;
    owner.click("Go to this access").await;
    owner.click("Send again").await;
    look.at(owner, "grants-resend-dialog").await;
    owner.click("Send a new link").await;
    owner.sees("Invitation sent again").await;
    look.at(owner, "grants-resent").await;
    let chiara =
        Access { email: "chiara@ostrava.example", name: "Chiara Benedetti", firm: "Ostrava Partners", ..Access::ADA };
    people::give(owner, &chiara).await;
    owner.sees("pending").await;
    let page = owner.path().await.split('?').next().unwrap().to_owned();
    people::revoke(owner, &page).await;
    look.at(owner, "grants-revoked").await;
    invite_to_engagement(owner, look).await;
    owner.go(&ada).await;
    owner.click("Revoke access").await;
    owner.sees("It ends with the auditor").await;
    look.at(owner, "grants-revoke-dialog").await;
    owner.go(&ada).await;
    look.at(owner, "grants-active").await;
    owner.go(&format!("{HOME}/grants/new")).await;
    owner.ask("document.querySelectorAll('form').forEach(form => { form.noValidate = true })", Vec::new()).await;
    owner.fill("Email address", "nobody").await;
    owner.click("Grant Access").await;
    owner.sees("to be corrected").await;
    look.at(owner, "grants-new-wrong").await;
}

/// The auditor comes in and works, in a browser of their own.
async fn use_access(site: &Site) {
    let auditor = site.browser().await;
    let link = site.mailbox.next_for(AUDITOR).await.link();
    people::enter(site, &auditor, AUDITOR, &link).await;
    people::accept_terms(&auditor).await;
    for page in ["controls", "controls/AC-2", "policies", "evidence", "invoices"] {
        auditor.go(&format!("/auditor/portal/{page}")).await;
    }
    auditor.go("/auditor/portal/evidence").await;
    auditor.download("Download revision 2 of Access review").await;
}

async fn invite_to_engagement(owner: &Browser, look: Look) {
    owner.go(&format!("{HOME}/engagements")).await;
    owner.click("SOC 2 Type II, 2026").await;
    owner.click("Auditor Invites").await;
    owner.click("Create Invite").await;
    owner.fill("Email address", "dmitri@ostrava.example").await;
    owner.fill("Name", "Dmitri Vance").await;
    owner.fill("Firm", "Ostrava Partners").await;
    owner.select("Role", "Lead Auditor").await;
    owner.tick("Evidence, to see and to download").await;
    owner.click("Grant Access").await;
    owner.sees("pending").await;
    owner.go(&format!("{HOME}/engagements")).await;
    owner.click("SOC 2 Type II, 2026").await;
    owner.click("Auditor Invites").await;
    owner.sees("dmitri@ostrava.example").await;
    look.at(owner, "engagement-invites").await;
}

/// What the owner sees of what the auditor sees: the first of three kinds of pages.
async fn preview(owner: &Browser, look: Look) {
    owner.go(&format!("{HOME}/grants?firm=Northgate")).await;
    owner.click("Ada Hallström").await;
    owner.click("See what the auditor sees").await;
    owner.sees("What this auditor sees").await;
    look.at(owner, "preview").await;
    owner.click("Evidence").await;
    look.at(owner, "preview-list").await;
    owner.click("Access review").await;
    look.at(owner, "preview-item").await;
}

async fn publish_terms(owner: &Browser, look: Look) {
    owner.go(&format!("{HOME}/terms/new")).await;
    owner.click("Look at it as auditors will").await;
    owner.sees("Publish version").await;
    look.at(owner, "terms-review").await;
    owner.tick("Every auditor is asked to accept it before they see anything more").await;
    owner.click("Publish version 2").await;
    owner.sees("In force: version 2").await;
}

/// A list with rows of each kind, up to the question whether to bring it in.
async fn import(site: &Site, owner: &Browser, look: Look) {
    let list = site.data.join("controls.csv");
    let rows = "reference,title,status,review_on\n\
        AC-2,Account management,implemented,2026-12-01\n\
        AC-17,Remote access,planned,\n\
        ,Without a reference,planned,\n\
        AC-18,Wireless access,planned,2026-13-40\n";
    std::fs::write(&list, rows).unwrap();
    owner.go(&format!("{HOME}/records/controls/import")).await;
    owner.attach("List, as CSV or JSON", &list).await;
    owner.click("Look through").await;
    owner.sees("What would become of the list").await;
    look.at(owner, "records-import-preview").await;
    owner.go(&format!("{HOME}/records/controls?q=nothing+is+called+this")).await;
    look.at(owner, "records-none-matches").await;
}

async fn invite_and_make_a_key(owner: &Browser, look: Look) {
    owner.go(&format!("{HOME}/members")).await;
    owner.fill("Email address", "jonas@larkfield.example").await;
    owner.fill("Name", "Jonas Weber").await;
    owner.tick("Compliance officer").await;
    owner.click("Invite").await;
    owner.sees("jonas@larkfield.example").await;
    look.at(owner, "members-invited").await;
    owner.click("Jonas Weber").await;
    owner.sees("Invitation works until").await;
    owner.click("Remove").await;
    owner.sees("The invitation stops working").await;
    look.at(owner, "members-remove-dialog").await;
    owner.go(&format!("{HOME}/account")).await;
    owner.fill("Name", "Evidence upload").await;
    owner.tick("Add, revise and withdraw evidence").await;
    owner.click("Make the key").await;
    owner.sees("Your new API key").await;
    look.at(owner, "account-new-key").await;
}
