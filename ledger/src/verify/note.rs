//! A checkpoint's note: who signed it, and when its cosigners saw it (spec §6, §7).

use std::collections::HashMap;

use super::facts::in_words;
use crate::checkpoint::Checkpoint;
use crate::history::KeyHistory;
use crate::key::{KeyId, Role};
use crate::name::Origin;
use crate::note::{Cosigned, Note};
use crate::policy::Policy;

/// A checkpoint that is one of this log, signed by the key in force for its size.
#[derive(Debug, Clone)]
pub(super) struct CheckedNote {
    pub(super) checkpoint: Checkpoint,
    /// The log's keys that signed it: the one in force, and perhaps others it has had.
    pub(super) signed_by: Vec<KeyId>,
    /// Names of the keys of signature lines that nobody here knows.
    pub(super) ignored: Vec<String>,
    pub(super) witnessed: Witnessed,
}

/// What the policy's witnesses say of a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Witnessed {
    /// How many of the policy's witnesses cosigned.
    pub(super) count: usize,
    /// Earliest and latest cosigned time, in seconds since 1970.
    pub(super) times: Option<(u64, u64)>,
    /// When the quorum was complete, in seconds since 1970; `None` when it is not met or none is asked for.
    pub(super) quorum_at: Option<u64>,
    /// Whether the policy's quorum is met; also where none is asked for.
    pub(super) is_met: bool,
}

impl CheckedNote {
    /// Reads a note and checks it against the log's keys; says in words why it is to be rejected.
    pub(super) fn check(
        text: &str,
        origin: &Origin,
        history: &KeyHistory,
        policy: Option<&Policy>,
    ) -> Result<CheckedNote, String> {
        let (checkpoint, note) = Checkpoint::parse(text).map_err(|error| in_words(&error))?;
        if checkpoint.origin != *origin {
            return Err(format!("it is of the log {}", checkpoint.origin));
        }
        let (signed_by, ignored, witnessed) = open(&note, history, policy)?;
        let in_force = history.in_force(Role::Checkpoints, checkpoint.size).vkey.key_id();
        if !signed_by.contains(&in_force) {
            return Err(format!("it is not signed by {in_force}, the log's key for checkpoints at that size"));
        }
        Ok(CheckedNote { checkpoint, signed_by, ignored, witnessed })
    }
}

/// Whether a note that was kept carries a good signature by a checkpoints key that this log has had, or that the policy
/// names for it.
pub(super) fn is_signed_by_log(text: &str, history: &KeyHistory, policy: Option<&Policy>) -> bool {
    let origin = history.origin().as_str();
    let Ok((checkpoint, note)) = Checkpoint::parse(text) else { return false };
    let held = history.held(Role::Checkpoints).iter().map(|held| &*held.vkey);
    let pinned = policy.into_iter().flat_map(|policy| policy.keys_of(origin));
    checkpoint.origin == *history.origin()
        && note.open(held.chain(pinned), []).is_ok_and(|opened| !opened.signed.is_empty())
}

fn open(
    note: &Note,
    history: &KeyHistory,
    policy: Option<&Policy>,
) -> Result<(Vec<KeyId>, Vec<String>, Witnessed), String> {
    let origin = history.origin().as_str();
    let pinned = policy.into_iter().flat_map(|policy| policy.keys_of(origin));
    let cosigners = policy.into_iter().flat_map(Policy::cosigners);
    // A log may have had more keys than there is time to try.
    let of_log = note.signatures().iter().filter_map(|line| history.known_as(&line.name, line.key_id));
    let opened = note.open(of_log.chain(pinned), cosigners).map_err(|error| in_words(&error))?;
    let of_log = |key: &KeyId| history.held_as(Role::Checkpoints, *key).is_some();
    let signed_by = opened.signed.iter().map(|vkey| vkey.key_id()).filter(of_log).collect();
    let ignored = opened.ignored.iter().map(|line| line.name.clone()).collect();
    let witnessed = policy.map(|policy| Witnessed::of(&opened.cosigned, policy)).unwrap_or_default();
    Ok((signed_by, ignored, witnessed))
}

impl Witnessed {
    fn of(cosigned: &[Cosigned<'_>], policy: &Policy) -> Witnessed {
        let mut times: Vec<u64> = cosigned.iter().map(|cosigned| cosigned.time).collect();
        times.sort_unstable();
        let time_of: HashMap<&[u8; 32], u64> =
            cosigned.iter().map(|cosigned| (cosigned.cosigner.public_key(), cosigned.time)).collect();
        let is_met_at = |time: u64| {
            policy.is_met(|cosigner| time_of.get(cosigner.public_key()).is_some_and(|cosigned| *cosigned <= time))
        };
        // A quorum that is met stays met when others join.
        let before = times.partition_point(|time| !is_met_at(*time));
        let quorum_at = times.get(before).copied().filter(|_| !policy.is_quorum_none());
        Witnessed {
            count: cosigned.len(),
            times: times.first().copied().zip(times.last().copied()),
            quorum_at,
            is_met: quorum_at.is_some() || policy.is_quorum_none(),
        }
    }
}
