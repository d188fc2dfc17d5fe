//! Sessions: what they are worth, and how they end.

use api::access::{auditor_session, grants_seen};
use api::auth::auditor::Auditor;
use axum::Router;
use axum::routing::get;
use domain::access_grant::{Command, DurationLimits};
use domain::access_grant::{InvitePermission, Level, NewExtent, Resource, Scope};
use sqlx::{Connection as _, PgConnection};
use store::cluster::Role;

use super::browser::{Browser, field};
use super::{PLAIN, acts, command, entries, give, revoke, settled, signed_in};
use crate::app::{TestApp, start};

/// The service with one page behind everything that is asked of an auditor.
async fn start_gated() -> TestApp {
    let mut app = start().await;
    let page = Router::new().route("/auditor/portal/gated", get(|_: Auditor| async { "shown" }));
    app.router = app.router.merge(page.with_state(app.app.clone()));
    app
}

// rows: S2-30, S5-05, S5-44, S5-75, C10
#[tokio::test]
async fn access_that_is_taken_back_is_over_with_the_next_request() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    browser.get(&app, "/auditor/portal/gated").await.says(200, "shown");
    revoke(&app, &given.grant).await;
    browser.get(&app, "/auditor/portal/gated").await.says(410, "Your access has ended");
    browser.get(&app, "/api/auditor/session").await.problem(401, "unauthenticated");
    settled(&app).await;
    let last = acts(&app, 0).await.pop().unwrap();
    assert_eq!(last, ("auditor.invite.accept_attempted".to_owned(), Some("grant_revoked".to_owned())));
}

// rows: S2-31
#[tokio::test]
async fn all_sessions_of_a_grant_end_together_and_are_counted() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let (mut one, mut other) = (signed_in(&app, &given).await, Browser::new());
    other.post(&app, &given.path(), &[]).await.leads_to("/auditor/portal");
    let mut tx = app.app.db(app.acme.log).await.unwrap();
    assert_eq!(auditor_session::end_all(&mut tx, app.acme.log, &given.grant).await.unwrap(), 2);
    assert_eq!(auditor_session::end_all(&mut tx, app.acme.log, &given.grant).await.unwrap(), 0);
    tx.commit().await.unwrap();
    for browser in [&mut one, &mut other] {
        browser.get(&app, "/auditor/portal/gated").await.says(401, "Your session has ended");
    }
}

// rows: S5-02, S5-30, C17
#[tokio::test]
async fn a_change_of_the_grant_acts_on_the_next_request_with_the_same_cookie() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    let before = browser.get(&app, "/api/auditor/session").await.json();
    assert_eq!((before["level"].as_str(), &before["scopes"]), (Some("Read-only"), &serde_json::json!(["evidence"])));
    let expires_at = ledger::vocabulary::Timestamp::parse(before["expiresAt"].as_str().unwrap()).unwrap();
    let scope = Scope::of_level(Level::FullAccess, [Resource::Controls, Resource::Risks]).unwrap();
    let limits = DurationLimits::PLATFORM;
    command(&app, &given.grant, Command::Change(NewExtent { scope, expires_at, limits, policy_allows: true })).await;
    let after = browser.get(&app, "/api/auditor/session").await.json();
    assert_eq!((after["level"].as_str(), &after["scopes"]), (Some("Full"), &serde_json::json!(["controls", "risks"])));
}

// rows: S5-43
#[tokio::test]
async fn the_session_says_firm_address_level_scopes_vendors_and_end() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = Browser::new();
    browser.get(&app, "/api/auditor/session").await.problem(401, "unauthenticated");
    browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/toe");
    let session = browser.get(&app, "/api/auditor/session").await.json();
    assert_eq!(session["firm"], "Prüfer & Töchter");
    assert_eq!(session["email"], "Ada@auditors.example");
    assert_eq!(session["accessId"], given.grant.as_str());
    assert_eq!(session["vendorIds"], serde_json::json!([]));
    assert_eq!(session["termsAccepted"], false);
}

