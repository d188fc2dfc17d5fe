//! Access in the words of S5: `/api/auditors`.

use api::access::grant_token::Token;
use api::mail::Transport;
use axum::http::Method;
use domain::member::Role;
use domain::name::GrantId;
use domain::organisation::Preset;
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{TestApp, start, start_with};
use crate::auditor::{Given, signed_in};
use crate::grants::at;
use crate::signed_in::SignedIn;

const AUDITORS: &str = "/api/auditors";

fn asked(level: &str) -> Value {
    json!({
        "email": "ada@auditors.example", "firm": "Lovelace Audit", "accessLevel": level,
        "scopes": ["Evidence", "Risks"], "vendorIds": ["v-1"],
    })
}

/// Gives access; its id, and what its mail carries.
async fn given(app: &TestApp, member: &SignedIn<'_>, level: &str) -> Given {
    let created = member.post_json(AUDITORS, &asked(level)).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let grant = GrantId::parse(created.json()["id"].as_str().unwrap()).unwrap();
    Given { grant, token: Token::parse(&app.token_in_mail()).unwrap() }
}

// rows: S5-23, S5-48, S5-75, S5-77, S5-79, S5-83, C16
#[tokio::test]
async fn the_record_of_access_has_the_fields_of_s5_from_pending_to_revoked() {
    let app = start().await;
    at(&app, Preset::MagicLink).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let given = given(&app, &owner, "FULL").await;
    let path = format!("{AUDITORS}/{}", given.grant);
    let pending = owner.get(&path).await.json();
    let expected = json!({
        "id": given.grant.as_str(),
        "email": "ada@auditors.example",
        "name": null,
        "firm": "Lovelace Audit",
        "accessLevel": "FULL",
        "scopes": ["Evidence", "Risks"],
        "vendorIds": ["v-1"],
        "expiresAt": pending["expiresAt"],
        "status": "Pending",
        "isActive": false,
        "lastAccessedAt": null,
        "termsAccepted": false,
        "tokenHash": given.token.sha256().as_str(),
        "auditorTermsAcceptedAt": null,
        "revokedAt": null,
        "revokedBy": null,
    });
    assert_eq!(pending, expected);
    drop(signed_in(&app, &given).await);
    let active = owner.get(&path).await.json();
    assert_eq!((&active["status"], &active["isActive"]), (&json!("Active"), &json!(true)));
    assert!(active["auditorTermsAcceptedAt"].is_string() && active["lastAccessedAt"].is_string(), "{active}");
    owner.send_json(Method::DELETE, &path, &json!({})).await;
    let revoked = owner.get(&path).await.json();
    assert_eq!((&revoked["status"], &revoked["isActive"]), (&json!("Revoked"), &json!(false)));
    assert_eq!(revoked["revokedBy"], owner.member.as_str());
    assert!(revoked["revokedAt"].is_string(), "{revoked}");
    owner.get(&format!("{AUDITORS}?status=Ended")).await.invalid("status");
}

// rows: S5-30, S5-80
#[tokio::test]
async fn level_scopes_vendors_and_end_are_changed_one_by_one_where_the_access_stands() {
    let app = start().await;
    at(&app, Preset::MagicLink).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let given = given(&app, &owner, "FULL").await;
    let path = format!("/api/auditors/{}", given.grant);
    let parts = [
        ("accessLevel", json!("COMMENT"), json!("COMMENT")),
        ("vendorIds", json!(["v-1", "v-2"]), json!(["v-1", "v-2"])),
        ("scopes", json!(["Evidence"]), json!(["Evidence"])),
        ("expiresAt", json!("2099-01-01T00:00:00Z"), Value::Null),
    ];
    for (member, value, expected) in parts {
        let changed = owner.send_json(Method::PATCH, &path, &json!({ member: value })).await;
        if expected.is_null() {
            assert_eq!(changed.status, 422, "further than the policy allows");
            continue;
        }
        assert_eq!(changed.status, 200, "{member}: {}", changed.json());
        assert_eq!(owner.get(&path).await.json()[member], expected);
    }
    let days = |days: i64| {
        let at = store::clock::now().as_micros() + days * 86_400_000_000;
        ledger::vocabulary::Timestamp::from_micros(at).unwrap().to_string()
    };
    let end = days(20);
    let changed = owner.send_json(Method::PATCH, &path, &json!({ "expiresAt": end })).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    assert_eq!(owner.get(&path).await.json()["expiresAt"], end);
    assert_eq!(owner.get(&path).await.json()["tokenHash"], given.token.sha256().as_str(), "the same link opens it");
}

