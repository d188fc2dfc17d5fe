//! How fast an export is verified, as a share of what strict Ed25519 verification alone allows on the same cores, and in
//! how much memory.
//!
//!   cargo bench -p verifier --bench throughput -- [ENTRIES]
//!
//! Verifying an entry means one signature, two hashes and a strict reading of its JSON, so the ratio says what all that is
//! beside the signature costs. The two are measured in turn, and the median of the ratios of neighbours counts: what else
//! the machine does meets both. The goal is 0.8, in under 64 MiB for ten million entries.

#[path = "../../src/export.rs"]
mod export;
mod synthetic;

use std::env;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ledger::export::{Extras, write_log};
use ledger::key::Vkey;
use ledger::policy::Policy;
use ledger::signature::entry_message;
use ledger::verify::{Options, container};
use rayon::prelude::*;

use self::export::ExportFile;
use self::synthetic::Synthetic;

const ENTRIES: u64 = 200_000;
/// Pairs of measurements; fewer of a log so long that one of them says enough.
const ROUNDS_MAX: u64 = 5;
const ENTRIES_OF_ALL_ROUNDS: u64 = 5_000_000;
/// Signatures verified alone in one round at most; more of the same say nothing more.
const SIGNATURES_MAX: u64 = 50_000;
/// Before the path of an export: verify it once and print this process's peak memory.
const ONCE: &str = "--once";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments[..] {
        [once, export, ..] if once == ONCE => println!("{}", peak_memory_kib(Path::new(export))),
        arguments => {
            // Cargo adds flags of its own; all that is not a number belongs to them or to other benchmarks.
            let entries = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ENTRIES);
            compare(entries);
        }
    }
}

fn compare(entries: u64) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let log = Synthetic::write(entries, directory.path());
    let policy = Policy::for_log(log.checkpoints_vkey());
    let path = directory.path().join("export.zip");
    let extras = Extras { readme: true, entries: true, ..Extras::default() };
    let file = BufWriter::new(fs::File::create(&path).expect("the export can be created"));
    let (mut file, _) = write_log(file, &log, log.checkpoint(), &extras).expect("the log can be exported");
    file.flush().expect("the export can be written");

    let signed = log.signed(entries.min(SIGNATURES_MAX));
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    let count = (ENTRIES_OF_ALL_ROUNDS / entries).clamp(1, ROUNDS_MAX);
    if count > 1 {
        // The file is read into the system's cache once.
        verify(&path, &policy);
    }
    for _ in 0..count {
        rounds.push((
            rate(entries, || verify(&path, &policy)),
            rate(signed.len() as u64, || signatures(log.entries_vkey(), &signed)),
        ));
    }
    let ours = median(rounds.iter().map(|(ours, _)| *ours));
    let alone = median(rounds.iter().map(|(_, alone)| *alone));
    let ratios = || rounds.iter().map(|(ours, alone)| ours / alone);
    let (low, high) = ratios().fold((f64::MAX, 0.0_f64), |(low, high), ratio| (low.min(ratio), high.max(ratio)));
    println!(
        "verify: {entries} entries, {ours:.0} entries/s; strict Ed25519 alone {alone:.0}/s; ratio {:.2} ({low:.2} to {high:.2}), goal 0.80; \
         peak memory {} MiB, goal 64",
        median(ratios()),
        in_a_process_of_its_own(&path).div_ceil(1024),
    );
}

fn verify(path: &Path, policy: &Policy) {
    let file = ExportFile::open(path).expect("the export is there");
    let verdict = container(file, &Options { policy: Some(policy), ..Options::default() }).expect("it can be read");
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:#?}");
}

/// Verifies signatures and nothing else, on all cores.
fn signatures(vkey: &Vkey, signed: &[([u8; 86], [u8; 64])]) {
    assert!(signed.par_iter().all(|(message, signature)| vkey.verify(message, signature)));
}

/// How many a second.
fn rate(count: u64, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    #[expect(clippy::cast_precision_loss, reason = "a rate is for people")]
    let count = count as f64;
    count / start.elapsed().as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Peak memory, in KiB, of a process that verifies the export and does nothing else.
fn in_a_process_of_its_own(path: &Path) -> u64 {
    let this = env::current_exe().expect("this program has a path");
    let output = Command::new(this).arg(ONCE).arg(path).output().expect("this program can be started");
    let text = String::from_utf8(output.stdout).expect("a number is text");
    text.trim().parse().expect("a number")
}

fn peak_memory_kib(path: &Path) -> u64 {
    let file = ExportFile::open(path).expect("the export is there");
    container(file, &Options::default()).expect("it can be read");
    let status = fs::read_to_string("/proc/self/status").expect("Linux says what a process is like");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line on peak memory");
    peak.trim().trim_end_matches(" kB").parse().expect("a number of KiB")
}

impl Synthetic {
    /// What was signed of the first entries, and the signatures.
    fn signed(&self, count: u64) -> Vec<([u8; 86], [u8; 64])> {
        self.hashes_and_signatures(count)
            .into_iter()
            .map(|(hash, signature)| (entry_message(&hash), signature))
            .collect()
    }
}
