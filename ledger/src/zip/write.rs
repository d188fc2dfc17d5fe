//! Writing a container.

use std::io::{self, Write};

use super::directory::Index;
use super::record::{self, Directory};
use super::{Content, ContentHasher, Name, NameError, ZipError};

/// Writes a container in one pass, its members in byte order of their names. In memory it keeps the directory: some
/// 80 bytes a member, so about 1 MiB for a million entries.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    position: u64,
    count: u64,
    directory: Vec<u8>,
    last: Option<Name>,
    /// The last member's header was written, and perhaps not all of its data.
    unfinished: bool,
}

/// Why a container could not be written. What was written until then is of no use.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output failed.
    #[error("{name} could not be written")]
    Write {
        /// The member, or what follows the members.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// No member may have that name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Members come in strictly ascending byte order.
    #[error("member {name} does not come after {last}")]
    Order {
        /// The member.
        name: String,
        /// The one before it.
        last: String,
    },
    /// The data was other than announced: it changed between two passes.
    #[error("the data of {name} is {found:?}, announced was {announced:?}")]
    Content {
        /// The member.
        name: String,
        /// What the header says.
        announced: Content,
        /// What was written.
        found: Content,
    },
    /// A [`MemberWriter`] was dropped before its end.
    #[error("member {name} was not finished")]
    Unfinished {
        /// The member.
        name: String,
    },
    /// The names exclude each other, or are too many for a reader.
    #[error("the names do not go together")]
    Directory(#[source] ZipError),
}

impl<W: Write> Writer<W> {
    /// A container that begins at the output's beginning.
    pub fn new(out: W) -> Writer<W> {
        Writer { out, position: 0, count: 0, directory: Vec::new(), last: None, unfinished: false }
    }

    /// Writes a member that is in memory.
    pub fn bytes(&mut self, name: &str, data: &[u8]) -> Result<(), WriteError> {
        let mut member = self.begin(name, Content::of(data))?;
        member.write_all(data).map_err(|source| WriteError::Write { name: name.to_owned(), source })?;
        member.finish()
    }

    /// Begins a member whose data is then written piece by piece; it must be what `content` announces.
    pub fn begin(&mut self, name: &str, content: Content) -> Result<MemberWriter<'_, W>, WriteError> {
        let name = Name::parse(name.as_bytes())?;
        self.check_finished()?;
        if let Some(last) = self.last.as_ref().filter(|last| name <= **last) {
            return Err(WriteError::Order { name: name.to_string(), last: last.to_string() });
        }
        let header = record::local(name.as_str(), content);
        self.directory.extend(record::central(name.as_str(), content, self.position));
        self.position += header.len() as u64 + content.len;
        self.count += 1;
        self.unfinished = true;
        self.put(name.as_str(), &header)?;
        self.last = Some(name);
        Ok(MemberWriter { writer: self, announced: content, written: ContentHasher::new() })
    }

    /// Writes the directory and gives the output back, flushed.
    pub fn finish(mut self) -> Result<W, WriteError> {
        const NAME: &str = "the directory";
        self.check_finished()?;
        let size = self.directory.len() as u64;
        // What was written is read again by the code that will read it elsewhere.
        let own = Directory { count: self.count, bytes: 0..size };
        Index::build(&self.directory.as_slice(), own, |_| Ok(())).map_err(WriteError::Directory)?;
        let directory = std::mem::take(&mut self.directory);
        self.put(NAME, &directory)?;
        let bytes = self.position..self.position + size;
        self.put(NAME, &record::end(&Directory { count: self.count, bytes }))?;
        self.out.flush().map_err(|source| WriteError::Write { name: NAME.to_owned(), source })?;
        Ok(self.out)
    }

    fn check_finished(&self) -> Result<(), WriteError> {
        match &self.last {
            Some(name) if self.unfinished => Err(WriteError::Unfinished { name: name.to_string() }),
            _ => Ok(()),
        }
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        self.out.write_all(bytes).map_err(|source| WriteError::Write { name: name.to_owned(), source })
    }
}

/// Takes the data of one member. Call [`MemberWriter::finish`] at its end.
#[derive(Debug)]
pub struct MemberWriter<'a, W> {
    writer: &'a mut Writer<W>,
    announced: Content,
    written: ContentHasher,
}

impl<W> MemberWriter<'_, W> {
    /// Checks that what was written is what was announced.
    pub fn finish(self) -> Result<(), WriteError> {
        let found = self.written.content();
        if found == self.announced {
            self.writer.unfinished = false;
            return Ok(());
        }
        let name = self.writer.last.as_ref().map(Name::to_string).unwrap_or_default();
        Err(WriteError::Content { name, announced: self.announced, found })
    }
}

impl<W: Write> Write for MemberWriter<'_, W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let len = self.writer.out.write(data)?;
        self.written.update(&data[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.out.flush()
    }
}
