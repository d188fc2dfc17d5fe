//! Names, times and ids.

use ledger::hash::EntryHash;
use ledger::id::{EntryId, EntryIdError};
use ledger::name::{EventType, EventTypeError, Origin, OriginError, Reference, ReferenceError};
use ledger::time::{Timestamp, TimestampError};
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("a/b", "a", "b")]
#[case("ledger.example.com/acme", "ledger.example.com", "acme")]
#[case("localhost:8443/logs/a_b.c-d", "localhost:8443", "a_b.c-d")]
#[case("0-.:1/0._-", "0-.:1", "0._-")]
#[case("a/entries/b", "a", "b")]
fn an_origin_has_an_authority_and_a_slug(#[case] text: &str, #[case] authority: &str, #[case] slug: &str) {
    let origin = Origin::parse(text).unwrap();
    assert_eq!((origin.as_str(), origin.authority(), origin.slug()), (text, authority, slug));
    assert_eq!(origin.to_string().parse(), Ok(origin));
}

#[rstest]
#[case("", OriginError::NoPath)]
#[case("example.com", OriginError::NoPath)]
#[case("/acme", OriginError::Authority)]
#[case("Example.com/acme", OriginError::Authority)]
#[case(".com/acme", OriginError::Authority)]
#[case("a_b/acme", OriginError::Authority)]
#[case("a:/acme", OriginError::Authority)]
#[case("a:123456/acme", OriginError::Authority)]
#[case("a:1:2/acme", OriginError::Authority)]
#[case("ä.example/acme", OriginError::Authority)]
#[case("a/", OriginError::Part)]
#[case("a//b", OriginError::Part)]
#[case("a/b/", OriginError::Part)]
#[case("a/.b", OriginError::Part)]
#[case("a/b:1", OriginError::Part)]
#[case("a/b c", OriginError::Part)]
#[case("a/b\n", OriginError::Part)]
#[case("a/entries", OriginError::Reserved)]
#[case("a/b/receipts", OriginError::Reserved)]
fn no_origin(#[case] text: &str, #[case] error: OriginError) {
    assert_eq!(Origin::parse(text), Err(error));
}

#[test]
fn an_origin_has_at_most_200_characters() {
    let of_length = |length: usize| format!("a/{}", "b".repeat(length - 2));
    assert!(Origin::parse(&of_length(200)).is_ok());
    assert_eq!(Origin::parse(&of_length(201)), Err(OriginError::TooLong(201)));
}

#[rstest]
#[case("invoice.paid")]
#[case("a.b.c_1.d2")]
#[case("ledger.key.rotated")]
#[case("ledgers.opened")]
#[case("stream.anything")]
fn a_type(#[case] text: &str) {
    assert_eq!(EventType::parse(text).unwrap().to_string(), text);
}

#[rstest]
#[case("", EventTypeError::Form)]
#[case("paid", EventTypeError::Form)]
#[case("invoice.", EventTypeError::Form)]
#[case(".paid", EventTypeError::Form)]
#[case("invoice..paid", EventTypeError::Form)]
#[case("Invoice.paid", EventTypeError::Form)]
#[case("invoice.1paid", EventTypeError::Form)]
#[case("invoice._paid", EventTypeError::Form)]
#[case("invoice.paid-late", EventTypeError::Form)]
#[case("invoice.paid\n", EventTypeError::Form)]
#[case("ledger.closed", EventTypeError::UnknownOfLedger("ledger.closed".into()))]
#[case("ledger.key.lost", EventTypeError::UnknownOfLedger("ledger.key.lost".into()))]
#[case("ledger.opened.again", EventTypeError::UnknownOfLedger("ledger.opened.again".into()))]
fn no_type(#[case] text: &str, #[case] error: EventTypeError) {
    assert_eq!(EventType::parse(text), Err(error));
}

