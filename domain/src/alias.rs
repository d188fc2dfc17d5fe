//! Names that other systems have for our events. A filter takes them besides our own, and a view in the form of such a
//! system calls an entry by them.
//!
//! Pure data: [`ALIASES`] and two look-ups. What is recorded has its own type always; an alias is never written.

use serde_json::Value;

use crate::name::words;

words! {
    /// A system whose names are understood.
    pub enum System("system") {
        /// The auditor portal by audit cycle: `auditor.invite.created`.
        Meridian = "meridian",
        /// Continuous compliance: `access_granted`.
        S3 = "s3",
        /// The guide to audit logs: `user.signed_in`.
        S4 = "s4",
        /// The auditor access by magic link: `ACCEPT_INVITE`.
        S5 = "s5",
        /// The grant workflow WF-006: `auditor_access_granted`.
        Wf006 = "wf006",
    }
}

words! {
    /// What tells events of one type apart where another system has two names for them.
    pub enum Variant("variant of an event") {
        /// A later use of an invitation's link.
        Again = "again",
        /// The first use of an invitation's link.
        First = "first",
        /// A change of access after which only less is allowed.
        Narrowed = "narrowed",
        /// A change of access after which something is allowed that was not.
        Widened = "widened",
    }
}

impl Variant {
    /// That of an event, by its type and its detail in any version.
    pub fn of(name: &str, detail: &Value) -> Option<Self> {
        match name {
            ACCEPTED => detail["link"].as_str().and_then(|word| Self::parse(word).ok()),
            CHANGED => detail["widening"].as_bool().map(|widens| if widens { Self::Widened } else { Self::Narrowed }),
            _ => None,
        }
    }
}

/// A name of another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: &'static str,
    /// Whose it is.
    pub system: System,
    /// The events that it stands for: those that any of these holds for. Empty where nothing of the kind is recorded yet.
    pub stands_for: &'static [Condition],
}

/// Events of one type, or those of them that all of the rest holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The type.
    pub name: &'static str,
    /// Which of the type; all where there is none.
    pub only: Option<Only>,
}

/// Which events of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Those of a variant.
    Variant(Variant),
    /// Those that came to nothing.
    Failed,
    /// Those that came to nothing for one of these reasons.
    FailedFor(&'static [&'static str]),
}

const ACCEPTED: &str = "auditor.invite.accepted";
const CHANGED: &str = "auditor.access.changed";
const GRANTED: &str = "auditor.access.granted";
const REVOKED: &str = "auditor.access.revoked";

/// Why a second factor, or what stands for one, was not believed: reasons of `credential.signed_in` and `.stepped_up`.
const MFA_REASONS: &[&str] = &["wrong_code", "wrong_passkey", "wrong_recovery_code"];

/// All names that are understood. Of two names of one system that hold for an event, the first is what it is called.
pub const ALIASES: &[Alias] = &[
    of(System::Wf006, "auditor_access_granted", &[all(GRANTED)]),
    of(System::Meridian, "auditor.invite.created", &[all(GRANTED)]),
    of(System::Meridian, "auditor.invite.accept_attempted", &[all("auditor.invite.accept_attempted")]),
    of(System::Meridian, "auditor.invite.accepted", &[all(ACCEPTED)]),
    of(System::Meridian, "auditor.invite.revoked", &[all(REVOKED)]),
    of(System::Meridian, "auditor.session.logout", &[all("auditor.session.logout")]),
    of(System::Meridian, "auditor.evidence.downloaded", &[all("auditor.evidence.downloaded")]),
    of(System::Meridian, "auditor.irl.submitted", &[]),
    of(System::Meridian, "auditor.package.downloaded", &[]),
    of(System::S3, "access_granted", &[all(GRANTED), variant(CHANGED, Variant::Widened)]),
    of(
        System::S3,
        "access_revoked",
        &[all(REVOKED), all("auditor.access.expired"), variant(CHANGED, Variant::Narrowed)],
    ),
    of(System::S3, "policy_updated", &[all("organisation.policy.changed"), all("organisation.terms.published")]),
    of(System::S4, "user.created", &[all("member.invited")]),
    of(System::S4, "user.deleted", &[all("member.removed")]),
    of(System::S4, "user.suspended", &[all("member.suspended")]),
    of(System::S4, "user.password_changed", &[all("credential.password.set")]),
    of(
        System::S4,
        "user.mfa_failed",
        &[
            Condition { name: "credential.signed_in", only: Some(Only::FailedFor(MFA_REASONS)) },
            Condition { name: "credential.stepped_up", only: Some(Only::FailedFor(MFA_REASONS)) },
        ],
    ),
    of(System::S4, "user.mfa_disabled", &[all("credential.passkey.removed")]),
    of(System::S4, "user.signed_in", &[all("credential.signed_in")]),
    of(System::S4, "admin.role_changed", &[all("member.roles.changed")]),
    of(System::S4, "api_key.created", &[all("credential.api_key.created")]),
    of(System::S4, "admin.permission_granted", &[all(GRANTED), variant(CHANGED, Variant::Widened)]),
    of(System::S4, "admin.permission_revoked", &[all(REVOKED), variant(CHANGED, Variant::Narrowed)]),
    of(System::S4, "record.exported", &[all("auditor.records.exported")]),
    of(System::S4, "record.deleted", &[all("organisation.record.withdrawn"), all("evidence.withdrawn")]),
    of(System::S4, "data.bulk_exported", &[all("ledger.exported")]),
    of(
        System::S4,
        "config.changed",
        &[
            all("organisation.settings.changed"),
            all("organisation.policy.changed"),
            all("organisation.terms.published"),
        ],
    ),
    of(System::S5, "CREATE", &[all(GRANTED)]),
    of(System::S5, "UPDATE", &[all(CHANGED), all("auditor.invite.resent"), all("auditor.terms.cleared")]),
    of(System::S5, "REVOKE", &[all(REVOKED)]),
    of(System::S5, "ACCEPT_INVITE", &[variant(ACCEPTED, Variant::First), all("auditor.terms.accepted")]),
    of(System::S5, "REACCESS_INVITE", &[variant(ACCEPTED, Variant::Again)]),
    of(System::S5, "VIEW", &[all("auditor.record.viewed")]),
    of(System::S5, "DOWNLOAD", &[all("auditor.evidence.downloaded"), all("auditor.records.exported")]),
    of(System::S5, "COMMENT", &[]),
    of(System::S5, "EXPIRE", &[all("auditor.access.expired")]),
    of(System::S5, "AUTH_FAILURE", &[Condition { name: "auditor.invite.accept_attempted", only: Some(Only::Failed) }]),
];

