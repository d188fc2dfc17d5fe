//! `countersign config`, and what settings do to every other command.

use rstest::rstest;

use crate::place::{Said, bare_command, said};

/// A directory with this `countersign.toml`.
fn directory_with(file: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("countersign.toml"), file).unwrap();
    dir
}

fn config(dir: &tempfile::TempDir, variables: &[(&str, &str)], flags: &[&str]) -> Said {
    let mut command = bare_command();
    said(command.arg("--data-dir").arg(dir.path()).arg("config").args(flags).envs(variables.iter().copied()))
}

/// Value and origin of a setting as they are printed.
fn line<'a>(printed: &'a str, key: &str) -> &'a str {
    let line = printed.lines().find(|line| line.split(' ').next() == Some(key));
    line.unwrap_or_else(|| panic!("{key} is not in:\n{printed}")).split_once(" = ").unwrap().1
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let dir = directory_with("listen = \"127.0.0.1:1\"\nconnections_max = 7\nlog_format = \"json\"\n");
    let variables = [("COUNTERSIGN_LISTEN", "127.0.0.1:2"), ("COUNTERSIGN_CONNECTIONS_MAX", "8")];
    let said = config(&dir, &variables, &["--listen", "127.0.0.1:3"]);
    assert_eq!(said.stderr, "");
    let printed = said.succeeded();
    assert!(line(&printed, "listen").starts_with("127.0.0.1:3  # --listen; "), "{printed}");
    assert!(line(&printed, "connections_max").starts_with("8  # COUNTERSIGN_CONNECTIONS_MAX; "), "{printed}");
    let file = dir.path().join("countersign.toml");
    assert!(line(&printed, "log_format").starts_with(&format!("json  # {}; ", file.display())), "{printed}");
    assert!(line(&printed, "log_filter").starts_with("info,sqlx_core=error  # default; "), "{printed}");
    assert!(line(&printed, "nats_url").starts_with("(none)  # default; "), "{printed}");
}

#[test]
fn secrets_are_hidden_wherever_they_came_from() {
    let dir = directory_with("nats_url = \"nats://hunter2@broker:4222\"\n");
    let variables = [("COUNTERSIGN_DATABASE_URL", "postgres://app:hunter2@db/c")];
    let flags = [
        "--ledger-database-url",
        "postgres://ledger@db/c?sslpassword=hunter2",
        "--migrate-database-url",
        "postgres://migrate:hunter2@db/c",
        "--access-secret",
        &"5e".repeat(32),
        "--cron-secret",
        "hunter2-and-sixteen-more",
    ];
    let said = config(&dir, &variables, &flags);
    assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
    let printed = said.succeeded();
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(line(&printed, "database_url").starts_with("postgres://app:***@db/c  #"), "{printed}");
    assert!(
        line(&printed, "ledger_database_url").starts_with("postgres://ledger@db/c?sslpassword=***  #"),
        "{printed}"
    );
    assert!(line(&printed, "nats_url").starts_with("nats://***@broker:4222  #"), "{printed}");
    assert!(line(&printed, "access_secret").starts_with("***  #"), "{printed}");
    assert!(line(&printed, "cron_secret").starts_with("***  #"), "{printed}");
}

#[rstest]
#[case::config(&["config"])]
#[case::serve(&["serve"])]
#[case::export(&["export", "--org", "acme", "--out", "nowhere.zip"])]
fn an_unknown_key_ends_every_command_and_is_named(#[case] command: &[&str]) {
    let dir = directory_with("lisen = \"127.0.0.1:1\"\n");
    let refused = said(bare_command().arg("--data-dir").arg(dir.path()).args(command)).refused();
    assert!(refused.contains("lisen in ") && refused.contains("countersign.toml is no setting"), "{refused}");
    let clean = tempfile::tempdir().unwrap();
    let mut misspelt = bare_command();
    misspelt.arg("--data-dir").arg(clean.path()).args(command).env("COUNTERSIGN_LISEN", "127.0.0.1:1");
    let refused = said(&mut misspelt).refused();
    assert!(refused.contains("COUNTERSIGN_LISEN is no setting"), "{refused}");
    assert_eq!(std::fs::read_dir(clean.path()).unwrap().count(), 0, "nothing was begun");
}

#[test]
fn a_secret_that_is_no_url_is_not_repeated() {
    let dir = directory_with("");
    let refused = config(&dir, &[("COUNTERSIGN_DATABASE_URL", "hunter2")], &[]).refused();
    assert!(
        refused.contains("database_url from COUNTERSIGN_DATABASE_URL") && !refused.contains("hunter2"),
        "{refused}"
    );
}

#[test]
fn wrong_use_is_status_2_and_says_how_it_is_right() {
    let said = said(bare_command().args(["key", "rotate", "--org", "acme", "--role", "signing"]));
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("--role") && said.stderr.contains("--help"), "{}", said.stderr);
}
