//! Database and roles of a private cluster, and how to connect as each of them.

use std::path::Path;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use super::ClusterError;
use super::place::{PORT, Place};
use crate::schema;

/// The one database of a private cluster.
pub(super) const DATABASE: &str = "countersign";
/// What an operator runs on a cluster of their own (deploy/postgres/README).
pub(crate) const ROLES_SQL: &str = include_str!("../../../deploy/postgres/roles.sql");

/// Who connects; what each may do stands in `deploy/postgres/roles.sql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Owns the schemas and migrates them.
    Migrate,
    /// Writes the ledger, across organisations.
    Ledger,
    /// Answers requests, under row-level security.
    App,
    /// The superuser of the private cluster: makes roles and databases; the service never connects as it.
    Superuser,
}

impl Role {
    /// The role's name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Migrate => "countersign_migrate",
            Self::Ledger => "countersign_ledger",
            Self::App => "countersign_app",
            Self::Superuser => SUPERUSER,
        }
    }
}

pub(super) const SUPERUSER: &str = "postgres";

pub(super) fn url(sockets: &Path, role: Role, database: &str) -> String {
    let host: String = sockets.to_string_lossy().bytes().map(percent_encode).collect();
    format!("postgres://{}@localhost:{PORT}/{database}?host={host}", role.name())
}

fn percent_encode(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

pub(super) fn options(sockets: &Path, role: Role, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(sockets).port(PORT).username(role.name()).database(database)
}

/// Makes database and roles. A server that was joined has them already, unless whoever started it was killed before.
pub(super) async fn prepare(place: &Place, joined: bool) -> Result<(), ClusterError> {
    let mut db = connect(place, "postgres").await?;
    let refused = |doing| move |source| ClusterError::Sql { doing, source };
    let ready: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = 'countersign_lookup')")
        .fetch_one(&mut db)
        .await
        .map_err(refused("read its roles"))?;
    if !(joined && ready) {
        let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut db)
            .await
            .map_err(refused("list its databases"))?;
        if !exists {
            let create = format!("create database {DATABASE}");
            db.execute(create.as_str()).await.map_err(refused("create the database"))?;
        }
        let mut own = connect(place, DATABASE).await?;
        apply(&mut own).await.map_err(refused("make its roles"))?;
        own.close().await.map_err(refused("close a connection"))?;
    }
    db.close().await.map_err(refused("close a connection"))
}

/// Runs `deploy/postgres/roles.sql` in the database of a superuser's connection, as one transaction.
pub(crate) async fn apply(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    schema::quiet(db).await?;
    db.execute(ROLES_SQL).await.map(drop)
}

async fn connect(place: &Place, database: &str) -> Result<PgConnection, ClusterError> {
    options(&place.sockets, Role::Superuser, database)
        .connect()
        .await
        .map_err(|source| ClusterError::Sql { doing: "let its superuser in", source })
}
