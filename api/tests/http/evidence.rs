//! Evidence over HTTP, with real files.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use ledger::entry::Entry;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::fsck::{FsckOptions, fsck};

use crate::app::{Answer, TestApp, request, start};
use crate::engagements::{ENGAGEMENTS, opened, put};
use crate::forms::{File, multipart};

pub(crate) const EVIDENCE: &str = "/v1/orgs/acme/evidence";
pub(crate) const PDF: &[u8] = b"%PDF-1.7 an access review";

// rows: S2-80, S5-08
#[tokio::test]
async fn evidence_is_added_with_its_file_in_one_act_and_the_file_comes_back_as_it_was() {
    let app = start().await;
    let added = upload(&app, EVIDENCE, &[("metadata", metadata().to_string())], Some(("review.pdf", PDF))).await;
    let address = added.header("location").to_owned();
    assert_eq!(added.created()["entries"].as_array().unwrap().len(), 2, "what it is, and its file");
    let shown = app.get(&address).await.json();
    assert_eq!((shown["state"].as_str(), shown["owner"].as_str()), (Some("live"), Some("Security Team")));
    assert_eq!(
        (shown["reviewed_on"].as_str(), shown["effective_on"].as_str()),
        (Some("2026-04-02"), Some("2026-03-31"))
    );
    let revision = &shown["revisions"][0];
    let sha256 = hex::encode(Sha256::digest(PDF));
    assert_eq!(
        (revision["sha256"].as_str(), revision["bytes"].as_u64()),
        (Some(sha256.as_str()), Some(PDF.len() as u64))
    );
    let file = app.get(revision["file"].as_str().unwrap()).await;
    assert_eq!((file.status, file.body.as_slice()), (StatusCode::OK, PDF));
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(file.header("content-length"), PDF.len().to_string());
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"review.pdf\"");
    let last = Entry::parse(&app.get(&format!("/v1/orgs/acme/entries/{}", app.size().await - 1)).await.body).unwrap();
    assert_eq!(
        (last.event_type.as_str(), last.detail["file"]["sha256"].as_str()),
        ("evidence.revised", Some(sha256.as_str()))
    );
}

// rows: S5-37
#[tokio::test]
async fn evidence_without_a_file_gets_one_later_and_another_after_that() {
    let app = start().await;
    let added = app.post(EVIDENCE, &metadata()).await;
    let address = added.header("location").to_owned();
    assert_eq!(app.get(&address).await.json()["revisions"], json!([]), "no evidence attached");
    app.get(&format!("{address}/revisions/1/file")).await.problem(404, "not-found");
    for (name, bytes) in [("one.txt", b"one".as_slice()), ("two.txt", b"two")] {
        upload(&app, &format!("{address}/revisions"), &[], Some((name, bytes))).await.created();
    }
    let again = upload(&app, &format!("{address}/revisions"), &[], Some(("two.txt", b"two"))).await;
    again.problem(409, "conflict");
    let shown = app.get(&address).await.json();
    let names: Vec<_> =
        shown["revisions"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["one.txt", "two.txt"]);
    assert_eq!(app.get(&format!("{address}/revisions/1/file")).await.body, b"one", "earlier revisions stay");
    assert_eq!(app.get(&format!("{address}/revisions/2/file")).await.body, b"two");
    app.get(&format!("{address}/revisions/3/file")).await.problem(404, "not-found");
}

#[tokio::test]
async fn what_is_said_of_evidence_is_changed_whole_and_withdrawn_evidence_is_not_handed_out() {
    let app = start().await;
    let added = upload(&app, EVIDENCE, &[("metadata", metadata().to_string())], Some(("review.pdf", PDF))).await;
    let address = added.header("location").to_owned();
    let mut other = metadata();
    other["title"] = json!("Access review, revised");
    assert_eq!(put(&app, &address, &other).await.json()["entries"].as_array().unwrap().len(), 1);
    assert_eq!(put(&app, &address, &other).await.json()["entries"], json!([]));
    app.post(&format!("{address}/withdraw"), &json!({ "note": "The wrong quarter" })).await.created();
    assert_eq!(app.get(&address).await.json()["state"], "withdrawn");
    app.get(&format!("{address}/revisions/1/file")).await.problem(404, "not-found");
    put(&app, &address, &metadata()).await.problem(409, "conflict");
    upload(&app, &format!("{address}/revisions"), &[], Some(("b.pdf", PDF))).await.problem(409, "conflict");
}

