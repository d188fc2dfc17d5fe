//! The canonical container: every vector, every byte, every boundary.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use ledger::tile;
use ledger::zip::{Archive, Content, ContentHasher, NameError, Source, WriteError, Writer, ZipError};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;

fn vector(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)).unwrap()
}

fn good_vectors() -> Vec<String> {
    let files = fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.strip_suffix(".zip").is_some_and(|name| !name.starts_with("bad-"))).collect()
}

/// Opens a container, reads all of its data, and makes it again of its members.
fn reread(bytes: &[u8]) -> Result<Vec<u8>, ZipError> {
    let archive = Archive::open(bytes)?;
    archive.check_data()?;
    let mut writer = Writer::new(Vec::new());
    for member in archive.members() {
        let member = member?;
        writer.bytes(member.name().as_str(), &archive.read(&member, 1 << 20)?).unwrap();
    }
    Ok(writer.finish().unwrap())
}

fn container(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for (name, data) in members {
        writer.bytes(name, data).unwrap();
    }
    writer.finish().unwrap()
}

/// A container of members that the writer would refuse: under other names first, then patched into the headers.
fn with_names(names: &[&str]) -> Vec<u8> {
    let placeholder = |place: usize, name: &str| format!("{}{}", place + 1, "q".repeat(name.len() - 1));
    let placeholders: Vec<_> = names.iter().enumerate().map(|(place, name)| placeholder(place, name)).collect();
    let members: Vec<_> = placeholders.iter().map(|name| (name.as_str(), &b"data"[..])).collect();
    let mut bytes = container(&members);
    for (from, to) in placeholders.iter().zip(names) {
        for at in 0..=bytes.len() - from.len() {
            if bytes[at..].starts_with(from.as_bytes()) {
                bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            }
        }
    }
    bytes
}