// rows: S2-06, S5-35
#[tokio::test]
async fn the_top_bar_shows_address_firm_and_level() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    let page = browser.get(&app, "/auditor/help").await;
    for text in
        ["<b>Ada@auditors.example</b>", "Prüfer &#38; Töchter", "Read-only until", "href=\"/auditor/portal/evidence\""]
    {
        page.says(200, text);
    }
    assert_eq!(page.text().matches("href=\"/auditor/portal/").count(), 1, "no tab for what was not given");
}

// rows: S2-06
#[tokio::test]
async fn who_was_invited_by_permissions_is_called_by_name_in_the_head_of_the_portal() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    let session = browser.get(&app, "/api/auditor/session").await.json();
    let expires_at = ledger::vocabulary::Timestamp::parse(session["expiresAt"].as_str().unwrap()).unwrap();
    let scope = Scope::of_permissions([InvitePermission::ViewControls]).unwrap();
    let limits = DurationLimits::PLATFORM;
    command(&app, &given.grant, Command::Change(NewExtent { scope, expires_at, limits, policy_allows: true })).await;
    let page = browser.get(&app, "/auditor/portal").await;
    assert!(page.between("<div class=\"viewer\">", "</p>").contains("<b>Ada Prüfer</b>"), "{}", page.text());
}

#[tokio::test]
async fn a_cookie_that_we_did_not_sign_is_told_nothing() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    revoke(&app, &given.grant).await;
    let cookie = browser.cookies.get_mut("__Host-auditor").unwrap();
    let middle = cookie.len() - 3..cookie.len() - 2;
    let other = if &cookie[middle.clone()] == "A" { "B" } else { "A" };
    cookie.replace_range(middle, other);
    settled(&app).await;
    let before = acts(&app, 0).await.len();
    browser.get(&app, "/auditor/portal/gated").await.says(401, "You are not signed in");
    settled(&app).await;
    let last = entries(&app, &app.acme, before).await.pop().expect("an entry");
    assert_eq!(
        (last.event_type.as_str(), last.outcome.reason()),
        ("auditor.invite.accept_attempted", Some("session_forged"))
    );
    assert_eq!(last.detail["grant"], given.grant.as_str());
    assert_eq!(last.actor.kind, ledger::entry::ActorType::System, "whoever made it up is nobody's auditor");
    Browser::new().get(&app, "/auditor/portal/gated").await.says(401, "You are not signed in");
    settled(&app).await;
    assert_eq!(acts(&app, 0).await.len(), before + 1, "whoever shows nothing has tried nothing");
}

#[tokio::test]
async fn cookies_that_are_made_up_do_not_fill_a_log_and_those_of_no_organisation_stand_in_that_of_the_service() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    settled(&app).await;
    let before = acts(&app, 0).await.len();
    let signed = browser.cookies["__Host-auditor"].clone();
    for place in 0..40 {
        let claims = signed.split('.').next().unwrap();
        browser.cookies.insert("__Host-auditor".to_owned(), format!("{claims}.{place:043}"));
        browser.get(&app, "/auditor/portal/gated").await.says(401, "You are not signed in");
    }
    settled(&app).await;
    assert_eq!(acts(&app, 0).await.len(), before + 30);
    browser.cookies.insert("__Host-auditor".to_owned(), "made.up".to_owned());
    browser.get(&app, "/auditor/portal/gated").await.says(401, "You are not signed in");
    settled(&app).await;
    assert_eq!(acts(&app, 0).await.len(), before + 30);
    let service = api::service_log::of(&app.app).await.unwrap();
    let kept = store::entries::range(app.app.ledger().reader(), service, 0, 100).await.unwrap();
    let last = ledger::entry::Entry::parse(&kept.last().unwrap().bytes).unwrap();
    assert_eq!((last.subject.as_str(), last.outcome.reason()), ("access_grant/unknown", Some("session_forged")));
}

