//! A member of an organisation: somebody of its own who signs in, with roles.
//!
//! Stream `member/<member>`; the id of a member is the id of the person. How a member signs in stands in a stream of its
//! own ([`crate::credential`]). Whoever was removed is invited again under a new id.

mod command;
mod events;
mod role;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::{ActorType, Kind, Personal, ReadError, Subject, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::command::{Command, Invite, MemberError, Stop};
pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{
    MemberActivated, MemberEvent, MemberInvitation, MemberInvited, MemberReinstated, MemberStopped, RolesChanged,
};
pub use self::role::{NoRole, Permission, Role, Roles, may_grant};
use crate::context::Ctx;
use crate::name::{EmailHash, PersonId, Sha256};
use crate::note::Note;
use crate::person::{Email, PersonName};

/// How long an invitation can be taken up: a week, so that it survives a few days off and not a change of jobs.
const INVITATION_MICROS: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// Where a member stands. Removed is final.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Member {
    /// Nothing has happened in this stream.
    #[default]
    Absent,
    /// Invited, and not taken up yet; perhaps too late to.
    Invited(Profile, MemberInvitation),
    /// May do what the roles allow.
    Active(Profile),
    /// May do nothing for now.
    Suspended(Profile),
    /// Is a member no longer.
    Removed(Profile),
}

/// Who a member is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The person.
    pub member: PersonId,
    /// The roles, which count only while the member is active.
    pub roles: Roles,
    /// What stands for the address where that must not.
    pub email_hash: Option<EmailHash>,
    /// The address.
    #[serde(skip)]
    pub email: Personal<Email>,
    /// The name, where it was given.
    #[serde(skip)]
    pub name: Option<Personal<PersonName>>,
}

impl Member {
    /// The stream of a member, and the subject of what happens to them.
    pub fn stream(member: &PersonId) -> Subject {
        Subject::parse(&format!("{}/{member}", Self::TYPE)).expect("a UUID is a reference's id")
    }

    /// Decides a command: the one place where the rules of a member stand.
    ///
    /// # Errors
    /// [`MemberError`], when the member does not allow it.
    pub fn decide(&self, ctx: &Ctx, command: Command) -> Result<MemberEvent, MemberError> {
        match command {
            Command::Invite(invite) => self.invite(ctx, invite).map(MemberEvent::MemberInvited),
            Command::ResendInvite { token_sha256 } => self.resend(ctx, token_sha256).map(MemberEvent::InviteResent),
            Command::Activate { token_sha256 } => {
                self.activate(ctx, token_sha256.as_ref()).map(MemberEvent::MemberActivated)
            }
            Command::ChangeRoles { roles, other_owners } => {
                self.change_roles(roles, other_owners).map(MemberEvent::RolesChanged)
            }
            Command::Suspend(stop) => self.suspend(stop).map(MemberEvent::MemberSuspended),
            Command::Reinstate { note } => self.reinstate(note).map(MemberEvent::MemberReinstated),
            Command::Remove(stop) => self.remove(stop).map(MemberEvent::MemberRemoved),
        }
    }

    fn invite(&self, ctx: &Ctx, invite: Invite) -> Result<MemberInvited, MemberError> {
        if *self != Member::Absent {
            return Err(MemberError::AlreadyInvited);
        }
        Ok(MemberInvited {
            member: invite.member,
            email_hash: invite.email_hash,
            invitation: invitation(ctx, invite.token_sha256),
            roles: invite.roles,
            email: Personal::Known(invite.email),
            name: invite.name.map(Personal::Known),
        })
    }

    // Also after its week: that is what it is for.
    fn resend(&self, ctx: &Ctx, token_sha256: Option<Sha256>) -> Result<MemberInvitation, MemberError> {
        let (_, before) = self.open_invitation()?;
        if before.token_sha256.is_some() && before.token_sha256 == token_sha256 {
            return Err(MemberError::SameToken);
        }
        Ok(invitation(ctx, token_sha256))
    }

    fn activate(&self, ctx: &Ctx, token_sha256: Option<&Sha256>) -> Result<MemberActivated, MemberError> {
        let (profile, invitation) = self.open_invitation()?;
        if invitation.token_sha256.as_ref() != token_sha256 {
            return Err(MemberError::AnotherToken);
        }
        if invitation.expires_at <= ctx.now {
            return Err(MemberError::InvitationOver { expires_at: invitation.expires_at });
        }
        // The command line may take it up for the first owner; a person only for themselves.
        if ctx.actor.kind == ActorType::User && ctx.actor.id != profile.member.as_str() {
            return Err(MemberError::AnotherPerson);
        }
        Ok(MemberActivated {})
    }

    fn open_invitation(&self) -> Result<(&Profile, &MemberInvitation), MemberError> {
        match self {
            Member::Invited(profile, invitation) => Ok((profile, invitation)),
            Member::Absent => Err(MemberError::NotInvited),
            Member::Active(_) | Member::Suspended(_) => Err(MemberError::AlreadyActive),
            Member::Removed(_) => Err(MemberError::AlreadyRemoved),
        }
    }

    fn change_roles(&self, after: Roles, other_owners: u32) -> Result<RolesChanged, MemberError> {
        let before = self.present()?.roles.clone();
        if before == after {
            return Err(MemberError::NothingChanged);
        }
        if !after.contains(Role::Owner) {
            self.leave_an_owner(other_owners)?;
        }
        Ok(RolesChanged { after, before })
    }

    fn suspend(&self, stop: Stop) -> Result<MemberStopped, MemberError> {
        match self {
            Member::Active(_) => self.stop(stop),
            Member::Absent => Err(MemberError::NotInvited),
            Member::Invited(..) => Err(MemberError::NotActive),
            Member::Suspended(_) => Err(MemberError::AlreadySuspended),
            Member::Removed(_) => Err(MemberError::AlreadyRemoved),
        }
    }

