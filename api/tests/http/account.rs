//! What a member signs in by, where they are signed in, and keys of their own.

use api::access::api_key::Token;
use axum::http::StatusCode;
use domain::credential::Method;
use domain::member::Role;

use crate::app;
use crate::authenticator::Authenticator;
use crate::signed_in::SignedIn;

const ACCOUNT: &str = "/orgs/acme/account";

async fn ask(member: &SignedIn<'_>, path: &str) -> serde_json::Value {
    let answer = member.post_json(path, &serde_json::json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_passkey_is_added_named_and_removed_but_for_the_last_way_in() {
    let app = app::start().await;
    let member = app.sign_in_as(&[Role::Viewer]).await;
    for (number, name) in [(1, "Blue key"), (2, "")] {
        let mut authenticator = Authenticator::new(number);
        let question = ask(&member, &format!("{ACCOUNT}/passkeys/start")).await;
        let (challenge, credential) = (question["challenge"].as_str().unwrap(), authenticator.create(&question));
        let fields = [("challenge", challenge), ("credential", &credential), ("name", name)];
        let added = member.post_form(&format!("{ACCOUNT}/passkeys"), &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
        let again = member.post_form(&format!("{ACCOUNT}/passkeys"), &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "an answer works once");
    }
    let page = member.get(ACCOUNT).await;
    assert!(page.text().contains("Blue key") && page.text().contains("Another browser"), "{}", page.text());
    let ids: Vec<String> = page.text().split("/account/passkeys/").skip(1).map(|rest| rest[..36].to_owned()).collect();
    let ids: Vec<&String> = ids.iter().filter(|id| id.contains('-') && !id.starts_with("start")).collect();
    assert_eq!(ids.len(), 2, "{}", page.text());
    let typed = [("typed", "remove")];
    let bare = member.post_form(&format!("{ACCOUNT}/passkeys/{}/remove", ids[0]), &[]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bare.text().matches("Type remove to confirm").count(), 1, "{}", bare.text());
    let removed = member.post_form(&format!("{ACCOUNT}/passkeys/{}/remove", ids[0]), &typed).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    let last = member.post_form(&format!("{ACCOUNT}/passkeys/{}/remove", ids[1]), &typed).await;
    assert_eq!(last.status, StatusCode::CONFLICT);
    assert!(last.text().contains("it is all that you have to sign in by"), "{}", last.text());
    assert_eq!(
        member.post_form(&format!("{ACCOUNT}/passkeys/{}/remove", ids[0]), &typed).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_one_signs_in_by_changes_only_after_a_confirmation() {
    let app = app::start().await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    member.confirmed_minutes_ago(Some(16)).await;
    let back = "/orgs/acme/confirm?next=/orgs/acme/account";
    member.get(&format!("{ACCOUNT}/password")).await.leads_to(&format!("{back}/password"));
    member.post_form(&format!("{ACCOUNT}/password"), &[]).await.leads_to(&format!("{back}/password"));
    member.post_form(&format!("{ACCOUNT}/recovery-codes"), &[]).await.leads_to(back);
    member.post_form(&format!("{ACCOUNT}/passkeys"), &[]).await.leads_to(back);
    let named = [("key_name", "ci"), ("days", "30"), ("scope", "entries:read")];
    let late = member.post_form(&format!("{ACCOUNT}/keys"), &named).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    let page = late.text();
    for kept in [r#"value="ci""#, r#"value="30""#, r#"value="entries:read" checked"#, back] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    member.post_json(&format!("{ACCOUNT}/passkeys/start"), &serde_json::json!({})).await.problem(403, "not-fresh");
    let by_hand = member
        .request(axum::http::Method::POST, &format!("{ACCOUNT}/passkeys/start"))
        .header("Sec-Fetch-Site", "same-origin")
        .header("X-Form-Token", &member.form_token);
    let page = app.send(by_hand.body(axum::body::Body::empty()).unwrap()).await.page(403);
    assert!(page.contains("<a class=\"button first\" href=\"/orgs/acme/confirm\""), "{page}");
    assert!(member.get(ACCOUNT).await.text().contains("Confirm now"));
}

#[tokio::test]
async fn a_member_sees_where_they_are_signed_in_and_ends_it() {
    let app = app::start().await;
    let member = app.sign_in_as(&[Role::Viewer]).await;
    let others = [
        app.session_of(&app.acme, &member.member, Method::PasswordTotp).await,
        app.session_of(&app.acme, &member.member, Method::RecoveryLink).await,
        app.session_of(&app.acme, &member.member, Method::Passkey).await,
    ];
    let stranger = app.sign_in_as(&[Role::Owner]).await;
    let page = member.get(ACCOUNT).await.text();
    assert_eq!(page.matches("Firefox on Linux<span class=\"sub\">This session").count(), 1, "{page}");
    assert!(page.contains("Password and code") && page.contains("Recovery link"), "{page}");
    let end = |sid: &str| format!("{ACCOUNT}/sessions/{sid}/end");
    assert_eq!(stranger.post_form(&end(others[0].sid.as_str()), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(member.post_form(&end(others[0].sid.as_str()), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(others[0].get(ACCOUNT).await.status, StatusCode::SEE_OTHER, "it is out with the next request");
    assert_eq!(others[1].get(ACCOUNT).await.status, StatusCode::OK);
    assert_eq!(member.post_form(&format!("{ACCOUNT}/sessions/end-others"), &[]).await.status, StatusCode::SEE_OTHER);
    for other in &others {
        assert_eq!(other.get(ACCOUNT).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(member.get(ACCOUNT).await.status, StatusCode::OK);
    let out = member.post_form(&end(member.sid.as_str()), &[]).await;
    out.leads_to("/orgs/acme/sign-in?signed_out=true");
    assert_eq!(member.get(ACCOUNT).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_key_of_ones_own_is_shown_once_has_no_more_than_ones_roles_and_is_taken_back() {
    let app = app::start().await;
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let path = format!("{ACCOUNT}/keys");
    let bare = member.post_form(&path, &[("key_name", ""), ("days", "400")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    for rule in ["A key has a name", "A key may do at least one thing", "A key is good for 1 to 365 days"] {
        assert!(bare.text().contains(rule), "{rule}: {}", bare.text());
    }
    let more = [("key_name", "ci"), ("days", "30"), ("scope", "events:write")];
    assert_eq!(member.post_form(&path, &more).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not their roles'");
    let fields = [("key_name", "ci"), ("days", "30"), ("scope", "entries:read"), ("scope", "events:write")];
    let made = member.post_form(&path, &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let key = made.between("<p><code>cs_", "<");
    let token = Token::parse(&format!("cs_{key}")).unwrap();
    assert_eq!(app.get_with(&token, "/v1/orgs/acme/entries").await.status, StatusCode::OK);
    let page = member.get(ACCOUNT).await.text();
    assert!(page.contains(&format!("cs_{}…", token.id())) && !page.contains(&key), "{page}");
    let revoke = format!("{path}/{}/revoke", token.id());
    let stranger = app.sign_in_as(&[Role::Owner]).await;
    let typed = [("typed", "revoke")];
    assert_eq!(stranger.post_form(&revoke, &typed).await.status, StatusCode::NOT_FOUND);
    let bare = member.post_form(&revoke, &[]).await;
    assert!(bare.status == StatusCode::UNPROCESSABLE_ENTITY && bare.text().contains("Type revoke to confirm"));
    assert_eq!(
        app.get_with(&token, "/v1/orgs/acme/entries").await.status,
        StatusCode::OK,
        "by a bare click nothing is"
    );
    assert_eq!(member.post_form(&revoke, &typed).await.status, StatusCode::SEE_OTHER);
    app.get_with(&token, "/v1/orgs/acme/entries").await.problem(401, "unauthenticated");
}
