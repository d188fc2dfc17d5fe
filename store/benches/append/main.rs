//! Appending, compared: ours against the alternatives, driven by one client in one process, round by round in turn.
//!
//! `cargo bench -p store --bench append` prints the table. `-- quick` runs two rounds and leaves the long log out, to see
//! that it works; any other word runs only the parts whose title has it: `-- batches`.

mod contenders;
mod events;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contenders::Contender;
use events::Event;
use store::cluster::Cluster;
use store::testing;
use table::{Samples, Table};

/// Writers at once, each on a stream of its own.
const WRITERS: [usize; 4] = [1, 16, 64, 256];
/// Events of one batch.
const BATCH: usize = 512;
const ROUNDS: usize = 10;
/// How long each contender runs in a round.
const TURN: Duration = Duration::from_millis(700);
/// Entries of the long log.
const LONG_LOG: u64 = 5_000_000;

#[tokio::main]
async fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let quick = words.iter().any(|word| word == "quick");
    words.retain(|word| word != "quick");
    let wanted = |title: &str| words.is_empty() || words.iter().any(|word| title.contains(word));
    let rounds = if quick { 2 } else { ROUNDS };
    let cluster = testing::own_cluster_with(&[("max_connections", contenders::CLUSTER_CONNECTIONS_MAX)]).await;
    let data = tempfile::tempdir().expect("a directory for keys");
    let same_table = contenders::migrated(&cluster, "raw_copy").await;
    let mut contenders = contenders(&cluster, data.path()).await;
    for writers in WRITERS {
        let title = format!("{writers} writers, one event a request");
        if wanted(&title) {
            Table::new(&contenders).print(&title, &compare(&contenders, rounds, writers, 1).await);
        }
    }
    let title = format!("1 writer, batches of {BATCH}");
    if wanted(&title) {
        let batches = [contenders.remove(0), contenders::copy(same_table)];
        Table::new(&batches).print(&title, &compare(&batches, rounds, 1, BATCH).await);
    }
    if !quick && wanted("long log against short") {
        long_log(&cluster, data.path()).await;
    }
}

/// Ours, and what it is compared with.
async fn contenders(cluster: &Cluster, data: &Path) -> Vec<Contender> {
    #[expect(clippy::disallowed_methods, reason = "this is the edge where the program is told where things are")]
    let message_db = std::env::var_os("MESSAGE_DB_SQL").map(PathBuf::from);
    let mut contenders = vec![contenders::ours(cluster, "countersign", data).await];
    contenders.push(contenders::postgres_es(contenders::database(cluster, "postgres_es").await).await);
    match message_db {
        Some(sql) => contenders.push(contenders::message_db(cluster, &sql).await),
        None => println!("message-db is left out: MESSAGE_DB_SQL does not name its SQL (make bench sets it)"),
    }
    contenders.push(contenders::trigger(contenders::database(cluster, "pgcrypto_trigger").await).await);
    contenders.push(contenders::plain(contenders::database(cluster, "plain_insert").await).await);
    contenders
}

/// Runs every contender in turn, in alternating order, and returns each one's samples by round.
async fn compare(contenders: &[Contender], rounds: usize, writers: usize, batch: usize) -> Vec<Samples> {
    let mut samples: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
    for contender in contenders {
        turn(contender, writers, batch).await;
    }
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..contenders.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for place in order {
            let (rate, latencies) = turn(&contenders[place], writers, batch).await;
            samples[place].rates.push(rate);
            samples[place].latencies.extend(latencies);
        }
    }
    samples
}

/// One contender for one turn: events a second, and how long each request took.
async fn turn(contender: &Contender, writers: usize, batch: usize) -> (f64, Vec<Duration>) {
    static STREAMS: AtomicU64 = AtomicU64::new(0);
    let stop = Arc::new(AtomicBool::new(false));
    let begin = Instant::now();
    let running: Vec<_> = (0..writers)
        .map(|_| {
            let stream = format!("bench/{}", STREAMS.fetch_add(1, Ordering::Relaxed));
            let (append, stop) = (Arc::clone(&contender.append), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut version, mut latencies) = (0, Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    let events: Vec<Event> = (0..batch)
                        .map(|_| {
                            version += 1;
                            Event::new(&stream, version)
                        })
                        .collect();
                    let sent = Instant::now();
                    append(events).await;
                    latencies.push(sent.elapsed());
                }
                latencies
            })
        })
        .collect();
    tokio::time::sleep(TURN).await;
    stop.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    for writer in running {
        latencies.extend(writer.await.expect("a writer does not panic"));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a second")]
    let rate = (latencies.len() * batch) as f64 / begin.elapsed().as_secs_f64();
    (rate, latencies)
}

/// Two databases of ours in turn, one with an empty log and one with five million entries.
async fn long_log(cluster: &Cluster, data: &Path) {
    let short = contenders::ours(cluster, "countersign", data).await;
    let other = testing::own_cluster().await;
    let mut long = contenders::ours(&other, "countersign", data).await;
    long.name = "5 million entries";
    println!("\nfilling a log with {LONG_LOG} entries …");
    let (mut filled, mut version) = (0, 0);
    while filled < LONG_LOG {
        let batches = (0..8).map(|_| {
            let events = (0..BATCH)
                .map(|_| {
                    version += 1;
                    Event::new("fill/1", version)
                })
                .collect();
            (long.append)(events)
        });
        futures::future::join_all(batches).await;
        filled += 8 * BATCH as u64;
    }
    let pair = [long, short];
    for writers in [1, 64] {
        let samples = compare(&pair, ROUNDS, writers, 1).await;
        Table::new(&pair).print(&format!("{writers} writers, long log against short"), &samples);
    }
}
