//! The real program on a data directory of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use store::checkpoints;
use store::cluster::{Cluster, ClusterOptions, Left, Role};
use store::logs::{self, LogInfo};
use store::open::Ledger;
use store::testing;

/// For a killed service to be ready again, recovery of its database included, on a machine that does other things too.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A data directory, the service that runs on it, and the test's own way into its database.
pub(crate) struct Site {
    pub(crate) data: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    service: Option<Child>,
    cluster: Option<Cluster>,
}

impl Site {
    /// A running service with the organisation `acme` and an API key.
    pub(crate) async fn open() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let name = format!("survival-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let data = testing::target_dir().join("test-sites").join(name);
        drop(std::fs::remove_dir_all(&data));
        std::fs::create_dir_all(&data).unwrap();
        let cluster = Cluster::start(ClusterOptions::new(data.join("postgres"))).await.unwrap();
        let mut site = Self {
            data,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: String::new(),
            service: None,
            cluster: Some(cluster),
        };
        site.countersign("org create acme --name Acme --authority ledger.example.com");
        let created = site.countersign("api-key create --org acme --name load --scope events:write --quiet");
        created.trim().clone_into(&mut site.token);
        site.start();
        site
    }

    /// Runs a command on the data directory; what it printed.
    pub(crate) fn countersign(&self, command: &str) -> String {
        let output = self.command().args(command.split(' ')).output().unwrap();
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "countersign {command}: {complained}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.arg("--data-dir").arg(&self.data);
        command
    }

    /// Starts the service, from the second time on at the address that it had before.
    pub(crate) fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.data.join("service.log")).unwrap();
        let mut command = self.command();
        command.args(["serve", "--metrics-listen", "off", "--listen", &self.address.to_string()]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        self.service = Some(child);
        let port = said.trim().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        self.address.set_port(port.unwrap_or_else(|| panic!("the service did not start: {}", self.service_log())));
    }

    /// `kill -9` of the service process alone; its PostgreSQL stays.
    pub(crate) fn kill_service(&mut self) {
        let mut child = self.service.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// `kill -9` of every process of the PostgreSQL cluster.
    pub(crate) fn kill_cluster(&self) {
        self.cluster().kill().unwrap();
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().unwrap()
    }

    /// What the service has logged.
    pub(crate) fn service_log(&self) -> String {
        std::fs::read_to_string(self.data.join("service.log")).unwrap_or_default()
    }

    /// Another process's view of the log.
    pub(crate) async fn ledger(&self) -> (Ledger, LogInfo) {
        let ledger = Ledger::open(&self.cluster().options(Role::Ledger), &self.data);
        let acme = logs::find(ledger.reader(), "acme").await.unwrap().unwrap();
        (ledger, acme)
    }

    /// Waits until a checkpoint covers `size` entries, and verifies database, signer's record and published files.
    pub(crate) async fn check_sealed(&self, size: u64) {
        let (ledger, acme) = self.ledger().await;
        let sealed = async {
            while checkpoints::newest(ledger.reader(), acme.log).await.unwrap().is_none_or(|at| at.head.size < size) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let sealed = tokio::time::timeout(READY_WITHIN, sealed).await;
        assert!(sealed.is_ok(), "the log is not sealed any more: {}", self.service_log());
        testing::check_sealed(&ledger, ledger.seals(), acme.log).await;
        ledger.close().await;
    }

    /// Ends as an operator would: the service by SIGTERM, then the last user of the cluster stops it.
    pub(crate) async fn close(mut self) {
        let mut child = self.service.take().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(child.wait().unwrap().success(), "{}", self.service_log());
        let home = self.cluster().home().to_owned();
        assert_eq!(self.cluster.take().unwrap().stop().await.unwrap(), Left::Stopped);
        remove(&home);
        let panicked = self.service_log().contains("panicked at");
        assert!(!panicked, "{}", self.service_log());
    }
}

impl Drop for Site {
    /// After a failed test nothing is left running either.
    fn drop(&mut self) {
        if let Some(mut child) = self.service.take() {
            drop(child.kill());
            drop(child.wait());
        }
        if let Some(cluster) = self.cluster.take() {
            let home = cluster.home().to_owned();
            drop(cluster.kill());
            drop(cluster);
            remove(&home);
        }
        if !std::thread::panicking() {
            remove(&self.data);
        }
    }
}

fn remove(dir: &Path) {
    drop(std::fs::remove_dir_all(dir));
}
