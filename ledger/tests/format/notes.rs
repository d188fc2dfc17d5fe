//! Notes and what is written as one: checkpoints, receipts; and proofs, which end with one.

use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::cosignature::{Cosigner, cosign};
use ledger::key::{SigningKey, Vkey};
use ledger::name::OriginError;
use ledger::note::{Note, NoteError, SIGNATURES_MAX};
use ledger::policy::DEFINITIONS_MAX;
use ledger::proof::{TlogProof, TlogProofError};
use ledger::receipt::{Receipt, ReceiptError};
use ledger::time::TimestampError;
use ledger::tree::{HashError, ProofError};
use proptest::prelude::*;
use rstest::rstest;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};

use crate::vectors::{EXPECTED, entries, key, text};

const LINE: &str = "\u{2014} a AAAAAAA=\n";

fn signer(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, [seed; 32]).unwrap()
}

#[rstest]
#[case("", NoteError::NoSignatures)]
#[case("text\n", NoteError::NoSignatures)]
#[case("text\n\n", NoteError::NoSignatures)]
#[case("text\n\u{2014} a AAAAAAA=\n", NoteError::NoSignatures)]
#[case("text\n\n\u{2014} a AAAAAAA=", NoteError::Unterminated)]
#[case("te\txt\n\n\u{2014} a AAAAAAA=\n", NoteError::ControlCharacter)]
#[case("text\r\n\n\u{2014} a AAAAAAA=\n", NoteError::ControlCharacter)]
#[case("text\n\n- a AAAAAAA=\n", NoteError::Line(1))]
#[case("text\n\n\u{2014}  AAAAAAA=\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a+b AAAAAAA=\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a\u{a0}b AAAAAAA=\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a b AAAAAAA=\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a AAAAAAA\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a AAAAAAB=\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a AAAAAA==\n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a AAAAAAA= \n", NoteError::Line(1))]
#[case("text\n\n\u{2014} a AAAAAAA=\n\u{2014} a\n", NoteError::Line(2))]
fn no_note(#[case] text: &str, #[case] error: NoteError) {
    assert_eq!(Note::parse(text), Err(error));
}

#[test]
fn the_text_ends_at_the_last_empty_line() {
    let note = format!("first\n\n\nsecond\n\n{LINE}{LINE}");
    let parsed = Note::parse(&note).unwrap();
    assert_eq!(parsed.text(), "first\n\n\nsecond\n");
    assert_eq!(parsed.signatures().len(), 2);
    assert_eq!(parsed.to_string(), note);
}

#[test]
fn only_what_can_be_read_back_is_signed() {
    let key = signer("a", 1);
    assert_eq!(Note::sign("text", &[&key]), Err(NoteError::Text));
    assert_eq!(Note::sign("", &[&key]), Err(NoteError::Text));
    assert_eq!(Note::sign("te\u{0}xt\n", &[&key]), Err(NoteError::ControlCharacter));
    assert_eq!(Note::sign("text\n", &[]), Err(NoteError::NoSignatures));
}

#[test]
fn lines_of_known_keys_are_checked_and_all_others_ignored() {
    let (log, witness, other) = (signer("log", 1), signer("witness", 2), signer("log", 3));
    let cosigner = Cosigner::of(&witness);
    let note = Note::sign("text\n", &[&other, &log]).unwrap().with(cosign(&witness, 42, "text\n"));
    let note = Note::parse(&note.to_string()).unwrap();

    let opened = note.open([log.vkey(), log.vkey()], [&cosigner]).unwrap();
    assert_eq!(opened.signed, [log.vkey()]);
    assert_eq!(opened.cosigned.iter().map(|by| (by.cosigner, by.time)).collect::<Vec<_>>(), [(&cosigner, 42)]);
    assert_eq!(opened.ignored.iter().map(|line| line.key_id).collect::<Vec<_>>(), [other.key_id()]);

    let opened = note.open([], [&cosigner]).unwrap();
    assert_eq!((opened.signed.len(), opened.cosigned.len(), opened.ignored.len()), (0, 1, 2));
    // The same key as a log's is another one, for its id is.
    assert_eq!(note.open([witness.vkey()], []), Err(NoteError::NoKnownKey));
    assert_eq!(note.open([], []), Err(NoteError::NoKnownKey));
}

