//! Reading a container.

use std::io::{self, Read};

use super::directory::{Index, Record};
use super::record::{self, Directory, END_BYTES, ZIP64_END_BYTES};
use super::{Content, ContentHasher, Name, Section, Source, ZipError};

/// Read at once when a member's data are.
const DATA_BYTES: usize = 1 << 16;

/// A container whose every byte outside of the members' data has been found canonical.
///
/// In memory are the names that are not tiles of a log, and the places of at most 16,384 directory headers: under
/// 4 MiB, whatever the number of members. The source may be read by several threads through one archive.
#[derive(Debug)]
pub struct Archive<S> {
    source: S,
    index: Index,
}

/// One file in a container: all of it stands before the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    name: Name,
    content: Content,
    offset: u64,
}

impl Member {
    /// The member that a directory header describes. The headers were checked when the archive was opened, but the
    /// source may have changed since.
    fn of(record: Record, members_end: u64) -> Result<Member, ZipError> {
        let Record { at, name, content, offset } = record;
        let header = record::local(name.as_str(), content).len() as u64;
        let data_at = offset.checked_add(header);
        let end = data_at.and_then(|data_at| data_at.checked_add(content.len));
        match data_at {
            Some(offset) if end.is_some_and(|end| end <= members_end) => Ok(Member { name, content, offset }),
            _ => Err(ZipError::CentralHeader { name: name.to_string(), offset: at }),
        }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Length and CRC-32 that the headers say; the data is not known to have them before it was read.
    pub fn content(&self) -> Content {
        self.content
    }

    /// Length of its data in bytes.
    pub fn len(&self) -> u64 {
        self.content.len
    }

    /// Whether it has no data.
    pub fn is_empty(&self) -> bool {
        self.content.len == 0
    }

    /// Where its data begins in the file.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl<S: Source> Archive<S> {
    /// Reads all headers and end records and compares them with what [`super::Writer`] writes for the same members. The
    /// members' data is not read: see [`Archive::check_data`].
    pub fn open(source: S) -> Result<Archive<S>, ZipError> {
        let directory = read_end(&source)?;
        let members_end = directory.bytes.start;
        let mut position = 0;
        let index = Index::build(&source, directory, |record| {
            if record.offset != position {
                return Err(ZipError::CentralHeader { name: record.name.to_string(), offset: record.at });
            }
            position = check_local_header(&source, record, members_end)?;
            Ok(())
        })?;
        if position == members_end {
            Ok(Archive { source, index })
        } else {
            Err(ZipError::Gap { members_end: position, offset: members_end })
        }
    }

    /// How many members there are.
    pub fn count(&self) -> u64 {
        self.index.count()
    }

    /// The names that are not those of tiles (`log/tile/…`), in byte order.
    pub fn untiled_names(&self) -> &[Name] {
        self.index.untiled()
    }

    /// All members, in byte order of their names.
    pub fn members(&self) -> impl Iterator<Item = Result<Member, ZipError>> {
        let members_end = self.index.members_end();
        self.index.records(&self.source).map(move |record| Member::of(record?, members_end))
    }

    /// The member of that name.
    pub fn find(&self, name: &str) -> Result<Option<Member>, ZipError> {
        let record = self.index.seek(name, &self.source)?;
        let record = record.filter(|record| record.name.as_str() == name);
        record.map(|record| Member::of(record, self.index.members_end())).transpose()
    }

    /// All data of a member of at most `max` bytes, found to have its CRC-32.
    pub fn read(&self, member: &Member, max: u64) -> Result<Vec<u8>, ZipError> {
        let Member { name, content, offset } = member;
        let too_large = || ZipError::TooLarge { name: name.to_string(), len: content.len, max };
        let len = usize::try_from(content.len).ok().filter(|_| content.len <= max).ok_or_else(too_large)?;
        let mut data = vec![0; len];
        read_at(&self.source, *offset, &mut data)?;
        if Content::of(&data) == *content { Ok(data) } else { Err(damaged(member)) }
    }

    /// The data of a member from start to end. Its CRC-32 is checked with the last byte: a reader that stops before
    /// has read unchecked data.
    pub fn reader(&self, member: &Member) -> MemberReader<'_, S> {
        let section = Section { source: &self.source, offset: member.offset, end: member.offset + member.content.len };
        MemberReader { member: member.clone(), section, hasher: ContentHasher::new() }
    }