// rows: S2-80
#[tokio::test]
async fn a_file_that_is_not_what_was_recorded_is_not_handed_out() {
    let app = start().await;
    let added = upload(&app, EVIDENCE, &[("metadata", metadata().to_string())], Some(("review.pdf", PDF))).await;
    let file = format!("{}/revisions/1/file", added.header("location"));
    let path = kept(&app, PDF);
    let mut altered = PDF.to_vec();
    altered[0] ^= 1;
    std::fs::write(&path, altered).unwrap();
    app.get(&file).await.problem(503, "file-differs");
    std::fs::remove_file(&path).unwrap();
    app.get(&file).await.problem(503, "file-differs");
    std::fs::write(&path, PDF).unwrap();
    assert_eq!(app.get(&file).await.status, StatusCode::OK);
}

#[rstest]
#[case::page("<img src=x onerror=alert(1)>.html", "text/html")]
#[case::picture("a.svg", "image/svg+xml")]
#[case::other_way("evil\u{202E}fdp.exe", "application/pdf")]
#[tokio::test]
async fn a_hostile_file_is_handed_out_as_an_attachment_that_nothing_runs(#[case] name: &str, #[case] media: &str) {
    let app = start().await;
    let parts = [("metadata", metadata().to_string())];
    let added = send(&app, EVIDENCE, &parts, Some((name, media, b"<script>alert(1)</script>")), None).await;
    let file = app.get(&format!("{}/revisions/1/file", added.header("location"))).await;
    assert!(file.header("content-disposition").starts_with("attachment; filename=\""));
    assert!(!file.header("content-disposition").contains(['<', '\u{202E}']));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
    assert_eq!(file.header("cross-origin-resource-policy"), "same-origin");
}

#[tokio::test]
async fn an_upload_sent_again_with_its_key_is_the_first_one_however_its_form_is_written() {
    let app = start().await;
    let parts = [("metadata", metadata().to_string())];
    let file = ("a.pdf", "application/pdf", PDF);
    let first = send(&app, EVIDENCE, &parts, Some(file), Some(("one", "boundary"))).await;
    let again = send(&app, EVIDENCE, &parts, Some(file), Some(("one", "another"))).await;
    assert_eq!((first.header("location"), first.created()), (again.header("location"), again.created()));
    let other = ("a.pdf", "application/pdf", b"another file".as_slice());
    let differs = send(&app, EVIDENCE, &parts, Some(other), Some(("one", "boundary"))).await;
    differs.problem(409, "idempotency-mismatch");
}

#[tokio::test]
async fn a_large_file_is_taken_and_comes_back_whole() {
    let app = start().await;
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let added = upload(&app, EVIDENCE, &[("metadata", metadata().to_string())], Some(("large.bin", &bytes))).await;
    let file = app.get(&format!("{}/revisions/1/file", added.header("location"))).await;
    assert_eq!(file.body, bytes);
}

#[tokio::test]
async fn evidence_belongs_to_an_engagement_that_is_open() {
    let app = start().await;
    let engagement = opened(&app).await;
    let mut of_it = metadata();
    of_it["engagement"] = json!(engagement);
    let added = app.post_once("one", EVIDENCE, &of_it).await;
    let address = added.header("location").to_owned();
    app.post(&format!("{ENGAGEMENTS}/{engagement}/close"), &json!({})).await.created();
    assert_eq!(app.post(EVIDENCE, &of_it).await.invalid("/engagement"), "this engagement is closed");
    assert_eq!(app.post_once("one", EVIDENCE, &of_it).await.header("location"), address, "that was done before");
    of_it["title"] = json!("What belongs to it goes on to");
    assert_eq!(put(&app, &address, &of_it).await.status, StatusCode::OK);
    of_it["engagement"] = json!("018f3b7e-0000-7000-8000-00000000e001");
    assert_eq!(app.post(EVIDENCE, &of_it).await.invalid("/engagement"), "there is no such engagement");
}

