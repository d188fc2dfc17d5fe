//! Tiles against the frozen vectors, against `tlog_tiles`, and against the tree.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::convert::Infallible;

use ledger::tile::{self, BodyError, INDEX_MAX, Kind, TileBuilder, TileHashError, TileHashes, TileId, TileIdError};
use ledger::tree::{self, Hash, HashReader, Node};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/expected.json")).unwrap()
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| tree::leaf_hash(&index.to_be_bytes())).collect()
}

/// All hash tiles that a log writes on its way to `size`, and the builder at its end.
fn built(leaves: &[Hash]) -> (HashMap<TileId, Vec<u8>>, TileBuilder) {
    let (mut tiles, mut builder) = (HashMap::new(), TileBuilder::new());
    let mut keep = |id: TileId, hashes: &[Hash]| {
        assert_eq!(tiles.insert(id, tile::encode_hashes(hashes).unwrap()), None, "{id} twice");
        Ok::<_, Infallible>(())
    };
    for leaf in leaves {
        builder.push(*leaf, &mut keep).unwrap();
    }
    builder.partial_tiles(&mut keep).unwrap();
    (tiles, builder)
}

fn hash_tiles(size: u64) -> Vec<TileId> {
    tile::tiles(size).filter(|id| matches!(id.kind(), Kind::Hashes { .. })).collect()
}

fn full(level: u8, index: u64) -> TileId {
    TileId::new(Kind::Hashes { level }, index, 256).unwrap()
}

#[test]
fn the_longest_body_of_a_tile_follows_from_its_kind_and_width() {
    let longest = vec![vec![0; 65_535]; 256];
    for width in [1, 10, 256] {
        let places = usize::from(width);
        let bodies = [
            (Kind::Hashes { level: 2 }, tile::encode_hashes(&vec![Hash([0; 32]); places]).unwrap()),
            (Kind::Entries, tile::encode_entries(&longest[..places]).unwrap()),
            (Kind::Signatures, tile::encode_signatures(&vec![[0; 64]; places]).unwrap()),
        ];
        for (kind, body) in bodies {
            let id = TileId::new(kind, 0, width).unwrap();
            assert_eq!(id.bytes_max(), body.len() as u64, "{id}");
        }
    }
}

