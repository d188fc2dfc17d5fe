//! Calendar dates.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A day of the calendar, `YYYY-MM-DD`, from the year 1 on. Later days compare greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(String);

/// A text that is no day of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no date (YYYY-MM-DD)")]
pub struct DateError {
    /// The text found.
    pub found: String,
}

impl Date {
    /// Reads a day that the Gregorian calendar has.
    ///
    /// # Errors
    /// [`DateError`], when the text is of another form or there is no such day.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        if is_date(text) { Ok(Self(text.to_owned())) } else { Err(DateError { found: text.to_owned() }) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, DateError> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.0
    }
}

fn is_date(text: &str) -> bool {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let number = |digits: &str| digits.parse::<u32>().expect("digits alone");
    form && is_day(number(&text[..4]), number(&text[5..7]), number(&text[8..]))
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    1 <= year && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0001-01-01")]
    #[case("2024-02-29")]
    #[case("2000-02-29")]
    #[case("2026-12-31")]
    #[case("9999-04-30")]
    fn a_day_of_the_calendar_is_read(#[case] text: &str) {
        assert_eq!(Date::parse(text).unwrap().as_str(), text);
    }

    #[rstest]
    #[case("0000-01-01")]
    #[case("1900-02-29")]
    #[case("2026-02-29")]
    #[case("2026-04-31")]
    #[case("2026-13-01")]
    #[case("2026-00-10")]
    #[case("2026-01-00")]
    #[case("2026-1-01")]
    #[case("2026/01/01")]
    #[case("+026-01-01")]
    #[case("2026-01-01T00:00:00Z")]
    #[case("２０２6-01")]
    #[case("")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert_eq!(Date::parse(text), Err(DateError { found: text.to_owned() }));
    }

    #[test]
    fn later_days_compare_greater() {
        let days =
            ["0999-12-31", "2025-12-31", "2026-01-01", "2026-01-02", "2026-02-01"].map(|day| Date::parse(day).unwrap());
        assert!(days.is_sorted());
    }
}
