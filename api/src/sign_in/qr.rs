//! A text as a square that a camera reads (ISO/IEC 18004), drawn here: nothing that it says goes to anybody else.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use crate::error::{Error, Result};

/// Light modules on each side, which the standard asks for.
const QUIET: usize = 4;

/// The square, as an inline image is drawn from it.
pub struct Square {
    /// Its width and height with the light around it, in modules.
    pub size: usize,
    /// What is dark, as the `d` of a path.
    pub path: String,
}

impl Square {
    /// Of a text; about a seventh of it may be hidden and it still reads.
    ///
    /// # Errors
    /// [`Error::Internal`]: it is longer than the largest square holds, 2,331 bytes.
    pub fn of(text: &str) -> Result<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
        let (width, modules) = (code.width(), code.to_colors());
        let mut path = String::new();
        for (y, row) in modules.chunks(width).enumerate() {
            let mut x = QUIET;
            for run in row.chunk_by(|left, right| left == right) {
                let (length, y) = (run.len(), y + QUIET);
                if run.first() == Some(&Color::Dark) {
                    write!(path, "M{x} {y}h{length}v1h-{length}z").expect("a string takes everything");
                }
                x += length;
            }
        }
        Ok(Self { size: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_has_its_three_marks_and_light_around_it() {
        let square = Square::of("otpauth://totp/a").unwrap();
        assert_eq!(square.size, 25 + 2 * QUIET, "16 bytes take the second size");
        let right = QUIET + 25 - 7;
        for mark in [
            format!("M{QUIET} {QUIET}h7v1h-7z"),
            format!("M{right} {QUIET}h7v1h-7z"),
            format!("M{QUIET} {right}h7v1h-7z"),
        ] {
            assert!(square.path.contains(&mark), "{mark}: {}", square.path);
        }
    }

    #[test]
    fn another_text_is_another_square_and_one_that_is_too_long_is_none() {
        assert_ne!(Square::of("otpauth://totp/a").unwrap().path, Square::of("otpauth://totp/b").unwrap().path);
        assert!(Square::of(&"a".repeat(2331)).is_ok());
        assert!(Square::of(&"a".repeat(2332)).is_err());
    }
}
