//! Keys: which are taken for keys, and what counts as their signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ledger::cosignature::{Cosigner, cosign};
use ledger::key::{KeyId, KeyIdError, Role, Signature, SigningKey, Vkey, VkeyError};
use proptest::prelude::*;
use rstest::rstest;
use sha2::{Digest, Sha256};

use crate::vectors::{key, origin};

/// The key that the signatures below were made for, from 32 bytes of 0x01.
fn example() -> SigningKey {
    SigningKey::from_seed("example.com/log", [1; 32]).unwrap()
}

fn signature(text: &str) -> Signature {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// The vkey, with its right id, of what may not be a public key.
fn vkey_of(name: &str, algorithm: u8, public_key: &[u8]) -> String {
    let typed = [&[algorithm], public_key].concat();
    let digest = Sha256::digest([name.as_bytes(), b"\n", &typed].concat());
    format!("{name}+{}+{}", hex::encode(&digest[..4]), BASE64.encode(typed))
}

#[test]
fn the_example_of_the_standard_is_a_key_and_verifies_its_note() {
    let vkey = Vkey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").unwrap();
    assert_eq!((vkey.name(), vkey.key_id().to_string()), ("example.com/foo", "530d903a".to_owned()));
    let note = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note = ledger::note::Note::parse(note).unwrap();
    assert_eq!(note.open([&vkey], []).unwrap().signed, [&vkey]);
}

#[rstest]
#[case::no_plus("example.com", VkeyError::Form)]
#[case::one_plus("example.com+530d903a", VkeyError::Form)]
#[case::empty_key("example.com/foo+530d903a+", VkeyError::Form)]
#[case::no_name("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", VkeyError::Name)]
#[case::space("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", VkeyError::Name)]
#[case::unicode_space("a\u{3000}b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", VkeyError::Name)]
#[case::control("a\u{1}+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", VkeyError::Name)]
#[case::capital_id(
    "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    VkeyError::KeyId(KeyIdError)
)]
#[case::short_id("example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", VkeyError::KeyId(KeyIdError))]
#[case::no_base64("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", VkeyError::Base64)]
#[case::base64_of_urls("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2_", VkeyError::Base64)]
#[case::line_feed("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", VkeyError::Base64)]
fn no_vkey(#[case] text: &str, #[case] error: VkeyError) {
    assert_eq!(Vkey::parse(text), Err(error));
}

#[test]
fn base64_has_one_spelling() {
    // 32 bytes leave bits over that could be anything: only zeros are taken.
    let vkey = vkey_of("a", 1, &[0; 31]);
    assert_eq!(Vkey::parse(&vkey), Err(VkeyError::Length(31)));
    let loose = format!("{}B=", vkey.strip_suffix("A=").unwrap_or_else(|| panic!("{vkey}")));
    assert_eq!(Vkey::parse(&loose), Err(VkeyError::Base64));
    let unpadded = vkey.trim_end_matches('=');
    assert_eq!(Vkey::parse(unpadded), Err(VkeyError::Base64));
}

#[test]
fn the_id_of_a_key_is_that_of_its_name_type_and_bytes() {
    let vkey = key("entries").vkey().to_string();
    let (found, computed) = (KeyId::from_bytes([0; 4]), key("entries").key_id());
    let text = vkey.replace(&computed.to_string(), "00000000");
    assert_eq!(Vkey::parse(&text), Err(VkeyError::KeyIdDiffers { found, computed }));
}

#[rstest]
#[case::neutral("0100000000000000000000000000000000000000000000000000000000000000")]
#[case::neutral_with_a_sign("0100000000000000000000000000000000000000000000000000000000000080")]
#[case::neutral_beyond_the_prime("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
#[case::of_order_4("0000000000000000000000000000000000000000000000000000000000000000")]
#[case::of_order_8("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
#[case::sum_of_a_key_and_one_of_order_8("9ea3f11f5bd34f0cd7147fd0a436c088f624c6100c1df6a53c0a29e05d60cea0")]
#[case::no_point("0200000000000000000000000000000000000000000000000000000000000000")]
fn a_point_outside_the_strict_kind_is_no_key(#[case] public_key: &str) {
    let public_key = hex::decode(public_key).unwrap();
    assert_eq!(Vkey::parse(&vkey_of("a", 1, &public_key)), Err(VkeyError::Point));
    assert_eq!(Cosigner::parse(&vkey_of("a", 4, &public_key)), Err(VkeyError::Point));
}

#[test]
fn keys_of_logs_and_of_witnesses_are_told_apart() {
    let public_key = example().vkey().public_key().to_owned();
    let cosigner = Cosigner::of(&example());
    assert_eq!(cosigner.to_string(), vkey_of("example.com/log", 4, &public_key));
    assert_eq!(Cosigner::parse(&cosigner.to_string()), Ok(cosigner.clone()));
    assert_eq!(Vkey::parse(&cosigner.to_string()), Err(VkeyError::Algorithm(4)));
    assert_eq!(Cosigner::parse(&example().vkey().to_string()), Err(VkeyError::Algorithm(1)));
    assert_eq!(Vkey::parse(&vkey_of("a", 6, &public_key)), Err(VkeyError::Algorithm(6)));
    assert_ne!(cosigner.key_id(), example().key_id());
}

