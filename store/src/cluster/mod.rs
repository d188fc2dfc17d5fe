//! A private PostgreSQL, run from the installed binaries (docs/decisions/0001).
//!
//! A cluster belongs to a directory. Whoever starts it first runs the server; everybody else joins, and the last one to
//! leave stops it. A server left behind by a killed process is joined like any other. Two file locks say who is
//! there, so nothing has to be cleaned up after a crash:
//!
//! - `start.lock` is held while a cluster is being brought up or taken down, by one process at a time;
//! - `users.lock` is held shared by every process that uses the cluster, and is free exactly when nobody does.
//!
//! The server listens on a Unix socket in a directory that only its own user and root may enter; that is all its
//! authentication. It runs in a process group of its own, so that Ctrl-C reaches the service first.

mod binaries;
mod place;
mod process;
pub(crate) mod roles;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use self::binaries::Binaries;
use self::place::Place;
use self::process::{Postmaster, wait_until};
pub use self::roles::Role;

/// Crash recovery after much unwritten work takes this long at worst; a start without it takes a tenth of a second.
const START_WITHIN: Duration = Duration::from_mins(5);
/// A fast shutdown writes one checkpoint.
const STOP_WITHIN: Duration = Duration::from_mins(2);

/// Which cluster, and how it is set.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// The directory that the cluster belongs to; made where it is missing.
    pub dir: PathBuf,
    /// Server settings on top of `postgresql.conf`, such as `("max_connections", "200")`. They count for the process
    /// that starts the server; who joins takes it as it is.
    pub settings: Vec<(String, String)>,
}

impl ClusterOptions {
    /// The cluster of `dir` with PostgreSQL's own settings.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), settings: Vec::new() }
    }
}

/// A running cluster, held by this process. Dropping it leaves as [`Cluster::stop`] does, but blocks and swallows errors.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    binaries: Binaries,
    settings: Vec<(String, String)>,
    /// Held shared for as long as this process uses the cluster; taken when it leaves.
    users: Option<File>,
    joined: bool,
}

/// What became of the server when this process left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nobody else was using it: it was shut down and its data are on disk.
    Stopped,
    /// Another process still uses it and will stop it.
    Running,
}

impl Cluster {
    /// Starts the cluster of a directory, or joins it where it runs already; makes it where there is none.
    ///
    /// # Errors
    /// Every [`ClusterError`] says in words what to install or to do.
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let (cluster, starting) = blocking(move || Self::bring_up(options)).await?;
        roles::prepare(&cluster.place, cluster.joined).await?;
        drop(starting);
        Ok(cluster)
    }

    /// Whether a directory has a cluster, running or not. Nothing is made.
    pub fn is_made(dir: &Path) -> bool {
        place::is_made(dir)
    }

    /// Starts the server again if it has gone since, for instance killed; does nothing if it runs.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn revive(&self) -> Result<(), ClusterError> {
        let (place, binaries, settings) = (self.place.clone(), self.binaries.clone(), self.settings.clone());
        blocking(move || {
            let _starting = lock_start(&place)?;
            process::ensure_running(&place, &binaries, &settings, START_WITHIN).map(drop)
        })
        .await
    }

    /// Leaves the cluster; the last one to leave stops the server and waits until it has ended.
    ///
    /// # Errors
    /// The server did not end in time, or its files could not be read.
    pub async fn stop(mut self) -> Result<Left, ClusterError> {
        blocking(move || self.leave()).await
    }

    /// Where a role connects to, as a URL.
    pub fn url(&self, role: Role) -> String {
        self.url_of(role, roles::DATABASE)
    }

    /// Where a role connects to another database of this cluster, as a URL.
    pub fn url_of(&self, role: Role, database: &str) -> String {
        roles::url(&self.place.sockets, role, database)
    }

    /// Where a role connects to.
    pub fn options(&self, role: Role) -> PgConnectOptions {
        self.options_of(role, roles::DATABASE)
    }

    /// Where a role connects to another database of this cluster.
    pub fn options_of(&self, role: Role, database: &str) -> PgConnectOptions {
        roles::options(&self.place.sockets, role, database)
    }

    /// Whether the server accepts connections now.
    pub fn is_running(&self) -> bool {
        Postmaster::of(&self.place.data()).is_some_and(|postmaster| postmaster.is_ready())
    }

    /// Whether the server was running when this process came.
    pub fn joined(&self) -> bool {
        self.joined
    }

    /// Where the cluster's files are: the directory asked for, or its place under `/var/lib/countersign`.
    pub fn home(&self) -> &Path {
        &self.place.home
    }

    /// Kills every process of the server at once, as a power cut would. For tests of what survives.
    ///
    /// # Errors
    /// A process of it was still there after the deadline.
    #[cfg(feature = "testing")]
    pub fn kill(&self) -> Result<(), ClusterError> {
        process::kill_all(&self.place.data(), STOP_WITHIN)
    }

    /// Kills the first process of the server only; its backends end when they notice. For tests of what survives.
    ///
    /// # Errors
    /// It was still there after the deadline.
    #[cfg(feature = "testing")]
    pub fn kill_postmaster(&self) -> Result<(), ClusterError> {
        process::kill_postmaster(&self.place.data(), STOP_WITHIN)
    }

    /// The cluster, and the lock that keeps others waiting until it is usable.
    fn bring_up(options: ClusterOptions) -> Result<(Self, File), ClusterError> {
        let place = Place::prepare(&options.dir)?;
        let starting = lock_start(&place)?;
        let users = place.open_lock("users.lock")?;
        // A process that stops the server from outside holds this lock alone while it does.
        lock(&users, &place, "users.lock", File::try_lock_shared)?;
        let binaries = Binaries::find(&place)?;
        process::make(&place, &binaries)?;
        let joined = process::ensure_running(&place, &binaries, &options.settings, START_WITHIN)?;
        Ok((Self { place, binaries, settings: options.settings, users: Some(users), joined }, starting))
    }

    fn leave(&mut self) -> Result<Left, ClusterError> {
        let Some(users) = self.users.take() else { return Ok(Left::Running) };
        let _starting = lock_start(&self.place)?;
        match users.try_lock() {
            Ok(()) => process::shut_down(&self.place, STOP_WITHIN).map(|()| Left::Stopped),
            Err(TryLockError::WouldBlock) => Ok(Left::Running),
            Err(TryLockError::Error(source)) => {
                Err(ClusterError::io("lock", self.place.home.join("users.lock"), source))
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(%error, "the private PostgreSQL was left without being stopped");
        }
    }
}

