//! Other systems' names for events, and entries in their forms.

pub(crate) mod story;

use api::access::api_key::Scope as KeyScope;
use rstest::rstest;
use serde_json::{Value, json};

use self::story::{AUDITOR, FILE, INVITE, OWNER, SESSION, at, story};
use crate::app::{issue, start};

// rows: S1-35, S1-38, S2-55, S2-56, S2-57, S2-58, S2-59, S2-60, S3-29, S4-17, S4-18, S5-34, S5-49, S5-74, C7, C24
#[tokio::test]
async fn the_filter_takes_every_systems_name() {
    let story = story().await;
    let follower = story.app.follow();
    let cases: &[(&str, &[u64])] = &[
        ("auditor_access_granted", &[at::SECURITY, at::INVITED]),
        ("auditor.invite.created", &[at::SECURITY, at::INVITED]),
        ("auditor.invite.accept_attempted", &[at::TRIED]),
        ("auditor.invite.accepted", &[at::AGAIN, at::ACCEPTED]),
        ("auditor.invite.revoked", &[at::REVOKED]),
        ("auditor.session.logout", &[at::LOGOUT]),
        ("auditor.evidence.downloaded", &[at::DOWNLOADED]),
        ("auditor.irl.submitted", &[]),
        ("access_granted", &[at::SECURITY, at::WIDENED, at::INVITED]),
        ("access_revoked", &[at::EXPIRED, at::REVOKED]),
        ("policy_updated", &[at::POLICY]),
        ("user.created", &[at::MEMBER]),
        ("user.signed_in", &[at::WRONG_CODE]),
        ("user.mfa_failed", &[at::WRONG_CODE]),
        ("admin.permission_granted", &[at::SECURITY, at::WIDENED, at::INVITED]),
        ("admin.permission_revoked", &[at::REVOKED]),
        ("config.changed", &[at::POLICY]),
        ("CREATE", &[at::SECURITY, at::INVITED]),
        ("UPDATE", &[at::WIDENED]),
        ("REVOKE", &[at::REVOKED]),
        ("ACCEPT_INVITE", &[at::TERMS, at::ACCEPTED]),
        ("REACCESS_INVITE", &[at::AGAIN]),
        ("VIEW", &[at::VIEWED]),
        ("DOWNLOAD", &[at::DOWNLOADED]),
        ("COMMENT", &[]),
        ("EXPIRE", &[at::EXPIRED]),
        ("AUTH_FAILURE", &[at::TRIED]),
        ("auditor.session.", &[at::LOGOUT, at::STARTED]),
    ];
    for (name, expected) in cases {
        let list = story.app.get(&format!("/v1/orgs/acme/entries?type={name}&wait_for={}", at::POLICY)).await.json();
        let found: Vec<u64> =
            list["entries"].as_array().unwrap().iter().map(|it| it["index"].as_u64().unwrap()).collect();
        assert_eq!(found, *expected, "{name}");
    }
    drop(follower);
}

#[rstest]
#[case("DELETE")]
#[case("expire")]
#[case("accessgranted")]
#[tokio::test]
async fn a_name_of_nobodys_is_refused_by_field(#[case] name: &str) {
    let app = start().await;
    let rule = app.get(&format!("/v1/orgs/acme/entries?type={name}")).await.invalid("type");
    assert!(rule.contains("ACCEPT_INVITE"), "{rule}");
}

// rows: S1-20, S1-36, S1-37, S1-39, C25
#[tokio::test]
async fn a_grant_in_the_form_of_wf006_has_its_exact_fields() {
    let story = story().await;
    let shown = story.shaped("wf006", at::SECURITY).await;
    let entry = story.app.get(&format!("/v1/orgs/acme/entries/{}", at::SECURITY)).await.json();
    let expected = json!({
        "id": entry["id"],
        "organization_id": story.app.acme.log.to_string(),
        "actor_type": "admin",
        "actor_id": OWNER,
        "action": "auditor_access_granted",
        "resource_type": "auditor_access",
        "details": {
            "auditor_email": "ada@auditors.example",
            "scope": "security",
            "expires_at": story.in_days(30).to_string(),
        },
        "created_at": entry["time"],
    });
    assert_eq!(shown, expected);
}

