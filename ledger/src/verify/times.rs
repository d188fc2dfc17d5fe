//! Times: in order, and between what cosigners saw (spec §11, line `time`).

use std::collections::VecDeque;
use std::io;

use super::note::Witnessed;
use super::verdict::{Answers, Question, Status};
use super::walk::Past;
use crate::time::Timestamp;

/// How far a cosigner's clock and the log's may differ.
const TOLERANCE_SECONDS: u64 = 5 * 60;
/// A log that is silent for longer than this has missed a heartbeat.
const SILENCE_SECONDS_MAX: u64 = 60 * 60;
/// Times kept, 1 MiB: an hour of a busy log, so that a heartbeat finds the times around its checkpoint without reading.
const TIMES_KEPT: usize = 1 << 16;

/// The times of the entries gone through.
#[derive(Debug, Default)]
pub(super) struct Times {
    recent: VecDeque<(u64, Timestamp)>,
    /// Entry and time of the last heartbeat, or of entry 0.
    alive: Option<(u64, Timestamp)>,
    /// Up to which size cosigned times bound the entries.
    bounded: Option<u64>,
}

impl Times {
    /// Takes in the time of the next entry.
    pub(super) fn entry(&mut self, index: u64, time: Timestamp, answers: &mut Answers) {
        if let Some((before, earlier)) = self.recent.back()
            && time < *earlier
        {
            let text = format!("Entry {index} was recorded at {time}, before entry {before}, recorded at {earlier}.");
            answers.fail(Question::Time, index, &text);
        }
        if self.recent.len() == TIMES_KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back((index, time));
        if self.alive.is_none() {
            self.alive = Some((index, time));
        }
    }

    /// Takes in a sign of life of a whole log: a heartbeat, or its last entry. Says whether there was a silence before it.
    pub(super) fn sign_of_life(&mut self, index: u64, time: Timestamp, answers: &mut Answers) -> bool {
        let Some((since, earlier)) = self.alive.replace((index, time)) else { return false };
        let seconds = time.unix_seconds().saturating_sub(earlier.unix_seconds());
        if seconds <= SILENCE_SECONDS_MAX {
            return false;
        }
        let lasting = lasting(seconds);
        let text = format!("Between entry {since} and entry {index} there was no heartbeat for {lasting}.");
        answers.find(Question::Time, Status::Ok, since, &text);
        true
    }

    /// Compares entries around the size of a checkpoint with the times at which witnesses cosigned it. The order of all
    /// times being checked, the entries next to it stand for all others.
    pub(super) fn bound(
        &mut self,
        size: u64,
        witnessed: &Witnessed,
        past: &mut dyn Past,
        answers: &mut Answers,
    ) -> io::Result<()> {
        let Some((earliest, latest)) = witnessed.times else { return Ok(()) };
        self.bounded = Some(size);
        let place = self.recent.partition_point(|(index, _)| *index < size);
        let below = match place.checked_sub(1) {
            Some(below) => Some(self.recent[below]),
            None => past.last_below(size)?,
        };
        let above = match self.recent.get(place).copied() {
            // Where entries that are no longer kept lie between, an older one may be the first.
            Some((index, _)) if place == 0 && size < index => past.first_from(size)?.or(self.recent.front().copied()),
            found => found,
        };
        if let Some((index, time)) = below
            && earliest.saturating_add(TOLERANCE_SECONDS) < time.unix_seconds()
        {
            let text = format!(
                "Entry {index} bears the time {time}, but a witness had cosigned a checkpoint over it earlier than that."
            );
            answers.fail(Question::Time, index, &text);
        }
        if let Some((index, time)) = above
            && time.unix_seconds().saturating_add(TOLERANCE_SECONDS) < latest
        {
            let text = format!(
                "Entry {index} bears the time {time}, but a witness cosigned a checkpoint that it is not yet in later \
                 than that."
            );
            answers.fail(Question::Time, index, &text);
        }
        Ok(())
    }

    /// What holds when nothing was found.
    pub(super) fn stand(&self, answers: &mut Answers) {
        let bounded = match self.bounded {
            None => "no witness bounds them, so they are the log's word".to_owned(),
            Some(size) => format!("witnesses bound those of the entries below {size}"),
        };
        answers.stand(Question::Time, Status::Ok, &format!("The times are in order; {bounded}."));
    }

    /// Entry and time of the entry gone through last.
    pub(super) fn last(&self) -> Option<(u64, Timestamp)> {
        self.recent.back().copied()
    }
}

/// A span of over an hour as people say it: in its largest unit, and the rest in the next.
fn lasting(seconds: u64) -> String {
    const HOUR: u64 = 60 * 60;
    const DAY: u64 = 24 * HOUR;
    let counted = |count: u64, unit: &str| match count {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{count} {unit}s")),
    };
    let parts = if seconds < DAY {
        [counted(seconds / HOUR, "hour"), counted(seconds % HOUR / 60, "minute")]
    } else {
        [counted(seconds / DAY, "day"), counted(seconds % DAY / HOUR, "hour")]
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}
