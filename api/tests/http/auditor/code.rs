//! Codes by mail.

use domain::invitation::{Delivery, LinkReuse, SecondFactor};

use super::browser::Browser;
use super::{Given, Giving, PLAIN, WITH_CODE, acts, give, give_in, mails, revoke, settled, signed_in};
use crate::app::{TestApp, open, start};

/// The digits of the newest message.
pub(super) fn digits(app: &TestApp) -> String {
    code_in(&mails(app).first().expect("a message went out").letter.text)
}

/// The line of a letter that has two groups of four digits and nothing else.
fn code_in(text: &str) -> String {
    let is_code = |line: &&str| line.len() == 9 && line.chars().filter(char::is_ascii_digit).count() == 8;
    text.lines().map(str::trim).find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// Another code than that.
fn wrong(code: &str) -> String {
    let code = code.replace(' ', "");
    let last = code.chars().last().unwrap();
    format!("{}{}", &code[..7], if last == '0' { '1' } else { '0' })
}

async fn asked(app: &TestApp, given: &Given) -> Browser {
    let mut browser = Browser::new();
    browser.post(app, &given.path(), &[]).await.leads_to("/auditor/code");
    browser
}

// rows: S2-05, S2-25, S2-57, C8
#[tokio::test]
async fn a_code_sent_to_the_address_that_was_invited_lets_in_when_it_is_typed_or_pasted() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    let mut browser = asked(&app, &given).await;
    let mails = mails(&app);
    assert_eq!((mails.len(), mails[0].kind), (1, "code"));
    assert!(mails[0].to.contains("Ada@auditors.example"), "{}", mails[0].to);
    let page = browser.get(&app, "/auditor/code").await;
    page.says(200, "autocomplete=\"one-time-code\"");
    page.says(200, "inputmode=\"numeric\"");
    assert!(!browser.cookies.contains_key("__Host-auditor"), "the link alone lets nobody in");
    let before = app.size().await;
    let code = digits(&app);
    assert!(code.contains(' '), "in groups, as it is pasted: {code}");
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
    let types: Vec<String> = acts(&app, before).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(types, ["auditor.invite.accept_attempted", "auditor.invite.accepted", "auditor.session.started"]);
    let started = &super::entries(&app, &app.acme, before).await[2];
    assert_eq!(started.detail["opened_by"], "email_code");
    assert!(!browser.cookies.contains_key("__Host-auditor-code"), "the code is used up");
}

#[tokio::test]
async fn a_code_works_once_and_only_in_the_browser_that_asked_for_it() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    let mut browser = asked(&app, &given).await;
    let code = digits(&app);
    let mut thief = asked(&app, &given).await;
    thief.post(&app, "/auditor/code", &[("code", &code)]).await.says(422, "This is not the code that was sent");
    let mut copy = browser.copied();
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
    copy.post(&app, "/auditor/code", &[("code", &code)]).await.says(422, "This is not the code that was sent");
}

#[tokio::test]
async fn a_code_has_five_tries_and_then_is_worth_nothing() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    let mut browser = asked(&app, &given).await;
    let code = digits(&app);
    for _ in 0..5 {
        let again = browser.post(&app, "/auditor/code", &[("code", &wrong(&code))]).await;
        again.says(422, "This is not the code that was sent");
    }
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.says(422, "This is not the code that was sent");
    settled(&app).await;
    let wrongs = acts(&app, 0).await.into_iter().filter(|(_, reason)| reason.as_deref() == Some("code_wrong"));
    assert_eq!(wrongs.count(), 5, "each is recorded");
}

#[tokio::test]
async fn a_grant_has_ten_tries_an_hour_and_a_new_code_does_not_reset_them() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    for round in 0..2 {
        let mut browser = Browser::at(&format!("198.51.100.{round}"));
        browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/code");
        let code = digits(&app);
        for _ in 0..5 {
            browser.post(&app, "/auditor/code", &[("code", &wrong(&code))]).await.says(422, "not the code");
        }
    }
    let mut browser = Browser::at("198.51.100.10");
    browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/code");
    let code = digits(&app);
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.says(422, "not the code");
    settled(&app).await;
    let limited = acts(&app, 0).await.into_iter().filter(|(_, reason)| reason.as_deref() == Some("rate_limited"));
    assert_eq!(limited.count(), 1);
}

#[tokio::test]
async fn what_is_no_code_is_not_tried() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    let mut browser = asked(&app, &given).await;
    browser.post(&app, "/auditor/code", &[("code", "1234567")]).await.says(422, "A code has eight digits.");
    let code = digits(&app);
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
}

#[tokio::test]
async fn access_that_was_taken_back_between_code_and_entry_lets_nobody_in() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    let mut browser = asked(&app, &given).await;
    revoke(&app, &given.grant).await;
    let code = digits(&app);
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.says(404, "There is nothing here for you");
    assert!(!browser.cookies.contains_key("__Host-auditor"));
}

