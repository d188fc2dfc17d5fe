//! Members of a container, read also where they are damaged: what else can be said about them is still said.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use crate::source::LogSource;
use crate::tile::TileId;
use crate::zip::{Archive, Content, ContentHasher, Member, Source, ZipError};

/// Names of damaged members kept: more say nothing new.
const DAMAGED_MAX: usize = 100;

/// The members of an archive, and which of them turned out to be damaged.
pub(in crate::verify) struct Members<'a, S> {
    archive: &'a Archive<S>,
    damaged: Mutex<BTreeSet<String>>,
}

impl<'a, S: Source> Members<'a, S> {
    pub(super) fn new(archive: &'a Archive<S>) -> Members<'a, S> {
        Members { archive, damaged: Mutex::default() }
    }

    /// All data of a member of at most `max` bytes; of a larger one nothing. `None` when there is no such member.
    pub(super) fn read(&self, name: &str, max: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(member) = self.archive.find(name)? else { return Ok(None) };
        let Some(len) = usize::try_from(member.len()).ok().filter(|_| member.len() <= max) else {
            return Ok(Some(Vec::new()));
        };
        let mut data = vec![0; len];
        self.archive.read_unchecked(&member, 0, &mut data)?;
        if Content::of(&data) != member.content() {
            self.note_damage(&member);
        }
        Ok(Some(data))
    }

    /// The data of a member from start to end; empty when there is no such member.
    pub(in crate::verify) fn stream<'b>(&'b self, name: &str) -> io::Result<Stream<'a, 'b, S>> {
        let member = self.archive.find(name)?;
        Ok(Stream { members: self, member, offset: 0, hasher: ContentHasher::new() })
    }

    /// Names of members whose data do not have their CRC-32, among those read so far.
    pub(super) fn damaged(&self) -> BTreeSet<String> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_damage(&self, member: &Member) {
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if damaged.len() < DAMAGED_MAX {
            damaged.insert(member.name().to_string());
        }
    }
}

impl<S: Source + Sync> LogSource for Members<'_, S> {
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        self.read(&format!("log/{tile}"), tile.bytes_max())
    }

    fn tile_bytes(&self, tile: TileId) -> io::Result<Option<u64>> {
        let member = self.archive.find(&format!("log/{tile}"))?;
        Ok(member.map(|member| member.len()))
    }

    fn has_hash_tiles(&self) -> bool {
        true
    }
}

/// Data of a member as they are; that they are damaged is noted at their end.
pub(in crate::verify) struct Stream<'a, 'b, S> {
    members: &'b Members<'a, S>,
    member: Option<Member>,
    offset: u64,
    hasher: ContentHasher,
}

impl<S: Source> Read for Stream<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(member) = &self.member else { return Ok(0) };
        let left = usize::try_from(member.len() - self.offset).unwrap_or(usize::MAX);
        let len = left.min(buffer.len());
        let buffer = &mut buffer[..len];
        self.members.archive.read_unchecked(member, self.offset, buffer)?;
        self.hasher.update(buffer);
        self.offset += len as u64;
        if self.offset == member.len() && self.hasher.content() != member.content() {
            self.members.note_damage(member);
        }
        Ok(len)
    }
}

impl From<ZipError> for io::Error {
    /// What is wrong with the content is `InvalidData`; what could not be read is what it was.
    fn from(error: ZipError) -> io::Error {
        match error {
            ZipError::Read { source, .. } => source,
            error => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}
