//! Times as columns of `access` have them, and as entries do. One clock writes both: none is before 1970 or after 9999.

use ledger::time::Timestamp;
use time::{Duration, OffsetDateTime};

/// A column's time as entries have it.
///
/// # Panics
/// Before 1970 and after 9999, which no clock of ours says.
pub fn instant(at: OffsetDateTime) -> Timestamp {
    let micros = i64::try_from(at.unix_timestamp_nanos() / 1_000).ok();
    let instant = micros.and_then(|micros| Timestamp::from_micros(micros).ok());
    instant.expect("the database's clock is after 1970 and before 10000")
}

/// A time as a column has it.
pub fn time(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::microseconds(at.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_from_its_column_as_it_was() {
        for text in ["1970-01-01T00:00:00.000000Z", "2026-11-27T02:24:00.123456Z", "9999-12-31T23:59:59.999999Z"] {
            let at = Timestamp::parse(text).unwrap();
            assert_eq!(instant(time(at)), at);
        }
    }
}