// rows: S5-24, S5-90
#[tokio::test]
async fn that_mail_did_not_go_out_is_in_the_answer_and_access_is_given_all_the_same() {
    let app = start_with(|parts| parts.mail = Transport::Off).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let created = owner.post_json(AUDITORS, &asked("READ_ONLY")).await;
    assert_eq!((created.status.as_u16(), &created.json()["emailSent"]), (201, &json!(false)));
    let path = format!("{AUDITORS}/{}", created.json()["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.json()["status"], "Pending");
    let resent = owner.post_json(&format!("{path}/resend"), &json!({})).await;
    assert_eq!((resent.status.as_u16(), &resent.json()["emailSent"]), (200, &json!(false)));
}

// rows: S5-01, S5-02, S5-15, S5-17, S5-25, C9
#[rstest]
#[case("READ_ONLY", "Read-only")]
#[case("COMMENT", "Comment")]
#[case("FULL", "Full")]
#[tokio::test]
async fn at_every_level_the_link_alone_lets_in_and_nobody_signs_up(#[case] level: &str, #[case] shown: &str) {
    let app = start().await;
    at(&app, Preset::MagicLink).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let given = given(&app, &owner, level).await;
    let before = app.size().await;
    let mut auditor = signed_in(&app, &given).await;
    assert_eq!(auditor.get(&app, "/api/auditor/session").await.json()["level"], shown);
    assert!(auditor.cookies.contains_key("__Host-auditor"), "a signed cookie is all there is");
    let acts = crate::auditor::acts(&app, before).await;
    assert!(acts.iter().all(|(kind, _)| kind.starts_with("auditor.") || kind.starts_with("organisation.")), "{acts:?}");
}

// rows: S5-09, C11
#[rstest]
#[case::owner(Role::Owner, true)]
#[case::admin(Role::Admin, true)]
#[case::officer(Role::ComplianceOfficer, false)]
#[case::viewer(Role::Viewer, false)]
#[tokio::test]
async fn owners_and_admins_give_change_and_revoke_access_and_nobody_else(#[case] role: Role, #[case] may: bool) {
    let app = start().await;
    at(&app, Preset::MagicLink).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let path = format!("{AUDITORS}/{}", given(&app, &owner, "FULL").await.grant);
    let member = app.sign_in_as(&[role]).await;
    let mut body = asked("READ_ONLY");
    body["email"] = json!("bob@auditors.example");
    assert_eq!(member.post_json(AUDITORS, &body).await.status, if may { 201 } else { 403 });
    let changed = member.send_json(Method::PATCH, &path, &json!({ "accessLevel": "READ_ONLY" })).await;
    assert_eq!(changed.status, if may { 200 } else { 403 });
    let revoked = member.send_json(Method::DELETE, &path, &json!({})).await;
    assert_eq!(revoked.status, if may { 200 } else { 403 });
}

// rows: S2-03, C11
#[rstest]
#[case::owner(Role::Owner, true)]
#[case::officer(Role::ComplianceOfficer, true)]
#[case::contributor(Role::Contributor, false)]
#[case::viewer(Role::Viewer, false)]
#[tokio::test]
async fn in_an_audit_cycle_who_has_the_permission_creates_and_revokes_invites(#[case] role: Role, #[case] may: bool) {
    let app = start().await;
    at(&app, Preset::AuditCycle).await;
    let member = app.sign_in_as(&[role]).await;
    let invite = json!({ "email": "ada@auditors.example", "firm": "Lovelace Audit", "permissions": ["view_controls"] });
    let created = member.post_json("/v1/orgs/acme/grants", &invite).await;
    if !may {
        let detail = created.problem(403, "not-granter")["detail"].clone();
        assert_eq!(detail, "Only members with the permission grants_write can grant auditor access");
        return;
    }
    let grant = created.header("location").to_owned();
    created.created();
    assert_eq!(member.post_json(&format!("{grant}/revoke"), &json!({})).await.status, 200);
}
