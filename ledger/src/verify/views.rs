//! Views: members that repeat what the entries say, made again and compared (spec §10, §11, lines `container` and
//! `views`).

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};

use sha2::{Digest, Sha256};

use super::container::Members;
use super::verdict::{Answers, Question, Status};
use crate::export::{Manifest, README, View};
use crate::source::LogSource;
use crate::tile::{Kind, TileId, decode_entries};
use crate::zip::Source;

/// Read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Whether a view is what it must be.
enum Equal {
    Yes,
    No,
    /// Nobody here knows how to make it.
    Unknown,
}

/// Compares each view with the manifest, and with what it must be where that is known.
pub(super) fn check<S: Source + Sync>(members: &Members<'_, S>, manifest: &Manifest) -> io::Result<Answers> {
    let mut answers = Answers::default();
    let mut looked_at = BTreeSet::new();
    for view in &manifest.views {
        // A manifest that lists a view again has failed; thousands of repetitions are not to take thousands of readings.
        if !looked_at.insert(&view.path) {
            continue;
        }
        let mut content = Hashing { inner: members.stream(&view.path)?, hasher: Sha256::new(), bytes: 0 };
        let equal = compare(&mut content, members, manifest, view)?;
        io::copy(&mut content, &mut io::sink())?;
        if content.bytes != view.bytes || content.hasher.finalize()[..] != view.sha256 {
            let text = format!("The view {} is not the one that the manifest lists.", view.path);
            answers.fail(Question::Container, None, &text);
        }
        match equal {
            Equal::Yes => {}
            Equal::No => {
                let text = format!("The view {} does not show what the entries say.", view.path);
                answers.fail(Question::Views, None, &text);
            }
            Equal::Unknown => {
                let text = format!("Whether the view {} shows what the entries say was not checked.", view.path);
                answers.find(Question::Views, Status::NotChecked, None, &text);
            }
        }
    }
    if manifest.views.is_empty() {
        answers.stand(Question::Views, Status::Absent, "There are no views.");
    } else {
        let text = format!("{} views were made again from the entries and are equal.", manifest.views.len());
        answers.stand(Question::Views, Status::Ok, &text);
    }
    Ok(answers)
}

fn compare<S: Source + Sync>(
    content: &mut impl Read,
    members: &Members<'_, S>,
    manifest: &Manifest,
    view: &View,
) -> io::Result<Equal> {
    let mut content = BufReader::with_capacity(BUFFER_BYTES, content);
    let begins = match view.path.as_str() {
        "README.txt" => begins_with(&mut content, README)?,
        "entries.jsonl" if !manifest.is_selection() => begins_with_entries(&mut content, members, manifest.size)?,
        _ => return Ok(Equal::Unknown),
    };
    let ends = content.read(&mut [0])? == 0;
    Ok(if begins && ends { Equal::Yes } else { Equal::No })
}

/// Whether the text goes on with every entry of the log, each followed by a newline.
fn begins_with_entries<S: LogSource>(text: &mut impl Read, log: &S, size: u64) -> io::Result<bool> {
    for index in 0.. {
        let Some(tile) = TileId::of_log(Kind::Entries, index, size) else { break };
        let Some(body) = log.tile(tile)? else { return Ok(false) };
        let Ok(entries) = decode_entries(&body, tile.width()) else { return Ok(false) };
        let mut lines = Vec::with_capacity(body.len());
        for entry in entries {
            lines.extend(entry);
            lines.push(b'\n');
        }
        if !begins_with(text, &lines)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn begins_with(text: &mut impl Read, expected: &[u8]) -> io::Result<bool> {
    let mut found = Vec::with_capacity(expected.len());
    text.take(expected.len() as u64).read_to_end(&mut found)?;
    Ok(found == expected)
}

/// Hashes what is read.
struct Hashing<R> {
    inner: R,
    hasher: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..len]);
        self.bytes += len as u64;
        Ok(len)
    }
}
