//! The headers and end records, byte for byte (spec §10). Each function gives the one accepted form; reading is taking
//! the values out and comparing with what these functions make of them.

use std::ops::Range;

use super::Content;

/// Longest name that a header can hold.
pub const NAME_BYTES_MAX: usize = 0xFFFF;
/// Length of a local header without name and extra field.
pub(super) const LOCAL_BYTES: usize = 30;
/// Length of a directory header without name and extra field.
pub(super) const CENTRAL_BYTES: usize = 46;
/// Length of the end record.
pub(super) const END_BYTES: usize = 22;
/// Length of the ZIP64 end record and its locator, which precede the end record together or not at all.
pub(super) const ZIP64_END_BYTES: usize = 56 + 20;

/// A 32-bit field of all ones: the number stands in a ZIP64 extra field or end record.
const OVERFLOW: u64 = 0xFFFF_FFFF;
/// The same of a 16-bit count.
const COUNT_OVERFLOW: u64 = 0xFFFF;
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// UTF-8 names. No data descriptor, no encryption.
const FLAGS: u16 = 0x0800;
/// 1980-01-01, the first day that ZIP can say.
const DATE: u16 = 0x0021;
const ZIP64_EXTRA: u16 = 1;

/// The header before a member's data.
pub(super) fn local(name: &str, content: Content) -> Vec<u8> {
    let big = OVERFLOW <= content.len;
    let extra = if big { vec![content.len, content.len] } else { Vec::new() };
    let mut header = Vec::with_capacity(LOCAL_BYTES + name.len() + 20);
    header.extend(b"PK\x03\x04");
    put_common(&mut header, if big { VERSION_ZIP64 } else { VERSION }, content, name, &extra);
    header.extend(name.as_bytes());
    put_extra(&mut header, &extra);
    header
}

/// The header in the directory of the member whose local header stands at `offset`.
pub(super) fn central(name: &str, content: Content, offset: u64) -> Vec<u8> {
    let mut extra = Vec::new();
    if OVERFLOW <= content.len {
        extra.extend([content.len, content.len]);
    }
    if OVERFLOW <= offset {
        extra.push(offset);
    }
    let mut header = Vec::with_capacity(CENTRAL_BYTES + name.len() + 28);
    header.extend(b"PK\x01\x02");
    put_u16(&mut header, VERSION);
    put_common(&mut header, if extra.is_empty() { VERSION } else { VERSION_ZIP64 }, content, name, &extra);
    // No comment, first disk, no attributes.
    header.extend([0; 2 + 2 + 2 + 4]);
    put_u32(&mut header, offset);
    header.extend(name.as_bytes());
    put_extra(&mut header, &extra);
    header
}

/// The values of a directory header.
pub(super) struct Central {
    pub(super) content: Content,
    pub(super) offset: u64,
}

/// Lengths of the name and of the extra field that follow the fixed part of a directory header.
pub(super) fn central_lengths(fixed: &[u8; CENTRAL_BYTES]) -> (usize, usize) {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
    (u16_at(28), u16_at(30))
}

/// Takes the values out of a directory header; `None` when its extra field is too short for them. Whether it has more,
/// and whether the rest is canonical, shows when [`central`] is made of them again.
pub(super) fn central_values(fixed: &[u8; CENTRAL_BYTES], extra: &[u8]) -> Option<Central> {
    let u32_at = |at: usize| u64::from(u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]));
    // The four bytes in front are the extra field's own id and length.
    let (numbers, []) = extra.get(4..).unwrap_or_default().as_chunks::<8>() else {
        return None;
    };
    let mut numbers = numbers.iter().copied().map(u64::from_le_bytes);
    let (mut len, mut offset) = (u32_at(24), u32_at(42));
    if len == OVERFLOW {
        len = numbers.next()?;
        numbers.next()?;
    }
    if offset == OVERFLOW {
        offset = numbers.next()?;
    }
    let crc = u32::from_le_bytes([fixed[16], fixed[17], fixed[18], fixed[19]]);
    Some(Central { content: Content { len, crc }, offset })
}

