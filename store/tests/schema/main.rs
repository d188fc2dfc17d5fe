//! What the database holds to by itself, and on what kind of database no service starts.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod append_only;
mod organisations;
mod start;
#[path = "../support/mod.rs"]
mod support;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgQueryResult;
use sqlx::{ConnectOptions as _, PgConnection};
use store::cluster::Role;
use store::testing::TestDatabase;

/// "May not": for want of a privilege, or because a trigger says so.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

async fn connect(database: &TestDatabase, role: Role) -> PgConnection {
    database.options(role).connect().await.unwrap()
}

async fn run(db: &mut PgConnection, sql: &str) -> Result<PgQueryResult, sqlx::Error> {
    sqlx::raw_sql(sql).execute(db).await
}

/// The SQLSTATE of a refusal by the server.
fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned()
}
