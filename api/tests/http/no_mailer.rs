//! Where no mail goes out: pages say what that means, and a link gets to the auditor all the same.

use api::mail::Transport;
use domain::member::Role;
use domain::organisation::Preset;

use crate::app::{Answer, TestApp, start, start_with};
use crate::auditor::browser::Browser;
use crate::grants::at;
use crate::signed_in::SignedIn;

const NEW: &str = "/orgs/acme/grants/new";
const ASKED: [(&str, &str); 5] = [
    ("email", "ada@auditors.example"),
    ("firm", "Lovelace Audit"),
    ("by", "level"),
    ("level", "read_only"),
    ("resources", "evidence"),
];
const NO_MAILER: &str = "No mailer is configured, so nothing is sent by mail";
const BY_MAIL: &str = r#"<option value="email""#;
const SHOWN_ONCE: &str = r#"<option value="show_once" selected>"#;

async fn without_mailer() -> TestApp {
    start_with(|parts| parts.mail = Transport::Off).await
}

/// Gives access and returns what was answered.
async fn give(owner: &SignedIn<'_>, delivery: &str) -> Answer {
    owner.post_form(NEW, &[ASKED.as_slice(), &[("delivery", delivery)]].concat()).await
}

/// The path of the link that a page shows this once.
fn link(shown: &Answer) -> String {
    shown.between("<p><code>http://localhost:8080", "<")
}

/// The page of the access that was given, as the page with its link leads there.
async fn access(app: &TestApp, owner: &SignedIn<'_>, given: &Answer) -> (String, String) {
    let href = given.between("<a class=\"button\" href=\"", "\"");
    let page = owner.get(&format!("{href}?after={}", app.size().await - 1)).await.page(200);
    (href, page)
}

// rows: S5-90
#[tokio::test]
async fn whoever_gives_access_is_told_that_nobody_gets_in_under_a_policy_that_asks_for_a_code() {
    let app = without_mailer().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let form = owner.get(NEW).await.page(200);
    let policy = owner.get("/orgs/acme/policy").await.page(200);
    let given = give(&owner, "show_once").await;
    let (_, access) = access(&app, &owner, &given).await;
    for page in [&form, &policy, &access] {
        assert!(page.contains(NO_MAILER) && page.contains("nobody gets in"), "{page}");
        assert!(
            page.contains("<code>smtp_url</code>") && page.contains("href=\"/orgs/acme/policy\">policy</a>"),
            "{page}"
        );
    }
    assert!(access.contains("revoke this access and give it again"), "{access}");
    for page in [&form, &access] {
        assert!(!page.contains(BY_MAIL) && page.contains(SHOWN_ONCE), "mail is not offered: {page}");
    }
    at(&app, Preset::MagicLink).await;
    let form = owner.get(NEW).await.page(200);
    assert!(form.contains(NO_MAILER) && !form.contains("nobody gets in"), "the link alone lets in: {form}");
}

#[tokio::test]
async fn where_mail_goes_out_no_page_says_that_none_does() {
    let app = start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let given = give(&owner, "both").await;
    let (_, access) = access(&app, &owner, &given).await;
    for page in [access, owner.get(NEW).await.page(200), owner.get("/orgs/acme/policy").await.page(200)] {
        assert!(!page.contains(NO_MAILER), "{page}");
    }
    assert!(owner.get(NEW).await.page(200).contains(BY_MAIL));
}

// rows: S5-78, S5-90
#[tokio::test]
async fn a_link_that_mail_did_not_bring_is_made_anew_and_shown_once() {
    let app = without_mailer().await;
    at(&app, Preset::MagicLink).await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = give(&owner, "email").await.arrives_at();
    let href = page.split('?').next().unwrap();
    assert!(owner.get(&page).await.page(200).contains("The invitation did not go out by mail."));
    let shown = owner.post_form(&format!("{href}/resend"), &[("delivery", "show_once")]).await;
    assert!(shown.page(200).contains("<h1>A new link</h1>"), "{}", shown.text());
    app.browser().get(&link(&shown)).await.says(200, "Open the records");
    let later = owner.get(&format!("{href}?after={}", app.size().await - 1)).await.page(200);
    assert!(!later.contains("The invitation did not go out by mail."), "it was handed on: {later}");
    assert!(later.contains("Another link was made and shown once"), "{later}");
    assert!(later.contains("Shown once to you, who hands it on") && !later.contains(&link(&shown)), "{later}");
    let again = owner.post_form(&format!("{href}/resend"), &[]).await;
    app.browser().get(&link(&shown)).await.says(404, "");
    app.browser().get(&link(&again)).await.says(200, "Open the records");
}

#[tokio::test]
async fn whoever_sends_an_invitation_again_chooses_how_its_link_gets_there() {
    let app = start().await;
    at(&app, Preset::MagicLink).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = give(&owner, "email").await.arrives_at();
    let resend = format!("{}/resend", page.split('?').next().unwrap());
    let mailed = app.link_in_mail("invite");
    let shown = owner.post_form(&resend, &[("delivery", "show_once")]).await;
    app.browser().get(&mailed).await.says(404, "");
    app.browser().get(&link(&shown)).await.says(200, "Open the records");
    owner.post_form(&resend, &[("delivery", "email")]).await.arrives_at();
    app.browser().get(&link(&shown)).await.says(404, "");
    app.browser().get(&app.link_in_mail("invite_resent")).await.says(200, "Open the records");
    owner.post_form(&resend, &[("delivery", "by_pigeon")]).await.page(422);
}

#[tokio::test]
async fn no_page_says_that_mail_is_on_its_way_where_none_goes_out() {
    let app = without_mailer().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let invited = link(&give(&owner, "show_once").await);
    let mut auditor = Browser::new();
    let page = auditor.get(&app, &invited).await;
    page.says(200, "no code can reach you");
    assert!(!page.text().contains("A code goes to the address") && !page.text().contains("<form"), "{}", page.text());
    let next = auditor.post(&app, &invited, &[]).await.arrives_at();
    for path in [next.as_str(), "/auditor/code?by=address"] {
        let page = auditor.get(&app, path).await;
        page.says(200, "<h1>No code can be sent</h1>");
        assert!(!page.text().contains("arrives within a minute") && !page.text().contains("<form"), "{}", page.text());
    }
    let asked = [("org", "acme"), ("email", "grace@acme.example")];
    for page in [app.browser().get("/recover").await, app.browser().post("/recover", &asked).await] {
        page.says(200, "countersign member sign-in-link");
        assert!(!page.text().contains("a link is on its way"), "{}", page.text());
    }
}
