//! Mail: what people are told outside the pages.
//!
//! A [`Message`] is one kind of letter with its values. All have one form (`letter`), rendered as HTML and as plain text
//! by two templates below `templates/mail`; what a name can do in them is settled by [`Shown`] and by escaping. An
//! [`Envelope`] says from whom, to whom and under which id, and a [`Transport`] hands it over, keeps it, or skips it.
//! Neither a body nor an address is ever logged.

mod code;
mod envelope;
mod expired;
pub mod invitations;
mod invite;
mod letter;
mod letterhead;
mod link;
mod member_invitation;
mod member_recovery;
mod moment;
mod post;
mod queued;
mod reader;
mod revoked;
mod scope;
mod shown;
mod terms_copy;
#[cfg(test)]
mod tests;
mod transport;
mod written;

pub use code::{Code, Digits, DigitsError};
pub use envelope::{AddressError, Envelope, MessageId, Recipient, Sender};
pub use expired::Expired;
pub use invite::{Invite, InviteResent, Opens};
pub use letter::{Attachment, Letterhead, Rendered};
pub use letterhead::{NoRecipient, letterhead};
pub use link::{Link, LinkError};
pub use member_invitation::MemberInvitation;
pub use member_recovery::MemberRecovery;
pub use moment::Moment;
pub(crate) use post::envelope;
pub use post::{About, Delivery, send_now};
pub use queued::{Outbox, Queued};
pub use reader::Reader;
pub use revoked::Revoked;
pub use scope::Reach;
pub use shown::Shown;
pub use terms_copy::TermsCopy;
pub use transport::{Kept, MailServerError, Mailbox, SEND_LIMIT, SendError, Sent, Smtp, Transport, Unreached};
pub use written::{NotWritten, write};

/// Everything that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Access was given.
    Invite(Invite),
    /// The same with another link.
    InviteResent(InviteResent),
    /// A code that confirms an address.
    Code(Code),
    /// The terms that were accepted.
    TermsCopy(TermsCopy),
    /// Access was taken back.
    Revoked(Revoked),
    /// Access ran out, for whoever granted it.
    Expired(Expired),
    /// Somebody is to work in an organisation.
    MemberInvitation(MemberInvitation),
    /// A member cannot sign in any more.
    MemberRecovery(MemberRecovery),
}

impl Message {
    /// The name of the kind, for logs, metrics and queues.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Invite(_) => "invite",
            Self::InviteResent(_) => "invite_resent",
            Self::Code(_) => "code",
            Self::TermsCopy(_) => "terms_copy",
            Self::Revoked(_) => "revoked",
            Self::Expired(_) => "expired",
            Self::MemberInvitation(_) => "member_invitation",
            Self::MemberRecovery(_) => "member_recovery",
        }
    }

    /// One of each kind, with invented values.
    pub fn samples() -> [Self; 8] {
        [
            Self::Invite(Invite::sample()),
            Self::InviteResent(InviteResent::sample()),
            Self::Code(Code::sample()),
            Self::TermsCopy(TermsCopy::sample()),
            Self::Revoked(Revoked::sample()),
            Self::Expired(Expired::sample()),
            Self::MemberInvitation(MemberInvitation::sample()),
            Self::MemberRecovery(MemberRecovery::sample()),
        ]
    }

    /// The letter as it is sent.
    pub fn rendered(&self) -> Rendered {
        let letter = match self {
            Self::Invite(invite) => invite.letter(),
            Self::InviteResent(invite) => invite.letter(),
            Self::Code(code) => code.letter(),
            Self::TermsCopy(terms) => terms.letter(),
            Self::Revoked(revoked) => revoked.letter(),
            Self::Expired(expired) => expired.letter(),
            Self::MemberInvitation(invitation) => invitation.letter(),
            Self::MemberRecovery(recovery) => recovery.letter(),
        };
        letter.rendered()
    }

    /// On whose behalf it is written.
    fn head(&self) -> &Letterhead {
        match self {
            Self::Invite(invite) | Self::InviteResent(InviteResent(invite)) => &invite.head,
            Self::Code(code) => &code.head,
            Self::TermsCopy(terms) => &terms.head,
            Self::Revoked(revoked) => &revoked.head,
            Self::Expired(expired) => &expired.head,
            Self::MemberInvitation(invitation) => &invitation.head,
            Self::MemberRecovery(recovery) => &recovery.head,
        }
    }
}