#[test]
fn every_good_vector_is_canonical_and_is_made_again_byte_for_byte() {
    let names = good_vectors();
    assert!(names.len() > 15);
    for name in names {
        let bytes = vector(&name);
        let made = reread(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(made == bytes, "{name} differs");
    }
}

#[test]
fn every_vector_that_is_no_canonical_container_is_refused() {
    let bad: Value = serde_json::from_slice(&vector("bad.json")).unwrap();
    let mut refused = Vec::new();
    for (name, verdict) in bad.as_object().unwrap() {
        let opened = reread(&vector(&format!("bad-{name}.zip")));
        let reason = verdict["reference_reason"].as_str().unwrap();
        let of_the_form =
            verdict["check"] == "container" && (reason.contains("canonical") || reason.contains("by case"));
        assert_eq!(opened.is_err(), of_the_form, "{name}: {opened:?}");
        refused.extend(opened.err().map(|error| (name.as_str(), error)));
    }
    assert_eq!(refused.len(), 4);
    for (name, error) in refused {
        let expected = match name {
            "member-name-case" => matches!(error, ZipError::Clash { .. }),
            "timestamp-in-container" => matches!(error, ZipError::CentralHeader { .. } | ZipError::LocalHeader { .. }),
            _ => matches!(error, ZipError::End { .. }),
        };
        assert!(expected, "{name}: {error:?}");
    }
}

#[test]
fn no_bit_outside_of_the_data_may_differ_and_none_in_it() {
    let bytes = vector("selection-times-empty.zip");
    let original = reread(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(reread(&changed).is_err(), "byte {at}");
    }
    assert_eq!(original, bytes);
}

#[test]
fn a_container_cut_off_anywhere_is_refused() {
    let bytes = vector("log-1.zip");
    for len in 0..bytes.len() {
        assert!(Archive::open(&bytes[..len]).is_err(), "{len} bytes");
        assert!(Archive::open(&bytes[bytes.len() - len..]).is_err(), "the last {len} bytes");
    }
}

#[test]
fn bytes_between_the_members_are_refused() {
    let bytes = container(&[("a", b"first"), ("b", b"second")]);
    for at in 0..=bytes.len() {
        let mut longer = bytes.clone();
        longer.insert(at, 0);
        assert!(reread(&longer).is_err(), "a byte at {at}");
    }
}

#[test]
fn a_container_without_members_is_an_end_record() {
    let bytes = container(&[]);
    assert_eq!(bytes.len(), 22);
    let archive = Archive::open(&*bytes).unwrap();
    assert_eq!((archive.count(), archive.members().count()), (0, 0));
    assert!(archive.find("a").unwrap().is_none());
    assert!(matches!(Archive::open(&bytes[1..]), Err(ZipError::TooShort { len: 21 })));
}

#[test]
fn members_are_found_by_name_and_read_with_a_limit() {
    let bytes =
        container(&[("a", b"first"), ("empty", b""), ("log/checkpoint", b"note"), ("log/tile/0/000.p/1", b"hash")]);
    let archive = Archive::open(&*bytes).unwrap();
    let find = |name: &str| archive.find(name).unwrap();
    assert_eq!(archive.read(&find("a").unwrap(), 5).unwrap(), b"first");
    assert!(matches!(archive.read(&find("a").unwrap(), 4), Err(ZipError::TooLarge { len: 5, max: 4, .. })));
    assert!(find("empty").unwrap().is_empty());
    assert_eq!(find("log/tile/0/000.p/1").unwrap().content(), Content::of(b"hash"));
    for missing in ["", "A", "a/", "aa", "log", "log/tile/0/000", "zzz"] {
        assert!(find(missing).is_none(), "{missing}");
    }
    let names: Vec<_> = archive.untiled_names().iter().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(names, ["a", "empty", "log/checkpoint"]);
    let mut buffer = [0; 3];
    archive.read_unchecked(&find("a").unwrap(), 2, &mut buffer).unwrap();
    assert_eq!(&buffer, b"rst");
    assert!(matches!(archive.read_unchecked(&find("a").unwrap(), 3, &mut buffer), Err(ZipError::Read { .. })));
}

#[test]
fn damaged_data_is_found_by_every_way_of_reading_it() {
    let mut bytes = container(&[("a", b"first"), ("b", b"")]);
    bytes[33] ^= 1;
    let archive = Archive::open(&*bytes).unwrap();
    let member = archive.find("a").unwrap().unwrap();
    assert!(matches!(archive.read(&member, 100), Err(ZipError::Crc { offset: 31, .. })));
    assert!(matches!(archive.check_data(), Err(ZipError::Crc { offset: 31, .. })));
    let mut exactly = [0; 5];
    let error = archive.reader(&member).read_exact(&mut exactly).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    let mut first = [0; 4];
    archive.reader(&member).read_exact(&mut first).unwrap();
    assert!(archive.reader(&archive.find("b").unwrap().unwrap()).read_to_end(&mut Vec::new()).is_ok());
}

#[rstest]
#[case::same(&["A", "a"])]
#[case::directory(&["A/x", "a"])]
#[case::directory_behind_others(&["A", "B", "a-x", "a.x", "a/x"])]
#[case::deep_directory(&["A/b", "a/b/c"])]
#[case::tile_by_case(&["LOG/tile/0/000", "log/tile/0/000"])]
#[case::index_of_a_tile_by_case(&["log/tile/0/X001/000", "log/tile/0/x001/000"])]
#[case::tile_as_directory(&["Log/tile/0/000/x", "log/tile/0/000"])]
#[case::directory_of_tiles(&["LOG/tile/0", "log/tile/0/000"])]
#[case::directory_of_partial_tiles(&["log/tile/0/000.P", "log/tile/0/000.p/7"])]
#[case::directory_of_the_log(&["LOG", "log/tile/0/000"])]
#[case::directory_of_the_log_itself(&["log", "log/tile/0/000"])]
fn names_that_cannot_be_unpacked_side_by_side_are_refused(#[case] names: &[&str]) {
    let bytes = with_names(names);
    let opened = Archive::open(&*bytes);
    assert!(matches!(opened, Err(ZipError::Clash { .. })), "{opened:?}");
    let mut writer = Writer::new(Vec::new());
    for name in names {
        writer.bytes(name, b"data").unwrap();
    }
    assert!(matches!(writer.finish(), Err(WriteError::Directory(ZipError::Clash { .. }))));
}

#[rstest]
#[case(&["Log/Tile/0/001", "log/tile/0/000"])]
#[case(&["LOG/tile/00", "log/checkpoint", "log/tile/0/000"])]
#[case(&["a", "a-x", "a.x/y", "ab"])]
fn names_that_only_look_alike_are_accepted(#[case] names: &[&str]) {
    let bytes = with_names(names);
    assert_eq!(reread(&bytes).unwrap(), bytes);
}

#[rstest]
#[case::twice(&["a", "a"])]
#[case::descending(&["b", "a"])]
#[case::tiles_by_number(&["log/tile/0/x001/000", "log/tile/0/002"])]
fn names_out_of_byte_order_are_refused(#[case] names: &[&str]) {
    let bytes = with_names(names);
    let opened = Archive::open(&*bytes);
    assert!(matches!(opened, Err(ZipError::Order { .. })), "{opened:?}");
    let mut writer = Writer::new(Vec::new());
    writer.bytes(names[0], b"data").unwrap();
    assert!(matches!(writer.bytes(names[1], b"data"), Err(WriteError::Order { .. })));
}

#[test]
fn a_name_that_would_leave_the_directory_is_refused() {
    let bytes = with_names(&["../a"]);
    let opened = Archive::open(&*bytes);
    assert!(matches!(opened, Err(ZipError::Name { source: NameError::Character(_), .. })), "{opened:?}");
    assert!(matches!(Writer::new(Vec::new()).bytes("../a", b""), Err(WriteError::Name(_))));
}

#[test]
fn what_is_written_must_be_what_was_announced() {
    for data in [&b"firs"[..], b"first1", b"fIrst"] {
        let mut writer = Writer::new(Vec::new());
        let mut member = writer.begin("a", Content::of(b"first")).unwrap();
        member.write_all(data).unwrap();
        assert!(matches!(member.finish(), Err(WriteError::Content { .. })));
        assert!(matches!(writer.bytes("b", b""), Err(WriteError::Unfinished { .. })));
    }
    let mut writer = Writer::new(Vec::new());
    writer.begin("a", Content::of(b"first")).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::Unfinished { .. })));
}

