use rstest::rstest;
use serde_json::json;

use super::{ReadError, read};

#[rstest]
#[case("0", json!(0))]
#[case("-7", json!(-7))]
#[case("9007199254740991", json!(9_007_199_254_740_991_i64))]
#[case("9007199254740992", json!("9007199254740992"))]
#[case("-9007199254740992", json!("-9007199254740992"))]
#[case("1688560107.857", json!("1688560107.857"))]
#[case("1.10", json!("1.10"))]
#[case("-0", json!("-0"))]
#[case("1e400", json!("1e400"))]
#[case("123456789012345678901234567890", json!("123456789012345678901234567890"))]
#[case("2.5E-3", json!("2.5E-3"))]
fn a_number_that_is_no_exact_integer_keeps_its_digits_as_text(#[case] digits: &str, #[case] value: serde_json::Value) {
    assert_eq!(read(digits.as_bytes()).unwrap(), value);
}

#[test]
fn values_of_every_kind_are_read() {
    let text = br#" {"a" : [ true, false ,null, "x\u00e9\n" ], "b":{ } , "c" :[]} "#;
    assert_eq!(read(text).unwrap(), json!({"a": [true, false, null, "xé\n"], "b": {}, "c": []}));
}

#[rstest]
#[case(r#"{"a":1,"a":2}"#, ReadError::Twice { at: 7 })]
#[case(r#"{"a":1,"\u0061":2}"#, ReadError::Twice { at: 7 })]
#[case("{", ReadError::End)]
#[case(r#"{"a""#, ReadError::End)]
#[case(r#""a"#, ReadError::End)]
#[case(r#""a\"#, ReadError::End)]
#[case("", ReadError::End)]
#[case("[1,]", ReadError::Unexpected { at: 3 })]
#[case("[1 2]", ReadError::Unexpected { at: 3 })]
#[case(r#"{"a" 1}"#, ReadError::Unexpected { at: 5 })]
#[case("{a:1}", ReadError::Unexpected { at: 1 })]
#[case("nul", ReadError::Unexpected { at: 0 })]
#[case("01", ReadError::Number { at: 0 })]
#[case("1.", ReadError::Number { at: 0 })]
#[case("+1", ReadError::Number { at: 0 })]
#[case("1-2", ReadError::Number { at: 0 })]
#[case("\"a\tb\"", ReadError::Text { at: 0 })]
#[case(r#""\ud800""#, ReadError::Text { at: 0 })]
#[case(r#""\x""#, ReadError::Text { at: 0 })]
#[case("1 1", ReadError::Trailing { at: 2 })]
#[case("{} x", ReadError::Trailing { at: 3 })]
fn a_broken_text_is_refused_with_its_place(#[case] text: &str, #[case] error: ReadError) {
    assert_eq!(read(text.as_bytes()), Err(error));
}

#[test]
fn broken_utf8_is_refused() {
    assert_eq!(read(b"\"\xff\""), Err(ReadError::Text { at: 0 }));
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(read(&nested(128)).is_ok());
    assert_eq!(read(&nested(129)), Err(ReadError::Depth));
    assert_eq!(read(&vec![b'['; 1 << 20]), Err(ReadError::Depth));
}
