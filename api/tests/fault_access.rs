//! The auditor's way in at length: `make fault`. What nobody tells apart by its time, what guessing gets, and what a
//! revocation stops.
#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "shared with the tests of HTTP")]
#[path = "http/app.rs"]
mod app;
#[expect(dead_code, reason = "shared with the tests of HTTP")]
#[path = "http/auditor/browser.rs"]
mod browser;
#[path = "http/auditor/giving.rs"]
mod giving;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use api::access::grant_token::Token;
use domain::invitation::LinkReuse;
use futures::StreamExt as _;
use ledger::entry::Entry;

use app::{TestApp, start};
use browser::Browser;
use giving::{Giving, PLAIN, WITH_CODE, give, revoke};

/// Requests under way at the same time.
const AT_ONCE: usize = 8;
const SAMPLES: usize = 2_000;
/// Of a standard normal variable: beyond it lies one in ten thousand where nothing differs.
const Z_MAX: f64 = 3.89;

/// Each from an address of its own, so that no limit is met.
fn elsewhere() -> Browser {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    Browser::at(&Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + next).to_string())
}

async fn bad_links(app: &TestApp) -> Vec<(&'static str, String)> {
    let used = give(app, Giving { link_reuse: LinkReuse::SingleUse, ..PLAIN }).await;
    elsewhere().post(app, &used.path(), &[]).await.leads_to("/auditor/toe");
    let expired = give(app, Giving { day: -3, ..PLAIN }).await;
    let revoked = give(app, PLAIN).await;
    revoke(app, &revoked.grant).await;
    let unknown = format!("/auditor/{}", Token::random().reveal());
    vec![("unknown", unknown), ("used", used.path()), ("expired", expired.path()), ("revoked", revoked.path())]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn nobody_tells_links_that_let_nobody_in_apart_by_their_time_when_they_are_fetched() {
    compare(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn nobody_tells_links_that_let_nobody_in_apart_by_their_time_when_their_button_is_pressed() {
    compare(true).await;
}

async fn compare(presses: bool) {
    let app = start().await;
    let links = bad_links(&app).await;
    // In an order that has nothing to do with which it is: neighbours disturb each other alike.
    let mut order: Vec<usize> = (0..SAMPLES * links.len()).map(|at| at % links.len()).collect();
    shuffle(&mut order);
    let timed = futures::stream::iter(order).map(|which| {
        let (app, path) = (&app, links[which].1.as_str());
        async move {
            let (mut browser, begun) = (elsewhere(), Instant::now());
            let answer = if presses { browser.post(app, path, &[]).await } else { browser.get(app, path).await };
            let took = begun.elapsed();
            assert_eq!(answer.status.as_u16(), 404);
            (which, took)
        }
    });
    let timed: Vec<(usize, Duration)> = timed.buffer_unordered(AT_ONCE).collect().await;
    let of = |which: usize| -> Vec<f64> {
        timed.iter().filter(|(of, _)| *of == which).map(|(_, took)| took.as_secs_f64() * 1_000.0).collect()
    };
    let unknown = of(0);
    for (which, (what, _)) in links.iter().enumerate().skip(1) {
        let samples = of(which);
        assert_eq!(samples.len(), SAMPLES);
        let (difference, z) = (median(&samples) - median(&unknown), mann_whitney(&unknown, &samples));
        println!("unknown and {what}: medians differ by {difference:+.3} ms, Mann-Whitney z = {z:+.2}");
        assert!(difference.abs() < 2.0, "{what}: {difference} ms");
        assert!(z.abs() < Z_MAX, "{what}: z = {z}");
    }
}

fn shuffle(order: &mut [usize]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How far the ranks of the second sample are from what they would be if both were one, in standard deviations.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|took| (*took, false)).chain(other.iter().map(|took| (*took, true))).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ranks: f64 = (1_u32..).zip(&all).filter(|(_, (_, is_other))| *is_other).map(|(rank, _)| f64::from(rank)).sum();
    let (n, m) = (f64::from(u32::try_from(one.len()).unwrap()), f64::from(u32::try_from(other.len()).unwrap()));
    let u = ranks - m * (m + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn ten_thousand_guesses_of_a_token_get_nowhere() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let begun = Instant::now();
    let guesses = futures::stream::iter(0..10_000).map(|_| {
        // Whoever guesses knows how the token begins.
        let path = format!("/auditor/{}{}", &given.token.reveal()[..8], &Token::random().reveal()[8..]);
        let app = &app;
        async move { Browser::at("192.0.2.66").post(app, &path, &[]).await.status.as_u16() }
    });
    let statuses: Vec<u16> = guesses.buffer_unordered(AT_ONCE).collect().await;
    let minutes = usize::try_from(begun.elapsed().as_secs() / 60).unwrap() + 1;
    let looked_at = statuses.iter().filter(|status| **status == 404).count();
    assert!(looked_at <= 10 * minutes, "{looked_at} in {minutes} minutes");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10_000 - looked_at);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn ten_thousand_guesses_of_a_code_get_nowhere() {
    let app = start().await;
    let given = give(&app, WITH_CODE).await;
    // Whoever guesses has the link, all the codes that it gives, and an address for every guess.
    let mut challenges = Vec::new();
    for _ in 0..20 {
        let mut browser = elsewhere();
        browser.post(&app, &given.path(), &[]).await;
        challenges.push(browser.cookies);
    }
    let guesses = futures::stream::iter(0..10_000_u32).map(|guess| {
        let (app, cookies) = (&app, challenges[guess as usize % challenges.len()].clone());
        async move {
            let mut browser = elsewhere();
            browser.cookies = cookies;
            browser.post(app, "/auditor/code", &[("code", &format!("{guess:08}"))]).await.status.as_u16()
        }
    });
    let statuses: Vec<u16> = guesses.buffer_unordered(AT_ONCE).collect().await;
    assert!(statuses.iter().all(|status| *status == 422), "somebody was let in, or the service broke");
    app.app.tasks().close();
    app.app.tasks().wait().await;
    let entries = store::entries::range(app.app.ledger().reader(), app.acme.log, 0, 10_000).await.unwrap();
    let entries = entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap());
    let compared = entries.filter(|entry| entry.outcome.reason() == Some("code_wrong")).count();
    assert!(compared <= 10, "{compared} guesses were compared within the hour");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn of_10_000_requests_that_race_a_revocation_none_that_begins_after_it_succeeds() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut browser = elsewhere();
    browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/toe");
    let browser = &browser;
    let (requests, revocation) = (
        futures::stream::iter(0..10_000).map(|_| async {
            let (mut copy, begun) = (browser.copied(), Instant::now());
            (begun, copy.get(&app, "/api/auditor/session").await.status.as_u16())
        }),
        async {
            while seen(&app, &given).await.is_none() {
                tokio::task::yield_now().await;
            }
            revoke(&app, &given.grant).await;
            Instant::now()
        },
    );
    let (answers, acknowledged) = tokio::join!(requests.buffer_unordered(AT_ONCE).collect::<Vec<_>>(), revocation);
    let after = answers.iter().filter(|(begun, _)| acknowledged < *begun);
    let (mut refused, mut let_in) = (0, 0);
    for (_, status) in after {
        if *status == 401 { refused += 1 } else { let_in += 1 }
    }
    let before = answers.iter().filter(|(_, status)| *status == 200).count();
    println!("{before} succeeded, {refused} that began after the revocation were refused");
    assert_eq!(let_in, 0);
    assert!(0 < before && 1_000 < refused, "{before} before, {refused} after: it was no race");
}

/// When the auditor's requests have been noted.
async fn seen(app: &TestApp, given: &giving::Given) -> Option<time::OffsetDateTime> {
    let mut tx = app.app.db(app.acme.log).await.unwrap();
    let sessions = api::access::auditor_session::list(&mut tx, app.acme.log, &given.grant).await.unwrap();
    sessions
        .first()
        .filter(|session| session.created_at + time::Duration::seconds(2) < session.last_seen_at)
        .map(|session| session.last_seen_at)
}
