//! The two transports without a server.

use super::*;

#[tokio::test]
async fn without_a_mailer_mail_is_skipped_and_says_so() {
    let transport = Transport::of(None, "ledger.example.com").unwrap();
    let sent = transport.send(&envelope(), &Message::Code(Code::sample())).await.unwrap();
    assert_eq!((sent.email_sent(), sent.state()), (false, "skipped"));
}

#[tokio::test]
async fn what_is_kept_can_be_looked_at_newest_first() {
    let mailbox = Mailbox::default();
    let transport = Transport::Kept(mailbox.clone());
    for message in [Message::Code(Code::sample()), Message::Revoked(Revoked::sample())] {
        let sent = transport.send(&envelope(), &message).await.unwrap();
        assert_eq!((sent.email_sent(), sent.state()), (true, "sent"));
    }
    let kept = mailbox.messages();
    assert_eq!(kept.iter().map(|kept| kept.kind).collect::<Vec<_>>(), ["revoked", "code"]);
    assert_eq!(kept[1].to, "Ada Hallström <ada@northgate.example>");
    assert_eq!(kept[1].id, envelope().id.as_str());
    assert!(kept[1].letter == Message::Code(Code::sample()).rendered());
    assert_eq!(format!("{transport:?} {:?}", kept[0]), "Kept(Mailbox(..)) Kept(..)");
}

#[tokio::test]
async fn the_oldest_make_room() {
    let mailbox = Mailbox::default();
    let transport = Transport::Kept(mailbox.clone());
    for index in 0..103 {
        let id = MessageId::of_entry(log(), index, "localhost");
        transport.send(&Envelope { id, ..envelope() }, &Message::Code(Code::sample())).await.unwrap();
    }
    let kept = mailbox.messages();
    assert_eq!(kept.len(), 100);
    assert!(kept[0].id.starts_with("<102.") && kept[99].id.starts_with("<3."));
}
