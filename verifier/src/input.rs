//! What there is to verify.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ledger::checkpoint::Checkpoint;
use ledger::export::Manifest;
use ledger::name::Origin;
use ledger::verify::{Fetch, Options, Verdict, container, tiles};
use ledger::zip::Archive;

use crate::export::ExportFile;
#[cfg(feature = "http")]
use crate::http::{Bearer, Prefix};
use crate::paper::Paper;
use crate::published::Directory;

/// The member of an export that says what it is.
const MANIFEST: &str = "countersign.json";
/// A manifest with ten thousand views fits.
const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// What to do about a pipe.
const STORE_IT: &str = "an export is read at many places at once, so store it in a file first";

/// What a command line argument means.
pub(crate) enum Input {
    /// A file in the container of spec §10.
    Export(ExportFile),
    /// What one person holds of a log.
    Paper(Paper),
    /// A directory in the layout of C2SP tlog-tiles.
    Directory(Directory),
    /// The same behind web addresses that begin alike.
    #[cfg(feature = "http")]
    Prefix(Prefix),
}

impl Input {
    /// Finds out which it is. Only an address that begins with `http://` or `https://` leads to the network, where the key
    /// in this file is shown.
    pub(crate) fn find(name: &str, key: Option<&Path>) -> Result<Input> {
        if is_address(name) {
            return prefix(name, key);
        }
        if name.contains("://") {
            bail!("an address begins with http:// or https://");
        }
        if name == "-" {
            bail!("{STORE_IT}");
        }
        let path = Path::new(name);
        let metadata = fs::metadata(path).context("it cannot be read")?;
        if metadata.is_dir() {
            directory(path)
        } else if metadata.is_file() {
            Ok(match Paper::find(path)? {
                Some(paper) => Input::Paper(paper),
                None => Input::Export(ExportFile::open(path)?),
            })
        } else {
            bail!("it is neither a file nor a directory; {STORE_IT}")
        }
    }

    /// Which log it says that it is of, and of what size, before anything is verified.
    fn says(self) -> Option<(Origin, u64)> {
        match self {
            Input::Export(file) => {
                let archive = Archive::open(file).ok()?;
                let manifest = archive.read(&archive.find(MANIFEST).ok()??, MANIFEST_BYTES_MAX).ok()?;
                let manifest = Manifest::parse(&manifest).ok()?;
                Some((manifest.origin, manifest.size))
            }
            // No log goes on from it.
            Input::Paper(_) => None,
            Input::Directory(directory) => says(&directory),
            #[cfg(feature = "http")]
            Input::Prefix(prefix) => says(&prefix),
        }
    }

    /// Answers all questions about it.
    pub(crate) fn verify(self, options: &Options<'_>) -> Result<Verdict> {
        Ok(match self {
            Input::Export(file) => container(file, options)?,
            Input::Paper(paper) => paper.verify(options),
            Input::Directory(directory) => tiles(&directory, options)?,
            #[cfg(feature = "http")]
            Input::Prefix(prefix) => {
                let threads_max = Some(crate::http::REQUESTS_AT_ONCE);
                tiles(&prefix, &Options { threads_max, ..*options })?
            }
        })
    }
}

/// The inputs in such an order that of each log the smaller come first, so that the larger are held to them. Nothing rests
/// on it but that: what an input says wrongly of its size, verifying it finds out.
pub(crate) fn smaller_first(names: &[String]) -> Vec<&String> {
    let mut ordered: Vec<&String> = names.iter().collect();
    if names.len() < 2 {
        return ordered;
    }
    let mut of_log: BTreeMap<String, Vec<(u64, usize)>> = BTreeMap::new();
    for (place, name) in names.iter().enumerate() {
        if let Some((origin, size)) = Input::find(name, None).ok().and_then(Input::says) {
            of_log.entry(origin.to_string()).or_default().push((size, place));
        }
    }
    for inputs in of_log.into_values() {
        let mut sorted = inputs.clone();
        sorted.sort_unstable();
        for ((_, place), (_, from)) in inputs.into_iter().zip(sorted) {
            ordered[place] = &names[from];
        }
    }
    ordered
}

fn says(published: &impl Fetch) -> Option<(Origin, u64)> {
    let note = String::from_utf8(published.fetch("checkpoint").ok()??).ok()?;
    let (checkpoint, _) = Checkpoint::parse(&note).ok()?;
    Some((checkpoint.origin, checkpoint.size))
}

fn is_address(name: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| name.starts_with(scheme))
}

#[cfg(feature = "http")]
fn prefix(name: &str, key: Option<&Path>) -> Result<Input> {
    Ok(Input::Prefix(Prefix::parse(name, key.map(Bearer::read).transpose()?)?))
}

#[cfg(not(feature = "http"))]
fn prefix(_name: &str, _key: Option<&Path>) -> Result<Input> {
    bail!("this build of the verifier reads no web addresses; download the log and verify its directory")
}

fn directory(path: &Path) -> Result<Input> {
    let has = |name: &str| path.join(name).is_file();
    if !has("checkpoint") && has("log/checkpoint") {
        let log: PathBuf = path.join("log");
        bail!(
            "there is no checkpoint in it, but in {}: verify that, or the export that it was unpacked from",
            log.display()
        );
    }
    if has(MANIFEST) {
        bail!("it is an export that was unpacked: verify the file itself");
    }
    Ok(Input::Directory(Directory::new(path)))
}
