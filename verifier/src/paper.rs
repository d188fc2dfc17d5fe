//! What one person holds of a log: receipts, and the proof of one entry (spec §9). They are told by their form, not by their
//! names, which people change.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ledger::verify::{Options, Verdict, proof, receipts};

/// A file with the receipts of some ten thousand acts.
const RECEIPTS_BYTES_MAX: u64 = 64 << 20;
/// How much of a file tells what it is. The first line of a receipt has a name of 200 characters at most.
const START_BYTES: u64 = 512;
const RECEIPT: &str = "receipt.json";

/// Its bytes.
pub(crate) enum Paper {
    /// Receipts, as they are handed out.
    Receipts(Vec<u8>),
    /// The proof of an entry.
    Proof {
        /// The file.
        proof: String,
        /// The entry's exact bytes, where they lie beside it.
        entry: Option<Vec<u8>>,
    },
}

impl Paper {
    /// Reads a file, if it has the form of such a paper.
    pub(crate) fn find(path: &Path) -> Result<Option<Paper>> {
        let start = String::from_utf8_lossy(&read(path, START_BYTES)?).into_owned();
        if start.starts_with("c2sp.org/tlog-proof@") {
            let entry = beside(path, "tlog-proof", "json")?;
            return Ok(Some(Paper::Proof { proof: text(path)?, entry }));
        }
        let compact: String = start.chars().filter(|character| !character.is_ascii_whitespace()).collect();
        let is_note = start.lines().next().is_some_and(|line| line.ends_with("/receipts"));
        if is_note || compact.starts_with("{\"receipt\":") {
            return Ok(Some(Paper::Receipts(whole(path)?)));
        }
        if compact.starts_with("{\"data\":{\"actor\":") {
            return of_entry(path).map(Some);
        }
        Ok(None)
    }

    /// Answers what can be asked about it.
    pub(crate) fn verify(&self, options: &Options<'_>) -> Verdict {
        match self {
            Paper::Receipts(file) => receipts(file, options),
            Paper::Proof { proof: file, entry } => proof(file, entry.as_deref(), options),
        }
    }
}

/// An entry alone proves nothing: its proof must lie beside it.
fn of_entry(path: &Path) -> Result<Paper> {
    match beside(path, "json", "tlog-proof")? {
        Some(proof) => Ok(Paper::Proof { proof: String::from_utf8(proof)?, entry: Some(whole(path)?) }),
        None => bail!(
            "it is a single entry, which proves nothing alone: put its proof beside it, under the same name with .tlog-proof \
             instead of .json, or verify the whole log"
        ),
    }
}

/// The file of the same name with another ending.
fn beside(path: &Path, ending: &str, other: &str) -> Result<Option<Vec<u8>>> {
    let is_named = path.extension().is_some_and(|extension| extension == ending);
    let other = path.with_extension(other);
    if !is_named || other.to_string_lossy().ends_with(RECEIPT) || !other.is_file() {
        return Ok(None);
    }
    whole(&other).map(Some)
}

fn text(path: &Path) -> Result<String> {
    String::from_utf8(whole(path)?).context("it is no text in UTF-8")
}

fn whole(path: &Path) -> Result<Vec<u8>> {
    if RECEIPTS_BYTES_MAX < fs::metadata(path).context("it cannot be read")?.len() {
        bail!("it has more than {RECEIPTS_BYTES_MAX} bytes: verify it in parts");
    }
    read(path, RECEIPTS_BYTES_MAX)
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).context("it cannot be read")?;
    file.take(bytes_max).read_to_end(&mut bytes).context("it cannot be read")?;
    Ok(bytes)
}
