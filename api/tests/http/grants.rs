//! Access over HTTP, in our own form, in S1's and in S5's: given, changed, sent again, taken back.

use api::acts::access::resend::RESENDS;
use domain::member::Role;
use domain::organisation::{Command, Organisation, Preset};
use futures::future::join_all;
use ledger::entry::{ActorType, Entry};
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{TestApp, start};

const GRANTS: &str = "/v1/orgs/acme/grants";
const WF006: &str = "/grant-auditor-access";

fn asked() -> Value {
    json!({
        "org_id": "acme",
        "org_name": "Acme",
        "auditor_email": "ada@auditors.example",
        "auditor_company": "Lovelace Audit",
        "scope": "compliance",
        "access_days": 30,
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut body = asked();
    body[member] = value;
    body
}

/// An organisation whose policy is a preset.
pub(crate) async fn at(app: &TestApp, preset: Preset) {
    let ctx = crate::mailbox::system();
    let command = Command::ChangePolicy { preset, policy: preset.policy() };
    let id = app.acme.log.to_string();
    store::execute::execute::<Organisation>(app.app.ledger(), app.acme.log, &ctx, &id, command, None).await.unwrap();
}

async fn last(app: &TestApp) -> Entry {
    let index = app.size().await - 1;
    Entry::parse(&app.get(&format!("/v1/orgs/acme/entries/{index}")).await.body).unwrap()
}

#[tokio::test]
async fn the_list_shows_what_was_just_given_and_refuses_what_it_does_not_know() {
    let app = start().await;
    let _following = app.follow();
    at(&app, Preset::MagicLink).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let ours = json!({ "email": "ada@auditors.example", "firm": "Lovelace Audit", "bundle": "compliance", "days": 30 });
    let given = owner.post_json(GRANTS, &ours).await.json();
    let wait = &given["entries"][0]["index"];
    let listed = owner.get(&format!("{GRANTS}?state=pending&wait_for={wait}")).await.json();
    assert_eq!((&listed["total"], &listed["updating"]), (&json!(1), &json!(false)), "{listed}");
    assert_eq!(listed["grants"][0]["grant"], given["grant"]);
    for (list, query, field) in [
        (GRANTS, "stat=active", "stat"),
        (GRANTS, "state=open", "state"),
        (GRANTS, "after=!", "after"),
        ("/api/auditors", "state=Active", "state"),
        ("/api/auditors", "after=!", "after"),
    ] {
        owner.get(&format!("{list}?{query}")).await.invalid(field);
    }
}

// rows: S1-03, S1-40, S1-41, S1-42, S1-44, S1-45, S1-52
#[tokio::test]
async fn an_owner_grants_access_in_the_words_of_wf_006() {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let answer = owner.post_json(WF006, &with("admin_id", json!(owner.member.as_str()))).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let body = answer.json();
    assert_eq!(body["success"], true);
    assert_eq!(body["message"], "Auditor access granted");
    assert_eq!(body["scope"], "compliance");
    assert!(body["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
}

// rows: S1-20, S1-21, S1-22, S1-23, S1-25, S1-34, S1-36, S1-37, S1-63
#[tokio::test]
async fn what_is_recorded_names_the_granter_and_neither_address_nor_token() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.post_json(WF006, &asked()).await;
    let entry = last(&app).await;
    assert_eq!(entry.event_type.as_str(), "auditor.access.granted");
    assert_eq!((entry.actor.kind, entry.actor.id.as_str()), (ActorType::User, owner.member.as_str()));
    assert_eq!(entry.detail["bundles"], json!(["compliance"]));
    assert_eq!(
        entry.detail["resources"],
        json!(["access_reports", "audit_logs", "compliance_status", "user_activity"])
    );
    let bytes = app.get(&format!("/v1/orgs/acme/entries/{}", app.size().await - 1)).await.body;
    assert!(!bytes.windows(20).any(|window| window == b"ada@auditors.example"));
    let token = app.token_in_mail();
    assert!(!bytes.windows(96).any(|window| window == token.as_bytes()));
}

// rows: S1-08, S1-11, S1-12, S1-14, S1-53, S1-54, S1-57, S1-58, S1-59, S1-60, C37
#[rstest]
#[case::no_email(with("auditor_email", Value::Null), 400, "Auditor email and company required")]
#[case::no_company(with("auditor_company", json!("  ")), 400, "Auditor email and company required")]
#[case::bad_email(with("auditor_email", json!("nobody")), 400, "Invalid auditor email")]
#[case::bad_scope(with("scope", json!("everything")), 400, "Invalid scope. Use: security, financial, compliance, full")]
#[case::level(with("scope", json!("read_only")), 400, "Invalid scope. Use: security, financial, compliance, full")]
#[case::too_long(with("access_days", json!(91)), 400, "Maximum access duration is 90 days")]
#[case::too_short(with("access_days", json!(0)), 400, "Minimum access duration is 1 day")]
#[case::another_organisation(with("org_id", json!("rival")), 403, "org_id and admin_id must be those of the signed-in administrator")]
#[case::another_admin(with("admin_id", json!("018f3b7e-0000-7000-8000-00000000d001")), 403, "org_id and admin_id must be those of the signed-in administrator")]
#[tokio::test]
async fn a_refusal_in_the_words_of_wf_006_is_one_sentence(
    #[case] body: Value,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let before = app.size().await;
    let answer = owner.post_json(WF006, &body).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (status, json!({ "error": sentence })));
    assert_eq!(app.size().await, before, "nothing is recorded");
}

// rows: S1-09, S1-10, S1-12, S1-58, S1-61, C11
#[tokio::test]
async fn only_owners_grant_where_the_policy_is_that_of_s1_and_that_is_asked_first() {
    let app = start().await;
    at(&app, Preset::StrictToken).await;
    let nobody = app.post_json_without_key(WF006, &json!({})).await;
    assert_eq!((nobody.status.as_u16(), nobody.json()), (401, json!({ "error": "Sign in to grant auditor access" })));
    for role in [Role::Admin, Role::ComplianceOfficer, Role::Viewer] {
        let member = app.sign_in_as(&[role]).await;
        let answer = member.post_json(WF006, &json!({})).await;
        let sentence = json!({ "error": "Only owners can grant auditor access" });
        assert_eq!((answer.status.as_u16(), answer.json()), (403, sentence), "{role}");
    }
}

#[tokio::test]
async fn an_auditor_with_access_in_force_is_not_given_it_twice() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    assert_eq!(owner.post_json(WF006, &asked()).await.status, 200);
    let again = owner.post_json(WF006, &with("auditor_email", json!("ADA@auditors.example"))).await;
    let sentence = json!({ "error": "This auditor already has active access" });
    assert_eq!((again.status.as_u16(), again.json()), (409, sentence));
    let other = owner.post_json(WF006, &with("auditor_email", json!("grace@auditors.example"))).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn of_two_requests_for_one_auditor_at_the_same_moment_one_gives_access() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let (asked_a, asked_b) = (asked(), asked());
    let (one, two) = tokio::join!(owner.post_json(WF006, &asked_a), owner.post_json(WF006, &asked_b));
    let given = [one.status.as_u16(), two.status.as_u16()].iter().filter(|status| **status == 200).count();
    assert_eq!(given, 1, "{} {}", one.json(), two.json());
}

#[tokio::test]
async fn giving_access_asks_for_a_fresh_confirmation() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    let answer = owner.post_json(WF006, &asked()).await;
    let sentence = json!({ "error": "MFA re-confirmation required for privileged action" });
    assert_eq!((answer.status.as_u16(), answer.json()), (403, sentence));
}

