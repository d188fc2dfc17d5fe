//! Every bit matters: whatever is changed in a file, the verdict is not good.

use ledger::verify::{Options, Question, Verdict, container};
use ledger::zip::Archive;
use rayon::prelude::*;

use crate::support::{read, trust};

/// Whether the file is rejected: a FAILED line, or no verdict at all. Waivers do not help.
fn is_rejected(file: &[u8], options: &Options<'_>) -> bool {
    container(file, options).map_or(true, |verdict: Verdict| verdict.exit_status(&Question::ALL) == 1)
}

/// The bits of a file, one at a time turned, of which the verifier takes no notice.
fn unnoticed(file: &[u8], bits: impl ParallelIterator<Item = usize>, options: &Options<'_>) -> Vec<usize> {
    assert!(!is_rejected(file, options));
    let is_unnoticed = |bit: &usize| {
        let mut flipped = file.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        !is_rejected(&flipped, options)
    };
    bits.filter(is_unnoticed).collect()
}

/// Each bit is covered by the checks of the container, without which there is no good verdict.
#[test]
fn every_flipped_bit_breaks_the_container() {
    for name in ["log-10.zip", "selection-subject.zip"] {
        let file = read(name);
        let is_sound = |bit: &usize| {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            Archive::open(flipped.as_slice()).is_ok_and(|archive| archive.check_data().is_ok())
        };
        let sound: Vec<usize> = (0..file.len() * 8).into_par_iter().filter(is_sound).collect();
        assert_eq!(sound, [0_usize; 0], "{name}");
    }
}

#[test]
fn a_flipped_bit_in_each_byte_of_a_log_is_found() {
    let file = read("log-10.zip");
    let policy = trust();
    let options = Options { policy: Some(&policy), skip_signatures: true, ..Options::default() };
    let bits = (0..file.len()).into_par_iter().map(|byte| byte * 8 + byte % 8);
    assert_eq!(unnoticed(&file, bits, &options), [0_usize; 0]);
}

/// The signatures are left out, which makes it the harder test, and half as long.
#[test]
#[ignore = "158,872 verdicts take two minutes of a core: `make fault` runs them"]
fn every_flipped_bit_is_found() {
    let file = read("log-10.zip");
    let policy = trust();
    let options = Options { policy: Some(&policy), skip_signatures: true, ..Options::default() };
    assert_eq!(unnoticed(&file, (0..file.len() * 8).into_par_iter(), &options), [0_usize; 0]);
}

#[test]
fn a_flipped_bit_in_each_byte_of_a_selection_is_found() {
    let file = read("selection-subject.zip");
    let bits = (0..file.len()).into_par_iter().map(|byte| byte * 8 + byte % 8);
    assert_eq!(unnoticed(&file, bits, &Options::default()), [0_usize; 0]);
}

#[test]
fn every_truncation_is_found() {
    for name in ["log-10.zip", "selection-stream.zip"] {
        let file = read(name);
        let accepted: Vec<usize> =
            (0..file.len()).into_par_iter().filter(|len| !is_rejected(&file[..*len], &Options::default())).collect();
        assert_eq!(accepted, [0_usize; 0], "{name}");
    }
}
