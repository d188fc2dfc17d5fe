//! Fuzz targets: any bytes are answered without a panic, and what is accepted is what would be written.

use ledger::export::{Consistency, Manifest, Query};
use ledger::verify::{Options, container};

use crate::support::{read, rewritten};

#[test]
fn a_manifest_that_is_read_is_written_again() {
    bolero::check!().for_each(|bytes: &[u8]| {
        if let Ok(manifest) = Manifest::parse(bytes) {
            assert_eq!(manifest.to_bytes(), bytes);
        }
    });
}

#[test]
fn a_query_that_is_read_is_written_again() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let Ok(value) = ledger::json::parse(bytes) else { return };
        if let Ok(query) = Query::from_value(&value) {
            assert_eq!(query.to_value(), value);
        }
    });
}

#[test]
fn a_consistency_proof_that_is_read_is_written_again() {
    bolero::check!().with_type::<(Vec<u8>, u64)>().for_each(|(bytes, size)| {
        if let Ok(proof) = Consistency::parse(bytes, *size) {
            assert_eq!(proof.to_text().as_bytes(), bytes);
        }
    });
}

#[test]
fn any_file_is_answered() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let _verdict = container(bytes, &Options { threads_max: Some(1), ..Options::default() });
    });
}

/// A sound container around one member that is not: what lies behind the checksums is reached.
#[test]
fn any_member_is_answered() {
    let exports = ["log-10.zip", "selection-indices.zip"].map(read);
    bolero::check!().with_type::<(bool, u8, u32, Vec<u8>)>().for_each(|(selection, which, at, bytes)| {
        let mut place = 0;
        let changed = rewritten(&exports[usize::from(*selection)], |_, mut data| {
            place += 1;
            if place == usize::from(*which % 7) {
                let at = *at as usize % (data.len() + 1);
                let end = data.len().min(at + bytes.len());
                data.splice(at..end, bytes.iter().copied());
            }
            data
        });
        let _verdict = container(changed.as_slice(), &Options { threads_max: Some(1), ..Options::default() });
    });
}
