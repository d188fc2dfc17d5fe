//! Every parser against damaged input: none panics, and what one takes is what its writer writes.
//!
//! A run lasts a moment; `BOLERO_RANDOM_TEST_TIME_MS` gives each target its time in milliseconds.

use bolero::check;
use ledger::checkpoint::Checkpoint;
use ledger::cosignature::Cosigner;
use ledger::draft::Draft;
use ledger::entry::Entry;
use ledger::json;
use ledger::key::{SigningKey, Vkey};
use ledger::note::Note;
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;

use crate::vectors::{EXPECTED, entries, key, parts_of, place_of, text};

/// One act of damage: where, which kind, and with what.
type Damage = (u16, u8, u8);

/// What parsers branch on, to be put where it does not belong.
const TOKENS: [&[u8]; 24] = [
    b"\n",
    b"\n\n",
    b" ",
    b"\t",
    b"+",
    b"=",
    b"==",
    b"\0",
    b"\xff",
    b"\xe2\x80\x94 ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"-0",
    b"01",
    b"1e3",
    b"9007199254740992",
    b",",
    b":",
];

/// `seed` with every damage done to it in turn.
fn damaged(seed: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, kind, with) in damages {
        let at = usize::from(*place) % (bytes.len() + 1);
        let end = bytes.len().min(at + 1 + usize::from(*with) % 16);
        match kind % 6 {
            0 if at < bytes.len() => bytes[at] = *with,
            1 => bytes.insert(at, *with),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let token = TOKENS[usize::from(*with) % TOKENS.len()];
                bytes.splice(at..at, token.iter().copied());
            }
        }
    }
    bytes
}

/// Runs `read` on the seeds, on damaged forms of them, and on arbitrary bytes.
macro_rules! fuzz {
    ($seeds:expr, $read:expr) => {{
        let seeds: Vec<Vec<u8>> = $seeds;
        for seed in &seeds {
            assert!($read(seed), "a seed is refused");
        }
        check!().with_type::<(u8, Vec<Damage>, Vec<u8>)>().for_each(|(choice, damages, noise)| {
            let seed = seeds.get(usize::from(*choice) % (seeds.len() + 1));
            $read(&damaged(seed.unwrap_or(noise), damages));
        });
    }};
}

/// Reads `bytes` as text and then by `parse`; what comes out must be written as what went in. Says whether it was read.
fn is_written_as_read<T: ToString, E>(bytes: &[u8], parse: impl Fn(&str) -> Result<T, E>) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let read = parse(text).map(|read| assert_eq!(read.to_string(), text));
    read.is_ok()
}

fn some_entries() -> Vec<Vec<u8>> {
    [0, 1, 7, 8, 9, 60, 61, 200].map(|index| entries().nth(index).unwrap().to_vec()).into()
}

#[test]
fn json_is_read_without_panics_and_as_others_read_it() {
    let seeds = [br#" {"b" : [1, -2, "\u00e9\ud83d\ude00"], "a": null}"#.to_vec()];
    fuzz!([some_entries(), seeds.into()].concat(), |bytes: &[u8]| {
        let read = json::parse(bytes).map(|value| {
            assert_eq!(value, serde_json::from_slice::<serde_json::Value>(bytes).unwrap());
            assert_eq!(json::parse_canonical(bytes).is_ok(), json::canonical(&value) == bytes);
        });
        read.is_ok()
    });
}

#[test]
fn an_entry_that_is_read_can_be_made_again() {
    fuzz!(some_entries(), |bytes: &[u8]| {
        let Ok(entry) = Entry::parse(bytes) else { return false };
        if entry.sealed.is_empty() {
            let draft = Draft::new(&entry.origin, parts_of(&entry)).unwrap();
            assert_eq!(draft.place(&entry.origin, &place_of(&entry)).unwrap(), bytes);
        }
        true
    });
}

#[test]
fn keys_are_written_as_they_are_read() {
    fuzz!(vec![key("entries").vkey().to_string().into()], |bytes: &[u8]| is_written_as_read(bytes, Vkey::parse));
}

#[test]
fn keys_of_witnesses_are_written_as_they_are_read() {
    let cosigner = Cosigner::of(&key("checkpoints")).to_string();
    fuzz!(vec![cosigner.into()], |bytes: &[u8]| is_written_as_read(bytes, Cosigner::parse));
}

#[test]
fn private_keys_are_written_as_they_are_read() {
    fuzz!(vec![key("entries").private_text().as_bytes().to_vec()], |bytes: &[u8]| {
        let parse = |text: &str| SigningKey::parse(text).map(|key| key.private_text().to_string());
        is_written_as_read(bytes, parse)
    });
}

#[test]
fn notes_are_written_as_they_are_read_and_open_only_unchanged() {
    let seed = text(&EXPECTED["checkpoints"]["41"]);
    let known = key("checkpoints");
    let original = Note::parse(seed).unwrap().text().to_owned();
    fuzz!(vec![seed.into()], |bytes: &[u8]| {
        is_written_as_read(bytes, |text| {
            let note = Note::parse(text)?;
            let opens = note.open([known.vkey()], []).is_ok();
            assert!(!opens || note.text() == original);
            Ok::<_, ledger::note::NoteError>(note)
        })
    });
}

#[test]
fn checkpoints_are_written_as_they_are_read() {
    fuzz!(vec![text(&EXPECTED["checkpoints"]["41"]).into()], |bytes: &[u8]| {
        is_written_as_read(bytes, |text| {
            let (checkpoint, note) = Checkpoint::parse(text)?;
            assert_eq!(checkpoint.text(), note.text());
            Ok::<_, ledger::checkpoint::CheckpointError>(note)
        })
    });
}

#[test]
fn receipts_are_written_as_they_are_read() {
    fuzz!(vec![text(&EXPECTED["receipt"]).into()], |bytes: &[u8]| {
        is_written_as_read(bytes, |text| {
            let (receipt, note) = Receipt::parse(text)?;
            assert_eq!(receipt.text(), note.text());
            Ok::<_, ledger::receipt::ReceiptError>(note)
        })
    });
}

#[test]
fn proofs_are_written_as_they_are_read_and_prove_only_their_entry() {
    let seed = text(&EXPECTED["tlog_proof"]);
    let hashes = TlogProof::parse(seed).unwrap().hashes;
    fuzz!(vec![seed.into()], |bytes: &[u8]| {
        is_written_as_read(bytes, |text| {
            let proof = TlogProof::parse(text)?;
            let proves = proof.verify(entries().nth(5).unwrap()).is_ok() && proof.checkpoint.size == 10;
            assert!(!proves || proof.hashes == hashes && proof.index == 5);
            Ok::<_, ledger::proof::TlogProofError>(proof)
        })
    });
}

#[test]
fn policies_are_the_same_when_written_and_read_again() {
    let witness = Cosigner::of(&key("checkpoints"));
    let log = key("checkpoints").vkey().to_string();
    let seed = format!("# x\nlog {log} url\nwitness w {witness}\ngroup g any w\ngroup h 1 g\nquorum h\n");
    fuzz!(vec![seed.into(), b"quorum none\n".to_vec()], |bytes: &[u8]| {
        let read = Policy::parse(bytes).map(|policy| assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy)));
        read.is_ok()
    });
}
