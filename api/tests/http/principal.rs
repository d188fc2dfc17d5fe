//! Who is recognised as a member, by a session or by a key of their own, and what of it their roles allow.

use api::access::api_key::Scope;
use api::app::App;
use api::auth::{AnyMember, Granting, GrantsRead, KeysWrite, Member, MembersRead, Permission, Principal};
use api::error::Result;
use api::web::Protected;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::{get, post};
use domain::credential::Method as SignedInBy;
use domain::member::{Command, Role, Stop};
use rstest::rstest;
use serde::Deserialize;
use serde_json::json;
use store::cluster::Role as DatabaseRole;

use crate::app::{self, Answer, TestApp, request};
use crate::signed_in::SignedIn;

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Routes that say who asks.
fn routes(app: &TestApp) -> Router {
    async fn page<P: Permission>(member: Member<P>) -> String {
        format!("{} {}", member.member, member.roles())
    }
    async fn privileged(member: Member<AnyMember>, State(app): State<App>) -> Result<&'static str> {
        member.require_fresh(&app)?;
        Ok("done")
    }
    async fn data<P: Permission>(principal: Principal<P>, State(app): State<App>) -> Result<String> {
        principal.require_fresh(&app)?;
        Ok(principal.principal())
    }
    async fn granting(principal: Principal<Granting>) -> String {
        principal.may_grant().to_string()
    }
    async fn form(member: Member<AnyMember>, State(app): State<App>, form: Protected<Named>) -> Result<String> {
        Ok(form.verify(&app, member.form_key()).await?.name)
    }
    Router::new()
        .route("/orgs/{org}/form", post(form))
        .route("/orgs/{org}/account", get(page::<AnyMember>))
        .route("/orgs/{org}/members", get(page::<MembersRead>))
        .route("/orgs/{org}/privileged", get(privileged))
        .route("/v1/orgs/{org}/data", get(data::<GrantsRead>).post(data::<GrantsRead>))
        .route("/v1/orgs/{org}/keys", post(data::<KeysWrite>))
        .route("/v1/orgs/{org}/granting", post(granting))
        .route("/grant-auditor-access", post(data::<Granting>))
        .with_state(app.app.clone())
}

async fn start() -> TestApp {
    let mut app = app::start().await;
    app.router = routes(&app);
    app
}

async fn old(app: &TestApp, member: &SignedIn<'_>, column: &str, minutes: i32) {
    let mut db = app.connect(DatabaseRole::Superuser).await;
    let sql = format!("update access.member_sessions set {column} = now() - make_interval(mins => $1) where sid = $2");
    sqlx::query(&sql).bind(minutes).bind(member.sid.as_str()).execute(&mut db).await.unwrap();
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[tokio::test]
async fn a_member_who_is_signed_in_is_who_they_are_with_the_roles_they_have_now() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Viewer]).await;
    assert_eq!(text(&member.get("/orgs/acme/account").await), format!("{} viewer", member.member));
    member.get("/orgs/acme/members").await.problem(403, "permission-missing");
    let roles = domain::member::Roles::new([Role::Admin]).unwrap();
    app.command_member(&app.acme, &member.member, Command::ChangeRoles { roles, other_owners: 1 }).await;
    assert_eq!(text(&member.get("/orgs/acme/members").await), format!("{} admin", member.member));
}

#[rstest]
#[case::idle_for_less_than_an_hour("last_seen_at", 59, true)]
#[case::idle_for_an_hour("last_seen_at", 61, false)]
#[case::less_than_twelve_hours_old("created_at", 12 * 60 - 1, true)]
#[case::twelve_hours_old("created_at", 12 * 60, false)]
#[case::ended("ended_at", 0, false)]
#[tokio::test]
async fn a_session_lasts_an_hour_without_a_request_and_twelve_in_all(
    #[case] column: &str,
    #[case] minutes: i32,
    #[case] good: bool,
) {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    old(&app, &member, column, minutes).await;
    let answer = member.get("/orgs/acme/account?tab=keys").await;
    if good {
        assert_eq!(answer.status, StatusCode::OK);
    } else {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "/orgs/acme/sign-in?next=/orgs/acme/account%3Ftab%3Dkeys");
    }
}

