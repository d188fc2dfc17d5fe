//! Published files: made once, cut from wider ones, moved aside.

use ledger::tree::leaf_hash;

use super::*;

fn directory() -> (tempfile::TempDir, TileDirectory) {
    let parent = tempfile::tempdir().unwrap();
    let tiles = TileDirectory::new(parent.path().join("logs/acme"));
    (parent, tiles)
}

fn tile(kind: Kind, width: u16) -> TileBody {
    let places = 0..usize::from(width);
    let body = match kind {
        Kind::Hashes { .. } => {
            tile::encode_hashes(&places.map(|place| leaf_hash(&place.to_be_bytes())).collect::<Vec<_>>())
        }
        Kind::Entries => tile::encode_entries(&places.map(|place| vec![b'x'; place]).collect::<Vec<_>>()),
        Kind::Signatures => {
            tile::encode_signatures(&places.map(|place| [u8::try_from(place).unwrap(); 64]).collect::<Vec<_>>())
        }
    };
    (TileId::new(kind, 1_234_067, width).unwrap(), body.unwrap())
}

const KINDS: [Kind; 3] = [Kind::Hashes { level: 0 }, Kind::Entries, Kind::Signatures];

#[test]
fn a_tile_lies_where_the_standard_says() {
    let (_parent, tiles) = directory();
    tiles.put_new(&[tile(Kind::Entries, 3)]).unwrap();
    assert!(tiles.root().join("tile/entries/x001/x234/067.p/3").exists());
}

#[test]
fn the_same_bytes_may_come_again_and_other_bytes_may_not() {
    let (_parent, tiles) = directory();
    for kind in KINDS {
        let (id, body) = tile(kind, 4);
        tiles.put_new(&[(id, body.clone())]).unwrap();
        tiles.put_new(&[(id, body.clone())]).unwrap();
        let mut other = body.clone();
        other[1] ^= 1;
        assert!(matches!(tiles.put_new(&[(id, other)]), Err(TileError::Differs(_))));
        assert_eq!(tiles.tile(id).unwrap(), body, "what was there stays");
    }
}

#[test]
fn a_wider_tile_begins_with_the_narrower_one_or_is_not_made() {
    let (_parent, tiles) = directory();
    for kind in KINDS {
        tiles.put_new(&[tile(kind, 4)]).unwrap();
        tiles.put_new(&[tile(kind, 55)]).unwrap();
        for wider in [tile(kind, 60), tile(kind, 256)] {
            let (id, mut body) = wider.clone();
            // In the last place of the narrower one: only the widest is compared.
            let last = cut(id, &body, 55).unwrap().len() - 1;
            body[last] ^= 1;
            assert!(
                matches!(tiles.put_new(&[(id, body)]), Err(TileError::Differs(path)) if path.ends_with("067.p/55"))
            );
            assert!(!tiles.path(id).exists(), "nothing is published");
            tiles.put_new(&[wider]).unwrap();
            std::fs::remove_file(tiles.path(id)).unwrap();
        }
    }
}

#[test]
fn the_hash_of_an_entry_is_read_from_whatever_tile_has_it() {
    let (_parent, tiles) = directory();
    let first = 1_234_067 * 256;
    let expected = |place: usize| leaf_hash(&place.to_be_bytes());
    tiles.put_new(&[tile(Kind::Hashes { level: 0 }, 5)]).unwrap();
    assert_eq!(tiles.leaf(first + 4, first + 5).unwrap(), expected(4));
    let full = tile(Kind::Hashes { level: 0 }, 256);
    tiles.put_new(std::slice::from_ref(&full)).unwrap();
    tiles.drop_partials(full.0).unwrap();
    for size in [first + 5, first + 256, first + 1_000] {
        assert_eq!(tiles.leaf(first + 4, size).unwrap(), expected(4));
    }
    assert!(matches!(tiles.leaf(first + 256, first + 257), Err(TileError::Missing(_))));
}

#[test]
fn a_partial_tile_that_is_gone_is_cut_from_a_wider_one() {
    let (_parent, tiles) = directory();
    for kind in KINDS {
        let (narrow, expected) = tile(kind, 5);
        let (other_partial, full) = (tile(kind, 200), tile(kind, 256));
        assert!(matches!(tiles.tile(narrow), Err(TileError::Missing(_))));
        tiles.put_new(&[other_partial]).unwrap();
        assert_eq!(tiles.tile(narrow).unwrap(), expected, "from another partial tile");
        assert!(matches!(tiles.tile(tile(kind, 201).0), Err(TileError::Missing(_))), "a narrower one does not do");
        tiles.put_new(std::slice::from_ref(&full)).unwrap();
        tiles.drop_partials(full.0).unwrap();
        assert_eq!(tiles.tile(narrow).unwrap(), expected, "from the full tile");
        tiles.drop_partials(full.0).unwrap();
    }
}

#[test]
fn a_tile_that_is_opened_reads_as_the_tile_itself() {
    let (_parent, tiles) = directory();
    for kind in KINDS {
        let (narrow, full) = (tile(kind, 5), tile(kind, 256));
        assert!(matches!(tiles.open(narrow.0), Err(TileError::Missing(_))));
        tiles.put_new(std::slice::from_ref(&full)).unwrap();
        for (id, body) in [full, narrow] {
            let TileFile { file, bytes } = tiles.open(id).unwrap();
            let mut read = Vec::new();
            file.take(bytes).read_to_end(&mut read).unwrap();
            assert_eq!((read.len() as u64, read), (bytes, body), "{id}");
        }
    }
}

#[test]
fn a_tile_that_is_cut_from_a_damaged_one_is_not_opened() {
    let (_parent, tiles) = directory();
    for kind in KINDS {
        let (wide, body) = tile(kind, 200);
        tiles.put_new(&[(wide, body[..60].to_vec())]).unwrap();
        assert!(matches!(tiles.open(tile(kind, 100).0), Err(TileError::Body(_))));
    }
}

#[test]
fn no_draft_is_left_behind() {
    let (parent, tiles) = directory();
    tiles.put_new(&[tile(Kind::Entries, 4), tile(Kind::Signatures, 4)]).unwrap();
    tiles.publish("one\n").unwrap();
    tiles.publish("two\n").unwrap();
    assert_eq!(tiles.checkpoint().unwrap().as_deref(), Some("two\n"));
    let mut directories = vec![parent.path().to_owned()];
    while let Some(directory) = directories.pop() {
        for file in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            assert!(file.path().extension().is_none_or(|extension| extension != "new"), "{}", file.path().display());
            if file.path().is_dir() {
                directories.push(file.path());
            }
        }
    }
}

#[test]
fn what_was_published_can_be_set_aside_whole() {
    let (_parent, tiles) = directory();
    assert_eq!(tiles.set_aside("before-3").unwrap(), None);
    tiles.put_new(&[tile(Kind::Entries, 4)]).unwrap();
    tiles.publish("note\n").unwrap();
    let aside = tiles.set_aside("before-3").unwrap().unwrap();
    assert_eq!(tiles.checkpoint().unwrap(), None);
    assert_eq!(TileDirectory::new(aside).checkpoint().unwrap().as_deref(), Some("note\n"));
}
