//! `countersign export` of a record that somebody has changed.

use std::fs;

use store::testing::forge;

use crate::place::Place;

/// More than a tile, so that sealing, which looks at the unfinished one again, does not find it first.
const EVENTS: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_record_is_not_exported_and_no_file_is_left() {
    let place = Place::with_acme().await;
    place.run(&format!("import jsonl --org acme {}", place.events(EVENTS))).succeeded();
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
