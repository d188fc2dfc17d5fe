//! Stops a test cluster once no process uses it, also when the tests were killed.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// `$1` is the cluster's home, `$2` how long to linger in seconds, `$3` what to remove afterwards or nothing. The lock
/// on users.lock is the cluster's own (see `store::cluster`): whoever holds it alone may stop the server, and while it
/// is held nobody can join. A second keeper ends at once.
const KEEPER: &str = r#"
cd "$1" || exit 0
exec 8>>keeper.lock 9>>users.lock
flock --exclusive --nonblock 8 || exit 0
free=0
while [ -e users.lock ]; do
    if flock --exclusive --nonblock 9; then
        if [ "$free" -ge "$2" ]; then
            pid=$(head -n 1 data/postmaster.pid 2>/dev/null)
            [ -n "$pid" ] && kill -INT "$pid"
            for _ in $(seq 300); do
                [ -e data/postmaster.pid ] || break
                sleep 0.1
            done
            [ -n "$3" ] && cd / && rm -rf -- "$1" "$3"
            exit 0
        fi
        flock --unlock 9
        free=$((free + 1))
    else
        free=0
    fi
    sleep 1
done
"#;

/// What to do with a cluster that nobody uses.
#[derive(Clone, Copy)]
pub(super) enum Then<'a> {
    /// Stop it after a while, since the next test may come soon.
    Linger { seconds: u32 },
    /// Stop it and remove it, with this directory.
    Remove(&'a Path),
}

/// Starts a keeper for a cluster that this process uses; false where there is no flock(1) and so no keeper.
pub(super) fn watch(home: &Path, then: Then<'_>) -> bool {
    let (seconds, remove) = match then {
        Then::Linger { seconds } => (seconds, Path::new("")),
        Then::Remove(dir) => (0, dir),
    };
    let flock = Command::new("flock").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", KEEPER, "keeper"]).arg(home).arg(seconds.to_string()).arg(remove);
    // Not in the test's process group: it has to outlive whoever kills that.
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match (flock, command.spawn()) {
        (Ok(status), Ok(mut child)) if status.success() => {
            std::thread::spawn(move || child.wait());
            true
        }
        _ => false,
    }
}
