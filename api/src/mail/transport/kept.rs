//! The mailbox of the demo.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ledger::time::Timestamp;

use crate::mail::letter::Rendered;
use crate::mail::{Envelope, Message};

/// Messages kept; about 10 KiB each. A demo sends a dozen, and the oldest make room.
const MESSAGES_MAX: usize = 100;

/// Messages in the memory of this process, for a page to show. Clones share them; they are gone when it ends.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<VecDeque<Arc<Kept>>>>);

/// One of them. Its `Debug` form shows nothing: it holds links that let people in.
#[derive(PartialEq, Eq)]
pub struct Kept {
    /// The id, with its angle brackets.
    pub id: String,
    /// The kind, as [`Message::kind`] says it.
    pub kind: &'static str,
    /// Name and address.
    pub to: String,
    /// When it was written.
    pub date: Timestamp,
    /// The letter.
    pub letter: Rendered,
}

impl Mailbox {
    /// What is there, newest first.
    pub fn messages(&self) -> Vec<Arc<Kept>> {
        self.lock().iter().rev().cloned().collect()
    }

    pub(super) fn keep(&self, envelope: &Envelope, message: &Message) {
        let kept = Kept {
            id: envelope.id.as_str().to_owned(),
            kind: message.kind(),
            to: envelope.recipient(),
            date: envelope.date,
            letter: message.rendered(),
        };
        let mut messages = self.lock();
        if messages.len() == MESSAGES_MAX {
            messages.pop_front();
        }
        messages.push_back(Arc::new(kept));
    }

    /// Nothing is left half done under this lock, so what another thread's panic leaves is whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(..)")
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(..)")
    }
}
