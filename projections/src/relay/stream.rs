//! Where a log's stream stands, as JetStream itself tells.

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{Config, Info, RawMessageErrorKind, RetentionPolicy, StorageType, Stream};
use store::logs::LogInfo;
use store::{Ledger, entries};

use super::message::INDEX;
use super::{RelayError, Settings};

/// The stream of an organisation's log.
pub fn stream_name(slug: &str) -> String {
    format!("countersign-{slug}")
}

/// The subjects of an organisation's log; each ends in the entry's type.
pub fn subjects(slug: &str) -> String {
    format!("countersign.{slug}.>")
}

/// The end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Index of the entry that follows.
    pub(super) next_index: u64,
    /// The stream's own number of its last message; survives a purge.
    pub(super) sequence: u64,
}

/// Reads where the log's stream ends, and makes the stream where there is none.
pub(super) async fn find_end(
    ledger: &Ledger,
    jetstream: &Context,
    settings: &Settings,
    info: &LogInfo,
) -> Result<End, RelayError> {
    let stream = jetstream.get_or_create_stream(config(settings, info)).await.map_err(failed("open the stream"))?;
    let found = stream.get_info().await.map_err(failed("describe the stream"))?;
    let sequence = found.state.last_sequence;
    if found.state.messages == 0 {
        return Ok(End { next_index: 0, sequence });
    }
    let Some(last) = last_message(&stream, &found, info).await? else { return anew(&stream, info, sequence).await };
    let foreign = || RelayError::Foreign { stream: stream_name(&info.slug) };
    let index: u64 = last.headers.get(INDEX).and_then(|index| index.as_str().parse().ok()).ok_or_else(foreign)?;
    let ours = entries::range(ledger.reader(), info.log, index, 1).await?.pop().ok_or_else(foreign)?;
    if *ours.bytes != *last.payload {
        return Err(foreign());
    }
    let next_index = index + 1;
    if keeps_everything(&found) && found.state.messages != next_index {
        return anew(&stream, info, sequence).await;
    }
    Ok(End { next_index, sequence })
}

fn config(settings: &Settings, info: &LogInfo) -> Config {
    Config {
        name: stream_name(&info.slug),
        description: Some(format!("Entries of the log {}, a copy: the ledger's database is the record", info.origin)),
        subjects: vec![subjects(&info.slug)],
        storage: StorageType::File,
        duplicate_window: settings.duplicate_window,
        ..Config::default()
    }
}

struct Last {
    headers: HeaderMap,
    payload: Vec<u8>,
}

/// The last message, none where it is not there although others are.
async fn last_message(stream: &Stream, found: &Info, info: &LogInfo) -> Result<Option<Last>, RelayError> {
    let message = if keeps_everything(found) {
        stream.get_raw_message(found.state.last_sequence).await
    } else {
        stream.get_last_raw_message_by_subject(&subjects(&info.slug)).await
    };
    match message {
        Ok(message) => Ok(Some(Last { headers: message.headers, payload: message.payload.to_vec() })),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(failed("give the last message")(error)),
    }
}

/// Whether nothing but a loss takes messages away: then there is one per entry. Whoever made the stream otherwise wants
/// only the newest entries in it.
fn keeps_everything(found: &Info) -> bool {
    let config = &found.config;
    config.retention == RetentionPolicy::Limits
        && config.max_messages <= 0
        && config.max_bytes <= 0
        && config.max_messages_per_subject <= 0
        && config.max_age.is_zero()
}

/// Empties a stream that has lost messages: they cannot be put back into the middle of it. Consumers stay, and drop what
/// they have seen.
async fn anew(stream: &Stream, info: &LogInfo, sequence: u64) -> Result<End, RelayError> {
    tracing::warn!(log = %info.log, stream = stream_name(&info.slug), "a stream has lost messages and is published anew");
    stream.purge().await.map_err(failed("purge the stream"))?;
    Ok(End { next_index: 0, sequence })
}

/// An error of the client under the name of what was asked.
pub(super) fn failed<E: std::error::Error + Send + Sync + 'static>(what: &'static str) -> impl Fn(E) -> RelayError {
    move |source| RelayError::JetStream { what, source: Box::new(source) }
}
