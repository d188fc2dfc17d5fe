//! The pages on which access is given, followed and taken back.

use api::mail::Transport;
use domain::member::Role;
use domain::name::GrantId;
use domain::organisation::Preset;
use rstest::rstest;
use serde_json::json;
use store::cluster::Role as Account;

use crate::app::{start, start_with};
use crate::auditor::{Given, signed_in};
use crate::grants::at;

const LIST: &str = "/orgs/acme/grants";
const NEW: &str = "/orgs/acme/grants/new";

/// What an owner sends who changes nothing of what the form proposes.
const ASKED: [(&str, &str); 5] = [
    ("email", "ada@auditors.example"),
    ("firm", "Lovelace Audit"),
    ("by", "level"),
    ("level", "read_only"),
    ("resources", "evidence"),
];

/// The address of a page without what led there.
fn plain(address: &str) -> String {
    address.split('?').next().unwrap().to_owned()
}

// rows: S1-07, S1-43, S5-12, S5-14
#[tokio::test]
async fn an_owner_gives_access_in_the_console_and_follows_it_in_the_list() {
    let app = start().await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let empty = owner.get(LIST).await.page(200);
    assert!(
        empty.contains("<h1>Auditor Collaboration</h1>")
            && empty.contains("href=\"/orgs/acme/grants/new\">Grant Access")
    );
    assert!(owner.get(NEW).await.page(200).contains("a label here, in the portal and in mail"));
    let page = owner.post_form(NEW, &ASKED).await.arrives_at();
    let shown = owner.get(&page).await.page(200);
    assert!(shown.contains("Lovelace Audit") && shown.contains("Evidence: files"), "{shown}");
    assert!(app.letter().contains("Lovelace"), "{}", app.letter());
    let list = owner.get(&format!("{LIST}?{}", page.split_once('?').unwrap().1)).await.page(200);
    for text in ["ada@auditors.example", "Lovelace Audit", "Read-only", ">pending</span>", "Never"] {
        assert!(list.contains(text), "{text}: {list}");
    }
    let others = owner.get(&format!("{LIST}?state=revoked")).await.page(200);
    assert!(others.contains("No access matches these filters"), "{others}");
}

// rows: S5-81, S2-53
#[tokio::test]
async fn who_was_never_there_for_days_is_offered_another_mail() {
    let app = start().await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = owner.post_form(NEW, &ASKED).await.arrives_at();
    let list = format!("{LIST}?{}", page.split_once('?').unwrap().1);
    assert!(!owner.get(&list).await.page(200).contains("days pending"), "it is a moment old");
    let mut db = app.connect(Account::Superuser).await;
    let four_days = "update read.grants set created_at = created_at - 4::bigint * 86400000000";
    sqlx::query(four_days).execute(&mut db).await.unwrap();
    let list = owner.get(&list).await.page(200);
    let send_again = format!("<a href=\"{}#resend\">send again</a>", plain(&page));
    assert!(list.contains(&format!("Never<span class=\"sub\">4 days pending: {send_again}")), "{list}");
}

// rows: S5-22, S5-90
#[tokio::test]
async fn mail_that_did_not_go_out_is_a_warning_with_the_button_that_sends_it_again() {
    let app = start_with(|parts| parts.mail = Transport::Off).await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = owner.post_form(NEW, &ASKED).await.arrives_at();
    let shown = owner.get(&page).await.page(200);
    assert!(shown.contains("The invitation did not go out by mail"), "{shown}");
    assert!(shown.contains(&format!("<form method=\"post\" action=\"{}/resend\">", plain(&page))), "{shown}");
    assert!(shown.contains("Send it again") && shown.contains("Send a new link"), "{shown}");
}

// rows: S2-08, S2-16, S2-17, S2-20, C3, C5
#[tokio::test]
async fn the_invite_code_of_an_audit_cycle_is_shown_once_in_groups_with_a_button_that_copies_it() {
    let app = start().await;
    at(&app, Preset::AuditCycle).await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let form = owner.get(NEW).await.page(200);
    for role in ["Lead Auditor", "Staff Auditor", "Observer"] {
        assert!(form.contains(&format!(">{role}</option>")), "{role}: {form}");
    }
    assert!(form.contains("To see controls an auditor needs the first, view_controls."), "{form}");
    let invite = [("email", "ada@auditors.example"), ("firm", "Lovelace Audit"), ("role_title", "observer")];
    let permissions = [("by", "permissions"), ("permissions", "view_controls")];
    let given = owner.post_form(NEW, &[invite.as_slice(), &permissions].concat()).await;
    let page = given.page(200);
    let code = given.between("<h2>The invite code</h2>\n<p><code>", "</code>");
    assert_eq!((code.replace(' ', "").len(), code.split(' ').count()), (96, 12), "{code}");
    assert!(page.contains(&format!("data-copy=\"{code}\"")), "{page}");
    assert!(page.contains("/auditor/accept.</p>"), "{page}");
    assert_eq!(app.letters(), 0);
    let access = given.between("<a class=\"button\" href=\"", "\"");
    let later = owner.get(&format!("{access}?after={}", app.size().await - 1)).await.page(200);
    assert!(!later.contains(&code) && !later.contains(&code.replace(' ', "")), "{later}");
}