    /// Fills `buffer` with bytes of a member's data from `offset` within it on, unchecked.
    pub fn read_unchecked(&self, member: &Member, offset: u64, buffer: &mut [u8]) -> Result<(), ZipError> {
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| member.content.len < end) {
            let source = io::ErrorKind::UnexpectedEof.into();
            return Err(ZipError::Read { offset: member.offset, source });
        }
        read_at(&self.source, member.offset + offset, buffer)
    }

    /// Reads a member's data and checks its CRC-32.
    pub fn check_member(&self, member: &Member) -> Result<(), ZipError> {
        let mut buffer = vec![0; DATA_BYTES];
        let mut hasher = ContentHasher::new();
        let mut left = member.content.len;
        while left > 0 {
            let chunk = usize::try_from(left).map_or(DATA_BYTES, |left| left.min(DATA_BYTES));
            read_at(&self.source, member.offset + (member.content.len - left), &mut buffer[..chunk])?;
            hasher.update(&buffer[..chunk]);
            left -= chunk as u64;
        }
        if hasher.content() == member.content { Ok(()) } else { Err(damaged(member)) }
    }

    /// Reads all data and checks every CRC-32.
    pub fn check_data(&self) -> Result<(), ZipError> {
        self.members().try_for_each(|member| self.check_member(&member?))
    }

    /// The source.
    pub fn source(&self) -> &S {
        &self.source
    }
}

/// Finds the directory: what stands at the end of the file must be what the writer puts there.
fn read_end<S: Source>(source: &S) -> Result<Directory, ZipError> {
    let len = source.len();
    let end_at = len.checked_sub(END_BYTES as u64).ok_or(ZipError::TooShort { len })?;
    let mut end = [0; END_BYTES];
    read_at(source, end_at, &mut end)?;
    if !record::end_overflows(&end) {
        let directory = record::end_values(&end).filter(|directory| directory.bytes.end == end_at);
        let canonical = directory.filter(|directory| record::end(directory) == end);
        return canonical.ok_or(ZipError::End { offset: end_at });
    }
    let offset = end_at.checked_sub(ZIP64_END_BYTES as u64).ok_or(ZipError::End { offset: end_at })?;
    let mut zip64_end = [0; ZIP64_END_BYTES];
    read_at(source, offset, &mut zip64_end)?;
    let directory = record::zip64_end_values(&zip64_end).filter(|directory| directory.bytes.end == offset);
    let canonical = directory.filter(|directory| record::end(directory) == [&zip64_end[..], &end].concat());
    canonical.ok_or(ZipError::End { offset })
}

/// Checks the header at which a member must begin and gives the place where it ends.
fn check_local_header<S: Source>(source: &S, record: &Record, members_end: u64) -> Result<u64, ZipError> {
    let Record { name, content, offset, .. } = record;
    let expected = record::local(name.as_str(), *content);
    let data_at = offset + expected.len() as u64;
    let end = data_at.checked_add(content.len).filter(|end| *end <= members_end);
    let end = end.ok_or(ZipError::Gap { members_end: data_at, offset: members_end })?;
    let mut found = vec![0; expected.len()];
    read_at(source, *offset, &mut found)?;
    if found == expected { Ok(end) } else { Err(ZipError::LocalHeader { name: name.to_string(), offset: *offset }) }
}

fn read_at<S: Source>(source: &S, offset: u64, buffer: &mut [u8]) -> Result<(), ZipError> {
    source.read_at(offset, buffer).map_err(|source| ZipError::Read { offset, source })
}

fn damaged(member: &Member) -> ZipError {
    ZipError::Crc { name: member.name.to_string(), offset: member.offset }
}

/// Reads a member's data; an [`io::ErrorKind::InvalidData`] with a [`ZipError::Crc`] inside when it is damaged.
#[derive(Debug)]
pub struct MemberReader<'a, S> {
    member: Member,
    section: Section<'a, S>,
    hasher: ContentHasher,
}

impl<S: Source> Read for MemberReader<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.section.read(buffer)?;
        self.hasher.update(&buffer[..len]);
        if self.section.offset == self.section.end && self.hasher.content() != self.member.content {
            return Err(io::Error::new(io::ErrorKind::InvalidData, damaged(&self.member)));
        }
        Ok(len)
    }
}
