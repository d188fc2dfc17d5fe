//! What pages and endpoints ask of whoever asks: one set of names for the scopes of keys and the permissions of members.

use domain::member;

use crate::access::api_key::Scope;

/// What an endpoint asks of its caller: of a key, a scope; of a member, a permission; of a member's own key, both.
pub trait Permission: Send + Sync {
    /// What a key must have.
    const KEY: KeyNeed;
    /// What the roles of a member must allow; none where any member will do.
    const MEMBER: Option<member::Permission>;
}

/// What is asked of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyNeed {
    /// Nothing: any key will do.
    Any,
    /// This scope.
    Scope(Scope),
    /// No key will do: it takes somebody who is signed in.
    Session,
}

macro_rules! permissions {
    ($( $(#[$meta:meta])* $name:ident: $key:expr, $member:expr; )+) => { $(
        $(#[$meta])*
        pub struct $name;

        impl Permission for $name {
            const KEY: KeyNeed = $key;
            const MEMBER: Option<member::Permission> = $member;
        }
    )+ };
}

permissions! {
    /// May append events. A member's own key may where that member could also make one for a program.
    EventsWrite: KeyNeed::Scope(Scope::EventsWrite), Some(member::Permission::KeysWrite);
    /// May read entries, receipts and proofs.
    EntriesRead: KeyNeed::Scope(Scope::EntriesRead), Some(member::Permission::LedgerRead);
    /// May give, change and take access, where [`Acting::may_grant`](super::Acting::may_grant) says so too.
    GrantsWrite: KeyNeed::Scope(Scope::GrantsWrite), Some(member::Permission::GrantsWrite);
    /// May ask to give, change and take access; whether the organisation's policy lets them is for the act to say.
    Granting: KeyNeed::Scope(Scope::GrantsWrite), None;
    /// May see who has access.
    GrantsRead: KeyNeed::Scope(Scope::GrantsRead), Some(member::Permission::GrantsRead);
    /// May open, change and close engagements.
    EngagementsWrite: KeyNeed::Scope(Scope::EngagementsWrite), Some(member::Permission::EngagementsWrite);
    /// May see engagements.
    EngagementsRead: KeyNeed::Scope(Scope::EngagementsRead), Some(member::Permission::EngagementsRead);
    /// May add, revise and withdraw evidence.
    EvidenceWrite: KeyNeed::Scope(Scope::EvidenceWrite), Some(member::Permission::EvidenceWrite);
    /// May see evidence and download its files.
    EvidenceRead: KeyNeed::Scope(Scope::EvidenceRead), Some(member::Permission::EvidenceRead);
    /// May put and withdraw records.
    RecordsWrite: KeyNeed::Scope(Scope::RecordsWrite), Some(member::Permission::RecordsWrite);
    /// May see records.
    RecordsRead: KeyNeed::Scope(Scope::RecordsRead), Some(member::Permission::RecordsRead);
    /// May see who is a member.
    MembersRead: KeyNeed::Session, Some(member::Permission::MembersRead);
    /// May invite, suspend and remove members and change their roles.
    MembersWrite: KeyNeed::Session, Some(member::Permission::MembersWrite);
    /// May see settings, policy and terms.
    SettingsRead: KeyNeed::Session, Some(member::Permission::SettingsRead);
    /// May change settings, policy and terms.
    SettingsWrite: KeyNeed::Session, Some(member::Permission::SettingsWrite);
    /// May see which mails were sent.
    MailRead: KeyNeed::Session, Some(member::Permission::MailRead);
    /// May make and revoke keys.
    KeysWrite: KeyNeed::Session, Some(member::Permission::KeysWrite);
    /// May take the log out as a file.
    LedgerExport: KeyNeed::Session, Some(member::Permission::LedgerExport);
    /// May decide what needs a second person.
    Approve: KeyNeed::Session, Some(member::Permission::Approve);
    /// May ask about itself, being a key.
    AnyKey: KeyNeed::Any, None;
    /// May ask about themselves, being a member who is signed in.
    AnyMember: KeyNeed::Session, None;
}