// rows: S2-54, S2-55, S2-56, S2-57, S2-58, S2-59, S2-60, S2-63, S2-64, S2-65, C21, C25
#[tokio::test]
async fn what_an_auditor_does_is_the_systems_in_the_form_of_meridian_and_nobodys_address_stands_in_it() {
    let story = story().await;
    let created = story.shaped("meridian", at::INVITED).await;
    assert_eq!(created["action"], "auditor.invite.created");
    assert_eq!(created["metadata"], json!({ "role": "lead", "permissions": ["view_controls", "view_evidence"] }));
    assert_eq!((&created["actor_type"], &created["actor_id"]), (&json!("user"), &json!(OWNER)));
    let hash = created["email_hash"].as_str().unwrap().to_owned();
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    let portal = [
        (at::TRIED, "auditor.invite.accept_attempted"),
        (at::ACCEPTED, "auditor.invite.accepted"),
        (at::LOGOUT, "auditor.session.logout"),
        (at::DOWNLOADED, "auditor.evidence.downloaded"),
    ];
    for (index, action) in portal {
        let shown = story.shaped("meridian", index).await;
        assert_eq!(shown["action"], action);
        assert_eq!((&shown["actor_type"], &shown["actor_id"]), (&json!("system"), &json!("system")), "{action}");
        assert_eq!((&shown["invite_id"], &shown["session_prefix"]), (&json!(INVITE), &json!(SESSION)), "{action}");
        assert_eq!(shown["email_hash"], hash, "{action}");
        assert!(!shown.to_string().contains('@'), "{shown}");
    }
    assert_eq!(story.shaped("meridian", at::TRIED).await["reason"], "code_wrong");
    assert_eq!(story.shaped("meridian", at::DOWNLOADED).await["metadata"]["content_hash"], FILE);
    let revoked = story.shaped("meridian", at::REVOKED).await;
    assert_eq!(revoked["action"], "auditor.invite.revoked");
    assert_eq!(revoked["metadata"], json!({ "killed_sessions": 2 }));
}

// rows: S4-01, S4-02, S4-03, S4-04, S4-05, S4-06, S4-07, S4-08, S4-09, S4-10, S4-11, S4-12, S4-13, S4-14, S4-15, S4-28, C25
#[tokio::test]
async fn the_guides_form_has_every_field_of_the_guide() {
    let story = story().await;
    let shown = story.shaped("s4", at::DOWNLOADED).await;
    let entry = story.app.get(&format!("/v1/orgs/acme/entries/{}", at::DOWNLOADED)).await;
    let hash = entry.header("countersign-hash").to_owned();
    let entry = entry.json();
    let expected = json!({
        "id": at::DOWNLOADED,
        "actor_id": AUDITOR,
        "actor_email": "ada@auditors.example",
        "actor_ip": "192.0.2.7",
        "actor_role": null,
        "action": "auditor.evidence.downloaded",
        "outcome": "success",
        "resource_type": "evidence",
        "resource_id": "018f3b7e-0000-7000-8000-00000000e001",
        "timestamp": entry["time"],
        "request_id": "req-1",
        "session_id": SESSION,
        "service": null,
        "metadata": entry["data"]["detail"],
        "prev_hash": entry["prevhash"],
        "hash": hash,
    });
    assert_eq!(shown, expected);
    let failed = story.shaped("s4", at::WRONG_CODE).await;
    assert_eq!((&failed["action"], &failed["outcome"]), (&json!("user.mfa_failed"), &json!("failure")));
    assert_eq!((&failed["failure_reason"], &failed["actor_role"]), (&json!("wrong_code"), &json!("owner")));
    assert_eq!(failed["actor_email"], "olga@acme.example", "a member's stands in the entry that invited them");
}

