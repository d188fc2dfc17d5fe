//! Clients that go away: in the headers, in the body, after it, and while the answer comes.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use store::cluster::Role;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::chance::Chance;
use super::site::Site;
use super::wire;
use super::writers::{Book, Met, body, insist};

const CLIENTS: usize = 32;
/// Powers of two of milliseconds, so that on any machine clients leave before, during and after the append.
const PATIENCE_LOG2_MILLIS: usize = 14;
/// No transaction of the service lasts longer, unless it was forgotten. Shorter than the server's own
/// `idle_in_transaction_session_timeout`, which would hide it.
const TRANSACTION_WITHIN: Duration = Duration::from_secs(8);

/// Cuts requests off at points of chance. Afterwards no transaction is open, and what had been acknowledged is there,
/// also when each request is sent again and the database has been through a crash.
pub(crate) async fn clients(requests: usize, seed: u64) {
    println!("seed {seed}, {requests} requests");
    let (site, book) = (Site::open().await, Arc::new(Book::default()));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (address, token, book) = (site.address, site.token.clone(), Arc::clone(&book));
        let mut chance = Chance::seeded(seed + client as u64);
        clients.spawn(async move {
            for number in (client..requests).step_by(CLIENTS) {
                let key = format!("cut-{number}");
                let request = wire::post(address, &token, &key, &body(&key));
                let stream = TcpStream::connect(address).await.unwrap();
                go_away(stream, &request, &key, &book, &mut chance).await;
            }
        });
    }
    clients.join_all().await;
    let told = book.len();
    no_open_transaction(&site).await;
    let replayed = again(&site, &book, requests).await;
    println!("{told} acknowledged at once; of the others, {replayed} had been recorded before they were sent again");
    assert!(0 < told && told < requests && 0 < replayed, "clients left before, during and after the append");
    assert_eq!(book.len(), requests);
    book.check(&site).await;
    // A commit inside a forgotten transaction would be gone after this.
    site.kill_cluster();
    let mut met = Met::default();
    insist(site.address, &site.token, "afterwards", &book, &mut met).await;
    let entries = book.check(&site).await;
    site.check_sealed(entries).await;
    site.close().await;
}

/// Sends a part of the request, or all of it and waits for a part of the answer; then the connection is reset.
async fn go_away(mut stream: TcpStream, request: &[u8], key: &str, book: &Book, chance: &mut Chance) {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let sent = match chance.below(4) {
        0 => chance.below(end),
        1 => end + chance.below(request.len() - end),
        _ => request.len(),
    };
    stream.write_all(&request[..sent]).await.unwrap();
    if sent == request.len() {
        let patience = Duration::from_millis(1 << chance.below(PATIENCE_LOG2_MILLIS));
        if let Ok(Ok(answer)) = tokio::time::timeout(patience, wire::receive(&mut stream)).await {
            assert_eq!(answer.status, 201, "{}", answer.body);
            book.enter(key, &answer);
        }
    }
    // Half of them vanish, the others hang up.
    if chance.below(2) == 0 {
        stream.set_zero_linger().unwrap();
    }
}

/// Waits until no connection of the service is in a transaction that began before this.
async fn no_open_transaction(site: &Site) {
    let mut db = PgConnection::connect_with(&site.cluster().options(Role::Superuser)).await.unwrap();
    let begun: time::OffsetDateTime = sqlx::query_scalar("select clock_timestamp()").fetch_one(&mut db).await.unwrap();
    let open = "select count(*) from pg_stat_activity \
                where backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start < $1";
    let closed = async {
        while sqlx::query_scalar::<_, i64>(open).bind(begun).fetch_one(&mut db).await.unwrap() != 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let closed = tokio::time::timeout(TRANSACTION_WITHIN, closed).await;
    assert!(closed.is_ok(), "a transaction of a client that went away is still open");
}

/// Sends every request again with its key; how many that were not acknowledged turn out to be recorded.
async fn again(site: &Site, book: &Arc<Book>, requests: usize) -> usize {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (address, token, book) = (site.address, site.token.clone(), Arc::clone(book));
        clients.spawn(async move {
            let mut recorded = 0;
            for number in (client..requests).step_by(CLIENTS) {
                let (key, mut met) = (format!("cut-{number}"), Met::default());
                let known = book.holds(&key);
                insist(address, &token, &key, &book, &mut met).await;
                assert!(!known || met.replayed == 1, "{key} had been acknowledged");
                recorded += if known { 0 } else { met.replayed };
            }
            recorded
        });
    }
    clients.join_all().await.into_iter().sum()
}
