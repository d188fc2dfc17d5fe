//! A log with one entry of most kinds that another system has a name for.

use domain::access_grant::{
    AcceptTerms, AccessGrant, Bundle, Command, DurationLimits, Grant, InvitePermission, NewExtent, RoleTitle, Scope,
};
use domain::activity::{ActivityEvent, File, Opening, Refusal};
use domain::context::Ctx;
use domain::credential::{Act, CredentialEvent, CredentialRefusal, Method};
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::member::{self, Invite, Member, Role, Roles};
use domain::name::{GrantId, PersonId, SessionPrefix, Sha256};
use domain::organisation::{self, Organisation, Preset};
use domain::person::{Email, Firm, PersonName, UserAgent};
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::{Personal, Recorded, Subject, Timestamp};
use serde_json::Value;
use store::execute::execute;
use store::recording::record;

use crate::app::{TestApp, start};

pub(crate) const OWNER: &str = "018f3b7e-0000-7000-8000-000000000001";
pub(crate) const AUDITOR: &str = "018f3b7e-0000-7000-8000-000000000002";
pub(crate) const INVITE: &str = "018f3b7e-0000-7000-8000-00000000b001";
pub(crate) const SECURITY: &str = "018f3b7e-0000-7000-8000-00000000b002";
pub(crate) const SESSION: &str = "4f1c09aa";
pub(crate) const FILE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
pub(crate) const DAY: i64 = 86_400_000_000;

/// What happened at which place of the log of [`story`].
pub(crate) mod at {
    pub(crate) const MEMBER: u64 = 1;
    pub(crate) const INVITED: u64 = 2;
    pub(crate) const TRIED: u64 = 3;
    pub(crate) const ACCEPTED: u64 = 4;
    pub(crate) const STARTED: u64 = 5;
    pub(crate) const TERMS: u64 = 6;
    pub(crate) const VIEWED: u64 = 7;
    pub(crate) const DOWNLOADED: u64 = 8;
    pub(crate) const AGAIN: u64 = 9;
    pub(crate) const WIDENED: u64 = 10;
    pub(crate) const LOGOUT: u64 = 11;
    pub(crate) const REVOKED: u64 = 12;
    pub(crate) const SECURITY: u64 = 13;
    pub(crate) const EXPIRED: u64 = 14;
    pub(crate) const WRONG_CODE: u64 = 15;
    pub(crate) const POLICY: u64 = 16;
}

pub(crate) struct Story {
    pub(crate) app: TestApp,
    pub(crate) now: Timestamp,
}

/// An owner invites an auditor, who comes twice, reads and leaves; the owner gives more, then takes all of it back.
pub(crate) async fn story() -> Story {
    let story = Story { app: start().await, now: store::clock::now() };
    story.member().await;
    story.invite().await;
    story.visits().await;
    story.ends().await;
    story
}

impl Story {
    async fn member(&self) {
        let invite = Invite {
            member: person(OWNER),
            email: email("olga@acme.example"),
            name: None,
            roles: Roles::new([Role::Owner]).unwrap(),
            email_hash: None,
            token_sha256: None,
        };
        let (ledger, ctx) = (self.app.app.ledger(), self.ctx(&actor(ActorType::System, "cli")));
        let command = member::Command::Invite(invite);
        execute::<Member>(ledger, self.app.acme.log, &ctx, OWNER, command, None).await.unwrap();
    }

    async fn invite(&self) {
        let scope = Scope::of_permissions([InvitePermission::ViewControls, InvitePermission::ViewEvidence]).unwrap();
        self.grant(INVITE, scope).await;
    }

    async fn visits(&self) {
        let grant = grant(INVITE);
        let refused = ActivityEvent::AcceptAttempted {
            grant: Some(grant.clone()),
            email_hash: None,
            outcome: Err(Refusal::CodeWrong),
        };
        self.acts(refused).await;
        let accept = Command::Accept { token_sha256: Some(token()) };
        self.command(&self.ctx(&auditor()), INVITE, accept.clone()).await;
        let session = SessionPrefix::parse(SESSION).unwrap();
        let opened_by = Opening::EmailCode;
        self.acts(ActivityEvent::SessionStarted { grant: grant.clone(), session: session.clone(), opened_by }).await;
        let terms = AcceptTerms {
            version: 1.try_into().unwrap(),
            text_sha256: Sha256::parse(FILE).unwrap(),
            signed_name: PersonName::parse("Ada Prüfer").unwrap(),
        };
        self.command(&self.ctx(&auditor()), INVITE, Command::AcceptTerms(terms)).await;
        let control = Subject::parse("record/controls/AC-1").unwrap();
        self.acts(ActivityEvent::RecordViewed { grant: grant.clone(), record: control, outcome: Ok(()) }).await;
        let evidence = Subject::parse("evidence/018f3b7e-0000-7000-8000-00000000e001").unwrap();
        let file = File { bytes: 4, sha256: Sha256::parse(FILE).unwrap() };
        self.acts(ActivityEvent::EvidenceDownloaded { grant: grant.clone(), evidence, outcome: Ok(file) }).await;
        self.command(&self.ctx(&auditor()), INVITE, accept).await;
        let all = Scope::of_permissions(InvitePermission::ALL.iter().copied()).unwrap();
        let wider = NewExtent {
            scope: all,
            expires_at: self.in_days(30),
            limits: DurationLimits::PLATFORM,
            policy_allows: true,
        };
        self.command(&self.ctx(&owner()), INVITE, Command::Change(wider)).await;
        self.acts(ActivityEvent::SessionLogout { grant, session }).await;
    }

