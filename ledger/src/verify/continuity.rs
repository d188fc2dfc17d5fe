//! Does the log extend what this verifier saw of it before (spec §10, §11, line `continuity`)?

use std::io;

use super::verdict::{Answers, Question, Status};
use super::walk::Past;
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

/// Answers for a whole log, whose root at any earlier size can be computed.
pub(super) fn of_log(
    (origin, size): (&Origin, u64),
    options: &Options<'_>,
    past: &mut dyn Past,
    answers: &mut Answers,
) -> io::Result<()> {
    let Some(Remembered { checkpoint: old, .. }) = remembered(options, origin) else {
        answers.stand(LINE, Status::Absent, "No earlier checkpoint of this log is remembered.");
        return Ok(());
    };
    if size < old.size {
        smaller(old.size, size, answers);
    } else if let Some(root) = past.root_at(old.size)? {
        compare(old, &root, answers);
    }
    Ok(())
}

/// Answers for a selection, which may bring a proof.
pub(super) fn of_selection(
    checkpoint: &Checkpoint,
    proof: Option<&Result<Consistency, ConsistencyError>>,
    options: &Options<'_>,
    answers: &mut Answers,
) {
    if let Some(Err(error)) = proof {
        answers.fail(LINE, None, &format!("The consistency proof is malformed: {error}."));
    }
    let Some(Remembered { checkpoint: old, .. }) = remembered(options, &checkpoint.origin) else {
        answers.stand(LINE, Status::Absent, "No earlier checkpoint of this log is remembered.");
        return;
    };
    if checkpoint.size < old.size {
        smaller(old.size, checkpoint.size, answers);
    } else if checkpoint.size == old.size {
        compare(old, &checkpoint.root, answers);
    } else if old.size == 0 {
        compare(old, &Hash::empty_root(), answers);
    } else if let Some(Ok(proof)) = proof.filter(|proof| proof.as_ref().is_ok_and(|proof| proof.old_size == old.size)) {
        let new = TreeHead { size: checkpoint.size, root: checkpoint.root };
        match proof.verify(old.root, &new) {
            Ok(()) => extends(old.size, answers),
            Err(_) => forked(old.size, answers),
        }
    } else {
        let text =
            format!("The export brings no proof that it extends the remembered checkpoint of size {}.", old.size);
        answers.stand(LINE, Status::NotChecked, &text);
    }
}

fn compare(old: &Checkpoint, root: &Hash, answers: &mut Answers) {
    if *root == old.root { extends(old.size, answers) } else { forked(old.size, answers) }
}

fn extends(old_size: u64, answers: &mut Answers) {
    answers.stand(LINE, Status::Ok, &format!("The log extends the remembered checkpoint of size {old_size}."));
}

fn smaller(old_size: u64, size: u64, answers: &mut Answers) {
    let text = format!("A checkpoint of size {old_size} is remembered; these {size} entries are fewer than it covers.");
    answers.stand(LINE, Status::NotChecked, &text);
}

fn forked(old_size: u64, answers: &mut Answers) {
    let text = format!(
        "The log does not extend the remembered checkpoint of size {old_size}: its operator has shown two histories. \
         Keep both checkpoints, they prove it."
    );
    answers.fail(LINE, None, &text);
}
