//! What an entry `ledger.recovered` tells: an operator adopted an older state of the log, and signed entries were lost.

use std::io;

use super::walk::Past;
use crate::entry::Recovered;

/// The sentence about that entry. It is the log's own word: what was lost is not here to be looked at.
pub(super) fn in_words(index: u64, recovered: Option<&Recovered>, past: &mut dyn Past) -> io::Result<String> {
    // The entry comes after all that it went on from.
    let Some(recovered) = recovered.filter(|recovered| recovered.adopted_size <= index) else {
        return Ok(format!(
            "Entry {index}: the operator went on from an older state of the log; what was lost is not told in a form \
             that this verifier reads."
        ));
    };
    let adopted = recovered.adopted_size;
    let begins = format!("Entry {index}: the operator went on from {adopted} entries");
    let Some(signed) = &recovered.signed else {
        return Ok(format!("{begins}; what had been signed before was not known any more."));
    };
    let size = signed.size;
    Ok(match size.checked_sub(adopted) {
        Some(1) => format!("{begins} although {size} had been signed; entry {adopted} of that history is not here."),
        Some(lost) if 0 < lost => format!(
            "{begins} although {size} had been signed; entries {adopted} to {} of that history are not here.",
            size - 1
        ),
        _ => match past.root_at(size)? {
            Some(root) if root == signed.root => format!("{begins}, among which are the {size} signed before."),
            Some(_) => format!("{begins} although {size} with another root had been signed: those are not all here."),
            None => format!("{begins} after {size} had been signed; whether those are among them is not told here."),
        },
    })
}
