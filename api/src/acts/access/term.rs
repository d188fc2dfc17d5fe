//! Until when: an instant, a date in the organisation's time zone, a number of days, or what the policy says (C1, C2).

use domain::access_grant::expiry;
use domain::date::Date;
use domain::organisation::{Organisation, PolicyValues};
use jiff::civil;
use jiff::tz::TimeZone;
use ledger::vocabulary::Timestamp;
use thiserror::Error;

/// Longest number of days that is read; what is too long for a policy is refused by it.
const DAYS_READ_MAX: u32 = 100_000;

/// The end of access, as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// As many days as the policy gives where nothing is said.
    Default,
    /// Days of 24 hours from now.
    Days(u32),
    /// That instant.
    At(Timestamp),
    /// 24:00 of that date in the organisation's time zone.
    Through(Date),
}

/// Why a term has no end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TermError {
    /// The organisation's time zone is not known here.
    #[error("the time zone {0} is not known to this service")]
    Zone(String),
    /// A date that no instant ends.
    #[error("access does not end on {0}")]
    Date(String),
    /// A number of days that is no number of days.
    #[error("a number of days from 1 to {DAYS_READ_MAX}")]
    Days,
}

impl Term {
    /// A number of days as somebody typed it.
    ///
    /// # Errors
    /// [`TermError::Days`], unless it is 0 to 100,000. Less than a policy's fewest is for the policy to refuse.
    pub fn days(days: i64) -> Result<Self, TermError> {
        let days = u32::try_from(days).map_err(|_| TermError::Days)?;
        if days <= DAYS_READ_MAX { Ok(Self::Days(days)) } else { Err(TermError::Days) }
    }

    /// The instant from which on nothing is allowed any more.
    ///
    /// # Errors
    /// [`TermError`].
    pub fn end(
        self,
        now: Timestamp,
        policy: &PolicyValues,
        organisation: &Organisation,
    ) -> Result<Timestamp, TermError> {
        match self {
            Self::Default => Ok(expiry::after_days(now, policy.default_days.into())),
            Self::Days(days) => Ok(expiry::after_days(now, days)),
            Self::At(instant) => Ok(instant),
            Self::Through(date) => end_of(date, &zone(organisation)?),
        }
    }
}

/// The time zone in which an organisation's days begin and end: UTC where it never said.
///
/// # Errors
/// [`TermError::Zone`].
pub fn zone(organisation: &Organisation) -> Result<TimeZone, TermError> {
    let Some(settings) = organisation.settings() else { return Ok(TimeZone::UTC) };
    let name = settings.time_zone.as_str();
    TimeZone::get(name).map_err(|_| TermError::Zone(name.to_owned()))
}

/// The instant at which the next date begins there; a day that begins later, because clocks are set forward over
/// midnight, begins when it begins.
fn end_of(date: Date, zone: &TimeZone) -> Result<Timestamp, TermError> {
    let no_end = || TermError::Date(date.to_string());
    let next = date.to_string().parse::<civil::Date>().and_then(civil::Date::tomorrow).map_err(|_| no_end())?;
    let begins = next.to_datetime(civil::Time::midnight()).to_zoned_datetime(zone.clone()).map_err(|_| no_end())?;
    Timestamp::from_micros(begins.timestamp().as_microsecond()).map_err(|_| no_end())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // rows: S5-20, S5-21, C2
    #[rstest]
    #[case("2026-12-31", "UTC", "2027-01-01T00:00:00.000000Z")]
    #[case("2026-12-31", "Europe/Luxembourg", "2026-12-31T23:00:00.000000Z")]
    #[case("2026-07-31", "Europe/Luxembourg", "2026-07-31T22:00:00.000000Z")]
    #[case("2026-12-31", "America/Los_Angeles", "2027-01-01T08:00:00.000000Z")]
    // Clocks went from 24:00 to 1:00, so the first of October began at one.
    #[case("2005-09-30", "America/Asuncion", "2005-10-01T04:00:00.000000Z")]
    fn access_through_a_date_ends_at_24_00_of_it_where_the_organisation_is(
        #[case] date: &str,
        #[case] zone: &str,
        #[case] end: &str,
    ) {
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(end_of(Date::parse(date).unwrap(), &zone).unwrap(), Timestamp::parse(end).unwrap());
    }

    #[test]
    fn a_number_of_days_is_one() {
        assert_eq!(Term::days(30), Ok(Term::Days(30)));
        assert_eq!(Term::days(0), Ok(Term::Days(0)), "the policy refuses it with its own fewest");
        assert_eq!(Term::days(-1), Err(TermError::Days));
        assert_eq!(Term::days(100_001), Err(TermError::Days));
    }
}
