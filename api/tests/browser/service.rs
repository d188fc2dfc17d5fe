//! The service itself in a browser, and what its letters say to their readers.

use api::config::SmtpUrl;
use api::mail::{Code, Envelope, Invite, Message, MessageId, Recipient, Sender, Transport};
use domain::person::Email;
use ledger::time::Timestamp;
use std::time::Duration;
use store::append::LogId;

use crate::looks;
use crate::mailbox::Mailbox;
use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_on_a_page_that_everybody_can_use() {
    let site = Site::start().await;
    let created =
        site.countersign(&["org", "create", "larkfield", "--name", "Larkfield", "--authority", "l.example.com"]);
    assert!(created.contains("larkfield"), "{created}");
    let browser = site.browser().await;
    browser.go("/nothing/here?at=all").await;
    browser.sees("ask them for a new link").await;
    assert_eq!(browser.heading().await, "There is nothing here for you");
    assert_eq!(browser.path().await, "/nothing/here?at=all");
    looks::holds(&browser, "not-found").await;
    assert!(!site.service_log().contains("panicked"), "{}", site.service_log());
}

#[tokio::test]
async fn letters_arrive_as_their_readers_see_them() {
    let mailbox = Mailbox::open().await;
    let url = SmtpUrl::parse(&mailbox.url()).unwrap();
    let transport = Transport::smtp(&url, "ledger.example.com", Duration::from_secs(20)).unwrap();
    let envelope = |to: &str| Envelope {
        from: Sender::of_authority("ledger.example.com").unwrap(),
        to: Recipient::new(&Email::parse(to).unwrap(), None).unwrap(),
        reply_to: None,
        id: MessageId::of_entry(LogId(uuid::Uuid::nil()), 1, "ledger.example.com"),
        date: Timestamp::parse("2026-11-22T23:00:00.000000Z").unwrap(),
    };
    transport.send(&envelope("other@northgate.example"), &Message::Code(Code::sample())).await.unwrap();
    transport.send(&envelope("ada@northgate.example"), &Message::Invite(Invite::sample())).await.unwrap();
    transport.send(&envelope("ada@northgate.example"), &Message::Code(Code::sample())).await.unwrap();
    let invitation = mailbox.next_for("ada@northgate.example").await;
    assert!(invitation.link().starts_with("https://"), "{}", invitation.link());
    assert!(!invitation.subject.is_empty() && invitation.text.contains(&invitation.link()));
    let code = mailbox.next_for("ada@northgate.example").await.code().expect("a code");
    assert_eq!(code.len(), 8, "{code}");
}
