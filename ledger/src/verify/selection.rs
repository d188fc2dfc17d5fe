//! A selection: some entries of a log and the proof that they are in it (spec §10, `kind: "selection"`).

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use super::Options;
use super::checkpoint::{Head, conclude};
use super::continuity;
use super::facts::{Facts, Reader, Said, Sealed, in_words};
use super::log::{false_signatures, stand_completeness, stand_signatures};
use super::parallel;
use super::selected::{Included, Role, Selected};
use super::tallies::{NAMES_MAX, Tallies};
use super::tree::is_damage;
use super::verdict::{Answers, Question, Status};
use super::walk::{Past, Recorded, Signed, Step, Walk};
use crate::entry::{ENTRY_BYTES_MAX, LedgerEvent};
use crate::export::{Consistency, ConsistencyError, Manifest, Query};
use crate::key::Signature;
use crate::multiproof::{self, CheckError, LineError, Lines};
use crate::time::Timestamp;
use crate::tree::Hash;

/// Entries in one unit of work.
const CHUNK_ENTRIES: usize = 256;
/// Read at once, about: three times as much is in memory.
const BATCH_BYTES: usize = 2 << 20;

/// The members of a selection.
pub(super) struct Selection<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) head: &'a Head,
    /// `consistency.txt`, where there is one.
    pub(super) consistency: Option<&'a Result<Consistency, ConsistencyError>>,
    pub(super) options: &'a Options<'a>,
}

/// The texts of a selection that are read from start to end.
pub(super) struct Streams<E, S, P> {
    /// `entries.jsonl`
    pub(super) entries: E,
    /// `signatures.bin`
    pub(super) signatures: S,
    /// `proof.txt`
    pub(super) proof: P,
}

impl Selection<'_> {
    /// Answers all questions about the selection, and says what its entries record.
    pub(super) fn verify<E, S, P>(&self, streams: Streams<E, S, P>) -> io::Result<(Answers, Recorded)>
    where
        E: BufRead + Send,
        S: Read + Send,
        P: BufRead,
    {
        let (manifest, options) = (self.manifest, self.options);
        let reader = Reader { origin: &manifest.origin, query: &manifest.query, names: self.head.names(), options };
        let lines =
            LineReader { entries: streams.entries, signatures: streams.signatures, line: 0, at_once: CHUNK_ENTRIES };
        let mut passage = Passage {
            selection: self,
            reader,
            lines,
            walk: Walk::along_selection(&manifest.origin, options),
            selected: Selected::new(manifest),
            tallies: Tallies::new(options.names_max.unwrap_or(NAMES_MAX)),
            raw: Vec::new(),
            unchecked: Vec::new(),
            leaves: VecDeque::new(),
            state: State::Going,
        };
        self.prove(&mut passage, Lines::new(streams.proof))?;
        let whole = passage.finish()?;
        let Passage { mut walk, selected, tallies, .. } = passage;
        if !whole {
            walk.answers.end(Question::Format);
        }
        conclude(&mut walk, (self.head, &manifest.origin, manifest.size), whole, options, &mut NoPast)?;
        continuity::of_selection(self.head.says.as_ref(), self.consistency, &mut walk);
        if whole {
            selected.finish(&mut walk.answers);
            self.stand(&mut walk, &tallies);
        }
        Ok((walk.answers, walk.recorded))
    }

    /// Computes the root from the entries and the proof; the entries are pulled through on the way.
    fn prove<E, S, P>(&self, passage: &mut Passage<'_, E, S>, lines: Lines<P>) -> io::Result<()>
    where
        E: BufRead + Send,
        S: Read + Send,
        P: BufRead,
    {
        // The root of another size has nothing to do with these entries.
        let of_this_size = self.head.says.as_ref().filter(|checkpoint| checkpoint.size == self.manifest.size);
        let Some(checkpoint) = of_this_size else {
            passage.walk.answers.leave_unjudged(Question::Tree, Question::Checkpoint);
            return Ok(());
        };
        let result = multiproof::check(self.manifest.size, &checkpoint.root, &mut *passage, lines);
        let answers = &mut passage.walk.answers;
        match result {
            Ok(()) => {
                let text = "The entries and the proof give the root that the checkpoint names.";
                answers.stand(Question::Tree, Status::Ok, text);
            }
            Err(CheckError::Leaf(error)) => return Err(error),
            Err(CheckError::Line(LineError::Read { source, .. })) if !is_damage(&source) => return Err(source),
            Err(error) => {
                let text = format!("The entries are not proved to be those that the log signed: {}.", in_words(&error));
                answers.fail(Question::Tree, None, &text);
            }
        }
        Ok(())
    }

    fn stand(&self, walk: &mut Walk<'_>, tallies: &Tallies) {
        let Manifest { entries, size, .. } = self.manifest;
        let answers = &mut walk.answers;
        answers.stand(Question::Format, Status::Ok, &format!("All {entries} entries are well-formed."));
        let text = "Where entries adjoin each other, each names the hash of the one before it.";
        answers.stand(Question::Chain, Status::Ok, text);
        let text = format!("All that the query asks for in the first {size} entries is here.");
        stand_completeness(&text, answers);
        walk.times.stand(answers);
        stand_signatures(walk);
        let Sealed { values, opened, .. } = walk.sealed;
        if values == 0 {
            walk.answers.stand(Question::Sealed, Status::Absent, "There are no sealed values.");
        } else {
            // With too many names to keep, erasures beyond the first are not looked for: they count as not opened.
            let erased = tallies.erased();
            let left = values.saturating_sub(opened).saturating_sub(erased);
            let text = format!("{values} sealed values: {opened} opened, {erased} erased, {left} not opened.");
            walk.answers.stand(Question::Sealed, Status::Ok, &text);
        }
    }
}

