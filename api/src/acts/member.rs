//! Members: inviting, changing, stopping. Who may manage whom was asked of the roles; what must hold of the organisation
//! as a whole, that one owner is left, is asked here.

use domain::context::Ctx;
use domain::credential::{Act, EndedBy};
use domain::member::{Command, Invite, Member, MemberError, Profile, Role, Roles, Stop};
use domain::name::PersonId;
use domain::note::Note;
use domain::person::{Email, PersonName};
use ledger::time::Timestamp;
use ledger::vocabulary::Personal;
use sqlx::{Postgres, Transaction};
use store::append::Appended;
use store::execute::{ExecuteError, execute};
use store::logs::LogInfo;
use store::vault;
use uuid::Uuid;

use super::api_key::record_revoked;
use super::refusal;
use crate::access::api_key;
use crate::access::member_link::{self, LinkPurpose, LinkToken};
use crate::access::member_login::{self, AddressMac};
use crate::access::member_session;
use crate::app::App;
use crate::auth::acting::{load_member, load_organisation};
use crate::error::{Error, Result};
use crate::mail::{
    About, Delivery, Link, MemberInvitation, MemberRecovery, Message, Moment, Recipient, Shown, letterhead, send_now,
};
use crate::service_log;
use crate::sign_in::enter::record;

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Where they get mail.
    pub email: Email,
    /// What they are called.
    pub name: Option<PersonName>,
    /// As what.
    pub roles: Roles,
}

/// An invitation that stands.
#[derive(Debug)]
pub struct Invited {
    /// Who.
    pub member: PersonId,
    /// Its entry.
    pub index: u64,
    /// Whether the mail went out.
    pub delivery: Delivery,
    /// The way in, for whoever must hand it over where no mail goes out.
    pub token: LinkToken,
}

/// In whose name letters are written: who does it, if somebody does who has a name.
pub type Inviter<'a> = Option<&'a Profile>;

