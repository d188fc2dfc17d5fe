//! The papers that one person holds: receipts, and the proof of one entry (spec §9). They are checked by what is in them
//! and the policy, without the log.

use serde_json::{Deserializer, Value};

use super::Options;
use super::facts::in_words;
use super::verdict::{Answers, Question, Status, Verdict};
use super::walk::Recorded;
use crate::entry::Entry;
use crate::hash::EntryHash;
use crate::history::KeyHistory;
use crate::key::{Role, Vkey};
use crate::name::Origin;
use crate::note::NoteError;
use crate::proof::TlogProof;
use crate::receipt::Receipt;

/// Receipts in one file at most: more than a service hands out at once.
const RECEIPTS_MAX: usize = 100_000;
const OF_RECEIPTS: [Question; 4] = [Question::Format, Question::Signatures, Question::Tree, Question::Authenticity];
const OF_PROOF: [Question; 3] = [Question::Format, Question::Tree, Question::Authenticity];

/// A receipt, and the entries that name the key that signed it.
struct Paper {
    receipt: String,
    keys: Vec<(String, Option<String>)>,
}

/// Checks receipts: a file as the service hands it out, several such one after the other, or the signed note alone. The
/// verdict has 4 lines. It says that the log promised, not that it kept the promise: only the log shows that.
pub fn receipts(file: &[u8], options: &Options<'_>) -> Verdict {
    let mut answers = Answers::default();
    let mut receipts = Vec::new();
    match read(file) {
        Err(reason) => answers.fail(Question::Format, None, &reason),
        Ok(papers) => {
            receipts.extend(papers.iter().filter_map(|paper| receipt(paper, options, &mut answers)));
        }
    }
    let origin = receipts.first().map(|receipt| receipt.origin.clone());
    if receipts.iter().any(|receipt| Some(&receipt.origin) != origin.as_ref()) {
        answers.fail(Question::Format, None, "These are receipts of different logs: verify them one log at a time.");
    }
    answers.stand(Question::Format, Status::Ok, &what_they_promise(&receipts));
    let remark = "Whether the promise was kept, the log shows: the entry of that number must have that fingerprint.";
    answers.find(Question::Format, Status::Ok, None, remark);
    let text =
        "Signed by the receipts key that the entries here name. Whether it was reported stolen later, the log says.";
    answers.stand(Question::Signatures, Status::Ok, text);
    answers.stand(Question::Tree, Status::Ok, "The entries that name that key are under a checkpoint of the log.");
    conclude(answers, &OF_RECEIPTS, origin, options)
}

/// Checks the proof of one entry together with the entry's exact bytes, where they are at hand. The verdict has 3 lines.
pub fn proof(proof: &str, entry: Option<&[u8]>, options: &Options<'_>) -> Verdict {
    let mut answers = Answers::default();
    let proof = match TlogProof::parse(proof) {
        Ok(proof) => proof,
        Err(error) => {
            answers.fail(Question::Format, None, &format!("The proof is malformed: {}.", in_words(&error)));
            return conclude(answers, &OF_PROOF, None, options);
        }
    };
    let (index, origin, size) = (proof.index, proof.checkpoint.origin.clone(), proof.checkpoint.size);
    let text = format!("A proof that entry {index} of {origin} is under the checkpoint of its first {size} entries.");
    answers.stand(Question::Format, Status::Ok, &text);
    answers.stand(Question::Tree, Status::Ok, "The entry's bytes lead to the root that the checkpoint names.");
    match entry {
        None => {
            let text = "The entry itself is not here: its file with the same name and .json belongs beside the proof.";
            answers.find(Question::Tree, Status::NotProved, index, text);
        }
        Some(bytes) => match Entry::parse(bytes) {
            Err(error) => {
                let text = format!("The file beside the proof is no entry, byte for byte: {}.", in_words(&error));
                answers.fail(Question::Format, index, &text);
            }
            Ok(entry) => {
                let text = format!(
                    "The entry says: {} at {}, with the fingerprint {}.",
                    entry.event_type,
                    entry.time,
                    EntryHash::of(bytes)
                );
                answers.find(Question::Format, Status::Ok, index, &text);
                under_checkpoint(&proof, &entry, bytes, &mut answers);
            }
        },
    }
    signed(&proof, None, options, &mut answers);
    conclude(answers, &OF_PROOF, Some(origin), options)
}

