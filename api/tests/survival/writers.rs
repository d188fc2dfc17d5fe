//! Writers who keep a record of what was acknowledged to them, and the oracle that compares it with the log.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ledger::entry::Entry;
use serde_json::{Value, json};
use store::testing;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::site::Site;
use super::wire::{self, Answer};

const WRITERS: usize = 8;
/// Every tenth request is a batch, which is kept whole or not at all.
const BATCH: usize = 3;
/// A client that was refused comes back after this. Real ones wait for as long as `Retry-After` says.
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// For a service that was hit to acknowledge again.
const PROGRESS_WITHIN: Duration = Duration::from_secs(90);

/// Where an entry is and what it is, as the client was told.
pub(crate) type Place = (u64, String);

/// What the clients know: for each acknowledged request, the places of its entries.
#[derive(Default)]
pub(crate) struct Book {
    acknowledged: Mutex<BTreeMap<String, Vec<Place>>>,
    /// How many there are, for those who wait.
    count: watch::Sender<usize>,
}

impl Book {
    /// Enters an acknowledgement. A second one for the same request must say the same.
    pub(crate) fn enter(&self, key: &str, answer: &Answer) {
        let places = places(&answer.body);
        assert_eq!(places.len(), items(key), "{key} is answered as a whole");
        let mut acknowledged = self.acknowledged.lock().unwrap();
        if let Some(before) = acknowledged.get(key) {
            assert_eq!(*before, places, "{key} was acknowledged twice, differently");
        }
        acknowledged.insert(key.to_owned(), places);
        self.count.send_replace(acknowledged.len());
    }

    pub(crate) fn len(&self) -> usize {
        *self.count.borrow()
    }

    pub(crate) fn holds(&self, key: &str) -> bool {
        self.acknowledged.lock().unwrap().contains_key(key)
    }

    /// Waits until so many requests are acknowledged.
    pub(crate) async fn reaches(&self, count: usize, site: &Site) {
        let mut changes = self.count.subscribe();
        let reached = tokio::time::timeout(PROGRESS_WITHIN, changes.wait_for(|now| count <= *now)).await;
        assert!(reached.is_ok(), "no more than {} of {count} acknowledged: {}", self.len(), site.service_log());
    }

    /// Reads the log again, verifies it as auditors do, and holds it against what was acknowledged: nothing is lost,
    /// nothing doubled, and nothing there that nobody was told of. Returns the size of the log.
    pub(crate) async fn check(&self, site: &Site) -> u64 {
        let (ledger, acme) = site.ledger().await;
        let entries = testing::check(&ledger, acme.log).await;
        ledger.close().await;
        let mut stored: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for recorded in &entries {
            let entry = Entry::parse(&recorded.bytes).unwrap();
            if entry.event_type.as_str() == "load.noted" {
                let key = entry.detail["request"].as_str().unwrap().to_owned();
                stored.entry(key).or_default().push((recorded.index, recorded.hash.to_string()));
            }
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        for (key, places) in &*acknowledged {
            assert_eq!(stored.get(key), Some(places), "{key} was acknowledged and is not kept just so");
        }
        assert_eq!(stored.len(), acknowledged.len(), "each request is there once, and none that was never answered");
        entries.len() as u64
    }
}

/// The body of a request, which follows from its key.
pub(crate) fn body(key: &str) -> String {
    let event = |item: usize| {
        json!({
            "type": "load.noted",
            "subject": "record/1",
            "actor": { "type": "service", "id": "load" },
            "outcome": "success",
            "detail": { "request": key, "item": item },
        })
    };
    match items(key) {
        1 => event(0).to_string(),
        several => json!({ "events": (0..several).map(event).collect::<Vec<_>>() }).to_string(),
    }
}

fn items(key: &str) -> usize {
    if key.ends_with('0') { BATCH } else { 1 }
}

fn places(body: &Value) -> Vec<Place> {
    let entries = body["entries"].as_array().unwrap().iter();
    entries.map(|entry| (entry["index"].as_u64().unwrap(), entry["hash"].as_str().unwrap().to_owned())).collect()
}

/// Eight writers at work.
pub(crate) struct Load {
    stop: CancellationToken,
    writers: JoinSet<Met>,
}

/// What writers met besides acknowledgements.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Met {
    /// 503: nothing was recorded, or it is not known.
    pub(crate) refused: usize,
    /// The connection ended before the answer did.
    pub(crate) cut: usize,
    /// Acknowledged when asked again: it had been recorded the first time.
    pub(crate) replayed: usize,
}

impl Met {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            refused: self.refused + other.refused,
            cut: self.cut + other.cut,
            replayed: self.replayed + other.replayed,
        }
    }
}

impl Load {
    /// Starts the writers. `round` keeps the requests of several loads apart.
    pub(crate) fn start(site: &Site, book: &Arc<Book>, round: usize) -> Self {
        let (stop, mut writers) = (CancellationToken::new(), JoinSet::new());
        for writer in 0..WRITERS {
            let (address, token, book, stop) = (site.address, site.token.clone(), Arc::clone(book), stop.clone());
            writers.spawn(async move {
                let mut met = Met::default();
                for number in 0.. {
                    if stop.is_cancelled() {
                        break;
                    }
                    insist(address, &token, &format!("r{round}-w{writer}-{number}"), &book, &mut met).await;
                }
                met
            });
        }
        Self { stop, writers }
    }

    /// Ends the writers when each has got the acknowledgement that it is after.
    pub(crate) async fn finish(self) -> Met {
        self.stop.cancel();
        let all =
            tokio::time::timeout(PROGRESS_WITHIN, self.writers.join_all()).await.expect("writers get their answers");
        all.into_iter().fold(Met::default(), Met::and)
    }
}

/// Sends a request again and again with the same key until it is acknowledged.
pub(crate) async fn insist(address: SocketAddr, token: &str, key: &str, book: &Book, met: &mut Met) {
    let request = wire::post(address, token, key, &body(key));
    loop {
        match wire::send(address, &request).await {
            Ok(answer) if answer.status == 201 => {
                met.replayed += usize::from(answer.replayed);
                return book.enter(key, &answer);
            }
            Ok(answer) => {
                assert_eq!(answer.status, 503, "only 503 while something is away: {}", answer.body);
                met.refused += 1;
            }
            Err(_) => met.cut += 1,
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}
