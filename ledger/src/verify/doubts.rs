//! What a revoked key leaves in doubt (spec §7).

use super::note::{CheckedNote, Witnessed};
use super::verdict::{Answers, Question, Status};
use crate::history::{KeyHistory, Revocation};
use crate::key::Role;
use crate::time::Timestamp;

/// Until when which entries were under a checkpoint that the policy's quorum had cosigned.
#[derive(Debug, Clone, Default)]
pub(super) struct Covered {
    /// When a quorum was complete, and the size it covers; both ascend.
    steps: Vec<(u64, u64)>,
}

impl Covered {
    /// Takes in a checkpoint of this log; sizes do not descend.
    pub(super) fn add(&mut self, size: u64, witnessed: &Witnessed) {
        let Some(time) = witnessed.quorum_at else { return };
        // A larger checkpoint that was cosigned no later says all that the earlier ones said.
        while self.steps.last().is_some_and(|(earlier, _)| time <= *earlier) {
            self.steps.pop();
        }
        self.steps.push((time, size));
    }

    /// The size that was covered before that time.
    fn size_before(&self, time: Timestamp) -> u64 {
        let before = self.steps.partition_point(|(quorum_at, _)| is_before(*quorum_at, time));
        before.checked_sub(1).map_or(0, |last| self.steps[last].1)
    }
}

/// Names the entries that a revoked entries key signed and that nothing else vouches for.
pub(super) fn doubt_entries(history: &KeyHistory, covered: &Covered, answers: &mut Answers) {
    let of_entries = history.revocations().filter(|revocation| revocation.role == Role::Entries);
    for revocation in of_entries {
        let Some((first, last)) = doubtful(history, covered, revocation) else { continue };
        let text = format!(
            "Entries {first} to {last} are signed by the key {}, which entry {} revoked as compromised since {}: \
             somebody else may have signed them.",
            revocation.key_id, revocation.index, revocation.compromised_since
        );
        answers.find(Question::Signatures, Status::NotProved, first, &text);
    }
}

fn doubtful(history: &KeyHistory, covered: &Covered, revocation: &Revocation) -> Option<(u64, u64)> {
    let held = history.held_as(Role::Entries, revocation.key_id)?;
    let signed_from = held.since.map_or(0, |since| since + 1);
    let signed_to = held.until.unwrap_or(u64::MAX).min(revocation.index.checked_sub(1)?);
    let first = signed_from.max(covered.size_before(revocation.compromised_since));
    (first <= signed_to).then_some((first, signed_to))
}

/// Says so when the checkpoint rests on a revoked key alone.
pub(super) fn doubt_checkpoint(history: &KeyHistory, checked: &CheckedNote, answers: &mut Answers) {
    let [only] = checked.signed_by[..] else { return };
    let Some(revocation) = history.revocation_of(Role::Checkpoints, only) else { return };
    let since = revocation.compromised_since;
    if checked.witnessed.quorum_at.is_none_or(|quorum_at| !is_before(quorum_at, since)) {
        let text = format!(
            "Only the key {only} signed the checkpoint, which entry {} revoked as compromised since {since}: somebody \
             else may have signed it.",
            revocation.index
        );
        answers.find(Question::Checkpoint, Status::NotProved, revocation.index, &text);
    }
}

/// Whether a cosigner's second begins before a time.
fn is_before(seconds: u64, time: Timestamp) -> bool {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000))
        .is_some_and(|micros| micros < time.as_micros())
}
