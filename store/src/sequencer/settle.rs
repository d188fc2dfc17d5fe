//! What happens after a failure: requests are decided again from the database, until each has an answer.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::{Doubt, Group};
use super::{Batch, Queued, Sequencer};
use crate::append::AppendError;
use crate::failure::Failure;

/// How long callers wait for a database that restarts or is busy before they are told.
const GIVE_UP_AFTER: Duration = Duration::from_secs(10);
/// How often a key may turn out to have been answered elsewhere: once, unless two processes take turns.
const LATE_KEYS_MAX: u32 = 3;
const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// Who lost so often takes the head's lock before deciding, so that nobody starves.
const LOSSES_BEFORE_LOCK: u32 = 2;

/// What settling has cost since something last succeeded.
struct Effort {
    since: Instant,
    losses: u32,
    tries: u32,
    late_keys: u32,
    /// Whether a request alone took too much as well: then the number of requests is not what is wrong.
    one_took_too_much: bool,
}

impl Effort {
    fn begin() -> Self {
        Self { since: Instant::now(), losses: 0, tries: 0, late_keys: 0, one_took_too_much: false }
    }
}

impl Sequencer {
    /// Settles requests that were not sent.
    pub(super) async fn settle(&mut self, failure: Failure, requests: Vec<Queued>) {
        self.settle_groups(failure, Group { requests, doubts: Vec::new() }, VecDeque::new()).await;
    }

    /// Settles a batch that failed and the one that was decided on top of it.
    pub(super) async fn settle_batches(&mut self, failure: Failure, failed: Batch, on_top: Batch) {
        let group = match failure {
            Failure::Unknown => Doubt::about(failed),
            _ => Group { requests: failed.into_requests(), doubts: Vec::new() },
        };
        let later = Group { requests: on_top.into_requests(), doubts: Vec::new() };
        self.settle_groups(failure, group, VecDeque::from([later])).await;
    }

    async fn settle_groups(&mut self, failure: Failure, first: Group, mut groups: VecDeque<Group>) {
        tracing::debug!(log = %self.log, ?failure, requests = first.requests.len(), "settling");
        let mut effort = Effort::begin();
        react(failure, first, &mut groups, &mut effort).await;
        while let Some(group) = groups.pop_front() {
            if group.requests.is_empty() {
                continue;
            }
            let lock = LOSSES_BEFORE_LOCK <= effort.losses || !group.doubts.is_empty();
            match self.attempt(group, lock).await {
                Ok(()) => effort = Effort::begin(),
                Err((failure, group)) => {
                    self.tip = None;
                    react(failure, group, &mut groups, &mut effort).await;
                }
            }
        }
    }
}

/// Puts a group that failed back to be tried again, whole or in halves, or answers it.
async fn react(failure: Failure, group: Group, groups: &mut VecDeque<Group>, effort: &mut Effort) {
    match failure {
        Failure::Lost => {
            effort.losses += 1;
            groups.push_front(group);
        }
        // Halves could not be told which of them the batch in doubt carried.
        Failure::Refused { .. } | Failure::TooMuch(_) if !group.doubts.is_empty() => {
            again(AppendError::OutcomeUnknown, group, groups, effort).await;
        }
        Failure::Refused { reason, constraint } => refused(reason, constraint.as_deref(), group, groups, effort),
        Failure::TooMuch(_) if group.requests.len() > 1 && !effort.one_took_too_much => split(group, groups),
        Failure::TooMuch(reason) => {
            effort.one_took_too_much |= group.requests.len() == 1;
            again(AppendError::Unavailable(reason), group, groups, effort).await;
        }
        Failure::Transient(reason) | Failure::NotSent(reason) => {
            again(AppendError::Unavailable(reason), group, groups, effort).await;
        }
        Failure::Unknown => again(AppendError::OutcomeUnknown, group, groups, effort).await,
        Failure::Log(error) => answer(group, &error),
    }
}

/// Splits a refused group until only the request that deserves it is refused.
fn refused(reason: String, constraint: Option<&str>, group: Group, groups: &mut VecDeque<Group>, effort: &mut Effort) {
    if group.requests.len() > 1 {
        split(group, groups);
    } else if constraint == Some("idempotency_pkey") && effort.late_keys < LATE_KEYS_MAX {
        // Another process answered this key after it was looked up here: now it will be found.
        effort.late_keys += 1;
        groups.push_front(group);
    } else {
        answer(group, &AppendError::Refused(reason));
    }
}

