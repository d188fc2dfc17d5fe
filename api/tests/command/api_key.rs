//! `countersign api-key`: shown once, kept as a hash, good for as long as it should be, and each act an entry.

use ledger::entry::{ActorType, Entry};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::ConnectOptions as _;
use store::cluster::Role;
use store::entries;

use crate::place::Place;

/// Everything that the database keeps of API keys, as text.
async fn kept(place: &Place) -> Vec<String> {
    let mut db = place.database.options(Role::Superuser).connect().await.unwrap();
    sqlx::query_scalar("select k::text from access.api_keys k").fetch_all(&mut db).await.unwrap()
}

async fn change(place: &Place, sql: &str) {
    let mut db = place.database.options(Role::Superuser).connect().await.unwrap();
    assert_eq!(sqlx::query(sql).execute(&mut db).await.unwrap().rows_affected(), 1);
}

async fn credential_entries(place: &Place) -> Vec<Entry> {
    let (ledger, acme) = place.ledger().await;
    let all = entries::range(ledger.reader(), acme.log, 0, 1_000).await.unwrap();
    let all = all.iter().map(|recorded| Entry::parse(&recorded.bytes).unwrap());
    all.filter(|entry| entry.event_type.as_str().starts_with("credential.")).collect()
}

/// The public part of a key.
fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_kept_as_the_hash_of_its_secret() {
    let place = Place::with_acme().await;
    let said = place.run("api-key create --org acme --name billing --scope events:write");
    assert!(said.stderr.contains("only time that the key is shown"), "{}", said.stderr);
    let key = said.succeeded();
    let secret = key.trim_end().split_at("cs_".len() + 9).1;
    assert_eq!((key.lines().count(), secret.len()), (1, 43));

    let kept = kept(&place).await;
    let hash = format!("\\\\x{}", hex::encode(Sha256::digest(secret)));
    assert!(kept.len() == 1 && kept[0].contains(&hash) && !kept[0].contains(secret), "{kept:?}");
    let listed = place.run("api-key list --org acme").succeeded();
    assert!(listed.contains(id(&key)) && listed.contains("billing") && !listed.contains(secret), "{listed}");
    for entry in credential_entries(&place).await {
        assert!(!entry.detail.to_string().contains(secret));
    }

    let quiet = place.run("api-key create --org acme --name script --scope events:write --quiet");
    assert_eq!(
        (quiet.stderr.as_str(), quiet.stdout.lines().count()),
        ("", 1),
        "a script gets the key and nothing else"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_until_it_expires_and_its_last_use_is_kept() {
    let place = Place::with_acme().await;
    let create = "api-key create --org acme --name reader --scope entries:read --expires-in-days 1 --quiet";
    let key = place.run(create).succeeded().trim_end().to_owned();
    let row = |printed: &str| printed.lines().find(|line| line.starts_with(id(&key))).unwrap().to_owned();
    let unused = row(&place.run("api-key list --org acme").succeeded());
    assert_eq!(unused.split_whitespace().nth(2), Some("-"), "{unused}");

    let serving = place.serve();
    assert_eq!(serving.get("/v1/orgs/acme/entries/0", Some(&key)).0, 200);
    change(&place, "update access.api_keys set expires_at = now()").await;
    assert_eq!(serving.get("/v1/orgs/acme/entries/0", Some(&key)).0, 401, "from the next request on");
    // What was begun beside a request is finished before the end.
    serving.stop();
    let used = row(&place.run("api-key list --org acme").succeeded());
    let columns: Vec<&str> = used.split_whitespace().collect();
    assert!(columns[1] == "expired" && columns[2].ends_with(":00Z"), "{used}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_and_stays_on_the_list() {
    let place = Place::with_acme().await;
    let create = "api-key create --org acme --name reader --scope entries:read --quiet";
    let key = place.run(create).succeeded().trim_end().to_owned();
    let serving = place.serve();
    assert_eq!(serving.get("/v1/orgs/acme/entries/0", Some(&key)).0, 200);
    place.run(&format!("api-key revoke --org acme {}", id(&key))).succeeded();
    assert_eq!(serving.get("/v1/orgs/acme/entries/0", Some(&key)).0, 401);
    serving.stop();
    let listed = place.run("api-key list --org acme").succeeded();
    assert!(listed.contains(&format!("{}  revoked", id(&key))), "{listed}");
    let unknown = place.run("api-key revoke --org acme aaaaaaaa").refused();
    assert!(unknown.contains("acme has no key aaaaaaaa"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_act_on_a_key_is_one_entry_of_the_command_line() {
    let place = Place::with_acme().await;
    let create = "api-key create --org acme --name billing --scope events:write --scope entries:read --quiet";
    let key = place.run(create).succeeded();
    let expiring = format!("{create} --expires-in-days 30");
    let other = place.run(&expiring).succeeded();
    for _ in 0..2 {
        place.run(&format!("api-key revoke --org acme {}", id(&key))).succeeded();
    }
    let entries = credential_entries(&place).await;
    let acts: Vec<_> = entries.iter().map(|entry| (entry.event_type.as_str(), entry.subject.as_str())).collect();
    let (key, other) = (format!("api_key/{}", id(&key)), format!("api_key/{}", id(&other)));
    let (created, revoked) = ("credential.api_key.created", "credential.api_key.revoked");
    assert_eq!(acts, [(created, key.as_str()), (created, &other), (revoked, &key)], "the second revocation is no act");
    assert_eq!(entries[0].detail, json!({ "name": "billing", "scopes": ["entries:read", "events:write"] }));
    assert!(entries[1].detail["expires_at"].is_string(), "{}", entries[1].detail);
    assert_eq!(entries[2].detail, json!({ "name": "billing" }));
    for entry in entries {
        assert_eq!((entry.actor.kind, entry.actor.id.as_str()), (ActorType::System, "command_line"));
    }
}
