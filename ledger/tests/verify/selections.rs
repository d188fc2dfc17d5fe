//! Selections: nothing can be dropped, added, reordered or swapped, and each query proves what it can (spec §10).

use std::sync::LazyLock;

use ledger::export::{Chosen, Extras, Query, TypeFilter, choose, write_selection};
use ledger::key::Role;
use ledger::name::Reference;
use ledger::time::Timestamp;
use ledger::verify::{Options, Question, Status, Verdict, container};
use proptest::prelude::*;

use crate::support::{Log, START, member, rewritten};

/// 201 entries of some streams, with rotations and heartbeats, sealed at the end after a heartbeat.
static LOG: LazyLock<(Log, String)> = LazyLock::new(|| {
    let mut log = Log::open();
    log.events(40);
    log.rotate(Role::Entries);
    log.events(60);
    log.seal();
    log.heartbeat();
    log.events(50);
    log.rotate(Role::Receipts);
    log.events(45);
    log.attest("thing/2");
    log.heartbeat();
    let checkpoint = log.seal();
    (log, checkpoint)
});

fn time(second: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(START + second).unwrap() * 1_000_000).unwrap()
}

fn queries() -> Vec<(Query, u8)> {
    let stream = |name| Query::Stream(Reference::parse(name).unwrap());
    vec![
        (Query::indices(20, 60).unwrap(), 0),
        (Query::indices(0, 200).unwrap(), 0),
        (Query::indices(150, 150).unwrap(), 0),
        (Query::times(time(30), time(90)).unwrap(), 0),
        (Query::times(time(0), time(5)).unwrap(), 0),
        (Query::times(time(190), time(9999)).unwrap(), 3),
        (stream("thing/2"), 0),
        (stream("thing/3"), 3),
        (Query::Actor("maker".into()), 3),
        (Query::Subject(Reference::parse("thing/4").unwrap()), 3),
        (Query::Type(TypeFilter::parse("ledger.heartbeat").unwrap()), 3),
        (Query::Type(TypeFilter::parse("ledger.key.").unwrap()), 3),
    ]
}

fn verify(file: &[u8]) -> Verdict {
    let policy = LOG.0.policy();
    container(file, &Options { policy: Some(&policy), ..Options::default() }).unwrap()
}

#[test]
fn each_query_proves_what_it_can() {
    for (query, expected) in queries() {
        let verdict = verify(&LOG.0.select(&LOG.1, &query, None));
        assert_eq!(verdict.exit_status(&[]), expected, "{query:?}: {verdict:#?}");
        assert_eq!(verdict.exit_status(&[Question::Completeness]), 0, "{query:?}: {verdict:#?}");
    }
}

/// What somebody does to the list of included entries.
#[derive(Debug, Clone)]
enum Change {
    Drop(prop::sample::Index),
    Add(prop::sample::Index),
}

fn changes() -> impl Strategy<Value = (usize, Change)> {
    let change = prop_oneof![
        any::<prop::sample::Index>().prop_map(Change::Drop),
        any::<prop::sample::Index>().prop_map(Change::Add),
    ];
    (0..queries().len(), change)
}

/// The choice after the change, its counts made to fit.
fn changed(query: &Query, chosen: &Chosen, change: &Change) -> Option<Chosen> {
    let mut included = chosen.included.clone();
    match change {
        Change::Drop(place) => drop(included.remove(place.index(included.len()))),
        Change::Add(place) => {
            let absent: Vec<u64> = (0..LOG.0.size()).filter(|index| !included.contains(index)).collect();
            if absent.is_empty() {
                return None;
            }
            included.push(absent[place.index(absent.len())]);
            included.sort_unstable();
        }
    }
    let entry = |index: &u64| {
        let (bytes, _) = &LOG.0.listed.entries[usize::try_from(*index).unwrap()];
        ledger::entry::Entry::parse(bytes).unwrap()
    };
    let matching: Vec<u64> = included.iter().copied().filter(|index| query.matches(&entry(index))).collect();
    let span = matching.first().copied().zip(matching.last().copied());
    Some(Chosen { included, matched: matching.len() as u64, span })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Even with a proof and a manifest made for the changed list, the verdict is never a clean one. Where the selection
    /// itself says that it cannot prove completeness, it may be no worse than before.
    #[test]
    fn a_changed_choice_never_verifies((which, change) in changes()) {
        let (query, before) = &queries()[which];
        let chosen = choose(&LOG.0.listed, LOG.0.size(), query).unwrap();
        let Some(changed) = changed(query, &chosen, &change) else { return Ok(()) };
        prop_assume!(!changed.included.is_empty());
        let written = write_selection(Vec::new(), &LOG.0.listed, &LOG.1, (query, &changed), &Extras::default());
        let status = verify(&written.unwrap().0).exit_status(&[]);
        prop_assert!(status != 0 && *before <= status || status == 1, "{query:?} {change:?}: {status}");
    }

    /// Without a proof made for it, nothing can be dropped, repeated, swapped or replaced.
    #[test]
    fn changed_lines_fail(which in 0..queries().len(), kind in 0..4_u8, one: prop::sample::Index, other: prop::sample::Index) {
        let export = LOG.0.select(&LOG.1, &queries()[which].0, None);
        let lines = member(&export, "entries.jsonl").unwrap();
        let mut lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        match kind {
            0 => drop(lines.remove(one)),
            1 => lines.insert(one, lines[other]),
            2 => lines.swap(one, other),
            _ => lines[one] = lines[other],
        }
        let text = lines.concat();
        let changed = rewritten(&export, |name, data| if name == "entries.jsonl" { text.clone() } else { data });
        let verdict = verify(&changed);
        prop_assert_eq!(verdict.exit_status(&Question::ALL), 1);
        prop_assert_eq!(verdict.line(Question::Tree).unwrap().status, Status::Failed);
    }
}

#[test]
fn an_earlier_heartbeat_is_not_required() {
    let query = Query::indices(20, 30).unwrap();
    let mut chosen = choose(&LOG.0.listed, LOG.0.size(), &query).unwrap();
    chosen.included.push(102);
    chosen.included.sort_unstable();
    let written = write_selection(Vec::new(), &LOG.0.listed, &LOG.1, (&query, &chosen), &Extras::default());
    let line = verify(&written.unwrap().0).line(Question::Format).unwrap().clone();
    assert_eq!((line.status, line.first_index), (Status::Failed, Some(102)));
}

#[test]
fn signatures_beside_a_selection_are_as_many_as_its_entries() {
    let export = LOG.0.select(&LOG.1, &queries()[0].0, None);
    for change in [|data: &mut Vec<u8>| data.truncate(data.len() - 64), |data: &mut Vec<u8>| data.extend([0; 64])] {
        let changed = rewritten(&export, |name, mut data| {
            if name == "signatures.bin" {
                change(&mut data);
            }
            data
        });
        assert_eq!(verify(&changed).line(Question::Signatures).unwrap().status, Status::Failed);
    }
}

#[test]
fn gaps_of_a_selection_are_named() {
    let verdict = verify(&LOG.0.select(&LOG.1, &Query::indices(20, 30).unwrap(), None));
    let line = verdict.line(Question::Chain).unwrap();
    assert_eq!(line.status, Status::Ok);
    assert_eq!(line.findings[0].text, "Entries 1 to 19 are not included.");
}
