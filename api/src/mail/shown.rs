//! Text that is shown to people.

use std::fmt;

/// Longest value that a letter repeats: a name has 200 characters at most, and beyond that nobody reads on.
const VALUE_CHARS_MAX: usize = 300;
/// Width of plain text: what a letter on paper has, and short of 78, at which old programs break lines themselves.
const PLAIN_COLUMNS: usize = 72;

/// One line of text without anything that acts instead of being read: control characters, characters that change the
/// direction of what follows, and ones that cannot be seen. Blanks and line breaks have become single spaces.
///
/// Whatever a letter or a header shows is one, so no name can end a header, begin a line, or make an address read
/// backwards. It is still escaped where it goes into HTML. Its `Debug` form does not show it: it may be a person's name.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// Takes a value that somebody wrote, at most 300 characters of it; `(unnamed)` if there is nothing to see in it.
    pub fn new(text: &str) -> Self {
        let mut shown = Self::sentence(text);
        if let Some((end, _)) = shown.0.char_indices().nth(VALUE_CHARS_MAX) {
            shown.0.truncate(end);
            shown.0.push('…');
        }
        if shown.0.is_empty() {
            "(unnamed)".clone_into(&mut shown.0);
        }
        shown
    }

    /// Takes a sentence of our own, or a line of a document, of any length; there may be nothing in it.
    pub(super) fn sentence(text: &str) -> Self {
        let seen: String =
            text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !acts(*c)).collect();
        Self(seen.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lines of 72 columns, each of them indented. A word that is longer, such as an address, stays in one piece.
    pub(super) fn wrapped(&self, indent: usize) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut lines: Vec<String> = Vec::new();
        let mut columns = 0;
        for word in self.0.split(' ') {
            let width = word.chars().count();
            match lines.last_mut() {
                Some(line) if indent + columns + 1 + width <= PLAIN_COLUMNS => {
                    line.push(' ');
                    line.push_str(word);
                    columns += 1 + width;
                }
                _ => {
                    lines.push(format!("{}{word}", " ".repeat(indent)));
                    columns = width;
                }
            }
        }
        lines.join("\n")
    }
}

/// Whether a character does something to the text around it. Joiners (U+200C, U+200D) stay: words in several scripts
/// are spelt with them.
fn acts(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' // may or may not be there
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
        | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' // no width
        | '\u{fff9}'..='\u{fffb}' // annotations
        | '\u{e0000}'..='\u{e0fff}' // tags: text in the text
    );
    c.is_control() || invisible
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(..)")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Acme\r\nBcc: all@example.com", "Acme Bcc: all@example.com")]
    #[case("Acme\u{2028}Ltd\u{2029}", "Acme Ltd")]
    #[case("  Acme \t Ltd ", "Acme Ltd")]
    #[case("\u{202e}moc.live\u{202c}", "moc.live")]
    #[case("A\u{200b}c\u{ad}m\u{feff}e\u{e0041}", "Acme")]
    #[case("\u{1b}[31mAcme\0", "[31mAcme")]
    #[case("\u{202e}\u{2066}", "(unnamed)")]
    #[case("می\u{200c}خواهم", "می\u{200c}خواهم")]
    #[case("<b>&\"Acme\"", "<b>&\"Acme\"")]
    fn what_is_shown_cannot_act(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(Shown::new(text).as_str(), shown);
        assert_eq!(Shown::new(shown).as_str(), shown, "cleaning twice is cleaning once");
    }

    #[test]
    fn a_value_that_nobody_would_read_is_cut_short() {
        let shown = Shown::new(&"é".repeat(301));
        assert_eq!(shown.as_str().chars().count(), 301);
        assert!(shown.as_str().ends_with("é…"));
        assert_eq!(Shown::new(&"é".repeat(300)).as_str().chars().count(), 300);
    }

    #[test]
    fn lines_are_wrapped_at_blanks_alone() {
        let address = format!("https://ledger.example.com/auditor/{}", "a".repeat(96));
        let text = format!("{} {address} {}", "word ".repeat(20), "word ".repeat(20));
        let wrapped = Shown::sentence(&text).wrapped(2);
        assert!(wrapped.lines().any(|line| line == format!("  {address}")), "{wrapped}");
        assert!(wrapped.lines().all(|line| line.chars().count() <= 72 || line.contains(&address)), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().count(), 41);
    }

    #[test]
    fn a_name_does_not_come_out_in_debug_output() {
        assert_eq!(format!("{:?}", Shown::new("Ada Lovelace")), "Shown(..)");
    }
}
