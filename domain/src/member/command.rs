//! What can be asked of a member, and why it is refused.

use ledger::vocabulary::Timestamp;
use thiserror::Error;

use super::role::Roles;
use crate::name::{EmailHash, PersonId, Sha256};
use crate::note::Note;
use crate::person::{Email, PersonName};

/// What can be asked of a member.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Invite somebody.
    Invite(Invite),
    /// Send the invitation again, with another link; the one before is void, and the week begins anew.
    ResendInvite {
        /// The hash of the token in the new link.
        token_sha256: Option<Sha256>,
    },
    /// Take the invitation up.
    Activate {
        /// The hash of the token that was shown: that of the invitation's newest link.
        token_sha256: Option<Sha256>,
    },
    /// Have other roles.
    ChangeRoles {
        /// All of them, as they then are.
        roles: Roles,
        /// As in [`Stop::other_owners`].
        other_owners: u32,
    },
    /// Forbid everything for now.
    Suspend(Stop),
    /// Allow again what the roles allow.
    Reinstate {
        /// Why.
        note: Option<Note>,
    },
    /// End the membership, or withdraw the invitation.
    Remove(Stop),
}

/// Somebody to be invited.
#[derive(Clone, Debug, PartialEq)]
pub struct Invite {
    /// A new id, which the stream is named by.
    pub member: PersonId,
    /// Where that person gets mail.
    pub email: Email,
    /// What that person is called.
    pub name: Option<PersonName>,
    /// As what.
    pub roles: Roles,
    /// Of the address, under the data key of `member`.
    pub email_hash: Option<EmailHash>,
    /// The hash of the token in the link, if one is sent.
    pub token_sha256: Option<Sha256>,
}

/// How a member is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Why.
    pub note: Option<Note>,
    /// How many sessions end with it.
    pub sessions_ended: u32,
    /// How many other members are active and owners. An aggregate sees only itself, so the caller counts them, from the
    /// entries and not from a read model, and does so under the organisation's stream: nothing else that makes or
    /// unmakes an owner is decided meanwhile. Otherwise two owners who remove each other at once both succeed.
    pub other_owners: u32,
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    /// The stream already has a member.
    #[error("this member has already been invited")]
    AlreadyInvited,
    /// The stream has no member.
    #[error("there is no such member")]
    NotInvited,
    /// The invitation has not been taken up.
    #[error("this member has not taken up the invitation")]
    NotActive,
    /// The invitation has been taken up.
    #[error("this member has already taken up the invitation")]
    AlreadyActive,
    /// Suspended before.
    #[error("this member is suspended")]
    AlreadySuspended,
    /// Not suspended.
    #[error("this member is not suspended")]
    NotSuspended,
    /// Removed before.
    #[error("this member has been removed")]
    AlreadyRemoved,
    /// The invitation's week is over.
    #[error("this invitation expired at {expires_at}")]
    InvitationOver {
        /// Since when.
        expires_at: Timestamp,
    },
    /// The link is not the newest one.
    #[error("this is not the link of the invitation")]
    AnotherToken,
    /// Sent again with the link that it already had.
    #[error("an invitation is sent again with another link")]
    SameToken,
    /// Somebody tried to take up an invitation that is for somebody else.
    #[error("this invitation is for another person")]
    AnotherPerson,
    /// Nobody would be left who could make another owner.
    #[error("an organisation keeps at least one owner, and this is the last")]
    LastOwner,
    /// The roles are already as asked for.
    #[error("nothing about this member would change")]
    NothingChanged,
}