/// Where the directory stands and how many members it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) count: u64,
    pub(super) bytes: Range<u64>,
}

/// All that follows the directory.
pub(super) fn end(directory: &Directory) -> Vec<u8> {
    let Directory { count, bytes } = directory;
    let size = bytes.end - bytes.start;
    let mut end = Vec::new();
    if COUNT_OVERFLOW <= *count || OVERFLOW <= size || OVERFLOW <= bytes.start {
        end.extend(b"PK\x06\x06");
        put_u64(&mut end, 44);
        put_u16(&mut end, VERSION_ZIP64);
        put_u16(&mut end, VERSION_ZIP64);
        end.extend([0; 4 + 4]);
        for number in [*count, *count, size, bytes.start] {
            put_u64(&mut end, number);
        }
        end.extend(b"PK\x06\x07\0\0\0\0");
        put_u64(&mut end, bytes.end);
        end.extend([1, 0, 0, 0]);
    }
    end.extend(b"PK\x05\x06\0\0\0\0");
    let short_count = u16::try_from(*count).unwrap_or(u16::MAX);
    put_u16(&mut end, short_count);
    put_u16(&mut end, short_count);
    put_u32(&mut end, size);
    put_u32(&mut end, bytes.start);
    end.extend([0; 2]);
    end
}

/// Whether this end record says that a ZIP64 end record precedes it.
pub(super) fn end_overflows(end: &[u8; END_BYTES]) -> bool {
    end[10..12] == [0xFF; 2] || end[12..16] == [0xFF; 4] || end[16..20] == [0xFF; 4]
}

/// What the end record says, where it says it all.
pub(super) fn end_values(end: &[u8; END_BYTES]) -> Option<Directory> {
    let u32_at = |at: usize| u64::from(u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]));
    let count = u64::from(u16::from_le_bytes([end[10], end[11]]));
    range(count, u32_at(12), u32_at(16))
}

/// What the ZIP64 end record says.
pub(super) fn zip64_end_values(end: &[u8; ZIP64_END_BYTES]) -> Option<Directory> {
    let (numbers, _) = end[32..56].as_chunks::<8>();
    range(u64::from_le_bytes(numbers[0]), u64::from_le_bytes(numbers[1]), u64::from_le_bytes(numbers[2]))
}

fn range(count: u64, size: u64, offset: u64) -> Option<Directory> {
    Some(Directory { count, bytes: offset..offset.checked_add(size)? })
}

/// What local and directory headers have in common: from the version needed to the length of the extra field.
fn put_common(header: &mut Vec<u8>, needed: u16, content: Content, name: &str, extra: &[u64]) {
    let name_len = u16::try_from(name.len()).expect("names are checked to fit");
    put_u16(header, needed);
    put_u16(header, FLAGS);
    // Method 0, stored, and time 0.
    header.extend([0; 2 + 2]);
    put_u16(header, DATE);
    header.extend(content.crc.to_le_bytes());
    put_u32(header, content.len);
    put_u32(header, content.len);
    put_u16(header, name_len);
    put_u16(header, if extra.is_empty() { 0 } else { 4 + extra_len(extra) });
}

fn put_extra(header: &mut Vec<u8>, extra: &[u64]) {
    if !extra.is_empty() {
        put_u16(header, ZIP64_EXTRA);
        put_u16(header, extra_len(extra));
        for number in extra {
            put_u64(header, *number);
        }
    }
}

fn extra_len(extra: &[u64]) -> u16 {
    u16::try_from(8 * extra.len()).expect("at most three numbers")
}

fn put_u16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_le_bytes());
}

/// A 32-bit field, or all ones where the number overflows it.
fn put_u32(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_u64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_le_bytes());
}
