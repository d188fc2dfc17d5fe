//! How long access lasts: the bounds of a policy, and instants made from a number of days.
//!
//! A grant stores an instant. Where a calendar date is given instead, access ends at 24:00 of that date in the
//! organisation's time zone: the instant at which the next date begins there, which only the caller, who knows the time
//! zone's rules, can say.

use ledger::vocabulary::Timestamp;
use thiserror::Error;

use super::command::GrantError;

/// A day of access is 24 hours, also where clocks are set forward or back in between.
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// The longest access that can be granted, whatever a policy says.
pub const DAYS_MAX: u16 = 365;
/// The last instant that can be written, which no policy lets anybody reach.
const LAST_INSTANT: &str = "9999-12-31T23:59:59.999999Z";

/// The shortest and the longest access that an organisation's policy lets be granted, in days: 1 to 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationLimits {
    min_days: u16,
    max_days: u16,
}

impl DurationLimits {
    /// What holds for every organisation, whatever its policy: a day to 365 days.
    pub const PLATFORM: Self = Self { min_days: 1, max_days: DAYS_MAX };

    /// Bounds within those of the platform.
    ///
    /// # Errors
    /// [`LimitsError`], unless 1 ≤ `min_days` ≤ `max_days` ≤ 365.
    pub fn new(min_days: u16, max_days: u16) -> Result<Self, LimitsError> {
        if 1 <= min_days && min_days <= max_days && max_days <= DAYS_MAX {
            Ok(Self { min_days, max_days })
        } else {
            Err(LimitsError { min_days, max_days })
        }
    }

    /// The shortest, in days.
    pub fn min_days(self) -> u16 {
        self.min_days
    }

    /// The longest, in days.
    pub fn max_days(self) -> u16 {
        self.max_days
    }

    /// Whether access from now until then may be granted.
    ///
    /// # Errors
    /// [`GrantError::TooShort`], [`GrantError::TooLong`].
    pub fn check(self, now: Timestamp, expires_at: Timestamp) -> Result<(), GrantError> {
        let duration = expires_at.as_micros().saturating_sub(now.as_micros());
        if duration < i64::from(self.min_days) * DAY_MICROS {
            Err(GrantError::TooShort { expires_at, now, min_days: self.min_days })
        } else if i64::from(self.max_days) * DAY_MICROS < duration {
            Err(GrantError::TooLong { expires_at, now, max_days: self.max_days })
        } else {
            Ok(())
        }
    }
}

/// Two numbers of days that are no bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "access lasts 1 to {DAYS_MAX} days, the shortest not longer than the longest, and not {min_days} to {max_days}"
)]
pub struct LimitsError {
    /// The shortest, as it was given.
    pub min_days: u16,
    /// The longest, as it was given.
    pub max_days: u16,
}

/// The end of access that begins now and lasts that many days. Any number is taken: bounds are the grant's own, so that
/// what is too long is refused with the longest that is not.
pub fn after_days(now: Timestamp, days: u32) -> Timestamp {
    let micros = now.as_micros().saturating_add(i64::from(days).saturating_mul(DAY_MICROS));
    Timestamp::from_micros(micros)
        .unwrap_or_else(|_| Timestamp::parse(LAST_INSTANT).expect("it is of the form of a time"))
}
