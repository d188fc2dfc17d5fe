//! The seal: what an act, a file or a page rests on, and how far that is proved.

use super::components::{Hash, grouped};
use super::moment::Moment;

/// How far an entry has come. Each step holds all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Recorded and signed.
    Accepted,
    /// Covered by a checkpoint.
    Sealed,
    /// Co-signed by somebody outside.
    Witnessed,
    /// Kept by somebody outside.
    Archived,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Sealed, Self::Witnessed, Self::Archived];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Sealed => "Sealed",
            Self::Witnessed => "Witnessed",
            Self::Archived => "Archived",
        }
    }

    /// What it proves, and by whom.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Accepted => "The entry was stored and signed with the log's key before the answer left.",
            Self::Sealed => {
                "A signed checkpoint covers it: whoever keeps that checkpoint, or an export or proof under it, can show if it is changed, moved or removed."
            }
            Self::Witnessed => "Somebody outside has signed the same checkpoint, so no other history can be shown.",
            Self::Archived => "Somebody outside keeps a copy of the log.",
        }
    }

    /// What is said while it has not been reached.
    pub const fn ahead(self) -> &'static str {
        match self {
            Self::Accepted => "Not yet.",
            Self::Sealed => "Not yet: the next checkpoint follows within a second or so.",
            Self::Witnessed => "No: this installation has no witness, so nobody outside signs its checkpoints.",
            Self::Archived => "No: this installation has no archive, so nobody outside keeps a copy of its own accord.",
        }
    }
}

/// What something rests on. It says how far an entry has come, never that it was checked: who looks does that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The entry's place in the log.
    pub index: u64,
    /// The entry's hash.
    pub hash: Hash,
    /// When it was recorded.
    pub recorded: Moment,
    /// The last step that was reached.
    pub reached: Step,
    /// Where the receipt is.
    pub receipt: Option<String>,
    /// Where the proof is, once there is one.
    pub proof: Option<String>,
    /// Where the entry's exact bytes are, which its proof is checked with.
    pub bytes: Option<String>,
    /// Where it stands how to check it oneself.
    pub check: Option<String>,
}

impl Seal {
    /// The index with its thousands apart.
    pub fn number(&self) -> String {
        grouped(self.index)
    }

    /// The word of the step that was reached.
    pub fn word(&self) -> &'static str {
        self.reached.word()
    }

    /// Each step, and whether it was reached.
    pub fn steps(&self) -> [(Step, bool); 4] {
        Step::ALL.map(|step| (step, step <= self.reached))
    }
}
