//! The strict reader: every rejection, and agreement with two other implementations.

use ledger::json::{self, DEPTH_MAX, JsonError, JsonProblem, Object, ShapeError, ValueError};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::byte_order_mark(b"\xef\xbb\xbf{}", 0, JsonProblem::ByteOrderMark)]
#[case::not_utf8(b"[\"\xff\"]", 2, JsonProblem::NotUtf8)]
#[case::surrogate_in_utf8(b"[\"\xed\xa0\x80\"]", 2, JsonProblem::NotUtf8)]
#[case::nothing(b"", 0, JsonProblem::UnexpectedEnd)]
#[case::open_object(b"{", 1, JsonProblem::UnexpectedEnd)]
#[case::open_string(b"\"a", 2, JsonProblem::UnexpectedEnd)]
#[case::open_escape(b"\"\\", 2, JsonProblem::UnexpectedEnd)]
#[case::open_numeric_escape(b"\"\\u00", 5, JsonProblem::UnexpectedEnd)]
#[case::lone_minus(b"-", 1, JsonProblem::UnexpectedEnd)]
#[case::minus_and_letter(b"-a", 1, JsonProblem::UnexpectedByte)]
#[case::plus(b"+1", 0, JsonProblem::UnexpectedByte)]
#[case::no_digit_before_the_point(b".5", 0, JsonProblem::UnexpectedByte)]
#[case::half_a_word(b"[nul]", 4, JsonProblem::UnexpectedByte)]
#[case::other_words(b"NaN", 0, JsonProblem::UnexpectedByte)]
#[case::comma_at_the_end(b"[1,]", 3, JsonProblem::UnexpectedByte)]
#[case::comma_before_the_brace(b"{\"a\":1,}", 7, JsonProblem::UnexpectedByte)]
#[case::no_comma(b"[1 2]", 3, JsonProblem::UnexpectedByte)]
#[case::no_colon(b"{\"a\" 1}", 5, JsonProblem::UnexpectedByte)]
#[case::name_without_quotes(b"{a:1}", 1, JsonProblem::UnexpectedByte)]
#[case::other_quotes(b"'a'", 0, JsonProblem::UnexpectedByte)]
#[case::other_white_space(b"\x0c1", 0, JsonProblem::UnexpectedByte)]
#[case::wrong_bracket(b"[1}", 2, JsonProblem::UnexpectedByte)]
#[case::comment(b"{/**/}", 1, JsonProblem::UnexpectedByte)]
#[case::trailing_value(b"{} {}", 3, JsonProblem::Trailing)]
#[case::trailing_nul(b"{}\0", 2, JsonProblem::Trailing)]
#[case::duplicate(b"{\"a\":1,\"a\":2}", 7, JsonProblem::DuplicateMember("a".into()))]
#[case::duplicate_apart(b"{\"a\":1,\"b\":1,\"a\":1}", 13, JsonProblem::DuplicateMember("a".into()))]
#[case::duplicate_by_escape(b"{\"a\":1,\"\\u0061\":1}", 7, JsonProblem::DuplicateMember("a".into()))]
#[case::fraction(b"[1.5]", 1, JsonProblem::Fraction)]
#[case::zero_fraction(b"[1.0]", 1, JsonProblem::Fraction)]
#[case::fraction_of_zero(b"[-0.0]", 1, JsonProblem::Fraction)]
#[case::exponent(b"[1e3]", 1, JsonProblem::Exponent)]
#[case::capital_exponent(b"[1E3]", 1, JsonProblem::Exponent)]
#[case::minus_zero(b"[-0]", 1, JsonProblem::MinusZero)]
#[case::leading_zero(b"[01]", 1, JsonProblem::LeadingZero)]
#[case::two_zeros(b"[00]", 1, JsonProblem::LeadingZero)]
#[case::leading_zero_after_minus(b"[-01]", 1, JsonProblem::LeadingZero)]
#[case::too_large(b"9007199254740992", 0, JsonProblem::NumberTooLarge)]
#[case::too_small(b"-9007199254740992", 0, JsonProblem::NumberTooLarge)]
#[case::far_too_large(b"99999999999999999999999999999999999999999", 0, JsonProblem::NumberTooLarge)]
#[case::nul(b"\"a\0\"", 2, JsonProblem::NulCharacter)]
#[case::nul_escaped(b"\"a\\u0000\"", 2, JsonProblem::NulCharacter)]
#[case::nul_in_a_name(b"{\"\\u0000\":1}", 2, JsonProblem::NulCharacter)]
#[case::control_character(b"\"\n\"", 1, JsonProblem::ControlCharacter)]
#[case::unknown_escape(b"\"\\x41\"", 1, JsonProblem::UnknownEscape)]
#[case::escape_without_digits(b"\"\\u00g0\"", 5, JsonProblem::UnknownEscape)]
#[case::escape_of_other_digits("\"\\u٠٠٠٠\"".as_bytes(), 3, JsonProblem::UnknownEscape)]
#[case::high_surrogate(b"\"\\ud800\"", 1, JsonProblem::LoneSurrogate)]
#[case::low_surrogate(b"\"\\udc00\"", 1, JsonProblem::LoneSurrogate)]
#[case::surrogates_swapped(b"\"\\udc00\\ud800\"", 1, JsonProblem::LoneSurrogate)]
#[case::two_high_surrogates(b"\"\\ud800\\ud800\"", 1, JsonProblem::LoneSurrogate)]
#[case::high_surrogate_and_text(b"\"\\ud800x\"", 1, JsonProblem::LoneSurrogate)]
fn is_rejected_in_both_forms(#[case] text: &[u8], #[case] offset: usize, #[case] problem: JsonProblem) {
    assert_eq!(json::parse(text), Err(JsonError { offset, problem }));
    json::parse_canonical(text).unwrap_err();
}

