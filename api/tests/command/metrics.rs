//! `/metrics`: for the operator, on a listener of its own.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ledger::entry::Entry;

use crate::place::{Place, agent, get};

/// What a line of a sample begins with: name and labels without their values.
fn shape(sample: &str) -> String {
    let name = sample.rsplit_once(' ').unwrap().0;
    let mut quoted = false;
    name.chars()
        .filter(|sign| {
            quoted ^= *sign == '"';
            !quoted && *sign != '"'
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_on_a_listener_of_their_own_and_nothing_else_is() {
    let place = Place::with_acme().await;
    let serving = place.serve();
    assert!(!serving.metrics.starts_with(&serving.url), "{} is not {}", serving.metrics, serving.url);
    assert_eq!(serving.get("/metrics", None).0, 404, "not where everybody may ask");
    let base = serving.metrics.strip_suffix("/metrics").unwrap();
    for path in ["/", "/health/live", "/openapi.json", "/v1/orgs/acme/entries/0", "/logs/acme/checkpoint"] {
        assert_eq!(get(&format!("{base}{path}"), None).0, 404, "{path}");
    }
    let answer = agent().get(&serving.metrics).call().unwrap();
    let kind = answer.headers().get("content-type").unwrap().to_str().unwrap();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    serving.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_how_requests_the_queue_sealing_and_the_database_do() {
    let place = Place::with_acme().await;
    let key = place.run("api-key create --org acme --name billing --scope events:write --quiet").succeeded();
    let serving = place.serve();
    for _ in 0..3 {
        assert_eq!(serving.post_event(key.trim()), 201);
    }
    let (status, page) = get(&serving.metrics, None);
    assert_eq!(status, 200);
    let posted =
        r#"countersign_http_request_seconds_count{method="POST",route="/v1/orgs/{org}/events",status="201"} 3"#;
    assert!(page.contains(posted), "{page}");
    let samples = page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(shape);
    let expected = [
        "countersign_database_connections{use=,state=}",
        "countersign_http_request_seconds_bucket{method=,route=,status=,le=}",
        "countersign_http_request_seconds_count{method=,route=,status=}",
        "countersign_http_request_seconds_sum{method=,route=,status=}",
        "countersign_logs_stopped{why=}",
        "countersign_queued_events",
        "countersign_unsealed_entries",
    ];
    assert_eq!(samples.collect::<BTreeSet<_>>(), expected.map(str::to_owned).into(), "{page}");
    serving.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_name_neither_an_organisation_nor_a_person_nor_anything_that_a_caller_chose() {
    let place = Place::with_acme().await;
    let key = place.run("api-key create --org acme --name billing --scope events:write --quiet").succeeded();
    let serving = place.serve();
    assert_eq!(serving.post_event(key.trim()), 201);
    let grant = "/v1/orgs/acme/grants/018f3b7e-0000-7000-8000-00000000b001?mira=mira@example.com";
    for path in [grant, "/logs/acme/checkpoint", "/v1/orgs/rival/entries/0", "/mira@example.com"] {
        serving.get(path, Some(key.trim()));
    }
    let odd = ureq::http::Request::builder().method("MIRA").uri(format!("{}/mira", serving.url)).body(()).unwrap();
    assert_eq!(agent().run(odd).unwrap().status().as_u16(), 404);
    let (_, page) = get(&serving.metrics, None);
    let id = key.split('_').nth(1).unwrap();
    for name in ["acme", "rival", "mira", "MIRA", "018f3b7e", "4711", "billing", id] {
        assert!(!page.contains(name), "{name} is in:\n{page}");
    }
    serving.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_come_without_a_database_too_and_say_what_is_not_known() {
    let place = Place::with_acme().await;
    let serving = place.serve();
    let known = get(&serving.metrics, None).1;
    assert!(!known.contains("countersign_unsealed_entries NaN"), "{known}");
    place.cut_off().await;
    let (status, page) = get(&serving.metrics, None);
    assert_eq!(status, 200);
    assert!(page.contains("countersign_unsealed_entries NaN"), "{page}");
    assert!(page.contains("countersign_logs_stopped{why=\"fence\"} NaN"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_stands_still_is_named_at_start_and_counted() {
    let place = Place::with_acme().await;
    let out = place.at("acme.zip").display().to_string();
    place.run(&format!("export --org acme --out {out}")).succeeded();
    std::fs::remove_file(place.at("signer/acme.json")).unwrap();
    let (serving, log) = place.serve_logging();
    let said = log.read();
    let line = said.lines().find(|line| line.contains("does not extend what was signed")).unwrap_or_default();
    assert!(line.contains("ERROR") && line.contains("acme"), "{said}");
    let (_, page) = get(&serving.metrics, None);
    for sample in ["{why=\"fence\"} 1", "{why=\"sealing\"} 0", "{why=\"key\"} 0"] {
        assert!(page.contains(&format!("countersign_logs_stopped{sample}\n")), "{page}");
    }
    serving.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn sealing_that_has_stopped_is_said_with_the_slug_and_the_reason() {
    let place = Place::with_acme().await;
    let keys = std::fs::read_dir(place.at("keys/acme")).unwrap().map(|file| file.unwrap().path());
    for key in keys.filter(|path| path.display().to_string().contains("/checkpoints-")) {
        std::fs::remove_file(key).unwrap();
    }
    let (serving, log) = place.serve_logging();
    let said = async {
        loop {
            let said = log.read();
            if let Some(line) = said.lines().find(|line| line.contains("sealing of the log has stopped: an operator")) {
                return line.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let line = tokio::time::timeout(std::time::Duration::from_secs(20), said).await.expect("it is said");
    assert!(line.contains("ERROR") && line.contains("slug=\"acme\"") && line.contains("no key file"), "{line}");
    let (_, page) = get(&serving.metrics, None);
    assert!(page.contains("countersign_logs_stopped{why=\"sealing\"} 1\n"), "{page}");
    serving.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_attempts_that_have_no_entry_yet_are_counted_in_one_when_the_service_stops() {
    let place = Place::with_acme().await;
    let serving = place.serve();
    for _ in 0..33 {
        assert_eq!(serving.get("/v1/orgs/acme/entries/0", Some("cs_none")).0, 401);
    }
    let counted = "\ncountersign_attempts_not_recorded 3\n";
    let deadline = Instant::now() + Duration::from_secs(10);
    while !get(&serving.metrics, None).1.contains(counted) {
        assert!(Instant::now() < deadline, "{}", get(&serving.metrics, None).1);
    }
    serving.stop();
    let (ledger, acme) = place.ledger().await;
    let entries = store::entries::range(ledger.reader(), acme.log, 0, 1000).await.unwrap();
    let last = Entry::parse(&entries.last().unwrap().bytes).unwrap();
    let said = (last.event_type.as_str(), last.outcome.reason(), &last.detail["count"]);
    assert_eq!(said, ("credential.refusals.counted", Some("wrong_key"), &serde_json::json!(3)));
}
