//! What a sequencer takes from its queue: as much as fits into the batch at hand, in the order in which it came.

use tokio::sync::mpsc;

use super::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, DRAIN_REQUESTS_MAX, Queued};

/// What requests, or a batch, weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) entries: usize,
    /// Of the entries at most, sealed values included.
    pub(crate) bytes: usize,
}

/// The sequencer's end of its queue.
pub(super) struct Inbox {
    queue: mpsc::UnboundedReceiver<Queued>,
    /// Taken when the batch at hand had no room for it: the first of the next.
    kept_back: Option<Queued>,
}

impl Inbox {
    pub(super) fn new(queue: mpsc::UnboundedReceiver<Queued>) -> Self {
        Self { queue, kept_back: None }
    }

    /// Waits for requests that fit beside those taken for the batch before, and adds them to its load. An empty batch has
    /// room for any one request; none are returned when the next does not fit, or when the last sender is gone.
    ///
    /// Dropping the returned future loses nothing: what was taken is kept or returned without a wait in between.
    pub(super) async fn take(&mut self, batch: &mut Load) -> Vec<Queued> {
        let mut taken = Vec::new();
        let mut next = match self.kept_back.take() {
            Some(first) => Some(first),
            None => self.queue.recv().await,
        };
        while let Some(queued) = next {
            if !batch.has_room_for(queued.0.load) {
                self.kept_back = Some(queued);
                break;
            }
            *batch = batch.with(queued.0.load);
            taken.push(queued);
            if taken.len() == DRAIN_REQUESTS_MAX {
                break;
            }
            next = self.queue.try_recv().ok();
        }
        taken
    }
}

impl Load {
    fn has_room_for(self, other: Self) -> bool {
        self == Self::default() || self.entries < BATCH_ENTRIES_MAX && self.bytes + other.bytes <= BATCH_BYTES_MAX
    }

    fn with(self, other: Self) -> Self {
        Self { entries: self.entries + other.entries, bytes: self.bytes + other.bytes }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::append::{ExpectedVersion, Write};
    use crate::open::{Queue, QueueEnds};
    use crate::sequencer::Request;

    const MIB: usize = 1 << 20;

    /// An inbox in which requests of so many events and bytes wait.
    fn waiting(loads: &[(usize, usize)]) -> (Queue, Inbox) {
        let QueueEnds { queue, receiver } = Queue::open();
        for &(entries, bytes) in loads {
            queue.send(request(Load { entries, bytes })).unwrap();
        }
        (queue, Inbox::new(receiver))
    }

    fn request(load: Load) -> Request {
        let write = Write { events: Vec::new(), expected: ExpectedVersion::Any, idempotency: None };
        Request { write, load, answer: oneshot::channel().0 }
    }

    async fn bytes(inbox: &mut Inbox, mut batch: Load) -> Vec<usize> {
        inbox.take(&mut batch).await.iter().map(|(request, _room)| request.load.bytes).collect()
    }

    #[tokio::test]
    async fn a_batch_takes_no_more_bytes_than_it_may_hold_and_the_rest_comes_next() {
        let (queue, mut inbox) = waiting(&[(1, 3 * MIB), (1, 4 * MIB), (1, 2 * MIB), (1, MIB)]);
        drop(queue);
        assert_eq!(bytes(&mut inbox, Load::default()).await, [3 * MIB, 4 * MIB]);
        assert_eq!(bytes(&mut inbox, Load { entries: 2, bytes: 7 * MIB }).await, [0; 0], "that batch is full");
        assert_eq!(bytes(&mut inbox, Load::default()).await, [2 * MIB, MIB], "in the order in which they came");
        assert_eq!(bytes(&mut inbox, Load::default()).await, [0; 0], "and none is left");
    }

    #[tokio::test]
    async fn a_request_larger_than_a_batch_gets_one_of_its_own() {
        let (_queue, mut inbox) = waiting(&[(1, MIB), (1, BATCH_BYTES_MAX + 1), (1, MIB)]);
        assert_eq!(bytes(&mut inbox, Load::default()).await, [MIB]);
        assert_eq!(bytes(&mut inbox, Load::default()).await, [BATCH_BYTES_MAX + 1]);
        assert_eq!(bytes(&mut inbox, Load::default()).await, [MIB]);
    }

    #[tokio::test]
    async fn a_batch_that_has_its_entries_takes_no_further_request() {
        let (_queue, mut inbox) = waiting(&[(1_000, MIB), (1_000, MIB), (1_000, MIB), (1, 1)]);
        assert_eq!(bytes(&mut inbox, Load::default()).await, [MIB, MIB, MIB]);
        assert_eq!(bytes(&mut inbox, Load { entries: 3_000, bytes: 3 * MIB }).await, [0; 0]);
        assert_eq!(bytes(&mut inbox, Load::default()).await, [1]);
    }
}
