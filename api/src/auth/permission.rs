//! What pages and endpoints ask of whoever asks: one set of names for the scopes of keys and the permissions of members.

use domain::member;

use crate::access::api_key::Scope;

/// What an endpoint asks of its caller: of a key, a scope; of a member, a permission; of a member's own key, both.
pub trait Permission: Send + Sync {
    /// What a key must have.
    const KEY: KeyNeed;
    /// What a member must be allowed.
    const MEMBER: MemberNeed;
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

/// What is asked of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberNeed {
    /// Nothing: any member will do.
    Any,
    /// That their roles allow this.
    Role(member::Permission),
    /// That the organisation's policy lets them give, change and take access.
    Granter,
}

macro_rules! permissions {
    ($( $(#[$meta:meta])* $name:ident: $key:expr, $member:expr; )+) => { $(
        $(#[$meta])*
        pub struct $name;

        impl Permission for $name {
            const KEY: KeyNeed = $key;
            const MEMBER: MemberNeed = $member;
        }
    )+ };
}

permissions! {
    /// May append events. A member's own key may where that member could also make one for a program.
    EventsWrite: KeyNeed::Scope(Scope::EventsWrite), MemberNeed::Role(member::Permission::KeysWrite);
    /// May read entries, receipts and proofs.
    EntriesRead: KeyNeed::Scope(Scope::EntriesRead), MemberNeed::Role(member::Permission::LedgerRead);
    /// May give, change and take access.
    Granting: KeyNeed::Scope(Scope::GrantsWrite), MemberNeed::Granter;
    /// May see who has access.
    GrantsRead: KeyNeed::Scope(Scope::GrantsRead), MemberNeed::Role(member::Permission::GrantsRead);
    /// May open, change and close engagements.
    EngagementsWrite: KeyNeed::Scope(Scope::EngagementsWrite), MemberNeed::Role(member::Permission::EngagementsWrite);
    /// May see engagements.
    EngagementsRead: KeyNeed::Scope(Scope::EngagementsRead), MemberNeed::Role(member::Permission::EngagementsRead);
    /// May add, revise and withdraw evidence.
    EvidenceWrite: KeyNeed::Scope(Scope::EvidenceWrite), MemberNeed::Role(member::Permission::EvidenceWrite);
    /// May see evidence and download its files.
    EvidenceRead: KeyNeed::Scope(Scope::EvidenceRead), MemberNeed::Role(member::Permission::EvidenceRead);
    /// May put and withdraw records.
    RecordsWrite: KeyNeed::Scope(Scope::RecordsWrite), MemberNeed::Role(member::Permission::RecordsWrite);
    /// May see records.
    RecordsRead: KeyNeed::Scope(Scope::RecordsRead), MemberNeed::Role(member::Permission::RecordsRead);
    /// May see who is a member.
    MembersRead: KeyNeed::Session, MemberNeed::Role(member::Permission::MembersRead);
    /// May invite, suspend and remove members and change their roles.
    MembersWrite: KeyNeed::Session, MemberNeed::Role(member::Permission::MembersWrite);
    /// May see settings, policy and terms.
    SettingsRead: KeyNeed::Session, MemberNeed::Role(member::Permission::SettingsRead);
    /// May change settings, policy and terms.
    SettingsWrite: KeyNeed::Session, MemberNeed::Role(member::Permission::SettingsWrite);
    /// May see which mails were sent.
    MailRead: KeyNeed::Session, MemberNeed::Role(member::Permission::MailRead);
    /// May make and revoke keys.
    KeysWrite: KeyNeed::Session, MemberNeed::Role(member::Permission::KeysWrite);
    /// May take the log out as a file.
    LedgerExport: KeyNeed::Session, MemberNeed::Role(member::Permission::LedgerExport);
    /// May decide what needs a second person.
    Approve: KeyNeed::Session, MemberNeed::Role(member::Permission::Approve);
    /// May ask about itself, being a key.
    AnyKey: KeyNeed::Any, MemberNeed::Any;
    /// May ask about themselves, being a member who is signed in.
    AnyMember: KeyNeed::Session, MemberNeed::Any;
}