// rows: S5-72, C7
#[tokio::test]
async fn whoever_accepted_before_is_let_in_again_by_their_address_in_whatever_case() {
    let app = start().await;
    let given = give(&app, Giving { link_reuse: LinkReuse::SingleUse, ..PLAIN }).await;
    drop(signed_in(&app, &given).await);
    let mut browser = Browser::new();
    browser.post(&app, "/auditor/code", &[("email", " ADA@Auditors.EXAMPLE ")]).await.leads_to("/auditor/code");
    settled(&app).await;
    let code = digits(&app);
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/portal");
    let last = acts(&app, 0).await.pop().unwrap().0;
    assert_eq!(last, "auditor.session.started");
}

#[tokio::test]
async fn an_address_that_nobody_has_is_answered_like_one_that_somebody_has() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    drop(signed_in(&app, &given).await);
    let mut answers = Vec::new();
    for email in ["ada@auditors.example", "eve@auditors.example"] {
        let mut browser = Browser::new();
        let asked = browser.post(&app, "/auditor/code", &[("email", email)]).await;
        asked.leads_to("/auditor/code");
        let names: Vec<String> = asked.headers.keys().map(ToString::to_string).collect();
        let page = browser.get(&app, "/auditor/code").await.text();
        let refused = browser.post(&app, "/auditor/code", &[("code", "00000000")]).await;
        answers.push((names, asked.header("set-cookie").len(), page, refused.status, refused.text()));
        settled(&app).await;
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(mails(&app).len(), 1, "only one of them gets a message");
}

#[tokio::test]
async fn a_code_by_address_opens_nothing_that_was_to_be_handed_over_by_another_way() {
    let app = start().await;
    let given = give(&app, Giving { delivery: Delivery::ShowOnce, ..PLAIN }).await;
    drop(signed_in(&app, &given).await);
    let pending = give(&app, Giving { email: "bob@auditors.example", ..WITH_CODE }).await;
    for email in ["ada@auditors.example", "bob@auditors.example"] {
        Browser::new().post(&app, "/auditor/code", &[("email", email)]).await.leads_to("/auditor/code");
    }
    settled(&app).await;
    assert_eq!(mails(&app).len(), 0, "the one has only a link, the other ({}) has not used it", pending.grant);
}

#[tokio::test]
async fn of_access_in_two_organisations_each_has_a_code_of_its_own() {
    let app = start().await;
    let rival = open(&app.app, "rival").await;
    let here = give(&app, PLAIN).await;
    let there = give_in(&app.app, &rival, PLAIN).await;
    drop(signed_in(&app, &here).await);
    Browser::new().post(&app, &there.path(), &[]).await.leads_to("/auditor/toe");
    let mut browser = Browser::new();
    browser.post(&app, "/auditor/code", &[("email", "ada@auditors.example")]).await.leads_to("/auditor/code");
    settled(&app).await;
    let mails = mails(&app);
    let of_rival = mails.iter().find(|mail| mail.letter.subject.as_str().contains("RIVAL")).unwrap();
    assert_eq!(mails.len(), 2);
    let code = code_in(&of_rival.letter.text);
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
    assert_eq!(browser.get(&app, "/api/auditor/session").await.json()["organisation"], "rival");
}

// rows: S5-13, S5-72
#[tokio::test]
async fn another_address_ends_the_session_of_this_browser() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    let mut stolen = browser.copied();
    let before = app.size().await;
    browser.post(&app, "/auditor/code", &[("email", "eve@auditors.example")]).await.leads_to("/auditor/code");
    assert!(!browser.cookies.contains_key("__Host-auditor"));
    let acts = acts(&app, before).await;
    assert_eq!(acts[0], ("auditor.session.ended".to_owned(), None));
    assert_eq!(acts[1], ("auditor.invite.accept_attempted".to_owned(), Some("another_person".to_owned())));
    assert_eq!(super::entries(&app, &app.acme, before).await[0].detail["by"], "mismatch");
    stolen.get(&app, "/auditor/help").await.says(401, "Your session has ended");
}

#[tokio::test]
async fn no_more_than_ten_codes_an_hour_fill_a_mailbox() {
    let app = start().await;
    let given = give(&app, Giving { second_factor: SecondFactor::EmailCode, ..PLAIN }).await;
    for round in 0..12 {
        let mut browser = Browser::at(&format!("198.51.100.{round}"));
        let sent = browser.post(&app, &given.path(), &[]).await;
        let page = if round < 10 { "/auditor/code" } else { "/auditor/code?sent=no" };
        sent.leads_to(page);
    }
    assert_eq!(mails(&app).len(), 10);
}

#[tokio::test]
async fn whoever_knows_an_address_alone_uses_up_neither_the_codes_nor_the_tries_of_whoever_has_the_link() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    let mut browser = asked(&app, &given).await;
    let code = digits(&app);
    browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
    let before = mails(&app).len();
    for round in 0..12 {
        let mut stranger = Browser::at(&format!("198.51.100.{round}"));
        stranger.post(&app, "/auditor/code", &[("email", "ada@auditors.example")]).await.leads_to("/auditor/code");
        settled(&app).await;
        for _ in 0..5 {
            stranger.post(&app, "/auditor/code", &[("code", "00000000")]).await.says(422, "not the code");
        }
    }
    settled(&app).await;
    assert_eq!(mails(&app).len() - before, 3, "three codes an hour for an address alone");
    let mut again = Browser::new();
    again.post(&app, &given.path(), &[]).await.leads_to("/auditor/code");
    let code = digits(&app);
    again.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
}
