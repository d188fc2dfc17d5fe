//! Publishes one log, in order.

use async_nats::jetstream::Context;
use futures::future::join_all;
use store::feed::Feed;
use store::logs::LogInfo;
use store::{Committed, Ledger};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::stream::{End, failed, find_end, stream_name};
use super::{RelayError, Settings, message};

/// Messages under way whose acknowledgement is awaited: about a quarter of a MiB usually, 16 MiB at most.
const IN_FLIGHT_MAX: usize = 256;

/// Owned by the relay, which lets one round of it run at a time.
pub(super) struct Publisher {
    ledger: Ledger,
    jetstream: Context,
    settings: Settings,
    info: LogInfo,
    /// The stream's end as far as we know; none where it is to be asked.
    end: Option<End>,
    asked_at: Instant,
}

impl Publisher {
    pub(super) fn new(ledger: Ledger, jetstream: Context, settings: Settings, info: LogInfo) -> Self {
        Self { ledger, jetstream, settings, info, end: None, asked_at: Instant::now() }
    }

    /// Forgets where the stream ends.
    pub(super) fn distrust(&mut self) {
        self.end = None;
    }

    /// Whether a round would find something to do in a log of this size.
    pub(super) fn has_work(&self, size: u64) -> bool {
        self.end.is_none_or(|end| end.next_index < size) || self.settings.look_every <= self.asked_at.elapsed()
    }

    /// Publishes what the stream lacks. After an error the next round begins by asking the stream.
    pub(super) async fn round(&mut self, stop: &CancellationToken) -> Result<(), RelayError> {
        let known = self.end.take().filter(|_| self.asked_at.elapsed() < self.settings.look_every);
        let mut end = if let Some(end) = known {
            end
        } else {
            self.asked_at = Instant::now();
            find_end(&self.ledger, &self.jetstream, &self.settings, &self.info).await?
        };
        while !stop.is_cancelled() {
            let entries = Feed::new(&self.ledger, self.info.log, end.next_index).next_now(IN_FLIGHT_MAX).await?;
            if entries.is_empty() {
                break;
            }
            end = self.publish(end, &entries).await?;
        }
        self.end = Some(end);
        Ok(())
    }

    /// Sends all, then awaits all. Each names the message that it follows on: where one is lost the server refuses those
    /// behind it, so that order needs no waiting.
    async fn publish(&self, end: End, entries: &[Committed]) -> Result<End, RelayError> {
        let name = stream_name(&self.info.slug);
        let mut acks = Vec::with_capacity(entries.len());
        for (before, entry) in (end.sequence..).zip(entries) {
            let (subject, message) = message::of(&self.info, entry);
            let message = message.expected_stream(&name).expected_last_sequence(before);
            let sent = self.jetstream.send_publish(subject, message).await;
            acks.push(sent.map_err(failed("take an entry"))?.into_future());
        }
        let mut end = end;
        for (entry, ack) in entries.iter().zip(join_all(acks).await) {
            let ack = ack.map_err(failed("keep an entry"))?;
            // A duplicate is good news where it stands in its place, and none where that place was wiped.
            if ack.sequence != end.sequence + 1 {
                return Err(RelayError::Remembered { stream: name, index: entry.index });
            }
            end = End { next_index: entry.index + 1, sequence: ack.sequence };
        }
        Ok(end)
    }
}
