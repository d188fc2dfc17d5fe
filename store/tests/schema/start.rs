//! On which databases, and as whom, a service may start.

use rstest::rstest;
use sqlx::{ConnectOptions as _, PgConnection};
use store::cluster::Role;
use store::schema::{self, SchemaError, ServiceRole};
use store::testing::{self, TestDatabase};

use super::{connect, run};

const OLDER: &str = "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
const NEWER: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
    values (9999, 'of a later program', true, '\\x00', 0)";

#[tokio::test]
async fn the_schema_that_this_program_made_is_its_own() {
    let database = testing::database().await;
    for role in [Role::App, Role::Ledger] {
        schema::check(&mut connect(&database, role).await).await.unwrap();
    }
}

#[rstest]
#[case::of_no_version("drop table _sqlx_migrations", "at version 0, ", "run `countersign migrate`")]
#[case::older(OLDER, "this program needs", "run `countersign migrate`")]
#[case::newer(NEWER, "at version 9999, newer than", "run the newer program")]
#[case::changed("update _sqlx_migrations set checksum = '\\x00' where version = 1", "migration 1 ", "not the one")]
#[tokio::test]
async fn another_schema_is_refused_with_what_to_run(
    #[case] change: &str,
    #[case] says: &str,
    #[case] what_to_do: &str,
) {
    let database = testing::database().await;
    run(&mut connect(&database, Role::Migrate).await, change).await.unwrap();
    let refused = schema::check(&mut connect(&database, Role::Ledger).await).await.unwrap_err().to_string();
    assert!(refused.contains(says) && refused.contains(what_to_do), "{refused}");
}

#[tokio::test]
async fn a_newer_schema_is_not_migrated() {
    let database = testing::database().await;
    run(&mut connect(&database, Role::Migrate).await, NEWER).await.unwrap();
    let refused = schema::migrate(&database.pool(Role::Migrate).await).await;
    assert!(matches!(refused, Err(SchemaError::Newer { found: 9999, .. })), "{refused:?}");
}

#[tokio::test]
async fn the_roles_of_the_service_are_bound_by_every_rule() {
    let database = testing::database().await;
    for (role, needed) in [(Role::App, ServiceRole::App), (Role::Ledger, ServiceRole::Ledger)] {
        schema::check_role(&mut connect(&database, role).await, needed).await.unwrap();
    }
}

#[rstest]
#[case::requests_as_ledger(Role::Ledger, ServiceRole::App, "is not countersign_app: connect as countersign_app here")]
#[case::ledger_as_app(Role::App, ServiceRole::Ledger, "is not countersign_ledger: connect as countersign_ledger here")]
#[tokio::test]
async fn the_role_of_the_other_purpose_is_refused(#[case] role: Role, #[case] needed: ServiceRole, #[case] says: &str) {
    let database = testing::database().await;
    let refused = schema::check_role(&mut connect(&database, role).await, needed).await.unwrap_err().to_string();
    assert_eq!(refused, format!("connected as {}, which {says}", role.name()));
}

#[rstest]
#[case::a_member("in role countersign_app", None)]
#[case::a_member_without_its_rights("noinherit in role countersign_app", Some("is not countersign_app"))]
#[case::a_member_of_both("in role countersign_app, countersign_ledger", Some("can act as countersign_ledger too"))]
#[case::nobody("", Some("is not countersign_app"))]
#[tokio::test]
async fn a_role_of_the_operators_own_is_good_as_a_member_of_the_one_that_is_needed(
    #[case] given: &str,
    #[case] says: Option<&str>,
) {
    let database = testing::database().await;
    let (_, checked) = check_made_role(&database, given, ServiceRole::App).await;
    match (checked, says) {
        (Ok(()), None) => {}
        (Err(refused), Some(says)) => assert!(refused.to_string().contains(says), "{refused}"),
        (checked, says) => panic!("{checked:?}, not {says:?}"),
    }
}