fn conclude(mut answers: Answers, asked: &[Question], origin: Option<Origin>, options: &Options<'_>) -> Verdict {
    authenticity(origin.as_ref(), options, &mut answers);
    if answers.has_failed(Question::Format) {
        for line in asked.iter().filter(|line| **line != Question::Format) {
            answers.leave_unjudged(*line, Question::Format);
        }
    } else if answers.has_failed(Question::Tree) {
        answers.leave_unjudged(Question::Authenticity, Question::Tree);
    }
    Verdict { origin, size: None, recorded: Recorded::default(), lines: answers.into_lines(asked), remember: None }
}

fn authenticity(origin: Option<&Origin>, options: &Options<'_>, answers: &mut Answers) {
    const LINE: Question = Question::Authenticity;
    let Some(policy) = options.policy else {
        let text = "unpinned: without a policy file, whoever made this is taken at their word. Get the log's key from \
                    elsewhere and verify again with it.";
        answers.stand(LINE, Status::NotChecked, text);
        return;
    };
    answers.stand(LINE, Status::Ok, "pinned: the key that the policy file names signed the checkpoint.");
    let Some(origin) = origin.filter(|origin| policy.keys_of(origin.as_str()).next().is_none()) else { return };
    answers.fail(LINE, None, &format!("The policy file names no key of the log {origin}."));
}

/// Reads one or more receipts.
fn read(file: &[u8]) -> Result<Vec<Paper>, String> {
    let text = std::str::from_utf8(file).map_err(|_| "A receipt is text in UTF-8.".to_owned())?;
    if !text.trim_start().starts_with('{') {
        return Ok(vec![Paper { receipt: text.to_owned(), keys: Vec::new() }]);
    }
    let mut papers = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| format!("The file is cut off or damaged: {error}."))?;
        if RECEIPTS_MAX <= papers.len() {
            return Err(format!("The file has more than {RECEIPTS_MAX} receipts."));
        }
        papers.push(Paper::read(&value).ok_or("A receipt has the members receipt and keys, as it was handed out.")?);
    }
    Ok(papers)
}

impl Paper {
    fn read(value: &Value) -> Option<Paper> {
        let key = |key: &Value| {
            let proof = match &key["proof"] {
                Value::Null => None,
                proof => Some(proof.as_str()?.to_owned()),
            };
            Some((key["entry"].as_str()?.to_owned(), proof))
        };
        let keys = value["keys"].as_array()?.iter().map(key).collect::<Option<_>>()?;
        Some(Paper { receipt: value["receipt"].as_str()?.to_owned(), keys })
    }
}

/// Checks one receipt, and says what it is a receipt of.
fn receipt(paper: &Paper, options: &Options<'_>, answers: &mut Answers) -> Option<Receipt> {
    let receipt = match Receipt::parse(&paper.receipt) {
        Ok((receipt, _)) => receipt,
        Err(error) => {
            answers.fail(Question::Format, None, &format!("The receipt is malformed: {}.", in_words(&error)));
            return None;
        }
    };
    let index = receipt.sequence;
    if paper.keys.is_empty() {
        let text = "The entries that name the receipts key are not here: they are in the file as it was handed out.";
        answers.find(Question::Signatures, Status::NotProved, index, text);
        answers.find(Question::Tree, Status::NotProved, index, text);
        answers.find(Question::Authenticity, Status::NotProved, index, text);
        return Some(receipt);
    }
    match keys(paper, &receipt.origin) {
        Ok((history, entries)) => {
            let key = &history.in_force(Role::Receipts, index).vkey;
            if let Err(error) = Receipt::verify(&paper.receipt, key) {
                let text = format!("The receipt for entry {index} is not signed by {key}: {}.", in_words(&error));
                answers.fail(Question::Signatures, index, &text);
            }
            for ((bytes, proof), entry) in paper.keys.iter().zip(&entries) {
                key_entry(bytes, proof.as_deref(), entry, &history, options, answers);
            }
        }
        Err(reason) => {
            let text = format!("The entries that name the receipts key do not hold: {reason}.");
            answers.fail(Question::Signatures, index, &text);
            answers.find(Question::Tree, Status::NotProved, index, &text);
            answers.find(Question::Authenticity, Status::NotProved, index, &text);
        }
    }
    Some(receipt)
}

