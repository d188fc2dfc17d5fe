//! Who has been given access: the lists of grants, for the organisation, an engagement or a person.
//!
//! What a list shows decides nothing. Whether a grant is good is asked of its own stream.

mod arms;
mod filter;
mod list;

use std::num::NonZeroU32;

use domain::access_grant::{Extent, RoleTitle, State};
use domain::invitation::{Delivery, LinkReuse, SecondFactor};
use domain::name::{EmailHash, GrantId, PersonId};
use domain::person::Firm;
use ledger::entry::ActorType;
use ledger::time::Timestamp;

pub use self::filter::{Filter, LastAccess};
pub use self::list::{Counts, Due, Sort, SortBy, counts, expired_unrecorded, one, page};

/// What the lists say of a grant. Address and name are opened from the entry at `granted_index`
/// ([`store::opened::of`]).
#[derive(Clone, Debug, PartialEq)]
pub struct GrantRow {
    /// Its id.
    pub grant: GrantId,
    /// The entry that gave it.
    pub granted_index: u64,
    /// The auditor.
    pub person: PersonId,
    /// The hash of the auditor's address, where it was recorded.
    pub email_hash: Option<EmailHash>,
    /// The auditor's firm.
    pub firm: Firm,
    /// What the auditor is called on the engagement.
    pub role_title: Option<RoleTitle>,
    /// To what, and until when: bundles, capabilities, types of resource, filters, end.
    pub extent: Extent,
    /// How many versions of its extent there are.
    pub version: u32,
    /// The link that opens it; none where version 1 recorded it without a token.
    pub link: Option<LinkRow>,
    /// As recorded. [`GrantRow::state_at`] is what to show.
    pub state: State,
    /// When it was given.
    pub created_at: Timestamp,
    /// Who gave it.
    pub granted_by: ActorRow,
    /// When the auditor took it up.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it ended, where that is recorded: taken back, or run out.
    pub ended_at: Option<Timestamp>,
    /// The version of the terms of engagement that counts as accepted.
    pub terms_version: Option<NonZeroU32>,
    /// The grant that it renews.
    pub regrant_of: Option<GrantId>,
    /// How often its link was replaced.
    pub resent_count: u32,
    /// When it was last.
    pub resent_at: Option<Timestamp>,
    /// How many sessions ended with it.
    pub sessions_ended: u32,
    /// When the auditor was last there; not from the log.
    pub last_accessed_at: Option<Timestamp>,
}

/// How the link of a grant works. Its token's hash is in the log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// How it gets to the auditor.
    pub delivery: Delivery,
    /// How often it works.
    pub link_reuse: LinkReuse,
    /// What is asked for besides.
    pub second_factor: SecondFactor,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorRow {
    /// What they are.
    pub kind: ActorType,
    /// Their opaque id: of a member, the person's.
    pub id: String,
}

impl GrantRow {
    /// The state that is true now: what is over is expired, whether that is recorded or not.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.state {
            State::Pending | State::Active if self.extent.expires_at <= now => State::Expired,
            state => state,
        }
    }
}

super::read_model! {
    /// The read model behind the lists.
    Grants, "grants", of streams "access_grant", form 1;
}
