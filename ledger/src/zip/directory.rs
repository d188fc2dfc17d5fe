//! The directory at the end of a container: read from start to end once, then searched.

use std::io::{BufReader, Read};
use std::ops::Range;

use super::record::{self, CENTRAL_BYTES, Directory};
use super::{Content, Name, Section, Source, ZipError};

/// Names kept beside those of tiles. A whole log has four and its views; beyond this the file is not an export.
const UNTILED_MAX: usize = 10_000;
/// And their length in bytes, all together.
const UNTILED_BYTES_MAX: usize = 1 << 20;
/// Headers whose places are kept, to search from: about 1 MiB with their names, which are short where they are many.
const LANDMARKS_MAX: usize = 16_384;
/// Read at once when the whole directory is.
const SCAN_BYTES: usize = 1 << 16;
/// Read at once when a header was found: that header, mostly.
const SEEK_BYTES: usize = 1 << 8;

/// One header of the directory, found to be canonical.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Where the header stands in the source.
    pub(super) at: u64,
    pub(super) name: Name,
    pub(super) content: Content,
    /// Where the local header stands in the file.
    pub(super) offset: u64,
}

/// The headers in a range of a source, in order. After an error there is no next one.
pub(super) struct Records<'a, S> {
    input: BufReader<Section<'a, S>>,
    at: u64,
    end: u64,
}

impl<'a, S: Source> Records<'a, S> {
    fn new(source: &'a S, bytes: Range<u64>, read_at_once: usize) -> Records<'a, S> {
        let section = Section { source, offset: bytes.start, end: bytes.end };
        Records { input: BufReader::with_capacity(read_at_once, section), at: bytes.start, end: bytes.end }
    }

    fn read(&mut self) -> Result<Record, ZipError> {
        let at = self.at;
        let mut fixed = [0; CENTRAL_BYTES];
        self.fill(&mut fixed)?;
        if !fixed.starts_with(b"PK\x01\x02") {
            return Err(ZipError::Directory { offset: at });
        }
        let (name_len, extra_len) = record::central_lengths(&fixed);
        let mut rest = vec![0; name_len + extra_len];
        self.fill(&mut rest)?;
        let (name, extra) = rest.split_at(name_len);
        let name = Name::parse(name).map_err(|source| ZipError::Name { offset: at, source })?;
        let values = record::central_values(&fixed, extra).filter(|values| {
            let canonical = record::central(name.as_str(), values.content, values.offset);
            canonical.split_at_checked(CENTRAL_BYTES) == Some((&fixed, &rest))
        });
        match values {
            Some(record::Central { content, offset }) => Ok(Record { at, name, content, offset }),
            None => Err(ZipError::CentralHeader { name: name.to_string(), offset: at }),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), ZipError> {
        let len = buffer.len() as u64;
        if self.end - self.at < len {
            return Err(ZipError::Directory { offset: self.at });
        }
        self.input.read_exact(buffer).map_err(|source| ZipError::Read { offset: self.at, source })?;
        self.at += len;
        Ok(())
    }
}

impl<S: Source> Iterator for Records<'_, S> {
    type Item = Result<Record, ZipError>;

    fn next(&mut self) -> Option<Result<Record, ZipError>> {
        if self.at == self.end {
            return None;
        }
        let record = self.read();
        if record.is_err() {
            self.at = self.end;
        }
        Some(record)
    }
}

/// What is kept of a directory: the names that are not tiles, and where to start looking for one that is.
#[derive(Debug)]
pub(super) struct Index {
    directory: Directory,
    untiled: Vec<Name>,
    /// Every `stride`-th header: its name and where it stands.
    landmarks: Vec<(Name, u64)>,
    stride: u64,
}

impl Index {
    /// Reads all headers, checks their names against each other and their number, and shows each to `visit`.
    pub(super) fn build<S: Source>(
        source: &S,
        directory: Directory,
        mut visit: impl FnMut(&Record) -> Result<(), ZipError>,
    ) -> Result<Index, ZipError> {
        let mut index = Index { directory, untiled: Vec::new(), landmarks: Vec::new(), stride: 1 };
        let mut last: Option<Name> = None;
        let (mut count, mut untiled_bytes) = (0, 0);
        for record in index.records(source) {
            let record = record?;
            let Record { at: offset, ref name, .. } = record;
            if last.is_some_and(|last| *name <= last) {
                return Err(ZipError::Order { name: name.to_string(), offset });
            }
            if name.tile().is_none() {
                untiled_bytes += name.as_str().len();
                if index.untiled.len() == UNTILED_MAX || UNTILED_BYTES_MAX < untiled_bytes {
                    return Err(ZipError::TooManyNames { offset });
                }
                index.untiled.push(name.clone());
            }
            visit(&record)?;
            index.keep_landmark(count, &record);
            count += 1;
            last = Some(record.name);
        }
        if count != index.directory.count {
            return Err(ZipError::End { offset: index.directory.bytes.end });
        }
        index.check_clashes(source)?;
        Ok(index)
    }