// rows: S1-13, S1-27, S1-28, S1-29, S1-30, S1-31, S1-32, S1-46, S1-62, S2-19
#[tokio::test]
async fn the_invitation_says_what_is_given_and_carries_the_link() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.post_json(WF006, &asked()).await;
    let letter = app.letter().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "ACME has given you, as an auditor of Lovelace Audit",
        "Scope: Compliance",
        "Duration: 30 days",
        "Access reports: ",
        "Audit logs: ",
        "Compliance status: ",
        "User activity: ",
        "http://localhost:8080/auditor/",
        "Access is read-only",
        "is logged, with the time and the network address",
    ] {
        assert!(letter.contains(part), "{part} is not in\n{letter}");
    }
    assert_eq!(app.token_in_mail().len(), 96);
}

fn ours() -> Value {
    json!({ "email": "ada@auditors.example", "firm": "Lovelace Audit", "bundle": "compliance", "days": 30 })
}

async fn given(owner: &crate::signed_in::SignedIn<'_>) -> String {
    let answer = owner.post_json(GRANTS, &ours()).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.header("location").to_owned()
}

// rows: S1-56, C19
#[tokio::test]
async fn a_grant_goes_from_pending_to_revoked() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    assert_eq!(owner.get(&grant).await.json()["state"], "pending");
    let revoked = owner.post_json(&format!("{grant}/revoke"), &json!({ "note": "The audit is over" })).await;
    assert_eq!(revoked.status, 200, "{}", revoked.json());
    assert_eq!(owner.get(&grant).await.json()["state"], "revoked");
    owner.post_json(&format!("{grant}/revoke"), &json!({})).await.problem(409, "conflict");
}

