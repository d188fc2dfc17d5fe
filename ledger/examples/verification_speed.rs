//! How much of what the machine's cores reach on strict Ed25519 verification alone does verifying an export reach?
//!
//! `cargo run --release -p ledger --example verification_speed [ENTRIES]` alternates both and prints the median ratio.
#![expect(clippy::unwrap_used, reason = "a measurement")]

#[path = "../tests/memory/made.rs"]
mod made;

use std::time::{Duration, Instant};

use ledger::export::{Extras, write_log};
use ledger::hash::EntryHash;
use ledger::key::{Role, SigningKey};
use ledger::signature::verify_entry;
use ledger::source::ListedLog;
use ledger::tree::{Frontier, leaf_hash};
use ledger::verify::{Options, Question, container};
use rayon::prelude::*;

const ROUNDS: usize = 9;

fn main() {
    let entries: u64 = std::env::args().nth(1).map_or(20_000, |count| count.parse().unwrap());
    let mut maker = made::Maker::new();
    let mut tree = Frontier::new();
    let mut log = ListedLog::default();
    for index in 0..entries {
        let (entry, signature) = maker.next(&format!("thing/{}", index.div_ceil(2)), u32::from(index % 2 == 0) + 1);
        tree.push(leaf_hash(&entry));
        log.entries.push((entry, signature));
    }
    let checkpoint = maker.checkpoint(tree.root());
    let extras = Extras { readme: true, entries: true, ..Extras::default() };
    let (export, _) = write_log(Vec::new(), &log, &checkpoint, &extras).unwrap();
    let seed = [Role::Entries as u8 + 1; 32];
    let key = SigningKey::from_seed(&Role::Entries.vkey_name(&maker.origin), seed).unwrap();
    let hashed: Vec<_> = log.entries.iter().map(|(entry, signature)| (EntryHash::of(entry), *signature)).collect();

    let mut ratios: Vec<f64> = Vec::new();
    for round in 1..=ROUNDS {
        let alone = time(|| {
            assert!(hashed.par_iter().all(|(hash, signature)| verify_entry(key.vkey(), hash, signature)));
        });
        let whole = time(|| {
            let verdict = container(export.as_slice(), &Options::default()).unwrap();
            assert_eq!(verdict.exit_status(&[Question::Authenticity]), 0);
        });
        let ratio = alone.as_secs_f64() / whole.as_secs_f64();
        println!("{round}: signatures alone {alone:.2?}, the whole verdict {whole:.2?}, ratio {ratio:.3}");
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.3}, {:.3} to {:.3}", ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1]);
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