// rows: S2-29, S2-30, S2-31, S2-32, S2-58, S5-79, S1-56
#[tokio::test]
async fn access_is_revoked_on_its_page_before_and_after_it_is_taken_up_and_both_ends_are_recorded() {
    let app = start().await;
    at(&app, Preset::MagicLink).await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let revoke = [("typed", "revoke"), ("note", "The audit is over")];
    let offers = |page: &str| page.contains("Revoke this access");

    let pending = owner.post_form(NEW, &ASKED).await.arrives_at();
    let page = owner.get(&pending).await.page(200);
    assert!(offers(&page) && page.contains("<dt>Ends</dt>"), "{page}");
    let revoked = owner.post_form(&format!("{}/revoke", plain(&pending)), &revoke).await.arrives_at();
    let page = owner.get(&revoked).await.page(200);
    assert!(!offers(&page) && !page.contains("<dt>Ends</dt>"), "{page}");
    assert!(page.contains("<dt>Revoked</dt>") && page.contains("<dt>Would have ended</dt>"), "{page}");
    assert!(page.contains("What it opened") && page.contains("The auditor could"), "{page}");
    assert!(!page.contains("The link works") && !page.contains("None yet"), "{page}");
    let list = owner.get(&format!("{LIST}?after={}", app.size().await - 1)).await.page(200);
    assert!(list.contains("Revoked <time"), "it says when it ended, and not when it would have: {list}");

    let active = plain(&owner.post_form(NEW, &ASKED).await.arrives_at());
    let grant = GrantId::parse(active.rsplit('/').next().unwrap()).unwrap();
    let token = api::access::grant_token::Token::parse(&app.token_in_mail()).unwrap();
    drop(signed_in(&app, &Given { grant, token }).await);
    let before = app.size().await;
    assert!(offers(&owner.get(&format!("{active}?after={}", before - 1)).await.page(200)));
    let page = owner.post_form(&format!("{active}/revoke"), &revoke).await.arrives_at();
    let acts: Vec<_> = crate::auditor::acts(&app, before).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(acts, ["auditor.access.revoked", "auditor.session.swept"]);
    assert_eq!(crate::auditor::entries(&app, &app.acme, before).await[0].detail["sessions_ended"], 1);
    let shown = owner.get(&page).await.page(200);
    assert!(shown.contains("one session ended with it") && !offers(&shown), "{shown}");
    let again = owner.post_form(&format!("{active}/revoke"), &revoke).await;
    assert_eq!(again.status.as_u16(), 409, "what was revoked stays so: {}", again.text());
}

// rows: S2-07
#[tokio::test]
async fn who_is_invited_by_permission_may_have_no_firm_and_nobody_else() {
    let app = start().await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let without = [("email", "ada@auditors.example"), ("firm", " ")];
    let level = owner.post_form(NEW, &[without.as_slice(), &ASKED[2..]].concat()).await.page(422);
    assert!(level.contains("href=\"#firm\""), "{level}");
    let permissions = [("by", "permissions"), ("permissions", "view_controls")];
    let page = owner.post_form(NEW, &[without.as_slice(), &permissions].concat()).await.arrives_at();
    assert!(owner.get(&page).await.page(200).contains("No firm"));
    let letter = app.letter().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(letter.contains("ACME has given you access to the records"), "{letter}");
}

// rows: C5
#[rstest]
#[case("email", false, 1)]
#[case("show_once", true, 0)]
#[case("both", true, 1)]
#[tokio::test]
async fn a_link_is_mailed_or_shown_once_or_both(
    #[case] delivery: &str,
    #[case] is_shown: bool,
    #[case] letters: usize,
) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let body = json!({
        "email": "ada@auditors.example", "firm": "Lovelace Audit", "bundle": "compliance", "delivery": delivery,
    });
    let given = owner.post_json("/v1/orgs/acme/grants", &body).await;
    assert_eq!((given.created()["link"].is_string(), app.letters()), (is_shown, letters));
}
