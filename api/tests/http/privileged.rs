//! Privileged acts, by the names that the guide to audit logs has for them.

use domain::member::Role;
use rstest::rstest;

use crate::app::{TestApp, start};
use crate::signed_in::SignedIn;

/// Does the act, on another member where it needs one.
async fn act(app: &TestApp, owner: &SignedIn<'_>, name: &str) {
    let other = app.member_of(&app.acme, &[Role::Viewer]).await;
    let members = format!("/orgs/acme/members/{other}");
    let grant = [("email", "ada@auditors.example"), ("firm", "Lovelace Audit"), ("by", "bundle"), ("bundle", "full")];
    let settings = [("name", "Larkfield Clinic"), ("contact", ""), ("time_zone", "UTC")];
    let key = [("key_name", "console"), ("scope", "grants:read"), ("days", "30")];
    match name {
        "admin.permission_granted" => owner.post_form("/orgs/acme/grants/new", &grant).await,
        "admin.role_changed" => owner.post_form(&format!("{members}/roles"), &[("role", "admin")]).await,
        "user.deleted" => owner.post_form(&format!("{members}/remove"), &[("typed", "remove")]).await,
        "api_key.created" => owner.post_form("/orgs/acme/account/keys", &key).await,
        _ => owner.post_form("/orgs/acme/settings", &settings).await,
    };
}

// rows: S4-41, S4-42
#[rstest]
#[case("admin.permission_granted")]
#[case("admin.role_changed")]
#[case("user.deleted")]
#[case("api_key.created")]
#[case("config.changed")]
#[tokio::test]
async fn a_privileged_act_is_done_and_recorded_only_after_a_confirmation(#[case] name: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    let shown = async || {
        let index = app.size().await - 1;
        app.get(&format!("/v1/orgs/acme/entries/{index}?shape=s4")).await.json()["action"].clone()
    };
    act(&app, &owner, name).await;
    assert_ne!(shown().await, name);
    owner.confirmed_minutes_ago(Some(14)).await;
    act(&app, &owner, name).await;
    assert_eq!(shown().await, name);
}
