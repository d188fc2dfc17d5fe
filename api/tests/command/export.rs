//! `countersign export` of a record that somebody has changed.

use std::fs;

use serde_json::json;
use store::testing::forge;

use crate::place::Place;

/// More than a tile, so that sealing, which looks at the unfinished one again, does not find it first.
const EVENTS: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_record_is_not_exported_and_no_file_is_left() {
    let place = Place::with_acme().await;
    let line = |number: u64| {
        let event = json!({
            "source": { "name": "till-7", "id": format!("n-{number}") },
            "type": "user.password_changed",
            "subject": "user/4711",
            "actor": { "type": "user", "id": "4711" },
            "outcome": "success",
            "detail": {},
        });
        format!("{event}\n")
    };
    fs::write(place.at("events.jsonl"), (0..EVENTS).map(line).collect::<String>()).unwrap();
    place.run(&format!("import jsonl --org acme {}", place.at("events.jsonl").display())).succeeded();
    let (good, bad) = (place.at("good.zip"), place.at("bad.zip"));
    place.run(&format!("export --org acme --out {}", good.display())).succeeded();
    assert!(good.exists());

    let (_, acme) = place.ledger().await;
    forge(&place.database, acme.log, 20).await;
    let refused = place.run(&format!("export --org acme --out {}", bad.display())).refused();
    assert!(refused.contains("does not agree with what was published"), "{refused}");
    assert!(refused.contains("The signature of entry 20 is false."), "{refused}");
    let left = fs::read_dir(place.data.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(!left.into_iter().any(|name| name.starts_with("bad.zip")), "nothing is left of it");

    let refused = place.run(&format!("export --org acme --out {}", good.display())).refused();
    assert!(refused.contains("is there already"), "{refused}");
}