#[test]
fn a_false_line_of_a_known_key_rejects_the_note() {
    let (log, witness) = (signer("log", 1), signer("witness", 2));
    let cosigner = Cosigner::of(&witness);
    let note = Note::sign("text\n", &[&log]).unwrap().with(cosign(&witness, 42, "other\n"));
    let error = NoteError::False { name: "witness".into(), key_id: cosigner.key_id() };
    assert_eq!(note.open([log.vkey()], [&cosigner]), Err(error));
    assert!(note.open([log.vkey()], []).is_ok());

    let note = Note::parse(&Note::sign("text\n", &[&log]).unwrap().to_string().replace("text", "test")).unwrap();
    let error = NoteError::False { name: "log".into(), key_id: log.key_id() };
    assert_eq!(note.open([log.vkey()], []), Err(error));
}

#[test]
fn a_signature_of_another_length_is_false() {
    let log = signer("log", 1);
    let note = Note::sign("text\n", &[&log]).unwrap();
    let mut line = note.signatures()[0].clone();
    line.bytes.push(0);
    let note = Note::parse(&format!("text\n\n{line}\n")).unwrap();
    assert_eq!(note.open([log.vkey()], []), Err(NoteError::False { name: "log".into(), key_id: log.key_id() }));
}

#[test]
fn two_lines_of_a_known_key_reject_the_note_and_of_an_unknown_one_do_not() {
    let (log, other) = (signer("log", 1), signer("other", 2));
    let note = Note::sign("text\n", &[&log, &other, &other]).unwrap();
    assert_eq!(note.open([log.vkey()], []).unwrap().ignored.len(), 2);
    let error = NoteError::SignedTwice { name: "other".into(), key_id: other.key_id() };
    assert_eq!(note.open([log.vkey(), other.vkey()], []), Err(error));
}

#[test]
fn many_signatures_are_taken() {
    let log = signer("log", 1);
    let others: Vec<SigningKey> = (2..100).map(|seed| signer("other", seed)).collect();
    let keys: Vec<&SigningKey> = others.iter().chain([&log]).collect();
    let note = Note::parse(&Note::sign("text\n", &keys).unwrap().to_string()).unwrap();
    assert_eq!(note.open([log.vkey()], []).unwrap().ignored.len(), 98);
}

#[test]
fn a_note_has_room_for_all_witnesses_of_a_policy_and_as_many_strangers() {
    assert_eq!(SIGNATURES_MAX, 2 * DEFINITIONS_MAX);
    let log = signer("log", 1);
    let signed = Note::sign("text\n", &[&log]).unwrap().to_string();
    let full = signed + &LINE.repeat(SIGNATURES_MAX - 1);
    assert_eq!(Note::parse(&full).unwrap().open([log.vkey()], []).unwrap().ignored.len(), SIGNATURES_MAX - 1);
    assert_eq!(Note::parse(&(full + LINE)), Err(NoteError::TooManySignatures));
}

#[test]
fn a_key_is_known_by_its_name_and_id_together() {
    let (log, other) = (signer("log", 1), signer("log", 2));
    let note = Note::sign("text\n", &[&log]).unwrap();
    let renamed = Note::parse(&note.to_string().replace("\u{2014} log", "\u{2014} gol")).unwrap();
    assert_eq!(renamed.open([log.vkey()], []), Err(NoteError::NoKnownKey));
    assert_eq!(note.open([other.vkey()], []), Err(NoteError::NoKnownKey));
    assert_eq!(note.open([other.vkey(), log.vkey()], []).unwrap().signed, [log.vkey()]);
}

