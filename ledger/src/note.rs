//! C2SP signed notes: a text and the signatures under it (spec §6).

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use thiserror::Error;

use crate::cosignature::Cosigner;
use crate::key::{KeyId, SigningKey, Vkey, is_key_name};

const LINE_START: &str = "\u{2014} ";

/// Signature lines at most. The standard asks for a limit, of 16 or more. A policy names up to 1024 witnesses: all of them
/// may cosign, and as many others whom nobody here knows.
pub const SIGNATURES_MAX: usize = 2048;

/// A text with signatures that nobody has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key that signed, if the line is true.
    pub name: String,
    /// Its id.
    pub key_id: KeyId,
    /// What the key made of the text, in the form of its type; at least one byte.
    pub bytes: Vec<u8>,
}

/// What the known keys say of a note. It lists lines in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<'a> {
    /// The keys whose signature holds.
    pub signed: Vec<&'a Vkey>,
    /// The cosigners whose signature holds, and when they made it.
    pub cosigned: Vec<Cosigned<'a>>,
    /// Lines by keys that are not known here. They prove nothing.
    pub ignored: Vec<&'a NoteSignature>,
}

/// A cosignature that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosigned<'a> {
    /// Whose it is.
    pub cosigner: &'a Cosigner,
    /// When it was made, in seconds since 1970, by the cosigner's word.
    pub time: u64,
}

/// Why bytes are not a note, or a note is rejected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// A character below U+0020 other than a line feed.
    #[error("a note has no control characters")]
    ControlCharacter,
    /// No empty line between a text and its signatures.
    #[error("a note is a text, an empty line and signatures")]
    NoSignatures,
    /// The last line does not end.
    #[error("a note ends with a line feed")]
    Unterminated,
    /// A signature line is not a dash, a name and base64 of an id and a signature.
    #[error("signature line {0} is malformed")]
    Line(usize),
    /// More signature lines than anybody needs.
    #[error("a note has at most {SIGNATURES_MAX} signature lines")]
    TooManySignatures,
    /// The text cannot stand in a note: it must end with a line feed.
    #[error("the text of a note ends with a line feed")]
    Text,
    /// Two different known keys have the same name and id, so that no line can be told to be by one of them.
    #[error("two known keys are both called {name} and have the id {key_id}")]
    AmbiguousKey {
        /// Their name.
        name: String,
        /// Their id.
        key_id: KeyId,
    },
    /// Two lines by one known key.
    #[error("two signature lines by the key {name} {key_id}")]
    SignedTwice {
        /// Its name.
        name: String,
        /// Its id.
        key_id: KeyId,
    },
    /// A known key's line that does not hold.
    #[error("the signature by the key {name} {key_id} is false")]
    False {
        /// Its name.
        name: String,
        /// Its id.
        key_id: KeyId,
    },
    /// No line is by a known key.
    #[error("no signature is by a known key")]
    NoKnownKey,
}

