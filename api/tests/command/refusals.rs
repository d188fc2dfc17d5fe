//! On what the service does not start: it ends with one sentence, before it has answered anything.

use rstest::rstest;
use sqlx::ConnectOptions as _;
use store::cluster::Role;
use store::testing;

use crate::place::{Place, said};

/// On listeners of its own, so that a service that does start disturbs nobody.
const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"];

#[rstest]
#[case::requests_as_superuser("COUNTERSIGN_DATABASE_URL", Role::Superuser, "superuser")]
#[case::ledger_as_superuser("COUNTERSIGN_LEDGER_DATABASE_URL", Role::Superuser, "superuser")]
#[case::requests_as_owner("COUNTERSIGN_DATABASE_URL", Role::Migrate, "owner of the ledger's tables")]
#[case::ledger_as_owner("COUNTERSIGN_LEDGER_DATABASE_URL", Role::Migrate, "owner of the ledger's tables")]
#[tokio::test]
async fn a_service_with_too_much_power_does_not_start(#[case] setting: &str, #[case] role: Role, #[case] says: &str) {
    let place = Place::new().await;
    let refused = said(place.command().args(SERVE).env(setting, place.database.url(role))).refused();
    assert!(refused.contains(role.name()) && refused.contains(says), "{refused}");
    assert!(refused.contains("connect as countersign_ledger or countersign_app"), "{refused}");
}

#[rstest]
#[case::requests("COUNTERSIGN_DATABASE_URL", "database_url", Role::Ledger, "countersign_app")]
#[case::ledger("COUNTERSIGN_LEDGER_DATABASE_URL", "ledger_database_url", Role::App, "countersign_ledger")]
#[tokio::test]
async fn a_url_with_the_role_of_the_other_is_refused_and_named(
    #[case] variable: &str,
    #[case] setting: &str,
    #[case] role: Role,
    #[case] needed: &str,
) {
    let place = Place::new().await;
    let refused = said(place.command().args(SERVE).env(variable, place.database.url(role))).refused();
    let role = role.name();
    let says = format!("{setting}: connected as {role}, which is not {needed}: connect as {needed} here");
    assert_eq!(refused, says);
}

#[tokio::test]
async fn a_service_that_begins_an_installation_says_so_once() {
    let place = Place::new().await;
    let (serving, log) = place.serve_logging();
    serving.stop();
    let begun = "there is no Countersign data in this directory: a new installation begins in it";
    assert!(log.read().contains(begun), "{}", log.read());
    place.run("org create acme --name Acme --authority ledger.example.com").succeeded();
    let (serving, log) = place.serve_logging();
    serving.stop();
    assert!(!log.read().contains(begun), "{}", log.read());
}

#[tokio::test]
async fn no_organisation_has_the_name_of_the_services_own_log() {
    let place = Place::new().await;
    let refused = place.run("org create service --name Service --authority ledger.example.com").refused();
    assert!(refused.contains("that of the service's own log"), "{refused}");
}

const OLDER: &str = "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
const NEWER: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
    values (9999, 'of a later program', true, '\\x00', 0)";

#[rstest]
#[case::older(OLDER, "run `countersign migrate`")]
#[case::newer(NEWER, "run the newer program")]
#[tokio::test]
async fn a_service_on_another_schema_does_not_start_and_says_what_to_run(#[case] change: &str, #[case] says: &str) {
    let place = Place::new().await;
    change_schema(&place, change).await;
    let refused = said(place.command().args(SERVE)).refused();
    assert!(refused.contains("the schema is at version ") && refused.contains(says), "{refused}");
}

#[tokio::test]
async fn a_command_refuses_what_a_service_refuses() {
    let place = Place::new().await;
    change_schema(&place, NEWER).await;
    assert!(place.run("org list").refused().contains("run the newer program"));
    assert!(place.run("migrate").refused().contains("run the newer program"));
}

#[tokio::test]
async fn migrate_makes_an_empty_database_one_that_a_service_starts_on() {
    let place = Place::new().await;
    let everything = "drop schema read, reactor, access, vault, ledger cascade; drop table _sqlx_migrations";
    change_schema(&place, everything).await;
    assert!(place.run("org list").refused().contains("run `countersign migrate`"));
    assert!(place.run("migrate").succeeded().contains("Applied migration 0001."));
    assert_eq!(place.run("migrate").succeeded(), "The schema is up to date.\n");
    place.serve().stop();
}

#[tokio::test]
async fn settings_of_the_server_that_risk_entries_are_said_at_start_and_hinder_nothing() {
    let place = Place::new().await;
    let own = testing::own_cluster().await;
    let mut admin = own.options(Role::Superuser).connect().await.unwrap();
    sqlx::query("alter system set full_page_writes = off").execute(&mut admin).await.unwrap();
    sqlx::query("select pg_reload_conf()").execute(&mut admin).await.unwrap();
    let urls = [("COUNTERSIGN_DATABASE_URL", Role::App), ("COUNTERSIGN_LEDGER_DATABASE_URL", Role::Ledger)];
    // A reload is not over when it was asked for.
    let warned = async {
        loop {
            let said = said(place.command().args(["org", "list"]).envs(urls.map(|(key, role)| (key, own.url(role)))));
            assert_eq!((said.status, said.stdout.as_str()), (0, ""), "{}", said.stderr);
            if said.stderr.contains("full_page_writes is off: a crash") {
                return said.stderr;
            }
        }
    };
    let warned = tokio::time::timeout(std::time::Duration::from_secs(20), warned).await.expect("it is said at start");
    assert!(warned.contains("WARN") && warned.contains("the database is not set safely"), "{warned}");
}

async fn change_schema(place: &Place, sql: &str) {
    let mut db = place.database.options(Role::Migrate).connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
}
