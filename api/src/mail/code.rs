//! The one-time code that confirms an address.

use std::fmt;

use thiserror::Error;

use super::letter::{Letter, Letterhead};
use super::link::Link;
use super::shown::Shown;
use crate::config::PublicUrl;

/// Fewest and most digits: of six, five guesses hit one code in 200,000; ten can still be typed.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=10;

/// The digits of a code. Neither its `Debug` form nor an error shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

/// A text that is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a code has {} to {} digits", DIGITS.start(), DIGITS.end())]
pub struct DigitsError;

impl Digits {
    /// Takes 6 to 10 ASCII digits.
    ///
    /// # Errors
    /// [`DigitsError`], without the text.
    pub fn parse(text: &str) -> Result<Self, DigitsError> {
        let fits = DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err(DigitsError) }
    }

    /// In two groups, which people carry over without a mistake.
    fn grouped(&self) -> String {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        format!("{first} {second}")
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(..)")
    }
}

/// A code that confirms that its reader gets mail at this address. It has no button: whoever reads it has the page
/// that asks for it open, and a message that leads people to a page where they type codes is what thieves send too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Whose portal asks for it.
    pub head: Letterhead,
    /// What the reader is called.
    pub name: Option<Shown>,
    /// The code.
    pub digits: Digits,
    /// How long it works, at most 10 (NIST SP 800-63B).
    pub valid_minutes: u8,
    /// The page that asks for it; only its host is shown.
    pub page: Link,
}

impl Code {
    /// An invented code.
    pub fn sample() -> Self {
        let site = PublicUrl::parse("https://ledger.example.com").expect("a URL");
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Ada Hallström")),
            digits: Digits::parse("40718265").expect("digits"),
            valid_minutes: 10,
            page: Link::new(&site, "/auditor/code").expect("a path"),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let organisation = &self.head.organisation;
        let site = self.page.site();
        // Not the code itself: lists and lock screens show subjects to whoever stands by.
        let subject = format!("Your code for the portal of {organisation}");
        let mut letter = Letter::new(&self.head, &subject, "Your code")
            .to(self.name.as_ref())
            .paragraph(&format!(
                "The portal of {organisation} at {site} asks for this code, to confirm that you get mail at this address."
            ))
            .fact("Valid", &format!("once, for {} minutes", self.valid_minutes))
            .remark(&format!("Type it on the page that you have open at {site}, and nowhere else. Nobody will ask you for it."))
            .remark(&format!(
                "If you have no such page open, somebody else has your link. Do not pass the code on, and tell {}.",
                self.head.whom_to_ask()
            ));
        letter.code = Some(Shown::sentence(&self.digits.grouped()));
        letter
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("12345")]
    #[case("12345678901")]
    #[case("1234567a")]
    #[case("١٢٣٤٥٦")]
    fn what_is_not_digits_is_no_code(#[case] text: &str) {
        assert_eq!(Digits::parse(text), Err(DigitsError));
        assert_eq!(DigitsError.to_string(), "a code has 6 to 10 digits");
    }

    #[test]
    fn a_code_does_not_come_out_in_debug_output_or_in_the_subject() {
        let code = Code::sample();
        assert!(!format!("{code:?}").contains("4071"));
        assert!(!code.letter().subject.as_str().contains("4071"));
    }
}
