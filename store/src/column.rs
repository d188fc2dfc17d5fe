//! Numbers as columns hold them, and what a column must not hold.

/// A size or index as PostgreSQL's `bigint`.
///
/// # Panics
/// Beyond 2^63, where nothing of ours comes.
pub fn to_i64(number: u64) -> i64 {
    i64::try_from(number).expect("sizes stay below 2^53")
}

/// A size or index out of a `bigint` column.
pub fn to_u64(column: &'static str, number: i64) -> Result<u64, sqlx::Error> {
    u64::try_from(number).map_err(|error| corrupt(column, error))
}

/// A value that the schema's checks should have made impossible.
pub fn corrupt(column: &'static str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: error.into() }
}
