//! The container of an export: a ZIP file in one canonical form (spec §10).
//!
//! [`Writer`] writes it in one pass; [`Archive::open`] reads it and compares every byte that is not a member's data with
//! what the writer would have put there, so that nothing hides between the members. Neither holds a member's data, and
//! the reader's memory does not grow with the number of tiles: see [`Archive`].

mod directory;
mod name;
mod read;
mod record;
#[cfg(test)]
mod tests;
mod write;

use std::io::{self, Read};

pub use self::name::{Name, NameError};
pub use self::read::{Archive, Member, MemberReader};
pub use self::record::NAME_BYTES_MAX;
pub use self::write::{MemberWriter, WriteError, Writer};

/// Bytes that can be read at any offset, by several readers at once: a file, a slice.
pub trait Source {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on; fewer are an error.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..));
        let found = rest.and_then(|rest| rest.get(..buffer.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(found);
        Ok(())
    }
}

/// Length and CRC-32 of a member's data. The format has both before the data, so they are known or computed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Length in bytes.
    pub len: u64,
    /// CRC-32 as ZIP has it.
    pub crc: u32,
}

impl Content {
    /// Of bytes in memory.
    pub fn of(data: &[u8]) -> Content {
        Content { len: data.len() as u64, crc: crc32fast::hash(data) }
    }
}

/// Computes a [`Content`] from pieces.
#[derive(Debug, Clone, Default)]
pub struct ContentHasher {
    len: u64,
    crc: crc32fast::Hasher,
}

impl ContentHasher {
    /// Of no bytes yet.
    pub fn new() -> ContentHasher {
        ContentHasher::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.crc.update(data);
        self.len += data.len() as u64;
    }

    /// Of the bytes so far.
    pub fn content(&self) -> Content {
        Content { len: self.len, crc: self.crc.clone().finalize() }
    }
}

/// Why a container is not one, or not in the one form it may have. Offsets are in the file.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// The source could not be read.
    #[error("the file could not be read at byte {offset}")]
    Read {
        /// Where reading began.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// Shorter than the shortest ZIP file.
    #[error("{len} bytes are no ZIP file")]
    TooShort {
        /// Length of the file.
        len: u64,
    },
    /// The file does not end in an end record with nothing after it: cut off, damaged, or with something appended.
    #[error("no canonical end record at byte {offset}: the file is cut off, damaged or continued")]
    End {
        /// Where the end records begin or should begin.
        offset: u64,
    },
    /// The directory cannot be taken apart into headers.
    #[error("no directory header at byte {offset}")]
    Directory {
        /// Where in the file.
        offset: u64,
    },
    /// A member's name breaks a rule.
    #[error("the member name at byte {offset}")]
    Name {
        /// The header in the directory.
        offset: u64,
        /// Which rule.
        source: NameError,
    },
    /// Names are not in strictly ascending byte order.
    #[error("member {name} is not above the one before it, at byte {offset}")]
    Order {
        /// The later one.
        name: String,
        /// The header in the directory.
        offset: u64,
    },
    /// Two names that some file system cannot tell apart, or one that would be a file and a directory.
    #[error("members {name} and {other} exclude each other")]
    Clash {
        /// One of them.
        name: String,
        /// The other.
        other: String,
    },
    /// More names beside the tiles than this reader keeps.
    #[error("too many members beside the tiles, at byte {offset}")]
    TooManyNames {
        /// The header in the directory.
        offset: u64,
    },
    /// A directory header is not what the writer writes.
    #[error("the directory header of {name} at byte {offset} is not canonical")]
    CentralHeader {
        /// The member.
        name: String,
        /// The header in the directory.
        offset: u64,
    },
    /// A local header is missing, differs from the directory, or something precedes it.
    #[error("the local header of {name} at byte {offset} is not canonical")]
    LocalHeader {
        /// The member.
        name: String,
        /// Where it must stand.
        offset: u64,
    },
    /// Something stands between the last member and the directory, or they overlap.
    #[error("the members end at byte {members_end}, the directory begins at byte {offset}")]
    Gap {
        /// End of the last member.
        members_end: u64,
        /// Start of the directory.
        offset: u64,
    },
    /// A member's data does not have the CRC-32 that its headers say.
    #[error("the data of {name} at byte {offset} is damaged")]
    Crc {
        /// The member.
        name: String,
        /// Where its data begins.
        offset: u64,
    },
    /// A member that was to be read into memory is larger than its reader allows.
    #[error("member {name} has {len} bytes, more than {max}")]
    TooLarge {
        /// The member.
        name: String,
        /// Its length.
        len: u64,
        /// What the reader allows.
        max: u64,
    },
}

/// A range of a source, read from start to end.
#[derive(Debug, Clone)]
struct Section<'a, S> {
    source: &'a S,
    offset: u64,
    end: u64,
}

impl<S: Source> Read for Section<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.offset).unwrap_or(usize::MAX);
        let len = left.min(buffer.len());
        self.source.read_at(self.offset, &mut buffer[..len])?;
        self.offset += len as u64;
        Ok(len)
    }
}
