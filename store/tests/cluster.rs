//! The private cluster: made, joined, adopted, stopped and started again, as root and as an ordinary user.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use store::cluster::{Cluster, ClusterError, ClusterOptions, Left, Role};

#[tokio::test]
async fn a_cluster_starts_with_its_database_and_roles() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    assert!(!cluster.joined());
    for role in [Role::Migrate, Role::Ledger, Role::App] {
        let mut db = connect(&cluster, role).await;
        let who: (String, String) = query(&mut db, "select current_user::text, current_database()::text").await;
        assert_eq!(who, (role.name().to_owned(), "countersign".to_owned()));
        db.close().await.unwrap();
    }
    assert_eq!(cluster.stop().await.unwrap(), Left::Stopped);
}

#[tokio::test]
async fn a_cluster_is_durable_checked_and_closed_to_the_network() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    let mut db = connect(&cluster, Role::Superuser).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ] {
        let (is,): (String,) = query(&mut db, &format!("select current_setting('{setting}')")).await;
        assert_eq!(is, value, "{setting}");
    }
    let (collation,): (String,) =
        query(&mut db, "select datcollate::text from pg_database where datname = 'countersign'").await;
    assert_eq!(collation, "C");
    for private in ["", "data", "socket"] {
        let mode = cluster.home().join(private).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{private:?} is open to others");
    }
}

#[tokio::test]
async fn no_role_of_the_service_may_pass_over_row_level_security_or_create_in_public() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    let mut db = connect(&cluster, Role::Superuser).await;
    let (powerful,): (i64,) = query(
        &mut db,
        "select count(*) from pg_roles where rolname like 'countersign%'
            and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)",
    )
    .await;
    assert_eq!(powerful, 0);
    for role in [Role::Ledger, Role::App] {
        let mut db = connect(&cluster, role).await;
        let error = db.execute("create table public.mine (a int)").await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{error}");
        let (timeout,): (String,) =
            query(&mut db, "select current_setting('idle_in_transaction_session_timeout')").await;
        assert_eq!(timeout, "10s");
    }
}

#[tokio::test]
async fn who_comes_second_joins_and_the_last_to_leave_stops_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = start(dir.path()).await;
    let second = start(dir.path()).await;
    assert!(second.joined());
    assert_eq!(first.stop().await.unwrap(), Left::Running);
    connect(&second, Role::App).await.close().await.unwrap();
    assert_eq!(second.stop().await.unwrap(), Left::Stopped);
    assert!(!dir.path().join("data/postmaster.pid").exists());
}

#[tokio::test]
async fn a_stopped_cluster_starts_again_with_what_was_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    write_row(&cluster).await;
    cluster.stop().await.unwrap();
    let again = start(dir.path()).await;
    assert!(!again.joined());
    assert_row_is_there(&again).await;
}

#[tokio::test]
async fn dropping_the_last_handle_stops_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    drop(cluster);
    assert!(!dir.path().join("data/postmaster.pid").exists());
}

#[tokio::test]
async fn a_killed_server_is_revived_with_everything_committed() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    write_row(&cluster).await;
    cluster.kill().unwrap();
    assert!(!cluster.is_running());
    cluster.revive().await.unwrap();
    assert_row_is_there(&cluster).await;
}

#[tokio::test]
async fn backends_that_lost_their_postmaster_do_not_hinder_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    write_row(&cluster).await;
    let mut busy = connect(&cluster, Role::Ledger).await;
    // It never waits, so it does not notice by itself.
    let statement =
        tokio::spawn(async move { busy.execute("do $$ begin loop perform 1; end loop; end $$").await.map(drop) });
    let mut db = connect(&cluster, Role::Superuser).await;
    until("the statement runs", async || {
        let sql = "select count(*) from pg_stat_activity where query like 'do $$%loop%'";
        query::<(i64,)>(&mut db, sql).await.0 == 1
    })
    .await;
    cluster.kill_postmaster().unwrap();
    cluster.revive().await.unwrap();
    assert!(statement.await.unwrap().is_err(), "the orphan went on");
    assert_row_is_there(&cluster).await;
}