#[rstest]
#[case::right(
    "826d388801756aa414c6a674847ac6c4d03307582a0b1cdd09fd7f368c2494624af2cc68082f1e6760c80fb612107efe05327c44c75ba882d2d99f16f023f909",
    true
)]
#[case::s_not_reduced(
    "826d388801756aa414c6a674847ac6c4d03307582a0b1cdd09fd7f368c24946237c6c2c5229230bf36650759f1095d1306327c44c75ba882d2d99f16f023f919",
    false
)]
#[case::r_of_small_order(
    "010000000000000000000000000000000000000000000000000000000000000095c0fdcc54fccad1f2b8bc9b96aa6837c82f86349e6576ad29ca3ece7b7ea905",
    false
)]
#[case::r_beyond_the_prime(
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f95c0fdcc54fccad1f2b8bc9b96aa6837c82f86349e6576ad29ca3ece7b7ea905",
    false
)]
#[case::right_with_the_cofactor_only(
    "3d720c75e599c3e0f2ab043d136b5449a826a54155c70db0b868babe24116f2a19f188602f82f2dd6218a24e011a445be26475fc338bb3e100fcf13ae73a1a0d",
    false
)]
#[case::zeros(
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    false
)]
fn a_signature_counts_by_the_strict_rules_only(#[case] text: &str, #[case] holds: bool) {
    assert_eq!(example().vkey().verify(b"message", &signature(text)), holds);
    assert!(!example().vkey().verify(b"another message", &signature(text)));
    if holds {
        assert_eq!(example().sign(b"message"), signature(text));
    }
}

#[test]
fn a_private_key_is_read_back_and_never_shown() {
    let key = key("entries");
    let text = key.private_text();
    assert!(text.starts_with("PRIVATE+KEY+ledger.example.com/acme/entries+e0000d08+A"), "{}", *text);
    let read = SigningKey::parse(&text).unwrap();
    assert_eq!(read.vkey(), key.vkey());
    assert_eq!(read.private_text(), text);
    let shown = format!("{read:?}");
    assert!(shown.contains("e0000d08") && !shown.contains("PRIVATE"), "{shown}");
    let secret = text.rsplit('+').next().unwrap();
    assert!(!shown.contains(secret), "{shown}");
}

#[rstest]
#[case(|text: &str| text.replace("PRIVATE+KEY+", ""), VkeyError::Form)]
#[case(|text: &str| text.replacen("+A", "+B", 1), VkeyError::Algorithm(5))]
#[case(|text: &str| format!("{text}="), VkeyError::Base64)]
#[case(|text: &str| text.replace("acme", "a cme"), VkeyError::Name)]
fn no_private_key(#[case] change: fn(&str) -> String, #[case] error: VkeyError) {
    let changed = change(&key("entries").private_text());
    assert_eq!(SigningKey::parse(&changed).unwrap_err(), error);
}

#[test]
fn a_private_key_under_another_name_has_another_id() {
    let text = key("entries").private_text().replace("acme", "other");
    assert!(matches!(SigningKey::parse(&text), Err(VkeyError::KeyIdDiffers { .. })));
    assert_eq!(SigningKey::from_seed("a b", [0; 32]).unwrap_err(), VkeyError::Name);
}

#[test]
fn each_role_has_a_name_of_its_own() {
    let names = Role::ALL.map(|role| role.vkey_name(&origin()));
    let of = |rest| format!("ledger.example.com/acme{rest}");
    assert_eq!(names, [of("/entries"), of(""), of("/receipts")]);
    for role in Role::ALL {
        assert_eq!(Role::parse(&role.to_string()), Ok(role));
    }
    assert!(Role::parse("Entries").is_err());
}

#[test]
fn the_example_of_a_cosignature_has_the_message_of_the_standard() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let line = cosign(&example(), 1_679_315_147, text);
    let message = format!("cosignature/v1\ntime 1679315147\n{text}");
    let (time, signature) = line.bytes.split_at(8);
    assert_eq!(time, 1_679_315_147_u64.to_be_bytes());
    assert!(example().vkey().verify(message.as_bytes(), signature.try_into().unwrap()));
}

#[test]
fn a_cosignature_says_its_time_and_holds_for_its_text_and_time_only() {
    let cosigner = Cosigner::of(&example());
    let line = cosign(&example(), 1_679_315_147, "text\n");
    assert_eq!(cosigner.verify("text\n", &line.bytes), Some(1_679_315_147));
    assert_eq!(cosigner.verify("other\n", &line.bytes), None);
    assert_eq!(cosigner.verify("text\n", &line.bytes[..71]), None);
    assert_eq!(cosigner.verify("text\n", &[line.bytes.as_slice(), &[0]].concat()), None);
    assert_eq!(cosigner.verify("text\n", &[]), None);
    let mut later = line.bytes.clone();
    later[7] += 1;
    assert_eq!(cosigner.verify("text\n", &later), None);
    let beyond = cosign(&example(), 1 << 63, "text\n");
    assert_eq!(cosigner.verify("text\n", &beyond.bytes), None);
}

proptest! {
    #[test]
    fn keys_are_those_of_another_implementation(seed in any::<[u8; 32]>(), name in "[a-z0-9./é-]{1,20}", message in any::<Vec<u8>>()) {
        use signed_note::{Signer, StandardSigner, StandardVerifier, Verifier};
        let key = SigningKey::from_seed(&name, seed).unwrap();
        let signer = StandardSigner::new(&key.private_text()).unwrap();
        let verifier = StandardVerifier::new(&key.vkey().to_string()).unwrap();
        prop_assert_eq!((signer.name(), verifier.name()), (key.name(), key.name()));
        prop_assert_eq!(verifier.key_id().to_be_bytes(), *key.key_id().as_bytes());
        let theirs = signer.sign(&message).unwrap();
        prop_assert_eq!(&theirs, &key.sign(&message));
        prop_assert!(verifier.verify(&message, &key.sign(&message)));
        prop_assert!(key.vkey().verify(&message, theirs.as_slice().try_into().unwrap()));
        prop_assert_eq!(Vkey::parse(&key.vkey().to_string()).unwrap(), key.vkey().clone());
    }
}