/// Invites somebody, and sends them the link.
///
/// The hash of the link is kept before the invitation is recorded, so that no invitation is without its link; where it is
/// refused, the hash is forgotten.
///
/// # Errors
/// [`Error::Conflict`] where the address is a member's, and those of an append.
pub async fn invite(app: &App, info: &LogInfo, ctx: &Ctx, by: Inviter<'_>, new: NewMember) -> Result<Invited> {
    if info.slug == service_log::SLUG {
        return Err(Error::Conflict("the service's own log has no members".to_owned()));
    }
    let member = PersonId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?;
    let (log, token) = (info.log, LinkToken::random());
    let address = AddressMac::of(app.access_secret(), log, &new.email);
    let email_hash = {
        let mut conn = app.ledger().reader().acquire().await?;
        vault::email_hash(&mut conn, log, member.as_str(), &new.email).await?
    };
    let mut tx = app.db(log).await?;
    member_login::insert(&mut tx, log, &member, address).await?;
    member_link::replace(&mut tx, log, &member, LinkPurpose::Invitation, &token).await?;
    tx.commit().await?;
    let invite = Invite {
        member: member.clone(),
        email: new.email,
        name: new.name,
        roles: new.roles,
        email_hash: Some(email_hash),
        token_sha256: Some(token.sha256_text()),
    };
    match command(app, info, ctx, &member, Command::Invite(invite)).await {
        Ok(appended) => {
            let index = appended.first().index;
            let delivery = send_invitation(app, info, by, &member, &token).await?;
            Ok(Invited { member, index, delivery, token })
        }
        Err(error) => {
            let mut tx = app.db(log).await?;
            member_login::remove(&mut tx, log, &member).await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

/// Sends an invitation again, with another link.
///
/// # Errors
/// [`Error::Conflict`] where it was taken up or withdrawn, and those of an append.
pub async fn resend(app: &App, info: &LogInfo, ctx: &Ctx, by: Inviter<'_>, member: &PersonId) -> Result<Invited> {
    let (log, token) = (info.log, LinkToken::random());
    let resend = Command::ResendInvite { token_sha256: Some(token.sha256_text()) };
    let appended = command(app, info, ctx, member, resend).await?;
    let mut tx = app.db(log).await?;
    member_link::replace(&mut tx, log, member, LinkPurpose::Invitation, &token).await?;
    tx.commit().await?;
    let delivery = send_invitation(app, info, by, member, &token).await?;
    Ok(Invited { member: member.clone(), index: appended.first().index, delivery, token })
}

/// Gives a member other roles.
///
/// # Errors
/// [`Error::Conflict`] where nobody would be left as owner or nothing would change, and those of an append.
pub async fn change_roles(app: &App, info: &LogInfo, ctx: &Ctx, member: &PersonId, roles: Roles) -> Result<u64> {
    let (tx, other_owners) = counted_owners(app, info, member).await?;
    let appended = command(app, info, ctx, member, Command::ChangeRoles { roles, other_owners }).await?;
    tx.commit().await?;
    Ok(appended.first().index)
}

/// Forbids a member everything for now: their sessions end, and keys of their own are taken back for good.
///
/// # Errors
/// As [`change_roles`].
pub async fn suspend(app: &App, info: &LogInfo, ctx: &Ctx, member: &PersonId, note: Option<Note>) -> Result<u64> {
    stop(app, info, ctx, member, note, Command::Suspend).await
}

/// Allows again what the roles allow.
///
/// # Errors
/// [`Error::Conflict`], and those of an append.
pub async fn reinstate(app: &App, info: &LogInfo, ctx: &Ctx, member: &PersonId, note: Option<Note>) -> Result<u64> {
    let (tx, _) = counted_owners(app, info, member).await?;
    let appended = command(app, info, ctx, member, Command::Reinstate { note }).await?;
    tx.commit().await?;
    Ok(appended.first().index)
}

/// Ends a membership or withdraws an invitation: sessions end, and what they signed in by is forgotten.
///
/// # Errors
/// As [`change_roles`].
pub async fn remove(app: &App, info: &LogInfo, ctx: &Ctx, member: &PersonId, note: Option<Note>) -> Result<u64> {
    let index = stop(app, info, ctx, member, note, Command::Remove).await?;
    let mut tx = app.db(info.log).await?;
    member_login::remove(&mut tx, info.log, member).await?;
    tx.commit().await?;
    Ok(index)
}

/// The member's own stream stops them; that their sessions end besides shows on pages and in the log.
async fn stop(
    app: &App,
    info: &LogInfo,
    ctx: &Ctx,
    member: &PersonId,
    note: Option<Note>,
    as_command: fn(Stop) -> Command,
) -> Result<u64> {
    let (mut tx, other_owners) = counted_owners(app, info, member).await?;
    let open = member_session::open_ones(&mut tx, info.log, member).await?;
    let sessions_ended = u32::try_from(open.len()).map_err(Error::internal)?;
    let appended = command(app, info, ctx, member, as_command(Stop { note, sessions_ended, other_owners })).await?;
    let ended = member_session::end_all(&mut tx, info.log, member, None).await?;
    let keys = api_key::revoke_all_of_member(&mut tx, info.log, member).await?;
    tx.commit().await?;
    for session in ended {
        record(app, info.log, ctx, member, Act::SessionEnded { session, by: EndedBy::Suspension }).await?;
    }
    record_revoked(app, info, ctx, keys).await?;
    Ok(appended.first().index)
}

/// How many others are active owners, by their own streams; nobody makes or unmakes one until the transaction ends.
async fn counted_owners(app: &App, info: &LogInfo, but: &PersonId) -> Result<(Transaction<'static, Postgres>, u32)> {
    let mut tx = app.db(info.log).await?;
    member_login::lock_owners(&mut tx, info.log).await?;
    let mut owners = 0;
    for member in member_login::members(&mut tx, info.log).await? {
        if member != *but && load_member(app, info.log, &member).await?.is_active_owner() {
            owners += 1;
        }
    }
    Ok((tx, owners))
}

async fn command(app: &App, info: &LogInfo, ctx: &Ctx, member: &PersonId, command: Command) -> Result<Appended> {
    let done = execute::<Member>(app.ledger(), info.log, ctx, member.as_str(), command, None).await;
    done.map_err(refuse)
}

/// What whoever asked for a command that came to nothing is answered.
pub fn refuse(error: ExecuteError<MemberError>) -> Error {
    refusal(error, |refused| match refused {
        MemberError::NotInvited => Error::NotFound,
        other => Error::Conflict(other.to_string()),
    })
}

async fn send_invitation(
    app: &App,
    info: &LogInfo,
    by: Inviter<'_>,
    member: &PersonId,
    token: &LinkToken,
) -> Result<Delivery> {
    let loaded = load_member(app, info.log, member).await?;
    let Member::Invited(profile, invitation) = loaded else {
        return Err(Error::Contended);
    };
    let organisation = load_organisation(app, info.log).await?;
    let letter = MemberInvitation {
        head: letterhead(info, &organisation),
        name: Shown::of_person(profile.name.as_ref()),
        invited_by: by.and_then(|by| Shown::of_person(by.name.as_ref())),
        roles: profile.roles.iter().map(|role| Shown::new(role_in_words(role))).collect(),
        until: Moment::of(&organisation, invitation.expires_at),
        link: link(app, LinkPurpose::Invitation, token)?,
    };
    send(app, info, &profile, &Message::MemberInvitation(letter)).await
}

/// Sends the link by which a member gets back in.
///
/// # Errors
/// [`Error::Unavailable`]; that the mail did not go out is none, the mail log has it.
pub async fn send_recovery(app: &App, info: &LogInfo, profile: &Profile, token: &LinkToken) -> Result<()> {
    let organisation = load_organisation(app, info.log).await?;
    let good_for = i64::try_from(LinkPurpose::Recovery.good_for().whole_microseconds()).map_err(Error::internal)?;
    let until = Timestamp::from_micros(store::clock::now().as_micros() + good_for).map_err(Error::internal)?;
    let letter = MemberRecovery {
        head: letterhead(info, &organisation),
        name: Shown::of_person(profile.name.as_ref()),
        until: Moment::of(&organisation, until),
        link: link(app, LinkPurpose::Recovery, token)?,
    };
    let delivery = send(app, info, profile, &Message::MemberRecovery(letter)).await?;
    tracing::debug!(state = delivery.state(), "a recovery link was given to the mailer");
    Ok(())
}

async fn send(app: &App, info: &LogInfo, profile: &Profile, message: &Message) -> Result<Delivery> {
    let to = Recipient::of_person(&profile.email, profile.name.as_ref());
    let to = to.map_err(|error| Error::Conflict(error.to_string()))?;
    Ok(send_now(app, info, message, &to, &About::Member(profile.member.clone())).await)
}

fn link(app: &App, purpose: LinkPurpose, token: &LinkToken) -> Result<Link> {
    Link::new(app.public_url(), &purpose.path(token)).map_err(Error::internal)
}

/// What pages and letters call a role.
pub const fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Admin => "Administrator",
        Role::Approver => "Approver",
        Role::ComplianceOfficer => "Compliance officer",
        Role::Contributor => "Contributor",
        Role::Owner => "Owner",
        Role::ResourceOwner => "Resource owner",
        Role::Viewer => "Viewer",
    }
}

/// The address of a member, where it is known still.
pub fn address_of(profile: &Profile) -> Option<&str> {
    profile.email.known().map(Email::as_str)
}

/// The name of a member, where it was given and is known still.
pub fn name_of(profile: &Profile) -> Option<&str> {
    profile.name.as_ref().and_then(Personal::known).map(PersonName::as_str)
}
