//! Times as callers write them.

use ledger::time::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in any zone and precision, as the log states it: UTC, microseconds.
pub(crate) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    const RULE: &str = "must be a time by RFC 3339 from 1970 on";
    let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| RULE)?;
    let micros = i64::try_from(instant.unix_timestamp_nanos() / 1_000).map_err(|_| RULE)?;
    Timestamp::from_micros(micros).map_err(|_| RULE)
}