#[rstest]
#[case("a/1", "a", "1")]
#[case("access_grant/018f3b7e-0000", "access_grant", "018f3b7e-0000")]
#[case("ledger/ledger.example.com/acme", "ledger", "ledger.example.com/acme")]
#[case("s3//Bucket:Key", "s3", "/Bucket:Key")]
fn a_reference(#[case] text: &str, #[case] kind: &str, #[case] id: &str) {
    let reference = Reference::parse(text).unwrap();
    assert_eq!((reference.as_str(), reference.kind(), reference.id()), (text, kind, id));
}

#[rstest]
#[case("", ReferenceError::Kind)]
#[case("grant", ReferenceError::Kind)]
#[case("/1", ReferenceError::Kind)]
#[case("Grant/1", ReferenceError::Kind)]
#[case("1grant/1", ReferenceError::Kind)]
#[case("grant/", ReferenceError::IdLength(0))]
#[case("grant/a b", ReferenceError::IdCharacter)]
#[case("grant/a@b", ReferenceError::IdCharacter)]
#[case("grant/ä", ReferenceError::IdCharacter)]
fn no_reference(#[case] text: &str, #[case] error: ReferenceError) {
    assert_eq!(Reference::parse(text), Err(error));
}

#[test]
fn the_id_of_a_reference_has_at_most_200_characters() {
    assert!(Reference::parse(&format!("a/{}", "b".repeat(200))).is_ok());
    assert_eq!(Reference::parse(&format!("a/{}", "b".repeat(201))), Err(ReferenceError::IdLength(201)));
}

#[rstest]
#[case("1970-01-01T00:00:00.000000Z", 0)]
#[case("1970-01-01T00:00:00.000001Z", 1)]
#[case("2000-02-29T12:34:56.789012Z", 951_827_696_789_012)]
#[case("2026-11-22T09:00:01.007919Z", 1_795_338_001_007_919)]
#[case("2100-03-01T00:00:00.000000Z", 4_107_542_400_000_000)]
#[case("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999)]
fn a_time(#[case] text: &str, #[case] micros: i64) {
    assert_eq!(Timestamp::parse(text).unwrap().as_micros(), micros);
    assert_eq!(Timestamp::from_micros(micros).unwrap().to_string(), text);
}

#[rstest]
#[case("", TimestampError::Form)]
#[case("2026-11-22T09:00:01.00791Z", TimestampError::Form)]
#[case("2026-11-22T09:00:01Z", TimestampError::Form)]
#[case("2026-11-22T09:00:01.0079190Z", TimestampError::Form)]
#[case("2026-11-22 09:00:01.007919Z", TimestampError::Form)]
#[case("2026-11-22t09:00:01.007919z", TimestampError::Form)]
#[case("2026-11-22T09:00:01,007919Z", TimestampError::Form)]
#[case("2026-11-22T09:00:01.007919+", TimestampError::Form)]
#[case("+026-11-22T09:00:01.007919Z", TimestampError::Form)]
#[case("2026-00-22T09:00:01.007919Z", TimestampError::Date { year: 2026, month: 0, day: 22 })]
#[case("2026-13-22T09:00:01.007919Z", TimestampError::Date { year: 2026, month: 13, day: 22 })]
#[case("2026-11-00T09:00:01.007919Z", TimestampError::Date { year: 2026, month: 11, day: 0 })]
#[case("2026-11-31T09:00:01.007919Z", TimestampError::Date { year: 2026, month: 11, day: 31 })]
#[case("2026-02-29T09:00:01.007919Z", TimestampError::Date { year: 2026, month: 2, day: 29 })]
#[case("2100-02-29T09:00:01.007919Z", TimestampError::Date { year: 2100, month: 2, day: 29 })]
#[case("1969-12-31T23:59:59.999999Z", TimestampError::Date { year: 1969, month: 12, day: 31 })]
#[case("2026-11-22T24:00:00.000000Z", TimestampError::Clock { hour: 24, minute: 0, second: 0 })]
#[case("2026-11-22T23:60:00.000000Z", TimestampError::Clock { hour: 23, minute: 60, second: 0 })]
#[case("2016-12-31T23:59:60.000000Z", TimestampError::Clock { hour: 23, minute: 59, second: 60 })]
fn no_time(#[case] text: &str, #[case] error: TimestampError) {
    assert_eq!(Timestamp::parse(text), Err(error));
}

