//! An export on disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ledger::zip::Source;

/// How files begin that were compressed from outside.
const COMPRESSED: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz"), (b"BZh", "bzip2")];

/// A file that is read at any place, by several threads at once.
#[derive(Debug)]
pub(crate) struct ExportFile {
    file: File,
    /// Length in bytes when it was opened. A file that shrinks meanwhile is found to be damaged.
    len: u64,
}

impl ExportFile {
    /// Opens it. What is in it is not looked at, but for what tells that it is still compressed.
    pub(crate) fn open(path: &Path) -> Result<ExportFile> {
        let file = File::open(path).context("it cannot be read")?;
        let len = file.metadata().context("it cannot be read")?.len();
        let export = ExportFile { file, len };
        if let Some(tool) = export.compressed_with().context("it cannot be read")? {
            bail!("it is compressed with {tool}: unpack it, and verify what comes out");
        }
        Ok(export)
    }

    fn compressed_with(&self) -> io::Result<Option<&'static str>> {
        let mut start = [0; 8];
        if self.len < start.len() as u64 {
            return Ok(None);
        }
        self.read_at(0, &mut start)?;
        let tool = COMPRESSED.iter().find(|(magic, _)| start.starts_with(magic));
        Ok(tool.map(|(_, tool)| *tool))
    }
}

impl Source for ExportFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}
