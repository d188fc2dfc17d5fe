//! The files in which a log is published: `<data>/logs/<slug>/{checkpoint,tile/…}` in the layout of C2SP tlog-tiles
//! (spec §5), and `handover/<size>` for the checkpoints that two keys signed (spec §7: they stay published).
//!
//! Tiles are made once: the same bytes again are fine, other bytes in the place are an error that stops the log. So is
//! a wider tile that does not begin with the narrower one.
//! Everything here blocks: call it where blocking is allowed.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use ledger::tile::{self, BodyError, Kind, TileId, WIDTH_MAX};
use ledger::tree::Hash;

use crate::durable::{self, Created};
use crate::handovers::HandoverDirectory;

/// A tile with its body.
pub type TileBody = (TileId, Vec<u8>);

/// A tile as a file: to send it, nobody has to hold it in memory.
#[derive(Debug)]
pub struct TileFile {
    /// At its start.
    pub file: File,
    /// How many of its bytes are the tile's: all, or where the tile is cut from a wider one, the first.
    pub bytes: u64,
}

/// The published files of one log. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileDirectory {
    root: PathBuf,
}

/// Why published files could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TileError {
    /// Another history was published, or the file was damaged. Nobody may overwrite it.
    #[error("{} holds other bytes than the log's entries give", .0.display())]
    Differs(PathBuf),
    /// There is no such file, nor a wider tile that it could be cut from.
    #[error("there is no {}", .0.display())]
    Missing(PathBuf),
    /// The file is no tile of its name.
    #[error("the content is no tile of that name: {0}")]
    Body(#[from] BodyError),
    /// The file could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl TileDirectory {
    /// The files of a log under this directory, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where they are.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The newest published checkpoint, `None` before the first.
    pub fn checkpoint(&self) -> Result<Option<String>, TileError> {
        let path = self.root.join("checkpoint");
        let content = durable::read(&path).map_err(failed(&path))?;
        let note = content.map(String::from_utf8).transpose();
        note.map_err(|error| failed(&path)(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// The published checkpoints with which a checkpoints key handed over to the next.
    pub fn handovers(&self) -> HandoverDirectory {
        HandoverDirectory::new(self.root.join("handover"))
    }

    /// Whether any checkpoint is published.
    pub(crate) fn has_checkpoint(&self) -> io::Result<bool> {
        self.root.join("checkpoint").try_exists()
    }

    /// Publishes a checkpoint, whose tiles must be there.
    pub fn publish(&self, note: &str) -> Result<(), TileError> {
        let path = self.root.join("checkpoint");
        durable::create_directory(&self.root).map_err(failed(&self.root))?;
        durable::replace(&path, note.as_bytes()).map_err(failed(&path))
    }

    /// The body of a tile. A partial one that is gone, or was never written because no checkpoint has that size, is
    /// cut from a wider one.
    pub fn tile(&self, tile: TileId) -> Result<Vec<u8>, TileError> {
        let path = self.path(tile);
        if let Some(body) = durable::read(&path).map_err(failed(&path))? {
            return Ok(body);
        }
        let (wide, body) = self.wider(tile, durable::read)?.ok_or(TileError::Missing(path))?;
        Ok(cut(wide, &body, tile.width())?)
    }

    /// The same as a file. Unlike [`TileDirectory::tile`] it does not look at a wider tile's body beyond the cut.
    pub fn open(&self, tile: TileId) -> Result<TileFile, TileError> {
        let path = self.path(tile);
        if let Some(file) = durable::open(&path).map_err(failed(&path))? {
            let bytes = file.metadata().map_err(failed(&path))?.len();
            return Ok(TileFile { file, bytes });
        }
        let (_, mut file) = self.wider(tile, durable::open)?.ok_or(TileError::Missing(path.clone()))?;
        let bytes = end_of(tile, &mut file).map_err(failed(&path))??;
        Ok(TileFile { file, bytes })
    }

    /// The hash that was published of an entry of a log of `size` entries: 32 bytes at a known place.
    pub fn leaf(&self, index: u64, size: u64) -> Result<Hash, TileError> {
        debug_assert!(index < size, "the log has no such entry");
        let width = u64::from(WIDTH_MAX);
        let tile = TileId::of_log(Kind::Hashes { level: 0 }, index / width, size).expect("the log has that entry");
        let (mut hash, offset) = ([0; Hash::BYTES], index % width * Hash::BYTES as u64);
        let TileFile { file, .. } = self.open(tile)?;
        file.read_exact_at(&mut hash, offset).map_err(failed(&self.path(tile)))?;
        Ok(Hash(hash))
    }

    /// Makes tiles, durable when it returns.
    pub fn put_new(&self, tiles: &[TileBody]) -> Result<(), TileError> {
        tiles.iter().try_for_each(|(tile, body)| self.check_begins_with_narrower(*tile, body))?;
        create_all(tiles.iter().map(|(tile, body)| (self.path(*tile), body.as_slice())))
    }

    /// Removes the partial tiles in whose place this full tile is.
    pub fn drop_partials(&self, full: TileId) -> Result<(), TileError> {
        debug_assert!(full.is_full(), "a partial tile is needed until the full one is there");
        let path = partials_of(&self.path(full));
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Moves everything published to a directory beside, as evidence, and returns where; `None` if there was nothing.
    pub(crate) fn set_aside(&self, label: &str) -> Result<Option<PathBuf>, TileError> {
        let mut name = self.root.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{label}"));
        let aside = self.root.with_file_name(name);
        match fs::rename(&self.root, &aside) {
            Ok(()) => {
                let parent = durable::directory_of(&self.root);
                durable::sync_directory(parent).map_err(failed(parent))?;
                Ok(Some(aside))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&aside)(error)),
        }
    }

    fn path(&self, tile: TileId) -> PathBuf {
        self.root.join(tile.to_string())
    }

    /// Compares a new tile with the widest narrower one of its place, which was compared with those before it. Without
    /// this, entries that were changed after they were published would be published a second time, beside the first.
    fn check_begins_with_narrower(&self, tile: TileId, body: &[u8]) -> Result<(), TileError> {
        let of_width = |width| TileId::new(tile.kind(), tile.index(), width).expect("of that place, 1 to 256 wide");
        let widths = self.partial_widths(of_width(WIDTH_MAX))?;
        let Some(widest) = widths.into_iter().filter(|width| *width < tile.width()).max() else { return Ok(()) };
        let path = self.path(of_width(widest));
        // In each kind of tile the places follow each other, so that a narrower one is the beginning of a wider.
        match durable::read(&path).map_err(failed(&path))? {
            Some(narrower) if !body.starts_with(&narrower) => Err(TileError::Differs(path)),
            _ => Ok(()),
        }
    }

    /// The widths of the partial tiles in the place of a full one.
    fn partial_widths(&self, full: TileId) -> Result<Vec<u16>, TileError> {
        let partials = partials_of(&self.path(full));
        match fs::read_dir(&partials) {
            Ok(files) => Ok(widths_among(files)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(failed(&partials)(error)),
        }
    }

    /// The narrowest tile of that place that is wider, as `read` gives it.
    fn wider<T>(
        &self,
        tile: TileId,
        read: impl Fn(&Path) -> io::Result<Option<T>>,
    ) -> Result<Option<(TileId, T)>, TileError> {
        if tile.is_full() {
            return Ok(None);
        }
        let of_width = |width| TileId::new(tile.kind(), tile.index(), width).expect("of that place, 1 to 256 wide");
        let full = of_width(WIDTH_MAX);
        let mut widths = self.partial_widths(full)?;
        widths.retain(|width| tile.width() < *width);
        widths.sort_unstable();
        // The full one last: when the partial ones go while this runs, it is there.
        for candidate in widths.into_iter().map(of_width).chain([full]) {
            let path = self.path(candidate);
            if let Some(found) = read(&path).map_err(failed(&path))? {
                return Ok(Some((candidate, found)));
            }
        }
        Ok(None)
    }
}

/// Makes files and, once for all in a directory, their names durable.
fn create_all<'a>(files: impl Iterator<Item = (PathBuf, &'a [u8])>) -> Result<(), TileError> {
    let mut directories = BTreeSet::new();
    for (path, content) in files {
        let directory = durable::directory_of(&path).to_owned();
        if !directories.contains(&directory) {
            durable::create_directory(&directory).map_err(failed(&directory))?;
            directories.insert(directory);
        }
        if durable::create(&path, content).map_err(failed(&path))? == Created::Other {
            return Err(TileError::Differs(path));
        }
    }
    // Also where all were there: who made them may have died before this.
    directories.iter().try_for_each(|directory| durable::sync_directory(directory).map_err(failed(directory)))
}

/// The directory of the partial tiles of a full tile's place.
fn partials_of(full: &Path) -> PathBuf {
    full.with_extension("p")
}

fn widths_among(files: fs::ReadDir) -> Vec<u16> {
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.parse().ok()).filter(|width| (1..WIDTH_MAX).contains(width)).collect()
}

/// The first places of a tile as a tile of their own.
fn cut(wide: TileId, body: &[u8], width: u16) -> Result<Vec<u8>, BodyError> {
    let places = usize::from(width);
    match wide.kind() {
        Kind::Entries => tile::encode_entries(&tile::decode_entries(body, wide.width())?[..places]),
        Kind::Signatures => tile::encode_signatures(&tile::decode_signatures(body, wide.width())?[..places]),
        Kind::Hashes { .. } => {
            let hashes: Vec<Hash> = tile::decode_hashes(body, wide.width())?;
            tile::encode_hashes(&hashes[..places])
        }
    }
}

/// Where a tile ends in the file of a wider one, which is left at its start.
fn end_of(tile: TileId, file: &mut File) -> io::Result<Result<u64, BodyError>> {
    let (places, found) = (u64::from(tile.width()), file.metadata()?.len());
    let of_fixed_length = |expected| match found {
        found if found < expected => Err(BodyError::Length { expected: as_usize(expected), found: as_usize(found) }),
        _ => Ok(expected),
    };
    match tile.kind() {
        Kind::Hashes { .. } => return Ok(of_fixed_length(places * 32)),
        Kind::Signatures => return Ok(of_fixed_length(places * 64)),
        Kind::Entries => {}
    }
    let (mut end, mut lengths) = (0, BufReader::new(&mut *file));
    for place in 0..tile.width().into() {
        let truncated = Ok(Err(BodyError::Truncated { place, offset: as_usize(end) }));
        if found < end + 2 {
            return truncated;
        }
        let mut length = [0; 2];
        lengths.read_exact(&mut length)?;
        let length = u16::from_be_bytes(length);
        lengths.seek_relative(length.into())?;
        end += 2 + u64::from(length);
        if found < end {
            return truncated;
        }
    }
    file.rewind()?;
    Ok(Ok(end))
}

fn as_usize(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TileError {
    |source| TileError::Io { path: path.to_owned(), source }
}