#[tokio::test]
async fn whoever_is_suspended_or_removed_is_out_with_the_next_request_though_no_row_was_touched() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    let key = app.personal_key(&app.acme, &member.member, &[Scope::GrantsRead]).await;
    assert_eq!(app.get_with(&key, "/v1/orgs/acme/data").await.status, StatusCode::OK);
    let stop = Stop { note: None, sessions_ended: 0, other_owners: 1 };
    app.command_member(&app.acme, &member.member, Command::Suspend(stop)).await;
    assert_eq!(member.get("/orgs/acme/account").await.status, StatusCode::SEE_OTHER);
    member.get("/v1/orgs/acme/data").await.problem(401, "unauthenticated");
    app.get_with(&key, "/v1/orgs/acme/data").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_session_is_good_in_its_own_organisation_alone() {
    let app = start().await;
    let rival = app::open(&app.app, "rival").await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    let cookie = member.request(Method::GET, "/").body(()).unwrap().headers()[header::COOKIE].clone();
    let renamed = cookie.to_str().unwrap().replace("__Host-cs-acme", "__Host-cs-rival");
    let path = format!("/orgs/{}/account", rival.slug);
    for cookie in [cookie.to_str().unwrap(), &renamed] {
        let request = request(Method::GET, &path, None).header(header::COOKIE, cookie);
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_form_of_a_page_that_lost_its_session_leads_to_the_sign_in_and_not_back_to_itself() {
    let app = start().await;
    let request = request(Method::POST, "/v1/orgs/acme/granting", None).body(Body::empty()).unwrap();
    app.send(request).await.problem(401, "unauthenticated");
    let asked = Request::get("/orgs/acme/account").header(header::HOST, "localhost").body(Body::empty()).unwrap();
    assert_eq!(app.send(asked).await.header("location"), "/orgs/acme/sign-in?next=/orgs/acme/account");
}

// rows: S4-42
#[rstest]
#[case::just_now(Some(0), true)]
#[case::fifteen_minutes_ago(Some(14), true)]
#[case::longer_ago(Some(16), false)]
#[case::never(None, false)]
#[tokio::test]
async fn a_privileged_act_asks_for_a_confirmation_within_fifteen_minutes(
    #[case] minutes: Option<i32>,
    #[case] fresh: bool,
) {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    member.confirmed_minutes_ago(minutes).await;
    let answer = member.get("/orgs/acme/privileged").await;
    if fresh {
        assert_eq!(text(&answer), "done");
    } else {
        let problem = answer.problem(403, "not-fresh");
        assert_eq!(problem["detail"], "MFA re-confirmation required for privileged action");
    }
}

#[tokio::test]
async fn a_link_alone_confirms_nobody() {
    let app = start().await;
    let member = app.member_of(&app.acme, &[Role::Owner]).await;
    let session = app.session_of(&app.acme, &member, SignedInBy::RecoveryLink).await;
    assert_eq!(session.get("/orgs/acme/account").await.status, StatusCode::OK);
    session.get("/orgs/acme/privileged").await.problem(403, "not-fresh");
}

#[tokio::test]
async fn a_script_of_another_page_does_nothing_with_the_cookie() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    assert_eq!(member.post_json("/v1/orgs/acme/data", &json!({})).await.status, StatusCode::OK);
    for token in ["", "AAAA", app.sign_in_as(&[Role::Owner]).await.form_token.as_str()] {
        let request = member.request(Method::POST, "/v1/orgs/acme/data").header("X-Form-Token", token);
        app.send(request.body(Body::empty()).unwrap()).await.problem(403, "form-expired");
    }
}

#[tokio::test]
async fn a_form_is_read_where_it_comes_from_a_page_of_the_session() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Owner]).await;
    let name = "Grace & Co. / été";
    assert_eq!(text(&member.post_form("/orgs/acme/form", &[("name", name)]).await), name);
    let bare = member
        .request(Method::POST, "/orgs/acme/form")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    app.send(bare.body(Body::from("name=x")).unwrap()).await.problem(403, "form-expired");
}

#[tokio::test]
async fn an_address_without_an_organisation_goes_by_the_page_that_asks() {
    let app = start().await;
    let rival = app::open(&app.app, "rival").await;
    let (ours, theirs) = (app.sign_in_as(&[Role::Owner]).await, app.sign_in_to(&rival, &[Role::Owner]).await);
    let cookies: Vec<_> = [&ours, &theirs]
        .map(|member| member.request(Method::GET, "/").body(()).unwrap().headers()[header::COOKIE].clone())
        .iter()
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    for member in [&ours, &theirs] {
        let request = request(Method::POST, "/grant-auditor-access", None)
            .header(header::COOKIE, cookies.join("; "))
            .header("X-Form-Token", &member.form_token);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(text(&answer), format!("member/{}", member.member));
    }
}

#[tokio::test]
async fn a_key_of_a_members_own_does_what_its_scopes_and_their_roles_both_allow() {
    let app = start().await;
    let viewer = app.member_of(&app.acme, &[Role::Viewer]).await;
    let key = app.personal_key(&app.acme, &viewer, &[Scope::GrantsRead, Scope::GrantsWrite]).await;
    assert_eq!(text(&app.get_with(&key, "/v1/orgs/acme/data").await), format!("member/{viewer}"));
    let write = |key| request(Method::POST, "/v1/orgs/acme/granting", Some(key)).body(Body::empty()).unwrap();
    app.send(write(&key)).await.problem(403, "not-granter");
    let owner = app.member_of(&app.acme, &[Role::Owner]).await;
    let narrow = app.personal_key(&app.acme, &owner, &[Scope::GrantsRead]).await;
    app.send(write(&narrow)).await.problem(403, "scope-missing");
    let wide = app.personal_key(&app.acme, &owner, &[Scope::GrantsWrite]).await;
    assert_eq!(text(&app.send(write(&wide)).await), "true");
    let keys = request(Method::POST, "/v1/orgs/acme/keys", Some(&wide)).body(Body::empty()).unwrap();
    app.send(keys).await.problem(403, "session-needed");
}

#[tokio::test]
async fn a_key_of_a_program_is_nobodys() {
    let app = start().await;
    app.get("/v1/orgs/acme/data").await.problem(403, "key-of-nobody");
}

#[tokio::test]
async fn whom_an_organisation_lets_give_access_is_for_its_policy_to_say() {
    let app = start().await;
    let officer = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    officer.post_json("/v1/orgs/acme/granting", &json!({})).await.problem(403, "not-granter");
    let admin = app.sign_in_as(&[Role::Admin]).await;
    assert_eq!(text(&admin.post_json("/v1/orgs/acme/granting", &json!({})).await), "true");
}