// rows: S2-59
#[tokio::test]
async fn signing_out_ends_the_session_on_the_server_and_is_recorded() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    let mut copy = browser.copied();
    browser.post(&app, "/auditor/sign-out", &[]).await.says(403, "This form is no longer valid");
    let out = browser.submit(&app, "/auditor/help", "/auditor/sign-out", &[]).await;
    out.says(200, "You are signed out");
    assert!(out.headers.contains_key("clear-site-data") && !browser.cookies.contains_key("__Host-auditor"));
    assert_eq!(acts(&app, 0).await.pop().unwrap().0, "auditor.session.logout");
    copy.get(&app, "/auditor/help").await.says(401, "Your session has ended");
}

#[tokio::test]
async fn an_auditor_sees_their_sessions_and_ends_one_of_them() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let (mut here, mut there) = (signed_in(&app, &given).await, Browser::at("198.51.100.4"));
    there.post(&app, &given.path(), &[]).await.leads_to("/auditor/portal");
    let page = here.get(&app, "/auditor/sessions").await;
    for text in ["192.0.2.7", "198.51.100.4", "Firefox/140.0", "this&nbsp;one"] {
        page.says(200, text);
    }
    let sid = field(&page.text(), "sid");
    here.submit(&app, "/auditor/sessions", "/auditor/sessions", &[("sid", &sid)]).await.leads_to("/auditor/sessions");
    there.get(&app, "/auditor/help").await.says(401, "Your session has ended");
    here.get(&app, "/auditor/help").await.says(200, "What is recorded");
    let ended = acts(&app, 0).await.into_iter().filter(|(kind, _)| kind == "auditor.session.logout").count();
    assert_eq!(ended, 1);
    let foreign = "0a".repeat(16);
    here.submit(&app, "/auditor/sessions", "/auditor/sessions", &[("sid", &foreign)])
        .await
        .leads_to("/auditor/sessions");
}

// rows: S2-52
#[tokio::test]
async fn every_request_notes_that_session_and_grant_are_in_use() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    settled(&app).await;
    let before = seen(&app, &given.grant).await;
    browser.get(&app, "/auditor/help").await.says(200, "Help");
    settled(&app).await;
    let after = seen(&app, &given.grant).await;
    assert!(before.0 < after.0 && before.1 < after.1, "{before:?} {after:?}");
}

async fn seen(app: &TestApp, grant: &domain::name::GrantId) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let mut tx = app.app.db(app.acme.log).await.unwrap();
    let session = auditor_session::list(&mut tx, app.acme.log, grant).await.unwrap()[0].last_seen_at;
    (session, grants_seen::last(&mut tx, app.acme.log, grant).await.unwrap().unwrap())
}

// rows: S5-05, C10
#[tokio::test]
async fn a_session_is_over_after_eight_hours_and_that_is_recorded_once() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    let mut tx = app.app.db(app.acme.log).await.unwrap();
    let session = auditor_session::list(&mut tx, app.acme.log, &given.grant).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    assert_eq!(session.expires_at - session.created_at, time::Duration::hours(8));
    let mut db = PgConnection::connect_with(&app.database.options(Role::Superuser)).await.unwrap();
    sqlx::query("update access.auditor_sessions set expires_at = now()").execute(&mut db).await.unwrap();
    for _ in 0..2 {
        browser.get(&app, "/auditor/portal/gated").await.says(401, "Your session has ended");
    }
    settled(&app).await;
    let ended: Vec<_> = entries(&app, &app.acme, 0)
        .await
        .into_iter()
        .filter(|entry| entry.event_type.as_str() == "auditor.session.ended")
        .collect();
    assert_eq!((ended.len(), ended[0].detail["by"].as_str()), (1, Some("expiry")));
}
