//! The ways of appending that are compared, each driven by this client over sqlx with the same events.

use std::path::Path;
use std::sync::Arc;

use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use futures::FutureExt;
use futures::future::BoxFuture;
use ledger::name::Origin;
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::cluster::{Cluster, Role};
use store::{ExpectedVersion, Ledger, LogId, logs};
use uuid::Uuid;

use crate::events::{self, Event};

/// As many as the most writers need, so that nobody waits for a connection rather than for the database.
const CONNECTIONS_MAX: u32 = 64;
/// As many as all contenders hold together: their pools stay open from round to round.
pub(crate) const CLUSTER_CONNECTIONS_MAX: &str = "500";

/// Appends one event, or a batch of them, and returns when they are durable.
pub(crate) type Append = Arc<dyn Fn(Vec<Event>) -> BoxFuture<'static, ()> + Send + Sync>;

/// One way of appending.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// What it does for an event besides keeping it.
    pub(crate) gives: &'static str,
    pub(crate) append: Append,
}

/// Ours: signed, hash-chained, durable.
pub(crate) async fn ours(cluster: &Cluster, database: &str, data: &Path) -> Contender {
    let ledger = Ledger::open(&cluster.options_of(Role::Ledger, database), data);
    let slug = format!("bench-{}", &Uuid::new_v4().simple().to_string()[..12]);
    let opened = logs::open(&ledger, &slug, "Bench", "ledger.example.com").await.expect("a fresh log opens");
    with_log("countersign", ledger, opened.info.log, opened.info.origin)
}

/// Ours on a log that exists.
pub(crate) fn with_log(name: &'static str, ledger: Ledger, log: LogId, origin: Origin) -> Contender {
    let origin = Arc::new(origin);
    let append = move |batch: Vec<Event>| {
        let (ledger, origin) = (ledger.clone(), Arc::clone(&origin));
        async move {
            let expected = match batch.as_slice() {
                [event] => ExpectedVersion::Exact(event.version - 1),
                _ => ExpectedVersion::Any,
            };
            let drafts = batch.iter().map(|event| event.draft(&origin).into()).collect();
            ledger.append(log, drafts, expected, None).await.expect("the bench's appends are accepted");
        }
        .boxed()
    };
    Contender { name, gives: "chain, signature, version check", append: Arc::new(append) }
}

/// The event repository of postgres-es, as its framework uses it: a transaction with an insert per event.
pub(crate) async fn postgres_es(pool: PgPool) -> Contender {
    run(
        &pool,
        "create table events (
        aggregate_type text not null, aggregate_id text not null, sequence bigint check (sequence >= 0) not null,
        event_type text not null, event_version text not null, payload json not null, metadata json not null,
        primary key (aggregate_type, aggregate_id, sequence))",
    )
    .await;
    let repository = Arc::new(PostgresEventRepository::new(pool));
    let append = move |batch: Vec<Event>| {
        let repository = Arc::clone(&repository);
        async move {
            let events: Vec<SerializedEvent> = batch
                .into_iter()
                .map(|event| SerializedEvent {
                    aggregate_id: event.stream,
                    sequence: event.version as usize,
                    aggregate_type: "bench".to_owned(),
                    event_type: events::TYPE.to_owned(),
                    event_version: "1".to_owned(),
                    payload: event.document,
                    metadata: serde_json::json!({}),
                })
                .collect();
            repository.persist::<crate::events::Nothing>(&events, None).await.expect("postgres-es appends");
        }
        .boxed()
    };
    Contender { name: "postgres-es", gives: "version check", append: Arc::new(append) }
}

/// message-db's files of SQL, in the order in which its own installer runs them.
const MESSAGE_DB: [&str; 16] = [
    "roles/message-store.sql",
    "schema/message-store.sql",
    "extensions/pgcrypto.sql",
    "tables/messages.sql",
    "types/message.sql",
    "functions/message-store-version.sql",
    "functions/hash-64.sql",
    "functions/acquire-lock.sql",
    "functions/category.sql",
    "functions/is-category.sql",
    "functions/id.sql",
    "functions/cardinal-id.sql",
    "functions/stream-version.sql",
    "functions/write-message.sql",
    "indexes/messages-id.sql",
    "indexes/messages-stream.sql",
];

/// message-db's `write_message`, called once per event, a batch in one transaction.
pub(crate) async fn message_db(cluster: &Cluster, sql: &Path) -> Contender {
    let pool = database(cluster, "message_db").await;
    run(&pool, "alter database message_db set search_path to message_store, public").await;
    pool.close().await;
    let pool = self::pool(cluster.options_of(Role::Superuser, "message_db"), CONNECTIONS_MAX).await;
    for file in MESSAGE_DB.iter().chain(&["indexes/messages-category.sql"]) {
        let text = std::fs::read_to_string(sql.join(file)).expect("message-db's package is whole");
        run(&pool, &text).await;
    }
    let append = move |batch: Vec<Event>| {
        let pool = pool.clone();
        async move {
            let statement = "select write_message($1, $2, $3, $4, null, $5)";
            if let [event] = batch.as_slice() {
                message(sqlx::query(statement), event).execute(&pool).await.expect("message-db appends");
                return;
            }
            let mut tx = pool.begin().await.expect("a transaction begins");
            for event in &batch {
                message(sqlx::query(statement), event).execute(&mut *tx).await.expect("message-db appends");
            }
            tx.commit().await.expect("a transaction commits");
        }
        .boxed()
    };
    Contender { name: "message-db", gives: "version check", append: Arc::new(append) }
}

