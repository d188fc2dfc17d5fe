use axum::http::StatusCode;
use domain::member::Role;
use ledger::entry::Entry;
use ledger::time::Timestamp;

use super::{EMAIL, PASSWORD, acts, code_of, invite, join, said, set_up};
use crate::app;

const SIGN_IN: &str = "/orgs/acme/sign-in";

#[tokio::test]
async fn an_invitation_is_taken_up_once_and_by_post_alone() {
    let app = app::start().await;
    let invited = invite(&app, EMAIL, Role::Owner).await;
    let path = app.link_in_mail("member_invitation");
    assert_eq!(path, format!("/join/{}", invited.token.reveal()));
    let mut browser = app.browser();
    // As scanners of mail do.
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    let page = browser.get(&path).await;
    assert!(page.text().contains(EMAIL), "{}", page.text());
    let before = app.size().await;
    let (_, fields) = set_up(&page);
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let joined = browser.post(&path, &fields).await;
    let shown = super::codes(&joined);
    assert_eq!(shown.len(), 10, "{}", joined.text());
    let expected = [
        "member.activated success",
        "credential.password.set success",
        "credential.totp.set success",
        "credential.recovery_codes.made success",
        "credential.signed_in success",
    ];
    assert_eq!(acts(&app, before, 5).await, expected);
    assert_eq!(browser.get("/orgs/acme/confirm").await.status, StatusCode::OK, "the session is open");
    for answer in [browser.get(&path).await, browser.post(&path, &fields).await] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_wrong_when_joining_is_said_beside_it_and_uses_nothing_up() {
    let app = app::start().await;
    let invited = invite(&app, EMAIL, Role::Owner).await;
    let path = format!("/join/{}", invited.token.reveal());
    let mut browser = app.browser();
    let page = browser.get(&path).await;
    let (secret, [totp, ..]) = set_up(&page);
    assert!(page.text().contains("aria-label=\"The secret for the camera"), "{}", page.text());
    let again = browser.post(&path, &[("totp", &totp.1), ("password", "short"), ("code", "000000")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("A password has 12 to 200 characters"), "{}", again.text());
    assert!(again.text().contains("This is not the code"), "{}", again.text());
    assert_eq!(set_up(&again).0, secret, "the app need not be set up anew");
    let foreign = [("totp", "AAAA"), ("password", PASSWORD), ("code", &code_of(&secret, 0))];
    assert_eq!(browser.post(&path, &foreign).await.status, StatusCode::BAD_REQUEST);
    let (_, fields) = set_up(&again);
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.post(&path, &fields).await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_several_who_take_up_an_invitation_at_the_same_moment_one_joins() {
    let app = app::start().await;
    let invited = invite(&app, EMAIL, Role::Owner).await;
    let path = format!("/join/{}", invited.token.reveal());
    let page = app.browser().get(&path).await;
    let (_, fields) = set_up(&page);
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut browsers = [app.browser(), app.browser(), app.browser()];
    let answers = futures::future::join_all(browsers.iter_mut().map(|browser| browser.post(&path, &fields))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
}

#[tokio::test]
async fn a_member_signs_in_with_password_and_code_each_code_once() {
    let app = app::start().await;
    let mut browser = app.browser();
    let joined = join(&app, &mut browser, EMAIL).await;
    let page = browser.get("/orgs/acme/confirm").await;
    let token = page.between("name=\"form_token\" value=\"", "\"");
    let out = browser.post("/orgs/acme/sign-out", &[("form_token", &token)]).await;
    out.leads_to("/orgs/acme/sign-in?signed_out=true");
    browser.get("/orgs/acme/confirm").await.leads_to("/orgs/acme/sign-in?next=/orgs/acme/confirm");
    let before = app.size().await;
    let next = code_of(&joined.secret, 1);
    let fields = [
        ("email", "Grace@Acme.example"),
        ("password", PASSWORD),
        ("code", next.as_str()),
        ("next", "/orgs/acme/grants?x=1"),
    ];
    browser.post(SIGN_IN, &fields).await.leads_to("/orgs/acme/grants?x=1");
    let again = app.browser().post(SIGN_IN, &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a code works once");
    let first = joined.codes[0].to_uppercase();
    let with_recovery = [("email", EMAIL), ("password", PASSWORD), ("code", first.as_str())];
    app.browser().post(SIGN_IN, &with_recovery).await.leads_to("/orgs/acme");
    let again = app.browser().post(SIGN_IN, &with_recovery).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "so does a recovery code");
    let mut said = acts(&app, before, 4).await;
    said.sort();
    let expected = [
        "credential.signed_in success",
        "credential.signed_in success",
        "credential.signed_in wrong_code",
        "credential.signed_in wrong_recovery_code",
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn of_several_who_show_a_code_at_the_same_moment_one_gets_in() {
    let app = app::start().await;
    let joined = join(&app, &mut app.browser(), EMAIL).await;
    let code = code_of(&joined.secret, 1);
    let fields = [("email", EMAIL), ("password", PASSWORD), ("code", code.as_str())];
    let mut browsers = [app.browser(), app.browser(), app.browser()];
    let answers = futures::future::join_all(browsers.iter_mut().map(|browser| browser.post(SIGN_IN, &fields))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count(), 1);
}

#[tokio::test]
async fn whatever_is_wrong_is_answered_the_same_and_only_the_log_knows() {
    let app = app::start().await;
    let joined = join(&app, &mut app.browser(), EMAIL).await;
    let stop = domain::member::Stop { note: None, sessions_ended: 0, other_owners: 1 };
    let good = code_of(&joined.secret, 1);
    let attempts = [
        ("nobody@acme.example", PASSWORD, good.as_str(), "unknown_member"),
        ("no address", PASSWORD, good.as_str(), "unknown_member"),
        (EMAIL, "another horse battery staple", good.as_str(), "wrong_password"),
        (EMAIL, PASSWORD, "000000", "wrong_code"),
        (EMAIL, PASSWORD, "abcd-efgh-jkmn-pqrs", "wrong_recovery_code"),
        (EMAIL, PASSWORD, good.as_str(), "suspended"),
    ];
    let mut pages = Vec::new();
    for (email, password, code, reason) in attempts {
        if reason == "suspended" {
            app.command_member(&app.acme, &joined.member, domain::member::Command::Suspend(stop.clone())).await;
        }
        let before = app.size().await;
        let fields = [("email", email), ("password", password), ("code", code)];
        let answer = app.browser().post(SIGN_IN, &fields).await;
        assert_eq!(answer.headers.get("set-cookie"), None);
        pages.push((answer.status, answer.text().replace(email, "…")));
        assert_eq!(acts(&app, before, 1).await, [format!("credential.signed_in {reason}")]);
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    assert_eq!(pages[0].0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn after_ten_attempts_that_fail_none_is_looked_at_for_15_minutes() {
    let app = app::start().await;
    let joined = join(&app, &mut app.browser(), EMAIL).await;
    for email in [EMAIL, "nobody@acme.example"] {
        for _ in 0..10 {
            let fields = [("email", email), ("password", "another horse battery staple"), ("code", "000000")];
            app.browser().post(SIGN_IN, &fields).await;
        }
    }
    let before = app.size().await;
    let code = code_of(&joined.secret, 1);
    let fields = [("email", EMAIL), ("password", PASSWORD), ("code", code.as_str())];
    let locked = app.browser().post(SIGN_IN, &fields).await;
    assert_eq!(locked.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nobody = [("email", "nobody@acme.example"), ("password", PASSWORD), ("code", code.as_str())];
    let unknown = app.browser().post(SIGN_IN, &nobody).await;
    assert_eq!(locked.text().replace(EMAIL, "…"), unknown.text().replace("nobody@acme.example", "…"));
    let said = acts(&app, before, 2).await;
    assert!(said.contains(&"credential.signed_in locked".to_owned()), "{said:?}");
    let mut db = app.connect(store::cluster::Role::Superuser).await;
    sqlx::query("update access.sign_in_attempts set locked_until = now()").execute(&mut db).await.unwrap();
    app.browser().post(SIGN_IN, &fields).await.leads_to("/orgs/acme");
    let left: i64 = sqlx::query_scalar("select count(*) from access.sign_in_attempts where attempts > 0")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(left, 1, "those of nobody are still counted");
}

#[tokio::test]
async fn one_confirms_within_a_session_which_gets_another_token() {
    let app = app::start().await;
    let mut browser = app.browser();
    let joined = join(&app, &mut browser, EMAIL).await;
    let old = app.browser();
    let page = browser.get("/orgs/acme/confirm?next=/orgs/acme/grants/new").await;
    let token = page.between("name=\"form_token\" value=\"", "\"");
    let next = page.between("name=\"next\" value=\"", "\"");
    let before = app.size().await;
    let wrong = [("form_token", token.as_str()), ("password", PASSWORD), ("code", "000000"), ("next", next.as_str())];
    assert_eq!(browser.post("/orgs/acme/confirm", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = code_of(&joined.secret, 1);
    let fields = [("form_token", token.as_str()), ("password", PASSWORD), ("code", &code), ("next", next.as_str())];
    let confirmed = browser.post("/orgs/acme/confirm", &fields).await;
    confirmed.leads_to("/orgs/acme/grants/new");
    assert!(confirmed.headers.contains_key("set-cookie"), "the token is another");
    let mut said = acts(&app, before, 2).await;
    said.sort();
    assert_eq!(said, ["credential.stepped_up success", "credential.stepped_up wrong_code"]);
    drop(old);
    assert_eq!(browser.get("/orgs/acme/confirm").await.status, StatusCode::OK, "the session goes on");
}

#[tokio::test]
async fn a_form_of_somebody_who_has_no_session_is_small() {
    let app = app::start().await;
    let long = "x".repeat(17 << 10);
    for path in [SIGN_IN, "/recover", "/auditor/code"] {
        let answer = app.browser().post(path, &[("email", &long)]).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[tokio::test]
async fn whoever_guesses_makes_no_more_than_thirty_entries_an_hour_and_the_rest_is_counted_in_one() {
    let app = app::start().await;
    let before = app.size().await;
    for guess in 0..33 {
        let email = format!("nobody-{guess}@acme.example");
        let fields = [("email", email.as_str()), ("password", "x"), ("code", "000000")];
        assert_eq!(app.browser().post(SIGN_IN, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    while !app.app.tasks().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.size().await - before, 30, "further ones are refused and counted");
    let started = store::clock::now();
    api::jobs::refusals::record(&app.app).await;
    api::jobs::refusals::record(&app.app).await;
    let entries = store::entries::range(app.app.ledger().reader(), app.acme.log, 0, 10_000).await.unwrap();
    assert_eq!(entries.len() - before, 31, "what is counted is recorded once");
    let counted = Entry::parse(&entries.last().unwrap().bytes).unwrap();
    assert_eq!(said(&counted), "credential.refusals.counted unknown_member");
    assert_eq!((counted.subject.as_str(), &counted.detail["count"]), ("member/unknown", &serde_json::json!(3)));
    let [first, last] = ["first", "last"].map(|time| Timestamp::parse(counted.detail[time].as_str().unwrap()).unwrap());
    assert!(first < last && last < started, "{}", counted.detail);
}
