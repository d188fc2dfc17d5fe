//! The members of an organisation: the list, and who among them has a role.
//!
//! What it shows decides nothing. What a member may do is asked of the member's own stream.

mod arms;
mod list;

use domain::member::Roles;
use domain::name::{EmailHash, PersonId};
use ledger::time::Timestamp;

pub use self::list::{Filter, one, page};

/// What the list says of a member. Address and name are opened from the entry at `invited_index`
/// ([`store::opened::of`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The person.
    pub member: PersonId,
    /// The entry that invited them.
    pub invited_index: u64,
    /// The hash of the address, where it was recorded.
    pub email_hash: Option<EmailHash>,
    /// The roles; they count only while the member is active.
    pub roles: Roles,
    /// Where the member stands.
    pub state: MemberState,
    /// When they were invited.
    pub invited_at: Timestamp,
    /// From when on the invitation cannot be taken up, unless it was.
    pub invitation_expires_at: Timestamp,
    /// How often it was sent again.
    pub resent_count: u32,
    /// When they took it up.
    pub activated_at: Option<Timestamp>,
    /// When they were suspended or removed, while they are.
    pub stopped_at: Option<Timestamp>,
}

/// Where a member stands, by the names of [`domain::member::Member::state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// Not taken up yet; perhaps too late to.
    Invited,
    /// May do what the roles allow.
    Active,
    /// May do nothing for now.
    Suspended,
    /// Is a member no longer.
    Removed,
}

/// Not the name of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state of a member is invited, active, suspended or removed")]
pub struct NoMemberState;

impl MemberState {
    /// All of them, in the order of a member's life.
    pub const ALL: &'static [Self] = &[Self::Invited, Self::Active, Self::Suspended, Self::Removed];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    /// Reads its name.
    ///
    /// # Errors
    /// [`NoMemberState`].
    pub fn parse(text: &str) -> Result<Self, NoMemberState> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text).ok_or(NoMemberState)
    }
}

impl MemberRow {
    /// Whether the invitation is open and can still be taken up at `now`; past its time it can be sent again.
    pub fn is_invited_at(&self, now: Timestamp) -> bool {
        self.state == MemberState::Invited && now < self.invitation_expires_at
    }
}

super::read_model! {
    /// The read model behind the list.
    Members, "members", of streams "member", form 1;
}
