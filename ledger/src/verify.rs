//! The verdict: does an export, or a published log, hold (spec §11)?
//!
//! [`container`] verifies an export, [`tiles`] a directory or web prefix in the layout of C2SP `tlog-tiles`, and [`log()`]
//! any other source of entries, such as the database that the log is written to. All three answer the same questions by
//! the same code. Memory does not grow with the number of entries. [`receipts`] and [`proof`] check what one person holds.

mod checkpoint;
mod container;
mod continuity;
mod doubts;
mod facts;
mod log;
mod note;
mod papers;
mod parallel;
mod published;
mod recovery;
mod selected;
mod selection;
mod shown;
mod tallies;
mod tile_reader;
mod times;
mod tree;
mod verdict;
mod views;
mod walk;

use std::fmt;
use std::io;

use thiserror::Error;

use self::checkpoint::Head;
pub use self::container::container;
pub use self::papers::{proof, receipts};
pub use self::published::{Fetch, tiles};
pub use self::shown::shown;
use self::verdict::Answers;
pub use self::verdict::{FINDINGS_KEPT, Finding, Line, Question, Status, Verdict};
pub use self::walk::Recorded;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::export::FORMAT;
use crate::policy::Policy;
use crate::sealed::DataKey;
use crate::source::LogSource;

/// What a verifier was given beside the input.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Whom to trust; without it the answer to `authenticity` is *not checked*.
    pub policy: Option<&'a Policy>,
    /// Checkpoints seen earlier, of any log.
    pub remembered: &'a [Remembered],
    /// Leaves the signatures of entries unchecked, and says so.
    pub skip_signatures: bool,
    /// Threads to use at most; all cores where nothing is said.
    pub threads_max: Option<usize>,
    /// Data keys by their id, to open sealed values with.
    pub data_keys: &'a [(String, DataKey)],
    /// Is told from time to time how many entries were gone through, and how many there are.
    pub progress: Option<&'a (dyn Fn(u64, u64) + Sync)>,
    /// Names of streams and data keys counted in one pass, where not the default of 450,000: fewer take less memory and
    /// more passes.
    pub names_max: Option<usize>,
}

/// A checkpoint that this verifier has verified before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The signed note, which proves a fork together with the one that contradicts it.
    pub note: String,
}

/// Why a question could not be answered (exit status 2).
#[derive(Debug, Error)]
pub enum Unanswered {
    /// The input could not be read.
    #[error("the input could not be read")]
    Read(#[from] io::Error),
    /// The export is of a version that this code does not know.
    #[error("the export has the format {0:?}, this verifier reads {FORMAT}")]
    Unsupported(String),
    /// There is no checkpoint where one must be.
    #[error("there is no checkpoint: a published log has `checkpoint` and `tile` in it; name that place, or an export")]
    NoCheckpoint,
}

impl Options<'_> {
    fn report(&self, done: u64, all: u64) {
        if let Some(progress) = self.progress {
            progress(done, all);
        }
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("policy", &self.policy)
            .field("remembered", &self.remembered)
            .field("skip_signatures", &self.skip_signatures)
            .field("threads_max", &self.threads_max)
            .field("data_keys", &self.data_keys.len())
            .field("names_max", &self.names_max)
            .finish_non_exhaustive()
    }
}

impl Remembered {
    /// Takes the note of a checkpoint as [`Verdict::remember`] gave it.
    pub fn parse(note: &str) -> Result<Remembered, CheckpointError> {
        let (checkpoint, _) = Checkpoint::parse(note)?;
        Ok(Remembered { checkpoint, note: note.to_owned() })
    }
}

/// Verifies a log from any source, up to its `checkpoint`, a signed note. The verdict has 11 lines: there is neither a
/// container nor a view.
pub fn log<S: LogSource>(source: &S, checkpoint: &[u8], options: &Options<'_>) -> Result<Verdict, Unanswered> {
    let head = Head::read(checkpoint);
    let asked = Question::ALL.into_iter().filter(|question| !matches!(question, Question::Container | Question::Views));
    let asked: Vec<Question> = asked.collect();
    let Some(says) = &head.says else {
        let mut answers = Answers::default();
        let reason = Checkpoint::parse(&head.note).err().map(|error| error.to_string()).unwrap_or_default();
        answers.fail(Question::Checkpoint, None, &format!("The checkpoint is malformed: {reason}."));
        answers.end(Question::Checkpoint);
        return Ok(conclude((answers, Recorded::default()), &head, None, &asked));
    };
    if says.size == 0 {
        let mut answers = Answers::default();
        // Nothing is missing from it, so this is no finding.
        let text = "The checkpoint is that of an empty log: there is nothing to verify.";
        for question in &asked {
            answers.stand(*question, Status::Failed, text);
        }
        return Ok(conclude((answers, Recorded::default()), &head, Some(says.origin.clone()), &asked));
    }
    let log = log::Log { source, head: &head, origin: &says.origin, size: says.size, options };
    let found = parallel::within(options.threads_max, || log.verify())??;
    Ok(conclude(found, &head, Some(says.origin.clone()), &asked))
}

/// Makes the verdict of what was found.
fn conclude(
    (answers, recorded): (Answers, Recorded),
    head: &Head,
    origin: Option<crate::name::Origin>,
    asked: &[Question],
) -> Verdict {
    let mut verdict = Verdict {
        origin,
        size: head.says.as_ref().map(|checkpoint| checkpoint.size),
        recorded,
        lines: answers.into_lines(asked),
        remember: None,
    };
    if verdict.is_to_be_remembered() {
        verdict.remember = Some(head.note.clone());
    }
    verdict
}