#[rstest]
#[case("a/b\n1\n", CheckpointError::Lines)]
#[case("a/b\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n", CheckpointError::Lines)]
#[case("a/b\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n", CheckpointError::Lines)]
#[case("A/b\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Origin(OriginError::Authority))]
#[case("a/b\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Size)]
#[case("a/b\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Size)]
#[case("a/b\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Size)]
#[case("a/b\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Size)]
#[case("a/b\n9007199254740992\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Size)]
#[case("a/b\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", CheckpointError::Size)]
#[case("a/b\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", CheckpointError::Root(HashError::Base64))]
#[case("a/b\n1\nAAAA\n", CheckpointError::Root(HashError::Length(3)))]
fn no_checkpoint(#[case] text: &str, #[case] error: CheckpointError) {
    assert_eq!(Checkpoint::parse_text(text), Err(error.clone()));
    assert_eq!(Checkpoint::parse(&format!("{text}\n{LINE}")), Err(error));
}

#[rstest]
#[case(&|t: &str| t.replacen('5', "05", 1), ReceiptError::Number(2))]
#[case(&|t: &str| t.replace("\n4\n", "\n+4\n"), ReceiptError::Number(5))]
#[case(&|t: &str| t.replace("/receipts\n5", "\n5"), ReceiptError::Name)]
#[case(&|t: &str| t.replace("ledger.example.com/acme/receipts\n5", "acme/receipts\n5"), ReceiptError::Origin(OriginError::NoPath))]
#[case(&|t: &str| t.replace("f8b67b", "F8b67b"), ReceiptError::Hash(ledger::hash::EntryHashError))]
#[case(&|t: &str| t.replace(".039595Z", "Z"), ReceiptError::Time(TimestampError::Form))]
#[case(&|t: &str| t.replace("WSE=\n", "WSE\n"), ReceiptError::Root(HashError::Base64))]
#[case(&|t: &str| t.replace("WSE=\n", "WSE=\nmore\n"), ReceiptError::Lines)]
#[case(&|t: &str| t.replace('\u{2014}', "-"), ReceiptError::Note(NoteError::Line(1)))]
fn no_receipt(#[case] change: &dyn Fn(&str) -> String, #[case] error: ReceiptError) {
    let receipt = text(&EXPECTED["receipt"]);
    assert_ne!(change(receipt), receipt);
    assert_eq!(Receipt::parse(&change(receipt)), Err(error));
}

#[test]
fn a_receipt_is_by_a_receipts_key_of_its_log() {
    let receipt = text(&EXPECTED["receipt"]);
    let other = signer("ledger.example.com/acme/receipts", 1);
    assert_eq!(Receipt::verify(receipt, other.vkey()), Err(ReceiptError::Note(NoteError::NoKnownKey)));
    let changed = receipt.replacen("\n5\n", "\n6\n", 1);
    let receipts = key("receipts");
    let (name, key_id) = (receipts.name().into(), receipts.key_id());
    let error = ReceiptError::Note(NoteError::False { name, key_id });
    assert_eq!(Receipt::verify(&changed, receipts.vkey()), Err(error));
    for role in ["entries", "checkpoints"] {
        assert!(matches!(Receipt::verify(receipt, key(role).vkey()), Err(ReceiptError::OtherKey { .. })));
        let unsigned = Receipt::parse(receipt).unwrap().0;
        assert!(matches!(unsigned.sign(&key(role)), Err(ReceiptError::OtherKey { .. })));
    }
}