#[tokio::test]
async fn a_grant_sent_again_is_the_first_one_and_no_second_letter_goes_out() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let key = app.personal_key(&app.acme, &owner.member, &api::access::api_key::Scope::ALL).await;
    let first = app.post_once_with(&key, "one", GRANTS, &ours()).await;
    let again = app.post_once_with(&key, "one", GRANTS, &ours()).await;
    assert_eq!(first.created()["entries"], again.created()["entries"]);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.json()["expires_at"], again.json()["expires_at"], "the end is the one that was recorded");
    assert_eq!(app.letters(), 1);
}

#[tokio::test]
async fn a_grant_sent_again_is_the_first_one_also_where_the_policy_refuses_it_by_now() {
    let app = start().await;
    at(&app, Preset::AuditCycle).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let key = app.personal_key(&app.acme, &owner.member, &api::access::api_key::Scope::ALL).await;
    let mut body = ours();
    body["days"] = json!(200);
    let first = app.post_once_with(&key, "one", GRANTS, &body).await;
    at(&app, Preset::StrictToken).await;
    app.post_once_with(&key, "another", GRANTS, &body).await.invalid("/days");
    let again = app.post_once_with(&key, "one", GRANTS, &body).await;
    assert_eq!(first.created()["entries"], again.created()["entries"]);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn more_grants_at_once_than_there_are_connections_are_all_given() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let count = usize::try_from(api::access::CONNECTIONS_MAX).unwrap() * 3 / 2;
    let bodies: Vec<_> =
        (0..count).map(|nth| with("auditor_email", json!(format!("a{nth}@auditors.example")))).collect();
    let answers = join_all(bodies.iter().map(|body| owner.post_json(WF006, body))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, vec![200; count]);
}

// rows: S2-16, S2-17, C5
#[tokio::test]
async fn a_link_that_is_shown_once_is_in_that_answer_and_in_no_mail() {
    let app = start().await;
    at(&app, Preset::AuditCycle).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let answer = owner.post_json(GRANTS, &ours()).await;
    let body = answer.created();
    let link = body["link"].as_str().unwrap();
    assert!(
        link.starts_with("http://localhost:8080/auditor/") && link.len() == "http://localhost:8080/auditor/".len() + 96
    );
    assert_eq!(app.letters(), 0);
    let shown = owner.get(answer.header("location")).await;
    assert!(shown.json().get("link").is_none());
}

#[tokio::test]
async fn a_new_link_is_shown_only_after_a_fresh_confirmation_and_mailed_without() {
    let app = start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await.replacen("/v1", "", 1);
    owner.confirmed_minutes_ago(Some(16)).await;
    let shown = owner.post_form(&format!("{grant}/resend"), &[("delivery", "show_once")]).await.page(403);
    assert!(shown.contains("MFA re-confirmation required for privileged action"), "{shown}");
    assert_eq!(app.letters(), 1, "the link before still opens");
    owner.post_form(&format!("{grant}/resend"), &[("delivery", "email")]).await.arrives_at();
    assert_eq!(app.letters(), 2);
}

// rows: S5-73, S5-78, C18
#[tokio::test]
async fn an_invitation_is_sent_again_three_times_an_hour() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    let before = app.token_in_mail();
    assert_eq!(RESENDS.most, 3);
    for _ in 0..RESENDS.most {
        let resent = owner.post_json(&format!("{grant}/resend"), &json!({})).await;
        assert_eq!((resent.status.as_u16(), &resent.json()["email_sent"]), (200, &json!(true)));
    }
    assert_ne!(app.token_in_mail(), before, "the token was rotated");
    let refused = owner.post_json(&format!("{grant}/resend"), &json!({})).await;
    refused.problem(429, "too-many");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 3600);
}