const fn of(system: System, name: &'static str, stands_for: &'static [Condition]) -> Alias {
    Alias { name, system, stands_for }
}

const fn all(name: &'static str) -> Condition {
    Condition { name, only: None }
}

const fn variant(name: &'static str, variant: Variant) -> Condition {
    Condition { name, only: Some(Only::Variant(variant)) }
}

/// What a name stands for; none where it is no other system's. The case counts.
pub fn named(name: &str) -> Option<&'static Alias> {
    ALIASES.iter().find(|alias| alias.name == name)
}

/// What a system calls an event, by its type, its detail and why it came to nothing, if it did; none where the system
/// has no name for it, and then its type is its name.
pub fn name_in(system: System, name: &str, detail: &Value, reason: Option<&str>) -> Option<&'static str> {
    let mut of_system = ALIASES.iter().filter(|alias| alias.system == system);
    let holds = |condition: &Condition| condition.holds(name, Variant::of(name, detail), reason);
    of_system.find(|alias| alias.stands_for.iter().any(holds)).map(|alias| alias.name)
}

impl Condition {
    fn holds(&self, name: &str, variant: Option<Variant>, reason: Option<&str>) -> bool {
        self.name == name
            && match self.only {
                None => true,
                Some(Only::Variant(asked)) => variant == Some(asked),
                Some(Only::Failed) => reason.is_some(),
                Some(Only::FailedFor(reasons)) => reason.is_some_and(|reason| reasons.contains(&reason)),
            }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::event::Event;

    #[test]
    fn every_alias_stands_for_types_that_are_recorded_and_no_name_is_there_twice() {
        let names: BTreeSet<_> = ALIASES.iter().map(|alias| alias.name).collect();
        assert_eq!(names.len(), ALIASES.len());
        for condition in ALIASES.iter().flat_map(|alias| alias.stands_for) {
            let elsewhere = ["credential.api_key.created", "ledger.exported"];
            assert!(Event::has_type(condition.name) || elsewhere.contains(&condition.name), "{}", condition.name);
        }
    }

    // rows: S1-35, S2-55, S2-58, S5-34
    #[test]
    fn an_event_is_called_by_each_systems_own_name() {
        let none = json!({});
        assert_eq!(name_in(System::Wf006, GRANTED, &none, None), Some("auditor_access_granted"));
        assert_eq!(name_in(System::Meridian, GRANTED, &none, None), Some("auditor.invite.created"));
        assert_eq!(name_in(System::Meridian, REVOKED, &none, None), Some("auditor.invite.revoked"));
        assert_eq!(name_in(System::S5, ACCEPTED, &json!({ "link": "first" }), None), Some("ACCEPT_INVITE"));
        assert_eq!(name_in(System::S5, ACCEPTED, &json!({ "link": "again" }), None), Some("REACCESS_INVITE"));
        assert_eq!(name_in(System::Wf006, REVOKED, &none, None), None);
    }

    #[test]
    fn of_two_names_that_hold_the_one_that_says_more_comes_first() {
        let called = |reason| name_in(System::S4, "credential.signed_in", &json!({}), reason);
        assert_eq!(called(Some("wrong_code")), Some("user.mfa_failed"));
        assert_eq!(called(Some("wrong_password")), Some("user.signed_in"));
        assert_eq!(called(None), Some("user.signed_in"));
    }

    #[test]
    fn the_case_of_a_name_counts() {
        assert_eq!(named("EXPIRE").map(|alias| alias.system), Some(System::S5));
        assert_eq!(named("expire"), None);
    }
}
