//! Follows a log over JetStream: every entry once, in index order, or an error.

use std::sync::Arc;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::{HeaderMap, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use ledger::entry::{Entry, EntryError};
use ledger::hash::EntryHash;
use ledger::key::KeyId;

use crate::relay::{HASH, INDEX, KEY_ID, SIGNATURE, stream_name};

/// An entry as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Its place in the log.
    pub index: u64,
    /// Its exact bytes.
    pub bytes: Arc<[u8]>,
    /// BLAKE3 of the bytes.
    pub hash: EntryHash,
    /// Over the hash; who holds the log's keys checks it.
    pub signature: [u8; 64],
    /// Id of the key that signs.
    pub keyid: KeyId,
}

/// Why a consumer stops. Open another at [`Consumer::next_index`] to go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// The server does not answer, or the stream is gone.
    #[error("JetStream does not deliver")]
    JetStream(#[source] async_nats::Error),
    /// The stream has ended.
    #[error("the stream has ended")]
    Ended,
    /// Entries are missing.
    #[error("entry {expected} should follow, not {found}")]
    Gap {
        /// Index that should have come.
        expected: u64,
        /// Index that came.
        found: u64,
    },
    /// A header is missing or not of its form.
    #[error("the header {0} is missing, or not of its form")]
    Header(&'static str),
    /// The payload is no entry.
    #[error("the message of entry {index} does not parse")]
    Entry {
        /// As the header says.
        index: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// The payload is another entry than the headers say, or does not follow on the one before.
    #[error("the message of entry {index} contradicts {what}")]
    Contradiction {
        /// As the header says.
        index: u64,
        /// What it does not agree with.
        what: &'static str,
    },
}

/// Follows one log from an index on. What it has seen already it drops: a stream that was wiped is published again.
pub struct Consumer {
    messages: Ordered,
    next_index: u64,
    /// Hash of the entry before, where that was seen.
    last: Option<EntryHash>,
}

impl Consumer {
    /// Begins at an index. The stream has to be there.
    ///
    /// # Errors
    /// [`ConsumeError::JetStream`].
    pub async fn open(jetstream: &Context, slug: &str, next_index: u64) -> Result<Self, ConsumeError> {
        let stream = jetstream.get_stream(stream_name(slug)).await.map_err(|error| broken(Box::new(error)))?;
        let consumer =
            stream.create_consumer(OrderedConfig::default()).await.map_err(|error| broken(Box::new(error)))?;
        let messages = consumer.messages().await.map_err(|error| broken(Box::new(error)))?;
        Ok(Self { messages, next_index, last: None })
    }

    /// Index of the entry that comes next.
    pub fn next_index(&self) -> u64 {
        self.next_index
    }

    /// The next entry; waits while there is none.
    ///
    /// # Errors
    /// [`ConsumeError`]: nothing may be skipped, so nothing comes after one.
    pub async fn next(&mut self) -> Result<Delivered, ConsumeError> {
        loop {
            let message = self.messages.next().await.ok_or(ConsumeError::Ended)?;
            let message = message.map_err(|error| broken(Box::new(error)))?.message;
            let index = header(&message, INDEX, |text| text.parse().ok())?;
            if self.next_index <= index {
                return self.accept(index, &message);
            }
        }
    }

    fn accept(&mut self, index: u64, message: &Message) -> Result<Delivered, ConsumeError> {
        if index != self.next_index {
            return Err(ConsumeError::Gap { expected: self.next_index, found: index });
        }
        let entry = Entry::parse(&message.payload).map_err(|source| ConsumeError::Entry { index, source })?;
        let delivered = Delivered {
            index,
            bytes: Arc::from(&*message.payload),
            hash: header(message, HASH, |text| EntryHash::parse(text).ok())?,
            signature: header(message, SIGNATURE, |text| STANDARD.decode(text).ok()?.try_into().ok())?,
            keyid: header(message, KEY_ID, |text| KeyId::parse(text).ok())?,
        };
        let agreements = [
            ("its own sequence", entry.sequence == index),
            ("its own key id", entry.keyid == delivered.keyid),
            ("its hash", EntryHash::of(&delivered.bytes) == delivered.hash),
            ("the entry before it", self.last.is_none_or(|last| entry.prevhash == last)),
        ];
        if let Some((what, _)) = agreements.into_iter().find(|(_, agrees)| !agrees) {
            return Err(ConsumeError::Contradiction { index, what });
        }
        self.next_index += 1;
        self.last = Some(delivered.hash);
        Ok(delivered)
    }
}

fn header<T>(message: &Message, name: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ConsumeError> {
    let value = message.headers.as_ref().and_then(|headers: &HeaderMap| headers.get(name));
    value.and_then(|value| parse(value.as_str())).ok_or(ConsumeError::Header(name))
}

fn broken(error: async_nats::Error) -> ConsumeError {
    ConsumeError::JetStream(error)
}
