//! The questions about the checkpoint: is it the log's, is the log the expected one, and did witnesses see it
//! (spec §6, §7, §11).

use super::Options;
use super::doubts;
use super::note::CheckedNote;
use super::tallies::Names;
use super::verdict::{Answers, Question, Status};
use super::walk::{Past, Walk};
use crate::checkpoint::Checkpoint;
use crate::history::KeyHistory;
use crate::name::Origin;
use crate::tree::Hash;

/// Where entry 0 cannot be read, nothing that needs the log's keys can be asked.
pub(super) const KEYS_UNKNOWN: &str = "Not judged, because entry 0 does not name the log's keys, or cannot be read.";

/// The checkpoint that an input came with: its note, and what it says if it can be read.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) note: String,
    pub(super) says: Option<Checkpoint>,
}

impl Head {
    /// Reads the bytes of a checkpoint. What is wrong with them is told at the end, when the keys are known.
    pub(super) fn read(bytes: &[u8]) -> Head {
        let note = String::from_utf8_lossy(bytes).into_owned();
        let says = Checkpoint::parse(&note).ok().map(|(checkpoint, _)| checkpoint);
        Head { note, says: says.filter(|_| std::str::from_utf8(bytes).is_ok()) }
    }

    /// What the names of the log are hashed with, which holds for entries that give the checkpoint's root.
    pub(super) fn names(&self) -> Names {
        Names::under(self.says.as_ref().map_or_else(Hash::empty_root, |checkpoint| checkpoint.root))
    }
}

/// Answers the questions about the checkpoint, at the end of the walk to `size`.
pub(super) fn conclude(
    walk: &mut Walk<'_>,
    (head, origin, size): (&Head, &Origin, u64),
    is_read: bool,
    options: &Options<'_>,
    past: &mut dyn Past,
) -> std::io::Result<()> {
    let is_of_another_size = head.says.as_ref().is_some_and(|says| says.size != size);
    let keys = walk.history.as_ref().map(|history| Keys { history, is_read: is_read && !is_of_another_size });
    let checked = check(keys, (head, origin, size), options, &mut walk.answers);
    authenticity(keys, origin, checked.is_some(), options, &mut walk.answers);
    witnesses(checked.as_ref(), options, &mut walk.answers);
    if let Some(checked) = &checked {
        walk.times.bound(size, &checked.witnessed, past, &mut walk.answers)?;
        if !walk.answers.has_failed(Question::Tree) {
            walk.covered.add(size, &checked.witnessed);
        }
    }
    if let Some(history) = &walk.history {
        doubts::doubt_entries(history, &walk.covered, &mut walk.answers);
        if let Some(checked) = &checked {
            doubts::doubt_checkpoint(history, checked, &mut walk.answers);
        }
    }
    Ok(())
}

/// The keys that the entries name, and whether all of the entries that may name some were read.
#[derive(Clone, Copy)]
struct Keys<'a> {
    history: &'a KeyHistory,
    is_read: bool,
}

fn check(
    keys: Option<Keys<'_>>,
    (head, origin, size): (&Head, &Origin, u64),
    options: &Options<'_>,
    answers: &mut Answers,
) -> Option<CheckedNote> {
    let Some(Keys { history, is_read }) = keys else {
        answers.stand(Question::Checkpoint, Status::Failed, KEYS_UNKNOWN);
        return None;
    };
    // Of another size other keys may be in force, which only entries name that are not here.
    if let Some(says) = head.says.as_ref().filter(|says| says.size != size) {
        let text = format!("The checkpoint is of a log of {} entries, but these are the first {size}.", says.size);
        answers.fail(Question::Checkpoint, None, &text);
        return None;
    }
    let checked = match CheckedNote::check(&head.note, origin, history, options.policy) {
        // The same where entries could not be read.
        _ if head.says.is_some() && !is_read => return None,
        Ok(checked) => checked,
        Err(reason) => {
            answers.fail(Question::Checkpoint, None, &format!("The checkpoint is not valid: {reason}."));
            return None;
        }
    };
    for name in &checked.ignored {
        let text = format!("A signature by the unknown key {name} was ignored.");
        answers.find(Question::Checkpoint, Status::Ok, None, &text);
    }
    let text = format!("The log signed its checkpoint of {size} entries.");
    answers.stand(Question::Checkpoint, Status::Ok, &text);
    Some(checked)
}

fn authenticity(
    keys: Option<Keys<'_>>,
    origin: &Origin,
    is_signed: bool,
    options: &Options<'_>,
    answers: &mut Answers,
) {
    const LINE: Question = Question::Authenticity;
    let Some(policy) = options.policy else {
        let text = "unpinned: without a policy file, whoever made this log is taken at its word. Get the log's key from \
                    elsewhere and verify again with it.";
        answers.stand(LINE, Status::NotChecked, text);
        return;
    };
    let mut pinned = policy.keys_of(origin.as_str()).peekable();
    if pinned.peek().is_none() {
        answers.fail(LINE, None, &format!("The policy file names no key of the log {origin}."));
        return;
    }
    let Some(keys) = keys else {
        answers.stand(LINE, Status::Failed, KEYS_UNKNOWN);
        return;
    };
    if !pinned.any(|vkey| keys.history.is_pinned_by(vkey)) {
        // A later key may be named in an entry that is not here.
        if !keys.is_read {
            answers.leave_unjudged(LINE, Question::Checkpoint);
            return;
        }
        let text = format!(
            "The key that the policy file names for {origin} is not one of the keys that these entries name: it is \
             another log of that name."
        );
        answers.fail(LINE, None, &text);
    } else if !is_signed {
        answers.leave_unjudged(LINE, Question::Checkpoint);
    } else {
        answers.stand(LINE, Status::Ok, "pinned: the log has the key that the policy file names.");
    }
}

fn witnesses(checked: Option<&CheckedNote>, options: &Options<'_>, answers: &mut Answers) {
    const LINE: Question = Question::Witnesses;
    let Some(policy) = options.policy else {
        answers.stand(LINE, Status::Absent, "No policy file, so no witness is known.");
        return;
    };
    if policy.is_quorum_none() {
        let text = "The policy asks for no witness: that another history was shown to others is not excluded.";
        answers.stand(LINE, Status::Absent, text);
        return;
    }
    let known = policy.witnesses().len();
    match checked.map(|checked| &checked.witnessed) {
        Some(witnessed) if witnessed.is_met => {
            let text = format!("{} of {known} witnesses cosigned the checkpoint: the quorum is met.", witnessed.count);
            answers.stand(LINE, Status::Ok, &text);
        }
        Some(witnessed) => {
            let text = format!("Only {} of {known} witnesses cosigned the checkpoint: no quorum.", witnessed.count);
            answers.fail(LINE, None, &text);
        }
        None => answers.leave_unjudged(LINE, Question::Checkpoint),
    }
}
