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
    /// Nothing was appended: it took longer, or more memory, than a statement may. A part of it may need less.
    TooMuch(String),
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
                    // Statement timeout, out of memory: aborted for certain, and less may do.
                    "57014" | "53200" => Self::TooMuch(reason),
                    // Deadlock, serialisation, lock timeouts, resources, operator: aborted for certain.
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error;
    use std::fmt;

    use rstest::rstest;
    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// An error of this code, as the server reports it.
    #[derive(Debug)]
    struct Reported(&'static str);

    impl fmt::Display for Reported {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("reported")
        }
    }

    impl Error for Reported {}

    impl DatabaseError for Reported {
        fn message(&self) -> &'static str {
            "reported"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(Cow::Borrowed(self.0))
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[rstest]
    #[case::statement_timeout("57014", Failure::TooMuch("reported (57014)".to_owned()))]
    #[case::out_of_memory("53200", Failure::TooMuch("reported (53200)".to_owned()))]
    #[case::an_array_too_large("54000", Failure::Refused { reason: "reported (54000)".to_owned(), constraint: None })]
    #[case::lock_timeout("55P03", Failure::Transient("reported (55P03)".to_owned()))]
    #[case::disk_full("53100", Failure::Transient("reported (53100)".to_owned()))]
    #[case::shutting_down("57P01", Failure::Unknown)]
    #[case::broken_line("08006", Failure::Unknown)]
    fn what_the_server_reports_says_what_became_of_the_statement(#[case] code: &'static str, #[case] means: Failure) {
        assert_eq!(Failure::of(&sqlx::Error::Database(Box::new(Reported(code)))), means);
    }
}
