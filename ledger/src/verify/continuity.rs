//! Does the log extend what this verifier saw of it before (spec §10, §11, line `continuity`)?
//!
//! It is asked last: whom a difference accuses depends on whether these entries are the expected log's at all.

use std::io;

use super::note::is_signed_by_log;
use super::verdict::{Answers, Question, Status};
use super::walk::{Past, Walk};
use super::{Options, Remembered};
use crate::checkpoint::Checkpoint;
use crate::export::{Consistency, ConsistencyError};
use crate::name::Origin;
use crate::tree::{Hash, TreeHead};

const LINE: Question = Question::Continuity;

/// What is remembered of that log: the largest, where there are several.
fn remembered<'a>(options: &Options<'a>, origin: &Origin) -> Option<&'a Remembered> {
    let of_origin = options.remembered.iter().filter(|remembered| remembered.checkpoint.origin == *origin);
    of_origin.max_by_key(|remembered| remembered.checkpoint.size)
}

/// Answers for a whole log, whose root at any earlier size can be computed, but where it could not be read to its end.
pub(super) fn of_log(size: u64, past: Option<&mut dyn Past>, walk: &mut Walk<'_>) -> io::Result<()> {
    let Some(old) = remembered(walk.options, walk.origin) else {
        nothing_remembered(&mut walk.answers);
        return Ok(());
    };
    let Some(past) = past else { return Ok(()) };
    if size < old.checkpoint.size {
        smaller(old.checkpoint.size, size, &mut walk.answers);
    } else if let Some(root) = past.root_at(old.checkpoint.size)? {
        compare(old, &root, walk);
    } else {
        walk.answers.leave_unjudged(LINE, Question::Tree);
    }
    Ok(())
}

/// Answers for a selection, which may bring a proof.
pub(super) fn of_selection(
    checkpoint: Option<&Checkpoint>,
    proof: Option<&Result<Consistency, ConsistencyError>>,
    walk: &mut Walk<'_>,
) {
    if let Some(Err(error)) = proof {
        walk.answers.fail(LINE, None, &format!("The consistency proof is malformed: {error}."));
    }
    let Some(remembered) = remembered(walk.options, walk.origin) else {
        nothing_remembered(&mut walk.answers);
        return;
    };
    let Some(checkpoint) = checkpoint else {
        walk.answers.leave_unjudged(LINE, Question::Checkpoint);
        return;
    };
    let old = &remembered.checkpoint;
    if checkpoint.size < old.size {
        smaller(old.size, checkpoint.size, &mut walk.answers);
    } else if checkpoint.size == old.size {
        compare(remembered, &checkpoint.root, walk);
    } else if old.size == 0 {
        compare(remembered, &Hash::empty_root(), walk);
    } else if let Some(Ok(proof)) = proof.filter(|proof| proof.as_ref().is_ok_and(|proof| proof.old_size == old.size)) {
        let new = TreeHead { size: checkpoint.size, root: checkpoint.root };
        match proof.verify(old.root, &new) {
            Ok(()) => extends(old.size, &mut walk.answers),
            Err(_) => unproved(old.size, &mut walk.answers),
        }
    } else {
        let text =
            format!("The export brings no proof that it extends the remembered checkpoint of size {}.", old.size);
        walk.answers.stand(LINE, Status::NotChecked, &text);
    }
}

fn nothing_remembered(answers: &mut Answers) {
    answers.stand(LINE, Status::Absent, "No earlier checkpoint of this log is remembered.");
}

fn compare(old: &Remembered, root: &Hash, walk: &mut Walk<'_>) {
    if *root == old.checkpoint.root {
        extends(old.checkpoint.size, &mut walk.answers);
    } else {
        differs(old, walk);
    }
}

/// Only what the log signed can be said to go on from anything.
fn extends(old_size: u64, answers: &mut Answers) {
    match answers.unsettled() {
        Some(because) => answers.leave_unjudged(LINE, because),
        None => {
            answers.stand(LINE, Status::Ok, &format!("The log extends the remembered checkpoint of size {old_size}."));
        }
    }
}

fn smaller(old_size: u64, size: u64, answers: &mut Answers) {
    let text = format!(
        "A checkpoint of size {old_size} is remembered; these {size} entries are fewer than it covers, and whether they \
         are its beginning was not checked: it may be another history."
    );
    answers.stand(LINE, Status::NotChecked, &text);
}

/// A proof is not signed, so a false one accuses nobody.
fn unproved(old_size: u64, answers: &mut Answers) {
    let text = format!(
        "The export's proof does not show that the log extends the remembered checkpoint of size {old_size}: the proof \
         is false, or the log does not. Ask for the whole log."
    );
    answers.fail(LINE, None, &text);
}

/// Two roots at one size are two histories only where the expected log signed both: else a stranger without any key may
/// have made these entries, or what is remembered.
fn differs(old: &Remembered, walk: &mut Walk<'_>) {
    let size = old.checkpoint.size;
    let is_the_logs =
        [Question::Tree, Question::Checkpoint, Question::Authenticity].into_iter().all(|line| walk.answers.holds(line));
    let policy = walk.options.policy;
    let was_the_logs = walk.history.as_ref().is_some_and(|history| is_signed_by_log(&old.note, history, policy));
    let text = if is_the_logs && was_the_logs {
        format!(
            "The log does not extend the remembered checkpoint of size {size}, which it signed as well: its operator has \
             shown two histories. Keep both checkpoints, they prove it."
        )
    } else {
        let of_another = if walk.history.is_some() && !was_the_logs {
            " No key of this log signed the remembered checkpoint."
        } else {
            ""
        };
        format!(
            "These entries do not agree with the checkpoint of size {size} that you remember. Whose fault it is does not \
             follow from that: see tree and authenticity.{of_another}"
        )
    };
    walk.answers.fail(LINE, None, &text);
}