#[rstest]
#[case(&|t: &str| t.replace("@v1", "@v2"), TlogProofError::FirstLine)]
#[case(&|t: &str| t.replace("index", "extra AAAA\nindex"), TlogProofError::Index)]
#[case(&|t: &str| t.replace("index 5", "index 05"), TlogProofError::Index)]
#[case(&|t: &str| t.replace("index 5", "index  5"), TlogProofError::Index)]
#[case(&|t: &str| t.replace("/j8=", "/j8"), TlogProofError::Hash { line: 3, source: HashError::Base64 })]
#[case(&|t: &str| t.replace("/j8=", "/j8=\nAAAA"), TlogProofError::Hash { line: 4, source: HashError::Length(3) })]
#[case(&|t: &str| t.replace("\n\n", "\n"), TlogProofError::NoCheckpoint)]
#[case(&|t: &str| t.replace("\n10\n", "\n010\n"), TlogProofError::Checkpoint(CheckpointError::Size))]
#[case(&|t: &str| t.trim_end().to_owned(), TlogProofError::Checkpoint(CheckpointError::Note(NoteError::Unterminated)))]
fn no_proof(#[case] change: &dyn Fn(&str) -> String, #[case] error: TlogProofError) {
    let proof = text(&EXPECTED["tlog_proof"]);
    assert_ne!(change(proof), proof);
    assert_eq!(TlogProof::parse(&change(proof)), Err(error));
}

#[test]
fn a_proof_with_a_hash_less_or_more_proves_nothing() {
    let entry = entries().nth(5).unwrap();
    let proof = TlogProof::parse(text(&EXPECTED["tlog_proof"])).unwrap();
    let mut longer = proof.clone();
    longer.hashes.push(proof.hashes[0]);
    assert_eq!(longer.verify(entry), Err(TlogProofError::Inclusion(ProofError::TooLong)));
    let mut shorter = proof;
    shorter.hashes.pop();
    assert_eq!(shorter.verify(entry), Err(TlogProofError::Inclusion(ProofError::TooShort)));
}

/// Texts that can be signed.
fn texts() -> impl Strategy<Value = String> {
    "([^\u{0}-\u{1f}]{0,12}\n){1,4}"
}

proptest! {
    #[test]
    fn our_notes_open_in_another_implementation(text in texts(), seeds in prop::collection::btree_set(1..200_u8, 1..4)) {
        let keys: Vec<SigningKey> = seeds.into_iter().map(|seed| signer("example.com/log", seed)).collect();
        let note = Note::sign(&text, &keys.iter().collect::<Vec<_>>()).unwrap();
        let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(theirs.text(), text.as_bytes());
        let verifier = StandardVerifier::new(&keys[0].vkey().to_string()).unwrap();
        let (verified, unverified) = theirs.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        prop_assert_eq!((verified.len(), unverified.len()), (1, keys.len() - 1));
        prop_assert_eq!(theirs.to_bytes(), note.to_string().into_bytes());
    }

    #[test]
    fn their_notes_open_here(text in texts(), seeds in prop::collection::btree_set(1..200_u8, 1..4)) {
        let keys: Vec<SigningKey> = seeds.into_iter().map(|seed| signer("example.com/log", seed)).collect();
        let signers: Vec<StandardSigner> = keys.iter().map(|key| StandardSigner::new(&key.private_text()).unwrap()).collect();
        let mut theirs = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        theirs.add_sigs(&signers.iter().map(|signer| signer as &dyn signed_note::Signer).collect::<Vec<_>>()).unwrap();
        let theirs = String::from_utf8(theirs.to_bytes()).unwrap();
        let note = Note::parse(&theirs).unwrap();
        prop_assert_eq!(note.text(), &text);
        prop_assert_eq!(note.to_string(), theirs);
        let known: Vec<&Vkey> = keys.iter().map(SigningKey::vkey).collect();
        prop_assert_eq!(note.open(known.clone(), []).unwrap().signed, known);
    }

    #[test]
    fn what_is_no_note_here_is_none_elsewhere(
        text in texts(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\n \u{2014}+=aA\t]{0,2}"), 0..3),
    ) {
        let mut note = Note::sign(&text, &[&signer("log", 1), &signer("other", 2)]).unwrap().to_string();
        for (place, new) in edits {
            let (at, old) = note.char_indices().nth(place.index(note.chars().count())).unwrap();
            note.replace_range(at..at + old.len_utf8(), &new);
        }
        prop_assert_eq!(Note::parse(&note).is_ok(), signed_note::Note::from_bytes(note.as_bytes()).is_ok(), "{:?}", note);
    }
}
