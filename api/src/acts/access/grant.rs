//! Gives access: who, to what, until when, by which link.

use domain::access_grant::{Command, Grant, RoleTitle, Scope, State};
use domain::context::Ctx;
use domain::invitation::{Delivery, Invitation};
use domain::name::{EmailHash, EngagementId, GrantId, PersonId};
use domain::organisation::PolicyValues;
use domain::person::{Email, Firm, PersonName};
use ledger::entry::Entry;
use ledger::vocabulary::Timestamp;
use serde_json::Value;
use store::append::{Appended, IdempotencyKey};
use store::execute::first_answer;
use store::vault;
use uuid::Uuid;

use super::term::Term;
use super::{NotDone, load, put};
use crate::access::grant_token::{self, Token};
use crate::access::{Held, auditor_identity};
use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};
use crate::mail::invitations;

/// Access as it is asked for. What is not said is as the organisation's policy has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The auditor's address.
    pub email: Email,
    /// What the auditor is called.
    pub name: Option<PersonName>,
    /// For which firm the auditor works.
    pub firm: Firm,
    /// What the auditor is called on the engagement.
    pub role_title: Option<RoleTitle>,
    /// To what.
    pub scope: Scope,
    /// Until when.
    pub term: Term,
    /// How the link gets to the auditor.
    pub delivery: Option<Delivery>,
    /// The grant that this one renews.
    pub regrant_of: Option<GrantId>,
}

/// Access that was given.
#[derive(Debug)]
pub struct Granted {
    /// The grant.
    pub grant: GrantId,
    /// The auditor's opaque id.
    pub person: PersonId,
    /// Until when.
    pub expires_at: Timestamp,
    /// The link's token, where it is to be shown: now, and never again.
    pub shown_once: Option<Token>,
    /// Whether the invitation went out; nothing where none was to.
    pub email_sent: Option<bool>,
    /// What was recorded.
    pub appended: Appended,
}

/// Gives access. `confirmed` says whether who asks has just confirmed who they are (S4-41). A request that was sent before,
/// by its idempotency key, gives nothing new: its answer names the grant of the first time, and neither shows a token nor
/// sends mail.
///
/// # Errors
/// [`NotDone`], in the order of S1: who asks, the end, the confirmation, how far off the end is, and whether there is such
/// access already.
pub async fn grant(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    asked: Asked,
    idempotency: Option<IdempotencyKey>,
) -> Result<Granted, NotDone> {
    acting.require_granter()?;
    // An end that was far enough off the first time may not be by now.
    if let Some(before) = given_before(app, acting, idempotency.as_ref()).await? {
        return Ok(before);
    }
    let ctx = &acting.ctx();
    let policy = acting.organisation.policy();
    let delivery = asked.delivery.unwrap_or(policy.values().delivery_default);
    let expires_at = asked.term.end(ctx.now, policy.values(), &acting.organisation)?;
    confirmed()?;
    // What the grant itself refuses is refused before anything is kept for it.
    policy.limits().check(ctx.now, expires_at)?;
    let place = AuditorPlace::of(app, acting, &asked).await?;
    // Of two equal requests at the same moment the second one waited for the place.
    if let Some(before) = given_before(app, acting, idempotency.as_ref()).await? {
        return Ok(before);
    }
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?;
    let token = Token::random();
    let place = place.take(app, acting, ctx, &grant).await?;
    let command = Grant {
        email_hash: Some(email_hash(app, acting, &place.person, &asked.email).await?),
        person: place.person.clone(),
        email: asked.email,
        name: asked.name,
        firm: asked.firm,
        role_title: asked.role_title,
        scope: asked.scope,
        expires_at,
        limits: policy.limits(),
        invitation: Some(invitation(policy.values(), delivery, &token)),
        regrant_of: asked.regrant_of,
    };
    keep_token(app, acting, &token, &grant, &command.email).await?;
    let appended = put(app, acting, ctx, &grant, Command::Grant(command.clone()), idempotency).await?;
    drop(place);
    let email_sent = match delivery {
        Delivery::ShowOnce => None,
        Delivery::Email | Delivery::Both => Some(invitations::send(app, acting, ctx, &grant, &command, &token).await),
    };
    let shown_once = (delivery != Delivery::Email).then_some(token);
    Ok(Granted { grant, person: command.person, expires_at, shown_once, email_sent, appended })
}

