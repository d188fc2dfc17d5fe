//! A real nats-server of a test's own, which it may kill.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use async_nats::jetstream::{self, Context};

use super::eventually;

/// A server on a port and a directory of its own; killed with its value.
pub(crate) struct Nats {
    child: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Nats {
    /// Starts one.
    ///
    /// # Panics
    /// There is no nats-server: `deploy/bootstrap.sh` installs it.
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\", sync_interval: always }}\n",
            dir.path().display()
        );
        std::fs::write(dir.path().join("nats.conf"), config).unwrap();
        let child = spawn(dir.path());
        let nats = Self { child, dir, port };
        nats.jetstream().await;
        nats
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A client of its own, once the server answers.
    pub(crate) async fn jetstream(&self) -> Context {
        let client = eventually("nats-server answers", async || async_nats::connect(self.url()).await.ok()).await;
        let jetstream = jetstream::new(client);
        eventually("JetStream answers", async || jetstream.query_account().await.ok()).await;
        jetstream
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Removes a stream's files. Only while the server is down.
    pub(crate) fn wipe(&self, stream: &str) {
        let files = self.dir.path().join("jetstream/$G/streams").join(stream);
        std::fs::remove_dir_all(&files).unwrap_or_else(|error| panic!("{}: {error}", files.display()));
    }

    /// Starts it again after [`kill`](Self::kill).
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.dir.path());
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(dir: &Path) -> Child {
    let mut tried = Vec::new();
    for program in programs() {
        let mut command = Command::new(&program);
        command.arg("--config").arg(dir.join("nats.conf")).arg("--log").arg(dir.join("log"));
        match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => return child,
            Err(error) => tried.push(format!("{}: {error}", program.display())),
        }
    }
    panic!("tests need a real nats-server, which deploy/bootstrap.sh installs: {}", tried.join(", "));
}

/// On the path, else where `deploy/bootstrap.sh` puts it.
#[expect(clippy::disallowed_methods, reason = "not a setting of the service: where this machine keeps its caches")]
fn programs() -> Vec<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let installed = cache.map(|cache| cache.join("countersign/bin/nats-server"));
    [PathBuf::from("nats-server")].into_iter().chain(installed).collect()
}
