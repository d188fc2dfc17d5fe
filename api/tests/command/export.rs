//! `countersign export`: of a part of a log, and of a record that somebody has changed.

use std::fs;

use ledger::verify::{self, Options};
use rstest::rstest;
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

// rows: C22
#[rstest]
#[case::of_a_type("--type user.password_changed", 3)]
#[case::of_types("--type user.", 3)]
#[case::about_one("--subject user/4711", 3)]
#[case::of_one("--actor 4711", 3)]
#[case::numbers("--first 1 --last 2", 2)]
#[case::times("--from 2026-01-01T00:00:00.000000Z --to 2999-01-01T00:00:00.000000Z", 6)]
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_log_is_exported_and_verifies(#[case] which: &str, #[case] matched: u64) {
    let place = Place::with_acme().await;
    place.run(&format!("import jsonl --org acme {}", place.events(3))).succeeded();
    let out = place.at("part.zip");
    let printed = place.run(&format!("export --org acme --out {} {which}", out.display())).succeeded();
    assert!(printed.contains(&format!("{matched} entries that were asked for")), "{printed}");
    let verdict = verify::container(fs::read(out).unwrap().as_slice(), &Options::default()).unwrap();
    assert!(!verdict.has_failed(), "{:#?}", verdict.lines);
}

#[rstest]
#[case::two_kinds("--type user. --actor 4711", "cannot be used with")]
#[case::half_a_range("--first 1", "--last <NUMBER>")]
#[case::no_range("--first 2 --last 1", "--first is at most --last")]
#[case::no_time("--from 2026-01-02T00:00:00.000000Z --to 2026-01-01T00:00:00.000000Z", "--from is before --to")]
#[case::no_type("--type auditor", "auditor.access.granted")]
#[case::no_such_stream("--stream access_grant/none", "has no entries")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_part_of_a_log_is_refused_with_the_rule(#[case] which: &str, #[case] rule: &str) {
    let place = Place::with_acme().await;
    let out = place.at("part.zip");
    let said = place.run(&format!("export --org acme --out {} {which}", out.display()));
    assert!(said.status != 0 && said.stderr.contains(rule), "{} {}", said.status, said.stderr);
    assert_eq!(fs::read_dir(place.data.path()).unwrap().filter(|file| is_export(file.as_ref().unwrap())).count(), 0);
}

fn is_export(file: &fs::DirEntry) -> bool {
    file.file_name().to_string_lossy().starts_with("part.zip")
}