#[test]
fn a_content_is_the_same_in_pieces() {
    let mut hasher = ContentHasher::new();
    hasher.update(b"fir");
    hasher.update(b"st");
    assert_eq!(hasher.content(), Content::of(b"first"));
}

proptest! {
    #[test]
    fn what_the_writer_writes_the_reader_accepts(
        members in prop::collection::btree_map("[a-cA-C]{1,2}([.-]x)?(/[a-c]{1,2})?", prop::collection::vec(any::<u8>(), 0..100), 0..8),
    ) {
        let mut writer = Writer::new(Vec::new());
        for (name, data) in &members {
            writer.bytes(name, data).unwrap();
        }
        // Names that exclude each other are refused at the end.
        if let Ok(bytes) = writer.finish() {
            prop_assert_eq!(reread(&bytes).unwrap(), &*bytes);
            let archive = Archive::open(&*bytes).unwrap();
            for (name, data) in &members {
                let member = archive.find(name).unwrap().unwrap();
                prop_assert_eq!(&archive.read(&member, 100).unwrap(), data);
                let mut streamed = Vec::new();
                archive.reader(&member).read_to_end(&mut streamed).unwrap();
                prop_assert_eq!(&streamed, data);
            }
        }
    }
}

/// The count overflows at 65,535, which is itself a number that fits.
#[rstest]
#[case(65_534, 22)]
#[case(65_535, 98)]
#[case(65_536, 98)]
fn many_members_get_a_zip64_end_record(#[case] count: u32, #[case] end_bytes: usize) {
    let mut writer = Writer::new(Vec::new());
    // Of the form of tiles, since other names are kept in memory and limited.
    let names: Vec<_> =
        tile::tiles(u64::from(count) * 256).map(|id| format!("log/{id}")).take(count as usize).collect();
    for name in &names {
        writer.bytes(name, b"").unwrap();
    }
    let bytes = writer.finish().unwrap();
    let archive = Archive::open(&*bytes).unwrap();
    assert_eq!(archive.count(), u64::from(count));
    let headers: usize = names.iter().map(|name| 30 + 46 + 2 * name.len()).sum();
    assert_eq!(bytes.len(), headers + end_bytes);
    // More members than places are kept in memory: each is found all the same.
    for name in names.iter().step_by(977).chain(names.last()) {
        assert_eq!(archive.find(name).unwrap().unwrap().name().as_str(), name);
    }
    assert!(archive.find("log/tile/entries/000.p/1").unwrap().is_none());
    assert!(archive.members().map(|member| member.unwrap().name().to_string()).eq(names));
}

#[test]
fn too_many_names_beside_the_tiles_are_refused() {
    let mut writer = Writer::new(Vec::new());
    for place in 0..10_001 {
        writer.bytes(&format!("view-{place:05}"), b"").unwrap();
    }
    assert!(matches!(writer.finish(), Err(WriteError::Directory(ZipError::TooManyNames { .. }))));
    let mut writer = Writer::new(Vec::new());
    for place in 0..20 {
        writer.bytes(&format!("{place:065000}"), b"").unwrap();
    }
    assert!(matches!(writer.finish(), Err(WriteError::Directory(ZipError::TooManyNames { .. }))));
}

