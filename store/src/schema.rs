//! The schema's version and the database's safety, checked before a service starts.

use std::collections::BTreeSet;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgConnection, PgPool};

/// The migrations that this binary was built with.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Why a service must not start on this database.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The schema is not the one that this binary was built for.
    #[error("the schema is at version {found}, this program needs {needed}: run `countersign migrate`{}", .extra)]
    Version {
        /// Newest applied migration, 0 where there is none.
        found: i64,
        /// Newest migration of this binary.
        needed: i64,
        /// What else to know.
        extra: &'static str,
    },
    /// A migration was changed after it was applied, or one failed half way.
    #[error("migration {0} in the database is not the one this program was built with")]
    Changed(i64),
    /// The service's role can do what it must not be able to do.
    #[error("connected as {role}, which {power}: connect as countersign_ledger or countersign_app")]
    TooPowerful {
        /// The role.
        role: String,
        /// What it is.
        power: &'static str,
    },
    /// The database did not answer.
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("migration failed")]
    Migrate(#[from] MigrateError),
}

/// Applies what is missing, as `countersign_migrate`. Returns the versions applied.
pub async fn migrate(pool: &PgPool) -> Result<Vec<i64>, SchemaError> {
    let before: BTreeSet<i64> =
        applied(&mut *pool.acquire().await?).await?.into_iter().map(|(version, _)| version).collect();
    MIGRATIONS.run(pool).await?;
    // Every role may read which version it finds.
    sqlx::raw_sql("grant select on _sqlx_migrations to countersign_ledger, countersign_app").execute(pool).await?;
    Ok(MIGRATIONS.iter().map(|migration| migration.version).filter(|version| !before.contains(version)).collect())
}

/// Refuses any schema but this binary's.
pub async fn check(conn: &mut PgConnection) -> Result<(), SchemaError> {
    let applied = applied(conn).await?;
    let needed = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let found = applied.iter().map(|(version, _)| *version).max().unwrap_or(0);
    if found != needed || applied.len() != MIGRATIONS.iter().count() {
        let extra = if needed < found { " with the newer program that made it, or start that program" } else { "" };
        return Err(SchemaError::Version { found, needed, extra });
    }
    let changed = MIGRATIONS
        .iter()
        .zip(&applied)
        .find(|(migration, (version, checksum))| migration.version != *version || *migration.checksum != **checksum);
    changed.map_or(Ok(()), |(migration, _)| Err(SchemaError::Changed(migration.version)))
}

/// Refuses a role that row-level security, ownership or triggers do not bind.
pub async fn check_role(conn: &mut PgConnection) -> Result<(), SchemaError> {
    let role = sqlx::query!(
        r#"select current_user::text as "name!", rolsuper as "superuser!", rolbypassrls as "bypasses!",
            exists (
                select from pg_class
                where relowner = pg_roles.oid and relnamespace in (select oid from pg_namespace where nspname = 'ledger')
            ) as "owner!"
        from pg_roles
        where rolname = current_user"#
    )
    .fetch_one(conn)
    .await?;
    let power = match (role.superuser, role.bypasses, role.owner) {
        (true, ..) => "is a superuser",
        (_, true, _) => "bypasses row-level security",
        (.., true) => "owns the ledger's tables",
        _ => return Ok(()),
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
        let risk = match (row.name.as_str(), row.setting.as_str()) {
            ("fsync", "off") => "a crash of the machine can lose or damage everything",
            ("synchronous_commit", "off") => "a crash can lose entries that were acknowledged",
            ("synchronous_commit", "local") => "the loss of this server can lose entries that its standby never got",
            ("full_page_writes", "off") => "a crash in the middle of a write can damage pages",
            ("data_checksums", "off") => "a damaged page is not noticed when it is read",
            _ => return None,
        };
        Some(format!("{} is {}: {risk}", row.name, row.setting))
    });
    Ok(warnings.collect())
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
