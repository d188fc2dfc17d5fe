//! Mail that follows from the log: written when it is sent, tried again, sent once.

use std::time::Duration;

use ledger::vocabulary::ActorType;
use projections::reactor::Reactor as _;
use rstest::rstest;
use store::entries;

use super::mime::{Part, header};
use super::server::{Does, heard, serve};
use super::site::{Site, smtp};
use super::story::{Story, ctx};
use super::*;
use crate::jobs::outbox::send_due;

const PATIENT: Duration = Duration::from_secs(30);
const IMPATIENT: Duration = Duration::from_millis(150);
const TERMS: &str = "1. You see records of ACME.\n\n2. What you do is recorded.\n";

/// Lets the outbox react to the whole log, as the runner does, and as it does again after a crash.
async fn react(site: &Site) {
    let outbox = Outbox::new(site.app.ledger(), "ledger.example.com");
    let entries = entries::range(site.app.ledger().reader(), site.acme.log, 0, 1000).await.unwrap();
    outbox.react(site.acme.log, &entries).await.unwrap();
}

fn after(minutes: i64) -> Timestamp {
    Timestamp::from_micros(store::clock::now().as_micros() + minutes * 60_000_000).unwrap()
}

/// Sends all that is due, and returns what is in the mailbox, oldest first.
async fn letters(site: &Site, mailbox: &Mailbox) -> Vec<std::sync::Arc<Kept>> {
    react(site).await;
    while send_due(&site.app, after(0)).await.unwrap() > 0 {}
    let mut kept = mailbox.messages();
    kept.reverse();
    kept
}

fn state(kind: &str, state: &str, reason: Option<&str>, attempts: i32, is_due: bool) -> super::site::Row {
    let recipient = if kind == "expired" { "granter" } else { "auditor" };
    (kind.into(), recipient.into(), state.into(), reason.map(Into::into), attempts, is_due)
}

#[tokio::test]
async fn whoever_accepts_terms_gets_a_copy_that_the_log_certifies() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    let accepted = Story::granted(&site, 30).await.accept_terms(TERMS).await;
    let kept = letters(&site, &mailbox).await;
    assert_eq!(kept.iter().map(|kept| kept.kind).collect::<Vec<_>>(), ["terms_copy"]);
    assert_eq!(kept[0].to, "Ada Hallström <ada@northgate.example>");
    let letter = &kept[0].letter;
    assert_eq!(letter.attachment.as_ref().unwrap().text, TERMS);
    let entry = accepted.entries.last().unwrap();
    assert!(letter.text.contains(&entry.hash.to_string()), "{}", letter.text);
    let id = MessageId::of_entry(site.acme.log, entry.index, "ledger.example.com");
    assert_eq!(kept[0].id, id.as_str(), "the same each time it is tried");
}

#[tokio::test]
async fn whoever_loses_access_is_told_and_why_in_the_words_of_whoever_revoked() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    Story::granted(&site, 30).await.revoke().await;
    let kept = letters(&site, &mailbox).await;
    assert_eq!(kept.iter().map(|kept| kept.kind).collect::<Vec<_>>(), ["revoked"]);
    assert_eq!(kept[0].to, "Ada Hallström <ada@northgate.example>");
    assert!(kept[0].letter.text.contains("The fieldwork is complete."), "{}", kept[0].letter.text);
}

// rows: S5-21, S5-76, C19
#[tokio::test]
async fn whoever_gave_access_that_ran_out_gets_the_link_that_gives_it_again() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    let story = Story::granted(&site, -1).await;
    story.expire().await;
    let kept = letters(&site, &mailbox).await;
    assert_eq!(kept.iter().map(|kept| kept.kind).collect::<Vec<_>>(), ["expired"]);
    assert_eq!(kept[0].to, "Mara Quist <mara@acme.example>");
    let link = format!("https://ledger.example.com/orgs/acme/grants/new?regrant={}", story.grant);
    assert!(kept[0].letter.text.contains(&link), "{}", kept[0].letter.text);
    assert_eq!(site.mails().await, [state("expired", "sent", None, 1, false)]);
}

#[tokio::test]
async fn an_entry_that_is_reacted_to_again_sends_nothing_again() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    Story::granted(&site, 30).await.revoke().await;
    assert_eq!(letters(&site, &mailbox).await.len(), 1);
    assert_eq!(letters(&site, &mailbox).await.len(), 1);
}

