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
    options: &Options<'_>,
    past: &mut dyn Past,
) -> std::io::Result<()> {
    let checked = check(walk.history.as_ref(), (head, origin, size), options, &mut walk.answers);
    authenticity(walk.history.as_ref(), origin, checked.is_some(), options, &mut walk.answers);
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

fn check(
    history: Option<&KeyHistory>,
    (head, origin, size): (&Head, &Origin, u64),
    options: &Options<'_>,
    answers: &mut Answers,
) -> Option<CheckedNote> {
    let Some(history) = history else {
        answers.fail(
            Question::Checkpoint,
            None,
            "The checkpoint cannot be checked, because the log's keys are unknown.",
        );
        return None;
    };
    let checked = match CheckedNote::check(&head.note, origin, history, options.policy) {
        Ok(checked) => checked,
        Err(reason) => {
            answers.fail(Question::Checkpoint, None, &format!("The checkpoint is not valid: {reason}."));
            return None;
        }
    };
    if checked.checkpoint.size != size {
        let text = format!(
            "The checkpoint is of a log of {} entries, but these are the first {size}.",
            checked.checkpoint.size
        );
        answers.fail(Question::Checkpoint, None, &text);
        return None;
    }
    for name in &checked.ignored {
        let text = format!("A signature by the unknown key {name} was ignored.");
        answers.find(Question::Checkpoint, Status::Ok, None, &text);
    }
    let text = format!("The log signed its checkpoint of {size} entries.");
    answers.stand(Question::Checkpoint, Status::Ok, &text);
    Some(checked)
}

fn authenticity(
    history: Option<&KeyHistory>,
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
    } else if !history.is_some_and(|history| pinned.any(|vkey| history.is_pinned_by(vkey))) {
        let text = format!(
            "The key that the policy file names for {origin} is not one of this log: it is another log of that name."
        );
        answers.fail(LINE, None, &text);
    } else if !is_signed {
        answers.fail(LINE, None, "The checkpoint is not one that the expected log signed.");
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
        None => answers.fail(LINE, None, "No valid checkpoint, so no witness vouches for it."),
    }
}
