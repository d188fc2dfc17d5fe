//! `kill -9` under load.

use std::sync::Arc;

use super::chance::Chance;
use super::site::Site;
use super::writers::{Book, Load, Met};

/// Acknowledgements after a blow, before the load ends: the service works again.
const AFTER: usize = 40;

/// Kills the service process under load and starts it again, which finds its PostgreSQL running.
pub(crate) async fn the_service(cycles: usize, seed: u64) {
    let blow = |site: &mut Site| {
        site.kill_service();
        assert!(site.cluster().is_running(), "the postmaster outlives the service");
        site.start();
    };
    let (met, _) = cycles_of(cycles, seed, blow).await;
    assert!(0 < met.cut, "somebody was in the middle of a request: {met:?}");
}

/// Kills every process of the PostgreSQL cluster under load. The service, which stays, starts it again.
pub(crate) async fn the_cluster(cycles: usize, seed: u64) {
    let (met, log) = cycles_of(cycles, seed, |site| site.kill_cluster()).await;
    // Whether somebody is told to come back depends on how soon it is there again: a request waits for it a while.
    let revived = log.matches("the private PostgreSQL is back").count();
    assert!(cycles <= revived, "{revived} starts of the database after {cycles} blows");
    assert_eq!(met.cut, 0, "the service itself answers all the time");
}

/// What the writers met, and what the service has logged.
async fn cycles_of(cycles: usize, seed: u64, mut blow: impl FnMut(&mut Site)) -> (Met, String) {
    println!("seed {seed}, {cycles} cycles");
    let (mut site, book, mut chance) = (Site::open().await, Arc::new(Book::default()), Chance::seeded(seed));
    let mut sum = Met::default();
    for cycle in 0..cycles {
        let load = Load::start(&site, &book, cycle);
        book.reaches(book.len() + 20 + chance.below(300), &site).await;
        // The blow blocks its thread; the writers have others.
        tokio::task::block_in_place(|| blow(&mut site));
        book.reaches(book.len() + AFTER, &site).await;
        let met = load.finish().await;
        let entries = book.check(&site).await;
        site.check_sealed(entries).await;
        println!("cycle {cycle}: {} requests acknowledged, {entries} entries, {met:?}", book.len());
        sum = sum.and(met);
    }
    let said = tokio::task::block_in_place(|| site.countersign("fsck --org acme"));
    assert!(!said.contains("FAILED"), "{said}");
    let log = site.service_log();
    site.close().await;
    (sum, log)
}