// rows: S2-18, C17, C18
#[tokio::test]
async fn where_links_are_shown_once_a_lost_one_asks_for_new_access() {
    let app = start().await;
    at(&app, Preset::AuditCycle).await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    owner.post_json(&format!("{grant}/resend"), &json!({})).await.problem(409, "conflict");
    let changed = owner.send_json(axum::http::Method::PATCH, &grant, &json!({ "bundle": "full" })).await;
    changed.problem(409, "conflict");
}

// rows: S5-30, S5-80, C17
#[tokio::test]
async fn access_is_narrowed_at_once_and_widened_after_a_confirmation() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    let wider = owner.send_json(axum::http::Method::PATCH, &grant, &json!({ "bundle": "full" })).await;
    wider.problem(403, "not-fresh");
    let narrower = owner
        .send_json(axum::http::Method::PATCH, &grant, &json!({ "capabilities": ["view"], "resources": ["audit_logs"] }))
        .await;
    assert_eq!(narrower.status, 200, "{}", narrower.json());
    assert_eq!(owner.get(&grant).await.json()["resources"], json!(["audit_logs"]));
    let entry = last(&app).await;
    assert_eq!(entry.event_type.as_str(), "auditor.access.changed");
}

// rows: S5-09, S5-10, S5-19, S5-24
#[tokio::test]
async fn access_in_the_words_of_s5() {
    let app = start().await;
    let admin = app.sign_in_as(&[Role::Admin]).await;
    let _follows = app.follow();
    let body = json!({
        "email": "ada@auditors.example", "firm": "Lovelace Audit", "accessLevel": "FULL",
        "scopes": ["Evidence", "Risks"], "vendorIds": ["v-1"], "expiresAt": "",
    });
    let created = admin.post_json("/api/auditors", &body).await;
    assert_eq!(created.status, 201, "{}", created.json());
    assert_eq!(created.json()["emailSent"], true);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/auditors/{id}");
    let shown = admin.get(&path).await.json();
    assert_eq!((&shown["accessLevel"], &shown["status"]), (&json!("FULL"), &json!("Pending")));
    assert_eq!((&shown["scopes"], &shown["vendorIds"]), (&json!(["Evidence", "Risks"]), &json!(["v-1"])));
    assert_eq!(shown["lastAccessedAt"], Value::Null);
    let changed = admin.send_json(axum::http::Method::PATCH, &path, &json!({ "accessLevel": "READ_ONLY" })).await;
    assert_eq!(changed.json()["accessLevel"], "READ_ONLY", "{}", changed.json());
    let resent = admin.post_json(&format!("{path}/resend"), &json!({})).await;
    assert_eq!(resent.json()["emailSent"], true);
    let removed = admin.send_json(axum::http::Method::DELETE, &path, &json!({})).await;
    assert_eq!((removed.status.as_u16(), &removed.json()["sessionsEnded"]), (200, &json!(0)));
    assert_eq!(admin.get(&path).await.json()["status"], "Revoked");
}

// rows: S5-11
#[tokio::test]
async fn lower_roles_see_access_and_change_nothing() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    assert_eq!(viewer.get(&grant).await.status, 200);
    viewer.post_json(&format!("{grant}/revoke"), &json!({})).await.problem(403, "not-granter");
    viewer.post_json(GRANTS, &ours()).await.problem(403, "not-granter");
}

/// Bodies that are wrong in every way: whoever may not give access is not told so.
#[rstest]
#[case::page("/orgs/acme/grants/new")]
#[case::page_of_a_grant("/orgs/acme/grants/{grant}/change")]
#[case::page_that_revokes("/orgs/acme/grants/{grant}/revoke")]
#[case::page_that_sends_again("/orgs/acme/grants/{grant}/resend")]
#[case::ours(GRANTS)]
#[case::s5("/api/auditors")]
#[case::s5_again("/api/auditors/{grant}/resend")]
#[tokio::test]
async fn who_may_not_give_access_is_told_that_before_anything_that_is_wrong_in_what_they_send(#[case] path: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    let path = path.replace("{grant}", grant.rsplit('/').next().unwrap());
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    let before = app.size().await;
    if path.starts_with("/orgs/") {
        let sent = viewer.post_form(&path, &[("email", "nobody"), ("expires_on", "never")]).await;
        assert_eq!(sent.status, 403, "{}", sent.text());
        assert!(sent.text().contains("Only owners and admins can grant auditor access"), "{}", sent.text());
        let is_a_form = path.ends_with("/new") || path.ends_with("/change");
        assert!(!is_a_form || viewer.get(&path).await.status == 403, "no form for whom it does nothing");
    } else {
        viewer.post_json(&path, &json!({ "email": "nobody" })).await.problem(403, "not-granter");
    }
    assert_eq!(app.size().await, before, "nothing is recorded");
}

