//! `countersign-verify`: checks an export of a ledger, a published log, a receipt or a proof, without trusting who made it.
//!
//! The questions and their answers are `ledger::verify`'s. Here is what surrounds them: files, directories and web
//! addresses to read from, what is remembered from one run to the next, and words for a reader who is no programmer.

mod arguments;
mod export;
#[cfg(feature = "http")]
mod http;
mod input;
mod memory;
mod paper;
mod progress;
mod published;
mod report;
mod wording;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use ledger::policy::Policy;
use ledger::verify::{Line, Options, Question, Status, Verdict, shown};

use self::arguments::Arguments;
use self::input::Input;
use self::memory::Memory;
use self::progress::Progress;
use self::report::{Report, summary_text, unanswered_json};

/// Exit status of a question that could not be answered (spec §11).
const UNANSWERED: u8 = 2;
/// A policy of as many lines as are read, and a page of comment on each.
const POLICY_BYTES_MAX: u64 = 16 << 20;
/// How an export begins, whatever is in it: with the header of its first member.
const EXPORT_START: &[u8] = b"PK\x03\x04";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let status = run(&arguments).unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        UNANSWERED
    });
    ExitCode::from(status)
}

fn run(arguments: &Arguments) -> Result<u8> {
    let policy = arguments.trust.as_deref().map(read_policy).transpose()?;
    let mut memory = arguments.remember.as_deref().map(Memory::open).transpose()?;
    let (mut worst, mut ended) = (0, Vec::new());
    // Only what is remembered of one input is held against another.
    let inputs =
        if memory.is_some() { input::smaller_first(&arguments.inputs) } else { arguments.inputs.iter().collect() };
    for (place, name) in inputs.into_iter().enumerate() {
        let verdict = verify(name, arguments, policy.as_ref(), memory.as_ref());
        let status = match &verdict {
            Ok(verdict) => verdict.exit_status(&arguments.accept),
            Err(_) => UNANSWERED,
        };
        worst = worse(worst, status);
        ended.push((name.as_str(), status));
        if let Err(error) = say(place, name, &verdict, arguments) {
            return Ok(worse(worst, unwritten(&error)));
        }
        if let (Some(memory), Ok(verdict)) = (&mut memory, &verdict)
            && let Err(error) = remember(name, verdict, memory)
        {
            complain(&format!("{error:#}"));
            worst = worse(worst, UNANSWERED);
        }
    }
    if 1 < ended.len()
        && !arguments.quiet
        && !arguments.json
        && let Err(error) = print(&summary_text(&ended))
    {
        worst = worse(worst, unwritten(&error));
    }
    Ok(worst)
}

fn unwritten(error: &io::Error) -> u8 {
    complain(&format!("the answer could not be written: {error}"));
    UNANSWERED
}

fn read_policy(path: &Path) -> Result<Policy> {
    let name = path.display();
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(POLICY_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    let bytes = read().with_context(|| format!("the policy file {name} could not be read"))?;
    if bytes.starts_with(EXPORT_START) {
        bail!("{name} is an export, not a policy file: --trust takes the file with the log's key");
    }
    if POLICY_BYTES_MAX < bytes.len() as u64 {
        bail!("{name} is no policy file: it has more than {POLICY_BYTES_MAX} bytes");
    }
    Policy::parse(&bytes).with_context(|| format!("{name} is no policy file"))
}

fn verify(name: &str, arguments: &Arguments, policy: Option<&Policy>, memory: Option<&Memory>) -> Result<Verdict> {
    let input = Input::find(name, arguments.key.as_deref())?;
    let progress = Progress::new(!arguments.quiet && io::stderr().is_terminal());
    let report = |done, all| progress.report(done, all);
    let options = Options {
        policy,
        remembered: memory.map(Memory::checkpoints).unwrap_or_default(),
        skip_signatures: arguments.skip_signatures,
        progress: Some(&report),
        ..Options::default()
    };
    input.verify(&options)
}

/// Keeps the checkpoint for next time, or says why that of a log without a policy is not kept: if an impostor made it, it
/// would accuse the true log.
fn remember(name: &str, verdict: &Verdict, memory: &mut Memory) -> Result<()> {
    if let Verdict { origin: Some(origin), remember: Some(note), .. } = verdict {
        return memory.keep(origin, note);
    }
    let is_unpinned = |line: &Line| line.status == Status::NotChecked;
    if !verdict.has_failed() && verdict.line(Question::Authenticity).is_some_and(is_unpinned) {
        complain(&format!("{name}: not remembered, because no policy file vouches for it: give one with --trust"));
    }
    Ok(())
}

/// Of two statuses the one that decides: a failure that was proved over one question left open over all answered.
fn worse(one: u8, other: u8) -> u8 {
    /// From the least to the worst.
    const ORDER: [u8; 4] = [0, 3, UNANSWERED, 1];
    let rank = |status: &u8| ORDER.iter().position(|known| known == status);
    std::cmp::max_by_key(one, other, rank)
}

/// Prints what was found out about one input.
fn say(place: usize, name: &str, verdict: &Result<Verdict>, arguments: &Arguments) -> io::Result<()> {
    let report = |verdict| Report { name, verdict, accepted: &arguments.accept };
    let text = match verdict {
        _ if arguments.quiet => String::new(),
        Ok(verdict) if arguments.json => report(verdict).to_json() + "\n",
        Ok(verdict) => {
            let apart = if place == 0 { "" } else { "\n" };
            format!("{apart}{}", report(verdict).to_text(arguments.is_coloured(io::stdout().is_terminal())))
        }
        Err(error) if arguments.json => unanswered_json(name, &format!("{error:#}")) + "\n",
        Err(_) => String::new(),
    };
    if let Err(error) = verdict {
        complain(&format!("{name}: {error:#}"));
    }
    print(&text)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Says on the error output what stands in the way.
fn complain(text: &str) {
    // Where nobody listens to errors, the exit status still tells.
    writeln!(io::stderr(), "countersign-verify: {}", shown(text)).ok();
}