#[tokio::test]
async fn two_replicas_send_a_mail_once() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    let replica = site.replica(Transport::Kept(mailbox.clone())).await;
    for _ in 0..5 {
        Story::granted(&site, 30).await.revoke().await;
    }
    react(&site).await;
    let now = after(0);
    for _ in 0..3 {
        let (one, other) = tokio::join!(send_due(&site.app, now), send_due(&replica, now));
        one.unwrap();
        other.unwrap();
    }
    assert_eq!(mailbox.messages().len(), 5);
    assert_eq!(site.mails().await, vec![state("revoked", "sent", None, 1, false); 5]);
}

#[rstest]
#[case(Does::AnswerRecipient(451), "deferred", Some("451"))]
#[case(Does::AnswerConnection(421), "deferred", Some("421"))]
#[case(Does::Drop, "unreachable", Some("broke_off"))]
#[case(Does::Hang, "timed_out", None)]
#[tokio::test]
async fn what_did_not_go_out_is_tried_again(#[case] does: Does, #[case] named: &str, #[case] reason: Option<&str>) {
    let (port, server) = serve(does).await;
    let limit = if does == Does::Hang { IMPATIENT } else { PATIENT };
    let site = Site::start(smtp(port, limit)).await;
    Story::granted(&site, 30).await.revoke().await;
    react(&site).await;
    assert_eq!(send_due(&site.app, after(0)).await.unwrap(), 1);
    drop(heard(server).await);
    assert_eq!(site.mails().await, [state("revoked", named, reason, 1, true)]);
    assert_eq!(send_due(&site.app, after(0)).await.unwrap(), 0, "not before its time");
    let (port, server) = serve(Does::Accept).await;
    let replica = site.replica(smtp(port, PATIENT)).await;
    assert_eq!(send_due(&replica, after(2)).await.unwrap(), 1);
    let mail = Part::parse(&heard(server).await.message.unwrap());
    assert!(header(&mail, "Message-ID").ends_with(&format!(".{}@ledger.example.com>", site.acme.log)));
    assert_eq!(site.mails().await, [state("revoked", "sent", None, 2, false)]);
    assert_eq!(send_due(&replica, after(10_000)).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_server_refuses_for_good_is_not_tried_again() {
    let (port, server) = serve(Does::AnswerRecipient(550)).await;
    let site = Site::start(smtp(port, PATIENT)).await;
    Story::granted(&site, 30).await.revoke().await;
    react(&site).await;
    assert_eq!(send_due(&site.app, after(0)).await.unwrap(), 1);
    drop(heard(server).await);
    assert_eq!(site.mails().await, [state("revoked", "refused", Some("550"), 1, false)]);
}

#[tokio::test]
async fn after_three_days_a_mail_is_given_up() {
    let (port, server) = serve(Does::AnswerMessage(452)).await;
    let site = Site::start(smtp(port, PATIENT)).await;
    Story::granted(&site, 30).await.revoke().await;
    react(&site).await;
    assert_eq!(send_due(&site.app, after(3 * 24 * 60)).await.unwrap(), 1);
    drop(heard(server).await);
    assert_eq!(site.mails().await, [state("revoked", "given_up", Some("452"), 1, false)]);
}

// rows: S5-90
#[tokio::test]
async fn without_a_mailer_a_letter_of_the_outbox_is_skipped() {
    let site = Site::start(Transport::Off).await;
    Story::granted(&site, 30).await.revoke().await;
    react(&site).await;
    assert_eq!(send_due(&site.app, after(0)).await.unwrap(), 1);
    assert_eq!(site.mails().await, [state("revoked", "skipped", None, 1, false)]);
}

#[tokio::test]
async fn whoever_was_erased_gets_no_letter() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    let story = Story::granted(&site, 30).await;
    story.revoke().await;
    react(&site).await;
    story.erase(&story.auditor).await;
    assert!(letters(&site, &mailbox).await.is_empty());
    assert_eq!(site.mails().await, [state("revoked", "given_up", Some("erased"), 1, false)]);
}

#[tokio::test]
async fn a_granter_who_works_here_no_longer_gets_no_letter() {
    let mailbox = Mailbox::default();
    let site = Site::start(Transport::Kept(mailbox.clone())).await;
    let story = Story::granted(&site, -1).await;
    story.expire().await;
    let stop = domain::member::Stop { note: None, sessions_ended: 0, other_owners: 1 };
    let ctx = ctx(ActorType::User, &story.owner);
    story.member(&ctx, domain::member::Command::Remove(stop)).await;
    assert!(letters(&site, &mailbox).await.is_empty());
    assert_eq!(site.mails().await, [state("expired", "given_up", Some("no_recipient"), 1, false)]);
}