#[rstest]
#[case("/title", json!(""))]
#[case("/effective_on", json!(null))]
#[case("/effective_on", json!("2026-02-29"))]
#[case("/controls/1", json!(["CC6.1", "CC 6.2"]))]
#[case("/vendor", json!("Acme Ltd"))]
#[case("/file", json!("x"))]
#[tokio::test]
async fn metadata_that_breaks_a_rule_is_refused_by_place(#[case] pointer: &str, #[case] value: Value) {
    let app = start().await;
    let mut metadata = metadata();
    metadata[pointer[1..].split('/').next().unwrap()] = value;
    app.post(EVIDENCE, &metadata).await.invalid(pointer);
    let parts = [("metadata", metadata.to_string())];
    upload(&app, EVIDENCE, &parts, Some(("a.pdf", PDF))).await.invalid(pointer);
    assert_eq!(app.size().await, 1, "a file alone is no evidence");
}

#[tokio::test]
async fn a_form_that_is_none_is_refused_by_place() {
    let app = start().await;
    let parts = [("metadata", metadata().to_string())];
    upload(&app, EVIDENCE, &[], Some(("a.pdf", PDF))).await.invalid("/metadata");
    upload(&app, EVIDENCE, &parts, Some(("a.pdf", b""))).await.invalid("/file");
    upload(&app, EVIDENCE, &parts, Some(("a/b.pdf", PDF))).await.invalid("/file");
    upload(&app, EVIDENCE, &[parts[0].clone(), ("more", "x".to_owned())], None).await.invalid("/more");
    let added = upload(&app, EVIDENCE, &parts, None).await;
    let revisions = format!("{}/revisions", added.header("location"));
    upload(&app, &revisions, &[], None).await.invalid("/file");
    upload(&app, &revisions, &[], Some(("", b""))).await.invalid("/file");
    app.post(&revisions, &json!({})).await.problem(415, "unsupported-media-type");
    upload(&app, &format!("{EVIDENCE}/x/revisions"), &[], Some(("a.pdf", PDF))).await.problem(404, "not-found");
}

#[tokio::test]
async fn the_library_and_the_engagements_are_listed() {
    let app = start().await;
    let _follow = app.follow();
    let engagement = opened(&app).await;
    let mut of_it = metadata();
    of_it["engagement"] = json!(engagement);
    upload(&app, EVIDENCE, &[("metadata", of_it.to_string())], Some(("review.pdf", PDF))).await.created();
    of_it["title"] = json!("Without a file");
    let last = app.post(EVIDENCE, &of_it).await.created()["entries"][0]["index"].as_u64().unwrap();
    let listed = app.get(&format!("{EVIDENCE}?engagement={engagement}&sort=title&wait_for={last}")).await.json();
    assert_eq!((listed["total"].as_u64(), listed["next"].as_str()), (Some(2), None));
    let first = &listed["evidence"][0];
    assert_eq!((first["newest"]["name"].as_str(), first["state"].as_str()), (Some("review.pdf"), Some("live")));
    assert_eq!(app.get(first["newest"]["file"].as_str().unwrap()).await.body, PDF);
    let without = app.get(&format!("{EVIDENCE}?file=without&control=CC6.1&vendor=V-7")).await.json();
    assert_eq!((without["total"].as_u64(), &without["evidence"][0]["newest"]), (Some(1), &Value::Null));
    app.get(&format!("{EVIDENCE}?file=perhaps")).await.invalid("file");
    let open = app.get(&format!("{ENGAGEMENTS}?state=open&wait_for={last}")).await.json();
    assert_eq!(open["engagements"][0]["engagement"], engagement);
    assert_eq!(app.get(&format!("{ENGAGEMENTS}?state=closed")).await.json()["total"], 0);
}

