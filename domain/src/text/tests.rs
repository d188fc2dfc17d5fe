use rstest::rstest;

use super::*;

#[rstest]
#[case("")]
#[case("one character more than fits")]
fn a_text_is_neither_empty_nor_longer_than_its_place(#[case] text: &str) {
    let chars = text.chars().count();
    assert_eq!(Line::<27>::parse(text), Err(TextError::Length { chars, max: 27 }));
    assert_eq!(Text::<27>::parse(text), Err(TextError::Length { chars, max: 27 }));
}

#[test]
fn the_length_is_counted_in_characters() {
    assert_eq!(Title::parse(&"監".repeat(200)).unwrap().as_str().len(), 600);
    assert!(Title::parse(&"監".repeat(201)).is_err());
}

#[rstest]
#[case("two\nlines")]
#[case("a\ttab")]
#[case("null\0")]
#[case("next\u{85}line")]
fn a_line_has_no_control_characters(#[case] text: &str) {
    assert_eq!(Title::parse(text), Err(TextError::Control { lines: false }));
}

#[rstest]
#[case(" before")]
#[case("after ")]
#[case("after\u{a0}")]
#[case("\u{3000}")]
fn a_line_has_no_blank_at_an_end(#[case] text: &str) {
    assert_eq!(Title::parse(text), Err(TextError::Blank));
}

#[test]
fn a_text_has_lines_and_tabs_and_no_other_control_characters() {
    assert_eq!(Text::<50>::parse(" a\n\tb\n\n").unwrap().as_str(), " a\n\tb\n\n");
    for text in ["a\r\nb", "a\0b", "a\u{1b}[31mb"] {
        assert_eq!(Text::<50>::parse(text), Err(TextError::Control { lines: true }));
    }
}

#[test]
fn an_error_says_what_is_allowed() {
    let said = |error: TextError| error.to_string();
    assert_eq!(said(Title::parse("").unwrap_err()), "a text here has 1 to 200 characters, not 0");
    assert_eq!(said(TextError::Control { lines: false }), "a text here has no control characters");
    assert!(said(TextError::Control { lines: true }).ends_with("but line feeds and tabs"));
}
