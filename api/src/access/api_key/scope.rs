//! What an API key is for.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Append events.
    EventsWrite,
    /// Read entries, receipts and proofs.
    EntriesRead,
    /// Give, change and take back access: as a member's own key only.
    GrantsWrite,
    /// Read who has access: as a member's own key only.
    GrantsRead,
    /// Open, change and close engagements.
    EngagementsWrite,
    /// Read engagements.
    EngagementsRead,
    /// Add, revise and withdraw evidence.
    EvidenceWrite,
    /// Read evidence and download its files.
    EvidenceRead,
    /// Put and withdraw records.
    RecordsWrite,
    /// Read records.
    RecordsRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::EventsWrite,
        Self::EntriesRead,
        Self::GrantsWrite,
        Self::GrantsRead,
        Self::EngagementsWrite,
        Self::EngagementsRead,
        Self::EvidenceWrite,
        Self::EvidenceRead,
        Self::RecordsWrite,
        Self::RecordsRead,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsWrite => "events:write",
            Self::EntriesRead => "entries:read",
            Self::GrantsWrite => "grants:write",
            Self::GrantsRead => "grants:read",
            Self::EngagementsWrite => "engagements:write",
            Self::EngagementsRead => "engagements:read",
            Self::EvidenceWrite => "evidence:write",
            Self::EvidenceRead => "evidence:read",
            Self::RecordsWrite => "records:write",
            Self::RecordsRead => "records:read",
        }
    }
}

/// No such scope.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no scope {0:?}; there are {known}", known = Scope::ALL.map(Scope::as_str).join(", "))]
pub struct ScopeError(pub String);

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| ScopeError(text.to_owned()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
