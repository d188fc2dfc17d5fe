//! Who works in the organisation: inviting, changing, stopping.

use api::access::api_key::Scope;
use axum::http::StatusCode;
use domain::member::Role;
use rstest::rstest;

use crate::app;

const MEMBERS: &str = "/orgs/acme/members";
/// What removes a member.
const REMOVED: [(&str, &str); 1] = [("typed", "remove")];

#[tokio::test]
async fn a_member_is_invited_by_mail_and_stands_in_the_list() {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let fields = [("email", "ada@acme.example"), ("name", "Ada Lovelace"), ("role", "viewer"), ("role", "approver")];
    let invited = owner.post_form(MEMBERS, &fields).await;
    assert_eq!(invited.status, StatusCode::SEE_OTHER, "{}", invited.text());
    let list = owner.get(invited.header("location")).await;
    assert!(list.text().contains("The invitation went out by mail."), "{}", list.text());
    for shown in ["Ada Lovelace", "ada@acme.example", "Approver, Viewer", "Invited", "Recorded as"] {
        assert!(list.text().contains(shown), "{shown}: {}", list.text());
    }
    assert_eq!(app.browser().get(&app.link_in_mail("member_invitation")).await.status, StatusCode::OK);
    let filtered = owner.get(&format!("{MEMBERS}?state=active&role=owner")).await.text();
    assert!(!filtered.contains("Ada Lovelace") && filtered.contains("Grace Hopper"), "{filtered}");
    let again = owner.post_form(MEMBERS, &[("email", "ADA@acme.example"), ("role", "viewer")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("has this address already"), "{}", again.text());
    let wrong = owner.post_form(MEMBERS, &[("email", "ada")]).await;
    assert!(wrong.text().contains("exactly one @") && wrong.text().contains("at least one role"), "{}", wrong.text());
}

#[tokio::test]
async fn where_no_mail_goes_out_the_link_is_shown_once() {
    let app = app::start_with(|parts| parts.mail = api::mail::Transport::Off).await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = owner.post_form(MEMBERS, &[("email", "ada@acme.example"), ("role", "viewer")]).await;
    assert_eq!(page.status, StatusCode::OK);
    let link = page.between("<p><code>http://localhost:8080", "<");
    assert_eq!(app.browser().get(&link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_invitation_that_is_sent_again_has_another_link_and_the_old_one_is_void() {
    let app = app::start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.post_form(MEMBERS, &[("email", "ada@acme.example"), ("role", "viewer")]).await;
    let first = app.link_in_mail("member_invitation");
    let id = invited(&app).await;
    assert_eq!(owner.post_form(&format!("{MEMBERS}/{id}/resend"), &[]).await.status, StatusCode::SEE_OTHER);
    let second = app.link_in_mail("member_invitation");
    assert_eq!(app.browser().get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.browser().get(&second).await.status, StatusCode::OK);
    assert_eq!(owner.post_form(&format!("{MEMBERS}/{id}/remove"), &REMOVED).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.browser().get(&second).await.status, StatusCode::NOT_FOUND, "withdrawn");
    let anew = owner.post_form(MEMBERS, &[("email", "ada@acme.example"), ("role", "viewer")]).await;
    assert_eq!(anew.status, StatusCode::SEE_OTHER, "the address is free again");
}

/// The only member who was invited and has not joined.
async fn invited(app: &app::TestApp) -> String {
    let mut db = app.connect(store::cluster::Role::Superuser).await;
    let sql = "select member::text from access.member_links where purpose = 'invitation'";
    sqlx::query_scalar(sql).fetch_one(&mut db).await.unwrap()
}

// rows: S4-41, S4-42
#[rstest]
#[case::suspend("suspend")]
#[case::reinstate("reinstate")]
#[case::remove("remove")]
#[case::resend("resend")]
#[tokio::test]
async fn whoever_changes_a_member_has_confirmed_who_they_are(#[case] act: &str) {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let other = app.member_of(&app.acme, &[Role::Viewer]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    let page = format!("{MEMBERS}/{other}");
    let answer = owner.post_form(&format!("{page}/{act}"), &[("role", "admin")]).await;
    answer.leads_to(&format!("/orgs/acme/confirm?next={page}"));
    assert!(owner.get(&page).await.text().contains("Confirm now"));
}

// rows: S4-42
#[tokio::test]
async fn roles_and_an_invitation_that_come_too_late_after_a_confirmation_are_kept_as_they_were_typed() {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let other = app.member_of(&app.acme, &[Role::Viewer]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    let page = format!("{MEMBERS}/{other}");
    let roles = (format!("{page}/roles"), page.as_str(), vec![("role", "admin")]);
    let invited =
        (MEMBERS.to_owned(), MEMBERS, vec![("email", "ada@acme.example"), ("name", "Ada"), ("role", "admin")]);
    for (path, back, fields) in [roles, invited] {
        let late = owner.post_form(&path, &fields).await;
        assert_eq!(late.status, StatusCode::FORBIDDEN, "{path}");
        let page = late.text();
        assert!(page.contains("MFA re-confirmation required for privileged action"), "{page}");
        assert!(page.contains(&format!("/orgs/acme/confirm?next={back}")), "{page}");
        assert!(page.contains(r#"value="admin" checked"#) && !page.contains(r#"value="viewer" checked"#), "{page}");
        for (_, value) in fields.iter().filter(|(name, _)| *name != "role") {
            assert!(page.contains(&format!(r#"value="{value}""#)), "{value}: {page}");
        }
        owner.confirmed_minutes_ago(Some(1)).await;
        assert_eq!(owner.post_form(&path, &fields).await.status, StatusCode::SEE_OTHER, "{path}");
        owner.confirmed_minutes_ago(Some(16)).await;
    }
}

#[tokio::test]
async fn nobody_is_removed_by_a_bare_click() {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let member = app.sign_in_as(&[Role::Viewer]).await;
    let remove = format!("{MEMBERS}/{}/remove", member.member);
    for typed in ["", "Remove", "yes"] {
        let again = owner.post_form(&remove, &[("typed", typed)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(again.text().contains("Type remove to confirm"), "{}", again.text());
    }
    assert_eq!(member.get("/orgs/acme/account").await.status, StatusCode::OK);
    assert_eq!(owner.post_form(&remove, &REMOVED).await.status, StatusCode::SEE_OTHER);
    assert_eq!(member.get("/orgs/acme/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn roles_count_from_the_next_request_on() {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let member = app.sign_in_as(&[Role::Viewer]).await;
    assert_eq!(member.get(MEMBERS).await.status, StatusCode::FORBIDDEN);
    let path = format!("{MEMBERS}/{}/roles", member.member);
    assert_eq!(owner.post_form(&path, &[("role", "compliance_officer")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(member.get(MEMBERS).await.status, StatusCode::OK);
    let same = owner.post_form(&path, &[("role", "compliance_officer")]).await;
    assert!(same.status == StatusCode::CONFLICT && same.text().contains("nothing about this member would change"));
    assert_eq!(owner.post_form(&path, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_admin_manages_everybody_but_owners_and_makes_none() {
    let app = app::start().await;
    let _following = app.follow();
    let admin = app.sign_in_as(&[Role::Admin]).await;
    let owner = app.member_of(&app.acme, &[Role::Owner]).await;
    let viewer = app.member_of(&app.acme, &[Role::Viewer]).await;
    let path = |member, act| format!("{MEMBERS}/{member}/{act}");
    assert_eq!(admin.post_form(&path(&owner, "suspend"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.post_form(&path(&owner, "roles"), &[("role", "viewer")]).await.status, StatusCode::FORBIDDEN);
    for path in [path(&viewer, "roles"), MEMBERS.to_owned()] {
        let refused = admin.post_form(&path, &[("email", "x@acme.example"), ("role", "owner")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("Only an owner makes an owner"), "{}", refused.text());
    }
    assert_eq!(admin.post_form(&path(&viewer, "roles"), &[("role", "admin")]).await.status, StatusCode::SEE_OTHER);
    let officer = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    assert_eq!(officer.post_form(&path(&viewer, "suspend"), &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_organisation_keeps_an_owner() {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let path = |act| format!("{MEMBERS}/{}/{act}", owner.member);
    for (act, fields) in [("roles", vec![("role", "viewer")]), ("suspend", vec![]), ("remove", REMOVED.into())] {
        let refused = owner.post_form(&path(act), &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{act}");
        assert!(refused.text().contains("an organisation keeps at least one owner"), "{}", refused.text());
    }
    let second = app.member_of(&app.acme, &[Role::Owner]).await;
    assert_eq!(owner.post_form(&path("roles"), &[("role", "viewer")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.post_form(&format!("{MEMBERS}/{second}/remove"), &REMOVED).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_at_the_same_moment_one_stays() {
    let app = app::start().await;
    let (one, other) = (app.sign_in_as(&[Role::Owner]).await, app.sign_in_as(&[Role::Owner]).await);
    let paths = [&other, &one].map(|member| format!("{MEMBERS}/{}/remove", member.member));
    let (first, second) = tokio::join!(one.post_form(&paths[0], &REMOVED), other.post_form(&paths[1], &REMOVED));
    let done = [first.status, second.status].iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    // Whoever was removed first may meanwhile have lost their session.
    let open = [one.get("/orgs/acme/account").await.status, other.get("/orgs/acme/account").await.status];
    assert_eq!(open.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{done} {open:?}");
}

#[tokio::test]
async fn whoever_is_suspended_is_out_at_once_and_back_when_reinstated() {
    let app = app::start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let member = app.sign_in_as(&[Role::Viewer]).await;
    let path = |act| format!("{MEMBERS}/{}/{act}", member.member);
    let key = app.personal_key(&app.acme, &member.member, &[Scope::EntriesRead]).await;
    assert_ne!(app.get_with(&key, "/v1/orgs/acme/entries").await.status, StatusCode::UNAUTHORIZED);
    let before = app.size().await;
    let suspended = owner.post_form(&path("suspend"), &[("note", "On leave.")]).await;
    assert_eq!(suspended.status, StatusCode::SEE_OTHER, "{}", suspended.text());
    assert_eq!(app.size().await, before + 3, "the member was suspended, a session ended, a key was taken back");
    assert_eq!(member.get("/orgs/acme/account").await.status, StatusCode::SEE_OTHER);
    let reinstated = owner.post_form(&path("reinstate"), &[]).await;
    assert_eq!(reinstated.status, StatusCode::SEE_OTHER);
    assert_eq!(member.get("/orgs/acme/account").await.status, StatusCode::SEE_OTHER, "the session stays ended");
    let refused = app.get_with(&key, "/v1/orgs/acme/entries").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "so does the key");
    let shown = owner.get(&reinstated.arrives_at()).await.page(200);
    for happened in ["Invited as Viewer", "Joined", "Suspended: On leave.", "Reinstated", "Recorded as"] {
        assert!(shown.contains(happened), "{happened}: {shown}");
    }
    let again = owner.post_form(&path("reinstate"), &[]).await;
    assert!(again.text().contains("this member is not suspended"), "{}", again.text());
    for nobody in ["018f3b7e-0000-7000-8000-00000000dead", "nobody"] {
        let path = format!("{MEMBERS}/{nobody}/suspend");
        assert_eq!(owner.post_form(&path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}
