//! `countersign trust`.

use ledger::key::Role;
use ledger::policy::Policy;
use store::rotate::rotate;

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_all_that_is_printed_and_names_the_key_that_was_to_be_pinned() {
    let place = Place::new().await;
    let created = place.run("org create acme --name Acme --authority ledger.example.com").succeeded();
    let pinned = created.lines().map(str::trim).find(|line| line.starts_with("ledger.example.com/acme+")).unwrap();
    let said = place.run("trust --org acme");
    assert_eq!(said.stderr, "");
    assert_eq!(said.stdout, format!("log {pinned}\nquorum none\n"));
    let policy = Policy::parse(said.stdout.as_bytes()).unwrap();
    assert_eq!(policy.logs().iter().map(|log| log.vkey.to_string()).collect::<Vec<_>>(), [pinned]);
    assert_eq!(policy.to_bytes(), said.stdout.as_bytes(), "to the byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_the_policy_names_the_earlier_checkpoints_keys_too() {
    let place = Place::with_acme().await;
    let before = place.run("trust --org acme").succeeded();
    let (ledger, acme) = place.ledger().await;
    let rotated = rotate(&ledger, acme.log, Role::Checkpoints).await.unwrap();
    rotate(&ledger, acme.log, Role::Entries).await.unwrap();
    let after = place.run("trust --org acme").succeeded();
    assert_eq!(after, before.replace("quorum", &format!("log {}\nquorum", rotated.new)));
    Policy::parse(after.as_bytes()).unwrap();
}

#[tokio::test]
async fn of_an_organisation_that_is_not_there_nothing_is_printed() {
    let place = Place::new().await;
    assert!(place.run("trust --org nobody").refused().contains("there is no organisation nobody"));
}
