//! What an auditor is shown while PostgreSQL stops: `make fault`.
#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "shared with the tests of HTTP")]
#[path = "http/app.rs"]
mod app;
#[expect(dead_code, reason = "shared with the tests of HTTP")]
#[path = "http/auditor/giving.rs"]
mod giving;
#[expect(dead_code, reason = "shared with the tests of kills")]
mod survival;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::access::Requests;
use api::access::secret::Secret;
use api::app::{App, Parts};
use api::config::PublicUrl;
use api::mail::Transport;
use ledger::entry::{Entry, Outcome};
use store::blobs::Blobs;
use store::cluster::Role;
use store::testing;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use giving::{PLAIN, give_in};
use survival::chance::Chance;
use survival::site::Site;
use survival::wire;

const READERS: usize = 8;
/// For a service whose database was killed to show something again.
const PROGRESS_WITHIN: Duration = Duration::from_secs(90);
/// Views after a blow, before the load ends: the service works again.
const AFTER: usize = 40;
const RETRY_AFTER: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn of_what_is_shown_while_the_database_is_killed_20_times_every_view_has_its_entry() {
    let site = Site::open().await;
    let link = invitation(&site).await;
    let cookie = tokio::task::block_in_place(|| come_in(&link));
    while_the_database_is_killed(&site, &cookie, 20, 3).await;
    site.close().await;
}

/// The address of an invitation, recorded by this process under the secret of the service.
async fn invitation(site: &Site) -> String {
    let (ledger, acme) = site.ledger().await;
    let app = App::new(Parts {
        requests: Requests::open(&site.cluster().options(Role::App)),
        ledger,
        blobs: Blobs::start(&site.data).await.unwrap(),
        public_url: PublicUrl::localhost(site.address.port()),
        access_secret: Secret::of_file(&site.data.join("access.key")).unwrap(),
        mail: Transport::Off,
        mail_from: None,
        cron_secret: None,
        body_deadline: Duration::from_secs(10),
        tasks: TaskTracker::new(),
    });
    let given = give_in(&app, &acme, PLAIN).await;
    app.requests().close().await;
    app.ledger().close().await;
    format!("http://localhost:{}{}", site.address.port(), given.path())
}

/// Opens the link and accepts the terms; the cookie of the session.
fn come_in(link: &str) -> String {
    let config = ureq::Agent::config_builder().max_redirects(0).build();
    let agent = ureq::Agent::from(config);
    let opened = agent.post(link).send_empty().unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let (origin, _) = link.split_once("/auditor/").unwrap();
    let terms = format!("{origin}/auditor/toe");
    let page = agent.get(&terms).header("Cookie", &cookie).call().unwrap().body_mut().read_to_string().unwrap();
    let field = |name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let fields = [
        ("form_token", field("form_token")),
        ("version", field("version")),
        ("acknowledged", "yes".to_owned()),
        ("signed_name", "Ada Hallström".to_owned()),
    ];
    let accepted = agent.post(&terms).header("Cookie", &cookie).send_form(fields).unwrap();
    assert_eq!(accepted.status(), 303);
    cookie
}

/// What auditors were shown: for each entry that an answer named, its hash.
#[derive(Default)]
struct Shown {
    views: Mutex<BTreeMap<u64, String>>,
    count: watch::Sender<usize>,
}

impl Shown {
    fn enter(&self, index: u64, hash: &str) {
        let mut views = self.views.lock().unwrap();
        assert_eq!(views.insert(index, hash.to_owned()), None, "two answers name entry {index}");
        self.count.send_replace(views.len());
    }

    fn len(&self) -> usize {
        *self.count.borrow()
    }

    async fn reaches(&self, count: usize, site: &Site) {
        let mut changes = self.count.subscribe();
        let reached = tokio::time::timeout(PROGRESS_WITHIN, changes.wait_for(|now| count <= *now)).await;
        assert!(reached.is_ok(), "no more than {} of {count} views: {}", self.len(), site.service_log());
    }

    /// Reads the log again, verifies it as auditors do, and looks in it for every view that was shown.
    async fn check(&self, site: &Site) -> usize {
        let (ledger, acme) = site.ledger().await;
        let entries = testing::check(&ledger, acme.log).await;
        ledger.close().await;
        let mut recorded = BTreeMap::new();
        for committed in &entries {
            let entry = Entry::parse(&committed.bytes).unwrap();
            if entry.event_type.as_str() == "auditor.record.viewed" && matches!(entry.outcome, Outcome::Success) {
                recorded.insert(committed.index, committed.hash.to_string());
            }
        }
        for (index, hash) in &*self.views.lock().unwrap() {
            assert_eq!(recorded.get(index), Some(hash), "what was shown under entry {index} has no such entry");
        }
        recorded.len()
    }
}

/// Kills every process of the PostgreSQL cluster while an auditor's requests are between entry and answer.
async fn while_the_database_is_killed(site: &Site, cookie: &str, cycles: usize, seed: u64) {
    println!("seed {seed}, {cycles} cycles");
    let (shown, mut chance) = (Arc::new(Shown::default()), Chance::seeded(seed));
    let (mut refused, mut recorded) = (0, 0);
    for cycle in 0..cycles {
        let (stop, readers) = start(site.address, cookie, &shown);
        shown.reaches(shown.len() + 20 + chance.below(200), site).await;
        tokio::task::block_in_place(|| site.kill_cluster());
        shown.reaches(shown.len() + AFTER, site).await;
        stop.cancel();
        refused += readers.join_all().await.into_iter().sum::<usize>();
        recorded = shown.check(site).await;
        println!("cycle {cycle}: {} views shown, {recorded} recorded, {refused} refused", shown.len());
    }
    assert!(shown.len() < recorded, "no request was between entry and answer");
}

/// How many requests of each reader were refused, once they are told to stop.
fn start(address: SocketAddr, cookie: &str, shown: &Arc<Shown>) -> (CancellationToken, JoinSet<usize>) {
    let (stop, mut readers) = (CancellationToken::new(), JoinSet::new());
    for _ in 0..READERS {
        let (shown, stop, request) = (Arc::clone(shown), stop.clone(), get(address, cookie, "/api/auditor/evidence"));
        readers.spawn(async move {
            let mut refused = 0;
            while !stop.is_cancelled() {
                let answer = wire::send(address, &request).await.expect("the service itself answers all the time");
                if answer.status == 200 {
                    let entry = &answer.body["recorded"];
                    shown.enter(entry["index"].as_u64().unwrap(), entry["hash"].as_str().unwrap());
                } else {
                    assert_eq!(answer.status, 503, "only 503 while the database is away: {}", answer.body);
                    refused += 1;
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
            refused
        });
    }
    (stop, readers)
}

/// A `GET` with a cookie, as bytes.
fn get(address: SocketAddr, cookie: &str, path: &str) -> Vec<u8> {
    let port = address.port();
    format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n")
        .into_bytes()
}
