//! The schema's version and the database's safety, checked before a service starts.

use std::collections::BTreeSet;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgConnection, PgPool};

use crate::cluster::Role;

/// The migrations that this binary was built with.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Why a service must not start on this database.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The schema lacks migrations of this binary.
    #[error("the schema is at version {found}, this program needs {needed}: run `countersign migrate`")]
    Older {
        /// Newest applied migration, 0 where there is none.
        found: i64,
        /// Newest migration of this binary.
        needed: i64,
    },
    /// The schema has migrations that this binary does not know. There is no way back but a backup.
    #[error(
        "the schema is at version {found}, newer than the {needed} that this program knows: run the newer program that migrated it"
    )]
    Newer {
        /// Newest applied migration.
        found: i64,
        /// Newest migration of this binary.
        needed: i64,
    },
    /// A migration was changed after it was applied, or one failed half way.
    #[error("migration {0} in the database is not the one this program was built with")]
    Changed(i64),
    /// The service's role can do what it must not be able to do.
    #[error("connected as {role}, which {power}: connect as countersign_ledger or countersign_app")]
    TooPowerful {
        /// The role.
        role: String,
        /// What it can do.
        power: &'static str,
    },
    /// A URL connects as the role of the other: requests would pass over row-level security, or nothing could be written.
    #[error("connected as {role}, which {fault}: connect as {needed} here")]
    OtherPurpose {
        /// The role.
        role: String,
        /// What is wrong with it for this purpose.
        fault: String,
        /// The role that belongs here.
        needed: &'static str,
    },
    /// The database did not answer.
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("migration failed")]
    Migrate(#[from] MigrateError),
}

/// What a connection of a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceRole {
    /// Requests, under row-level security.
    App,
    /// The sequencer and its followers, across organisations.
    Ledger,
}

/// Applies what is missing, as `countersign_migrate`. Returns the versions applied.
pub async fn migrate(pool: &PgPool) -> Result<Vec<i64>, SchemaError> {
    let mut conn = pool.acquire().await?;
    quiet(&mut conn).await?;
    let before: BTreeSet<i64> = applied(&mut conn).await?.into_iter().map(|(version, _)| version).collect();
    let needed = newest();
    if let Some(&found) = before.last().filter(|found| needed < **found) {
        return Err(SchemaError::Newer { found, needed });
    }
    MIGRATIONS.run(&mut *conn).await?;
    // Every role may read which version it finds.
    sqlx::raw_sql("grant select on _sqlx_migrations to countersign_ledger, countersign_app")
        .execute(&mut *conn)
        .await?;
    Ok(MIGRATIONS.iter().map(|migration| migration.version).filter(|version| !before.contains(version)).collect())
}

/// Keeps the server from saying of each `if not exists` that it exists: every command would log it.
pub(crate) async fn quiet(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("set client_min_messages = warning").execute(conn).await.map(drop)
}

/// Refuses any schema but this binary's.
pub async fn check(conn: &mut PgConnection) -> Result<(), SchemaError> {
    let applied = applied(conn).await?;
    let (found, needed) = (applied.last().map_or(0, |(version, _)| *version), newest());
    if needed < found {
        return Err(SchemaError::Newer { found, needed });
    }
    if applied.len() < MIGRATIONS.iter().count() {
        return Err(SchemaError::Older { found, needed });
    }
    let changed = MIGRATIONS
        .iter()
        .zip(&applied)
        .find(|(migration, (version, checksum))| migration.version != *version || *migration.checksum != **checksum);
    changed.map_or(Ok(()), |(migration, _)| Err(SchemaError::Changed(migration.version)))
}