#[tokio::test]
async fn a_process_id_that_now_belongs_to_somebody_else_does_not_hinder_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(dir.path()).await;
    let pid_file = dir.path().join("data/postmaster.pid");
    let text = std::fs::read_to_string(&pid_file).unwrap();
    cluster.stop().await.unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    std::fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();
    let again = start(dir.path()).await;
    assert!(!again.joined());
}

#[tokio::test]
async fn a_half_made_cluster_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("data.new/base")).unwrap();
    std::fs::write(dir.path().join("data.new/PG_VERSION"), "15\n").unwrap();
    let cluster = start(dir.path()).await;
    assert!(cluster.is_running());
    assert!(!dir.path().join("data.new").exists());
}

#[tokio::test]
async fn data_of_a_version_that_is_not_installed_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    std::fs::write(dir.path().join("data/PG_VERSION"), "9\n").unwrap();
    let error = Cluster::start(options(dir.path())).await.unwrap_err();
    assert!(matches!(error, ClusterError::OtherVersion { version: 9, .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path());
    options.settings.push(("shared_buffers".to_owned(), "nonsense".to_owned()));
    let error = Cluster::start(options).await.unwrap_err();
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_tells_nothing_of_earlier_starts() {
    let dir = tempfile::tempdir().unwrap();
    start(dir.path()).await.stop().await.unwrap();
    let mut options = options(dir.path());
    options.settings.push(("shared_buffers".to_owned(), "nonsense".to_owned()));
    let error = Cluster::start(options).await.unwrap_err().to_string();
    assert!(error.contains("shared_buffers") && !error.contains("shut down"), "{error}");
}

#[tokio::test]
async fn a_directory_with_a_long_name_has_its_socket_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("a-directory-name-of-some-length/".repeat(5));
    let cluster = start(&long).await;
    connect(&cluster, Role::App).await.close().await.unwrap();
    let sockets = socket_dir(&cluster);
    assert!(sockets.starts_with("/tmp"));
    assert_eq!(sockets.metadata().unwrap().permissions().mode() & 0o077, 0);
    cluster.stop().await.unwrap();
    std::fs::remove_dir(sockets).unwrap();
}

#[tokio::test]
async fn a_directory_name_of_any_letters_works_in_a_url() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = start(&dir.path().join("Prüfung & more")).await;
    let url = cluster.url(Role::Ledger);
    PgConnection::connect(&url).await.unwrap().close().await.unwrap();
}

