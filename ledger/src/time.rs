//! Times as they stand in entries and receipts: UTC in microseconds (spec §2, `time`).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Last microsecond of the year 9999, beyond which four digits do not reach.
const MICROS_MAX: i64 = 253_402_300_800 * MICROS_PER_SECOND - 1;

/// An instant from 1970 to 9999 in whole microseconds, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why something is not a [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimestampError {
    /// Other characters than the form has, or at other places.
    #[error("a time is written YYYY-MM-DDThh:mm:ss.ffffffZ")]
    Form,
    /// No such day in the Gregorian calendar, or one before 1970.
    #[error("there is no day {year:04}-{month:02}-{day:02} from 1970 on")]
    Date {
        /// Year as written.
        year: i64,
        /// Month as written.
        month: i64,
        /// Day as written.
        day: i64,
    },
    /// No such time of day; leap seconds are not written.
    #[error("there is no time of day {hour:02}:{minute:02}:{second:02}")]
    Clock {
        /// Hour as written.
        hour: i64,
        /// Minute as written.
        minute: i64,
        /// Second as written.
        second: i64,
    },
    /// Before 1970 or after 9999.
    #[error("{0} microseconds since 1970 are not between the years 1970 and 9999")]
    Range(i64),
}

impl Timestamp {
    /// The beginning of 1970.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// Reads `YYYY-MM-DDThh:mm:ss.ffffffZ` with always six digits of a second.
    pub fn parse(text: &str) -> Result<Timestamp, TimestampError> {
        const FORM: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";
        let bytes: &[u8; 27] = text.as_bytes().try_into().map_err(|_| TimestampError::Form)?;
        let fits = |(&form, &byte): (&u8, &u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
        if !FORM.iter().zip(bytes).all(fits) {
            return Err(TimestampError::Form);
        }
        let number =
            |from: usize, to: usize| bytes[from..to].iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        if year < 1970 || !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return Err(TimestampError::Date { year, month, day });
        }
        let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
        if 23 < hour || 59 < minute || 59 < second {
            return Err(TimestampError::Clock { hour, minute, second });
        }
        let seconds = (hour * 60 + minute) * 60 + second;
        Ok(Timestamp(days_before(year, month, day) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + number(20, 26)))
    }

    /// The instant so many microseconds after the beginning of 1970.
    pub fn from_micros(micros: i64) -> Result<Timestamp, TimestampError> {
        if (0..=MICROS_MAX).contains(&micros) { Ok(Timestamp(micros)) } else { Err(TimestampError::Range(micros)) }
    }

    /// Microseconds since the beginning of 1970.
    pub fn as_micros(&self) -> i64 {
        self.0
    }

    /// Whole seconds since the beginning of 1970, the unit of cosignatures.
    pub fn unix_seconds(&self) -> u64 {
        self.0.unsigned_abs() / MICROS_PER_SECOND.unsigned_abs()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_after(self.0 / MICROS_PER_DAY);
        let micros = self.0 % MICROS_PER_DAY;
        let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Timestamp, TimestampError> {
        Timestamp::parse(text)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day on or after it. Years are counted from March, so that the leap day comes last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month < 3 { year - 1 } else { year };
    let months_since_march = (month + 9) % 12;
    let leap_days = march_year / 4 - march_year / 100 + march_year / 400;
    // 153 days in each five months from March on; 719,468 days from 0000-03-01 to 1970-01-01.
    march_year * 365 + leap_days + (153 * months_since_march + 2) / 5 + day - 1 - 719_468
}

/// The day that many days after 1970-01-01: the inverse of [`days_before`].
fn date_after(days: i64) -> (i64, i64, i64) {
    let since_march_0000 = days + 719_468;
    let (era, day_of_era) = (since_march_0000 / 146_097, since_march_0000 % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12 + 1;
    let march_year = era * 400 + year_of_era;
    (if month < 3 { march_year + 1 } else { march_year }, month, day)
}
