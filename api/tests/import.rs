//! Imports into a real database: everything goes in once, in file order, and nobody's name with it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use api::import::progress::Progress;
use api::import::{self, Format, Summary, Target};
use api::ingest::AuditEvent;
use ledger::entry::Entry;
use ledger::hash::EntryHash;
use serde_json::{Value, json};
use sqlx::Connection as _;
use store::append::Committed;
use store::cluster::Role;
use store::open::Ledger;
use store::testing::TestDatabase;
use store::{entries, logs, vault};
use tempfile::TempDir;

/// An organisation with an empty log in a database of its own.
struct Organisation {
    target: Target,
    files: TempDir,
    // Dropped last: its connections are the target's.
    _data: TempDir,
    database: TestDatabase,
}

impl Organisation {
    async fn new() -> Self {
        let database = store::testing::database().await;
        let (data, files) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let ledger = Ledger::open(&database.options(Role::Ledger), data.path());
        let info = logs::open(&ledger, "acme", "Acme", "ledger.example.com").await.unwrap().info;
        Self { target: Target { ledger, log: info.log, origin: info.origin }, files, _data: data, database }
    }

    async fn import(&self, format: Format, path: impl AsRef<Path>) -> Summary {
        let paths = [path.as_ref().to_owned()];
        import::run(&self.target, format, &paths, &mut Progress::hidden()).await.unwrap()
    }

    /// All entries after entry 0, whose chain is checked on the way.
    async fn imported(&self) -> Vec<Committed> {
        let all = entries::range(self.target.ledger.reader(), self.target.log, 0, 100_000).await.unwrap();
        let mut before = EntryHash::ZERO;
        for recorded in &all {
            let entry = Entry::parse(&recorded.bytes).unwrap();
            assert_eq!((entry.sequence, entry.prevhash), (recorded.index, before));
            before = EntryHash::of(&recorded.bytes);
        }
        all[1..].to_vec()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cloudtrail.json")
}

/// Real records, which are not part of the project.
fn real() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cloudtrail");
    if !directory.is_dir() {
        println!("skipped: {} is not there", directory.display());
    }
    directory.is_dir().then_some(directory)
}

/// The records of files in the order of their paths.
fn records_below(path: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = if path.is_dir() {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    } else {
        vec![path.to_owned()]
    };
    files.sort();
    let read = |file: &PathBuf| serde_json::from_slice::<Value>(&std::fs::read(file).unwrap()).unwrap();
    files.iter().flat_map(|file| read(file)["Records"].as_array().unwrap().clone()).collect()
}

fn detail(recorded: &Committed) -> Value {
    Entry::parse(&recorded.bytes).unwrap().detail.clone()
}

