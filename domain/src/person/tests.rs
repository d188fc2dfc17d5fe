use rstest::rstest;

use super::*;

#[rstest]
#[case("ada@example.org")]
#[case("a@b.c")]
#[case("first.last+audit@sub.example.co.uk")]
#[case("üñï@bücher.example")]
fn an_address_is_kept_as_it_was_written(#[case] text: &str) {
    assert_eq!(Email::parse(text).unwrap().as_str(), text);
}

#[rstest]
#[case("", EmailError::At)]
#[case("example.org", EmailError::At)]
#[case("a@b@example.org", EmailError::At)]
#[case("@example.org", EmailError::Local)]
#[case("ada@example", EmailError::Domain)]
#[case("ada@", EmailError::Domain)]
#[case("ada@example..org", EmailError::Domain)]
#[case("ada@.org", EmailError::Domain)]
#[case("ada lovelace@example.org", EmailError::Blank)]
#[case("ada@example.org\r\nBcc: x@example.org", EmailError::At)]
#[case("ada@example.org\r\n", EmailError::Blank)]
#[case("ada@exam\u{a0}ple.org", EmailError::Blank)]
fn what_is_no_address_is_refused(#[case] text: &str, #[case] error: EmailError) {
    assert_eq!(Email::parse(text), Err(error));
}

#[test]
fn an_address_has_its_lengths_at_most() {
    let of = |local: usize, total: usize| format!("{}@{}.org", "l".repeat(local), "d".repeat(total - local - 5));
    assert!(Email::parse(&of(64, 254)).is_ok());
    assert_eq!(Email::parse(&of(64, 255)), Err(EmailError::TooLong { bytes: 255 }));
    assert_eq!(Email::parse(&of(65, 100)), Err(EmailError::Local));
}

#[test]
fn a_name_is_short_and_visible() {
    assert_eq!(PersonName::parse("Ada Prüfer").unwrap().as_str(), "Ada Prüfer");
    assert_eq!(PersonName::parse(""), Err(NameError::Length { chars: 0 }));
    assert!(Firm::parse(&"é".repeat(200)).is_ok());
    assert_eq!(Firm::parse(&"é".repeat(201)), Err(NameError::Length { chars: 201 }));
    assert_eq!(PersonName::parse("Ada\nPrüfer"), Err(NameError::Control));
    assert_eq!(PersonName::parse(" Ada"), Err(NameError::Blank));
}

#[test]
fn a_user_agent_is_cut_and_never_refused() {
    assert_eq!(UserAgent::new("curl/8.0\r\n").unwrap().as_str(), "curl/8.0");
    assert_eq!(UserAgent::new(&"é".repeat(600)).unwrap().as_str().chars().count(), 512);
    assert_eq!(UserAgent::new("\r\n"), None);
}

#[test]
fn nothing_personal_shows_when_it_is_debugged() {
    let email = Email::parse("ada@example.org").unwrap();
    let name = PersonName::parse("Ada").unwrap();
    let agent = UserAgent::new("Firefox").unwrap();
    assert_eq!(format!("{email:?} {name:?} {agent:?}"), "Email(..) PersonName(..) UserAgent(..)");
}
