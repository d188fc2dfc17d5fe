//! The auditor's way in, as auditors, mail scanners and thieves come.

mod browser;
mod code;
mod link;
mod session;
mod terms;

use api::access::grant_token::{self, Token};
use api::mail::{Kept, Transport};
use domain::access_grant::{AccessGrant, Command, DurationLimits, Grant, Level, Scope};
use domain::context::Ctx;
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::name::{GrantId, PersonId};
use domain::person::{Email, Firm, PersonName};
use ledger::entry::{Actor, ActorType, Entry};
use ledger::vocabulary::Timestamp;
use std::sync::Arc;
use store::execute::execute;
use store::logs::LogInfo;
use store::vault;
use uuid::Uuid;

use self::browser::Browser;
use crate::app::TestApp;

const DAY: i64 = 86_400_000_000;

/// Access that was given, with the link that opens it.
pub(crate) struct Given {
    pub(crate) grant: GrantId,
    pub(crate) token: Token,
}

/// How access is given.
pub(crate) struct Giving {
    pub(crate) email: &'static str,
    pub(crate) delivery: Delivery,
    pub(crate) link_reuse: LinkReuse,
    pub(crate) second_factor: SecondFactor,
    /// When, in days from now.
    pub(crate) day: i64,
}

pub(crate) const PLAIN: Giving = Giving {
    email: "Ada@auditors.example",
    delivery: Delivery::Email,
    link_reuse: LinkReuse::Reusable,
    second_factor: SecondFactor::None,
    day: 0,
};
pub(crate) const WITH_CODE: Giving = Giving { second_factor: SecondFactor::EmailCode, ..PLAIN };

impl Given {
    pub(crate) fn path(&self) -> String {
        format!("/auditor/{}", self.token.reveal())
    }
}

/// Gives somebody access to evidence for two days.
pub(crate) async fn give(app: &TestApp, giving: Giving) -> Given {
    give_in(app, &app.acme, giving).await
}

pub(crate) async fn give_in(app: &TestApp, log: &LogInfo, giving: Giving) -> Given {
    let (token, email) = (Token::random(), Email::parse(giving.email).unwrap());
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
    let mut tx = app.app.db(log.log).await.unwrap();
    grant_token::put(&mut tx, app.app.access_secret(), log.log, &grant, &token.sha256(), &email).await.unwrap();
    tx.commit().await.unwrap();
    let now = Timestamp::from_micros(store::clock::now().as_micros() + giving.day * DAY).unwrap();
    let person = PersonId::parse(&Uuid::new_v4().to_string()).unwrap();
    let mut conn = app.app.ledger().reader().acquire().await.unwrap();
    let email_hash = vault::email_hash(&mut conn, log.log, person.as_str(), &email).await.unwrap();
    let command = Command::Grant(Grant {
        person,
        email,
        email_hash: Some(email_hash),
        name: Some(PersonName::parse("Ada Prüfer").unwrap()),
        firm: Firm::parse("Prüfer & Töchter").unwrap(),
        role_title: None,
        scope: Scope::of_level(Level::ReadOnly, []).unwrap(),
        expires_at: Timestamp::from_micros(now.as_micros() + 2 * DAY).unwrap(),
        limits: DurationLimits::PLATFORM,
        invitation: Some(Invitation {
            delivery: giving.delivery,
            link_reuse: giving.link_reuse,
            second_factor: giving.second_factor,
            token_sha256: token.sha256(),
        }),
        regrant_of: None,
    });
    let ctx = Ctx::of(owner(), now);
    execute::<AccessGrant>(app.app.ledger(), log.log, &ctx, grant.as_str(), command, None).await.unwrap();
    Given { grant, token }
}

/// A command on a grant, by its owner.
pub(crate) async fn command(app: &TestApp, grant: &GrantId, command: Command) {
    let ctx = Ctx::of(owner(), store::clock::now());
    execute::<AccessGrant>(app.app.ledger(), app.acme.log, &ctx, grant.as_str(), command, None).await.unwrap();
}

pub(crate) async fn revoke(app: &TestApp, grant: &GrantId) {
    command(app, grant, Command::Revoke { note: None, sessions_ended: 0 }).await;
}

fn owner() -> Actor {
    Actor { kind: ActorType::User, id: Uuid::new_v4().to_string(), role: Some("owner".to_owned()) }
}

/// Somebody who has opened a link, and accepted the terms.
pub(crate) async fn signed_in(app: &TestApp, given: &Given) -> Browser {
    let mut browser = Browser::new();
    assert_eq!(browser.post(app, &given.path(), &[]).await.header("location"), "/auditor/toe");
    terms::accept(app, &mut browser).await;
    browser
}

/// The messages that went out, newest first.
pub(crate) fn mails(app: &TestApp) -> Vec<Arc<Kept>> {
    let Transport::Kept(mailbox) = app.app.mail() else { panic!("mail is kept in tests") };
    mailbox.messages()
}

/// The entries of a log from one on, parsed.
pub(crate) async fn entries(app: &TestApp, log: &LogInfo, from: usize) -> Vec<Entry> {
    let entries = store::entries::range(app.app.ledger().reader(), log.log, from as u64, 10_000).await.unwrap();
    entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap()).collect()
}

/// Type and reason of each of acme's entries from one on.
pub(crate) async fn acts(app: &TestApp, from: usize) -> Vec<(String, Option<String>)> {
    let entries = entries(app, &app.acme, from).await;
    let act = |entry: &Entry| (entry.event_type.as_str().to_owned(), entry.outcome.reason().map(str::to_owned));
    entries.iter().map(act).collect()
}

/// Waits until what goes on beside the answers is done.
pub(crate) async fn settled(app: &TestApp) {
    while !app.app.tasks().is_empty() {
        tokio::task::yield_now().await;
    }
}
