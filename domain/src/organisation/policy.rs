//! How an organisation gives access: a preset, of which single values may be changed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::access_grant::{DAYS_MAX, DurationLimits};
use crate::invitation::{Delivery, LinkReuse, SecondFactor};
use crate::name::words;

words! {
    /// A named policy. Changing single values keeps the name: an organisation says where it started from, and
    /// [`Policy::differences`] says how far it has gone.
    pub enum Preset("preset of a policy") {
        /// Codes shown once, used once, confirmed by mail; a changed access is a new one.
        AuditCycle = "audit-cycle",
        /// Links by mail that last a month and are confirmed by mail.
        Balanced = "balanced",
        /// Links by mail that last a quarter and open without more.
        MagicLink = "magic-link",
        /// Links by mail that only an owner gives, for three months at most.
        StrictToken = "strict-token",
    }
}

// Not derived: what an organisation starts from is a decision, not the first word of a list.
#[expect(clippy::derivable_impls, reason = "the words are declared by a macro that marks no default")]
impl Default for Preset {
    fn default() -> Self {
        Preset::Balanced
    }
}

words! {
    /// Who gives access: see [`crate::member::may_grant`].
    pub enum Granters("circle of granters") {
        /// Owners.
        Owner = "owner",
        /// Owners and admins.
        OwnerAdmin = "owner_admin",
        /// Whoever has the permission `grants_write`.
        Permission = "permission",
    }
}

/// The values of a policy, one by one, as a form gives them. [`Policy::new`] checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyValues {
    /// How many days an access lasts where nothing else is asked for.
    pub default_days: u16,
    /// How an invitation is delivered where nothing else is asked for.
    pub delivery_default: Delivery,
    /// Whether an access can be changed; otherwise it is revoked and given anew.
    pub edit_in_place: bool,
    /// Who gives access.
    pub granters: Granters,
    /// How often a link opens it.
    pub link_reuse: LinkReuse,
    /// The most days an access lasts, at most [`DAYS_MAX`].
    pub max_days: u16,
    /// The fewest days an access lasts, at least 1.
    pub min_days: u16,
    /// Whether an invitation can be sent again, with a new link; otherwise it is revoked and given anew.
    pub resend: bool,
    /// What an auditor shows besides the link.
    pub second_factor: SecondFactor,
}

/// A policy whose days hold: 1 ≤ min ≤ default ≤ max ≤ 365. It is recorded as its [`PolicyValues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PolicyValues", into = "PolicyValues")]
pub struct Policy(PolicyValues);

/// Why values are no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// `min_days` is 0.
    #[error("the fewest days are at least 1")]
    MinDaysZero,
    /// `default_days` is less than `min_days`.
    #[error("the default of {default_days} days is less than the fewest, {min_days}")]
    DefaultDaysBelowMin {
        /// The default.
        default_days: u16,
        /// The fewest.
        min_days: u16,
    },
    /// `default_days` is more than `max_days`.
    #[error("the default of {default_days} days is more than the most, {max_days}")]
    DefaultDaysAboveMax {
        /// The default.
        default_days: u16,
        /// The most.
        max_days: u16,
    },
    /// `max_days` is more than 365.
    #[error("the most days are at most {DAYS_MAX}, not {max_days}")]
    MaxDaysAboveLimit {
        /// The most.
        max_days: u16,
    },
}

impl PolicyError {
    /// The field of [`PolicyValues`] to correct.
    pub fn field(&self) -> &'static str {
        match self {
            PolicyError::MinDaysZero => "min_days",
            PolicyError::DefaultDaysBelowMin { .. } | PolicyError::DefaultDaysAboveMax { .. } => "default_days",
            PolicyError::MaxDaysAboveLimit { .. } => "max_days",
        }
    }
}

/// A value in which a policy differs from a preset, as words for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the value, a field of [`PolicyValues`].
    pub field: &'static str,
    /// What it is.
    pub value: String,
    /// What it is in the preset.
    pub preset_value: String,
}

impl Policy {
    /// Checks the values.
    ///
    /// # Errors
    /// [`PolicyError`], the first rule that does not hold.
    pub fn new(values: PolicyValues) -> Result<Self, PolicyError> {
        let PolicyValues { default_days, max_days, min_days, .. } = values;
        if min_days == 0 {
            return Err(PolicyError::MinDaysZero);
        }
        if DAYS_MAX < max_days {
            return Err(PolicyError::MaxDaysAboveLimit { max_days });
        }
        if default_days < min_days {
            return Err(PolicyError::DefaultDaysBelowMin { default_days, min_days });
        }
        if max_days < default_days {
            return Err(PolicyError::DefaultDaysAboveMax { default_days, max_days });
        }
        Ok(Self(values))
    }

