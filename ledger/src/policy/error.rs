//! Everything a policy file can be rejected for.

use thiserror::Error;

use super::DEFINITIONS_MAX;
use crate::key::VkeyError;

/// Why bytes are not a policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// A line is wrong.
    #[error("line {line}: {problem}")]
    Line {
        /// Which one, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: PolicyProblem,
    },
    /// There is no line `quorum`.
    #[error("a policy has a line that begins with quorum")]
    NoQuorum,
}

/// What can be wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyProblem {
    /// The last line does not end.
    #[error("it does not end with a line feed")]
    Unterminated,
    /// A control character other than tab and line feed.
    #[error("it has a control character")]
    ControlCharacter,
    /// A line that begins with none of the four words.
    #[error("it begins with {0:?}, not with log, witness, group or quorum")]
    Keyword(String),
    /// More or fewer words than that line has.
    #[error("it has too many or too few words")]
    Words,
    /// A key that is not UTF-8.
    #[error("the key is not text")]
    NotUtf8,
    /// A key that is none, or of a type that is not supported here.
    #[error(transparent)]
    Key(#[from] VkeyError),
    /// The public key of another log or witness of the file.
    #[error("another line has the same key")]
    SameKey,
    /// A name that is defined already; `none` always is.
    #[error("the name {0:?} is taken")]
    NameTwice(String),
    /// A name that no line before this one defines.
    #[error("no line above defines the name {0:?}")]
    UnknownName(String),
    /// A name that a group has as a member already.
    #[error("the name {0:?} is a member of a group already")]
    MemberTwice(String),
    /// Neither `all`, `any` nor a number from 1 to the number of members.
    #[error("of {members} members can be asked for all, any or 1 to {members}")]
    Threshold {
        /// How many members the group has.
        members: usize,
    },
    /// A second line `quorum`.
    #[error("a policy has one line that begins with quorum")]
    QuorumTwice,
    /// More lines of a kind than are read.
    #[error("there are more than {DEFINITIONS_MAX} of these")]
    TooMany,
}