/// Four processes at once on an empty directory: one makes and starts the cluster, the others join it.
#[tokio::test]
async fn processes_that_race_to_start_it_end_up_in_one_cluster() {
    let dir = tempfile::tempdir().unwrap();
    let racers: Vec<_> = (0..4).map(|_| run_self(None, "another_process", dir.path()).spawn().unwrap()).collect();
    for racer in racers {
        let output = racer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert!(!dir.path().join("data/postmaster.pid").exists(), "the last one did not stop it");
}

#[tokio::test]
async fn a_server_left_behind_by_a_killed_process_is_adopted() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = run_self(None, "a_process_that_waits_to_be_killed", dir.path()).spawn().unwrap();
    until("the other process uses the cluster", async || dir.path().join("started").exists()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let cluster = start(dir.path()).await;
    assert!(cluster.joined());
    assert_row_is_there(&cluster).await;
    assert_eq!(cluster.stop().await.unwrap(), Left::Stopped);
}

#[tokio::test]
async fn an_ordinary_user_starts_a_cluster_of_their_own() {
    if !is_root() {
        return; // Then every other test here shows it.
    }
    let place = world_readable_tempdir();
    let dir = place.path().join("cluster");
    let (uid, gid) = ordinary_user();
    std::fs::create_dir(&dir).unwrap();
    std::os::unix::fs::chown(&dir, Some(uid), Some(gid)).unwrap();
    let output = run_self(Some((uid, gid)), "another_process", &dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(dir.join("data").metadata().unwrap().uid(), uid);

    // Root joins in as the owner of the data, and afterwards the owner still can.
    let cluster = start(&dir).await;
    assert_row_is_there(&cluster).await;
    cluster.stop().await.unwrap();
    assert_eq!(dir.join("data").metadata().unwrap().uid(), uid);
    let output = run_self(Some((uid, gid)), "another_process", &dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn an_ordinary_user_is_told_whose_cluster_it_is() {
    if !is_root() {
        return; // Nobody else to be.
    }
    let place = world_readable_tempdir();
    let dir = place.path().join("cluster");
    std::fs::create_dir(&dir).unwrap();
    let output = run_self(Some(ordinary_user()), "a_process_that_is_refused", &dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn under_a_directory_closed_to_its_user_the_cluster_of_root_lives_elsewhere() {
    if !is_root() {
        return; // Only root runs the server as another user.
    }
    let closed = tempfile::tempdir().unwrap();
    std::fs::set_permissions(closed.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let dir = closed.path().join("data-dir");
    let cluster = start(&dir).await;
    let home = cluster.home().to_owned();
    assert!(home.starts_with("/var/lib/countersign"), "{}", home.display());
    let signpost = std::fs::read_to_string(dir.join("postgres-is-elsewhere.txt")).unwrap();
    assert_eq!(signpost.lines().next(), home.to_str());
    write_row(&cluster).await;
    cluster.stop().await.unwrap();

    // The signpost moves with the directory, and leads to the same cluster.
    let moved = closed.path().join("moved");
    std::fs::rename(&dir, &moved).unwrap();
    let again = start(&moved).await;
    assert_eq!(again.home(), home);
    assert_row_is_there(&again).await;
    again.stop().await.unwrap();
    std::fs::remove_dir_all(home).unwrap();
}

/// Run by the tests above in a process of its own.
#[tokio::test]
#[ignore = "run by other tests, in a process of its own"]
async fn another_process() {
    let cluster = start(&given_dir()).await;
    write_row(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
#[ignore = "run by other tests, in a process of its own"]
async fn a_process_that_waits_to_be_killed() {
    let dir = given_dir();
    let cluster = start(&dir).await;
    write_row(&cluster).await;
    std::fs::write(dir.join("started"), "").unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
#[ignore = "run by other tests, in a process of its own"]
async fn a_process_that_is_refused() {
    let error = Cluster::start(options(&given_dir())).await.unwrap_err();
    assert!(matches!(error, ClusterError::ForeignOwner { owner: 0, .. }), "{error}");
}

/// This test program again, running one ignored test, as another user if one is given.
fn run_self(user: Option<(u32, u32)>, test: &str, dir: &Path) -> Command {
    let mut program = std::env::current_exe().unwrap();
    if user.is_some() {
        // The target directory may be closed to that user.
        let copy = dir.parent().unwrap().join(format!("countersign-test-{}", std::process::id()));
        std::fs::copy(&program, &copy).unwrap();
        program = copy;
    }
    let mut command = Command::new(program);
    command.args(["--exact", test, "--ignored", "--nocapture"]).env("CLUSTER_DIR", dir).current_dir("/");
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

#[expect(clippy::disallowed_methods, reason = "how one test process tells another where")]
fn given_dir() -> PathBuf {
    PathBuf::from(std::env::var_os("CLUSTER_DIR").expect("run by another test only"))
}

fn options(dir: &Path) -> ClusterOptions {
    ClusterOptions::new(dir)
}

async fn start(dir: &Path) -> Cluster {
    match Cluster::start(options(dir)).await {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}: {error:?}"),
    }
}

async fn connect(cluster: &Cluster, role: Role) -> PgConnection {
    cluster.options(role).connect().await.unwrap()
}

async fn query<T>(db: &mut PgConnection, sql: &str) -> T
where
    T: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(sql).fetch_one(db).await.unwrap()
}

async fn write_row(cluster: &Cluster) {
    let mut db = connect(cluster, Role::Migrate).await;
    let sql = "create schema if not exists kept; create table if not exists kept.row (a int); insert into kept.row values (1)";
    db.execute(sql).await.unwrap();
    db.close().await.unwrap();
}

async fn assert_row_is_there(cluster: &Cluster) {
    let mut db = connect(cluster, Role::Migrate).await;
    let (rows,): (i64,) = query(&mut db, "select count(*) from kept.row").await;
    assert!(1 <= rows);
    db.close().await.unwrap();
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}

fn socket_dir(cluster: &Cluster) -> PathBuf {
    let url = cluster.url(Role::App);
    PathBuf::from(url.split_once("host=").unwrap().1)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `nobody` by number; it need not have an entry.
fn ordinary_user() -> (u32, u32) {
    (65_534, 65_534)
}

fn world_readable_tempdir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}
