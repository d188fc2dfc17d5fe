//! The mail of the demo, read as people read theirs.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context as _;

use crate::mail::Mailbox;

/// For a message to arrive that was asked for.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(50);

/// A mailbox of which some has been read.
pub(super) struct Post {
    mailbox: Mailbox,
    read: HashSet<String>,
}

impl Post {
    /// All of it unread.
    pub(super) fn new(mailbox: Mailbox) -> Self {
        Self { mailbox, read: HashSet::new() }
    }

    /// The next message of a kind to somebody, as text.
    pub(super) async fn next(&mut self, kind: &str, email: &str) -> anyhow::Result<String> {
        let arrived = tokio::time::timeout(ARRIVES_WITHIN, async {
            let mut ticks = tokio::time::interval(LOOKED_FOR_EVERY);
            loop {
                ticks.tick().await;
                let unread = self
                    .mailbox
                    .messages()
                    .into_iter()
                    .rev()
                    .find(|kept| kept.kind == kind && kept.to.contains(email) && !self.read.contains(&kept.id));
                if let Some(kept) = unread {
                    return kept;
                }
            }
        });
        let kept = arrived.await.with_context(|| format!("no message of the kind {kind} came to {email}"))?;
        self.read.insert(kept.id.clone());
        Ok(kept.letter.text.clone())
    }
}

/// The path of the one link in a message.
pub(super) fn link(letter: &str, origin: &str) -> anyhow::Result<String> {
    let links = letter.split_whitespace().filter_map(|word| word.strip_prefix(origin.trim_end_matches('/')));
    // The site alone stands there too, in words.
    links.map(str::to_owned).find(|path| path.starts_with('/')).context("there is no link in the message")
}

/// The digits that a message asks to be typed.
pub(super) fn code(letter: &str) -> anyhow::Result<String> {
    let lines = letter.lines().map(|line| line.replace(' ', ""));
    let mut codes = lines.filter(|line| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit()));
    codes.next().context("there is no code in the message")
}
