//! What only shows in a single header: a directory of 4 GiB cannot be made in a test.

use std::ops::Range;

use rstest::rstest;

use super::record::{self, Directory};
use super::{Content, Name, NameError};

const OVERFLOW: u64 = 0xFFFF_FFFF;

fn end(count: u64, bytes: Range<u64>) -> Vec<u8> {
    record::end(&Directory { count, bytes })
}

#[test]
fn an_end_record_alone_ends_a_small_container() {
    let end = end(3, 100..250);
    assert_eq!(end, b"PK\x05\x06\0\0\0\0\x03\0\x03\0\x96\0\0\0\x64\0\0\0\0\0");
    let read = record::end_values(end.as_slice().try_into().unwrap()).unwrap();
    assert_eq!(read, Directory { count: 3, bytes: 100..250 });
}

#[rstest]
#[case::count(0xFFFF, 100..250, b"\xFF\xFF\xFF\xFF\x96\0\0\0\x64\0\0\0")]
#[case::more(0x1_0000, 100..250, b"\xFF\xFF\xFF\xFF\x96\0\0\0\x64\0\0\0")]
#[case::size(3, 100..100 + OVERFLOW, b"\x03\0\x03\0\xFF\xFF\xFF\xFF\x64\0\0\0")]
#[case::offset(3, OVERFLOW..OVERFLOW + 150, b"\x03\0\x03\0\x96\0\0\0\xFF\xFF\xFF\xFF")]
#[case::all(1 << 40, 1 << 50..1 << 51, &[0xFF; 12])]
fn just_the_fields_that_overflow_are_all_ones(#[case] count: u64, #[case] bytes: Range<u64>, #[case] fields: &[u8]) {
    let end = end(count, bytes.clone());
    let (zip64, end) = end.split_at(76);
    assert_eq!(&end[8..20], fields);
    assert!(record::end_overflows(end.try_into().unwrap()));
    assert_eq!(zip64[..24], *b"PK\x06\x06\x2C\0\0\0\0\0\0\0\x2D\0\x2D\0\0\0\0\0\0\0\0\0");
    assert_eq!(zip64[56..64], *b"PK\x06\x07\0\0\0\0");
    assert_eq!(zip64[64..72], bytes.end.to_le_bytes());
    assert_eq!(zip64[72..], *b"\x01\0\0\0");
    let read = record::zip64_end_values(zip64.try_into().unwrap()).unwrap();
    assert_eq!(read, Directory { count, bytes });
}

#[rstest]
#[case::count(0xFFFE, 100..250)]
#[case::size(3, 100..99 + OVERFLOW)]
#[case::offset(3, OVERFLOW - 1..OVERFLOW + 150)]
fn one_less_does_not_overflow(#[case] count: u64, #[case] bytes: Range<u64>) {
    let end = end(count, bytes.clone());
    assert_eq!(end.len(), 22);
    let end = end.as_slice().try_into().unwrap();
    assert!(!record::end_overflows(end));
    assert_eq!(record::end_values(end), Some(Directory { count, bytes }));
}

#[rstest]
#[case::neither(OVERFLOW - 1, OVERFLOW - 1, &[])]
#[case::size(OVERFLOW, OVERFLOW - 1, &[OVERFLOW, OVERFLOW])]
#[case::offset(OVERFLOW - 1, OVERFLOW, &[OVERFLOW])]
#[case::both(OVERFLOW, 1 << 40, &[OVERFLOW, OVERFLOW, 1 << 40])]
fn a_directory_header_has_what_overflows_in_its_extra_field(
    #[case] len: u64,
    #[case] offset: u64,
    #[case] extra: &[u64],
) {
    let content = Content { len, crc: 0x1234_5678 };
    let header = record::central("a", content, offset);
    let (fixed, rest) = header.split_first_chunk().unwrap();
    let expected: Vec<u8> = extra.iter().flat_map(|number| number.to_le_bytes()).collect();
    assert_eq!(header[4..8], [20, 0, if extra.is_empty() { 20 } else { 45 }, 0]);
    assert_eq!(rest.get(5..).unwrap_or_default(), expected);
    assert_eq!(record::central_lengths(fixed), (1, rest.len() - 1));
    let values = record::central_values(fixed, &rest[1..]).unwrap();
    assert_eq!((values.content, values.offset), (content, offset));
    assert_eq!(record::central_values(fixed, &[]).is_some(), extra.is_empty(), "an extra field that is missing");
}

#[rstest]
#[case(OVERFLOW - 1, 20, 0)]
#[case(OVERFLOW, 45, 20)]
fn a_local_header_has_both_sizes_in_its_extra_field(#[case] len: u64, #[case] needed: u8, #[case] extra: u8) {
    let header = record::local("a", Content { len, crc: 0 });
    assert_eq!(header.len(), 31 + usize::from(extra));
    assert_eq!((header[4], header[28]), (needed, extra));
    if extra > 0 {
        assert_eq!(header[31..35], *b"\x01\0\x10\0");
        assert_eq!(header[35..], [len.to_le_bytes(), len.to_le_bytes()].concat());
        assert_eq!(header[18..26], [0xFF; 8]);
    }
}

#[rstest]
#[case("README.txt")]
#[case("log/tile/0/x001/234.p/56")]
#[case("a-b_c.d/E9")]
#[case("console/com/com10/lpta.txt/nulls")]
fn a_portable_name_is_accepted(#[case] name: &str) {
    assert_eq!(Name::parse(name.as_bytes()).unwrap().as_str(), name);
}

#[rstest]
#[case::empty("")]
#[case::absolute("/a")]
#[case::directory("a/")]
#[case::empty_part("a//b")]
#[case::here("./a")]
#[case::parent("a/../b")]
#[case::hidden(".profile")]
#[case::option("-rf")]
#[case::backslash("a\\b")]
#[case::drive("c:a")]
#[case::space("a b")]
#[case::control("a\nb")]
#[case::umlaut("ä")]
fn a_name_with_other_characters_is_refused(#[case] name: &str) {
    assert!(matches!(Name::parse(name.as_bytes()), Err(NameError::Character(_))));
    assert!(matches!(Name::parse(b"a\xFF"), Err(NameError::Character(_))));
}

#[rstest]
#[case("CON")]
#[case("views/nul.txt")]
#[case("Aux.tar.gz")]
#[case("prn/a")]
#[case("com1")]
#[case("LPT9.x")]
fn a_device_is_no_name(#[case] name: &str) {
    assert_eq!(Name::parse(name.as_bytes()), Err(NameError::Device(name.to_owned())));
}

#[test]
fn a_name_ends_in_no_full_stop_and_fits_its_header() {
    assert_eq!(Name::parse(b"a./b"), Err(NameError::FullStop("a./b".to_owned())));
    assert_eq!(Name::parse(b"a."), Err(NameError::FullStop("a.".to_owned())));
    assert!(Name::parse(&b"a".repeat(0xFFFF)).is_ok());
    assert_eq!(Name::parse(&b"a".repeat(0x1_0000)), Err(NameError::TooLong(0x1_0000)));
}
