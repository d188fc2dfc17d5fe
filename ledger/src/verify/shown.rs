//! Text of strangers, made safe to look at.

use std::fmt::Write;

/// `text` with all characters escaped that move the cursor, change the direction of writing or cannot be seen, so that
/// what is printed of an export cannot pose as a verdict (spec §11, last paragraph).
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if deceives(character) {
            write!(shown, "\\u{{{:x}}}", u32::from(character)).expect("writing to a String succeeds");
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, the bidirectional controls of UAX #9, and what has no width.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert_eq!(shown("Prüfung beendet — 監査終了 😀"), "Prüfung beendet — 監査終了 😀");
    }

    #[test]
    fn an_escape_sequence_cannot_paint_a_verdict() {
        assert_eq!(shown("\u{1b}[2K\rok"), "\\u{1b}[2K\\u{d}ok");
    }

    #[test]
    fn a_text_cannot_change_its_direction() {
        assert_eq!(shown("a\u{202e}b\u{2066}c\u{200f}"), "a\\u{202e}b\\u{2066}c\\u{200f}");
    }
}
