//! Writing exports (spec §10). The same checkpoint, query and optional members give the same bytes.
//!
//! A container has the length and checksum of each member before its data, so what is not in memory is read twice.

use std::collections::BTreeMap;
use std::io::{self, Write};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::README;
use super::choose::Chosen;
use super::consistency::Consistency;
use super::manifest::{Manifest, View};
use super::query::Query;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::multiproof;
use crate::source::{LogHashes, LogSource, stored, stored_entries};
use crate::tile::{Kind, WIDTH_MAX, encode_hashes, tiles};
use crate::tree::{ProveError, root_at};
use crate::zip::{Content, ContentHasher, WriteError, Writer};

/// Where the files of a whole log stand.
const LOG: &str = "log/";

/// Which members an export has beside those that it must have.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// `README.txt`.
    pub readme: bool,
    /// `entries.jsonl`, in the export of a whole log; a selection has it anyway.
    pub entries: bool,
    /// `consistency.txt` from that earlier size, in a selection.
    pub consistent_with: Option<u64>,
    /// Further views by their paths. No verifier makes them again.
    pub views: BTreeMap<String, Vec<u8>>,
}

impl Extras {
    /// What people read an export by without a program of ours: how it is checked, and the entries line by line.
    pub fn for_people() -> Self {
        Self { readme: true, entries: true, ..Self::default() }
    }
}

