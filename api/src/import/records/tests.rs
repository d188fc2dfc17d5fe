use std::io::{self, Read};

use rstest::rstest;

use super::{RECORD_BYTES_MAX, Raw, Records, SplitError};

fn texts(file: &str) -> Vec<String> {
    let records = Records::new(file.as_bytes()).map(|record| match record.unwrap() {
        Raw::Text(text) => String::from_utf8(text).unwrap(),
        Raw::TooLong => "too long".to_owned(),
    });
    records.collect()
}

fn error(file: &[u8]) -> SplitError {
    Records::new(file).find_map(Result::err).unwrap()
}

#[test]
fn records_come_in_file_order_without_the_blanks_between_their_parts() {
    let file = "{ \"Records\" : [\n {\"a\": 1, \"b\": \"x  y\"} ,\r\n\t{\"a\": [1, 2]}\n] }\n";
    assert_eq!(texts(file), [r#"{"a":1,"b":"x  y"}"#, r#"{"a":[1,2]}"#]);
}

#[test]
fn brackets_and_quotes_within_texts_end_nothing() {
    assert_eq!(texts(r#"{"Records":[{"a":"}]\"{[,"},{"b":"\\"}]}"#), [r#"{"a":"}]\"{[,"}"#, r#"{"b":"\\"}"#]);
}

#[test]
fn other_members_are_skipped_on_both_sides() {
    assert_eq!(texts(r#"{"v":"1","x":{"Records":[9]},"Records":[{}],"y":[1,{"z":2}],"w":null}"#), ["{}"]);
}

#[test]
fn a_file_without_records_gives_none() {
    assert_eq!(texts(r#"{"Records":[]}"#), Vec::<String>::new());
}

#[test]
fn what_is_no_object_is_handed_on_for_the_reader_to_refuse() {
    assert_eq!(texts(r#"{"Records":[1,"x",null,[2]]}"#), ["1", "\"x\"", "null", "[2]"]);
}

#[test]
fn two_words_never_become_one() {
    assert_eq!(texts(r#"{"Records":[{"a":1 2},{"a":tr ue}]}"#), [r#"{"a":1 2}"#, r#"{"a":tr ue}"#]);
}

#[test]
fn a_record_that_is_too_long_is_passed_over_and_the_next_one_read() {
    let long = "x".repeat(RECORD_BYTES_MAX);
    assert_eq!(texts(&format!(r#"{{"Records":[{{"a":"{long}"}},{{"b":1}}]}}"#)), ["too long", r#"{"b":1}"#]);
}

#[rstest]
#[case("")]
#[case("[]")]
#[case("hello")]
#[case("{}")]
#[case(r#"{"Events":[]}"#)]
#[case(r#"{"Records":{}}"#)]
fn a_file_of_another_kind_is_named_as_such(#[case] file: &str) {
    assert!(matches!(error(file.as_bytes()), SplitError::NotALog), "{file}");
}

#[test]
fn a_compressed_file_is_named_as_such() {
    assert!(matches!(error(&[0x1f, 0x8b, 8, 0]), SplitError::Gzip));
}

#[rstest]
#[case(r#"{"Records":[{"a":1}"#)]
#[case(r#"{"Records":[{"a":1},"#)]
#[case(r#"{"Records":[{"a":"#)]
#[case(r#"{"Records":[{"a":1}]"#)]
#[case(r#"{"Records":[{"a":1}]} x"#)]
#[case(r#"{"Records":[{"a":1} {"b":1}]}"#)]
#[case(r#"{"Records":[{"a":1},]}"#)]
fn a_damaged_file_gives_its_whole_records_first(#[case] file: &str) {
    let all: Vec<_> = Records::new(file.as_bytes()).collect();
    assert!(matches!(all.last(), Some(Err(SplitError::Damaged { .. }))), "{all:?}");
    assert!(all[..all.len() - 1].iter().all(Result::is_ok), "{all:?}");
    assert!(all.len() <= 3, "it ends after the damage: {all:?}");
}

/// A disk that fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("gone"))
    }
}

#[test]
fn an_error_of_the_disk_is_not_taken_for_the_end() {
    let file = br#"{"Records":[{"a":1}"#.chain(Broken);
    let all: Vec<_> = Records::new(file).collect();
    assert!(matches!(all[..], [Ok(_), Err(SplitError::Io(_))]), "{all:?}");
}

/// A file that is nowhere as a whole.
struct Repeated {
    text: &'static [u8],
    left: usize,
}

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        self.left -= 1;
        buffer[..self.text.len()].copy_from_slice(self.text);
        Ok(self.text.len())
    }
}

#[test]
fn a_long_file_is_read_record_by_record() {
    let records = 200_000;
    let start = io::Cursor::new(br#"{"Records":["#.to_vec());
    let file = start.chain(Repeated { text: br#"{"eventName":"x"},"#, left: records }).chain(&b"{}]}"[..]);
    assert_eq!(Records::new(file).map(Result::unwrap).count(), records + 1);
}
