//! The mail log of an organisation, and the mailbox of the demo.

use api::mail::{About, Delivery, Invite, Mailbox, Message, Recipient, Transport, send_now};
use axum::body::Body;
use axum::http::Method;
use domain::member::Role;
use domain::name::GrantId;
use domain::person::Email;

use crate::app::{Answer, TestApp, open, request, start, start_with};
use crate::forms::beside;

const GRANT: &str = "018f3b7e-0000-4000-8000-000000000007";

impl TestApp {
    async fn mail_an_invite(&self) -> Delivery {
        let to = Recipient::new(&Email::parse("ada@northgate.example").unwrap(), None).unwrap();
        let about = About::Grant(GrantId::parse(GRANT).unwrap());
        send_now(&self.app, &self.acme, &Message::Invite(Invite::sample()), &to, &about).await
    }

    async fn look_at(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, None).body(Body::empty()).unwrap()).await
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

// rows: S5-90
#[tokio::test]
async fn the_mail_log_says_that_mail_was_skipped_and_what_to_do() {
    let app = start_with(|parts| parts.mail = Transport::Off).await;
    assert_eq!(app.mail_an_invite().await, Delivery::Skipped);
    let page = app.sign_in_as(&[Role::Owner]).await.get("/orgs/acme/mails").await;
    assert_eq!(page.status, 200);
    let page = text(&page);
    for expected in ["Invitation of an auditor", "Skipped", "No mailer is configured", "smtp_url", GRANT] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(!page.contains("northgate"), "no address is kept");
}

#[tokio::test]
async fn the_mail_log_is_filtered_by_what_became_of_mail() {
    let app = start().await;
    assert_eq!(app.mail_an_invite().await, Delivery::Sent);
    let owner = app.sign_in_as(&[Role::Owner]).await;
    for (state, is_there) in [("", true), ("all", true), ("sent", true), ("waiting", false), ("failed", false)] {
        let page = text(&owner.get(&format!("/orgs/acme/mails?state={state}")).await);
        assert_eq!(page.contains(GRANT), is_there, "{state}");
    }
    assert_eq!(owner.get("/orgs/acme/mails?state=unknown").await.status, 404);
    assert_eq!(owner.get("/orgs/acme/mails?before=1.x").await.status, 404);
}

#[tokio::test]
async fn the_mail_log_goes_on_where_its_page_ended() {
    let app = start().await;
    for _ in 0..51 {
        assert_eq!(app.mail_an_invite().await, Delivery::Sent);
    }
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let first = text(&owner.get("/orgs/acme/mails").await);
    assert_eq!(first.matches(GRANT).count(), 50);
    let behind = first.split("href=\"").find(|part| part.contains("before=")).unwrap();
    let behind = behind.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    assert_eq!(text(&owner.get(&behind).await).matches(GRANT).count(), 1);
}

#[tokio::test]
async fn the_mail_log_is_paged_back_as_it_was_paged_on() {
    let app = start().await;
    for _ in 0..101 {
        assert_eq!(app.mail_an_invite().await, Delivery::Sent);
    }
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let first = "/orgs/acme/mails?state=sent".to_owned();
    let page = async |address: &str| text(&owner.get(address).await);
    let second = beside(&page(&first).await, "next").unwrap();
    let third = beside(&page(&second).await, "next").unwrap();
    assert_eq!(page(&third).await.matches(GRANT).count(), 1);
    assert_eq!(beside(&page(&third).await, "prev"), Some(second.clone()));
    assert_eq!(beside(&page(&second).await, "prev"), Some(first.clone()));
    assert_eq!(beside(&page(&first).await, "prev"), None);
}

#[tokio::test]
async fn the_mail_log_is_for_those_who_may_read_it_and_of_their_own_organisation() {
    let app = start().await;
    assert_eq!(app.mail_an_invite().await, Delivery::Sent);
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    assert_eq!(viewer.get("/orgs/acme/mails").await.status, 403);
    let other = open(&app.app, "other").await;
    let owner = app.sign_in_to(&other, &[Role::Owner]).await;
    let page = text(&owner.get("/orgs/other/mails").await);
    assert!(page.contains("No mail yet") && !page.contains(GRANT), "{page}");
}

#[tokio::test]
async fn the_mailbox_of_the_demo_shows_letters_as_their_readers_see_them() {
    let app = start_with(|parts| parts.mail = Transport::Kept(Mailbox::default())).await;
    assert!(text(&app.look_at("/demo/mailbox").await).contains("No mail yet"));
    assert_eq!(app.mail_an_invite().await, Delivery::Sent);
    let list = text(&app.look_at("/demo/mailbox").await);
    assert!(list.contains("ada@northgate.example"), "{list}");
    let href = list.split("href=\"").find(|part| part.starts_with("/demo/mailbox/")).unwrap();
    let href = href.split('"').next().unwrap();
    let page = app.look_at(href).await;
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));
    assert!(text(&page).contains(&format!("src=\"{href}/letter\"")), "{}", text(&page));
    let letter = app.look_at(&format!("{href}/letter")).await;
    assert!(letter.header("content-security-policy").starts_with("default-src 'none'; style-src 'unsafe-inline'"));
    assert!(text(&letter).contains("<base target=\"_top\">"), "{}", text(&letter));
    assert_eq!(app.look_at("/demo/mailbox/other").await.status, 404);
}

#[tokio::test]
async fn where_mail_goes_out_there_is_no_mailbox() {
    let app = start_with(|parts| parts.mail = Transport::Off).await;
    assert_eq!(app.look_at("/demo/mailbox").await.status, 404);
}
