//! Access that was given, until the acts of members give it in these tests.

use api::access::grant_token::{self, Token};
use api::app::App;
use domain::access_grant::{AccessGrant, Command, DurationLimits, Grant, Level, Scope};
use domain::context::Ctx;
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::name::{GrantId, PersonId};
use domain::person::{Email, Firm, PersonName};
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::Timestamp;
use store::execute::execute;
use store::logs::LogInfo;
use store::vault;
use uuid::Uuid;

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
    give_in(&app.app, &app.acme, giving).await
}

pub(crate) async fn give_in(app: &App, log: &LogInfo, giving: Giving) -> Given {
    let (token, email) = (Token::random(), Email::parse(giving.email).unwrap());
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
    let mut tx = app.db(log.log).await.unwrap();
    grant_token::put(&mut tx, app.access_secret(), log.log, &grant, &token.sha256(), &email).await.unwrap();
    tx.commit().await.unwrap();
    let now = Timestamp::from_micros(store::clock::now().as_micros() + giving.day * DAY).unwrap();
    let person = PersonId::parse(&Uuid::new_v4().to_string()).unwrap();
    let mut conn = app.ledger().reader().acquire().await.unwrap();
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
    execute::<AccessGrant>(app.ledger(), log.log, &ctx, grant.as_str(), command, None).await.unwrap();
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

pub(crate) fn owner() -> Actor {
    Actor { kind: ActorType::User, id: Uuid::new_v4().to_string(), role: Some("owner".to_owned()) }
}
