//! `GET /v1/orgs/{org}/entries/{index}` and what belongs to it.

use std::sync::Arc;

use api::access::api_key::Scope;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use ledger::entry::Entry;
use ledger::hash::EntryHash;
use ledger::key::{Role, Vkey};
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{EVENTS, event, issue, open, request, start};

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

#[tokio::test]
async fn a_receipt_is_signed_by_the_logs_receipts_key() {
    let app = start().await;
    app.post(EVENTS, &event()).await.created();
    let answer = app.get("/v1/orgs/acme/entries/1/receipt").await.json();
    assert_eq!(answer["state"], "accepted");
    let opened = Entry::parse(answer["keys"][0]["entry"].as_str().unwrap().as_bytes()).unwrap();
    let vkey = Vkey::parse(opened.detail["receipts_vkey"].as_str().unwrap()).unwrap();
    let receipt = Receipt::verify(answer["receipt"].as_str().unwrap(), &vkey).unwrap();
    let entry = app.get("/v1/orgs/acme/entries/1").await;
    assert_eq!((receipt.sequence, receipt.hash), (1, EntryHash::of(&entry.body)));
    assert_eq!(receipt.checkpoint_size, 0);
}

#[tokio::test]
async fn a_receipt_after_a_rotation_names_the_key_of_its_time() {
    let app = start().await;
    app.post(EVENTS, &event()).await.created();
    store::rotate::rotate(app.app.ledger(), app.acme.log, Role::Receipts).await.unwrap();
    app.post(EVENTS, &event()).await.created();
    for (index, key) in [(1, 0), (3, 1)] {
        let answer = app.get(&format!("/v1/orgs/acme/entries/{index}/receipt")).await.json();
        let keys = answer["keys"].as_array().unwrap();
        assert_eq!(keys.iter().map(|key| key["index"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 2]);
        let named = Entry::parse(keys[key]["entry"].as_str().unwrap().as_bytes()).unwrap();
        let member = if key == 0 { "receipts_vkey" } else { "new_vkey" };
        let vkey = Vkey::parse(named.detail[member].as_str().unwrap()).unwrap();
        Receipt::verify(answer["receipt"].as_str().unwrap(), &vkey).unwrap();
    }
}

#[tokio::test]
async fn the_keys_of_a_log_are_read_once_between_its_rotations() {
    let app = start().await;
    let (ledger, histories) = (app.app.ledger(), app.app.key_histories());
    let rotate = async || store::rotate::rotate(ledger, app.acme.log, Role::Receipts).await.unwrap().new.key_id();
    let first = rotate().await;
    app.get("/v1/orgs/acme/entries/1/receipt").await.json();
    let known = histories.of(ledger, app.acme.log).await.unwrap();
    app.post(EVENTS, &event()).await.created();
    app.get("/v1/orgs/acme/entries/2/receipt").await.json();
    assert!(Arc::ptr_eq(&known, &histories.of(ledger, app.acme.log).await.unwrap()), "nothing was read for the second");
    let second = rotate().await;
    let read_on = histories.of(ledger, app.acme.log).await.unwrap();
    let held: Vec<_> = read_on.held(Role::Receipts).iter().map(|held| held.vkey.key_id()).collect();
    assert_eq!(held[1..], [first, second]);
}

#[tokio::test]
async fn a_sealed_entry_is_proved_and_published() {
    let app = start().await;
    app.post(EVENTS, &event()).await.created();
    app.seal(2).await;
    let entry = app.get("/v1/orgs/acme/entries/1").await.body;
    let proof = app.get("/v1/orgs/acme/entries/1/proof").await;
    assert!(proof.header("content-disposition").contains("acme-1.tlog-proof"));
    let proof = TlogProof::parse(&String::from_utf8(proof.body).unwrap()).unwrap();
    proof.verify(&entry).unwrap();
    assert!(proof.verify(b"{}").is_err());
    let checkpoint = app.get("/logs/acme/checkpoint").await;
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(String::from_utf8(checkpoint.body).unwrap(), proof.note.to_string());
    let tile = app.get("/logs/acme/tile/entries/000.p/2").await;
    assert_eq!(tile.header("content-length"), tile.body.len().to_string());
    assert_eq!(tile.header("cache-control"), "private, no-store");
    assert!(app.get("/logs/acme/tile/0/000.p/2").await.header("cache-control").contains("immutable"));
    assert_eq!(ledger::tile::decode_entries(&tile.body, 2).unwrap()[1], entry);
    assert_eq!(app.get("/v1/orgs/acme/entries/1/receipt").await.json()["state"], "sealed");
    app.get("/logs/acme/tile/entries/000.p/3").await.problem(404, "not-found");
}

#[tokio::test]
async fn checkpoints_hashes_and_signatures_are_everybodys_and_entries_are_for_whoever_may_read_them() {
    let app = start().await;
    app.post(EVENTS, &event()).await.created();
    app.seal(2).await;
    let nobody = |path: &str| app.send(request(Method::GET, path, None).body(Body::empty()).unwrap());
    for path in ["checkpoint", "tile/0/000.p/2", "tile/signature/000.p/2"] {
        assert_eq!(nobody(&format!("/logs/acme/{path}")).await.status, 200, "{path}");
    }
    let entries = "/logs/acme/tile/entries/000.p/2";
    nobody(entries).await.problem(401, "unauthenticated");
    nobody("/logs/nobody/tile/entries/000.p/2").await.problem(401, "unauthenticated");
    let writer = issue(&app.app, &app.acme, &[Scope::EventsWrite], None).await;
    app.get_with(&writer, entries).await.problem(403, "scope-missing");
    let rival = open(&app.app, "rival").await;
    let rival = issue(&app.app, &rival, &Scope::ALL, None).await;
    app.get_with(&rival, entries).await.problem(404, "not-found");
    assert_eq!(app.get(entries).await.status, 200);
}

#[tokio::test]
async fn the_checkpoint_with_which_a_key_handed_over_stays_published_under_its_size() {
    let app = start().await;
    store::rotate::rotate(app.app.ledger(), app.acme.log, Role::Checkpoints).await.unwrap();
    app.seal(2).await;
    let handover = app.get("/logs/acme/handover/2").await;
    assert_eq!(handover.body, app.get("/logs/acme/checkpoint").await.body);
    app.post(EVENTS, &event()).await.created();
    app.seal(3).await;
    let later = app.get("/logs/acme/handover/2").await;
    assert_eq!(later.body, handover.body);
    let signatures = String::from_utf8(later.body).unwrap().matches("\n— ledger.example.com/acme ").count();
    assert_eq!(signatures, 2, "by the old key and by the new");
    app.get("/logs/acme/handover/3").await.problem(404, "not-found");
}

#[tokio::test]
async fn the_list_is_newest_first_and_goes_on_page_by_page() {
    let app = start().await;
    let follower = app.follow();
    app.post(EVENTS, &json!({ "events": vec![event(); 6] })).await.created();
    let first = app.get("/v1/orgs/acme/entries?limit=4&wait_for=6").await.json();
    assert_eq!((indices(&first), first["updating"].as_bool()), (vec![6, 5, 4, 3], Some(false)));
    let second = app.get(first["next"].as_str().unwrap()).await.json();
    assert_eq!((indices(&second), second["next"].as_str()), (vec![2, 1, 0], None));
    drop(follower);
}

#[rstest]
#[case::of_a_type("type=user.password_changed", &[2, 1])]
#[case::below_a_prefix("type=ledger.", &[0])]
#[case::by_an_actor("actor=4711", &[1])]
#[case::of_a_subject("subject=user/4712", &[2])]
#[case::of_a_subject_encoded("subject=user%2F4712", &[2])]
#[case::that_failed("outcome=failure", &[2])]
#[case::that_succeeded("outcome=success", &[1, 0])]
#[case::of_a_stream("stream=user/4711", &[])]
#[case::before_the_log("to=2020-01-01T00:00:00Z", &[])]
#[case::since_before_the_log("from=2020-01-01T00:00:00Z", &[2, 1, 0])]
#[case::both_of_two("outcome=failure&actor=4711", &[])]
#[tokio::test]
async fn the_list_shows_what_its_filters_say(#[case] filter: &str, #[case] expected: &[u64]) {
    let app = start().await;
    let follower = app.follow();
    let mut other = event();
    other["actor"]["id"] = json!("4712");
    other["subject"] = json!("user/4712");
    other["outcome"] = json!("failure");
    other["reason"] = json!("wrong_password");
    app.post(EVENTS, &json!({ "events": [event(), other] })).await.created();
    let list = app.get(&format!("/v1/orgs/acme/entries?wait_for=2&{filter}")).await.json();
    assert_eq!(indices(&list), expected);
    drop(follower);
}

#[rstest]
#[case("limit=0", "limit")]
#[case("limit=501", "limit")]
#[case("before=x", "before")]
#[case("type=User", "type")]
#[case("outcome=maybe", "outcome")]
#[case("from=yesterday", "from")]
#[case("subject=x", "subject")]
#[case("actr=4711", "actr")]
#[case("actor=1&actor=2", "actor")]
#[tokio::test]
async fn a_parameter_that_breaks_a_rule_is_refused_by_name(#[case] query: &str, #[case] field: &str) {
    let app = start().await;
    app.get(&format!("/v1/orgs/acme/entries?{query}")).await.invalid(field);
}

fn indices(list: &Value) -> Vec<u64> {
    list["entries"].as_array().unwrap().iter().map(|entry| entry["index"].as_u64().unwrap()).collect()
}