type Query<'a> = sqlx::query::Query<'a, sqlx::Postgres, sqlx::postgres::PgArguments>;

fn message<'a>(query: Query<'a>, event: &'a Event) -> Query<'a> {
    let expected = i64::from(event.version) - 2;
    query.bind(event.id.to_string()).bind(&event.stream).bind(events::TYPE).bind(&event.document).bind(expected)
}

/// Columns and indexes of `ledger.entries`, without its checks.
const TABLE: &str = "create table entries (
    log uuid not null, index bigint not null, id uuid not null, stream text, stream_version integer,
    bytes bytea not null, hash bytea not null, signature bytea not null,
    primary key (log, index), unique (log, id));
    create unique index on entries (log, stream, stream_version) where stream is not null;";

/// A trigger that chains rows by SHA-256 with pgcrypto under a locked head row.
pub(crate) async fn trigger(pool: PgPool) -> Contender {
    run(&pool, "create extension if not exists pgcrypto").await;
    run(&pool, TABLE).await;
    run(
        &pool,
        "create table heads (log uuid primary key, size bigint not null, hash bytea not null);
        insert into heads values ('00000000-0000-0000-0000-000000000000', 0, '');
        create function chain() returns trigger language plpgsql as $$
        begin
            update heads set size = size + 1, hash = digest(hash || new.bytes, 'sha256') where log = new.log
            returning size - 1, hash into new.index, new.hash;
            return new;
        end $$;
        create trigger chain before insert on entries for each row execute function chain();",
    )
    .await;
    Contender { name: "pgcrypto trigger", gives: "chain", append: Arc::new(insert(pool)) }
}

/// An insert, nothing else.
pub(crate) async fn plain(pool: PgPool) -> Contender {
    run(&pool, TABLE).await;
    run(&pool, "create sequence place; alter table entries alter column index set default nextval('place')").await;
    Contender { name: "plain insert", gives: "nothing", append: Arc::new(insert(pool)) }
}

fn insert(pool: PgPool) -> impl Fn(Vec<Event>) -> BoxFuture<'static, ()> + Send + Sync {
    move |batch: Vec<Event>| {
        let pool = pool.clone();
        async move {
            let statement = "insert into entries (log, id, stream, stream_version, bytes, hash, signature)
                values ('00000000-0000-0000-0000-000000000000', $1, $2, $3, $4, $5, $6)";
            let bind = |event: Event| {
                let query = sqlx::query(statement).bind(event.id).bind(event.stream).bind(event.version.cast_signed());
                query.bind(event.bytes).bind([0_u8; 32].as_slice()).bind([0_u8; 64].as_slice())
            };
            let mut tx = None;
            if batch.len() > 1 {
                tx = Some(pool.begin().await.expect("a transaction begins"));
            }
            for event in batch {
                match &mut tx {
                    Some(tx) => bind(event).execute(&mut **tx).await,
                    None => bind(event).execute(&pool).await,
                }
                .expect("a row is inserted");
            }
            if let Some(tx) = tx {
                tx.commit().await.expect("a transaction commits");
            }
        }
        .boxed()
    }
}

/// Unsigned binary `COPY` into `ledger.entries` itself, with its checks and indexes, in a database that nothing else
/// writes to: what PostgreSQL can take.
pub(crate) fn copy(pool: PgPool) -> Contender {
    let places = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let append = move |batch: Vec<Event>| {
        let pool = pool.clone();
        let first = places.fetch_add(batch.len() as u64, std::sync::atomic::Ordering::Relaxed);
        async move {
            let mut connection = pool.acquire().await.expect("a connection is free");
            let mut sink =
                connection.copy_in_raw("copy ledger.entries from stdin (format binary)").await.expect("COPY begins");
            sink.send(events::binary_copy(&batch, first)).await.expect("COPY takes rows");
            sink.finish().await.expect("COPY commits");
        }
        .boxed()
    };
    Contender { name: "raw COPY", gives: "nothing", append: Arc::new(append) }
}

/// A database with the schema of ours, made before anybody is connected to that.
pub(crate) async fn migrated(cluster: &Cluster, name: &str) -> PgPool {
    let superuser = pool(cluster.options_of(Role::Superuser, "postgres"), 1).await;
    run(&superuser, &format!("create database {name} template countersign")).await;
    pool(cluster.options_of(Role::Superuser, name), 1).await
}

/// A fresh database and a pool on it, with the durability of a default cluster.
pub(crate) async fn database(cluster: &Cluster, name: &str) -> PgPool {
    let superuser = pool(cluster.options_of(Role::Superuser, "postgres"), 1).await;
    run(&superuser, &format!("create database {name}")).await;
    pool(cluster.options_of(Role::Superuser, name), CONNECTIONS_MAX).await
}

async fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    let options = PgPoolOptions::new().max_connections(connections).test_before_acquire(false).connect_with(options);
    options.await.expect("the cluster accepts connections")
}

pub(crate) async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(sql).execute(pool).await.expect("the bench's own SQL is sound");
}