    /// The values.
    pub fn values(&self) -> &PolicyValues {
        &self.0
    }

    /// The fewest and the most days that it lets an access last.
    pub fn limits(&self) -> DurationLimits {
        let PolicyValues { max_days, min_days, .. } = self.0;
        DurationLimits::new(min_days, max_days).expect("a policy's days are within those of the platform")
    }

    /// Each value by its name, in the order of a page: a boolean is `yes` or `no`, days are a number.
    pub fn rows(&self) -> [(&'static str, String); 9] {
        let PolicyValues { default_days, delivery_default, edit_in_place, granters, link_reuse, .. } = self.0;
        let PolicyValues { max_days, min_days, resend, second_factor, .. } = self.0;
        let yes_or_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
        [
            ("default_days", default_days.to_string()),
            ("min_days", min_days.to_string()),
            ("max_days", max_days.to_string()),
            ("link_reuse", link_reuse.to_string()),
            ("second_factor", second_factor.to_string()),
            ("delivery_default", delivery_default.to_string()),
            ("granters", granters.to_string()),
            ("edit_in_place", yes_or_no(edit_in_place)),
            ("resend", yes_or_no(resend)),
        ]
    }

    /// The values, by name, in which it asks for less or lets more happen than another one did.
    pub fn loosened_since(&self, before: &Policy) -> Vec<&'static str> {
        let (now, then) = (&self.0, &before.0);
        // The words stand in the order of the alphabet, and these circles happen to widen in it.
        let loosened = [
            ("max_days", then.max_days < now.max_days),
            ("link_reuse", (then.link_reuse, now.link_reuse) == (LinkReuse::SingleUse, LinkReuse::Reusable)),
            ("second_factor", then.second_factor != SecondFactor::None && now.second_factor == SecondFactor::None),
            ("granters", then.granters < now.granters),
        ];
        loosened.into_iter().filter(|(_, loosened)| *loosened).map(|(field, _)| field).collect()
    }

    /// In which values it differs from a preset, in the order of [`Policy::rows`]; none if it is the preset.
    pub fn differences(&self, preset: Preset) -> Vec<Difference> {
        std::iter::zip(self.rows(), preset.policy().rows())
            .filter(|((_, value), (_, preset_value))| value != preset_value)
            .map(|((field, value), (_, preset_value))| Difference { field, value, preset_value })
            .collect()
    }
}

impl Default for Policy {
    fn default() -> Self {
        Preset::default().policy()
    }
}

impl TryFrom<PolicyValues> for Policy {
    type Error = PolicyError;

    fn try_from(values: PolicyValues) -> Result<Self, PolicyError> {
        Self::new(values)
    }
}

impl From<Policy> for PolicyValues {
    fn from(policy: Policy) -> Self {
        policy.0
    }
}

const BALANCED: PolicyValues = PolicyValues {
    default_days: 30,
    delivery_default: Delivery::Email,
    edit_in_place: true,
    granters: Granters::OwnerAdmin,
    link_reuse: LinkReuse::Reusable,
    max_days: 90,
    min_days: 1,
    resend: true,
    second_factor: SecondFactor::EmailCode,
};

impl Preset {
    /// The most days that a policy which started from it can let an access last: `balanced` stays at its own 90, since more
    /// asks for a second person's approval, which there is not yet (C1). The others take what every organisation can.
    pub const fn days_cap(self) -> u16 {
        match self {
            Preset::Balanced => BALANCED.max_days,
            Preset::AuditCycle | Preset::MagicLink | Preset::StrictToken => DAYS_MAX,
        }
    }

    /// Its values.
    pub const fn policy(self) -> Policy {
        Policy(match self {
            Preset::AuditCycle => PolicyValues {
                default_days: 90,
                delivery_default: Delivery::ShowOnce,
                edit_in_place: false,
                granters: Granters::Permission,
                link_reuse: LinkReuse::SingleUse,
                max_days: 365,
                resend: false,
                ..BALANCED
            },
            Preset::Balanced => BALANCED,
            Preset::MagicLink => {
                PolicyValues { default_days: 90, max_days: 365, second_factor: SecondFactor::None, ..BALANCED }
            }
            Preset::StrictToken => {
                PolicyValues { granters: Granters::Owner, second_factor: SecondFactor::None, ..BALANCED }
            }
        })
    }
}
