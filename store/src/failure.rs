//! What a failed statement means for what it was to append.

use crate::append::AppendError;

/// Why a batch did not commit, or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The head was not where the batch expected it: somebody else appended.
    Lost,
    /// The database refused what the batch says; a part of it may be fine.
    Refused { reason: String, constraint: Option<String> },
    /// Nothing was appended, and the same may succeed in a moment.
    Transient(String),
    /// Nothing was sent.
    NotSent(String),
    /// The statement was sent, and its answer did not come: it may have committed.
    Unknown,
    /// No request can be appended to this log by this process now.
    Log(AppendError),
}

impl Failure {
    /// Reads an error of a statement that was sent.
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                let reason = format!("{} ({code})", database.message());
                match code.as_ref() {
                    // The server is going away: what it had begun may be committed.
                    "57P01" | "57P02" | "57P03" => Self::Unknown,
                    code if code.starts_with("08") => Self::Unknown,
                    // Deadlock, serialisation, lock and statement timeouts, resources, operator: aborted for certain.
                    code if ["40", "53", "55", "57", "58", "25", "XX"].iter().any(|class| code.starts_with(class)) => {
                        Self::Transient(reason)
                    }
                    _ => Self::Refused { reason, constraint: database.constraint().map(str::to_owned) },
                }
            }
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::NotSent(error.to_string()),
            sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } => {
                Self::Refused { reason: error.to_string(), constraint: None }
            }
            _ => Self::Unknown,
        }
    }

    /// Reads an error of a statement that only asked: nothing can have been appended by it.
    pub(crate) fn while_reading(error: &sqlx::Error) -> Self {
        match Self::of(error) {
            Self::Unknown => Self::NotSent(error.to_string()),
            failure => failure,
        }
    }
}
