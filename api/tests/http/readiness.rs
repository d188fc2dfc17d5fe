//! `/health/ready`: what an operator must look at, without naming whose log it is.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::StatusCode;
use rstest::rstest;
use serde_json::json;
use store::sealing::Sealing;

use crate::app::{TestApp, start};

/// Acme's key file of a role.
fn key_file(app: &TestApp, role: &str) -> PathBuf {
    let files = std::fs::read_dir(app.app.ledger().keys().of(&app.acme.origin)).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    files.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(role)).unwrap()
}

/// What ready says of the logs, which do not name anybody's.
async fn problem(app: &TestApp) -> String {
    let answer = app.get("/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let body = answer.json();
    assert!(!body.to_string().contains("acme"), "{body}");
    let check = body["checks"].as_array().unwrap().iter().find(|check| check["name"] == "logs").unwrap();
    assert_eq!(check["ok"], false);
    check["problem"].as_str().unwrap().to_owned()
}

#[rstest]
#[case::open_to_others(|path: PathBuf| std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap())]
#[case::missing(|path: PathBuf| std::fs::remove_file(path).unwrap())]
#[tokio::test]
async fn a_log_whose_key_cannot_be_used_is_not_ready(#[case] spoil: fn(PathBuf)) {
    let app = start().await;
    spoil(key_file(&app, "entries-"));
    assert_eq!(problem(&app).await, "the entries key in force of 1 log cannot be used");
}

#[tokio::test]
async fn a_log_that_was_sealed_and_has_lost_its_record_is_not_ready() {
    let app = start().await;
    app.seal(1).await;
    std::fs::remove_file(app.app.seals().signer_record(&app.acme.origin)).unwrap();
    assert_eq!(problem(&app).await, "1 log does not extend what was signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_sealing_has_stopped_is_not_ready() {
    let app = start().await;
    std::fs::set_permissions(key_file(&app, "checkpoints-"), Permissions::from_mode(0o644)).unwrap();
    let sealing = Sealing::start(app.app.ledger(), app.app.seals().clone());
    let alarmed = async {
        while sealing.alarms().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), alarmed).await.expect("sealing stops");
    assert_eq!(problem(&app).await, "sealing of 1 log has stopped");
    sealing.stop().await;
}

#[tokio::test]
async fn without_the_place_of_its_files_a_service_is_not_ready() {
    let app = start().await;
    assert_eq!(app.get("/health/ready").await.json()["checks"][1], json!({ "name": "files", "ok": true }));
    let gone = start().await;
    std::fs::remove_dir_all(gone.data().join("blobs")).unwrap();
    let answer = gone.get("/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let problem = "the files of evidence cannot be read";
    assert_eq!(answer.json()["checks"][1], json!({ "name": "files", "ok": false, "problem": problem }));
}
