//! The verifier as the demo runs it: the same code that `countersign-verify` runs.

use anyhow::Context as _;
use ledger::policy::Policy;
use ledger::verify::{self, Options, Verdict};

/// In every log of the demo, and every time in a place of its own.
const CHANGED: &[u8] = b"auditor.access.revoked";

/// The verdict on an export.
pub(super) fn of(export: &[u8], policy: &Policy) -> anyhow::Result<Verdict> {
    let options = Options { policy: Some(policy), ..Options::default() };
    Ok(verify::container(export, &options)?)
}

/// A byte within an entry, what it is, and what to make of it: the last revocation becomes a word that nobody knows.
pub(super) fn one_byte(export: &[u8]) -> anyhow::Result<(usize, u8, u8)> {
    let mut places = export.windows(CHANGED.len()).enumerate().filter(|(_, window)| *window == CHANGED);
    let (place, _) = places.next_back().context("there is no revocation in the export")?;
    let place = place + CHANGED.len() - 1;
    Ok((place, export[place], b'r'))
}

/// One line a question, with the reason in words.
pub(super) fn print(verdict: &Verdict) {
    for line in &verdict.lines {
        println!("      {:13} {:7} {}", line.question.name(), line.status.word(), line.reason);
    }
}