pub(crate) fn metadata() -> Value {
    json!({
        "title": "Access review, first quarter",
        "effective_on": "2026-03-31",
        "description": "Who has access,\nand who should",
        "controls": ["CC6.1", "CC6.2"],
        "owner": "Security Team",
        "vendor": "V-7",
        "reviewed_on": "2026-04-02",
    })
}

/// Where the file of these bytes is kept.
pub(crate) fn kept(app: &TestApp, bytes: &[u8]) -> PathBuf {
    let sha256 = hex::encode(Sha256::digest(bytes));
    app.data().join("blobs/sha256").join(&sha256[..2]).join(sha256)
}

pub(crate) async fn upload(app: &TestApp, path: &str, texts: &[(&str, String)], file: Option<(&str, &[u8])>) -> Answer {
    let file = file.map(|(name, bytes)| (name, "application/pdf", bytes));
    send(app, path, texts, file, None).await
}

/// A key, and what separates the parts of the form.
type Sending<'a> = Option<(&'a str, &'a str)>;

async fn send(
    app: &TestApp,
    path: &str,
    texts: &[(&str, String)],
    file: Option<File<'_>>,
    sending: Sending<'_>,
) -> Answer {
    let boundary = sending.map_or("boundary", |(_, boundary)| boundary);
    let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let media = format!("multipart/form-data; boundary={boundary}");
    let mut request = request(Method::POST, path, Some(&app.key)).header(header::CONTENT_TYPE, media);
    if let Some((key, _)) = sending {
        request = request.header("Idempotency-Key", key);
    }
    app.send(request.body(Body::from(multipart(boundary, &texts, file))).unwrap()).await
}

#[tokio::test]
async fn fsck_names_each_file_that_is_missing_or_damaged_by_evidence_and_entry() {
    let app = start().await;
    let mut named = Vec::new();
    for (name, bytes) in [("whole.pdf", b"whole"), ("other.pdf", b"other"), ("never.pdf", b"never")] {
        let added = upload(&app, EVIDENCE, &[("metadata", metadata().to_string())], Some((name, bytes))).await;
        let id = added.header("location").rsplit('/').next().unwrap().to_owned();
        named.push((id, added.created()["entries"].as_array().unwrap().last().unwrap()["index"].clone()));
    }
    let look = async || {
        let options = FsckOptions { blobs: Some(app.app.blobs().clone()), ..FsckOptions::default() };
        fsck(app.app.ledger(), app.app.seals(), app.acme.log, options).await.unwrap()
    };
    let sound = look().await;
    assert!(sound.is_sound() && sound.files == 3, "{sound:?}");
    std::fs::write(kept(&app, b"other"), b"othr").unwrap();
    std::fs::remove_file(kept(&app, b"never")).unwrap();
    let found = look().await;
    assert!(!found.is_sound());
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let [_, (other, at_other), (never, at_never)] = &named[..] else { panic!("three were added") };
    let (recorded, now) = (hash(b"other"), hash(b"othr"));
    assert_eq!(
        found.problems,
        [
            format!("evidence/{other}, entry {at_other}: its file {recorded} of 5 bytes is now {now} of 4 bytes."),
            format!("evidence/{never}, entry {at_never}: its file {} of 5 bytes is missing.", hash(b"never")),
        ]
    );
}

#[tokio::test]
async fn a_file_is_not_opened_for_who_asks_for_its_head_alone() {
    let app = start().await;
    let added = upload(&app, EVIDENCE, &[("metadata", metadata().to_string())], Some(("review.pdf", PDF))).await;
    let file = format!("{}/revisions/1/file", added.header("location"));
    let asked = request(Method::HEAD, &file, Some(&app.key)).body(Body::empty()).unwrap();
    let answer = app.send(asked).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET"));
    assert_eq!(app.get(&file).await.status, StatusCode::OK);
}