// rows: S3-28, S3-29, S3-31, C25
#[tokio::test]
async fn the_form_of_continuous_compliance_has_its_fields_and_the_chain() {
    let story = story().await;
    let shown = story.shaped("s3", at::REVOKED).await;
    let names = "action actor event_type hash id metadata previous_hash reason resource system_state timestamp user";
    assert_eq!(shown.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" "), names);
    assert_eq!((&shown["event_type"], &shown["action"]), (&json!("access_revoked"), &json!("revoked")));
    assert_eq!((&shown["user"], &shown["actor"]), (&json!(AUDITOR), &json!(OWNER)));
    assert_eq!(shown["resource"], format!("access_grant/{INVITE}"));
    assert_eq!(shown["system_state"]["sequence"], at::REVOKED);
    let before = story.shaped("s3", at::REVOKED - 1).await;
    assert_eq!(shown["previous_hash"], before["hash"]);
    assert_eq!(story.shaped("s3", at::SECURITY).await["event_type"], "access_granted");
    assert_eq!(story.shaped("s3", at::POLICY).await["event_type"], "policy_updated");
    assert_eq!(story.shaped("s3", at::EXPIRED).await["actor"], "system");
}

// rows: S5-07, S5-26, S5-34, S5-49, S5-74, C21
#[tokio::test]
async fn what_an_auditor_does_has_the_source_auditor_in_the_form_of_the_magic_link() {
    let story = story().await;
    let acts = [
        (at::INVITED, "CREATE", "user"),
        (at::WIDENED, "UPDATE", "user"),
        (at::REVOKED, "REVOKE", "user"),
        (at::ACCEPTED, "ACCEPT_INVITE", "auditor"),
        (at::TERMS, "ACCEPT_INVITE", "auditor"),
        (at::AGAIN, "REACCESS_INVITE", "auditor"),
        (at::VIEWED, "VIEW", "auditor"),
        (at::DOWNLOADED, "DOWNLOAD", "auditor"),
        (at::EXPIRED, "EXPIRE", "system"),
        (at::TRIED, "AUTH_FAILURE", "auditor"),
    ];
    for (index, action, source) in acts {
        let shown = story.shaped("s5", index).await;
        assert_eq!((&shown["action"], &shown["source"]), (&json!(action), &json!(source)));
        assert_eq!(shown["firm"], "Prüfer & Partner");
    }
    let again = story.shaped("s5", at::AGAIN).await;
    assert_eq!((&again["email"], &again["ip"]), (&json!("ada@auditors.example"), &json!("192.0.2.7")));
    assert_eq!((&again["userAgent"], &again["accessId"]), (&json!("Firefox"), &json!(INVITE)));
}

// rows: C25
#[tokio::test]
async fn a_key_that_may_not_read_grants_sees_no_addresses() {
    let story = story().await;
    let key = issue(&story.app.app, &story.app.acme, &[KeyScope::EntriesRead], None).await;
    for shape in ["wf006", "meridian", "s3", "s4", "s5"] {
        for index in [at::INVITED, at::AGAIN, at::WRONG_CODE] {
            let shown = story.app.get_with(&key, &format!("/v1/orgs/acme/entries/{index}?shape={shape}")).await.json();
            let text = shown.to_string();
            assert!(!text.contains('@') && !text.contains("192.0.2.7"), "{text}");
        }
    }
    let grant = story.app.get_with(&key, &format!("/v1/orgs/acme/entries/{}?shape=wf006", at::INVITED)).await.json();
    assert_eq!(grant["details"]["auditor_email"], Value::Null);
}

#[tokio::test]
async fn a_list_in_a_form_has_the_same_entries_page_by_page() {
    let story = story().await;
    let follower = story.app.follow();
    let path = format!("/v1/orgs/acme/entries?shape=s4&type=admin.permission_granted&limit=2&wait_for={}", at::POLICY);
    let first = story.app.get(&path).await.json();
    let ids = |list: &Value| list["entries"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), [json!(at::SECURITY), json!(at::WIDENED)]);
    assert!(first["entries"].as_array().unwrap().iter().all(|entry| entry["action"] == "admin.permission_granted"));
    let second = story.app.get(first["next"].as_str().unwrap()).await.json();
    assert_eq!((ids(&second), &second["next"]), (vec![json!(at::INVITED)], &Value::Null));
    drop(follower);
}

#[tokio::test]
async fn a_shape_that_is_not_there_is_refused_by_field() {
    let app = start().await;
    for path in ["/v1/orgs/acme/entries?shape=s1", "/v1/orgs/acme/entries/0?shape=s1"] {
        assert!(app.get(path).await.invalid("shape").contains("meridian"));
    }
    app.get("/v1/orgs/acme/entries/0?form=s4").await.invalid("form");
}