    fn keep_landmark(&mut self, place: u64, record: &Record) {
        if self.landmarks.len() == LANDMARKS_MAX {
            let mut place = 0;
            self.landmarks.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.stride *= 2;
        }
        if place.is_multiple_of(self.stride) {
            self.landmarks.push((record.name.clone(), record.at));
        }
    }

    /// Names that differ in case only, or of which one is a directory of the other, cannot be unpacked side by side.
    ///
    /// Tiles exclude each other never, by the form of their names; so only the other names are compared, with each
    /// other here and then with the tiles.
    fn check_clashes<S: Source>(&self, source: &S) -> Result<(), ZipError> {
        // With the lowest character for a separator, what is in a directory directly follows the directory's name.
        let fold = |name: &Name| name.as_str().to_ascii_lowercase().replace('/', "\0");
        let mut folded: Vec<_> = self.untiled.iter().map(|name| (fold(name), name)).collect();
        folded.sort();
        for pair in folded.windows(2) {
            let [(first, name), (second, other)] = pair else { unreachable!("windows of two") };
            if second.strip_prefix(first.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('\0')) {
                return Err(clash(name, other));
            }
        }
        for name in &self.untiled {
            if let Some(tile) = self.tile_excluded_by(name, source)? {
                return Err(clash(name, &tile));
            }
        }
        Ok(())
    }

    /// A tile, whose name is always in lower case, that is the same as `name`, or in it, or has it within.
    fn tile_excluded_by<S: Source>(&self, name: &Name, source: &S) -> Result<Option<Name>, ZipError> {
        let lower = name.as_str().to_ascii_lowercase();
        if lower.split('/').next() != Some("log") {
            return Ok(None);
        }
        let inside = format!("{lower}/");
        if let Some(record) = self.seek(&inside, source)?.filter(|record| record.name.as_str().starts_with(&inside)) {
            return Ok(Some(record.name));
        }
        for (end, _) in inside.match_indices('/') {
            // A tile that exists has been found canonical, so looking up what is no tile's name finds no tile.
            let found = self.seek(&lower[..end], source)?.map(|record| record.name);
            let found = found.filter(|found| found.as_str() == &lower[..end] && found.tile().is_some());
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The first header whose name is `wanted` or above.
    pub(super) fn seek<S: Source>(&self, wanted: &str, source: &S) -> Result<Option<Record>, ZipError> {
        let above = self.landmarks.partition_point(|(name, _)| name.as_str() <= wanted);
        let place_of = |landmark: usize| self.landmarks.get(landmark).map(|(_, at)| *at);
        let start = above.checked_sub(1).and_then(place_of).unwrap_or(self.directory.bytes.start);
        let end = place_of(above).unwrap_or(self.directory.bytes.end);
        let read = |offset, source| ZipError::Read { offset, source };
        let mut block = vec![0; usize::try_from(end - start).expect("a stretch between two landmarks fits in memory")];
        source.read_at(start, &mut block).map_err(|source| read(start, source))?;
        let found = start + below(wanted.as_bytes(), &block) as u64;
        Records::new(source, found..self.directory.bytes.end, SEEK_BYTES).next().transpose()
    }

    /// All headers, in order.
    pub(super) fn records<'a, S: Source>(&self, source: &'a S) -> Records<'a, S> {
        Records::new(source, self.directory.bytes.clone(), SCAN_BYTES)
    }

    /// Where the directory begins and all members have ended.
    pub(super) fn members_end(&self) -> u64 {
        self.directory.bytes.start
    }

    pub(super) fn count(&self) -> u64 {
        self.directory.count
    }

    pub(super) fn untiled(&self) -> &[Name] {
        &self.untiled
    }
}

/// How many bytes of headers come before the first whose name is `wanted` or above. There may be hundreds, so they are
/// not checked again; the one that is found is.
fn below(wanted: &[u8], mut headers: &[u8]) -> usize {
    let len = headers.len();
    while let Some((fixed, rest)) = headers.split_first_chunk::<CENTRAL_BYTES>() {
        let (name_len, extra_len) = record::central_lengths(fixed);
        match (rest.get(..name_len), rest.get(name_len + extra_len..)) {
            (Some(name), Some(next)) if name < wanted => headers = next,
            _ => break,
        }
    }
    len - headers.len()
}

fn clash(name: &Name, other: &Name) -> ZipError {
    ZipError::Clash { name: name.to_string(), other: other.to_string() }
}
