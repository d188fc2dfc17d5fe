//! The grant workflow WF-006, row by row.

use std::time::{Duration, Instant};

use api::access::grant_token::Token;
use axum::http::Method;
use domain::member::Role;
use domain::name::GrantId;
use domain::organisation::Preset;
use ledger::vocabulary::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{TestApp, start};
use crate::auditor::{Given, signed_in};
use crate::grants::at;

const WF006: &str = "/grant-auditor-access";
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

fn asked(scope: &str) -> Value {
    json!({ "auditor_email": "ada@auditors.example", "auditor_company": "Lovelace Audit", "scope": scope })
}

/// The grant that was given last.
async fn last(app: &TestApp) -> GrantId {
    let entries = app.get(&format!("/v1/orgs/acme/entries/{}", app.size().await - 1)).await.json();
    GrantId::parse(entries["subject"].as_str().unwrap().rsplit('/').next().unwrap()).unwrap()
}

// rows: S1-04, S1-05, S1-08, S1-45
#[tokio::test]
async fn access_is_given_by_one_request_within_three_seconds_and_needs_nothing_before_it() {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let body = json!({
        "org_id": "acme",
        "org_name": "Acme",
        "admin_id": owner.member.as_str(),
        "auditor_email": "ada@auditors.example",
        "auditor_company": "Lovelace Audit",
        "scope": "compliance",
        "access_days": 30,
    });
    let began = Instant::now();
    let answer = owner.post_json(WF006, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(app.letters(), 1, "the mail is out, too");
}

// rows: S1-14, S1-52
#[tokio::test]
async fn without_a_number_of_days_access_lasts_thirty_and_ninety_are_the_most() {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let days = |answer: &Value| {
        let until = Timestamp::parse(answer["expires_at"].as_str().unwrap()).unwrap();
        let left = until.as_micros() - store::clock::now().as_micros();
        (left + DAY_MICROS - 1) / DAY_MICROS
    };
    assert_eq!(days(&owner.post_json(WF006, &asked("security")).await.json()), 30);
    let mut longest = asked("security");
    longest["auditor_email"] = json!("bob@auditors.example");
    longest["access_days"] = json!(90);
    assert_eq!(days(&owner.post_json(WF006, &longest).await.json()), 90);
}

// rows: C1, S1-60
#[rstest]
#[case::strict_token(Preset::StrictToken, 91, "Maximum access duration is 90 days")]
#[case::audit_cycle(Preset::AuditCycle, 366, "Maximum access duration is 365 days")]
#[case::magic_link(Preset::MagicLink, 366, "Maximum access duration is 365 days")]
#[case::balanced(Preset::Balanced, 91, "Maximum access duration is 90 days")]
#[tokio::test]
async fn the_longest_access_is_that_of_the_policy(#[case] preset: Preset, #[case] days: u32, #[case] sentence: &str) {
    let app = start().await;
    if preset != Preset::default() {
        at(&app, preset).await;
    }
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let mut body = asked("full");
    body["access_days"] = json!(days);
    let answer = owner.post_json(WF006, &body).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (400, json!({ "error": sentence })));
}