#[rstest]
#[case::space_inside(b"{\"a\": 1}", 5, JsonProblem::WhiteSpace)]
#[case::space_in_front(b" {}", 0, JsonProblem::WhiteSpace)]
#[case::line_feed_at_the_end(b"{}\n", 2, JsonProblem::WhiteSpace)]
#[case::space_in_an_empty_array(b"[ ]", 1, JsonProblem::WhiteSpace)]
#[case::space_after_a_comma(b"[1, 2]", 3, JsonProblem::WhiteSpace)]
#[case::order(b"{\"b\":1,\"a\":1}", 7, JsonProblem::MemberOrder("a".into()))]
#[case::order_by_code_point("{\"\u{e000}\":1,\"\u{10000}\":1}".as_bytes(), 9, JsonProblem::MemberOrder("\u{10000}".into()))]
#[case::order_of_prefixes(b"{\"ab\":1,\"a\":1}", 8, JsonProblem::MemberOrder("a".into()))]
#[case::solidus(b"\"\\/\"", 1, JsonProblem::EscapeForm)]
#[case::letter_escaped(b"\"\\u0061\"", 1, JsonProblem::EscapeForm)]
#[case::line_feed_by_number(b"\"\\u000a\"", 1, JsonProblem::EscapeForm)]
#[case::quote_by_number(b"\"\\u0022\"", 1, JsonProblem::EscapeForm)]
#[case::capital_digits(b"\"\\u001F\"", 1, JsonProblem::EscapeForm)]
#[case::delete_escaped(b"\"\\u007f\"", 1, JsonProblem::EscapeForm)]
#[case::pair_escaped(b"\"\\ud83d\\ude00\"", 1, JsonProblem::EscapeForm)]
fn is_rejected_in_canonical_form_only(#[case] text: &[u8], #[case] offset: usize, #[case] problem: JsonProblem) {
    assert_eq!(json::parse_canonical(text), Err(JsonError { offset, problem }));
    let value = json::parse(text).unwrap();
    assert_eq!(value, serde_json::from_slice::<Value>(text).unwrap());
    assert_eq!(json::parse_canonical(&json::canonical(&value)), Ok(value));
}

#[rstest]
#[case(b"0", json!(0))]
#[case(b"-1", json!(-1))]
#[case(b"9007199254740991", json!(9_007_199_254_740_991_i64))]
#[case(b"-9007199254740991", json!(-9_007_199_254_740_991_i64))]
#[case(b"[true,false,null,{},[],\"\"]", json!([true, false, null, {}, [], ""]))]
#[case("{\"\":1,\"A\":2,\"a\":3,\"\u{7f}é\":4,\"\u{10000}\":5,\"\u{e000}\":6}".as_bytes(), json!({"": 1, "A": 2, "a": 3, "\u{7f}é": 4, "\u{10000}": 5, "\u{e000}": 6}))]
#[case(b"\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\"", json!("\u{8}\t\n\u{c}\r\"\\/\u{1}\u{1f}"))]
fn is_canonical(#[case] text: &[u8], #[case] value: Value) {
    assert_eq!(json::parse_canonical(text), Ok(value.clone()));
    assert_eq!(json::parse(text), Ok(value.clone()));
    assert_eq!(json::canonical(&value), text);
}

#[test]
fn white_space_and_any_order_are_taken_where_the_form_is_not_asked_for() {
    let text = b" {\t\"b\" :\r\n[ 1 , 2 ] , \"a\":\"\\u0041\\/\\ud83d\\ude00\" } \n";
    assert_eq!(json::parse(text), Ok(json!({"a": "A/😀", "b": [1, 2]})));
}

#[rstest]
#[case("[", "]")]
#[case("{\"a\":", "}")]
fn the_depth_is_limited_to_32_with_the_outermost_as_1(#[case] open: &str, #[case] close: &str) {
    let nested = |levels: usize| [open.repeat(levels), "1".into(), close.repeat(levels)].concat();
    let deepest = json::parse_canonical(nested(DEPTH_MAX).as_bytes()).unwrap();
    assert_eq!(json::canonical(&deepest), nested(DEPTH_MAX).as_bytes());
    let too_deep = nested(DEPTH_MAX + 1);
    let error = json::parse(too_deep.as_bytes()).unwrap_err();
    assert_eq!(error, JsonError { offset: open.len() * DEPTH_MAX, problem: JsonProblem::TooDeep });
    let value: Value = serde_json::from_str(&too_deep).unwrap();
    assert_eq!(json::try_canonical(&value), Err(ValueError::TooDeep));
}

