//! `countersign key rotate`, run beside two replicas that write to the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ledger::key::Role;
use ledger::policy::Policy;
use ledger::receipt::Receipt;
use ledger::verify::{self, Options};
use serde_json::Value;

use crate::place::{Place, Serving};

/// Programs that write at the same time, half of them to each replica.
const WRITERS: usize = 4;
/// For a replica to go on after a rotation, on a machine that does other things too.
const PROGRESS_WITHIN: Duration = Duration::from_secs(30);

/// What one replica has acknowledged so far.
type Acknowledged = Arc<AtomicU64>;

/// Writes to a replica until told to stop; every answer must be an acknowledgement.
fn write(serving: &Arc<Serving>, key: &str, acknowledged: &Acknowledged, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (serving, key, acknowledged, stop) =
        (Arc::clone(serving), key.to_owned(), Arc::clone(acknowledged), Arc::clone(stop));
    std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            assert_eq!(serving.post_event(&key), 201);
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    })
}

/// Waits until each replica has acknowledged more than it has now.
async fn both_go_on(acknowledged: &[Acknowledged; 2]) {
    for replica in acknowledged {
        let before = replica.load(Ordering::Relaxed);
        let more = async {
            while replica.load(Ordering::Relaxed) < before + 5 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let more = tokio::time::timeout(PROGRESS_WITHIN, more).await;
        assert!(more.is_ok(), "a replica acknowledges nothing any more");
    }
}

/// Rotates a key as an operator does; the new key's id.
fn rotate(place: &Place, role: Role) -> String {
    let said = place.run(&format!("key rotate --org acme --role {}", role.as_str())).succeeded();
    let (_, new) = said.lines().next().unwrap().rsplit_once(' ').unwrap();
    let new = new.trim_end_matches('.').to_owned();
    let file = said.lines().find_map(|line| line.strip_prefix("  ")).unwrap();
    assert!(file.ends_with(&format!("{}-{new}.key", role.as_str())) && std::fs::exists(file).unwrap(), "{said}");
    new
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_every_role_rotate_beside_two_replicas_and_the_export_verifies_with_the_first_policy() {
    let place = Place::with_acme().await;
    let before = place.run("trust --org acme").succeeded();
    let create = "api-key create --org acme --name writer --scope events:write --scope entries:read --quiet";
    let key = place.run(create).succeeded().trim_end().to_owned();
    let replicas = [Arc::new(place.serve()), Arc::new(place.serve())];
    let (acknowledged, stop) = (<[Acknowledged; 2]>::default(), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| write(&replicas[writer % 2], &key, &acknowledged[writer % 2], &stop)).collect();
    both_go_on(&acknowledged).await;

    let mut receipts_key = String::new();
    for role in Role::ALL {
        let new = rotate(&place, role);
        both_go_on(&acknowledged).await;
        if role == Role::Receipts {
            receipts_key = new;
        }
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    let written: u64 = acknowledged.iter().map(|replica| replica.load(Ordering::Relaxed)).sum();
    for replica in &replicas {
        assert_eq!(signer_of_a_receipt(&place, replica, &key).await, receipts_key, "each replica took up the new key");
    }
    for replica in replicas {
        Arc::into_inner(replica).unwrap().stop();
    }

    let out = place.at("acme.zip");
    place.run(&format!("export --org acme --out {}", out.display())).succeeded();
    let export = std::fs::read(out).unwrap();
    for policy in [before, place.run("trust --org acme").succeeded()] {
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        let options = Options { policy: Some(&policy), ..Options::default() };
        let verdict = verify::container(export.as_slice(), &options).unwrap();
        assert_eq!(verdict.exit_status(&[]), 0, "{:#?}", verdict.lines);
    }
    let (ledger, acme) = place.ledger().await;
    let entries = store::testing::check(&ledger, acme.log).await;
    let acknowledged =
        entries.iter().filter(|entry| String::from_utf8_lossy(&entry.bytes).contains("password_changed"));
    assert_eq!(acknowledged.count() as u64, written, "what was acknowledged is there, once");
}

/// The id of the key that signs a receipt about the newest entry.
async fn signer_of_a_receipt(place: &Place, replica: &Serving, key: &str) -> String {
    let (ledger, acme) = place.ledger().await;
    let newest = store::entries::range(ledger.reader(), acme.log, 0, 100_000).await.unwrap().len() - 1;
    let (status, answer) = replica.get(&format!("/v1/orgs/acme/entries/{newest}/receipt"), Some(key));
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let (receipt, note) = Receipt::parse(answer["receipt"].as_str().unwrap()).unwrap();
    assert_eq!(receipt.sequence, newest as u64);
    note.signatures()[0].key_id.to_string()
}
