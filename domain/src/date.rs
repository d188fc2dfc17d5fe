//! Days of the calendar: when an engagement begins, since when a piece of evidence holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A day of the Gregorian calendar from 0001-01-01 to 9999-12-31, without a time of day or a time zone. What instant it
/// begins at depends on a time zone, and is for whoever knows that zone to say. Days are ordered as they follow each
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    // In this order, which the derived order of days rests on.
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DateError {
    /// Other characters than the form has, or at other places.
    #[error("a date is written YYYY-MM-DD")]
    Form,
    /// The calendar has no such day.
    #[error("there is no day {year:04}-{month:02}-{day:02}")]
    NoSuchDay {
        /// Year as written.
        year: u16,
        /// Month as written.
        month: u8,
        /// Day as written.
        day: u8,
    },
}

impl Date {
    /// Reads `YYYY-MM-DD`, always ten characters.
    ///
    /// # Errors
    /// [`DateError::Form`] for another form, [`DateError::NoSuchDay`] for a day that the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        const FORM: &[u8; 10] = b"0000-00-00";
        let bytes: &[u8; 10] = text.as_bytes().try_into().map_err(|_| DateError::Form)?;
        let fits = |(&form, &byte): (&u8, &u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
        if !FORM.iter().zip(bytes).all(fits) {
            return Err(DateError::Form);
        }
        let digit = |at: usize| bytes[at] - b'0';
        let pair = |at: usize| digit(at) * 10 + digit(at + 1);
        let year = u16::from(pair(0)) * 100 + u16::from(pair(2));
        let (month, day) = (pair(5), pair(8));
        if year == 0 || day == 0 || days_in_month(year, month) < day {
            return Err(DateError::NoSuchDay { year, month, day });
        }
        Ok(Self { year, month, day })
    }

    /// The year, 1 to 9999.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(&self) -> u8 {
        self.day
    }
}

/// None in what is not a month, so that no day of it is taken.
fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse(text)
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
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::leap_day("2028-02-29")]
    #[case::leap_day_of_a_fourth_century("2000-02-29")]
    #[case::last_of_a_long_month("2026-12-31")]
    #[case::last_of_a_short_month("2026-04-30")]
    #[case::first("0001-01-01")]
    #[case::last("9999-12-31")]
    fn a_day_of_the_calendar_is_written_as_it_was_read(#[case] text: &str) {
        assert_eq!(Date::parse(text).unwrap().to_string(), text);
        let json = serde_json::to_string(&Date::parse(text).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Date>(&json).unwrap(), Date::parse(text).unwrap());
    }

    #[rstest]
    #[case::no_leap_day(2027, 2, 29)]
    #[case::no_leap_day_in_most_centuries(2100, 2, 29)]
    #[case::after_a_leap_day(2028, 2, 30)]
    #[case::after_a_short_month(2026, 4, 31)]
    #[case::after_a_long_month(2026, 1, 32)]
    #[case::no_day(2026, 1, 0)]
    #[case::no_month(2026, 0, 1)]
    #[case::after_december(2026, 13, 1)]
    #[case::no_year(0, 1, 1)]
    fn a_day_that_the_calendar_lacks_is_refused(#[case] year: u16, #[case] month: u8, #[case] day: u8) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        assert_eq!(Date::parse(&text), Err(DateError::NoSuchDay { year, month, day }));
    }

    #[rstest]
    #[case("")]
    #[case("2026-1-1")]
    #[case("2026-01-01 ")]
    #[case("2026/01/01")]
    #[case("26-01-2026")]
    #[case("+202-01-01")]
    #[case("2026-01-٠1")]
    fn another_form_is_no_date(#[case] text: &str) {
        assert_eq!(Date::parse(text), Err(DateError::Form));
    }

    #[test]
    fn days_are_ordered_as_they_follow_each_other() {
        let days = ["0999-12-31", "2026-01-31", "2026-02-01", "2026-10-01", "2027-01-01"];
        assert!(days.map(|day| Date::parse(day).unwrap()).is_sorted());
    }
}
