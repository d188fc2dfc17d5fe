//! Values of the domain as columns hold them.

use ledger::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use store::column::corrupt;
use uuid::Uuid;

use crate::projection::ApplyError;

/// An id of ours as a UUID, which is all that it can be.
pub(crate) fn uuid(id: &str) -> Uuid {
    Uuid::parse_str(id).expect("the domain's ids of this form are UUIDs")
}

/// The id of an aggregate out of its stream.
pub(crate) fn id<T, E: std::error::Error + Send + Sync + 'static>(
    index: u64,
    text: &str,
    parse: fn(&str) -> Result<T, E>,
) -> Result<T, ApplyError> {
    parse(text).map_err(|error| ApplyError::Id { index, source: error.into() })
}

/// A column as the domain has it.
pub(crate) fn get<T, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    row: &PgRow,
    column: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, sqlx::Error> {
    parse(row.try_get(column)?).map_err(|error| corrupt(column, error))
}

/// A column that may be null.
pub(crate) fn get_option<T, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    row: &PgRow,
    column: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, sqlx::Error> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(parse).transpose().map_err(|error| corrupt(column, error))
}

/// A time as columns of read models have it: microseconds since 1970.
pub(crate) fn time(column: &'static str, micros: i64) -> Result<Timestamp, sqlx::Error> {
    Timestamp::from_micros(micros).map_err(|error| corrupt(column, error))
}

/// A time that may be null.
pub(crate) fn time_option(row: &PgRow, column: &'static str) -> Result<Option<Timestamp>, sqlx::Error> {
    let micros: Option<i64> = row.try_get(column)?;
    micros.map(|micros| time(column, micros)).transpose()
}

/// A count.
pub(crate) fn number(row: &PgRow, column: &'static str) -> Result<u32, sqlx::Error> {
    u32::try_from(row.try_get::<i32, _>(column)?).map_err(|error| corrupt(column, error))
}
