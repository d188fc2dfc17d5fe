//! Without a terminal, progress is lines on standard error; on standard output stands the result alone.

use crate::place::{Place, Said};

/// Asserts that progress came as lines that a log file can hold.
#[track_caller]
fn lines_of(said: &Said, begin: &str) -> usize {
    assert!(!said.stderr.contains(['\r', '\u{1b}']), "no bar and no colour: {:?}", said.stderr);
    said.stderr.lines().filter(|line| line.starts_with(begin)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn long_commands_say_in_lines_how_far_they_are_and_print_their_result_alone() {
    let place = Place::with_acme().await;
    let imported = place.run(&format!("import jsonl --org acme {}", place.events(10_500)));
    assert_eq!(lines_of(&imported, "reading 1 files, "), 1, "{}", imported.stderr);
    assert_eq!(lines_of(&imported, "10000: "), 1, "{}", imported.stderr);
    assert_eq!(imported.succeeded(), "10500 added, 0 already there, 0 refused\n");

    let out = place.at("acme.zip").display().to_string();
    let exported = place.run(&format!("export --org acme --out {out}"));
    assert!((1..=10).contains(&lines_of(&exported, "exporting: ")), "{}", exported.stderr);
    let printed = exported.succeeded();
    assert!(printed.starts_with(&format!("{out}: ")) && printed.lines().count() == 1, "{printed}");

    let checked = place.run("fsck --org acme");
    assert!((1..=10).contains(&lines_of(&checked, "checking: ")), "{}", checked.stderr);
    let printed = checked.succeeded();
    assert!(!printed.contains("checking: ") && printed.contains("chain         ok"), "{printed}");

    std::fs::remove_dir_all(place.at("signer")).unwrap();
    let adopted = place.run_words(&["adopt", "--org", "acme", "--reason", "The signer's record was lost"]);
    assert!((1..=10).contains(&lines_of(&adopted, "reading again: ")), "{}", adopted.stderr);
    let printed = adopted.succeeded();
    assert!(printed.starts_with("The log goes on from ") && !printed.contains("reading again"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_go_in_is_named_beside_the_result() {
    let place = Place::with_acme().await;
    let path = place.at("bad.jsonl");
    std::fs::write(&path, "{\"type\":1}\n").unwrap();
    let imported = place.run(&format!("import jsonl --org acme {}", path.display()));
    assert_eq!((imported.status, imported.stdout.as_str()), (1, "0 added, 0 already there, 1 refused\n"));
    assert_eq!(lines_of(&imported, "refused: "), 1, "{}", imported.stderr);
}