    async fn ends(&self) {
        self.command(&self.ctx(&owner()), INVITE, Command::Revoke { note: None, sessions_ended: 2 }).await;
        self.grant(SECURITY, Scope::of_bundle(Bundle::Security).unwrap()).await;
        let later = Ctx::of(actor(ActorType::System, "expiry"), self.in_days(31));
        let expire = Command::Expire { sessions_ended: 0 };
        self.command(&later, SECURITY, expire).await;
        let act = Act::SignedIn { method: Method::PasswordTotp, outcome: Err(CredentialRefusal::WrongCode) };
        let wrong = CredentialEvent::of(&person(OWNER), act);
        let stream = wrong.stream();
        self.record(&self.ctx(&owner()), &stream, &wrong).await;
        let policy =
            organisation::Command::ChangePolicy { preset: Preset::StrictToken, policy: Preset::StrictToken.policy() };
        let (ledger, log) = (self.app.app.ledger(), self.app.acme.log);
        execute::<Organisation>(ledger, log, &self.ctx(&owner()), &log.to_string(), policy, None).await.unwrap();
    }

    async fn grant(&self, id: &str, scope: Scope) {
        let invitation = Invitation {
            delivery: Delivery::Email,
            link_reuse: LinkReuse::Reusable,
            second_factor: SecondFactor::EmailCode,
            token_sha256: token(),
        };
        let address = email("ada@auditors.example");
        let mut conn = self.app.app.ledger().reader().acquire().await.unwrap();
        let hash = store::vault::email_hash(&mut conn, self.app.acme.log, AUDITOR, &address).await.unwrap();
        let grant = Grant {
            person: person(AUDITOR),
            email: address,
            email_hash: Some(hash),
            name: None,
            firm: Firm::parse("Prüfer & Partner").unwrap(),
            role_title: Some(RoleTitle::Lead),
            scope,
            expires_at: self.in_days(30),
            limits: DurationLimits::PLATFORM,
            invitation: Some(invitation),
            regrant_of: None,
        };
        self.command(&self.ctx(&owner()), id, Command::Grant(grant)).await;
    }

    /// Of a grant.
    async fn command(&self, ctx: &Ctx, id: &str, command: Command) {
        execute::<AccessGrant>(self.app.app.ledger(), self.app.acme.log, ctx, id, command, None).await.unwrap();
    }

    async fn acts(&self, event: ActivityEvent) {
        let stream = event.stream();
        self.record(&self.ctx(&auditor()), &stream, &event).await;
    }

    async fn record<E: Recorded>(&self, ctx: &Ctx, stream: &Subject, event: &E) {
        record(self.app.app.ledger(), self.app.acme.log, ctx, stream, event, None).await.unwrap();
    }

    fn ctx(&self, actor: &Actor) -> Ctx {
        let mut ctx = Ctx::of(actor.clone(), self.now);
        ctx.request_id = Some("req-1".to_owned());
        if actor.kind == ActorType::Auditor {
            ctx.session = Some(SessionPrefix::parse(SESSION).unwrap());
            ctx.ip = Some(Personal::Known("192.0.2.7".parse().unwrap()));
            ctx.user_agent = Some(Personal::Known(UserAgent::new("Firefox").unwrap()));
        }
        ctx
    }

    pub(crate) fn in_days(&self, days: i64) -> Timestamp {
        Timestamp::from_micros(self.now.as_micros() + days * DAY).unwrap()
    }

    pub(crate) async fn shaped(&self, shape: &str, index: u64) -> Value {
        self.app.get(&format!("/v1/orgs/acme/entries/{index}?shape={shape}")).await.json()
    }
}

fn owner() -> Actor {
    Actor { role: Some("owner".to_owned()), ..actor(ActorType::User, OWNER) }
}

fn auditor() -> Actor {
    actor(ActorType::Auditor, AUDITOR)
}

fn actor(kind: ActorType, id: &str) -> Actor {
    Actor { kind, id: id.to_owned(), role: None }
}

fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

fn grant(id: &str) -> GrantId {
    GrantId::parse(id).unwrap()
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn token() -> Sha256 {
    Sha256::parse(&"7".repeat(64)).unwrap()
}
