//! A member who asks, with the authority they have at this moment.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use domain::context::Ctx;
use domain::member::{self, Member, Profile, Role, Roles};
use domain::name::{OrganisationId, PersonId, SessionPrefix};
use domain::organisation::Organisation;
use domain::person::UserAgent;
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::Personal;
use store::append::LogId;
use store::logs::LogInfo;

use super::{MemberNeed, Permission};
use crate::app::App;
use crate::client::ClientAddress;
use crate::error::{Error, Result};
use crate::telemetry::RequestId;
use crate::web::Clock;

/// A member who is active, in their organisation; both loaded from their streams for this request.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Whose log.
    pub log: LogId,
    /// The organisation's names and its log's origin.
    pub info: LogInfo,
    /// The organisation as it stands.
    pub organisation: Organisation,
    /// Who.
    pub member: PersonId,
    /// Their roles, address and name as they stand.
    pub profile: Profile,
    circumstances: Circumstances,
}

/// What is known of a request besides what it asks for.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Ties its entries and log lines together.
    pub request_id: Option<String>,
    /// What the program that sent it says it is.
    pub user_agent: Option<UserAgent>,
    /// Where it came from.
    pub ip: Option<IpAddr>,
    /// The session it belongs to.
    pub session: Option<SessionPrefix>,
    /// The public part of the API key that it came with.
    pub api_key: Option<String>,
}

impl Circumstances {
    /// Those of a request.
    pub fn of(parts: &Parts) -> Self {
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            user_agent: user_agent.and_then(UserAgent::new),
            ip: parts.extensions.get::<ClientAddress>().map(|client| client.0),
            session: None,
            api_key: None,
        }
    }

    /// An act of this actor, now.
    pub fn ctx(&self, actor: Actor) -> Ctx {
        let mut ctx = Ctx::of(actor, store::clock::now());
        ctx.request_id.clone_from(&self.request_id);
        ctx.session.clone_from(&self.session);
        ctx.service = Some(self.api_key.as_deref().map_or_else(|| "api".to_owned(), by_key));
        ctx.ip = self.ip.map(Personal::Known);
        ctx.user_agent = self.user_agent.clone().map(Personal::Known);
        ctx
    }
}

/// The part of the system that an act came in by where it came with an API key: as the entries of the key's own name it,
/// `api_key/<public part>`, so that what a member did by a key of theirs differs from what they did in a session.
fn by_key(id: &str) -> String {
    format!("api_key/{id}")
}

impl FromRequestParts<App> for Circumstances {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Acting {
    /// Loads the authority of a member; nothing where they are not active.
    ///
    /// # Errors
    /// [`Error::Unavailable`], or [`Error::Internal`] where the log does not read.
    pub async fn load(
        app: &App,
        info: LogInfo,
        member: PersonId,
        circumstances: Circumstances,
    ) -> Result<Option<Self>> {
        let Member::Active(profile) = load_member(app, info.log, &member).await? else { return Ok(None) };
        let organisation = load_organisation(app, info.log).await?;
        Ok(Some(Self { log: info.log, info, organisation, member, profile, circumstances }))
    }

    /// The circumstances of an act in this request.
    pub fn ctx(&self) -> Ctx {
        self.circumstances.ctx(user(&self.member, &self.profile.roles))
    }

    /// Their roles.
    pub fn roles(&self) -> &Roles {
        &self.profile.roles
    }

    /// Whether their roles allow it.
    pub fn permits(&self, permission: member::Permission) -> bool {
        self.profile.roles.permit(permission)
    }

    /// Whether they give, change and take access in this organisation, as its policy says.
    pub fn may_grant(&self) -> bool {
        member::may_grant(self.organisation.policy().values().granters, &self.profile.roles)
    }

    /// Under which their idempotency keys stand.
    pub fn principal(&self) -> String {
        format!("member/{}", self.member)
    }

    /// What the organisation calls itself: by its settings, or by its log where it has none.
    pub fn organisation_name(&self) -> &str {
        self.organisation.settings().map_or(&self.info.name, |settings| settings.name.as_str())
    }

    /// The clocks of the organisation, now.
    pub fn clock(&self) -> Clock {
        clock_of(&self.organisation)
    }

    /// Their name, or their address where they have given none; erased where their key is gone.
    pub fn shown_as(&self) -> &str {
        let name = self.profile.name.as_ref().and_then(Personal::known).map(domain::person::PersonName::as_str);
        name.or_else(|| self.profile.email.known().map(domain::person::Email::as_str)).unwrap_or("(erased)")
    }

    /// Holds them to that.
    ///
    /// # Errors
    /// [`Error::NotGranter`].
    pub fn require_granter(&self) -> Result<()> {
        if self.may_grant() { Ok(()) } else { Err(Error::NotGranter(self.organisation.policy().values().granters)) }
    }

    pub(super) fn require<P: Permission>(&self) -> Result<()> {
        match P::MEMBER {
            MemberNeed::Any => Ok(()),
            MemberNeed::Granter => self.require_granter(),
            MemberNeed::Role(permission) if self.permits(permission) => Ok(()),
            MemberNeed::Role(permission) => Err(Error::PermissionMissing(permission.as_str())),
        }
    }
}

/// A member as the actor of an entry, in the role that weighs most.
pub fn user(member: &PersonId, roles: &Roles) -> Actor {
    let role = BY_WEIGHT.into_iter().find(|role| roles.contains(*role)).map(|role| role.as_str().to_owned());
    Actor { kind: ActorType::User, id: member.as_str().to_owned(), role }
}

const BY_WEIGHT: [Role; 7] = [
    Role::Owner,
    Role::Admin,
    Role::ComplianceOfficer,
    Role::Approver,
    Role::ResourceOwner,
    Role::Contributor,
    Role::Viewer,
];

/// The clocks of an organisation, now; UTC where it has set none.
pub fn clock_of(organisation: &Organisation) -> Clock {
    let now = store::clock::now();
    match organisation.settings() {
        Some(settings) => Clock::new(settings.time_zone.as_str(), now),
        None => Clock::utc(now),
    }
}

/// A member as they stand, by their own stream.
///
/// # Errors
/// [`Error::Unavailable`], or [`Error::Internal`] where the log does not read.
pub async fn load_member(app: &App, log: LogId, member: &PersonId) -> Result<Member> {
    app.load(log, &Member::stream(member)).await
}

/// An organisation as it stands, by its own stream.
///
/// # Errors
/// As [`load_member`].
pub async fn load_organisation(app: &App, log: LogId) -> Result<Organisation> {
    let id = OrganisationId::parse(&log.to_string()).map_err(Error::internal)?;
    app.load(log, &Organisation::stream(&id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_the_role_that_weighs_most() {
        let member = PersonId::parse("018f3b7e-0000-7000-8000-00000000d001").unwrap();
        let role = |roles: &[Role]| user(&member, &Roles::new(roles.iter().copied()).unwrap()).role.unwrap();
        assert_eq!(role(&[Role::Admin, Role::Owner, Role::Viewer]), "owner");
        assert_eq!(role(&[Role::Viewer, Role::ComplianceOfficer]), "compliance_officer");
        assert!(Role::ALL.iter().all(|role| BY_WEIGHT.contains(role)));
    }
}