/// Refuses a role that row-level security, ownership or triggers do not bind, and one that may become such a role: who
/// logged in counts, with every role that `set role` would give them. Of the two roles of a service it must be the one
/// that is needed here, or a member of it, and must not be able to become the other.
pub async fn check_role(conn: &mut PgConnection, needed: ServiceRole) -> Result<(), SchemaError> {
    let [needed, other] = match needed {
        ServiceRole::App => [Role::App, Role::Ledger],
        ServiceRole::Ledger => [Role::Ledger, Role::App],
    }
    .map(Role::name);
    let role = sqlx::query!(
        r#"select session_user::text as "name!",
            coalesce(bool_or(rolsuper), false) as "superuser!",
            coalesce(bool_or(rolbypassrls), false) as "bypasses!",
            coalesce(bool_or(exists (
                select from pg_class
                join pg_namespace on pg_namespace.oid = relnamespace
                where relowner = pg_roles.oid and nspname in ('ledger', 'vault', 'access')
            )), false) as "owner!",
            coalesce(bool_or(rolname = $1::text and pg_has_role(current_user, oid, 'USAGE')), false) as "fits!",
            coalesce(bool_or(rolname = $2::text), false) as "other!"
        from pg_roles
        where pg_has_role(session_user, oid, 'MEMBER')"#,
        needed,
        other
    )
    .fetch_one(conn)
    .await?;
    let power = match (role.superuser, role.bypasses, role.owner) {
        (true, ..) => "can act as a superuser",
        (_, true, _) => "can bypass row-level security",
        (.., true) => "can act as the owner of the ledger's tables",
        _ => {
            let fault = match (role.fits, role.other) {
                (true, false) => return Ok(()),
                (true, true) => format!("can act as {other} too"),
                (false, _) => format!("is not {needed}"),
            };
            return Err(SchemaError::OtherPurpose { role: role.name, fault, needed });
        }
    };
    Err(SchemaError::TooPowerful { role: role.name, power })
}

/// Settings with which an acknowledged commit could be lost or damaged unseen, as sentences for the operator.
pub async fn unsafe_settings(conn: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let settings = sqlx::query!(
        r#"select name as "name!", setting as "setting!"
        from pg_settings
        where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums')
        order by name"#
    )
    .fetch_all(conn)
    .await?;
    let warnings = settings.into_iter().filter_map(|row| {
        let risk = risk(&row.name, &row.setting)?;
        Some(format!("{} is {}: {risk}", row.name, row.setting))
    });
    Ok(warnings.collect())
}

/// What a setting of the server may cost, if anything.
fn risk(name: &str, setting: &str) -> Option<&'static str> {
    match (name, setting) {
        ("fsync", "off") => Some("a crash of the machine can lose or damage everything"),
        ("synchronous_commit", "off") => Some("a crash can lose entries that were acknowledged"),
        ("synchronous_commit", "local") => Some("the loss of this server can lose entries that its standby never got"),
        ("full_page_writes", "off") => Some("a crash in the middle of a write can damage pages"),
        ("data_checksums", "off") => Some("a damaged page is not noticed when it is read"),
        _ => None,
    }
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Applied migrations in order, none where the table is missing.
async fn applied(conn: &mut PgConnection) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    let exists: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut *conn).await?;
    if !exists {
        return Ok(Vec::new());
    }
    sqlx::query_as("select version, checksum from _sqlx_migrations where success order by version")
        .fetch_all(conn)
        .await
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::no_sync("fsync", "off", Some("lose or damage everything"))]
    #[case::sync("fsync", "on", None)]
    #[case::early_answer("synchronous_commit", "off", Some("entries that were acknowledged"))]
    #[case::without_its_standby("synchronous_commit", "local", Some("its standby never got"))]
    #[case::written_by_its_standby("synchronous_commit", "remote_write", None)]
    #[case::applied_by_its_standby("synchronous_commit", "remote_apply", None)]
    #[case::durable("synchronous_commit", "on", None)]
    #[case::torn_pages("full_page_writes", "off", Some("damage pages"))]
    #[case::whole_pages("full_page_writes", "on", None)]
    #[case::unchecked_pages("data_checksums", "off", Some("not noticed"))]
    #[case::checked_pages("data_checksums", "on", None)]
    fn what_could_lose_an_acknowledged_entry_is_a_risk(
        #[case] name: &str,
        #[case] setting: &str,
        #[case] says: Option<&str>,
    ) {
        let found = risk(name, setting);
        assert_eq!(found.is_some(), says.is_some(), "{found:?}");
        assert!(found.unwrap_or_default().contains(says.unwrap_or_default()), "{found:?}");
    }
}