/// Makes a role with these attributes for as long as it is checked; its name and what was found.
async fn check_made_role(
    database: &TestDatabase,
    given: &str,
    needed: ServiceRole,
) -> (String, Result<(), SchemaError>) {
    let mut admin = connect(database, Role::Superuser).await;
    // Roles belong to the whole cluster, which other tests use too.
    let role = format!("made_role_{}", database.name());
    let make = format!("create role {role} login {given}; grant connect on database {} to {role}", database.name());
    run(&mut admin, &make).await.unwrap();
    let checked = match database.options(Role::Ledger).username(&role).connect().await {
        Ok(mut db) => schema::check_role(&mut db, needed).await,
        Err(error) => Err(error.into()),
    };
    run(&mut admin, &format!("drop owned by {role}; drop role {role}")).await.unwrap();
    (role, checked)
}

#[rstest]
#[case::superuser(Role::Superuser, "superuser")]
#[case::owner(Role::Migrate, "owner of the ledger's tables")]
#[tokio::test]
async fn who_could_pass_over_a_rule_is_refused(#[case] role: Role, #[case] says: &str) {
    let database = testing::database().await;
    let refused =
        schema::check_role(&mut connect(&database, role).await, ServiceRole::App).await.unwrap_err().to_string();
    assert!(refused.contains(role.name()) && refused.contains(says), "{refused}");
    assert!(refused.contains("connect as countersign_ledger or countersign_app"), "{refused}");
}

#[tokio::test]
async fn a_superuser_who_has_put_on_a_smaller_role_is_still_one() {
    let database = testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    run(&mut db, "set role countersign_ledger").await.unwrap();
    let refused = schema::check_role(&mut db, ServiceRole::Ledger).await.unwrap_err().to_string();
    assert!(refused.contains("superuser"), "{refused}");
}

#[rstest]
#[case::without_row_level_security("bypassrls", "bypass row-level security")]
#[case::of_the_owners("in role countersign_migrate", "owner of the ledger's tables")]
#[case::of_the_owners_when_it_likes("noinherit in role countersign_migrate", "owner of the ledger's tables")]
#[case::of_the_superusers("noinherit in role postgres", "superuser")]
#[tokio::test]
async fn a_role_that_was_given_too_much_is_refused(#[case] given: &str, #[case] says: &str) {
    let database = testing::database().await;
    let (role, checked) = check_made_role(&database, given, ServiceRole::Ledger).await;
    let refused = checked.unwrap_err().to_string();
    assert!(refused.contains(&role) && refused.contains(says), "{refused}");
}

#[tokio::test]
async fn settings_with_which_an_acknowledged_entry_could_be_lost_are_named() {
    let own = testing::own_cluster().await;
    let mut db = own.options(Role::Ledger).connect().await.unwrap();
    assert_eq!(schema::unsafe_settings(&mut db).await.unwrap(), Vec::<String>::new(), "as a private cluster is set");
    let mut admin = own.options(Role::Superuser).connect().await.unwrap();
    for setting in ["fsync", "full_page_writes"] {
        // Not within a transaction, as several statements in one string would be.
        run(&mut admin, &format!("alter system set {setting} = off")).await.unwrap();
    }
    run(&mut admin, "select pg_reload_conf()").await.unwrap();
    run(&mut db, "set synchronous_commit = off").await.unwrap();
    let named = named_settings(&mut db, 3).await;
    assert_eq!(named, ["fsync is off", "full_page_writes is off", "synchronous_commit is off"]);
}

/// The settings that are reported, once there are so many: a reload takes a moment to reach a connection.
async fn named_settings(db: &mut PgConnection, count: usize) -> Vec<String> {
    let settled = async {
        loop {
            let sentences = schema::unsafe_settings(db).await.unwrap();
            if count <= sentences.len() {
                return sentences.iter().map(|sentence| sentence.split(':').next().unwrap().to_owned()).collect();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), settled)
        .await
        .expect("the server reads its settings again")
}