/// The way of all entries through the checks. As an iterator it gives the leaves that the proof needs, and moves on
/// when it has no more of them.
struct Passage<'a, E, S> {
    selection: &'a Selection<'a>,
    reader: Reader<'a>,
    lines: LineReader<E, S>,
    walk: Walk<'a>,
    selected: Selected<'a>,
    tallies: Tallies,
    raw: Vec<RawChunk>,
    unchecked: Vec<Vec<Signed>>,
    leaves: VecDeque<(u64, Hash)>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Going,
    /// All lines went through.
    Ended,
    /// The text is damaged: nothing more can be read.
    Broken,
}

impl<E: BufRead + Send, S: Read + Send> Passage<'_, E, S> {
    /// One step of the pipeline: read, parse and check different chunks at the same time.
    fn step(&mut self) -> io::Result<()> {
        let (raw, unchecked) = (std::mem::take(&mut self.raw), std::mem::take(&mut self.unchecked));
        let (lines, reader) = (&mut self.lines, &self.reader);
        let step = parallel::step(
            (raw, unchecked),
            || lines.read(),
            |chunk| chunk.look_at(reader),
            |signed| false_signatures(&signed),
        );
        for index in step.checked.into_iter().flatten() {
            self.walk.answers.fail(Question::Signatures, index, &format!("The signature of entry {index} is false."));
        }
        for chunk in step.parsed {
            self.fold(&chunk)?;
        }
        self.selection.options.report(self.walk.recorded.entries, self.selection.manifest.entries);
        match step.raw {
            Ok(raw) => self.raw = raw,
            Err(error) if is_damage(&error) => {
                let text = format!("The entries cannot be read to the end: {}.", in_words(&error));
                self.walk.answers.fail(Question::Format, None, &text);
                self.state = State::Broken;
            }
            Err(error) => return Err(error),
        }
        if self.state == State::Going && self.raw.is_empty() && self.unchecked.is_empty() {
            self.state = State::Ended;
        }
        Ok(())
    }

    fn fold(&mut self, chunk: &Chunk) -> io::Result<()> {
        let mut unchecked = Vec::with_capacity(chunk.facts.len());
        for ((line, facts), place) in (chunk.line + 1..).zip(&chunk.facts).zip(0..) {
            let said = match &facts.read {
                Ok(said) => said,
                Err(reason) => {
                    self.walk.recorded.entries += 1;
                    let text = format!("Line {line} of the entries is not a well-formed entry: {reason}.");
                    self.walk.answers.fail(Question::Format, None, &text);
                    continue;
                }
            };
            let index = said.sequence;
            if self.selection.manifest.size <= index {
                let text = format!("Entry {index} is not among the first {}.", self.selection.manifest.size);
                self.walk.answers.fail(Question::Format, index, &text);
            }
            self.leaves.push_back((index, facts.leaf));
            let step = Step { index, facts, signature: chunk.signatures.get(place) };
            unchecked.extend(self.walk.step(&step, &mut NoPast)?);
            for event in &said.events {
                // Versions are incomplete by the nature of a selection; what is counted here are erasures.
                self.tallies.count(*event);
            }
            let included = included(said, &self.selection.manifest.query);
            self.selected.entry(&included, &mut self.walk.answers);
        }
        self.unchecked.push(unchecked);
        Ok(())
    }

    /// Lets all that is left go through; `false` when it could not be read to the end.
    fn finish(&mut self) -> io::Result<bool> {
        while self.state == State::Going {
            self.step()?;
            self.leaves.clear();
        }
        if self.state == State::Ended && self.lines.has_more_signatures()? {
            self.walk.answers.fail(Question::Signatures, None, "There are more signatures than entries.");
        }
        Ok(self.state == State::Ended)
    }
}

