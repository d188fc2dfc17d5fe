//! The server's processes: starting, finding, stopping.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::ClusterError;
use super::binaries::Binaries;
use super::place::{PORT, Place};
use super::roles::SUPERUSER;

const POLL_EVERY: Duration = Duration::from_millis(10);
/// The log starts anew at the first start after it has grown beyond this; one older log is kept.
const LOG_BYTES_MAX: u64 = 16 << 20;
const LOG_TAIL_BYTES: u64 = 4096;

/// What `postmaster.pid` says about a server that is alive.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: Pid,
    status: String,
}

impl Postmaster {
    /// The live server of a data directory, however it came to run there.
    pub(super) fn of(data: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().and_then(Pid::from_raw)?;
        // The eighth line; absent while the file is being written.
        let status = lines.nth(6).unwrap_or_default().trim().to_owned();
        is_server(pid, data).then_some(Self { pid, status })
    }

    pub(super) fn is_ready(&self) -> bool {
        self.status == "ready"
    }
}

/// Makes the data directory where there is none, completely or not at all.
pub(super) fn make(place: &Place, binaries: &Binaries) -> Result<(), ClusterError> {
    let data = place.data();
    if data.join("PG_VERSION").exists() {
        return Ok(());
    }
    let draft = place.home.join("data.new");
    if draft.exists() {
        std::fs::remove_dir_all(&draft).map_err(|source| ClusterError::io("remove", &draft, source))?;
    }
    // Byte order sorts alike everywhere and for ever; the character classes know more than ASCII.
    let ctype = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
    let program = binaries.program("initdb");
    let output = place
        .command(&program)
        .args(["--encoding=UTF8", "--locale=C", "--lc-ctype", ctype, "--data-checksums"])
        // The socket's directory admits the server's own user and root alone.
        .args(["--auth-local=trust", "--auth-host=reject", "--username", SUPERUSER, "-D"])
        .arg(&draft)
        .output()
        .map_err(|source| ClusterError::io("run", program, source))?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
        return Err(ClusterError::Initdb { data, output });
    }
    std::fs::rename(&draft, &data).map_err(|source| ClusterError::io("rename", &draft, source))?;
    File::open(&place.home)
        .and_then(|home| home.sync_all())
        .map_err(|source| ClusterError::io("sync", &place.home, source))
}

/// Waits for a server that runs, or starts one; true if one was running.
pub(super) fn ensure_running(
    place: &Place,
    binaries: &Binaries,
    settings: &[(String, String)],
    within: Duration,
) -> Result<bool, ClusterError> {
    let data = place.data();
    // One that is stopping is waited out; one that is starting, perhaps recovering, is waited for.
    let mut joined = false;
    let settled = wait_until(within, || match Postmaster::of(&data) {
        Some(postmaster) => {
            joined = postmaster.is_ready();
            joined
        }
        None => true,
    });
    if !settled {
        return Err(ClusterError::TimedOut { what: "start", log: place.log(), waited: within });
    }
    if !joined {
        clear_remains(&data, within)?;
        start(place, binaries, settings, within)?;
    }
    Ok(joined)
}

/// Stops a server as its packages do: no new connections, running statements are rolled back, a checkpoint is written.
pub(super) fn shut_down(place: &Place, within: Duration) -> Result<(), ClusterError> {
    let data = place.data();
    let Some(postmaster) = Postmaster::of(&data) else { return Ok(()) };
    signal(postmaster.pid, Signal::INT);
    if wait_until(within, || !is_server(postmaster.pid, &data)) {
        return Ok(());
    }
    Err(ClusterError::TimedOut { what: "stop", log: place.log(), waited: within })
}

/// Kills all processes of a server, first the one that would start others.
#[cfg(feature = "testing")]
pub(super) fn kill_all(data: &Path, within: Duration) -> Result<(), ClusterError> {
    kill_postmaster(data, within)?;
    clear_processes(data, Signal::KILL, within)
}

/// Kills the first process alone.
#[cfg(feature = "testing")]
pub(super) fn kill_postmaster(data: &Path, within: Duration) -> Result<(), ClusterError> {
    let Some(postmaster) = Postmaster::of(data) else { return Ok(()) };
    signal(postmaster.pid, Signal::KILL);
    if wait_until(within, || !is_server(postmaster.pid, data)) {
        return Ok(());
    }
    Err(ClusterError::TimedOut { what: "die", log: data.to_owned(), waited: within })
}

/// Blocks until something holds, looking every 10 ms; false if it did not within the time.
pub(super) fn wait_until(within: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if within <= begin.elapsed() {
            return false;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "files and foreign processes cannot wake us; runs on a blocking thread"
        )]
        std::thread::sleep(POLL_EVERY);
    }
}

