//! `countersign fsck`: a script can tell a log that is not sound from a question that was not answered.

use std::path::Path;

use crate::place::Place;

/// Of a partial tile, which is named by it.
fn width(tile: &Path) -> u32 {
    tile.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_sound_is_status_3_and_everything_else_that_fails_1() {
    let place = Place::with_acme().await;
    let out = place.at("acme.zip").display().to_string();
    place.run(&format!("export --org acme --out {out}")).succeeded();
    place.run("fsck --org acme").succeeded();
    let sealed = std::fs::read_dir(place.at("logs/acme/tile/entries/000.p")).unwrap();
    let newest = sealed.map(|file| file.unwrap().path()).max_by_key(|path| width(path)).unwrap();
    std::fs::remove_file(&newest).unwrap();
    let found = place.run("fsck --org acme");
    assert_eq!(found.status, 3, "{}", found.stderr);
    let line = format!("tile/entries/000.p/{} is missing or differs", width(&newest));
    assert!(found.stdout.contains(&line), "{}", found.stdout);
    assert!(found.stderr.ends_with("countersign: the log of acme is not sound\n"), "{}", found.stderr);
    assert_eq!(place.run("fsck --org nobody").status, 1);
    assert_eq!(place.run("fsck --organisation acme").status, 2);
    assert!(place.run("fsck --help").stdout.contains("3: it is not sound"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_named_once_and_without_its_password() {
    let place = Place::with_acme().await;
    // The port for discarding is nobody's on this host.
    let url = "postgres://countersign_ledger:hunter2@127.0.0.1:9/ledger_of_acme";
    let mut command = place.command();
    let command = command.args(["fsck", "--org", "acme"]).env("COUNTERSIGN_LEDGER_DATABASE_URL", url);
    let refused = crate::place::said(command).refused();
    let begin = "cannot connect as countersign_ledger to database ledger_of_acme at 127.0.0.1:9: ";
    assert!(refused.starts_with(begin) && !refused.contains("hunter2"), "{refused}");
    assert_eq!(refused.matches("Connection refused").count(), 1, "{refused}");
}