// rows: S1-15, S1-16, S1-17, S1-18, S1-19, S1-20, S1-21, S1-22, S1-23, S1-24, S1-25, S1-26, C12, C25
#[rstest]
#[case("security", &["access_reports", "audit_logs", "security_config"], 3)]
#[case("financial", &["billing_history", "invoices", "usage_reports"], 3)]
#[case("compliance", &["access_reports", "audit_logs", "compliance_status", "user_activity"], 4)]
#[case(
    "full",
    &[
        "access_reports", "audit_logs", "billing_history", "compliance_status", "invoices", "security_config",
        "usage_reports", "user_activity",
    ],
    8
)]
#[tokio::test]
async fn the_record_of_a_grant_has_the_fields_of_wf006_and_the_resources_of_its_scope(
    #[case] scope: &str,
    #[case] resources: &[&str],
    #[case] count: usize,
) {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let answer = owner.post_json(WF006, &asked(scope)).await.json();
    let id = last(&app).await;
    let record = owner.get(&format!("/v1/orgs/acme/grants/{id}?shape=wf006")).await.json();
    let expected = json!({
        "id": id.as_str(),
        "organization_id": app.acme.log.to_string(),
        "auditor_email": "ada@auditors.example",
        "auditor_company": "Lovelace Audit",
        "access_token": Token::parse(&app.token_in_mail()).unwrap().sha256().as_str(),
        "scope": scope,
        "allowed_resources": resources,
        "granted_by": owner.member.as_str(),
        "expires_at": answer["expires_at"],
        "status": "active",
    });
    assert_eq!((record, resources.len()), (expected, count));
    let shaped = app.get(&format!("/v1/orgs/acme/entries/{}?shape=wf006", app.size().await - 1)).await.json();
    assert_eq!(shaped["resource_type"], "auditor_access");
    owner.post_json(&format!("/v1/orgs/acme/grants/{id}/revoke"), &json!({})).await;
    let record = owner.get(&format!("/v1/orgs/acme/grants/{id}?shape=wf006")).await.json();
    assert_eq!(record["status"], "revoked");
    owner.get(&format!("/v1/orgs/acme/grants/{id}?shape=s4")).await.invalid("shape");
}

// rows: S1-01, S1-02, S1-46, S1-47, S1-48, S1-51, S1-56, S1-65, S1-67, C13
#[tokio::test]
async fn a_scope_opens_its_resources_to_read_until_it_is_revoked_and_nothing_to_write() {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let _follows = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    assert_eq!(owner.post_json(WF006, &asked("financial")).await.status, 200);
    let given = Given { grant: last(&app).await, token: Token::parse(&app.token_in_mail()).unwrap() };
    let mut auditor = signed_in(&app, &given).await;
    for resource in ["billing_history", "invoices", "usage_reports"] {
        let before = app.size().await;
        auditor.get(&app, &format!("/auditor/portal/{resource}")).await.says(200, "Activity timestamp");
        assert_eq!(crate::auditor::acts(&app, before).await[0].0, "auditor.record.viewed");
    }
    auditor.get(&app, "/auditor/portal/audit_logs").await.says(404, "There is nothing here for you");
    for path in ["/auditor/portal/invoices", "/v1/orgs/acme/records/invoices/1", "/v1/orgs/acme/events"] {
        assert!(auditor.post(&app, path, &[]).await.status.is_client_error(), "{path}");
    }
    let grant = format!("/v1/orgs/acme/grants/{}", given.grant);
    assert_eq!(owner.post_json(&format!("{grant}/revoke"), &json!({})).await.status, 200);
    auditor.get(&app, "/auditor/portal/invoices").await.says(410, "Your access has ended");
    let again = owner.send_json(Method::PATCH, &grant, &json!({ "bundle": "full" })).await;
    again.problem(409, "conflict");
}

// rows: S1-06
#[tokio::test]
async fn what_is_needed_before_access_can_be_given_stands_in_the_description_of_the_interface() {
    let app = start().await;
    let document = app.get("/openapi.json").await.json();
    let said = document["paths"][WF006]["post"]["description"].as_str().unwrap();
    for part in ["Prerequisites.", "Tools:", "Access:", "Understanding:", "`GET /health/ready`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(app.get("/health/ready").await.status, 200, "the command that shows that it works");
}

#[tokio::test]
async fn whoever_is_not_known_is_answered_before_their_body_has_come() {
    let app = start().await;
    let body = axum::body::Body::from_stream(futures::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
    let request = crate::app::request(axum::http::Method::POST, WF006, None)
        .header("content-type", "application/json")
        .body(body)
        .unwrap();
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), app.send(request)).await;
    assert_eq!(answer.expect("nothing waits for the body").status.as_u16(), 401);
}