#[rstest]
#[case::numbers(b"[1,2,3]", 4)]
#[case::members(b"{\"a\":{\"b\":true},\"c\":\"d\"}", 4)]
#[case::empty(b"[[],{},null]", 4)]
#[case::alone(b"0", 1)]
fn each_value_counts_towards_the_limit_and_no_name_does(#[case] text: &[u8], #[case] values: usize) {
    assert_eq!(json::parse_within(text, values), json::parse(text));
    let error = json::parse_within(text, values - 1).unwrap_err();
    assert_eq!(error.problem, JsonProblem::TooMany(values - 1));
}

#[test]
fn depth_counts_what_is_open_not_what_was() {
    let text = format!("[{}1]", "[[]],".repeat(100));
    json::parse_canonical(text.as_bytes()).unwrap();
}

#[test]
fn a_very_deep_text_does_not_exhaust_the_stack() {
    let text = "[".repeat(1_000_000);
    assert_eq!(json::parse(text.as_bytes()).unwrap_err().problem, JsonProblem::TooDeep);
}

#[rstest]
#[case(json!(1.5), ValueError::Number("1.5".into()))]
#[case(json!([1.0]), ValueError::Number("1.0".into()))]
#[case(json!(9_007_199_254_740_992_i64), ValueError::Number("9007199254740992".into()))]
#[case(json!(u64::MAX), ValueError::Number("18446744073709551615".into()))]
#[case(json!({"a\0": 1}), ValueError::NulCharacter)]
#[case(json!(["\0"]), ValueError::NulCharacter)]
fn a_value_that_would_not_be_read_is_not_written(#[case] value: Value, #[case] error: ValueError) {
    assert_eq!(json::try_canonical(&value), Err(error));
}

#[rstest]
#[case(json!([]), ShapeError::NotAnObject { object: "it" })]
#[case(json!({"a": "x"}), ShapeError::Missing { object: "it", member: "n" })]
#[case(json!({"a": "x", "n": 1, "z": 1}), ShapeError::Unknown { object: "it", member: "z".into() })]
#[case(json!({"a": 1, "n": 1}), ShapeError::Kind { object: "it", member: "a", expected: "a text" })]
#[case(json!({"a": "x", "n": -1}), ShapeError::Kind { object: "it", member: "n", expected: "a number from 0 on" })]
#[case(json!({"a": "x", "n": 1, "o": null}), ShapeError::Kind { object: "it", member: "o", expected: "a text" })]
#[case(json!({"a": "x", "n": 1, "l": {}}), ShapeError::Kind { object: "it", member: "l", expected: "an array" })]
fn an_object_of_another_shape_is_told_from_the_right_one(#[case] value: Value, #[case] error: ShapeError) {
    let read = |value| {
        let object = Object::closed("it", value, &["a", "n"], &["l", "o"])?;
        object.text("a")?;
        object.number("n")?;
        object.optional_text("o")?;
        if object.has("l") { object.array("l").map(<[Value]>::len) } else { Ok(0) }
    };
    assert_eq!(read(&value), Err(error));
    assert_eq!(read(&json!({"a": "x", "n": 1, "l": [1, 2], "o": "y"})), Ok(2));
}

/// Values of this format, shallow enough to be wrapped once more.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let name = "[^\0]{0,6}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-json::NUMBER_MAX..=json::NUMBER_MAX).prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        "[^\0]{0,12}".prop_map(Value::from),
        "[a-c\\\\\"/\u{1}-\u{1f}\u{7f}\u{e000}\u{10000}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn the_canonical_form_is_that_of_another_implementation(value in values()) {
        let ours = json::canonical(&value);
        prop_assert_eq!(&ours, &serde_json_canonicalizer::to_vec(&value).unwrap());
        prop_assert_eq!(json::parse_canonical(&ours), Ok(value));
    }

    #[test]
    fn what_is_accepted_is_what_another_reader_reads(
        value in values(),
        pretty in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{},:\"\\\\0-9eE.u+\\- \tnad]"), 0..3),
    ) {
        let mut text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        for (place, new) in edits {
            let (at, old) = text.char_indices().nth(place.index(text.chars().count())).unwrap();
            text.replace_range(at..at + old.len_utf8(), &new);
        }
        if let Ok(read) = json::parse(text.as_bytes()) {
            prop_assert_eq!(&read, &serde_json::from_str::<Value>(&text).unwrap());
            let canonical = json::canonical(&read);
            prop_assert_eq!(json::parse_canonical(text.as_bytes()).is_ok(), canonical == text.as_bytes());
        } else {
            prop_assert!(json::parse_canonical(text.as_bytes()).is_err());
        }
    }
}
