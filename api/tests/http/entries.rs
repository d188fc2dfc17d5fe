//! `GET /v1/orgs/{org}/entries/{index}` and what belongs to it.

use axum::http::StatusCode;
use base64::Engine as _;
use ledger::entry::Entry;
use ledger::hash::EntryHash;
use ledger::key::Role;
use rstest::rstest;

use crate::app::start;

#[tokio::test]
async fn an_entry_is_its_exact_bytes_with_hash_and_signature() {
    let app = start().await;
    let answer = app.get("/v1/orgs/acme/entries/0").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/cloudevents+json");
    let stored = store::entries::range(app.app.ledger().reader(), app.acme.log, 0, 1).await.unwrap().remove(0);
    assert_eq!(answer.body, &*stored.bytes);
    let hash = EntryHash::of(&answer.body);
    assert_eq!(answer.header("countersign-hash"), hash.to_string());
    let signature = base64::engine::general_purpose::STANDARD.decode(answer.header("countersign-signature")).unwrap();
    let entry = Entry::parse(&answer.body).unwrap();
    let key = app.app.ledger().keys().find(&app.acme.origin, Role::Entries, entry.keyid).unwrap();
    assert!(ledger::signature::verify_entry(key.vkey(), &hash, &signature.try_into().unwrap()));
}

#[rstest]
#[case("1")]
#[case("00")]
#[case("-1")]
#[case("x")]
#[case("9007199254740992")]
#[case("18446744073709551616")]
#[tokio::test]
async fn what_is_no_place_of_the_log_is_not_found(#[case] index: &str) {
    let app = start().await;
    for path in ["", "/receipt", "/proof"] {
        app.get(&format!("/v1/orgs/acme/entries/{index}{path}")).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn before_a_checkpoint_a_proof_is_not_there_yet() {
    let app = start().await;
    let answer = app.get("/v1/orgs/acme/entries/0/proof").await;
    answer.problem(404, "not-sealed-yet");
    assert_eq!(answer.header("retry-after"), "1");
}
