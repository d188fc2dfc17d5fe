//! The pages of access.

use api::mail::Transport;
use axum::http::StatusCode;
use domain::member::Role;
use ledger::time::Timestamp;
use rstest::rstest;
use serde_json::json;

use crate::app::{TestApp, start, start_with};
use crate::signed_in::SignedIn;

const NEW: &str = "/orgs/acme/grants/new";
const ASKED: [(&str, &str); 6] = [
    ("email", "ada@auditors.example"),
    ("firm", "Lovelace Audit"),
    ("by", "level"),
    ("level", "read_only"),
    ("resources", "evidence"),
    ("delivery", "email"),
];

/// The page of access that was given by the form.
async fn given(owner: &SignedIn<'_>) -> String {
    let page = owner.post_form(NEW, &ASKED).await.arrives_at();
    page.split('?').next().unwrap().to_owned()
}

async fn owner(app: &TestApp) -> SignedIn<'_> {
    app.sign_in_as(&[Role::Owner]).await
}

#[rstest]
#[case::too_short("2020-01-31", "Choose a later day: access is given for at least 1 day of 24 hours here.")]
#[case::too_long("2099-01-31", "Choose an earlier day: access is given for at most 90 days of 24 hours here.")]
#[case::no_date("31.1.2027", "")]
#[tokio::test]
async fn what_is_wrong_with_the_end_stands_at_the_end_and_nowhere_else(#[case] day: &str, #[case] sentence: &str) {
    let app = start().await;
    let owner = owner(&app).await;
    let change = format!("{}/change", given(&owner).await);
    for form in [NEW, change.as_str()] {
        let fields = [&ASKED[1..], &[("email", "bob@auditors.example"), ("expires_on", day)]].concat();
        let page = owner.post_form(form, &fields).await.page(422);
        assert!(page.contains(r##"<a href="#expires_on">"##), "{form}: {page}");
        assert!(page.contains(sentence), "{form}: {page}");
        assert!(!page.contains(r#"role="alert"><svg"#), "{form} says it above the form too: {page}");
    }
}

#[tokio::test]
async fn an_auditor_who_has_access_is_not_given_it_twice_and_the_page_leads_to_what_there_is() {
    let app = start().await;
    let owner = owner(&app).await;
    let there_is = given(&owner).await;
    let before = app.size().await;
    let page = owner.post_form(NEW, &ASKED).await.page(422);
    assert!(page.contains("This auditor already has active access. Nothing was given"), "{page}");
    assert!(page.contains(&format!(r#"<a href="{there_is}">The access that there is</a>"#)), "{page}");
    assert!(!page.contains(r##"href="#expires_on""##), "it is not the date: {page}");
    assert_eq!(app.size().await, before, "nothing is recorded");
}

// rows: S5-30
#[tokio::test]
async fn the_page_of_access_shows_its_versions_its_story_with_receipts_and_the_way_to_the_preview() {
    let app = start().await;
    let _follow = app.follow();
    let owner = owner(&app).await;
    let page = given(&owner).await;
    let wider = [("by", "level"), ("level", "full_access"), ("resources", "evidence"), ("resources", "risks")];
    let shown = owner.get(&owner.post_form(&format!("{page}/change"), &wider).await.arrives_at()).await.page(200);
    for text in ["ada@auditors.example", "Lovelace Audit", "Access was given until", "Access was changed (version 2)"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let by =
        shown.split("<p class=\"faint small\">").skip(1).filter(|who| who.split('<').next().unwrap().contains('@'));
    assert_eq!(by.count(), 2, "each act says who did it: {shown}");
    let (_, versions) = shown.split_once("Versions of the access").expect("a table of versions");
    assert!(versions.contains("<th scope=\"row\">2</th>") && versions.contains("<li>+ risks</li>"), "{shown}");
    assert!(versions.contains("As it was given"), "{shown}");
    owner.get(&format!("{page}/preview")).await.page(200);
    assert!(shown.contains(&format!("href=\"{page}/preview\"")), "{shown}");
    let changed = app.size().await - 1;
    assert!(shown.contains(&format!("/orgs/acme/ledger/{changed}/receipt")), "{shown}");
    assert_eq!(owner.get(&format!("/orgs/acme/ledger/{changed}/receipt")).await.status, 200);
    let revoked = [("typed", "revoke"), ("note", "The audit is over.")];
    let shown = owner.get(&owner.post_form(&format!("{page}/revoke"), &revoked).await.arrives_at()).await.page(200);
    for text in ["Access is revoked. No session was open.", "“The audit is over.”; no session was open."] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

// rows: S5-22, S5-90
#[tokio::test]
async fn the_page_of_access_says_for_as_long_as_it_is_so_that_the_invitation_did_not_go_out() {
    let app = start_with(|parts| parts.mail = Transport::Off).await;
    let _follow = app.follow();
    let owner = owner(&app).await;
    let page = owner.post_form(NEW, &ASKED).await.arrives_at();
    owner.get(&page).await.page(200);
    let later = owner.get(page.split('?').next().unwrap()).await.page(200);
    assert!(later.contains("The invitation did not go out by mail. No mailer is configured."), "{later}");
    assert!(later.contains("<a href=\"#resend\">Send it again</a>"), "{later}");
}

#[tokio::test]
async fn the_page_of_access_is_drawn_from_its_document() {
    let app = start().await;
    let owner = owner(&app).await;
    let page = given(&owner).await;
    assert_eq!(owner.get(&page).await.status, StatusCode::SERVICE_UNAVAILABLE, "nobody has made its document yet");
    let _follow = app.follow();
    let index = app.size().await - 1;
    assert!(owner.get(&format!("{page}?after={index}")).await.page(200).contains("ada@auditors.example"));
}

#[tokio::test]
async fn the_page_of_access_names_the_engagement_that_it_is_limited_to() {
    let app = start().await;
    let _following = app.follow();
    let plan =
        json!({ "name": "SOC 2, 2026", "framework": "SOC 2", "starts_on": "2026-01-01", "ends_on": "2026-12-31" });
    let opened = app.post("/v1/orgs/acme/engagements", &plan).await;
    opened.created();
    let engagement = opened.header("location").rsplit('/').next().unwrap().to_owned();
    let owner = owner(&app).await;
    let fields = [ASKED.as_slice(), &[("engagement", engagement.as_str())]].concat();
    let page = owner.post_form(NEW, &fields).await.arrives_at();
    let page = owner.get(&page).await.page(200);
    assert!(page.contains("SOC 2, 2026") && !page.contains(&engagement), "{page}");
}

// rows: C19
#[tokio::test]
async fn access_that_a_program_put_together_is_changed_and_given_again_by_its_form_as_it_stands() {
    let app = start().await;
    let _following = app.follow();
    let owner = owner(&app).await;
    let asked = json!({
        "email": "ada@auditors.example", "firm": "Lovelace Audit", "days": 30, "delivery": "email",
        "capabilities": ["view", "export"], "resources": ["audit_logs", "compliance_status"],
    });
    let given = owner.post_json("/v1/orgs/acme/grants", &asked).await.json();
    let page = format!("/orgs/acme/grants/{}", given["grant"].as_str().unwrap());
    let form = owner.get(&format!("{page}/change")).await.page(200);
    assert!(form.contains("As it is now") && form.contains("Opens: Audit logs, Compliance status."), "{form}");
    let kept =
        [("by", "custom"), ("kept_capabilities", "export,view"), ("kept_resources", "audit_logs,compliance_status")];
    let in_60_days = Timestamp::from_micros(store::clock::now().as_micros() + 60 * 86_400_000_000).unwrap().to_string();
    let later = [kept.as_slice(), &[("expires_on", &in_60_days[..10])]].concat();
    owner.post_form(&format!("{page}/change"), &later).await.arrives_at();
    owner.post_form(&format!("{page}/revoke"), &[("typed", "revoke")]).await.arrives_at();
    let again =
        owner.get(&format!("/orgs/acme/grants/new?regrant={}", given["grant"].as_str().unwrap())).await.page(200);
    assert!(again.contains(r#"name="kept_resources" value="audit_logs,compliance_status""#), "{again}");
    let asked =
        [kept.as_slice(), &[("email", "ada@auditors.example"), ("firm", "Lovelace Audit"), ("delivery", "email")]];
    owner.post_form(NEW, &asked.concat()).await.arrives_at();
}

#[tokio::test]
async fn opening_the_form_without_a_confirmation_leads_to_one_and_records_nothing() {
    let app = start().await;
    let owner = owner(&app).await;
    owner.confirmed_minutes_ago(Some(20)).await;
    let before = app.size().await;
    let led = owner.get(NEW).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    assert!(led.header("location").starts_with("/orgs/acme/confirm?next="), "{}", led.header("location"));
    crate::auditor::settled(&app).await;
    assert_eq!(app.size().await, before, "nobody has tried anything yet");
    owner.post_form(NEW, &ASKED).await.page(403);
    crate::auditor::settled(&app).await;
    assert_eq!(app.size().await, before + 1, "to give access is an attempt");
}

// rows: S4-42
#[tokio::test]
async fn a_form_that_is_sent_too_late_after_the_confirmation_keeps_what_was_typed_and_leads_to_another() {
    let app = start().await;
    let owner = owner(&app).await;
    let change = format!("{}/change", given(&owner).await);
    owner.confirmed_minutes_ago(Some(16)).await;
    for form in [NEW, change.as_str()] {
        let typed = [("email", "bob@auditors.example"), ("vendors", "north-cloud"), ("level", "full_access")];
        let fields =
            [&[("firm", "Lovelace Audit"), ("by", "level"), ("resources", "evidence")], typed.as_slice()].concat();
        let page = owner.post_form(form, &fields).await.page(403);
        assert!(page.contains("MFA re-confirmation required for privileged action"), "{form}: {page}");

        let link = format!(
            "<a href=\"/orgs/acme/confirm?next={form}\" target=\"_blank\" rel=\"noopener\">Confirm that it is you"
        );
        assert!(page.contains(&link), "{link} is not in {page}");
        assert!(page.contains("value=\"north-cloud\""), "{form} keeps what was typed: {page}");
        assert!(page.contains("value=\"full_access\" checked"), "{form} keeps what was chosen: {page}");
        assert!(form != NEW || page.contains("value=\"bob@auditors.example\""), "{page}");
    }
    owner.confirmed_minutes_ago(Some(0)).await;
    let page = owner.post_form(NEW, &[&ASKED[1..], &[("email", "bob@auditors.example")]].concat()).await.arrives_at();
    assert!(page.starts_with("/orgs/acme/grants/"), "sent again from the same page: {page}");
}

#[tokio::test]
async fn a_revocation_that_is_not_confirmed_keeps_its_reason_and_says_what_to_type_at_the_field() {
    let app = start().await;
    let _following = app.follow();
    let owner = owner(&app).await;
    let page = given(&owner).await;
    let index = app.size().await - 1;
    owner.get(&format!("{page}?after={index}")).await.page(200);
    let wrong = [("typed", "yes"), ("note", "The audit is over.")];
    let shown = owner.post_form(&format!("{page}/revoke"), &wrong).await.page(422);
    for text in
        ["<details class=\"opens\" id=\"revoke\" open>", "Type revoke to confirm.", "The audit is over.</textarea>"]
    {
        assert!(shown.contains(text), "{text} is not in {shown}");
    }
    assert_eq!(app.size().await, index + 1, "nothing was recorded");
}

#[tokio::test]
async fn what_is_said_of_a_firm_that_is_missing_names_the_field() {
    let app = start().await;
    let owner = owner(&app).await;
    let page = owner.post_form(NEW, &[&ASKED[2..], &[("email", "bob@auditors.example"), ("firm", " ")]].concat()).await;
    assert!(page.page(422).contains("<a href=\"#firm\">Firm is missing.</a>"), "{}", page.text());
}

#[tokio::test]
async fn of_access_that_has_ended_there_is_nothing_to_preview() {
    let app = start().await;
    let _following = app.follow();
    let owner = owner(&app).await;
    let page = given(&owner).await;
    assert_eq!(owner.get(&format!("{page}/preview")).await.status, StatusCode::OK);
    let revoked = owner.post_form(&format!("{page}/revoke"), &[("typed", "revoke")]).await.arrives_at();
    assert!(!owner.get(&revoked).await.page(200).contains("/preview"), "it is not offered");
    owner.get(&format!("{page}/preview")).await.page(409);
}
