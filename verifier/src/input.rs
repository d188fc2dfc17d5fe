//! What there is to verify.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ledger::verify::{Options, Verdict, container, tiles};

use crate::export::ExportFile;
#[cfg(feature = "http")]
use crate::http::Prefix;
use crate::published::Directory;

/// What to do about a pipe.
const STORE_IT: &str = "an export is read at many places at once, so store it in a file first";

/// What a command line argument means.
pub(crate) enum Input {
    /// A file in the container of spec §10.
    Export(ExportFile),
    /// A directory in the layout of C2SP tlog-tiles.
    Directory(Directory),
    /// The same behind web addresses that begin alike.
    #[cfg(feature = "http")]
    Prefix(Prefix),
}

impl Input {
    /// Finds out which it is. Only an address that begins with `http://` or `https://` leads to the network.
    pub(crate) fn find(name: &str) -> Result<Input> {
        if is_address(name) {
            return prefix(name);
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
            Ok(Input::Export(ExportFile::open(path)?))
        } else {
            bail!("it is neither a file nor a directory; {STORE_IT}")
        }
    }

    /// Answers all questions about it.
    pub(crate) fn verify(self, options: &Options<'_>) -> Result<Verdict> {
        Ok(match self {
            Input::Export(file) => container(file, options)?,
            Input::Directory(directory) => tiles(&directory, options)?,
            #[cfg(feature = "http")]
            Input::Prefix(prefix) => {
                let threads_max = Some(crate::http::REQUESTS_AT_ONCE);
                tiles(&prefix, &Options { threads_max, ..*options })?
            }
        })
    }
}

fn is_address(name: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| name.starts_with(scheme))
}

#[cfg(feature = "http")]
fn prefix(name: &str) -> Result<Input> {
    Ok(Input::Prefix(Prefix::parse(name)?))
}

#[cfg(not(feature = "http"))]
fn prefix(_name: &str) -> Result<Input> {
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
    if has("countersign.json") {
        bail!("it is an export that was unpacked: verify the file itself");
    }
    Ok(Input::Directory(Directory::new(path)))
}
