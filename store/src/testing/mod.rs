//! Real databases for tests: each test gets its own, cloned from a migrated template.
//!
//! All tests of a build share one cluster under the target directory. Processes come and go (nextest runs each test in
//! one of its own); a keeper, a small shell loop, stops the server when nobody has used it for a while, and nothing
//! else has to. Durability is as in production: a test that passes here would have survived a crash.

mod check;
mod forge;
mod keeper;
mod template;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use tokio::sync::Mutex;

pub use self::check::{check, check_sealed};
pub use self::forge::forge;
use crate::cluster::{Cluster, ClusterError, ClusterOptions, Role};

/// Long enough for a linker to run between two test binaries.
const LINGER_SECONDS: u32 = 60;
/// Several tests at once, some of them with two pools of eight.
const CONNECTIONS_MAX: u32 = 300;
const ACQUIRE_WITHIN: Duration = Duration::from_secs(10);

/// The shared cluster, while a test of this process uses it.
static SHARED: Mutex<Weak<Cluster>> = Mutex::const_new(Weak::new());
/// The same, where a keeper will stop it: then no test does, and its use ends with the process.
static KEPT: OnceLock<Arc<Cluster>> = OnceLock::new();
/// Tells the databases and clusters of one process apart.
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A migrated, empty database of one test; dropped with its value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    cluster: Arc<Cluster>,
}

/// Makes a database for one test, on the cluster that all tests share.
///
/// # Panics
/// There is no PostgreSQL, or it refused; the message says what to do.
pub async fn database() -> TestDatabase {
    let cluster = shared().await;
    let template = template::ensure(&cluster).await;
    let name = format!("test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let mut db = connect(&cluster, "postgres").await;
    // One that a killed process with the same id has left behind.
    run(&mut db, &format!("drop database if exists {name} with (force)")).await;
    run(&mut db, &format!("create database {name} template {template} owner {}", Role::Migrate.name())).await;
    db.close().await.expect("a connection that has just worked closes");
    TestDatabase { name, cluster }
}

impl TestDatabase {
    /// Where a role connects to.
    pub fn url(&self, role: Role) -> String {
        self.cluster.url_of(role, &self.name)
    }

    /// Where a role connects to.
    pub fn options(&self, role: Role) -> PgConnectOptions {
        self.cluster.options_of(role, &self.name)
    }

    /// A pool of up to eight connections as a role.
    ///
    /// # Panics
    /// The server refused the first of them.
    pub async fn pool(&self, role: Role) -> PgPool {
        pool(self.options(role)).await
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let options = self.cluster.options_of(Role::Superuser, "postgres");
        let sql = format!("drop database if exists {} with (force)", self.name);
        // A thread and runtime of its own: a drop cannot wait for the test's. A failure leaves the database to the next
        // start of the cluster, which drops them all.
        let thread = std::thread::spawn(move || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut db = options.connect().await?;
                db.execute(sql.as_str()).await?;
                db.close().await
            })?;
            Ok(())
        });
        drop(thread.join());
    }
}

/// A cluster of one test's own, which it may kill. Its database `countersign` is migrated and empty.
#[derive(Debug)]
pub struct OwnCluster {
    /// None only while it is being dropped.
    cluster: Option<Cluster>,
    dir: PathBuf,
}

/// Makes and starts a cluster for one test.
///
/// # Panics
/// There is no PostgreSQL, or it refused; the message says what to do.
pub async fn own_cluster() -> OwnCluster {
    own_cluster_with(&[]).await
}

/// As [`own_cluster`], with settings of PostgreSQL's.
///
/// # Panics
/// As [`own_cluster`].
pub async fn own_cluster_with(settings: &[(&str, &str)]) -> OwnCluster {
    let name = format!("{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let dir = target_dir().join("test-clusters").join(name);
    drop(std::fs::remove_dir_all(&dir));
    let mut options = ClusterOptions::new(&dir);
    options.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let cluster = start(options).await;
    keeper::watch(cluster.home(), keeper::Then::Remove(&dir));
    template::migrate(cluster.options(Role::Migrate)).await;
    OwnCluster { cluster: Some(cluster), dir }
}

impl OwnCluster {
    /// A pool of up to eight connections as a role.
    ///
    /// # Panics
    /// The server refused the first of them.
    pub async fn pool(&self, role: Role) -> PgPool {
        pool(self.options(role)).await
    }
}

impl std::ops::Deref for OwnCluster {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        self.cluster.as_ref().expect("only drop takes it")
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        let Some(cluster) = self.cluster.take() else { return };
        let home = cluster.home().to_owned();
        // What is thrown away next needs no clean end.
        drop(cluster.kill());
        drop(cluster);
        drop(std::fs::remove_dir_all(home));
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

/// The build's target directory, found from the running test: cargo marks it as a cache.
///
/// # Panics
/// The test was not built by cargo.
pub fn target_dir() -> PathBuf {
    let exe = std::env::current_exe().expect("a running program has a path");
    let marked = exe.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists());
    marked.expect("tests run from a cargo target directory").to_owned()
}

async fn shared() -> Arc<Cluster> {
    let mut shared = SHARED.lock().await;
    if let Some(cluster) = shared.upgrade() {
        return cluster;
    }
    let mut options = ClusterOptions::new(target_dir().join("test-cluster"));
    options.settings.push(("max_connections".to_owned(), CONNECTIONS_MAX.to_string()));
    let cluster = start(options).await;
    if !cluster.joined() {
        template::drop_remains(&cluster).await;
    }
    let kept = keeper::watch(cluster.home(), keeper::Then::Linger { seconds: LINGER_SECONDS });
    let cluster = Arc::new(cluster);
    if kept {
        KEPT.get_or_init(|| Arc::clone(&cluster));
    }
    *shared = Arc::downgrade(&cluster);
    cluster
}

async fn start(options: ClusterOptions) -> Cluster {
    match Cluster::start(options).await {
        Ok(cluster) => cluster,
        Err(error @ ClusterError::NoBinaries { .. }) => panic!("tests need a real server: {error}"),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            panic!("the tests' PostgreSQL did not start: {error}{cause}")
        }
    }
}

async fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(ACQUIRE_WITHIN)
        .connect_with(options)
        .await
        .expect("a running test cluster accepts its roles")
}

async fn connect(cluster: &Cluster, database: &str) -> PgConnection {
    let options = cluster.options_of(Role::Superuser, database);
    options.connect().await.expect("a running test cluster accepts its superuser")
}

async fn run(db: &mut PgConnection, sql: &str) {
    if let Err(error) = db.execute(sql).await {
        panic!("the test cluster refused `{sql}`: {error}");
    }
}