fn lock_start(place: &Place) -> Result<File, ClusterError> {
    let file = place.open_lock("start.lock")?;
    lock(&file, place, "start.lock", File::try_lock)?;
    Ok(file)
}

fn lock(
    file: &File,
    place: &Place,
    name: &str,
    attempt: impl Fn(&File) -> Result<(), TryLockError>,
) -> Result<(), ClusterError> {
    let mut failure = None;
    let locked = wait_until(START_WITHIN, || match attempt(file) {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(source)) => {
            failure = Some(source);
            true
        }
    });
    match failure {
        Some(source) => Err(ClusterError::io("lock", place.home.join(name), source)),
        None if locked => Ok(()),
        None => Err(ClusterError::Busy { path: place.home.join(name), waited: START_WITHIN }),
    }
}

/// Runs file and process work where it holds up no other task.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}

/// Why there is no private cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No PostgreSQL of a version that we can use.
    #[error(
        "no PostgreSQL server 15 or newer found (looked in {looked_in}): install it, on Debian or Ubuntu with \
         `apt-get install postgresql`, or give the URL of a database"
    )]
    NoBinaries {
        /// The directories, joined by commas.
        looked_in: String,
    },
    /// The data were written by a version that is no longer installed.
    #[error(
        "{data} was written by PostgreSQL {version}, whose server is not installed: install postgresql-{version}, or \
         move the data to another version with pg_upgrade"
    )]
    OtherVersion {
        /// The data directory.
        data: PathBuf,
        /// Its major version.
        version: u32,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else.
    #[error(
        "PostgreSQL does not run as root and there is no user `postgres` to run it: install PostgreSQL from the \
         system's packages, which make that user, or start as an ordinary user"
    )]
    NoUser,
    /// The directory belongs to somebody else.
    #[error("{path} belongs to user {owner}: start as that user or as root, or choose another data directory")]
    ForeignOwner {
        /// What belongs to somebody else.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// A directory or file of ours could not be used.
    #[error("cannot {doing} {path}")]
    Io {
        /// The verb.
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// `initdb` failed.
    #[error("initdb could not make a cluster in {data}: {output}")]
    Initdb {
        /// The data directory.
        data: PathBuf,
        /// What it printed.
        output: String,
    },
    /// The server ended while it was starting.
    #[error("PostgreSQL did not start; the end of {log}:\n{tail}")]
    Start {
        /// Its log file.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// The server was still starting, or still stopping, when the time was over.
    #[error("PostgreSQL did not {what} within {} s; see {log}", waited.as_secs())]
    TimedOut {
        /// The verb.
        what: &'static str,
        /// Its log file.
        log: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// Another process holds the start lock.
    #[error("another process has held {path} for {} s: is it stuck?", waited.as_secs())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// The server runs, and refused what every cluster needs.
    #[error("the private PostgreSQL refused to {doing}")]
    Sql {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        source: sqlx::Error,
    },
}

impl ClusterError {
    fn io(doing: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { doing, path: path.into(), source }
    }
}
