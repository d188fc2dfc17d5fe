//! Instants and lengths of time in words.

use ledger::time::Timestamp;
use time::{OffsetDateTime, UtcOffset};

use super::shown::Shown;
use crate::words::counted;

const MICROS_PER_HOUR: i64 = 3_600_000_000;
const HOURS_PER_DAY: i64 = 24;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// An instant as a letter states it: by the clocks of the organisation, and in UTC, which is what the log has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    zone: Shown,
    offset: UtcOffset,
}

impl Moment {
    /// An instant, the name of the organisation's time zone (`Europe/Luxembourg`), and how far that zone is from UTC at
    /// that instant, which whoever knows the zones looks up.
    pub fn new(at: Timestamp, zone: &str, offset: UtcOffset) -> Self {
        Self { at, zone: Shown::new(zone), offset }
    }

    /// An instant of an organisation that keeps UTC.
    pub fn utc(at: Timestamp) -> Self {
        Self::new(at, "UTC", UtcOffset::UTC)
    }

    /// The instant itself.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// For something that happened: `21 December 2026, 14:30 Europe/Luxembourg (UTC+01:00)`.
    pub(super) fn words(&self) -> Shown {
        self.stated(clock)
    }

    /// For an end: midnight is the end of the day before, `20 December 2026, 24:00`. People read `00:00` a day wrong.
    pub(super) fn end_in_words(&self) -> Shown {
        self.stated(end_clock)
    }

    /// The same instant in UTC, where that was not said yet.
    pub(super) fn in_utc(&self) -> Option<Shown> {
        let known = self.offset == UtcOffset::UTC && self.zone.as_str() == "UTC";
        (!known).then(|| Shown::sentence(&format!("{} UTC", clock(utc(self.at)))))
    }

    /// The day alone, for a subject.
    pub(super) fn end_day(&self) -> Shown {
        let local = self.local().unwrap_or_else(|| utc(self.at));
        Shown::sentence(&date(day_that_ends(local)))
    }

    fn stated(&self, in_words: fn(OffsetDateTime) -> String) -> Shown {
        let Some(local) = self.local() else { return Shown::sentence(&format!("{} UTC", in_words(utc(self.at)))) };
        let (hours, minutes, _) = self.offset.as_hms();
        let zone = if self.in_utc().is_none() {
            "UTC".to_owned()
        } else {
            let sign = if self.offset.is_negative() { '-' } else { '+' };
            format!("{} (UTC{sign}{:02}:{:02})", self.zone, hours.unsigned_abs(), minutes.unsigned_abs())
        };
        Shown::sentence(&format!("{} {zone}", in_words(local)))
    }

    /// Nothing in the last hours of the year 9999, where the zone's clocks have no fourth digit any more.
    fn local(&self) -> Option<OffsetDateTime> {
        utc(self.at).checked_to_offset(self.offset)
    }
}

fn utc(at: Timestamp) -> OffsetDateTime {
    let seconds = i64::try_from(at.unix_seconds()).expect("seconds of a timestamp fit");
    OffsetDateTime::from_unix_timestamp(seconds).expect("a timestamp is before the year 10000")
}

fn clock(at: OffsetDateTime) -> String {
    let (hour, minute, second) = at.to_hms();
    let seconds = if second == 0 { String::new() } else { format!(":{second:02}") };
    format!("{}, {hour:02}:{minute:02}{seconds}", date(at))
}

fn end_clock(at: OffsetDateTime) -> String {
    if at.to_hms() == (0, 0, 0) { format!("{}, 24:00", date(day_that_ends(at))) } else { clock(at) }
}

fn day_that_ends(at: OffsetDateTime) -> OffsetDateTime {
    if at.to_hms() == (0, 0, 0) { at - time::Duration::DAY } else { at }
}

fn date(at: OffsetDateTime) -> String {
    format!("{} {} {}", at.day(), MONTHS[usize::from(u8::from(at.month())) - 1], at.year())
}

/// How long something lasts, in words: whole days, and hours that are left.
pub(super) fn span(from: Timestamp, until: Timestamp) -> Shown {
    let hours = until.as_micros().saturating_sub(from.as_micros()).max(0) / MICROS_PER_HOUR;
    let words = match (hours / HOURS_PER_DAY, hours % HOURS_PER_DAY) {
        (0, 0) => "less than an hour".to_owned(),
        (0, hours) => counted(hours, "hour"),
        (days, 0) => counted(days, "day"),
        (days, hours) => format!("{} and {}", counted(days, "day"), counted(hours, "hour")),
    };
    Shown::sentence(&words)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn in_zone(text: &str, hours: i8, minutes: i8) -> Moment {
        Moment::new(at(text), "Some/Where", UtcOffset::from_hms(hours, minutes, 0).unwrap())
    }

    #[rstest]
    #[case("2026-12-21T23:00:00.000000Z", 1, 0, "21 December 2026, 24:00 Some/Where (UTC+01:00)")]
    #[case("2027-01-01T05:30:00.000000Z", -5, -30, "31 December 2026, 24:00 Some/Where (UTC-05:30)")]
    #[case("2026-12-21T09:05:07.999999Z", 5, 45, "21 December 2026, 14:50:07 Some/Where (UTC+05:45)")]
    fn an_end_at_midnight_is_the_end_of_the_day(
        #[case] instant: &str,
        #[case] hours: i8,
        #[case] minutes: i8,
        #[case] words: &str,
    ) {
        assert_eq!(in_zone(instant, hours, minutes).end_in_words().as_str(), words);
    }

    #[test]
    fn an_instant_is_said_by_the_clocks_of_the_organisation_and_in_utc() {
        let moment = in_zone("2026-12-21T23:00:00.000000Z", 1, 0);
        assert_eq!(moment.words().as_str(), "22 December 2026, 00:00 Some/Where (UTC+01:00)");
        assert_eq!(moment.in_utc().unwrap().as_str(), "21 December 2026, 23:00 UTC");
        assert_eq!(moment.end_day().as_str(), "21 December 2026");
        let utc = Moment::utc(at("2026-12-21T23:00:00.000000Z"));
        assert_eq!((utc.words().as_str(), utc.in_utc()), ("21 December 2026, 23:00 UTC", None));
    }

    #[test]
    fn the_last_instant_there_is_has_words() {
        let last = in_zone("9999-12-31T23:59:59.999999Z", 14, 0);
        assert_eq!(last.words().as_str(), "31 December 9999, 23:59:59 UTC");
        assert_eq!(last.end_day().as_str(), "31 December 9999");
        assert_eq!(in_zone("1970-01-01T00:00:00.000000Z", -12, 0).end_day().as_str(), "31 December 1969");
    }

    #[rstest]
    #[case(30 * 24 * 60, "30 days")]
    #[case(24 * 60 + 59, "1 day")]
    #[case(29 * 24 * 60 + 61, "29 days and 1 hour")]
    #[case(14 * 60, "14 hours")]
    #[case(59, "less than an hour")]
    #[case(-5, "less than an hour")]
    fn a_length_of_time_is_said_in_days_and_hours(#[case] minutes: i64, #[case] words: &str) {
        let from = at("2026-11-22T10:00:00.000000Z");
        let until = Timestamp::from_micros(from.as_micros() + minutes * 60_000_000).unwrap();
        assert_eq!(span(from, until).as_str(), words);
    }
}