impl<E: BufRead + Send, S: Read + Send> Iterator for Passage<'_, E, S> {
    type Item = io::Result<(u64, Hash)>;

    fn next(&mut self) -> Option<io::Result<(u64, Hash)>> {
        while self.leaves.is_empty() && self.state == State::Going {
            if let Err(error) = self.step() {
                return Some(Err(error));
            }
        }
        self.leaves.pop_front().map(Ok)
    }
}

fn included(said: &Said, query: &Query) -> Included {
    let role = match said.entry.as_deref().map(|entry| (entry, entry.ledger_event.as_deref())) {
        _ if said.sequence == 0 => Role::Opening,
        Some((entry, _)) if entry.event_type.is_key_change() => Role::KeyChange,
        Some((_, Some(LedgerEvent::Heartbeat(_)))) => Role::Heartbeat,
        Some((_, Some(LedgerEvent::StreamAttested(attested)))) if *query == Query::Stream(attested.stream.clone()) => {
            Role::Attestation { version: attested.version }
        }
        _ => Role::Ordinary,
    };
    Included {
        index: said.sequence,
        time: said.time,
        role,
        is_match: said.is_match,
        stream_version: said.stream_version,
    }
}

/// Some lines of `entries.jsonl` and their signatures.
struct RawChunk {
    /// Lines before them.
    line: u64,
    entries: Vec<Vec<u8>>,
    signatures: Vec<Signature>,
}

struct Chunk {
    line: u64,
    facts: Vec<Facts>,
    signatures: Vec<Signature>,
}

impl RawChunk {
    fn look_at(self, reader: &Reader<'_>) -> Chunk {
        let facts = self.entries.iter().map(|entry| reader.read(entry)).collect();
        Chunk { line: self.line, facts, signatures: self.signatures }
    }
}

/// Reads entries and signatures side by side.
struct LineReader<E, S> {
    entries: E,
    signatures: S,
    line: u64,
    at_once: usize,
}

impl<E: BufRead, S: Read> LineReader<E, S> {
    /// The next lines, in units of work; none at the end.
    fn read(&mut self) -> io::Result<Vec<RawChunk>> {
        let mut chunks = Vec::new();
        let (mut bytes, mut entries) = (0, 0);
        while bytes < BATCH_BYTES && entries < self.at_once {
            let Some(chunk) = self.read_chunk()? else { break };
            bytes += chunk.entries.iter().map(Vec::len).sum::<usize>();
            entries += chunk.entries.len();
            chunks.push(chunk);
        }
        // The first step is short, so that the other stages have something to do soon.
        self.at_once = usize::MAX;
        Ok(chunks)
    }

    fn read_chunk(&mut self) -> io::Result<Option<RawChunk>> {
        let mut chunk = RawChunk { line: self.line, entries: Vec::new(), signatures: Vec::new() };
        while chunk.entries.len() < CHUNK_ENTRIES {
            let Some(entry) = read_line(&mut self.entries)? else { break };
            self.line += 1;
            chunk.entries.push(entry);
            let mut signature = [0; 64];
            match self.signatures.read_exact(&mut signature) {
                Ok(()) => chunk.signatures.push(signature),
                Err(error) if is_damage(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(chunk).filter(|chunk| !chunk.entries.is_empty()))
    }

    fn has_more_signatures(&mut self) -> io::Result<bool> {
        Ok(self.signatures.read(&mut [0])? > 0)
    }
}

/// An entry, without the newline that must follow it.
fn read_line(text: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    text.take(ENTRY_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => {
            Err(io::Error::new(io::ErrorKind::InvalidData, "a line has no end, or is longer than an entry may be"))
        }
    }
}

/// A selection knows nothing of the entries between those that it includes.
struct NoPast;

impl Past for NoPast {
    fn root_at(&mut self, _size: u64) -> io::Result<Option<Hash>> {
        Ok(None)
    }

    fn last_below(&mut self, _size: u64) -> io::Result<Option<(u64, Timestamp)>> {
        Ok(None)
    }

    fn first_from(&mut self, _size: u64) -> io::Result<Option<(u64, Timestamp)>> {
        Ok(None)
    }
}
