//! The migrated database that tests' databases are cloned from.

use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use super::{connect, pool, run};
use crate::cluster::{Cluster, Role, roles};
use crate::schema::{self, MIGRATIONS};

/// Any number; one process at a time makes the template.
const TEMPLATE_LOCK: i64 = 0x636f_756e_7465_7273;

/// Makes the template where it is missing and returns its name, which changes with the migrations.
pub(super) async fn ensure(cluster: &Cluster) -> String {
    let name = name();
    let mut db = connect(cluster, "postgres").await;
    run(&mut db, &format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut db)
        .await
        .expect("the catalogue can be read");
    if !exists {
        make(cluster, &mut db, &name).await;
    }
    // Closing the connection releases the lock.
    db.close().await.expect("a connection that has just worked closes");
    name
}

/// Runs all migrations as the role that owns the schemas.
pub(super) async fn migrate(options: PgConnectOptions) {
    let pool = pool(options).await;
    if let Err(error) = schema::migrate(&pool).await {
        panic!("the migrations do not run on an empty database: {error:?}");
    }
    pool.close().await;
}

/// Drops what killed tests and older migrations left behind. Only for a cluster that nobody else uses yet.
pub(super) async fn drop_remains(cluster: &Cluster) {
    let mut db = connect(cluster, "postgres").await;
    let names: Vec<String> = sqlx::query_scalar(
        "select datname::text from pg_database where datname like 'test\\_%' or datname like 'template\\_%' and datname <> $1",
    )
    .bind(name())
    .fetch_all(&mut db)
    .await
    .expect("the catalogue can be read");
    for name in names {
        run(&mut db, &format!("drop database if exists {name} with (force)")).await;
    }
    db.close().await.expect("a connection that has just worked closes");
}

async fn make(cluster: &Cluster, db: &mut PgConnection, name: &str) {
    let draft = format!("{name}_draft");
    run(db, &format!("drop database if exists {draft} with (force)")).await;
    run(db, &format!("create database {draft}")).await;
    let mut own = connect(cluster, &draft).await;
    roles::apply(&mut own).await.expect("the roles file runs in every database");
    own.close().await.expect("a connection that has just worked closes");
    migrate(cluster.options_of(Role::Migrate, &draft)).await;
    // Nobody can be connected to it when it is cloned.
    run(db, &format!("alter database {draft} with allow_connections false")).await;
    run(db, &format!("alter database {draft} rename to {name}")).await;
}

fn name() -> String {
    let mut hash = Sha256::new();
    hash.update(roles::ROLES_SQL);
    for migration in MIGRATIONS.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    format!("template_{}", hex::encode(&hash.finalize()[..8]))
}