/// A file of gigabytes that consists of zeros but for the pieces that are kept.
#[derive(Debug, Default)]
struct Sparse {
    len: u64,
    pieces: Vec<(u64, Vec<u8>)>,
}

static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

impl Write for Sparse {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if ZEROS.get(..data.len()).is_none_or(|zeros| data != zeros) {
            self.pieces.push((self.len, data.to_vec()));
        }
        self.len += data.len() as u64;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for &Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset + buffer.len() as u64;
        if self.len < end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer.fill(0);
        for (start, piece) in &self.pieces {
            let (from, to) = (offset.max(*start), end.min(start + piece.len() as u64));
            if from < to {
                let place = |at: u64, base: u64| usize::try_from(at - base).unwrap();
                buffer[place(from, offset)..place(to, offset)]
                    .copy_from_slice(&piece[place(from, *start)..place(to, *start)]);
            }
        }
        Ok(())
    }
}

/// A container of members of so many zeros.
fn zeros(lens: &[u64]) -> Sparse {
    let mut writer = Writer::new(Sparse::default());
    for (place, len) in lens.iter().enumerate() {
        let mut member = writer.begin(&format!("{place}"), content_of_zeros(*len)).unwrap();
        each_piece(*len, |piece| member.write_all(piece).unwrap());
        member.finish().unwrap();
    }
    writer.finish().unwrap()
}

/// What hashing them one by one would give, of the hash of one piece.
fn content_of_zeros(len: u64) -> Content {
    let hash = |piece: &[u8]| {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(piece);
        hasher
    };
    let (mut crc, piece_of_64_kib) = (crc32fast::Hasher::new(), hash(&ZEROS));
    each_piece(len, |piece| match piece.len() {
        len if len == ZEROS.len() => crc.combine(&piece_of_64_kib),
        _ => crc.combine(&hash(piece)),
    });
    Content { len, crc: crc.finalize() }
}

fn each_piece(len: u64, mut visit: impl FnMut(&[u8])) {
    let mut left = len;
    while left > 0 {
        let piece = usize::try_from(left.min(ZEROS.len() as u64)).unwrap();
        visit(&ZEROS[..piece]);
        left -= piece as u64;
    }
}

/// Lengths of members, and what their headers and end records come to.
#[rstest]
// Name of one byte: local header 31, directory header 47, end record 22.
#[case::size_fits(&[0xFFFF_FFFE], 31 + 47 + 22 + 76)]
#[case::size_overflows(&[0xFFFF_FFFF], 31 + 20 + 47 + 20 + 22 + 76)]
#[case::offset_fits(&[0xFFFF_FFFE - 31, 0], 2 * (31 + 47) + 22 + 76)]
#[case::offset_overflows(&[0xFFFF_FFFF - 31, 0], 2 * (31 + 47) + 12 + 22 + 76)]
#[case::directory_fits(&[0xFFFF_FFFE - 31], 31 + 47 + 22)]
#[case::directory_overflows(&[0xFFFF_FFFF - 31], 31 + 47 + 22 + 76)]
#[case::both_overflow(&[0xFFFF_FFFF, 0x1_0000_0001], 2 * (31 + 20 + 47 + 20) + 8 + 22 + 76)]
fn numbers_beyond_four_gibibytes_go_into_zip64_fields(#[case] lens: &[u64], #[case] headers: u64) {
    let file = zeros(lens);
    assert_eq!(file.len, lens.iter().sum::<u64>() + headers);
    let archive = Archive::open(&file).unwrap();
    for (place, len) in lens.iter().enumerate() {
        assert_eq!(archive.find(&place.to_string()).unwrap().unwrap().len(), *len);
    }
}

#[test]
fn more_than_four_gibibytes_of_data_are_checked() {
    let file = zeros(&[0xFFFF_FFFF, 3]);
    Archive::open(&file).unwrap().check_data().unwrap();
}

#[test]
fn no_byte_of_a_zip64_header_may_differ() {
    let mut file = zeros(&[0xFFFF_FFFF, 3]);
    // Only headers are kept: the data is zeros.
    let lens: Vec<_> = file.pieces.iter().map(|(_, piece)| piece.len()).collect();
    assert_eq!(lens, [51, 31, 67 + 59, 76 + 22]);
    for (piece, len) in lens.into_iter().enumerate() {
        for at in 0..len {
            file.pieces[piece].1[at] ^= 1;
            assert!(Archive::open(&file).is_err(), "byte {at} of header {piece}");
            file.pieces[piece].1[at] ^= 1;
        }
    }
    Archive::open(&file).unwrap();
}
