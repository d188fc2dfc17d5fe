use axum::http::StatusCode;
use domain::member::Role;

use super::{EMAIL, acts, invite};
use crate::app::{self, TestApp};
use crate::authenticator::Authenticator;
use crate::browser::Browser;

const SIGN_IN: &str = "/orgs/acme/sign-in";

/// Somebody who has joined with a passkey.
async fn join(app: &TestApp, browser: &mut Browser<'_>, email: &str, number: u8) -> Authenticator {
    let invited = invite(app, email, Role::Owner).await;
    let path = format!("/join/{}", invited.token.reveal());
    let mut authenticator = Authenticator::new(number);
    let question = browser.ask(&format!("{path}/passkey/start"), "").await;
    let (challenge, credential) = (question["challenge"].as_str().unwrap(), authenticator.create(&question));
    let answer = [("challenge", challenge), ("credential", credential.as_str())];
    browser.post(&format!("{path}/passkey"), &answer).await.leads_to("/orgs/acme");
    authenticator
}

async fn sign_in(browser: &mut Browser<'_>, authenticator: &mut Authenticator) -> app::Answer {
    let question = browser.ask(&format!("{SIGN_IN}/passkey/start"), "").await;
    let (challenge, credential) = (question["challenge"].as_str().unwrap(), authenticator.get(&question));
    let answer = [("challenge", challenge), ("credential", credential.as_str()), ("next", "/orgs/acme/grants")];
    browser.post(&format!("{SIGN_IN}/passkey"), &answer).await
}

#[tokio::test]
async fn a_member_joins_and_signs_in_with_a_passkey_and_types_nothing() {
    let app = app::start().await;
    let mut browser = app.browser();
    let before = app.size().await;
    let mut authenticator = join(&app, &mut browser, EMAIL, 1).await;
    let expected = [
        "member.invited success",
        "member.activated success",
        "credential.passkey.added success",
        "credential.signed_in success",
    ];
    assert_eq!(acts(&app, before, 4).await, expected);
    let mut elsewhere = app.browser();
    sign_in(&mut elsewhere, &mut authenticator).await.leads_to("/orgs/acme/grants");
    assert_eq!(elsewhere.get("/orgs/acme/confirm").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_passkey_that_is_unknown_or_answers_something_else_does_not_sign_in() {
    let app = app::start().await;
    let mut known = join(&app, &mut app.browser(), EMAIL, 1).await;
    let before = app.size().await;
    let mut browser = app.browser();
    let question = browser.ask(&format!("{SIGN_IN}/passkey/start"), "").await;
    let challenge = question["challenge"].as_str().unwrap();
    let credential = known.get(&question);
    let (_, other) = (browser.get(SIGN_IN).await, browser.ask(&format!("{SIGN_IN}/passkey/start"), "").await);
    let answers = [
        // Of another question.
        (other["challenge"].as_str().unwrap(), credential.as_str()),
        (challenge, "{}"),
        ("", credential.as_str()),
    ];
    let mut pages = Vec::new();
    for (challenge, credential) in answers {
        let fields = [("challenge", challenge), ("credential", credential)];
        pages.push(browser.post(&format!("{SIGN_IN}/passkey"), &fields).await);
    }
    let mut stranger = Authenticator::new(2);
    pages.push(sign_in(&mut browser, &mut stranger).await);
    assert!(pages.iter().all(|page| page.status == StatusCode::UNPROCESSABLE_ENTITY));
    let mut said = acts(&app, before, 4).await;
    said.sort();
    let unknown = "credential.signed_in unknown_member";
    assert_eq!(said, [unknown, unknown, unknown, "credential.signed_in wrong_passkey"]);
    // The right question is still open, once.
    let fields = [("challenge", challenge), ("credential", credential.as_str())];
    browser.post(&format!("{SIGN_IN}/passkey"), &fields).await.leads_to("/orgs/acme");
    let again = browser.post(&format!("{SIGN_IN}/passkey"), &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "an answer works once");
}

#[tokio::test]
async fn a_passkey_whose_counter_goes_back_was_copied_and_is_not_believed() {
    let app = app::start().await;
    let mut authenticator = join(&app, &mut app.browser(), EMAIL, 1).await;
    sign_in(&mut app.browser(), &mut authenticator).await.leads_to("/orgs/acme/grants");
    sign_in(&mut app.browser(), &mut authenticator).await.leads_to("/orgs/acme/grants");
    authenticator.rewind();
    let copied = sign_in(&mut app.browser(), &mut authenticator).await;
    assert_eq!(copied.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn one_confirms_with_ones_own_passkey() {
    let app = app::start().await;
    let mut browser = app.browser();
    let mut own = join(&app, &mut browser, EMAIL, 1).await;
    let mut foreign = join(&app, &mut app.browser(), "ada@acme.example", 2).await;
    let page = browser.get("/orgs/acme/confirm?next=/orgs/acme/members").await;
    let token = page.between("name=\"form_token\" value=\"", "\"");
    let before = app.size().await;
    for (authenticator, status) in [(&mut foreign, StatusCode::UNPROCESSABLE_ENTITY), (&mut own, StatusCode::SEE_OTHER)]
    {
        let question = browser.ask("/orgs/acme/confirm/passkey/start", &token).await;
        let (challenge, credential) = (question["challenge"].as_str().unwrap(), authenticator.get(&question));
        let fields = [("form_token", token.as_str()), ("challenge", challenge), ("credential", &credential)];
        assert_eq!(browser.post("/orgs/acme/confirm/passkey", &fields).await.status, status);
    }
    let mut said = acts(&app, before, 2).await;
    said.sort();
    assert_eq!(said, ["credential.stepped_up success", "credential.stepped_up wrong_passkey"]);
}