#[rstest]
#[case::missing(json!({ "email": "nobody", "accessLevel": "ALL" }), "/firm")]
#[case::format(json!({ "email": "nobody", "firm": "Lovelace Audit", "accessLevel": "ALL" }), "/email")]
#[case::scope(json!({ "email": "ada@auditors.example", "firm": "Lovelace Audit", "accessLevel": "ALL", "expiresAt": "x" }), "/accessLevel")]
#[case::duration(json!({ "email": "ada@auditors.example", "firm": "Lovelace Audit", "expiresAt": "x" }), "/expiresAt")]
#[tokio::test]
async fn what_is_missing_is_said_first_then_its_format_the_scope_and_the_duration(
    #[case] body: Value,
    #[case] field: &str,
) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    assert!(!owner.post_json("/api/auditors", &body).await.invalid(field).is_empty());
}

#[tokio::test]
async fn a_programs_key_gives_no_access() {
    let app = start().await;
    app.post(GRANTS, &ours()).await.problem(403, "key-of-nobody");
    let answer = app.post(WF006, &asked()).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn what_is_wrong_in_a_new_grant_is_named() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let refused = |member: &str, value: Value| {
        let mut body = ours();
        body[member] = value;
        body
    };
    for (body, field) in [
        (refused("email", json!("nobody")), "/email"),
        (refused("firm", json!("")), "/firm"),
        (refused("level", json!("comment")), "/level"),
        (refused("expires_at", json!("2027-01-31T00:00:00Z")), "/days"),
        (refused("vendors", json!(["v-1"])), "/vendors"),
        (refused("window", json!({ "from": "2026-02-01", "until": "2026-01-01" })), "/window/until"),
        (refused("bundle", json!("everything")), "/bundle"),
    ] {
        let answer = owner.post_json(GRANTS, &body).await;
        assert_eq!((answer.invalid(field).is_empty(), answer.status.as_u16()), (false, 422), "{body}");
    }
    let too_long = owner.post_json(GRANTS, &refused("days", json!(91))).await;
    assert!(too_long.invalid("/days").contains("90 days"));
}

#[tokio::test]
async fn another_organisations_grant_is_the_same_404() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let grant = given(&owner).await;
    let rival = crate::app::open(&app.app, "rival").await;
    let theirs = app.sign_in_to(&rival, &[Role::Owner]).await;
    let foreign = grant.replace("/acme/", "/rival/");
    theirs.get(&foreign).await.problem(404, "not-found");
    theirs.post_json(&format!("{foreign}/revoke"), &json!({})).await.problem(404, "not-found");
    let id = grant.rsplit('/').next().unwrap();
    theirs.get(&format!("/api/auditors/{id}")).await.problem(404, "not-found");
}

// rows: S4-14
#[tokio::test]
async fn what_a_member_did_by_a_key_of_their_own_says_by_which_and_what_they_did_in_a_session_does_not() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let key = app.personal_key(&app.acme, &owner.member, &api::access::api_key::Scope::ALL).await;
    let service = async |index: &Value| {
        let entry = app.get(&format!("/v1/orgs/acme/entries/{index}")).await.json();
        assert_eq!(entry["data"]["actor"]["id"], owner.member.as_str(), "{entry}");
        entry["data"]["context"]["service"].clone()
    };
    let by_key = app.post_once_with(&key, "one", GRANTS, &ours()).await.created();
    assert_eq!(service(&by_key["entries"][0]["index"]).await, json!(format!("api_key/{}", key.id())));
    let grant = format!("{GRANTS}/{}", by_key["grant"].as_str().unwrap());
    let by_session = owner.post_json(&format!("{grant}/revoke"), &json!({})).await;
    assert_eq!(service(&by_session.json()["entries"][0]["index"]).await, json!("api"));
}
