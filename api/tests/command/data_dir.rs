//! Which commands begin an installation, and what the others say where there is none.

use std::fs;
use std::path::Path;

use rstest::rstest;
use store::cluster::{Cluster, ClusterOptions};
use store::testing;

use crate::place::{Place, Said, bare_command, said};

fn run(data: &Path, arguments: &str) -> Said {
    said(bare_command().env("PATH", "/usr/bin:/bin").arg("--data-dir").arg(data).args(arguments.split(' ')))
}

#[rstest]
#[case("org list")]
#[case("fsck --org acme")]
#[case("adopt --org acme --reason why")]
#[case("trust --org acme")]
#[case("key rotate --org acme --role entries")]
#[case("export --org acme --out nowhere.zip")]
#[case("import jsonl --org acme /dev/null")]
#[case("api-key list --org acme")]
fn a_directory_without_data_is_named_and_stays_as_it_is(#[case] command: &str) {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    for data in [dir.path(), &missing] {
        let refused = run(data, command).refused();
        let sentence = "is --data-dir right, and the volume mounted?";
        assert_eq!(refused, format!("no Countersign data in {}: {sentence}", data.display()));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_database_of_its_own_too_an_organisation_is_not_looked_for_in_an_empty_directory() {
    let place = Place::with_acme().await;
    let empty = tempfile::tempdir().unwrap();
    for command in [&["fsck", "--org", "acme"][..], &["adopt", "--org", "acme", "--reason", "why"]] {
        let refused = said(place.command().arg("--data-dir").arg(empty.path()).args(command)).refused();
        assert!(refused.starts_with(&format!("no Countersign data in {}: ", empty.path().display())), "{refused}");
    }
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_is_not_there_is_told_with_where_it_was_looked_for() {
    let place = Place::with_acme().await;
    let refused = place.run("fsck --org acne").refused();
    let database = format!("there is no organisation acne in database {} at ", place.database.name());
    assert!(refused.starts_with(&database), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_on_a_private_database_write_neither_notices_nor_colours() {
    let data = testing::target_dir().join("test-sites").join(format!("quiet-{}", std::process::id()));
    drop(fs::remove_dir_all(&data));
    fs::create_dir_all(&data).unwrap();
    let begun = run(&data, "migrate");
    assert_eq!((begun.status, begun.stderr.as_str()), (0, ""));
    // It stays up, so that the commands need not start it.
    let cluster = Cluster::start(ClusterOptions::new(data.join("postgres"))).await.unwrap();
    for command in ["org list", "org create acme --name Acme --authority ledger.example.com", "org list"] {
        let said = run(&data, command);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{command}");
    }
    let refused = run(&data, "fsck --org acne").refused();
    assert_eq!(refused, format!("there is no organisation acne in {}", data.display()));
    let home = cluster.home().to_owned();
    cluster.stop().await.unwrap();
    for dir in [home, data] {
        drop(fs::remove_dir_all(dir));
    }
}
