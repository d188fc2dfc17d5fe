//! The one place where the store reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use ledger::time::Timestamp;

/// The time now, truncated to microseconds as entries state it (spec §2).
#[expect(clippy::disallowed_methods, reason = "this is the edge where time enters; everything else is told the time")]
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    let micros = i64::try_from(since_1970.as_micros()).expect("the clock is before the year 294,000");
    Timestamp::from_micros(micros).expect("the clock is before the year 10,000")
}