fn invitation(policy: &PolicyValues, delivery: Delivery, token: &Token) -> Invitation {
    Invitation {
        delivery,
        link_reuse: policy.link_reuse,
        second_factor: policy.second_factor,
        token_sha256: token.sha256(),
    }
}

/// What came of the request when it was sent before: who was given what until when, as the log has it.
async fn given_before(
    app: &App,
    acting: &Acting,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<Granted>, NotDone> {
    let appended = first_answer(app.ledger(), acting.log, idempotency).await.map_err(Error::from)?;
    let Some(appended) = appended else { return Ok(None) };
    let entry = Entry::parse(&appended.first().bytes).map_err(Error::internal)?;
    let text = |name: &str| entry.detail.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(Some(Granted {
        grant: GrantId::parse(entry.subject.id()).map_err(Error::internal)?,
        person: PersonId::parse(text("person")).map_err(Error::internal)?,
        expires_at: Timestamp::parse(text("expires_at")).map_err(Error::internal)?,
        shown_once: None,
        email_sent: None,
        appended,
    }))
}

/// Whose place a new grant takes, and what keeps others from taking it meanwhile. Two requests for one auditor at the same
/// moment: the second waits for the first and finds its grant.
struct AuditorPlace {
    person: PersonId,
    engagement: Option<EngagementId>,
    /// Locks the place until it is dropped.
    lock: Held,
}

impl AuditorPlace {
    /// The place of the address for this purpose, once nobody else is about to take it.
    async fn of(app: &App, acting: &Acting, asked: &Asked) -> Result<Self> {
        let (log, engagement) = (acting.log, asked.scope.filters().engagement.clone());
        let mut lock = app.requests().held(log).await?;
        let mut tx = app.db(log).await?;
        let person = auditor_identity::person(&mut tx, log, app.access_secret(), &asked.email).await?;
        tx.commit().await?;
        auditor_identity::lock(&mut lock.tx, log, &person, engagement.as_ref()).await?;
        Ok(Self { person, engagement, lock })
    }

    /// Takes it for this grant, before the grant is recorded: one that then is not is no grant, and its place is free.
    async fn take(mut self, app: &App, acting: &Acting, ctx: &Ctx, grant: &GrantId) -> Result<Self, NotDone> {
        let (log, engagement) = (acting.log, self.engagement.as_ref());
        let current = auditor_identity::current_grant(&mut self.lock.tx, log, &self.person, engagement).await?;
        if let Some(current) = current
            && is_in_force(app, acting, ctx, &current).await?
        {
            return Err(NotDone::Duplicate(current));
        }
        let mut tx = app.db(log).await?;
        auditor_identity::set_current(&mut tx, log, &self.person, engagement, grant).await?;
        tx.commit().await?;
        Ok(self)
    }
}

async fn is_in_force(app: &App, acting: &Acting, ctx: &Ctx, grant: &GrantId) -> Result<bool> {
    match load(app, acting, grant).await {
        Ok(grant) => Ok(matches!(grant.state_at(ctx.now), Some(State::Pending | State::Active))),
        // Its place was taken, and then it was not given after all.
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What stands for the address in the clear. It takes the person's data key, which is made where it is missing.
async fn email_hash(app: &App, acting: &Acting, person: &PersonId, email: &Email) -> Result<EmailHash> {
    let mut connection = app.ledger().reader().acquire().await?;
    Ok(vault::email_hash(&mut connection, acting.log, person.as_str(), email).await?)
}

/// Before the grant is appended: a token is good when the grant names it, and then it must be found.
pub(super) async fn keep_token(
    app: &App,
    acting: &Acting,
    token: &Token,
    grant: &GrantId,
    email: &Email,
) -> Result<()> {
    let mut tx = app.db(acting.log).await?;
    grant_token::put(&mut tx, app.access_secret(), acting.log, grant, &token.sha256(), email).await?;
    tx.commit().await?;
    Ok(())
}