impl Note {
    /// Reads a note without checking its signatures.
    pub fn parse(note: &str) -> Result<Note, NoteError> {
        if note.bytes().any(is_forbidden) {
            return Err(NoteError::ControlCharacter);
        }
        let text_end = note.rfind("\n\n").ok_or(NoteError::NoSignatures)? + 1;
        let (text, lines) = (&note[..text_end], &note[text_end + 1..]);
        let lines = match lines.strip_suffix('\n') {
            Some(lines) => lines,
            None if lines.is_empty() => return Err(NoteError::NoSignatures),
            None => return Err(NoteError::Unterminated),
        };
        if lines.split('\n').nth(SIGNATURES_MAX).is_some() {
            return Err(NoteError::TooManySignatures);
        }
        let signature = |(place, line)| parse_line(line).ok_or(NoteError::Line(place + 1));
        let signatures = lines.split('\n').enumerate().map(signature).collect::<Result<_, _>>()?;
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// Signs a text by each of the keys, in their order.
    pub fn sign(text: &str, keys: &[&SigningKey]) -> Result<Note, NoteError> {
        if !text.ends_with('\n') {
            return Err(NoteError::Text);
        }
        if text.bytes().any(is_forbidden) {
            return Err(NoteError::ControlCharacter);
        }
        if keys.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let sign = |key: &&SigningKey| NoteSignature {
            name: key.name().to_owned(),
            key_id: key.key_id(),
            bytes: key.sign(text.as_bytes()).to_vec(),
        };
        Ok(Note { text: text.to_owned(), signatures: keys.iter().map(sign).collect() })
    }

    /// The note with one more signature line, for example a cosignature.
    #[must_use]
    pub fn with(mut self, signature: NoteSignature) -> Note {
        self.signatures.push(signature);
        self
    }

    /// Checks the lines of the keys given and tells the others apart. A key given twice counts once.
    ///
    /// # Errors
    /// When a line of a given key is false or comes twice, or no line is by a given key.
    pub fn open<'a>(
        &'a self,
        keys: impl IntoIterator<Item = &'a Vkey>,
        cosigners: impl IntoIterator<Item = &'a Cosigner>,
    ) -> Result<Opened<'a>, NoteError> {
        let mut claims: HashMap<KeyName<'a>, Claim<'a>> =
            self.signatures.iter().map(|line| ((line.name.as_str(), line.key_id), Claim::default())).collect();
        let mut is_any_known = false;
        for key in keys.into_iter().map(Known::Key).chain(cosigners.into_iter().map(Known::Cosigner)) {
            if let Some(claim) = claims.get_mut(&key.name()) {
                claim.is_ambiguous |= claim.key.is_some_and(|other| other != key);
                claim.key = Some(key);
                is_any_known = true;
            }
        }
        let mut opened = Opened { signed: Vec::new(), cosigned: Vec::new(), ignored: Vec::new() };
        for line in &self.signatures {
            let claim = claims.get_mut(&(line.name.as_str(), line.key_id)).expect("each line makes a claim");
            let Some(key) = claim.key else {
                opened.ignored.push(line);
                continue;
            };
            let (name, key_id) = (line.name.clone(), line.key_id);
            if claim.is_ambiguous {
                return Err(NoteError::AmbiguousKey { name, key_id });
            }
            if std::mem::replace(&mut claim.is_made, true) {
                return Err(NoteError::SignedTwice { name, key_id });
            }
            if !key.admit(&self.text, line, &mut opened) {
                return Err(NoteError::False { name, key_id });
            }
        }
        if is_any_known { Ok(opened) } else { Err(NoteError::NoKnownKey) }
    }

    /// What is signed, with its last line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_bytes().as_slice(), &self.bytes].concat();
        write!(f, "{LINE_START}{} {}", self.name, BASE64.encode(bytes))
    }
}

/// A key that a note is opened with.
#[derive(Clone, Copy, PartialEq)]
enum Known<'a> {
    Key(&'a Vkey),
    Cosigner(&'a Cosigner),
}

/// What a line names its key by.
type KeyName<'a> = (&'a str, KeyId);

/// That a key of some name signed.
#[derive(Default)]
struct Claim<'a> {
    /// The key of that name, where it is known.
    key: Option<Known<'a>>,
    /// Two different keys have that name.
    is_ambiguous: bool,
    /// A line was read that makes the claim.
    is_made: bool,
}

impl<'a> Known<'a> {
    fn name(&self) -> KeyName<'a> {
        match self {
            Known::Key(key) => (key.name(), key.key_id()),
            Known::Cosigner(cosigner) => (cosigner.name(), cosigner.key_id()),
        }
    }

    /// Notes the key down as having signed, if it has.
    fn admit(&self, text: &str, line: &NoteSignature, opened: &mut Opened<'a>) -> bool {
        match *self {
            Known::Key(key) => {
                let holds = line.bytes.as_slice().try_into().is_ok_and(|bytes| key.verify(text.as_bytes(), bytes));
                opened.signed.extend(holds.then_some(key));
                holds
            }
            Known::Cosigner(cosigner) => {
                let time = cosigner.verify(text, &line.bytes);
                opened.cosigned.extend(time.map(|time| Cosigned { cosigner, time }));
                time.is_some()
            }
        }
    }
}

fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 && byte != b'\n'
}

fn parse_line(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix(LINE_START)?.split_once(' ')?;
    let bytes = BASE64.decode(encoded).ok()?;
    let (key_id, signature) = bytes.split_first_chunk()?;
    let is_complete = is_key_name(name) && !signature.is_empty();
    is_complete.then(|| NoteSignature {
        name: name.to_owned(),
        key_id: KeyId::from_bytes(*key_id),
        bytes: signature.to_vec(),
    })
}