    fn reinstate(&self, note: Option<Note>) -> Result<MemberReinstated, MemberError> {
        match self {
            Member::Suspended(_) => Ok(MemberReinstated { note }),
            Member::Absent => Err(MemberError::NotInvited),
            Member::Invited(..) | Member::Active(_) => Err(MemberError::NotSuspended),
            Member::Removed(_) => Err(MemberError::AlreadyRemoved),
        }
    }

    fn remove(&self, stop: Stop) -> Result<MemberStopped, MemberError> {
        self.present()?;
        self.stop(stop)
    }

    fn stop(&self, Stop { note, sessions_ended, other_owners }: Stop) -> Result<MemberStopped, MemberError> {
        self.leave_an_owner(other_owners)?;
        Ok(MemberStopped { note, sessions_ended })
    }

    // Whoever is not active is not counted among the owners, so nothing is lost with them.
    fn leave_an_owner(&self, other_owners: u32) -> Result<(), MemberError> {
        if self.is_active_owner() && other_owners == 0 { Err(MemberError::LastOwner) } else { Ok(()) }
    }

    fn present(&self) -> Result<&Profile, MemberError> {
        match self {
            Member::Invited(profile, _) | Member::Active(profile) | Member::Suspended(profile) => Ok(profile),
            Member::Absent => Err(MemberError::NotInvited),
            Member::Removed(_) => Err(MemberError::AlreadyRemoved),
        }
    }
    /// Whether the member may do that now: active, and with a role that allows it. Every request asks.
    pub fn permits(&self, permission: Permission) -> bool {
        self.active_roles().is_some_and(|roles| roles.permit(permission))
    }

    /// The roles that count now: none unless the member is active.
    pub fn active_roles(&self) -> Option<&Roles> {
        let Member::Active(profile) = self else { return None };
        Some(&profile.roles)
    }

    /// Whether the member is one of those that [`Stop::other_owners`] counts for others.
    pub fn is_active_owner(&self) -> bool {
        self.active_roles().is_some_and(|roles| roles.contains(Role::Owner))
    }

    /// The invitation, while it has not been taken up. Past its `expires_at` it can only be sent again.
    pub fn invitation(&self) -> Option<&MemberInvitation> {
        let Member::Invited(_, invitation) = self else { return None };
        Some(invitation)
    }

    /// Who the member is, whatever became of them.
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Member::Absent => None,
            Member::Invited(profile, _)
            | Member::Active(profile)
            | Member::Suspended(profile)
            | Member::Removed(profile) => Some(profile),
        }
    }

    /// The state's name: `absent`, `invited`, `active`, `suspended`, `removed`.
    pub fn state(&self) -> &'static str {
        match self {
            Member::Absent => "absent",
            Member::Invited(..) => "invited",
            Member::Active(_) => "active",
            Member::Suspended(_) => "suspended",
            Member::Removed(_) => "removed",
        }
    }

    /// Moves every state that has a profile on; an absent member has none and stays what it is.
    fn advance(&mut self, next: fn(Profile) -> Member) {
        *self = match std::mem::take(self) {
            Member::Absent => Member::Absent,
            Member::Invited(profile, _)
            | Member::Active(profile)
            | Member::Suspended(profile)
            | Member::Removed(profile) => next(profile),
        };
    }

    fn profile_mut(&mut self) -> Option<&mut Profile> {
        match self {
            Member::Absent => None,
            Member::Invited(profile, _)
            | Member::Active(profile)
            | Member::Suspended(profile)
            | Member::Removed(profile) => Some(profile),
        }
    }
}

fn invitation(ctx: &Ctx, token_sha256: Option<Sha256>) -> MemberInvitation {
    let expires_at = Timestamp::from_micros(ctx.now.as_micros().saturating_add(INVITATION_MICROS));
    MemberInvitation { expires_at: expires_at.expect("no clock stands a week before the year 10000"), token_sha256 }
}

/// The member that an entry is about.
pub(crate) fn of_subject(kind: Kind, subject: &Subject) -> Result<PersonId, ReadError> {
    let of_member = subject.as_str().strip_prefix("member/").and_then(|id| PersonId::parse(id).ok());
    of_member.ok_or_else(|| ReadError::Subject { kind, subject: subject.to_string() })
}

impl Aggregate for Member {
    const TYPE: &'static str = "member";
    type Command = Command;
    type Event = MemberEvent;
    type Error = MemberError;
    type Services = Ctx;

    /// A bridge to [`Member::decide`], which decides.
    async fn handle(&mut self, command: Command, ctx: &Ctx, sink: &EventSink<Self>) -> Result<(), MemberError> {
        let event = self.decide(ctx, command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: MemberEvent) {
        match event {
            MemberEvent::MemberInvited(MemberInvited { member, email_hash, invitation, roles, email, name }) => {
                *self = Member::Invited(Profile { member, roles, email_hash, email, name }, invitation);
            }
            MemberEvent::InviteResent(newest) => {
                if let Member::Invited(_, invitation) = self {
                    *invitation = newest;
                }
            }
            MemberEvent::MemberActivated(_) | MemberEvent::MemberReinstated(_) => self.advance(Member::Active),
            MemberEvent::RolesChanged(RolesChanged { after, .. }) => {
                if let Some(profile) = self.profile_mut() {
                    profile.roles = after;
                }
            }
            MemberEvent::MemberSuspended(_) => self.advance(Member::Suspended),
            MemberEvent::MemberRemoved(_) => self.advance(Member::Removed),
        }
    }
}