#[test]
fn tiles_are_those_of_the_vectors() {
    let vectors = vectors();
    let strings = |name: &str| -> Vec<String> {
        vectors[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let leaves: Vec<_> = strings("leaf_hash_hex").iter().map(|hash| Hash::from_hex(hash).unwrap()).collect();
    let entries: Vec<_> = include_str!("vectors/entries.jsonl").lines().collect();
    let signatures: Vec<[u8; 64]> = strings("entry_signature_b64").iter().map(|text| signature(text)).collect();

    let (hashes, _) = built(&leaves);
    let found: serde_json::Map<_, _> = tile::tiles(300)
        .map(|id| {
            let places = usize::try_from(id.places().start).unwrap()..usize::try_from(id.places().end).unwrap();
            let body = match id.kind() {
                Kind::Hashes { .. } => hashes[&id].clone(),
                Kind::Entries => tile::encode_entries(&entries[places]).unwrap(),
                Kind::Signatures => tile::encode_signatures(&signatures[places]).unwrap(),
            };
            (id.to_string(), hex::encode(Sha256::digest(body)).into())
        })
        .collect();
    assert_eq!(Value::from(found), vectors["tiles_sha256"]);
}

fn signature(text: &str) -> [u8; 64] {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap().try_into().unwrap()
}

#[test]
fn a_log_of_70_000_has_the_tiles_that_the_standard_counts() {
    let hashes = hash_tiles(70_000);
    let of_level = |level| {
        let tiles = hashes.iter().filter(move |id| id.kind() == Kind::Hashes { level });
        let (full, partial): (Vec<&TileId>, Vec<&TileId>) = tiles.partition(|id| id.is_full());
        (full.len(), partial.into_iter().map(TileId::width).collect::<Vec<_>>())
    };
    assert_eq!(of_level(0), (273, vec![112]));
    assert_eq!(of_level(1), (1, vec![17]));
    assert_eq!(of_level(2), (0, vec![1]));
    assert_eq!(hashes.len(), 274 + 2 + 1);
    assert_eq!(tile::tile_count(70_000), 277 + 2 * 274);
    assert_eq!(tile::tiles(70_000).count(), 277 + 2 * 274);
}

#[test]
fn a_log_of_256_has_a_full_tile_and_one_hash_above_it() {
    let names: Vec<_> = tile::tiles(256).map(|id| id.to_string()).collect();
    assert_eq!(names, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000", "tile/signature/000"]);
    assert_eq!(tile::tiles(0).count(), 0);
}

/// Beyond a million tiles byte order is no longer the order of the numbers.
#[rstest]
#[case(1)]
#[case(1_000 * 256)]
#[case(1_000 * 256 + 1)]
#[case(999_999 * 256 + 1)]
#[case(1_000_000 * 256 + 1)]
#[case(1_234_067 * 256)]
#[case(2_003_000 * 256)]
fn tiles_come_in_byte_order_of_their_names_and_none_is_missing(#[case] size: u64) {
    let mut last = String::new();
    let mut count = 0;
    for id in tile::tiles(size) {
        let name = id.to_string();
        assert!(last < name, "{last} before {name}");
        assert_eq!(TileId::of_log(id.kind(), id.index(), size), Some(id));
        (last, count) = (name, count + 1);
    }
    assert_eq!(count, tile::tile_count(size));
}

#[rstest]
#[case("tile/0/000", Kind::Hashes { level: 0 }, 0, 256)]
#[case("tile/63/999.p/255", Kind::Hashes { level: 63 }, 999, 255)]
#[case("tile/entries/x001/000.p/1", Kind::Entries, 1000, 1)]
#[case("tile/signature/x001/x234/067", Kind::Signatures, 1_234_067, 256)]
#[case("tile/0/x072/x057/x594/x037/x927/935", Kind::Hashes { level: 0 }, INDEX_MAX, 256)]
fn a_tile_path_reads_and_writes(#[case] path: &str, #[case] kind: Kind, #[case] index: u64, #[case] width: u16) {
    let id = TileId::new(kind, index, width).unwrap();
    assert_eq!(path.parse(), Ok(id));
    assert_eq!(id.to_string(), path);
}

#[rstest]
#[case("/tile/0/000", TileIdError::Prefix)]
#[case("tile/entries", TileIdError::Prefix)]
#[case("tile/64/000", TileIdError::Level)]
#[case("tile/00/000", TileIdError::Level)]
#[case("tile/+1/000", TileIdError::Level)]
#[case("tile//000", TileIdError::Level)]
#[case("tile/data/000", TileIdError::Level)]
#[case("tile/0/", TileIdError::Index)]
#[case("tile/0/0", TileIdError::Index)]
#[case("tile/0/0000", TileIdError::Index)]
#[case("tile/0/+00", TileIdError::Index)]
#[case("tile/0/x000/001", TileIdError::Index)]
#[case("tile/0/001/000", TileIdError::Index)]
#[case("tile/0/x001/x000", TileIdError::Index)]
#[case("tile/0/X001/000", TileIdError::Index)]
#[case("tile/0/000/", TileIdError::Index)]
#[case("tile/0/x072/x057/x594/x037/x927/936", TileIdError::Index)]
#[case("tile/0/x999/x999/x999/x999/x999/x999/x999/999", TileIdError::Index)]
#[case("tile/0/000.p/0", TileIdError::Width)]
#[case("tile/0/000.p/256", TileIdError::Width)]
#[case("tile/0/000.p/01", TileIdError::Width)]
#[case("tile/0/000.p/1/", TileIdError::Width)]
#[case("tile/0/000.p/", TileIdError::Width)]
fn another_spelling_of_a_tile_path_is_refused(#[case] path: &str, #[case] error: TileIdError) {
    assert_eq!(path.parse::<TileId>(), Err(error));
}

#[test]
fn a_tile_that_cannot_be_is_not_made() {
    assert_eq!(TileId::new(Kind::Entries, 0, 0), Err(TileIdError::Width));
    assert_eq!(TileId::new(Kind::Entries, 0, 257), Err(TileIdError::Width));
    assert_eq!(TileId::new(Kind::Entries, INDEX_MAX + 1, 1), Err(TileIdError::Index));
    assert_eq!(TileId::new(Kind::Hashes { level: 64 }, 0, 1), Err(TileIdError::Level));
    assert_eq!(TileId::of_log(Kind::Entries, 1, 256), None);
    assert_eq!(TileId::of_log(Kind::Hashes { level: 63 }, 0, u64::MAX), None);
    assert_eq!(TileId::of_log(Kind::Entries, u64::MAX, u64::MAX), None);
}

proptest! {
    #[test]
    fn paths_are_those_of_tlog_tiles(level in 0_u8..64, index in 0..=INDEX_MAX, width in 1_u16..=256) {
        let id = TileId::new(Kind::Hashes { level }, index, width).unwrap();
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        // Theirs has the height of a tile, 8, in front of the level.
        let theirs = tlog_tiles::Tile::new(8, level, index, width.into(), false).path();
        prop_assert_eq!(id.to_string(), theirs.replacen("tile/8/", "tile/", 1));
    }

    #[test]
    fn what_parses_is_what_is_written(path in "tile/([0-9]{1,2}|entries|signature|x1)/(x?[0-9]{2,3}/){0,2}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(id) = path.parse::<TileId>() {
            prop_assert_eq!(id.to_string(), path);
        }
    }

    #[test]
    fn the_tiles_to_write_are_those_of_tlog_tiles(old in 0_u64..200_000, more in 0_u64..200_000) {
        let new = old + more;
        let ours: Vec<_> = tile::tiles_between(old, new).filter_map(|id| match id.kind() {
            Kind::Hashes { level } => Some((level, id.index(), u32::from(id.width()))),
            Kind::Entries | Kind::Signatures => None,
        }).collect();
        let theirs = tlog_tiles::Tile::new_tiles(8, old, new);
        let theirs: Vec<_> = theirs.iter().map(|tile| (tile.level(), tile.level_index(), tile.width())).collect();
        prop_assert_eq!(&ours, &theirs);
        let level_0 = ours.iter().filter(|(level, ..)| *level == 0).count();
        prop_assert_eq!(tile::tiles_between(old, new).count(), ours.len() + 2 * level_0);
    }

    #[test]
    fn entries_survive_their_tile(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..=256)) {
        let body = tile::encode_entries(&entries).unwrap();
        let width = u16::try_from(entries.len()).unwrap();
        prop_assert_eq!(tile::decode_entries(&body, width).unwrap(), entries);
        prop_assert!(tile::decode_entries(&body[..body.len() - 1], width).is_err());
        prop_assert!(tile::decode_entries(&body, width - 1).is_err());
    }
}

#[test]
fn a_malformed_entries_tile_is_refused() {
    let body = tile::encode_entries(&["one", "three"]).unwrap();
    assert_eq!(body, b"\0\x03one\0\x05three");
    assert_eq!(tile::decode_entries(&body, 3), Err(BodyError::Truncated { place: 2, offset: 12 }));
    assert_eq!(tile::decode_entries(&body[..6], 2), Err(BodyError::Truncated { place: 1, offset: 5 }));
    assert_eq!(tile::decode_entries(&body, 1), Err(BodyError::Trailing { offset: 5 }));
    assert_eq!(tile::decode_entries(&body, 0), Err(BodyError::Places(0)));
    assert_eq!(tile::decode_entries(&body, 257), Err(BodyError::Places(257)));
    let long = vec![0; 65_536];
    assert_eq!(tile::encode_entries(&[&long]), Err(BodyError::EntryTooLong { place: 0, bytes: 65_536 }));
    assert_eq!(tile::encode_entries(&[&long[1..]]).unwrap().len(), 65_537);
    assert_eq!(tile::encode_entries::<&[u8]>(&[]), Err(BodyError::Places(0)));
}

#[test]
fn a_tile_of_fixed_places_has_its_length() {
    let signatures = [[1; 64], [2; 64]];
    let body = tile::encode_signatures(&signatures).unwrap();
    assert_eq!(tile::decode_signatures(&body, 2).unwrap(), signatures);
    assert_eq!(tile::decode_signatures(&body, 1), Err(BodyError::Length { expected: 64, found: 128 }));
    assert_eq!(tile::decode_signatures(&body[1..], 2), Err(BodyError::Length { expected: 128, found: 127 }));
    let hashes = leaves(3);
    let body = tile::encode_hashes(&hashes).unwrap();
    assert_eq!(tile::decode_hashes(&body, 3).unwrap(), hashes);
    assert_eq!(tile::decode_hashes(&body, 4), Err(BodyError::Length { expected: 128, found: 96 }));
}

#[rstest]
fn the_builder_makes_exactly_the_tiles_of_a_log(
    #[values(0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_800)] size: u64,
) {
    let leaves = leaves(size);
    let (tiles, builder) = built(&leaves);
    let mut names: Vec<_> = tiles.keys().copied().collect();
    names.sort_by_key(TileId::to_string);
    assert_eq!(names, hash_tiles(size));
    assert_eq!(builder.size(), size);
    let root = tree::root_at(size, &mut &*leaves).unwrap();
    assert_eq!(builder.root(), root);

    let fetch = |id: TileId| tiles.get(&id).cloned().ok_or(id);
    let mut reader = TileHashes::new(size, fetch);
    assert_eq!(tree::root_at(size, &mut reader), Ok(root));
    let resumed = TileBuilder::resume(size, |id| Ok::<_, BodyError>(tiles[&id].clone())).unwrap();
    assert_eq!(resumed, builder);
}

#[test]
fn every_node_can_be_read_from_tiles() {
    let leaves = leaves(1_100);
    let (tiles, _) = built(&leaves);
    let mut reader = TileHashes::new(1_100, |id: TileId| tiles.get(&id).cloned().ok_or(id));
    for level in 0..=10 {
        for index in 0..1_100 >> level {
            let node = Node { level, index };
            assert_eq!(reader.hash(node).unwrap(), (&*leaves).hash(node).unwrap(), "{node:?}");
        }
        let node = Node { level, index: 1_100 >> level };
        assert_eq!(reader.hash(node), Err(TileHashError::Beyond { node, size: 1_100 }));
    }
    let node = Node { level: 63, index: u64::MAX };
    assert_eq!(reader.hash(node), Err(TileHashError::Beyond { node, size: 1_100 }));
}

#[test]
fn tiles_are_fetched_once_while_they_are_in_use() {
    let leaves = leaves(700);
    let (tiles, _) = built(&leaves);
    let mut fetched = Vec::new();
    let mut reader = TileHashes::new(700, |id: TileId| {
        fetched.push(id.to_string());
        tiles.get(&id).cloned().ok_or(id)
    });
    for index in 0..700 {
        tree::inclusion_proof(index, 700, &mut reader).unwrap();
    }
    fetched.sort();
    assert_eq!(fetched, ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"]);
}

#[test]
fn a_wider_tile_serves_for_a_partial_one_and_a_malformed_one_does_not() {
    let leaves = leaves(300);
    let whole = tile::encode_hashes(&leaves[..256]).unwrap();
    let root = |body: Vec<u8>| tree::root_at(100, &mut TileHashes::new(100, |_| Ok::<_, Infallible>(body.clone())));
    let expected = tree::root_at(100, &mut &*leaves).unwrap();
    assert_eq!(root(whole.clone()), Ok(expected));
    assert_eq!(root(whole[..3_200].to_vec()), Ok(expected));
    for length in [0, 3_199, 3_201, 8_191] {
        assert!(matches!(root(whole[..length].to_vec()), Err(TileHashError::Body { .. })), "{length} bytes");
    }
    assert!(matches!(root([whole.clone(), whole].concat()), Err(TileHashError::Body { .. })));
}

#[test]
fn a_tile_that_cannot_be_fetched_is_named() {
    let mut reader = TileHashes::new(256, |_| Err("gone"));
    let missing = TileId::new(Kind::Hashes { level: 1 }, 0, 1).unwrap();
    assert_eq!(tree::root_at(256, &mut reader), Err(TileHashError::Fetch { tile: missing, source: "gone" }));
    assert_eq!(missing.to_string(), "tile/1/000.p/1");
}

#[test]
fn growing_step_by_step_writes_every_tile_of_the_end() {
    let leaves = leaves(70_000);
    let (mut written, mut builder, mut old) = (HashMap::new(), TileBuilder::new(), 0);
    for new in [1, 255, 256, 300, 513, 65_536, 65_537, 70_000] {
        let mut keep = |id: TileId, hashes: &[Hash]| {
            written.insert(id, hashes.to_vec());
            Ok::<_, Infallible>(())
        };
        for leaf in &leaves[old..new] {
            builder.push(*leaf, &mut keep).unwrap();
        }
        builder.partial_tiles(&mut keep).unwrap();
        for id in tile::tiles_between(old as u64, new as u64) {
            assert!(written.contains_key(&id) || !matches!(id.kind(), Kind::Hashes { .. }), "{id} at {new}");
        }
        old = new;
    }
    assert!(hash_tiles(70_000).iter().all(|id| written.contains_key(id)));
    assert_eq!(written[&full(1, 0)][7], tree::subtree_hash(7 * 256..8 * 256, &mut &*leaves).unwrap());
}
