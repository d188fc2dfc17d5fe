//! Acts on aggregates, as the service does them: decided, recorded, and read back by nobody but the read models.

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use domain::access_grant::{self, AccessGrant, Bundle, DurationLimits, Filters, Grant, RoleTitle, Scope};
use domain::context::Ctx;
use domain::date::Date;
use domain::engagement::{Days, Period, Plan};
use domain::evidence;
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::member::{self, Member, Roles};
use domain::name::{EngagementId, GrantId, PersonId, Sha256};
use domain::person::{Email, Firm, PersonName};
use domain::record::{self, Reference};
use ledger::entry::{Actor, ActorType};
use ledger::time::Timestamp;
use ledger::vocabulary::Recorded;
use store::Appended;
use store::clock;
use store::execute::execute;
use uuid::Uuid;

use super::TestLog;

/// The member who does what no auditor does.
pub(crate) const ADMIN: &str = "018f3b7e-0000-7000-8000-00000000b001";
pub(crate) const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// So many days from a time.
pub(crate) fn days_after(time: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros() + days * DAY_MICROS).unwrap()
}

/// An act of a member at a time.
pub(crate) fn by_admin(now: Timestamp) -> Ctx {
    Ctx::of(Actor { kind: ActorType::User, id: ADMIN.to_owned(), role: Some("owner".to_owned()) }, now)
}

/// An act of a service at a time.
pub(crate) fn by_service(now: Timestamp) -> Ctx {
    Ctx::of(Actor { kind: ActorType::Service, id: "expiry".to_owned(), role: None }, now)
}

pub(crate) fn sha256(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).unwrap()
}

pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// Access to be given, of what a list can tell apart.
#[derive(Clone)]
pub(crate) struct NewGrant {
    pub(crate) id: GrantId,
    pub(crate) person: PersonId,
    pub(crate) firm: &'static str,
    pub(crate) role_title: Option<RoleTitle>,
    pub(crate) engagement: Option<EngagementId>,
    pub(crate) days: i64,
    pub(crate) has_link: bool,
}

impl NewGrant {
    pub(crate) fn of(firm: &'static str) -> Self {
        Self {
            id: GrantId::parse(&new_id()).unwrap(),
            person: PersonId::parse(&new_id()).unwrap(),
            firm,
            role_title: None,
            engagement: None,
            days: 30,
            has_link: true,
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        let filters = Filters { engagement: self.engagement.clone(), ..Filters::default() };
        Scope::of_bundle(Bundle::Compliance).unwrap().limited_to(filters).unwrap()
    }
}

pub(crate) fn limits() -> DurationLimits {
    DurationLimits::new(1, 365).unwrap()
}

impl TestLog {
    pub(crate) async fn grant(&self, new: &NewGrant) -> Appended {
        self.try_grant(new).await.unwrap()
    }

    /// None where the grant refused.
    pub(crate) async fn try_grant(&self, new: &NewGrant) -> Option<Appended> {
        let now = clock::now();
        let invitation = new.has_link.then(|| Invitation {
            delivery: Delivery::Email,
            link_reuse: LinkReuse::Reusable,
            second_factor: SecondFactor::EmailCode,
            token_sha256: sha256('a'),
        });
        let grant = Grant {
            person: new.person.clone(),
            email: Email::parse("ada@example.org").unwrap(),
            email_hash: None,
            name: Some(PersonName::parse("Ada Prüfer").unwrap()),
            firm: Firm::parse(new.firm).unwrap(),
            role_title: new.role_title,
            scope: new.scope(),
            expires_at: days_after(now, new.days),
            limits: limits(),
            invitation,
            regrant_of: None,
        };
        self.on_grant(&new.id, by_admin(now), access_grant::Command::Grant(grant)).await
    }

    /// None where the grant refused.
    pub(crate) async fn on_grant(&self, id: &GrantId, ctx: Ctx, command: access_grant::Command) -> Option<Appended> {
        execute::<AccessGrant>(&self.ledger, self.log, &ctx, id.as_str(), command, None).await.ok()
    }

    pub(crate) async fn invite(&self, member: &PersonId, roles: Roles) -> Appended {
        self.try_invite(member, roles).await.unwrap()
    }

    /// None where the member refused.
    pub(crate) async fn try_invite(&self, member: &PersonId, roles: Roles) -> Option<Appended> {
        let invite = member::Invite {
            member: member.clone(),
            email: Email::parse("berta@example.com").unwrap(),
            name: None,
            roles,
            email_hash: None,
            token_sha256: Some(sha256('b')),
        };
        self.on_member(member, member::Command::Invite(invite)).await
    }

    /// None where the member refused.
    pub(crate) async fn on_member(&self, id: &PersonId, command: member::Command) -> Option<Appended> {
        self.act::<Member>(id.as_str(), command).await
    }

    /// A command on any aggregate, by a service; none where it refused.
    pub(crate) async fn act<A>(&self, id: &str, command: A::Command) -> Option<Appended>
    where
        A: Aggregate<Services = Ctx, Error: 'static>,
        A::Command: Clone,
        A::Event: Recorded,
    {
        execute::<A>(&self.ledger, self.log, &by_service(clock::now()), id, command, None).await.ok()
    }
}

/// What evidence says that is of a day, and of a vendor and an engagement where they are given.
pub(crate) fn metadata(
    title: &str,
    day: &str,
    vendor: Option<&str>,
    engagement: Option<&EngagementId>,
) -> evidence::Metadata {
    evidence::Metadata {
        controls: evidence::Controls::new([Reference::parse("CC6.1").unwrap()]).unwrap(),
        description: None,
        effective_on: Date::parse(day).unwrap(),
        engagement: engagement.cloned(),
        owner: None,
        reviewed_on: None,
        title: title.to_owned().try_into().unwrap(),
        vendor: vendor.map(|vendor| Reference::parse(vendor).unwrap()),
    }
}

pub(crate) fn file(name: &str, digit: char) -> evidence::EvidenceFile {
    evidence::EvidenceFile {
        bytes: 1_234,
        media_type: evidence::MediaType::parse("application/pdf").unwrap(),
        name: evidence::FileName::parse(name).unwrap(),
        sha256: sha256(digit),
    }
}

/// What a record says: a title, a status, and fields by name.
pub(crate) fn content(title: &str, status: Option<&str>, fields: &[(&str, &str)]) -> record::Content {
    let field =
        |(name, text): &(&str, &str)| (record::FieldName::parse(name).unwrap(), (*text).to_owned().try_into().unwrap());
    let parts = record::Parts {
        body: Some(format!("All about {title}.").try_into().unwrap()),
        dates: BTreeMap::new(),
        fields: fields.iter().map(field).collect(),
        owner: Some("Operations".to_owned().try_into().unwrap()),
        status: status.map(|status| status.to_owned().try_into().unwrap()),
        title: title.to_owned().try_into().unwrap(),
    };
    record::Content::new(parts).unwrap()
}

/// What an engagement is.
pub(crate) fn plan(name: &str, starts_on: &str) -> Plan {
    let days = Days { starts_on: Date::parse(starts_on).unwrap(), ends_on: Date::parse("2027-12-31").unwrap() };
    Plan {
        name: name.to_owned().try_into().unwrap(),
        framework: "SOC 2".to_owned().try_into().unwrap(),
        period: Period::new(days).unwrap(),
    }
}
