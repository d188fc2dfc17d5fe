//! Gives access: who, to what, until when, by which link.

use domain::access_grant::{AccessGrant, Command, Grant, RoleTitle, Scope, State};
use domain::context::Ctx;
use domain::invitation::{Delivery, Invitation};
use domain::name::{EmailHash, GrantId, PersonId};
use domain::person::{Email, Firm, PersonName};
use ledger::entry::Entry;
use ledger::vocabulary::Timestamp;
use serde_json::Value;
use sqlx::{Postgres, Transaction};
use store::append::{Appended, IdempotencyKey};
use store::vault;
use uuid::Uuid;

use super::term::Term;
use super::{NotDone, load, put};
use crate::access::grant_token::{self, Token};
use crate::access::{auditor_identity, idempotency};
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
/// [`NotDone`], in the order of S1: who asks, then the term, then whether there is such access already.
pub async fn grant(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    asked: Asked,
    idempotency: Option<IdempotencyKey>,
) -> Result<Granted, NotDone> {
    acting.require_granter()?;
    let ctx = &acting.ctx();
    let policy = acting.organisation.policy().values();
    let delivery = asked.delivery.unwrap_or(policy.delivery_default);
    let expires_at = asked.term.end(ctx.now, policy, &acting.organisation)?;
    let token = Token::random();
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?;
    let mut command = draft(
        acting,
        asked,
        expires_at,
        Invitation {
            delivery,
            link_reuse: policy.link_reuse,
            second_factor: policy.second_factor,
            token_sha256: token.sha256(),
        },
    )?;
    confirmed()?;
    // What the grant itself refuses is refused before anything is kept for it.
    AccessGrant::Absent.decide(ctx, Command::Grant(command.clone()))?;
    let claim = claim(app, acting, ctx, &command, &grant, idempotency.as_ref()).await?;
    command.person = claim.person.clone();
    command.email_hash = Some(email_hash(app, acting, &command).await?);
    keep_token(app, acting, &token, &grant, &command.email).await?;
    let appended = put(app, acting, ctx, &grant, Command::Grant(command.clone()), idempotency).await?;
    drop(claim);
    let (grant, person, expires_at) = recorded(&appended)?;
    if appended.replayed {
        return Ok(Granted { grant, person, expires_at, shown_once: None, email_sent: None, appended });
    }
    let email_sent = match delivery {
        Delivery::ShowOnce => None,
        Delivery::Email | Delivery::Both => Some(invitations::send(app, acting, ctx, &grant, &command, &token).await),
    };
    let shown_once = (delivery != Delivery::Email).then_some(token);
    Ok(Granted { grant, person, expires_at, shown_once, email_sent, appended })
}

/// The command, for a person that is looked up afterwards.
fn draft(acting: &Acting, asked: Asked, expires_at: Timestamp, link: Invitation) -> Result<Grant> {
    Ok(Grant {
        person: PersonId::parse(&Uuid::nil().to_string()).map_err(Error::internal)?,
        email: asked.email,
        email_hash: None,
        name: asked.name,
        firm: asked.firm,
        role_title: asked.role_title,
        scope: asked.scope,
        expires_at,
        limits: acting.organisation.policy().limits(),
        invitation: Some(link),
        regrant_of: asked.regrant_of,
    })
}

/// Whose place a new grant takes, and what keeps others from taking it meanwhile.
struct Claim {
    person: PersonId,
    /// Locks the place until it is dropped.
    _place: Transaction<'static, Postgres>,
}

/// The person of the address, whose place for this purpose the new grant takes. Two requests for one auditor at the same
/// moment: the second waits for the first and finds its grant.
async fn claim(
    app: &App,
    acting: &Acting,
    ctx: &Ctx,
    asked: &Grant,
    grant: &GrantId,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Claim, NotDone> {
    let (log, engagement) = (acting.log, asked.scope.filters().engagement.as_ref());
    let mut tx = app.db(log).await?;
    let person = auditor_identity::person(&mut tx, log, app.access_secret(), &asked.email).await?;
    tx.commit().await?;
    let mut place = app.db(log).await?;
    auditor_identity::lock(&mut place, log, &person, engagement).await?;
    let current = auditor_identity::current_grant(&mut place, log, &person, engagement).await?;
    let answered = match idempotency {
        Some(key) => idempotency::find(&mut place, log, &key.principal, &key.key).await?.is_some(),
        None => false,
    };
    let claim = Claim { person, _place: place };
    if answered {
        return Ok(claim);
    }
    if let Some(current) = &current
        && is_in_force(app, acting, ctx, current).await?
    {
        return Err(NotDone::Duplicate(current.clone()));
    }
    // Before the grant is recorded: one that then is not is no grant, and its place is free.
    let mut tx = app.db(log).await?;
    auditor_identity::set_current(&mut tx, log, &claim.person, engagement, grant).await?;
    tx.commit().await?;
    Ok(claim)
}

async fn is_in_force(app: &App, acting: &Acting, ctx: &Ctx, grant: &GrantId) -> Result<bool> {
    match load(app, acting, ctx, grant).await {
        Ok(grant) => Ok(matches!(grant.state_at(ctx.now), Some(State::Pending | State::Active))),
        // Its place was taken, and then it was not given after all.
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What stands for the address in the clear. It takes the person's data key, which is made where it is missing.
async fn email_hash(app: &App, acting: &Acting, asked: &Grant) -> Result<EmailHash> {
    let mut connection = app.ledger().reader().acquire().await?;
    Ok(vault::email_hash(&mut connection, acting.log, asked.person.as_str(), &asked.email).await?)
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

/// Who was given what until when, as the log has it: where the request was sent before, of the first time.
fn recorded(appended: &Appended) -> Result<(GrantId, PersonId, Timestamp)> {
    let entry = appended.entries.first().ok_or_else(|| Error::internal("an append without an entry"))?;
    let entry = Entry::parse(&entry.bytes).map_err(Error::internal)?;
    let text = |name: &str| entry.detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let grant = GrantId::parse(entry.subject.id()).map_err(Error::internal)?;
    let person = PersonId::parse(text("person")).map_err(Error::internal)?;
    Ok((grant, person, Timestamp::parse(text("expires_at")).map_err(Error::internal)?))
}