#[test]
fn times_end_with_the_year_9999() {
    assert_eq!(Timestamp::from_micros(-1), Err(TimestampError::Range(-1)));
    let beyond = 253_402_300_800_000_000;
    assert_eq!(Timestamp::from_micros(beyond), Err(TimestampError::Range(beyond)));
}

#[test]
fn seconds_are_whole_and_rounded_down() {
    assert_eq!(Timestamp::parse("1970-01-01T00:01:01.999999Z").unwrap().unix_seconds(), 61);
}

#[rstest]
#[case("0199f000-0000-6001-8000-000000000001", EntryIdError::Version)]
#[case("0199f000-0000-7001-c000-000000000001", EntryIdError::Version)]
#[case("0199F000-0000-7001-8000-000000000001", EntryIdError::Form)]
#[case("0199f0000000-7001-8000-000000000001-", EntryIdError::Form)]
#[case("0199f000000070018000000000000001", EntryIdError::Form)]
#[case("{199f000-0000-7001-8000-000000000001", EntryIdError::Form)]
fn no_id(#[case] text: &str, #[case] error: EntryIdError) {
    assert_eq!(EntryId::parse(text), Err(error));
}

#[rstest]
#[case("00")]
#[case("0000000000000000000000000000000000000000000000000000000000000000 ")]
#[case("000000000000000000000000000000000000000000000000000000000000000A")]
#[case("000000000000000000000000000000000000000000000000000000000000000g")]
fn no_hash(#[case] text: &str) {
    assert!(EntryHash::parse(text).is_err());
}

#[test]
fn the_id_after_the_last_of_a_millisecond_is_in_the_next_one() {
    let time = Timestamp::from_micros(1_795_338_001_007_919).unwrap();
    let last = EntryId::next(None, time, [0xff; 10]);
    assert_eq!(last.to_string(), "01a2027b-da6f-7fff-bfff-ffffffffffff");
    assert_eq!(EntryId::next(Some(last), time, [0xff; 10]).to_string(), "01a2027b-da70-7000-8000-000000000000");
}

proptest! {
    #[test]
    fn every_time_is_read_back(micros in 0..253_402_300_800_000_000_i64) {
        let time = Timestamp::from_micros(micros).unwrap();
        prop_assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        let other = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap();
        let form = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
        prop_assert_eq!(time.to_string(), other.format(form).unwrap());
    }

    #[test]
    fn ids_are_of_version_7_and_always_grow(
        draws in prop::collection::vec((0..3000_i64, any::<[u8; 10]>(), any::<bool>()), 1..20),
    ) {
        let (mut micros, mut previous) = (1_795_338_001_000_000, None);
        for (step, entropy, same) in draws {
            micros += step;
            let entropy = if same { [0; 10] } else { entropy };
            let id = EntryId::next(previous, Timestamp::from_micros(micros).unwrap(), entropy);
            prop_assert!(previous < Some(id));
            prop_assert_eq!(EntryId::parse(&id.to_string()), Ok(id));
            prop_assert_eq!(EntryId::from_bytes(*id.as_bytes()), Ok(id));
            let other = uuid::Uuid::from_bytes(*id.as_bytes());
            prop_assert_eq!(other.get_version_num(), 7);
            prop_assert_eq!(other.get_variant(), uuid::Variant::RFC4122);
            prop_assert_eq!(other.to_string(), id.to_string());
            previous = Some(id);
        }
    }
}
