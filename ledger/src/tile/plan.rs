//! Which tiles a log has.

use super::{INDEX_MAX, Kind, TileId, WIDTH_MAX};

/// The kinds of tiles that a log of `size` entries has, in byte order of their names.
pub fn kinds(size: u64) -> impl Iterator<Item = Kind> {
    // A u64 reaches level 7, so levels in order of number are in order of name too.
    let levels = (0..8).map(|level| Kind::Hashes { level });
    levels.chain([Kind::Entries, Kind::Signatures]).filter(move |kind| kind.places(size) > 0)
}

/// Every tile of a log of `size` entries, in byte order of their names, as an export needs them.
pub fn tiles(size: u64) -> impl Iterator<Item = TileId> {
    kinds(size).flat_map(move |kind| {
        let last = (kind.places(size) - 1) / u64::from(WIDTH_MAX);
        let indices = std::iter::successors(Some(0), move |index| next_by_name(*index, last));
        indices.map(move |index| TileId::of_log(kind, index, size).expect("up to the last there is one"))
    })
}

/// How many tiles [`tiles`] yields.
pub fn tile_count(size: u64) -> u64 {
    kinds(size).map(|kind| kind.places(size).div_ceil(WIDTH_MAX.into())).sum()
}

/// The tiles to write when a log that has all tiles of size `old` grows to `new`, kind by kind, in order of index:
/// those that became full, and the partial ones of the new size.
pub fn tiles_between(old: u64, new: u64) -> impl Iterator<Item = TileId> {
    kinds(new).filter(move |kind| kind.places(old) < kind.places(new)).flat_map(move |kind| {
        let indices = kind.places(old) / u64::from(WIDTH_MAX)..kind.places(new).div_ceil(WIDTH_MAX.into());
        indices.map(move |index| TileId::of_log(kind, index, new).expect("below the count there is one"))
    })
}

/// The index whose path follows that of `index` in byte order, among the indices up to `last`.
///
/// `x` sorts after the digits: of what lies in one directory first come the files, then the subdirectories.
fn next_by_name(index: u64, last: u64) -> Option<u64> {
    debug_assert!(last <= INDEX_MAX, "so a thousandfold does not overflow");
    if index % 1000 < 999 && index < last {
        return Some(index + 1);
    }
    // A directory is the number that the groups of its files have in common; 0 is the top.
    let mut directory = index / 1000;
    let directory_last = last / 1000;
    let first_child = (directory * 1000).max(1);
    if first_child <= directory_last {
        return Some(first_child * 1000);
    }
    // Nothing below: the next sibling, or that of the closest ancestor that has one.
    while directory > 0 {
        if directory % 1000 < 999 && directory < directory_last {
            return Some((directory + 1) * 1000);
        }
        directory /= 1000;
    }
    None
}