/// Why an export could not be written. What was written until then is of no use.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The checkpoint is no note of a checkpoint.
    #[error("the checkpoint is malformed")]
    Checkpoint(#[from] CheckpointError),
    /// There is nothing to export.
    #[error("a log without entries cannot be exported")]
    Empty,
    /// The log could not be read, or lacks entries below the checkpoint's size.
    #[error("the log could not be read")]
    Read(#[source] io::Error),
    /// The log's hashes do not give the checkpoint's root.
    #[error("the log does not have the root that the checkpoint names")]
    Root,
    /// The entries were not chosen for that size, or none was.
    #[error("the entries chosen are not of that log")]
    Chosen,
    /// There is no consistency proof from that size.
    #[error("there is no consistency proof from size {0}")]
    Consistency(u64),
    /// A view has the path of another member, or one that no view may have.
    #[error("no view can have the path {0}")]
    View(String),
    /// The container could not be written.
    #[error("the export could not be written")]
    Write(#[from] WriteError),
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> ExportError {
        ExportError::Read(error)
    }
}

/// Writes the export of a whole log up to its checkpoint, a signed note, and gives the output back with the manifest.
///
/// In memory is at most one tile of entries at a time, and a directory of some 80 bytes a tile.
pub fn write_log<S: LogSource, W: Write>(
    out: W,
    log: &S,
    checkpoint: &str,
    extras: &Extras,
) -> Result<(W, Manifest), ExportError> {
    let (says, mut hashes) = open(log, checkpoint)?;
    let size = says.size;
    let mut members = Members::new(extras)?;
    if extras.entries {
        members.take("entries.jsonl", Data::Entries)?;
    }
    members.take("log/checkpoint", Data::Bytes(checkpoint.into()))?;
    let described = members.describe(|data, out| data.write(log, size, 0..size, out))?;
    let views = views_of(&described, &["log/checkpoint"]);
    let manifest = Manifest::of_log(says.origin, size, views);
    members.take("countersign.json", Data::Bytes(manifest.to_bytes()))?;
    let mut writer = Writer::new(out);
    let is_before = |name: &str| name < "log/tile/";
    let write = |writer: &mut Writer<W>, wanted: bool| {
        members.write(
            writer,
            &described,
            |name| is_before(name) == wanted,
            |data, out| data.write(log, size, 0..size, out),
        )
    };
    write(&mut writer, true)?;
    for tile in tiles(size) {
        let body = match tile.kind() {
            Kind::Hashes { .. } => encode_hashes(&hashes.tile(tile)?).map_err(io::Error::other)?,
            Kind::Entries | Kind::Signatures => stored(log, tile.kind(), tile.index(), size)?.1,
        };
        writer.bytes(&format!("{LOG}{tile}"), &body)?;
    }
    write(&mut writer, false)?;
    Ok((writer.finish()?, manifest))
}

/// Writes the export of some entries of a log, [`super::choose`]n for that query and the checkpoint's size, and gives the
/// output back with the manifest.
pub fn write_selection<S: LogSource, W: Write>(
    out: W,
    log: &S,
    checkpoint: &str,
    (query, chosen): (&Query, &Chosen),
    extras: &Extras,
) -> Result<(W, Manifest), ExportError> {
    let (says, mut hashes) = open(log, checkpoint)?;
    let size = says.size;
    if chosen.included.last().is_none_or(|last| size <= *last) || *query == Query::All {
        return Err(ExportError::Chosen);
    }
    let mut members = Members::new(extras)?;
    members.take("checkpoint", Data::Bytes(checkpoint.into()))?;
    if let Some(old_size) = extras.consistent_with {
        let proof = Consistency::make(old_size, size, &mut hashes).map_err(|error| match error {
            ProveError::Read(error) => ExportError::Read(error),
            ProveError::Range(_) => ExportError::Consistency(old_size),
        })?;
        members.take("consistency.txt", Data::Bytes(proof.to_text().into()))?;
    }
    members.take("entries.jsonl", Data::Entries)?;
    members.take("proof.txt", Data::Proof)?;
    members.take("signatures.bin", Data::Signatures)?;
    let mut write_data = |data: &Data, out: &mut dyn Write| match data {
        Data::Proof => write_proof(size, &chosen.included, &mut hashes, out),
        data => data.write(log, size, chosen.included.iter().copied(), out),
    };
    let described = members.describe(&mut write_data)?;
    let views =
        views_of(&described, &["checkpoint", "consistency.txt", "entries.jsonl", "proof.txt", "signatures.bin"]);
    let manifest = Manifest {
        origin: says.origin,
        size,
        entries: chosen.included.len() as u64,
        matched: chosen.matched,
        span: chosen.span,
        query: query.clone(),
        views,
    };
    members.take("countersign.json", Data::Bytes(manifest.to_bytes()))?;
    let mut writer = Writer::new(out);
    members.write(&mut writer, &described, |_| true, write_data)?;
    Ok((writer.finish()?, manifest))
}

fn open<'a, S: LogSource>(log: &'a S, checkpoint: &str) -> Result<(Checkpoint, LogHashes<'a, S>), ExportError> {
    let (says, _) = Checkpoint::parse(checkpoint)?;
    if says.size == 0 {
        return Err(ExportError::Empty);
    }
    let mut hashes = LogHashes::new(log, says.size)?;
    if root_at(says.size, &mut hashes)? != says.root {
        return Err(ExportError::Root);
    }
    Ok((says, hashes))
}

/// What a member consists of.
enum Data {
    Bytes(Vec<u8>),
    Entries,
    Signatures,
    Proof,
}

/// What is known of a member before it is written.
struct Described {
    content: Content,
    sha256: [u8; 32],
}

/// The members that are not tiles, by their names.
struct Members(BTreeMap<String, Data>);

impl Members {
    fn new(extras: &Extras) -> Result<Members, ExportError> {
        let mut members = Members(BTreeMap::new());
        for (path, data) in &extras.views {
            if path.starts_with(LOG) {
                return Err(ExportError::View(path.clone()));
            }
            members.take(path, Data::Bytes(data.clone()))?;
        }
        if extras.readme {
            members.take("README.txt", Data::Bytes(README.into()))?;
        }
        Ok(members)
    }

    fn take(&mut self, name: &str, data: Data) -> Result<(), ExportError> {
        match self.0.insert(name.to_owned(), data) {
            Some(_) => Err(ExportError::View(name.to_owned())),
            None => Ok(()),
        }
    }

    /// Length and hashes of all members: what is not in memory is read for the first time.
    fn describe(
        &self,
        mut write: impl FnMut(&Data, &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<BTreeMap<String, Described>> {
        let described = self.0.iter().map(|(name, data)| {
            let mut hashing = Hashing { content: ContentHasher::new(), sha256: Sha256::new() };
            write(data, &mut hashing)?;
            let described = Described { content: hashing.content.content(), sha256: hashing.sha256.finalize().into() };
            Ok((name.clone(), described))
        });
        described.collect()
    }

    fn write<W: Write>(
        &self,
        writer: &mut Writer<W>,
        described: &BTreeMap<String, Described>,
        is_wanted: impl Fn(&str) -> bool,
        mut write: impl FnMut(&Data, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        for (name, data) in self.0.iter().filter(|(name, _)| is_wanted(name)) {
            match (data, described.get(name)) {
                (Data::Bytes(bytes), _) => writer.bytes(name, bytes)?,
                (data, Some(Described { content, .. })) => {
                    let mut member = writer.begin(name, *content)?;
                    write(data, &mut member)?;
                    member.finish()?;
                }
                (_, None) => unreachable!("what is not in memory was described"),
            }
        }
        Ok(())
    }
}

impl Data {
    /// Writes the data of these entries.
    fn write<S: LogSource>(
        &self,
        log: &S,
        size: u64,
        mut indices: impl Iterator<Item = u64>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut tile = OpenTile::None;
        match self {
            Data::Bytes(bytes) => out.write_all(bytes),
            Data::Entries => indices.try_for_each(|index| {
                out.write_all(tile.entry(log, size, index)?)?;
                out.write_all(b"\n")
            }),
            Data::Signatures => indices.try_for_each(|index| out.write_all(tile.signature(log, size, index)?)),
            Data::Proof => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

/// The tile read last.
enum OpenTile {
    None,
    Entries(u64, Vec<Vec<u8>>),
    Signatures(u64, Vec<u8>),
}

impl OpenTile {
    fn entry<S: LogSource>(&mut self, log: &S, size: u64, index: u64) -> io::Result<&[u8]> {
        let (tile, place) = place_of(index);
        if !matches!(self, OpenTile::Entries(open, _) if *open == tile) {
            *self = OpenTile::Entries(tile, stored_entries(log, tile, size)?);
        }
        let OpenTile::Entries(_, entries) = self else { unreachable!("just opened") };
        entries.get(place).map(Vec::as_slice).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn signature<S: LogSource>(&mut self, log: &S, size: u64, index: u64) -> io::Result<&[u8]> {
        let (tile, place) = place_of(index);
        if !matches!(self, OpenTile::Signatures(open, _) if *open == tile) {
            *self = OpenTile::Signatures(tile, stored(log, Kind::Signatures, tile, size)?.1);
        }
        let OpenTile::Signatures(_, signatures) = self else { unreachable!("just opened") };
        signatures.get(64 * place..64 * (place + 1)).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

fn place_of(index: u64) -> (u64, usize) {
    let width = u64::from(WIDTH_MAX);
    (index / width, usize::try_from(index % width).expect("below 256"))
}

fn write_proof<S: LogSource>(
    size: u64,
    included: &[u64],
    hashes: &mut LogHashes<'_, S>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let emit = |hash| out.write_all(multiproof::line(&hash).as_bytes());
    multiproof::make(size, included.iter().copied(), hashes, emit).map_err(|error| match error {
        multiproof::MakeError::Read(error) | multiproof::MakeError::Write(error) => error,
        error => io::Error::new(io::ErrorKind::InvalidInput, error.to_string()),
    })
}

/// Those of the members that are views.
fn views_of(described: &BTreeMap<String, Described>, core: &[&str]) -> Vec<View> {
    let views = described.iter().filter(|(name, _)| !core.contains(&name.as_str()));
    let view = |(name, described): (&String, &Described)| View {
        path: name.clone(),
        bytes: described.content.len,
        sha256: described.sha256,
    };
    views.map(view).collect()
}

/// Only hashes what is written.
struct Hashing {
    content: ContentHasher,
    sha256: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.content.update(data);
        self.sha256.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
