//! Fuzz targets of what reads an export's outer shape. A normal test run takes a short turn at each; `cargo bolero` goes
//! on for as long as it is let.

use bolero::check;
use ledger::multiproof::{self, CheckError, Lines};
use ledger::tile::{self, TileId};
use ledger::tree::Hash;
use ledger::zip::{Archive, Writer, ZipError};

#[test]
fn a_tile_path_that_parses_is_the_one_that_is_written() {
    check!().with_iterations(20_000).for_each(|input: &[u8]| read_path(&String::from_utf8_lossy(input)));
}

#[test]
fn a_tile_path_of_the_right_characters_parses_to_itself_or_not_at_all() {
    const WORDS: [&str; 16] = [
        "tile/",
        "entries/",
        "signature/",
        "x",
        "0",
        "00",
        "000",
        "001",
        "234",
        "99",
        "/",
        ".p/",
        "255",
        "256",
        "63/",
        "64/",
    ];
    check!().with_iterations(20_000).with_type::<Vec<u8>>().for_each(|input| {
        let words = input.iter().take(12).map(|byte| WORDS[usize::from(byte % 16)]);
        read_path(&["tile/"].into_iter().chain(words).collect::<String>());
    });
}

fn read_path(path: &str) {
    if let Ok(id) = path.parse::<TileId>() {
        assert_eq!(id.to_string(), path);
        assert_eq!(TileId::new(id.kind(), id.index(), id.width()), Ok(id));
        assert!(id.places().end - id.places().start <= 256);
    }
}

#[test]
fn an_entries_tile_that_parses_is_the_one_that_is_written() {
    check!().with_iterations(20_000).with_type::<(u16, Vec<u8>)>().for_each(|(width, body)| {
        // Short lengths, so that some bytes are tiles.
        let body: Vec<_> = body.iter().map(|byte| byte % 4).collect();
        for width in [*width, width % 300, width % 8] {
            if let Ok(entries) = tile::decode_entries(&body, width) {
                assert_eq!(entries.len(), usize::from(width));
                assert_eq!(tile::encode_entries(&entries).as_deref(), Ok(&*body));
            }
        }
    });
}

#[test]
fn lines_that_parse_are_those_that_are_written() {
    check!().with_iterations(20_000).with_type::<(Vec<[u8; 32]>, u16, u8)>().for_each(|(hashes, at, byte)| {
        let mut text: Vec<_> = hashes.iter().flat_map(|hash| multiproof::line(&Hash(*hash)).into_bytes()).collect();
        let at = usize::from(*at) % (text.len() + 1);
        match byte % 3 {
            0 => text.truncate(at),
            1 => text.insert(at, *byte),
            _ => text.iter_mut().skip(at).take(1).for_each(|old| *old = *byte),
        }
        read_lines(&text);
    });
    check!().with_iterations(5_000).for_each(read_lines);
}

fn read_lines(text: &[u8]) {
    if let Ok(hashes) = Lines::new(text).collect::<Result<Vec<_>, _>>() {
        let written: Vec<_> = hashes.iter().flat_map(|hash| multiproof::line(hash).into_bytes()).collect();
        assert_eq!(written, text);
    }
}

#[test]
fn a_multiproof_of_anything_ends_in_a_verdict() {
    type Input = (u64, u8, Vec<(u64, u8)>, Vec<u8>);
    check!().with_iterations(20_000).with_type::<Input>().for_each(|(size, shift, included, lines)| {
        let size = size >> (shift % 64);
        let hash = |byte: u8| Hash([byte; 32]);
        // None of those above: the root of one leaf is that leaf.
        let root = Hash(std::array::from_fn(|at| u8::from(at == 0)));
        let included = included.iter().map(|(index, leaf)| Ok::<_, ()>((index >> (shift % 64), hash(*leaf))));
        let lines = lines.iter().map(|line| Ok::<_, ()>(hash(*line)));
        let verdict = multiproof::check(size, &root, included, lines);
        assert!(verdict.is_err(), "no hash of others is easy to find");
        assert_eq!(verdict == Err(CheckError::EmptyTree), size == 0);
    });
}

/// What follows is applied to a good container, since chance does not find one.
#[derive(Debug, Clone, bolero::TypeGenerator)]
enum Damage {
    Set { at: u16, byte: u8 },
    Insert { at: u16, byte: u8 },
    Remove { at: u16, len: u8 },
    Copy { from: u16, to: u16, len: u8 },
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: u16| usize::from(at) % (bytes.len() + 1);
        let until = |at: usize, len: u8| bytes.len().min(at + usize::from(len));
        match *self {
            Damage::Set { at, byte } => {
                let at = place(at);
                bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte);
            }
            Damage::Insert { at, byte } => bytes.insert(place(at), byte),
            Damage::Remove { at, len } => drop(bytes.drain(place(at)..until(place(at), len))),
            Damage::Copy { from, to, len } => {
                let piece = bytes[place(from)..until(place(from), len)].to_vec();
                let to = place(to);
                bytes.splice(to..to, piece);
            }
        }
    }
}

fn container() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let members =
        ["README.txt", "countersign.json", "log/checkpoint", "log/tile/0/000.p/2", "log/tile/entries/000.p/2"];
    for name in members {
        writer.bytes(name, name.as_bytes()).expect("these go together");
    }
    writer.finish().expect("these go together")
}

#[test]
fn a_damaged_container_is_refused_or_is_another_canonical_one() {
    let good = container();
    check!().with_iterations(20_000).with_type::<Vec<Damage>>().for_each(|damages| {
        let mut bytes = good.clone();
        for damage in damages {
            damage.apply(&mut bytes);
        }
        if let Ok(made) = made_again(&bytes) {
            assert_eq!(made, bytes);
        }
    });
}

#[test]
fn any_bytes_before_an_end_record_are_read_without_panic() {
    check!().with_iterations(20_000).with_type::<(Vec<u8>, u8, u8, u8)>().for_each(|(body, count, size, offset)| {
        let mut bytes = body.clone();
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([*count, 0, *count, 0, *size, 0, 0, 0, *offset, 0, 0, 0, 0, 0]);
        if let Ok(made) = made_again(&bytes) {
            assert_eq!(made, bytes);
        }
        let _ = Archive::open(&body[..]);
    });
}

fn made_again(bytes: &[u8]) -> Result<Vec<u8>, ZipError> {
    let archive = Archive::open(bytes)?;
    let mut writer = Writer::new(Vec::new());
    for member in archive.members() {
        let member = member?;
        let found = archive.find(member.name().as_str())?;
        assert_eq!(found.as_ref(), Some(&member));
        writer.bytes(member.name().as_str(), &archive.read(&member, 1 << 20)?).expect("what was read can be written");
    }
    Ok(writer.finish().expect("names that were read go together"))
}
