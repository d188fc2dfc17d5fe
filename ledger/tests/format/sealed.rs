//! Sealed values: what opens them, what does not, and which are none.

use ledger::id::EntryId;
use ledger::json::ShapeError;
use ledger::name::Origin;
use ledger::sealed::{DataKey, Of, OpenError, SealedError, SealedPlace, SealedValue};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::vectors::{EXPECTED, origin};

fn value() -> Value {
    EXPECTED["sealed"]["value"].clone()
}

fn entry() -> EntryId {
    EntryId::parse(EXPECTED["sealed"]["entry_id"].as_str().unwrap()).unwrap()
}

fn key() -> DataKey {
    DataKey::from_bytes(std::array::from_fn(|place| u8::try_from(place).unwrap()))
}

#[rstest]
#[case(|v: &mut Value| *v = json!("x"), ShapeError::NotAnObject { object: "a sealed value" }.into())]
#[case(|v: &mut Value| v["more"] = json!(1), ShapeError::Unknown { object: "a sealed value", member: "more".into() }.into())]
#[case(|v: &mut Value| { v.as_object_mut().unwrap().remove("ct"); }, ShapeError::Missing { object: "a sealed value", member: "ct" }.into())]
#[case(|v: &mut Value| v["alg"] = json!("A256GCM"), SealedError::Algorithm("A256GCM".into()))]
#[case(|v: &mut Value| v["commit"] = json!("3A"), SealedError::Commit)]
#[case(|v: &mut Value| v["ct"] = json!("AAAA"), SealedError::Ciphertext)]
#[case(|v: &mut Value| v["ct"] = json!("/7drFuS9/+5YNEup5TfQiSY3RMD5GBnHp+Nmvt5EqtpnxBV"), SealedError::Ciphertext)]
#[case(|v: &mut Value| v["field"] = json!("E-mail"), SealedError::Field)]
#[case(|v: &mut Value| v["field"] = json!(""), SealedError::Field)]
#[case(|v: &mut Value| v["kid"] = json!("018F3B7E-0000-7000-8000-00000000E001"), SealedError::Kid)]
#[case(|v: &mut Value| v["nonce"] = json!("AAAA"), SealedError::Nonce)]
#[case(|v: &mut Value| v["nonce"] = json!("AAECAwQFBgcICQoLDA0ODxAREhMUFRY="), SealedError::Nonce)]
#[case(|v: &mut Value| v["of"] = json!("person"), SealedError::Of("person".into()))]
fn no_sealed_value(#[case] change: fn(&mut Value), #[case] error: SealedError) {
    let mut value = value();
    change(&mut value);
    assert_eq!(SealedValue::parse(&value), Err(error));
}

#[rstest]
#[case::field(|v: &mut Value| v["field"] = json!("name"), OpenError::Sealed)]
#[case::of(|v: &mut Value| v["of"] = json!("actor"), OpenError::Sealed)]
#[case::kid(|v: &mut Value| v["kid"] = json!("018f3b7e-0000-7000-8000-00000000e002"), OpenError::Sealed)]
#[case::nonce(|v: &mut Value| v["nonce"] = json!("AAECAwQFBgcICQoLDA0ODxAREhMUFRYY"), OpenError::Sealed)]
#[case::ciphertext(|v: &mut Value| v["ct"] = json!("/7drFuS9/+5YNEup5TfQiSY3RMD5GBnHp+Nmvt5EqtpnxBVM"), OpenError::Sealed)]
#[case::commitment(|v: &mut Value| v["commit"] = json!("00".repeat(32)), OpenError::Commitment)]
fn a_value_that_was_changed_does_not_open(#[case] change: fn(&mut Value), #[case] error: OpenError) {
    let mut value = value();
    assert!(SealedValue::parse(&value).unwrap().open(&origin(), entry(), &key()).is_ok());
    change(&mut value);
    assert_eq!(SealedValue::parse(&value).unwrap().open(&origin(), entry(), &key()), Err(error));
}

#[test]
fn a_value_opens_in_its_entry_of_its_log_with_its_key_only() {
    let value = SealedValue::parse(&value()).unwrap();
    let (other_log, other_entry) = (
        Origin::parse("a/b").unwrap(),
        EntryId::from_bytes({
            let mut bytes = *entry().as_bytes();
            bytes[15] ^= 1;
            bytes
        }),
    );
    assert_eq!(value.open(&other_log, entry(), &key()), Err(OpenError::Sealed));
    assert_eq!(value.open(&origin(), other_entry.unwrap(), &key()), Err(OpenError::Sealed));
    assert_eq!(value.open(&origin(), entry(), &DataKey::from_bytes([0; 32])), Err(OpenError::Sealed));
}

#[test]
fn a_data_key_is_not_shown() {
    assert_eq!(format!("{:?}", key()), "DataKey(..)");
}

proptest! {
    #[test]
    fn what_is_sealed_opens(key in any::<[u8; 32]>(), nonce in any::<[u8; 24]>(), plaintext in any::<String>(), actor in any::<bool>()) {
        let (origin, of, key) = (origin(), if actor { Of::Actor } else { Of::Subject }, DataKey::from_bytes(key));
        let kid = "018f3b7e-0000-7000-8000-00000000e001";
        let place = SealedPlace { origin: &origin, entry: entry(), field: "name", kid, of };
        let value = SealedValue::seal(&place, &key, nonce, &plaintext);
        prop_assert_eq!(&*value.open(&origin, entry(), &key).unwrap(), &plaintext);
    }
}
