//! A copy of the terms that an auditor accepted, with what certifies it.

use std::fmt;

use domain::name::Sha256;
use ledger::hash::EntryHash;
use ledger::time::Timestamp;

use super::letter::{Document, Letter, Letterhead};
use super::link::Link;
use super::moment::Moment;
use super::shown::Shown;
use crate::config::PublicUrl;

/// A copy of accepted terms of engagement. The text goes along as a file with exactly the accepted bytes, because a mail
/// system changes line ends and would change the hash with them.
#[derive(Clone, PartialEq, Eq)]
pub struct TermsCopy {
    /// Whose terms they are.
    pub head: Letterhead,
    /// Who accepted them.
    pub name: Option<Shown>,
    /// Which version of them.
    pub version: u32,
    /// The hash of the text.
    pub sha256: Sha256,
    /// The text, at most 30,000 characters, lines ended by LF.
    pub text: String,
    /// When.
    pub accepted_at: Moment,
    /// The entry that records it, by its place in the log.
    pub entry_index: u64,
    /// The hash of that entry.
    pub entry_hash: EntryHash,
    /// The portal.
    pub link: Link,
}

impl TermsCopy {
    /// Invented terms.
    pub fn sample() -> Self {
        let at = Timestamp::parse("2026-11-23T08:12:44.000000Z").expect("a time");
        let offset = time::UtcOffset::from_hms(1, 0, 0).expect("an offset");
        let site = PublicUrl::parse("https://ledger.example.com").expect("a URL");
        let text = "1. You see records of Larkfield Clinic for the engagement alone.\n\n\
                    2. What you do is recorded.\n   That record cannot be changed.\n";
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Ada Hallström")),
            version: 3,
            sha256: Sha256::parse("5ec075e7f84a6f82519c66b1d6bb387f1cd29ee13dfe18a6c2a6a3bbd8400fb2").expect("a hash"),
            text: text.to_owned(),
            accepted_at: Moment::new(at, "Europe/Luxembourg", offset),
            entry_index: 1284,
            entry_hash: EntryHash::from_bytes([0x5a; 32]),
            link: Link::new(&site, "/auditor/portal").expect("a path"),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let organisation = &self.head.organisation;
        let mut letter = Letter::new(
            &self.head,
            &format!("The terms that you accepted at {organisation}"),
            "A copy of the terms that you accepted",
        )
        .to(self.name.as_ref())
        .paragraph(&format!(
            "You accepted the terms under which {organisation} lets you see its records. Below is their text, and with \
             this message comes a file with exactly the bytes that you accepted. Please keep it."
        ))
        .when("Accepted", &self.accepted_at)
        .fact("Version", &self.version.to_string())
        .fact("SHA-256 of the file", self.sha256.as_str())
        .fact("Recorded as entry", &grouped(self.entry_index))
        .fact("Hash of that entry", &self.entry_hash.to_string())
        .action("Open the portal", &self.link)
        .remark(
            "Hash and entry stand in a log in which nothing can be changed unnoticed. The portal shows how to check.",
        );
        letter.document = Some(Document {
            title: Shown::sentence(&format!("Terms of {organisation}, version {}", self.version)),
            file_name: format!("terms-{}.txt", self.version),
            text: self.text.clone(),
        });
        letter
    }
}

/// Without the text, which is the body of the letter.
impl fmt::Debug for TermsCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, sha256, entry_index, .. } = self;
        f.debug_struct("TermsCopy")
            .field("version", version)
            .field("sha256", sha256)
            .field("entry_index", entry_index)
            .finish_non_exhaustive()
    }
}

/// `1,284`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn the_sample_is_certified_by_its_own_hash() {
        let terms = TermsCopy::sample();
        assert_eq!(hex::encode(sha2::Sha256::digest(&terms.text)), terms.sha256.as_str());
    }

    #[test]
    fn large_numbers_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1284, "1,284"), (1_000_000, "1,000,000")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }
}
