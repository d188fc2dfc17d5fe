//! The terms of engagement.

use api::auth::auditor::Auditor;
use axum::Router;
use axum::routing::get;
use domain::access_grant::Command;
use domain::context::Ctx;
use domain::name::{OrganisationId, Sha256};
use domain::organisation::{self, Organisation, TermsText};
use ledger::sealed::SealedValue;
use sha2::Digest as _;
use store::execute::execute;

use super::browser::{Browser, field};
use super::{PLAIN, acts, command, entries, give, signed_in};
use crate::app::{TestApp, start};

/// Accepts what is in force.
pub(super) async fn accept(app: &TestApp, browser: &mut Browser) {
    let version = field(&browser.get(app, "/auditor/toe").await.text(), "version");
    let fields = [("version", version.as_str()), ("acknowledged", "yes"), ("signed_name", "Ada Prüfer")];
    let accepted = browser.submit(app, "/auditor/toe", "/auditor/toe", &fields).await;
    assert!(accepted.header("location").starts_with("/auditor/portal"), "{}", accepted.text());
}

async fn publish(app: &TestApp, text: &str) {
    let command = organisation::Command::PublishTerms {
        text: TermsText::parse(text).unwrap(),
        sha256: Sha256::parse(&hex::encode(sha2::Sha256::digest(text))).unwrap(),
    };
    let id = OrganisationId::parse(&app.acme.log.to_string()).unwrap();
    let ctx = Ctx::of(super::owner(), store::clock::now());
    execute::<Organisation>(app.app.ledger(), app.acme.log, &ctx, id.as_str(), command, None).await.unwrap();
}

/// The service with one page behind the gate.
async fn start_gated() -> TestApp {
    let mut app = start().await;
    let page = Router::new().route("/auditor/portal/gated", get(|_: Auditor| async { "shown" }));
    app.router = app.router.merge(page.with_state(app.app.clone()));
    app
}

// rows: S5-31, S5-45, S5-46, S5-47, S5-48, S5-49, S5-50, S5-52, C6
#[tokio::test]
async fn nothing_is_shown_before_the_terms_are_accepted_with_box_and_name() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let mut browser = Browser::new();
    browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/toe");
    browser.get(&app, "/auditor/portal/gated").await.leads_to("/auditor/toe");
    let page = browser.get(&app, "/auditor/toe").await;
    let sha256 = hex::encode(sha2::Sha256::digest(Organisation::DEFAULT_TERMS));
    page.says(200, &sha256);
    for text in [
        "Confidentiality",
        "engagement letter",
        "Everything is recorded",
        "its cookies",
        "beyond the scope",
        "out of the engagement",
    ] {
        page.says(200, text);
    }
    assert_eq!(page.text().matches("type=\"checkbox\"").count(), 1);
    let missing = [("version", "1"), ("signed_name", "Ada Prüfer")];
    let refused = browser.submit(&app, "/auditor/toe", "/auditor/toe", &missing).await;
    refused.says(422, "Tick the box");
    let unsigned = [("version", "1"), ("acknowledged", "yes"), ("signed_name", " ")];
    browser.submit(&app, "/auditor/toe", "/auditor/toe", &unsigned).await.says(422, "Type your name.");
    browser.get(&app, "/auditor/portal/gated").await.leads_to("/auditor/toe");
    accept(&app, &mut browser).await;
    browser.get(&app, "/auditor/portal/gated").await.says(200, "shown");
    let entry = entries(&app, &app.acme, 0).await.pop().unwrap();
    assert_eq!(entry.event_type.as_str(), "auditor.terms.accepted", "which S5 calls ACCEPT_INVITE");
    browser.get(&app, "/auditor/toe").await.says(200, &format!("Recorded as entry {}", entry.sequence));
    assert_eq!(
        (entry.detail["version"].as_u64(), entry.detail["text_sha256"].as_str()),
        (Some(1), Some(sha256.as_str()))
    );
    let mut sealed: Vec<&str> = entry.sealed.iter().map(SealedValue::field).collect();
    sealed.sort_unstable();
    assert_eq!(sealed, ["ip", "signed_name", "user_agent"]);
    let mut later = Browser::new();
    later.post(&app, &given.path(), &[]).await.leads_to("/auditor/portal");
}

#[tokio::test]
async fn an_organisation_without_terms_publishes_the_default_ones_once() {
    let app = start().await;
    let (one, other) =
        (give(&app, PLAIN).await, give(&app, super::Giving { email: "bob@auditors.example", ..PLAIN }).await);
    for given in [one, other] {
        drop(signed_in(&app, &given).await);
    }
    let published = acts(&app, 0).await.into_iter().filter(|(kind, _)| kind == "organisation.terms.published");
    assert_eq!(published.count(), 1);
}

// rows: S5-51
#[tokio::test]
async fn another_version_and_a_cleared_acceptance_are_asked_for_again() {
    let app = start_gated().await;
    let given = give(&app, PLAIN).await;
    let mut browser = signed_in(&app, &given).await;
    browser.get(&app, "/auditor/toe").await.says(200, "You accepted these terms");
    let page = browser.get(&app, "/auditor/sessions").await.text();
    publish(&app, "Other terms.").await;
    browser.get(&app, "/auditor/portal/gated").await.leads_to("/auditor/toe");
    let token = field(&page, "form_token");
    let stale = [("form_token", token.as_str()), ("version", "1"), ("acknowledged", "yes"), ("signed_name", "Ada")];
    browser.post(&app, "/auditor/toe", &stale).await.says(409, "The terms were changed after you opened this page");
    accept(&app, &mut browser).await;
    browser.get(&app, "/auditor/portal/gated").await.says(200, "shown");
    command(&app, &given.grant, Command::ClearTerms { note: None }).await;
    browser.get(&app, "/auditor/portal/gated").await.leads_to("/auditor/toe");
}

#[tokio::test]
async fn a_form_without_the_token_of_the_session_accepts_nothing() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = Browser::new();
    browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/toe");
    let fields = [("version", "1"), ("acknowledged", "yes"), ("signed_name", "Ada"), ("form_token", "AAAA")];
    browser.post(&app, "/auditor/toe", &fields).await.says(403, "This form is no longer valid");
    browser.post(&app, "/auditor/toe", &fields[..3]).await.says(403, "This form is no longer valid");
}