fn start(
    place: &Place,
    binaries: &Binaries,
    settings: &[(String, String)],
    within: Duration,
) -> Result<(), ClusterError> {
    let log = open_log(place)?;
    // What stands before it is of earlier servers, and would be taken for the reason.
    let begin = log.metadata().map_err(|source| ClusterError::io("read", place.log(), source))?.len();
    let ended = reap(spawn(place, binaries, settings, log)?);
    let data = place.data();
    let mut failed = false;
    let settled = wait_until(within, || {
        failed = ended.try_recv() != Err(mpsc::TryRecvError::Empty);
        failed || Postmaster::of(&data).is_some_and(|postmaster| postmaster.is_ready())
    });
    match (failed, settled) {
        (true, _) => Err(ClusterError::Start { log: place.log(), tail: tail(&place.log(), begin) }),
        (false, true) => Ok(()),
        (false, false) => Err(ClusterError::TimedOut { what: "start", log: place.log(), waited: within }),
    }
}

fn spawn(place: &Place, binaries: &Binaries, settings: &[(String, String)], log: File) -> Result<Child, ClusterError> {
    let stdout = log.try_clone().map_err(|source| ClusterError::io("write", place.log(), source))?;
    let program = binaries.program("postgres");
    let mut command = place.command(&program);
    command.arg("-D").arg(place.data());
    let mut sockets = OsString::from("unix_socket_directories=");
    sockets.push(&place.sockets);
    command.arg("-c").arg(sockets);
    command.args(["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", &format!("port={PORT}")]);
    command.args(["-c", "cluster_name=countersign", "-c", "timezone=UTC", "-c", "log_timezone=UTC"]);
    // The detail of a broken constraint quotes the row, which may be somebody's data.
    command.args(["-c", "log_error_verbosity=terse", "-c", "log_line_prefix=%m [%p] %u@%d "]);
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let child = command.stdout(Stdio::from(stdout)).stderr(Stdio::from(log)).spawn();
    child.map_err(|source| ClusterError::io("run", program, source))
}

/// A child that nobody waits for would stay a zombie, and its process id in `postmaster.pid` would look alive.
fn reap(mut child: Child) -> Receiver<()> {
    let (ended, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        drop(child.wait());
        // Nobody listens any more once the server has been ready.
        let _ = ended.send(());
    });
    receiver
}

/// After a crash: ends backends that have lost their postmaster, and removes a pid file that names no server of ours.
/// PostgreSQL itself would refuse to start because of either, also where the process id now belongs to somebody else.
fn clear_remains(data: &Path, within: Duration) -> Result<(), ClusterError> {
    clear_processes(data, Signal::QUIT, within)?;
    match std::fs::remove_file(data.join("postmaster.pid")) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ClusterError::io("remove", data.join("postmaster.pid"), source))
        }
        _ => Ok(()),
    }
}

fn clear_processes(data: &Path, how: Signal, within: Duration) -> Result<(), ClusterError> {
    let gone = wait_until(within, || {
        let left = servers_of(data);
        for pid in &left {
            signal(*pid, how);
        }
        left.is_empty()
    });
    if gone { Ok(()) } else { Err(ClusterError::TimedOut { what: "end", log: data.to_owned(), waited: within }) }
}

/// It may have ended meanwhile; whoever signals waits for the end anyway.
fn signal(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

/// Every process of a server works in its data directory.
fn servers_of(data: &Path) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    pids.filter(|pid| is_server(*pid, data)).collect()
}

/// Whether a process lives and is a server of this data directory. Process ids are used again, so living is not enough.
fn is_server(pid: Pid, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    if !Path::new("/proc/self/stat").exists() {
        return test_kill_process(pid).is_ok();
    }
    // Not somebody's shell that stands in the directory.
    let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
    if !name.starts_with("postgres") || is_zombie(&process) {
        return false;
    }
    match std::fs::read_link(process.join("cwd")) {
        Ok(dir) => dir == data,
        // In a container root may not look into other users' processes, but it may see how they were called.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
            command.split(|byte| *byte == 0).any(|word| word == data.as_os_str().as_encoded_bytes())
        }
        Err(_) => false,
    }
}

/// Ended, but not yet waited for by its parent. No process at all counts as ended too.
fn is_zombie(process: &Path) -> bool {
    let Ok(stat) = std::fs::read_to_string(process.join("stat")) else { return true };
    // The name before the state may hold anything, so the last bracket closes it.
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

fn open_log(place: &Place) -> Result<File, ClusterError> {
    let path = place.log();
    if path.symlink_metadata().is_ok_and(|metadata| LOG_BYTES_MAX < metadata.len()) {
        let older = place.home.join("server.log.1");
        std::fs::rename(&path, older).map_err(|source| ClusterError::io("rename", &path, source))?;
    }
    place.open(&path)
}

/// The end of what was logged from a place on.
fn tail(log: &Path, begin: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES).max(begin)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => format!("(could not be read: {error})"),
    }
}