async fn goes_in_once_and_in_order(path: &Path) -> (Organisation, Vec<Committed>) {
    let records = records_below(path);
    let count = records.len() as u64;
    let organisation = Organisation::new().await;
    let first = organisation.import(Format::Cloudtrail, path).await;
    assert_eq!(first, Summary { added: count, already_there: 0, refused: 0 });
    let entries = organisation.imported().await;
    let ids: Vec<Value> = entries.iter().map(|entry| detail(entry)["ingest"]["id"].clone()).collect();
    let expected: Vec<Value> = records.iter().map(|record| record["eventID"].clone()).collect();
    assert_eq!(ids, expected);

    let second = organisation.import(Format::Cloudtrail, path).await;
    assert_eq!(second, Summary { added: 0, already_there: count, refused: 0 });
    assert_eq!(organisation.imported().await, entries);
    (organisation, entries)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_goes_in_once_in_file_order_and_a_second_run_adds_none() {
    goes_in_once_and_in_order(&sample()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn real_records_go_in_once_in_file_order_and_name_nobody() {
    let Some(directory) = real() else { return };
    let (_organisation, entries) = goes_in_once_and_in_order(&directory).await;
    assert_eq!(entries.len(), 2_122);
    let mut names = BTreeSet::new();
    for record in records_below(&directory) {
        names_in(&record["userIdentity"], &mut names);
        let from = [&record["sourceIPAddress"], &record["userAgent"]].into_iter().filter_map(Value::as_str);
        names.extend(from.filter(|text| !text.ends_with(".amazonaws.com")).map(str::to_owned));
    }
    assert!(names.len() > 100, "{names:?}");
    for entry in entries {
        let clear = clear(&entry);
        let found = names.iter().find(|name| clear.contains(name.as_str()));
        assert_eq!(found, None, "in {clear}");
    }
}

/// All of an entry but its ciphertexts.
fn clear(recorded: &Committed) -> String {
    let text = String::from_utf8(recorded.bytes.to_vec()).unwrap();
    let (before, sealed) = text.split_once("\"sealed\":[").unwrap();
    let (_, after) = sealed.split_once(']').unwrap();
    format!("{before}{after}")
}

/// Names, ARNs and ids of principals.
fn names_in(identity: &Value, names: &mut BTreeSet<String>) {
    for member in ["userName", "arn", "principalId", "accessKeyId"] {
        names.extend(identity[member].as_str().filter(|text| !text.is_empty()).map(str::to_owned));
    }
    if let Some(issuer) = identity.pointer("/sessionContext/sessionIssuer") {
        names_in(issuer, names);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_record_opens_with_the_person_s_key() {
    let organisation = Organisation::new().await;
    organisation.import(Format::Cloudtrail, sample()).await;
    let records = records_below(&sample());
    let target = &organisation.target;
    let mut conn = sqlx::PgConnection::connect_with(&organisation.database.options(Role::Ledger)).await.unwrap();
    for (recorded, record) in organisation.imported().await.iter().zip(records) {
        let entry = Entry::parse(&recorded.bytes).unwrap();
        let sealed = entry.sealed.iter().find(|sealed| sealed.field() == "record").unwrap();
        let kid = uuid::Uuid::parse_str(sealed.kid()).unwrap();
        let keys = vault::keys_by_id(&mut conn, target.log, &[kid]).await.unwrap();
        let text = sealed.open(&target.origin, entry.id, &keys[&kid]).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), record);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_go_in_is_passed_over_and_counted() {
    let organisation = Organisation::new().await;
    let mut records = records_below(&sample());
    records.truncate(5);
    records[1]["eventID"] = json!(null);
    records[3]["requestParameters"] = json!({"policyDocument": "x".repeat(70_000)});
    records.insert(2, json!("not a record"));
    organisation.write("trail/a.json", &json!({ "Records": records }).to_string());
    organisation.write("trail/b.json", "{\"Records\":[{\"eventVersion\":\"1.11\"");
    organisation.write("trail/c.json", "no log file");
    organisation.write("trail/notes.txt", "not even read");
    let summary = organisation.import(Format::Cloudtrail, organisation.files.path().join("trail")).await;
    assert_eq!(summary, Summary { added: 3, already_there: 0, refused: 5 });
    assert_eq!(organisation.imported().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_record_under_a_known_id_is_refused() {
    let organisation = Organisation::new().await;
    organisation.import(Format::Cloudtrail, sample()).await;
    let mut records = records_below(&sample());
    records[0]["eventName"] = json!("SomethingElse");
    let path = organisation.write("changed.json", &json!({ "Records": records }).to_string());
    let count = records.len() as u64;
    let summary = organisation.import(Format::Cloudtrail, path).await;
    assert_eq!(summary, Summary { added: 0, already_there: count - 1, refused: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_thing_keeps_its_id_from_one_import_to_the_next() {
    let organisation = Organisation::new().await;
    let mut records = records_below(&sample());
    organisation.import(Format::Cloudtrail, sample()).await;
    for (place, record) in records.iter_mut().enumerate() {
        record["eventID"] = json!(format!("again-{place}"));
    }
    let path = organisation.write("again.json", &json!({ "Records": records }).to_string());
    organisation.import(Format::Cloudtrail, path).await;
    let entries = organisation.imported().await;
    let (first, second) = entries.split_at(records.len());
    for (first, second) in first.iter().zip(second) {
        let [first, second] = [first, second].map(|recorded| Entry::parse(&recorded.bytes).unwrap());
        assert_eq!((first.subject, first.actor), (second.subject, second.actor));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_go_in_once_also_when_the_file_has_grown() {
    let organisation = Organisation::new().await;
    let line = |number: u32| {
        json!({
            "type": "payment.refunded",
            "subject": format!("payment/{number}"),
            "actor": {"type": "user", "id": "4711"},
            "outcome": "success",
            "personal": {"actor": {"email": "mira@example.com"}},
        })
        .to_string()
    };
    let path = organisation.write("a.jsonl", &format!("{}\n\n{}\n{{\"type\":1}}\n", line(1), line(2)));
    let summary = organisation.import(Format::Jsonl, &path).await;
    assert_eq!(summary, Summary { added: 2, already_there: 0, refused: 1 });
    organisation.write("a.jsonl", &format!("{}\n\n{}\n\n{}\n", line(1), line(2), line(1)));
    let summary = organisation.import(Format::Jsonl, &path).await;
    assert_eq!(summary, Summary { added: 1, already_there: 2, refused: 0 });
    let entries = organisation.imported().await;
    assert!(entries.iter().all(|entry| !String::from_utf8_lossy(&entry.bytes).contains("mira@")));
    assert_eq!(detail(&entries[0]), AuditEvent::read(serde_json::from_str(&line(1)).unwrap()).unwrap().detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_go_in_order_through_many_commits() {
    let organisation = Organisation::new().await;
    let pattern = records_below(&sample());
    let records: Vec<Value> = (0..3_000)
        .map(|number| {
            let mut record = pattern[number % pattern.len()].clone();
            record["eventID"] = json!(format!("n-{number}"));
            record
        })
        .collect();
    let path = organisation.write("many.json", &json!({ "Records": records }).to_string());
    let summary = organisation.import(Format::Cloudtrail, path).await;
    assert_eq!(summary.added, 3_000);
    let ids =
        organisation.imported().await.iter().map(|entry| detail(entry)["ingest"]["id"].clone()).collect::<Vec<_>>();
    let expected: Vec<Value> = (0..3_000).map(|number| json!(format!("n-{number}"))).collect();
    assert_eq!(ids, expected);
}
