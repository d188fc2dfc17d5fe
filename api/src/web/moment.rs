//! Times on pages: "3 min ago" with the instant and its zone behind it, and on paper the instant itself.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::tz::TimeZone;
use ledger::time::Timestamp;

/// From a week on, a date says more than a count of days.
const DAYS_COUNTED_MAX: i64 = 6;

/// By which clocks a page tells times, and what time it is.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    name: String,
    now: Timestamp,
}

/// An instant as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339 in UTC.
    pub datetime: String,
    /// By the clocks of the organisation, its zone named.
    pub exact: String,
    /// What stands on the screen.
    pub shown: String,
    /// Whether that changes as time goes on.
    pub is_distance: bool,
}

impl Clock {
    /// The clocks of a zone by its IANA name; UTC where there is none of that name.
    pub fn new(zone: &str, now: Timestamp) -> Self {
        match TimeZone::get(zone) {
            Ok(found) => Self { zone: found, name: zone.to_owned(), now },
            Err(_) => Self::utc(now),
        }
    }

    /// UTC.
    pub fn utc(now: Timestamp) -> Self {
        Self { zone: TimeZone::UTC, name: "UTC".to_owned(), now }
    }

    /// The instant at which the page is made.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        &self.name
    }

    /// `3 min ago`, `in 5 days`; a date where it is a week or more away.
    pub fn ago(&self, at: Timestamp) -> Moment {
        match self.distance(at) {
            Some(shown) => Moment { shown, is_distance: true, ..self.exact(at) },
            None => self.day(at),
        }
    }

    /// The same for what has happened: an entry that was recorded after the page's own instant, as a view is before it is
    /// shown, was recorded just now.
    pub fn since(&self, at: Timestamp) -> Moment {
        Self { now: self.now.max(at), ..self.clone() }.ago(at)
    }

    /// `22 Nov 2026, 11:44:09 UTC`.
    pub fn exact(&self, at: Timestamp) -> Moment {
        let exact = format!("{} {}", self.format(at, "%-d %b %Y, %H:%M:%S"), self.name);
        Moment { datetime: at.to_string(), shown: exact.clone(), exact, is_distance: false }
    }

    /// `22 Nov 2026`.
    pub fn day(&self, at: Timestamp) -> Moment {
        Moment { shown: self.format(at, "%-d %b %Y"), ..self.exact(at) }
    }

    fn distance(&self, at: Timestamp) -> Option<String> {
        let micros = self.now.as_micros() - at.as_micros();
        let seconds = micros.abs() / 1_000_000;
        if seconds < 60 {
            return Some(if micros < 0 { "in a moment" } else { "just now" }.to_owned());
        }
        // To the nearest: what began just now and lasts eight hours ends in 8 h.
        let nearest = |unit: i64| (seconds + unit / 2) / unit;
        let count = match (nearest(60), nearest(3600), nearest(86_400)) {
            (minutes @ ..60, ..) => format!("{minutes} min"),
            (_, hours @ ..24, _) => format!("{hours} h"),
            (_, _, 1) => "1 day".to_owned(),
            (_, _, days) if days <= DAYS_COUNTED_MAX => format!("{days} days"),
            _ => return None,
        };
        Some(if micros < 0 { format!("in {count}") } else { format!("{count} ago") })
    }

    fn format(&self, at: Timestamp, form: &str) -> String {
        // In the last hours of the year 9999 the clocks of some zones have no fourth digit any more.
        let instant = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(jiff::Timestamp::MAX);
        instant.to_zoned_datetime(self.zone.clone()).strftime(form).to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { datetime, exact, shown, is_distance } = self;
        if shown == exact {
            return write!(f, r#"<time datetime="{datetime}">{exact}</time>"#);
        }
        let ago = if *is_distance { " data-ago" } else { "" };
        write!(
            f,
            r#"<time datetime="{datetime}" title="{exact}"{ago}><span class="screen">{shown}</span><span class="paper">{exact}</span></time>"#
        )
    }
}

/// Digits, words of ours, and the name of a zone, which has letters, digits and `_+-/` only.
impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[rstest]
    #[case("2026-11-22T11:44:09.000000Z", "just now")]
    #[case("2026-11-22T11:44:39.000000Z", "in a moment")]
    #[case("2026-11-22T11:41:00.000000Z", "3 min ago")]
    #[case("2026-11-22T10:41:00.000000Z", "1 h ago")]
    #[case("2026-11-22T10:44:20.000000Z", "1 h ago")]
    #[case("2026-11-22T19:44:08.500000Z", "in 8 h")]
    #[case("2026-11-21T12:00:00.000000Z", "1 day ago")]
    #[case("2026-11-21T10:41:00.000000Z", "1 day ago")]
    #[case("2026-11-27T11:44:09.500000Z", "in 5 days")]
    #[case("2026-11-15T11:44:09.000000Z", "15 Nov 2026")]
    fn times_near_by_are_told_by_their_distance(#[case] instant: &str, #[case] shown: &str) {
        let clock = Clock::utc(at("2026-11-22T11:44:09.500000Z"));
        assert_eq!(clock.ago(at(instant)).shown, shown);
    }

    #[test]
    fn what_has_happened_is_never_ahead() {
        let clock = Clock::utc(at("2026-11-22T11:44:09.500000Z"));
        assert_eq!(clock.since(at("2026-11-22T11:44:09.600000Z")).shown, "just now");
        assert_eq!(clock.since(at("2026-11-22T11:41:00.000000Z")).shown, "3 min ago");
    }

    #[test]
    fn an_instant_is_told_by_the_clocks_of_the_organisation() {
        let clock = Clock::new("Europe/Luxembourg", at("2026-11-22T11:44:09.500000Z"));
        let moment = clock.ago(at("2026-11-22T11:41:09.000000Z"));
        assert_eq!(moment.exact, "22 Nov 2026, 12:41:09 Europe/Luxembourg");
        assert_eq!(
            moment.to_string(),
            "<time datetime=\"2026-11-22T11:41:09.000000Z\" title=\"22 Nov 2026, 12:41:09 Europe/Luxembourg\" data-ago>\
             <span class=\"screen\">3 min ago</span>\
             <span class=\"paper\">22 Nov 2026, 12:41:09 Europe/Luxembourg</span></time>"
        );
        assert_eq!(Clock::new("Nowhere/Land", at("2026-11-22T11:44:09.500000Z")).zone(), "UTC");
    }
}
