//! An export: the container, what is in it and what must be in it (spec §10).

mod members;

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};

pub(super) use self::members::Members;
use super::checkpoint::Head;
use super::facts::in_words;
use super::log::Log;
use super::selection::{Selection, Streams};
use super::verdict::{Answers, Question, Status, Verdict};
use super::walk::Recorded;
use super::{Options, Unanswered, conclude, parallel, views};
use crate::export::{CONSISTENCY_BYTES_MAX, Consistency, Manifest, ManifestError};
use crate::tile::tiles;
use crate::zip::{Archive, Source, ZipError};

/// A manifest with ten thousand views fits.
const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// A checkpoint with hundreds of cosignatures fits.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 20;
/// Members of every selection.
const SELECTION: [&str; 5] = ["checkpoint", MANIFEST, ENTRIES, "proof.txt", "signatures.bin"];
const CONSISTENCY: &str = "consistency.txt";
const ENTRIES: &str = "entries.jsonl";
const LOG_CHECKPOINT: &str = "log/checkpoint";
const MANIFEST: &str = "countersign.json";

/// Verifies an export.
///
/// # Errors
/// [`Unanswered`], when it cannot be read or is of another version. A damaged file is no error but a verdict.
pub fn container<S: Source + Send + Sync>(source: S, options: &Options<'_>) -> Result<Verdict, Unanswered> {
    parallel::within(options.threads_max, || verify(source, options))?
}

fn verify<S: Source + Sync>(source: S, options: &Options<'_>) -> Result<Verdict, Unanswered> {
    let archive = match Archive::open(source) {
        Ok(archive) => archive,
        Err(ZipError::Read { source, .. }) if source.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(source.into());
        }
        Err(error) => return Ok(unreadable(Question::Container, &in_words(&error))),
    };
    let members = Members::new(&archive);
    let Some(bytes) = members.read(MANIFEST, MANIFEST_BYTES_MAX)? else {
        return Ok(unreadable(Question::Container, "the manifest countersign.json is missing"));
    };
    let manifest = match Manifest::read(&bytes) {
        Ok(manifest) if 0 < manifest.size => manifest,
        Ok(_) => return Ok(unreadable(Question::Format, "the manifest is that of a log without entries")),
        Err(ManifestError::Unsupported(format)) if members.damaged().is_empty() => {
            return Err(Unanswered::Unsupported(format));
        }
        Err(error) => {
            let reason = format!("the manifest cannot be read: {}", in_words(&error));
            return Ok(unreadable(Question::Format, &reason));
        }
    };
    let mut answers = Answers::default();
    if let Err(error) = manifest.check() {
        answers.fail(Question::Format, None, &format!("The manifest is wrong: {}.", in_words(&error)));
    }
    check_members(&archive, &manifest, &mut answers).map_err(io::Error::from)?;
    let path = if manifest.is_selection() { SELECTION[0] } else { LOG_CHECKPOINT };
    let head = Head::read(&members.read(path, CHECKPOINT_BYTES_MAX)?.unwrap_or_default());
    // The views repeat what the entries say, so both can be looked at side by side.
    let content = || {
        if manifest.is_selection() {
            selection(&members, &manifest, &head, options)
        } else {
            log(&members, &manifest, &head, options)
        }
    };
    let (content, views) = parallel::join(content, || views::check(&members, &manifest));
    let (found, recorded) = content?;
    answers.absorb(found);
    answers.absorb(views?);
    for name in members.damaged() {
        answers.fail(Question::Container, None, &format!("{name} is damaged: its checksum differs."));
    }
    let text = format!("The file is whole and in its one form, with {} members.", archive.count());
    answers.stand(Question::Container, Status::Ok, &text);
    Ok(conclude((answers, recorded), &head, Some(manifest.origin), &Question::ALL))
}

fn log<S: Source + Sync>(
    members: &Members<'_, S>,
    manifest: &Manifest,
    head: &Head,
    options: &Options<'_>,
) -> io::Result<(Answers, Recorded)> {
    let Manifest { origin, size, .. } = manifest;
    Log { source: members, head, origin, size: *size, options }.verify()
}

fn selection<S: Source + Sync>(
    members: &Members<'_, S>,
    manifest: &Manifest,
    head: &Head,
    options: &Options<'_>,
) -> io::Result<(Answers, Recorded)> {
    let consistency = members.read(CONSISTENCY, CONSISTENCY_BYTES_MAX)?;
    let consistency = consistency.map(|text| Consistency::parse(&text, manifest.size));
    let open = |name: &str| members.stream(name).map(BufReader::new);
    let (mut entries, mut signatures, mut proof) = (open(ENTRIES)?, open("signatures.bin")?, open("proof.txt")?);
    let selection = Selection { manifest, head, consistency: consistency.as_ref(), options };
    let streams = Streams { entries: &mut entries, signatures: &mut signatures, proof: &mut proof };
    let found = selection.verify(streams)?;
    // What was not read to the end because something in it was wrong may be damaged as well.
    for rest in [&mut entries, &mut signatures, &mut proof] {
        io::copy(&mut rest.by_ref(), &mut io::sink())?;
    }
    Ok(found)
}

/// Checks that there is each member that the manifest demands, and no other.
fn check_members<S: Source>(archive: &Archive<S>, manifest: &Manifest, answers: &mut Answers) -> Result<(), ZipError> {
    let core = if manifest.is_selection() { &SELECTION[..] } else { &[MANIFEST, LOG_CHECKPOINT] };
    let mut expected: BTreeSet<&str> = core.iter().copied().collect();
    for view in &manifest.views {
        let path = view.path.as_str();
        if core.contains(&path) || path == CONSISTENCY && manifest.is_selection() {
            let text = format!("{path} is listed as a view, but is a part of the export itself.");
            answers.fail(Question::Container, None, &text);
        } else if !expected.insert(path) {
            answers.fail(Question::Container, None, &format!("{path} is listed twice as a view."));
        }
    }
    for name in archive.untiled_names() {
        let is_optional = manifest.is_selection() && name.as_str() == CONSISTENCY;
        if !expected.remove(name.as_str()) && !is_optional {
            answers.fail(Question::Container, None, &format!("{name} does not belong into the export."));
        }
    }
    for name in expected {
        answers.fail(Question::Container, None, &format!("{name} is missing."));
    }
    check_tiles(archive, manifest, answers)
}

/// Compares the tiles with those of a log of that size, up to the first difference.
fn check_tiles<S: Source>(archive: &Archive<S>, manifest: &Manifest, answers: &mut Answers) -> Result<(), ZipError> {
    let size = if manifest.is_selection() { 0 } else { manifest.size };
    let mut expected = tiles(size);
    for member in archive.members() {
        let member = member?;
        let Some(found) = member.name().tile() else { continue };
        let wanted = expected.next();
        if wanted != Some(found) {
            let text = match wanted {
                Some(wanted) => format!("log/{wanted} is missing, or log/{found} does not belong into the export."),
                None => format!("log/{found} does not belong into the export."),
            };
            answers.fail(Question::Container, None, &text);
            return Ok(());
        }
    }
    if let Some(wanted) = expected.next() {
        answers.fail(Question::Container, None, &format!("log/{wanted} is missing."));
    }
    Ok(())
}

/// The verdict on a file that is so damaged that nothing else can be said about it.
fn unreadable(question: Question, reason: &str) -> Verdict {
    let mut answers = Answers::default();
    answers.fail(question, None, &format!("The file cannot be read as an export: {reason}."));
    answers.end(question);
    let head = Head { note: String::new(), says: None };
    conclude((answers, Recorded::default()), &head, None, &Question::ALL)
}
