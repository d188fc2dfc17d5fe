//! Mail that is sent within a request: what the mail log holds of it, and what the caller hears.

use std::time::Duration;

use domain::name::GrantId;
use rstest::rstest;

use super::mime::{Part, header};
use super::server::{Does, heard, serve};
use super::site::{Site, smtp};
use super::*;

const PATIENT: Duration = Duration::from_secs(30);
const IMPATIENT: Duration = Duration::from_millis(150);
const GRANT: &str = "018f3b7e-0000-4000-8000-000000000007";

fn about() -> About {
    About::Grant(GrantId::parse(GRANT).unwrap())
}

async fn delivered(site: &Site) -> Delivery {
    let message = Message::Invite(Invite::sample());
    send_now(&site.app, &site.acme, &message, &recipient("Ada Hallström"), &about()).await
}

// rows: S1-33
#[tokio::test]
async fn a_mail_that_went_out_is_in_the_mail_log_without_its_text_or_address() {
    let (port, server) = serve(Does::Accept).await;
    let site = Site::start(smtp(port, PATIENT)).await;
    let delivery = delivered(&site).await;
    assert_eq!((delivery, delivery.email_sent(), delivery.state()), (Delivery::Sent, true, "sent"));
    let heard = heard(server).await;
    assert_eq!(heard.commands[1], "MAIL FROM:<compliance@ledger.example.com>");
    let row: String =
        sqlx::query_scalar("select m::text from access.mails m").fetch_one(&site.pool().await).await.unwrap();
    let mail = Part::parse(&heard.message.unwrap());
    assert!(row.contains(header(&mail, "Message-ID")), "{row}");
    assert!(row.contains(GRANT), "{row}");
    for secret in ["northgate", "Hallström", "0a1b2c3d"] {
        assert!(!row.contains(secret), "{row} holds {secret}");
    }
    let expected = ("invite".into(), "auditor".into(), "sent".into(), None, 1, false);
    assert_eq!(site.mails().await, [expected]);
}

// rows: S5-90
#[rstest]
#[case(Does::AnswerRecipient(550), "refused", Some("550"))]
#[case(Does::AnswerMessage(452), "deferred", Some("452"))]
#[case(Does::AnswerConnection(554), "unreachable", Some("turned_away_554"))]
#[case(Does::Drop, "unreachable", Some("broke_off"))]
#[case(Does::Hang, "timed_out", None)]
#[tokio::test]
async fn a_failure_is_a_value_and_nobody_tries_again(
    #[case] does: Does,
    #[case] state: &str,
    #[case] reason: Option<&str>,
) {
    let (port, server) = serve(does).await;
    let limit = if does == Does::Hang { IMPATIENT } else { PATIENT };
    let site = Site::start(smtp(port, limit)).await;
    let delivery = delivered(&site).await;
    assert_eq!((delivery.email_sent(), delivery.state()), (false, state));
    let expected = ("invite".into(), "auditor".into(), state.into(), reason.map(Into::into), 1, false);
    assert_eq!(site.mails().await, [expected]);
    drop(heard(server).await);
}

// rows: S5-90
#[tokio::test]
async fn without_a_mailer_a_mail_is_skipped_and_recorded_as_such() {
    let site = Site::start(Transport::Off).await;
    let delivery = delivered(&site).await;
    assert_eq!((delivery, delivery.email_sent(), delivery.state()), (Delivery::Skipped, false, "skipped"));
    let expected = ("invite".into(), "auditor".into(), "skipped".into(), None, 1, false);
    assert_eq!(site.mails().await, [expected]);
}

#[tokio::test]
async fn a_mail_is_recorded_before_it_is_tried() {
    let (port, server) = serve(Does::Hang).await;
    let site = Site::start(smtp(port, PATIENT)).await;
    let (app, acme) = (site.app.clone(), site.acme.clone());
    let sending = tokio::spawn(async move {
        send_now(&app, &acme, &Message::Code(Code::sample()), &recipient("Ada"), &about()).await
    });
    let expected = [("code".into(), "auditor".into(), "recorded".into(), None, 1, false)];
    let deadline = tokio::time::Instant::now() + PATIENT;
    while site.mails().await != expected {
        assert!(tokio::time::Instant::now() < deadline, "it is not recorded");
    }
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    drop(heard(server).await);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_sent() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    site.app.requests().close().await;
    let delivery = delivered(&site).await;
    assert_eq!((delivery, delivery.email_sent()), (Delivery::NotRecorded, false));
    assert!(mailbox.messages().is_empty());
}
