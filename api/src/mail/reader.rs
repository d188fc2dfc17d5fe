//! Who a letter is for, by role: what the mail log has in place of a name.

use super::Message;

/// Who reads a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The auditor of the grant that it is about.
    Auditor,
    /// Whoever gave that grant.
    Granter,
    /// The member that it is about.
    Member,
}

impl Reader {
    /// The word for it in the mail log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Granter => "granter",
            Self::Member => "member",
        }
    }
}

impl Message {
    /// Who reads it, by role.
    pub(crate) const fn reader(&self) -> Reader {
        match self {
            Self::Invite(_) | Self::InviteResent(_) | Self::Code(_) | Self::TermsCopy(_) | Self::Revoked(_) => {
                Reader::Auditor
            }
            Self::Expired(_) => Reader::Granter,
            Self::MemberInvitation(_) | Self::MemberRecovery(_) => Reader::Member,
        }
    }
}
