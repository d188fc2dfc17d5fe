//! What members may do: roles are bundles of permissions, and permissions are what is asked for.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::event::read_set;
use crate::name::words;
use crate::organisation::Granters;

words! {
    /// What somebody is in an organisation. A member has one or more.
    pub enum Role("role") {
        /// Runs the organisation's account, with its members, settings and keys.
        Admin = "admin",
        /// Decides what needs a second person.
        Approver = "approver",
        /// Runs audits: engagements, access, records and evidence.
        ComplianceOfficer = "compliance_officer",
        /// Adds evidence.
        Contributor = "contributor",
        /// An admin who also makes and unmakes owners. There is always one.
        Owner = "owner",
        /// Keeps records and evidence of what they answer for.
        ResourceOwner = "resource_owner",
        /// Sees, and changes nothing.
        Viewer = "viewer",
    }
}

words! {
    /// Something that a member may do. Pages and endpoints ask for one of these, never for a role.
    pub enum Permission("permission") {
        /// Decide what needs a second person.
        Approve = "approve",
        /// See engagements.
        EngagementsRead = "engagements_read",
        /// Open, change and close engagements.
        EngagementsWrite = "engagements_write",
        /// See and download evidence.
        EvidenceRead = "evidence_read",
        /// Add, revise and withdraw evidence.
        EvidenceWrite = "evidence_write",
        /// See who has access.
        GrantsRead = "grants_read",
        /// Give, change and take access, where the organisation's policy does not ask for more.
        GrantsWrite = "grants_write",
        /// Make and revoke API keys.
        KeysWrite = "keys_write",
        /// Take the log, or a part of it, out as a file.
        LedgerExport = "ledger_export",
        /// Search the log.
        LedgerRead = "ledger_read",
        /// See which mails were sent and what became of them.
        MailRead = "mail_read",
        /// See who is a member.
        MembersRead = "members_read",
        /// Invite, suspend and remove members and change their roles.
        MembersWrite = "members_write",
        /// See records.
        RecordsRead = "records_read",
        /// Add, change and withdraw records.
        RecordsWrite = "records_write",
        /// See settings, policy and terms.
        SettingsRead = "settings_read",
        /// Change settings, policy and terms.
        SettingsWrite = "settings_write",
    }
}

/// What everybody sees, also who has access: that page is read-only for most (S5-11).
const VIEWER: &[Permission] =
    &[Permission::EngagementsRead, Permission::EvidenceRead, Permission::GrantsRead, Permission::RecordsRead];

const APPROVER: &[Permission] = &[
    Permission::Approve,
    Permission::EngagementsRead,
    Permission::EvidenceRead,
    Permission::GrantsRead,
    Permission::RecordsRead,
];

const CONTRIBUTOR: &[Permission] = &[
    Permission::EngagementsRead,
    Permission::EvidenceRead,
    Permission::EvidenceWrite,
    Permission::GrantsRead,
    Permission::RecordsRead,
];

const RESOURCE_OWNER: &[Permission] = &[
    Permission::EngagementsRead,
    Permission::EvidenceRead,
    Permission::EvidenceWrite,
    Permission::GrantsRead,
    Permission::RecordsRead,
    Permission::RecordsWrite,
];

/// Everything but deciding as the second person, and what the organisation itself hangs on: members, settings, keys.
const COMPLIANCE_OFFICER: &[Permission] = &[
    Permission::EngagementsRead,
    Permission::EngagementsWrite,
    Permission::EvidenceRead,
    Permission::EvidenceWrite,
    Permission::GrantsRead,
    Permission::GrantsWrite,
    Permission::LedgerExport,
    Permission::LedgerRead,
    Permission::MailRead,
    Permission::MembersRead,
    Permission::RecordsRead,
    Permission::RecordsWrite,
    Permission::SettingsRead,
];

impl Role {
    /// What it allows, in the order of the words. `tests/golden-tables/roles.txt` shows all of them.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Role::Admin | Role::Owner => Permission::ALL,
            Role::Approver => APPROVER,
            Role::ComplianceOfficer => COMPLIANCE_OFFICER,
            Role::Contributor => CONTRIBUTOR,
            Role::ResourceOwner => RESOURCE_OWNER,
            Role::Viewer => VIEWER,
        }
    }
}

/// The roles of a member: at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Roles(BTreeSet<Role>);

/// A member without a role could do nothing: that is what suspending is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a member has at least one role")]
pub struct NoRole;

impl Roles {
    /// These roles; order and repetition do not matter.
    ///
    /// # Errors
    /// [`NoRole`], when there are none.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Result<Self, NoRole> {
        let roles: BTreeSet<_> = roles.into_iter().collect();
        if roles.is_empty() { Err(NoRole) } else { Ok(Self(roles)) }
    }

    /// Each of them, in the order of their words.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    /// Whether a role is among them.
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether one of them allows it.
    pub fn permit(&self, permission: Permission) -> bool {
        self.iter().any(|role| role.permissions().contains(&permission))
    }

    /// Whether whoever has these may invite, change, suspend or remove a member who has, or is to have, those. With
    /// `members_write` that is everybody but owners, over whom only owners decide: an admin cannot make themselves one.
    /// When roles change, it is asked for those before and those after.
    pub fn may_manage(&self, others: &Roles) -> bool {
        self.permit(Permission::MembersWrite) && (self.contains(Role::Owner) || !others.contains(Role::Owner))
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().map(Role::as_str).collect::<Vec<_>>().join(", "))
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_set(deserializer).map(Roles)
    }
}

/// Whether somebody with these roles gives, changes and takes access in an organisation whose policy says so.
pub fn may_grant(granters: Granters, roles: &Roles) -> bool {
    match granters {
        Granters::Owner => roles.contains(Role::Owner),
        Granters::OwnerAdmin => roles.contains(Role::Owner) || roles.contains(Role::Admin),
        Granters::Permission => roles.permit(Permission::GrantsWrite),
    }
}
