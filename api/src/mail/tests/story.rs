//! What happens in an organisation, as far as letters follow from it.

use domain::access_grant::{AcceptTerms, AccessGrant, Bundle, Command, DurationLimits, Grant, Scope, expiry};
use domain::context::Ctx;
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::member::{self, Invite, Member, Role, Roles};
use domain::name::{GrantId, OrganisationId, PersonId, Sha256};
use domain::organisation::{self, Organisation, TermsText};
use domain::person::{Email, Firm, PersonName};
use ledger::vocabulary::{Actor, ActorType};
use sha2::Digest as _;
use store::append::Appended;
use store::execute::execute;
use store::vault;
use uuid::Uuid;

use super::site::Site;

/// One grant and the people around it.
pub(super) struct Story<'a> {
    site: &'a Site,
    pub(super) owner: PersonId,
    pub(super) auditor: PersonId,
    pub(super) grant: GrantId,
}

impl<'a> Story<'a> {
    /// An owner has given access that ends so many days from now; a number below none is in the past.
    pub(super) async fn granted(site: &'a Site, days: i64) -> Story<'a> {
        let person = || PersonId::parse(&Uuid::new_v4().to_string()).unwrap();
        let grant = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
        let story = Self { site, owner: person(), auditor: person(), grant };
        story.invite_owner().await;
        let begun = ledger::time::Timestamp::from_micros(
            store::clock::now().as_micros() + (days - 30) * 24 * 60 * 60 * 1_000_000,
        );
        let ctx = Ctx { now: begun.unwrap(), ..ctx(ActorType::User, &story.owner) };
        story
            .grant(
                &ctx,
                Command::Grant(Grant {
                    person: story.auditor.clone(),
                    email: Email::parse("ada@northgate.example").unwrap(),
                    email_hash: None,
                    name: Some(PersonName::parse("Ada Hallström").unwrap()),
                    firm: Firm::parse("Northgate Assurance").unwrap(),
                    role_title: None,
                    scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
                    expires_at: expiry::after_days(ctx.now, 30),
                    limits: DurationLimits::new(1, 90).unwrap(),
                    invitation: Some(Invitation {
                        delivery: Delivery::Email,
                        link_reuse: LinkReuse::SingleUse,
                        second_factor: SecondFactor::None,
                        token_sha256: token(),
                    }),
                    regrant_of: None,
                }),
            )
            .await;
        story
    }

    async fn invite_owner(&self) {
        let ctx = ctx(ActorType::System, &self.owner);
        let invite = Invite {
            member: self.owner.clone(),
            email: Email::parse("mara@acme.example").unwrap(),
            email_hash: None,
            name: Some(PersonName::parse("Mara Quist").unwrap()),
            roles: Roles::new([Role::Owner]).unwrap(),
            token_sha256: None,
        };
        self.member(&ctx, member::Command::Invite(invite)).await;
        self.member(&ctx, member::Command::Activate { token_sha256: None }).await;
    }

    /// The auditor has come in and accepted the first version of the terms.
    pub(super) async fn accept_terms(&self, terms: &str) -> Appended {
        let (site, owner) = (self.site, ctx(ActorType::User, &self.owner));
        let sha256 = Sha256::parse(&hex::encode(sha2::Sha256::digest(terms))).unwrap();
        let id = OrganisationId::parse(&site.acme.log.to_string()).unwrap();
        let publish =
            organisation::Command::PublishTerms { text: TermsText::parse(terms).unwrap(), sha256: sha256.clone() };
        execute::<Organisation>(site.app.ledger(), site.acme.log, &owner, id.as_str(), publish, None).await.unwrap();
        let auditor = ctx(ActorType::Auditor, &self.auditor);
        self.grant(&auditor, Command::Accept { token_sha256: Some(token()) }).await;
        let signed_name = PersonName::parse("Ada Hallström").unwrap();
        let accept = AcceptTerms { version: 1.try_into().unwrap(), text_sha256: sha256, signed_name };
        self.grant(&auditor, Command::AcceptTerms(accept)).await
    }

    pub(super) async fn revoke(&self) -> Appended {
        let note = Some(domain::note::Note::parse("The fieldwork is complete.").unwrap());
        self.grant(&ctx(ActorType::User, &self.owner), Command::Revoke { note, sessions_ended: 0 }).await
    }

    pub(super) async fn expire(&self) -> Appended {
        self.grant(&ctx(ActorType::System, &self.owner), Command::Expire { sessions_ended: 0 }).await
    }

    /// Nobody can read any more who it was.
    pub(super) async fn erase(&self, person: &PersonId) {
        let mut conn = self.site.app.ledger().reader().acquire().await.unwrap();
        vault::destroy(&mut conn, self.site.acme.log, person.as_str()).await.unwrap().unwrap();
    }

    async fn grant(&self, ctx: &Ctx, command: Command) -> Appended {
        let (ledger, log) = (self.site.app.ledger(), self.site.acme.log);
        execute::<AccessGrant>(ledger, log, ctx, self.grant.as_str(), command, None).await.unwrap()
    }

    pub(super) async fn member(&self, ctx: &Ctx, command: member::Command) -> Appended {
        let (ledger, log) = (self.site.app.ledger(), self.site.acme.log);
        execute::<Member>(ledger, log, ctx, self.owner.as_str(), command, None).await.unwrap()
    }
}

pub(super) fn ctx(kind: ActorType, person: &PersonId) -> Ctx {
    Ctx::of(Actor { kind, id: person.to_string(), role: None }, store::clock::now())
}

fn token() -> Sha256 {
    Sha256::parse(&"a5".repeat(32)).unwrap()
}