/// The keys that entry 0 and the rotations name.
fn keys(paper: &Paper, origin: &Origin) -> Result<(KeyHistory, Vec<Entry>), String> {
    let parse = |(bytes, _): &(String, _)| Entry::parse(bytes.as_bytes()).map_err(|error| in_words(&error));
    let entries: Vec<Entry> = paper.keys.iter().map(parse).collect::<Result<_, _>>()?;
    if !entries.is_sorted_by(|one, other| one.sequence < other.sequence) {
        return Err("they are out of order".to_owned());
    }
    let mut history = KeyHistory::open(&entries[0]).map_err(|error| in_words(&error))?;
    if history.origin() != origin {
        return Err(format!("they are of the log {}", history.origin()));
    }
    for entry in &entries[1..] {
        history.apply(entry).map_err(|error| in_words(&error))?;
    }
    Ok((history, entries))
}

/// Checks that an entry that names a key is in the log.
fn key_entry(
    bytes: &str,
    proof: Option<&str>,
    entry: &Entry,
    history: &KeyHistory,
    options: &Options<'_>,
    answers: &mut Answers,
) {
    let index = entry.sequence;
    let Some(proof) = proof else {
        let text = format!("Entry {index} names the key, and was under no checkpoint yet when the receipt was made.");
        answers.find(Question::Tree, Status::NotProved, index, &text);
        answers.find(Question::Authenticity, Status::NotProved, index, &text);
        return;
    };
    match TlogProof::parse(proof) {
        Ok(proof) => {
            under_checkpoint(&proof, entry, bytes.as_bytes(), answers);
            signed(&proof, Some(history), options, answers);
        }
        Err(error) => {
            answers.fail(
                Question::Tree,
                index,
                &format!("The proof of entry {index} is malformed: {}.", in_words(&error)),
            );
        }
    }
}

fn under_checkpoint(proof: &TlogProof, entry: &Entry, bytes: &[u8], answers: &mut Answers) {
    let index = entry.sequence;
    if (proof.index, &proof.checkpoint.origin) != (index, &entry.origin) {
        let (of, in_log) = (proof.index, &proof.checkpoint.origin);
        let text = format!("The proof is for entry {of} of {in_log}, and the entry is {index} of {}.", entry.origin);
        answers.fail(Question::Tree, index, &text);
    } else if let Err(error) = proof.verify(bytes) {
        let text = format!("Entry {index} is not what stands under the checkpoint: {}.", in_words(&error));
        answers.fail(Question::Tree, index, &text);
    }
}

/// Checks who signed the checkpoint of a proof: the keys of the policy decide. A key that is known only from the log's own
/// entries can show that a signature is false, and no more.
fn signed(proof: &TlogProof, history: Option<&KeyHistory>, options: &Options<'_>, answers: &mut Answers) {
    let origin = proof.checkpoint.origin.as_str();
    let pinned: Vec<&Vkey> = options.policy.into_iter().flat_map(|policy| policy.keys_of(origin)).collect();
    let of_log = history.into_iter().flat_map(|history| history.held(Role::Checkpoints)).map(|held| &*held.vkey);
    let is_pinned = match proof.note.open(of_log.chain(pinned.iter().copied()), []) {
        Ok(opened) => opened.signed.iter().any(|key| pinned.contains(key)),
        Err(NoteError::NoKnownKey) => false,
        Err(error) => {
            let text = format!("The signature of the checkpoint does not hold: {}.", in_words(&error));
            answers.fail(Question::Tree, proof.index, &text);
            false
        }
    };
    if !is_pinned && !pinned.is_empty() {
        let text = "The checkpoint is not signed by a key that the policy file names: by a later key of the log, or by \
                    somebody else. Only the log's newest policy file, or the whole log, tells.";
        answers.find(Question::Authenticity, Status::NotProved, None, text);
    }
}

fn what_they_promise(receipts: &[Receipt]) -> String {
    match receipts {
        [] => "There is no receipt in it.".to_owned(),
        [receipt] => {
            let Receipt { origin, sequence, hash, time, .. } = receipt;
            format!(
                "A receipt: the log {origin} promised that entry {sequence}, recorded {time}, has the fingerprint {hash} \
                 and is under a checkpoint within the hour."
            )
        }
        [first, ..] => {
            format!("{} receipts of the log {}, each the promise of an entry.", receipts.len(), first.origin)
        }
    }
}