/// Puts back halves of a group that nothing is in doubt about.
fn split(mut group: Group, groups: &mut VecDeque<Group>) {
    let second = group.requests.split_off(group.requests.len() / 2);
    groups.push_front(Group { requests: second, doubts: Vec::new() });
    groups.push_front(group);
}

async fn again(error: AppendError, group: Group, groups: &mut VecDeque<Group>, effort: &mut Effort) {
    if effort.since.elapsed() > GIVE_UP_AFTER {
        return answer(group, &error);
    }
    let backoff = BACKOFF_MIN.saturating_mul(2u32.saturating_pow(effort.tries));
    effort.tries += 1;
    tokio::time::sleep(backoff.min(BACKOFF_MAX)).await;
    groups.push_front(group);
}

/// Tells a whole group the same. What may have been committed is not told that it was not.
fn answer(group: Group, error: &AppendError) {
    let error = if group.doubts.is_empty() { error } else { &AppendError::OutcomeUnknown };
    for (request, _room) in group.requests {
        drop(request.answer.send(Err(error.clone())));
    }
}

impl Failure {
    /// What those are told whose requests were not sent.
    pub(super) fn into_answer(self) -> AppendError {
        match self {
            Self::Log(error) => error,
            Self::Lost | Self::Unknown => AppendError::OutcomeUnknown,
            Self::Refused { reason, .. } => AppendError::Refused(reason),
            Self::Transient(reason) | Self::TooMuch(reason) | Self::NotSent(reason) => AppendError::Unavailable(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::append::{ExpectedVersion, Write};
    use crate::open::Queue;
    use crate::sequencer::{Answer, Load, Request};

    type Waiting = Vec<oneshot::Receiver<Result<Answer, AppendError>>>;

    /// A group of so many requests, each known by its load, and where their answers come.
    fn group(requests: usize) -> (Group, Waiting) {
        let mut ends = Queue::open();
        let waiting = (0..requests).map(|number| {
            let (answer, answered) = oneshot::channel();
            let write = Write { events: Vec::new(), expected: ExpectedVersion::Any, idempotency: None };
            ends.queue.send(Request { write, load: Load { entries: number, bytes: 0 }, answer }).unwrap();
            answered
        });
        let waiting = waiting.collect();
        let requests = std::iter::from_fn(|| ends.receiver.try_recv().ok()).collect();
        (Group { requests, doubts: Vec::new() }, waiting)
    }

    fn numbers(group: &Group) -> Vec<usize> {
        group.requests.iter().map(|(request, _room)| request.load.entries).collect()
    }

    /// The groups that are tried, each known by its requests, where whatever holds one of `bad` takes too much.
    async fn tried(requests: usize, bad: &[usize]) -> (Vec<Vec<usize>>, Waiting) {
        let (first, waiting) = group(requests);
        let (mut groups, mut tried) = (VecDeque::from([first]), Vec::new());
        // Callers have waited for as long as they do.
        let tired = || Effort { since: Instant::now().checked_sub(2 * GIVE_UP_AFTER).unwrap(), ..Effort::begin() };
        let mut effort = tired();
        while let Some(group) = groups.pop_front() {
            tried.push(numbers(&group));
            if numbers(&group).iter().any(|number| bad.contains(number)) {
                react(Failure::TooMuch("57014".to_owned()), group, &mut groups, &mut effort).await;
            } else {
                effort = tired();
            }
        }
        (tried, waiting)
    }

    #[tokio::test]
    async fn what_took_too_much_is_split_until_the_one_request_that_does_is_alone() {
        let (tried, mut waiting) = tried(4, &[1]).await;
        assert_eq!(tried, [vec![0, 1, 2, 3], vec![0, 1], vec![0], vec![1], vec![2, 3]]);
        let refused: Vec<bool> = waiting.iter_mut().map(|answered| matches!(answered.try_recv(), Ok(Err(_)))).collect();
        assert_eq!(refused, [false, true, false, false]);
    }

    #[tokio::test]
    async fn a_database_that_is_too_slow_for_any_request_is_not_asked_for_each() {
        let (tried, waiting) = tried(64, &(0..64).collect::<Vec<_>>()).await;
        let sizes: Vec<usize> = tried.iter().map(Vec::len).collect();
        assert_eq!(sizes, [64, 32, 16, 8, 4, 2, 1, 1, 2, 4, 8, 16, 32]);
        for mut answered in waiting {
            assert!(matches!(answered.try_recv(), Ok(Err(AppendError::Unavailable(_)))));
        }
    }
}
