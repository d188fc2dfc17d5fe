use api::access::api_key::Scope;
use api::access::member_link::{self, LinkPurpose, LinkToken};
use axum::http::StatusCode;
use domain::member::Role;
use ledger::entry::Entry;
use store::append::LogId;

use super::{EMAIL, PASSWORD, acts, code_of, invite, join, set_up};
use crate::app::{self, TestApp};

#[tokio::test]
async fn a_member_gets_back_in_by_mail_and_what_was_set_up_before_stops_working() {
    let app = app::start().await;
    let mut old = app.browser();
    let joined = join(&app, &mut old, EMAIL).await;
    let before = app.size().await;
    let mut browser = app.browser();
    let asked = browser.post("/recover", &[("org", "acme"), ("email", EMAIL)]).await;
    assert!(asked.text().contains("a link is on its way"), "{}", asked.text());
    assert_eq!(acts(&app, before, 1).await, ["credential.recovery.requested success"]);
    let path = loop {
        let api::mail::Transport::Kept(mailbox) = app.app.mail() else { panic!("tests keep their mail") };
        if mailbox.messages().iter().any(|message| message.kind == "member_recovery") {
            break app.link_in_mail("member_recovery");
        }
        tokio::task::yield_now().await;
    };
    let again = app.browser().post("/recover", &[("org", "acme"), ("email", EMAIL)]).await;
    assert!(again.text().contains("a link is on its way"), "{}", again.text());
    while !app.app.tasks().is_empty() {
        tokio::task::yield_now().await;
    }
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "whoever asks again does not take the first link away");
    let (secret, fields) = set_up(&page);
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    app.personal_key(&app.acme, &joined.member, &[Scope::EntriesRead]).await;
    let before = app.size().await;
    assert_eq!(browser.post(&path, &fields).await.status, StatusCode::OK);
    let expected = [
        "credential.recovery.completed success",
        "credential.session.ended success",
        "credential.password.set success",
        "credential.totp.set success",
        "credential.recovery_codes.made success",
        "credential.api_key.revoked success",
        "credential.signed_in success",
    ];
    assert_eq!(acts(&app, before, 7).await, expected);
    assert_eq!(old.get("/orgs/acme/confirm").await.status, StatusCode::SEE_OTHER, "the old session has ended");
    for code in [code_of(&joined.secret, 1), joined.codes[0].clone()] {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("code", code.as_str())];
        let refused = app.browser().post("/orgs/acme/sign-in", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let code = code_of(&secret, 1);
    let fields = [("email", EMAIL), ("password", PASSWORD), ("code", code.as_str())];
    app.browser().post("/orgs/acme/sign-in", &fields).await.leads_to("/orgs/acme");
}

#[tokio::test]
async fn whoever_asks_for_a_recovery_does_not_learn_whose_address_it_is() {
    let app = app::start().await;
    join(&app, &mut app.browser(), EMAIL).await;
    let mut pages = Vec::new();
    for email in [EMAIL, "nobody@acme.example"] {
        let mut answers = Vec::new();
        for _ in 0..4 {
            let answer = app.browser().post("/recover", &[("org", "acme"), ("email", email)]).await;
            answers.push((answer.status, answer.text().replace(email, "…")));
        }
        pages.push(answers.iter().map(|(status, _)| status.as_u16()).collect::<Vec<_>>());
        assert_eq!(answers[0], answers[2]);
    }
    assert_eq!(pages, [[200, 200, 200, 429], [200, 200, 200, 429]]);
}

#[tokio::test]
async fn a_link_that_is_unknown_used_replaced_too_old_or_for_something_else_is_one_answer() {
    let app = app::start().await;
    let invited = invite(&app, EMAIL, Role::Owner).await;
    let other = invite(&app, "ada@acme.example", Role::Owner).await;
    let mut db = app.connect(store::cluster::Role::Superuser).await;
    sqlx::query("update access.member_links set expires_at = now() where token_sha256 = $1")
        .bind(other.token.sha256().as_slice())
        .execute(&mut db)
        .await
        .unwrap();
    let unknown = LinkToken::random();
    let paths = [
        format!("/join/{}", unknown.reveal()),
        format!("/join/{}", other.token.reveal()),
        format!("/recover/{}", invited.token.reveal()),
        format!("/sign-in/{}", invited.token.reveal()),
        "/join/0".to_owned(),
        "/join/%ff".to_owned(),
    ];
    let mut answers = Vec::new();
    for path in paths {
        let got = app.browser().get(&path).await;
        let posted = app.browser().post(&path, &[("password", PASSWORD)]).await;
        answers.extend([(got.status, got.text()), (posted.status, posted.text())]);
    }
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    while !app.app.tasks().is_empty() {
        tokio::task::yield_now().await;
    }
    let [theirs, expired] =
        [&other, &invited].map(|invited| format!("member/{} invitation_link link_expired", invited.member));
    let of_acme = tried(&app, app.acme.log).await;
    let mut expected = [vec![theirs; 2], vec![expired; 4]].concat();
    expected.sort();
    assert_eq!(of_acme, expected);
    let service = api::service_log::of(&app.app).await.unwrap();
    assert_eq!(tried(&app, service).await, vec!["member/unknown invitation_link unknown_member"; 6]);
}

/// Subject, method and reason of the attempts to sign in that a log holds, in ascending order.
async fn tried(app: &TestApp, log: LogId) -> Vec<String> {
    let entries = store::entries::range(app.app.ledger().reader(), log, 0, 1000).await.unwrap();
    let entries = entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap());
    let mut tried: Vec<_> = entries
        .filter_map(|entry| {
            let method = entry.detail["method"].as_str()?;
            Some(format!("{} {method} {}", entry.subject.as_str(), entry.outcome.reason()?))
        })
        .collect();
    tried.sort();
    tried
}

#[tokio::test]
async fn a_link_of_the_command_line_signs_in_once_and_the_log_says_by_what() {
    let app = app::start().await;
    let joined = join(&app, &mut app.browser(), EMAIL).await;
    let token = LinkToken::random();
    let mut tx = app.app.db(app.acme.log).await.unwrap();
    member_link::replace(&mut tx, app.acme.log, &joined.member, LinkPurpose::SignIn, &token).await.unwrap();
    tx.commit().await.unwrap();
    let path = LinkPurpose::SignIn.path(&token);
    let mut browser = app.browser();
    assert!(browser.get(&path).await.text().contains(EMAIL));
    browser.post(&path, &[]).await.leads_to("/orgs/acme");
    assert_eq!(browser.get("/orgs/acme/confirm").await.status, StatusCode::OK);
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
}
