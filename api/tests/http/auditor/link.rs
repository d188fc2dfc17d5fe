//! The link of an invitation.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use domain::access_grant::{Command, Resend};
use domain::invitation::{Delivery, LinkReuse};
use ledger::sealed::SealedValue;
use rstest::rstest;
use tracing::field::{Field, Visit};
use tracing::subscriber::with_default;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use super::browser::Browser;
use super::{Given, Giving, PLAIN, acts, command, entries, give, revoke, settled};
use crate::app::{Answer, TestApp, start};

const SINGLE: Giving = Giving { link_reuse: LinkReuse::SingleUse, ..PLAIN };

// rows: S5-31, C6
#[tokio::test]
async fn whoever_fetches_a_link_changes_nothing_and_whoever_presses_its_button_is_let_in() {
    let app = start().await;
    let given = give(&app, SINGLE).await;
    let before = app.size().await;
    let accept = format!("/auditor/accept?token={}", given.token.reveal());
    let mut scanner = Browser::at("198.51.100.1");
    for path in [given.path(), accept.clone()] {
        scanner.head(&app, &path).await.says(200, "");
        let page = scanner.get(&app, &path).await;
        page.says(200, "Open the records");
        assert!(!page.text().contains(given.token.reveal()), "the page does not repeat the token");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
    }
    settled(&app).await;
    assert_eq!((app.size().await, scanner.cookies.len()), (before, 0));
    let mut auditor = Browser::new();
    let opened = auditor.post(&app, &accept, &[]).await;
    assert_eq!((opened.status.as_u16(), opened.header("location")), (303, "/auditor/toe"));
    assert!(auditor.cookies.contains_key("__Host-auditor"));
    super::terms::accept(&app, &mut auditor).await;
    auditor.get(&app, "/auditor/portal").await.says(200, "Your access to the records of");
}

// rows: S1-64, S2-56, S2-57, S2-63, S2-64, S2-65, S5-34, C7, C10, C21
#[tokio::test]
async fn opening_a_link_is_recorded_with_grant_session_and_address_and_nothing_personal_in_the_clear() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let before = app.size().await;
    Browser::new().post(&app, &given.path(), &[]).await.leads_to("/auditor/toe");
    let entries = entries(&app, &app.acme, before).await;
    let types: Vec<&str> = entries.iter().map(|entry| entry.event_type.as_str()).collect();
    assert_eq!(types, ["auditor.invite.accept_attempted", "auditor.invite.accepted", "auditor.session.started"]);
    let hash = entries[0].detail["email_hash"].as_str().unwrap();
    assert_eq!(hash.len(), 16, "{hash}");
    let started = &entries[2];
    let prefix = started.detail["session"].as_str().unwrap();
    assert_eq!((prefix.len(), started.context.session.as_deref()), (8, Some(prefix)));
    assert_eq!(started.detail["grant"], given.grant.as_str());
    assert_eq!(started.context.service.as_deref(), Some("portal"));
    for entry in &entries {
        let sealed: Vec<&str> = entry.sealed.iter().map(SealedValue::field).collect();
        assert_eq!(sealed, ["ip", "user_agent"], "{}", entry.event_type.as_str());
        let answer = app.get(&format!("/v1/orgs/acme/entries/{}", entry.sequence)).await;
        let text = answer.text().to_lowercase();
        for personal in ["ada@", "192.0.2.7", "firefox", given.token.reveal()] {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
    }
    Browser::new().post(&app, &given.path(), &[]).await.leads_to("/auditor/toe");
    let again = &super::entries(&app, &app.acme, before + 3).await[1];
    assert_eq!(again.detail["link"], "again", "REACCESS_INVITE");
}

// rows: C3, C5
#[tokio::test]
async fn a_code_that_was_handed_over_in_groups_opens_the_access_by_its_page_and_by_its_link() {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let mut auditor = Browser::new();
    let before = app.size().await;
    let page = auditor.get(&app, "/auditor/accept").await;
    page.says(200, "Code of the invitation");
    assert!(page.text().contains("96 characters"), "{}", page.text());
    assert_eq!((app.size().await, auditor.cookies.len()), (before, 0));
    let grouped = given.token.grouped();
    assert!(grouped.contains(' ') && grouped.len() > 96, "{grouped}");
    let link = format!("/auditor/accept?token={}", grouped.replace(' ', "%20"));
    auditor.get(&app, &link).await.says(200, "Open the records");
    let pasted = format!(" {}\r\n", grouped.replacen(' ', "-", 3).replacen(' ', "\r\n", 2));
    let opened = auditor.post(&app, "/auditor/accept", &[("code", &pasted)]).await;
    opened.leads_to("/auditor/toe");
    assert!(auditor.cookies.contains_key("__Host-auditor"));
}

// rows: S5-32, S5-33
#[tokio::test]
async fn a_code_that_opens_nothing_is_the_one_404_and_is_counted_before_it_is_looked_up() {
    let app = start().await;
    let nothing = Browser::at("198.51.100.3").get(&app, &format!("/auditor/{}", "0a".repeat(48))).await;
    let mut guesser = Browser::new();
    let unknown = ["0a1b2c3d"; 12].join(" ");
    for code in ["", &unknown] {
        let answer = guesser.post(&app, "/auditor/accept", &[("code", code)]).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (404, nothing.text()), "{code}");
    }
    for grouped_otherwise in 0..9 {
        let code = unknown.replacen(' ', "-", grouped_otherwise);
        guesser.post(&app, "/auditor/accept", &[("code", &code)]).await.says(404, "");
    }
    guesser.post(&app, "/auditor/accept", &[("code", &unknown)]).await.says(429, "");
}

/// Everything that lets nobody in.
async fn bad_links(app: &TestApp) -> Vec<(&'static str, String)> {
    let unknown = Given { token: api::access::grant_token::Token::random(), ..give(app, PLAIN).await };
    let used = give(app, SINGLE).await;
    Browser::at("198.51.100.2").post(app, &used.path(), &[]).await.leads_to("/auditor/toe");
    let expired = give(app, Giving { day: -3, ..PLAIN }).await;
    let revoked = give(app, PLAIN).await;
    revoke(app, &revoked.grant).await;
    let replaced = give(app, PLAIN).await;
    let token_sha256 = api::access::grant_token::Token::random().sha256();
    command(
        app,
        &replaced.grant,
        Command::Resend(Resend { delivery: Delivery::Email, token_sha256, policy_allows: true }),
    )
    .await;
    let links =
        [("unknown", unknown), ("used", used), ("expired", expired), ("revoked", revoked), ("replaced", replaced)];
    let short = ("of another form", "/auditor/0a1b".to_owned());
    let no_text = ("no text", "/auditor/%ff".to_owned());
    links.into_iter().map(|(what, given)| (what, given.path())).chain([short, no_text]).collect()
}

// rows: S1-47, S2-84, S5-33, S5-91, C37
#[rstest]
#[case::fetched(false)]
#[case::pressed(true)]
#[tokio::test]
async fn links_that_let_nobody_in_are_one_404_to_the_last_byte(#[case] presses: bool) {
    let app = start().await;
    let mut first: Option<Answer> = None;
    for (what, path) in bad_links(&app).await {
        let mut browser = Browser::new();
        let mut answer = if presses { browser.post(&app, &path, &[]).await } else { browser.get(&app, &path).await };
        assert_eq!(answer.status.as_u16(), 404, "{what}");
        answer.says(404, "Invalid or expired link");
        answer.says(404, "ask them for a new link");
        assert!(answer.headers.remove("x-request-id").is_some());
        let first = first.get_or_insert_with(|| Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: answer.body.clone(),
        });
        assert_eq!(answer.headers, first.headers, "{what}");
        assert_eq!(answer.text(), first.text(), "{what}");
    }
}

// rows: S1-47, S5-74, S5-78, S5-91, C37
#[tokio::test]
async fn why_a_link_let_nobody_in_stands_in_the_log_alone() {
    let app = start().await;
    let links = bad_links(&app).await;
    settled(&app).await;
    let before = app.size().await;
    for (_, path) in &links {
        Browser::new().post(&app, path, &[]).await;
    }
    settled(&app).await;
    let reasons: Vec<String> = acts(&app, before).await.into_iter().filter_map(|(_, reason)| reason).collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    for reason in ["grant_expired", "grant_revoked", "link_used", "token_replaced"] {
        assert!(reasons.contains(&reason.to_owned()), "{reason}: {reasons:?}");
    }
    let service = store::logs::find(app.app.ledger().reader(), "service").await.unwrap().unwrap();
    let unknown = entries(&app, &service, 1).await;
    let reasons: Vec<_> = unknown.iter().map(|entry| entry.outcome.reason()).collect();
    assert_eq!(reasons, [Some("token_unknown"); 3], "what is no token is an attempt too");
    assert_eq!(unknown[0].stream.as_ref().unwrap().stream.to_string(), "activity/unknown");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

struct Everything<'a>(&'a mut String);

impl Visit for Everything<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        event.record(&mut Everything(&mut self.0.lock().unwrap()));
    }

    fn on_new_span(&self, span: &tracing::span::Attributes<'_>, _: &tracing::Id, _: Context<'_, S>) {
        span.record(&mut Everything(&mut self.0.lock().unwrap()));
    }
}

#[test]
fn neither_a_token_nor_a_code_nor_an_address_stands_in_any_line_of_a_log() {
    let lines = Lines::default();
    with_default(tracing_subscriber::registry().with(lines.clone()), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = start().await;
            let given = give(&app, super::WITH_CODE).await;
            let mut browser = Browser::new();
            browser.get(&app, &given.path()).await.says(200, "Send me the code");
            browser.post(&app, &given.path(), &[]).await.leads_to("/auditor/code");
            let code = super::code::digits(&app);
            browser.post(&app, "/auditor/code", &[("code", &code)]).await.leads_to("/auditor/toe");
            let unknown = "0a".repeat(48);
            browser.get(&app, &format!("/auditor/accept?token={unknown}")).await.says(404, "");
            settled(&app).await;
            let lines = lines.0.lock().unwrap().to_lowercase();
            assert!(lines.contains("route=\"/auditor/{token}\""), "the route is logged");
            let code = code.replace(' ', "");
            for secret in [given.token.reveal(), &unknown, &code, "ada@auditors.example", "192.0.2.7"] {
                assert!(!lines.contains(secret), "{secret}");
            }
        });
    });
}

#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

struct Summary(Option<String>);

impl Visit for Summary {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut summary = Summary(None);
        event.record(&mut summary);
        if event.metadata().target() == "sqlx::query" {
            self.0.lock().unwrap().extend(summary.0);
        }
    }
}

// rows: C37
#[test]
fn links_that_let_nobody_in_run_the_same_statements_before_their_answer() {
    let statements = Statements::default();
    let subscriber = tracing_subscriber::registry().with(statements.clone());
    with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = start().await;
            let mut first: Option<Vec<String>> = None;
            for (what, path) in bad_links(&app).await {
                settled(&app).await;
                statements.0.lock().unwrap().clear();
                let mut browser = Browser::new();
                // The refusal waits before it leaves, and what is queued is recorded in that time: only what comes before
                // is looked at.
                browser.get(&app, &path).await;
                let mut run = statements.0.lock().unwrap().clone();
                let looked_up = run.iter().position(|statement| statement.starts_with("select kid, key"));
                run.truncate(looked_up.map_or(run.len(), |at| at + 1));
                let first = first.get_or_insert_with(|| run.clone());
                assert_eq!(run.len(), 5, "{run:?}");
                assert_eq!(run, *first, "{what}");
            }
        });
    });
}

// rows: S5-32, S5-73
#[rstest]
#[case::known(true)]
#[case::unknown(false)]
#[tokio::test]
async fn ten_attempts_a_minute_are_looked_at_by_address_and_token_whether_it_is_known_or_not(#[case] known: bool) {
    let app = start().await;
    let given = give(&app, PLAIN).await;
    let path = if known { given.path() } else { format!("/auditor/{}", "0a".repeat(48)) };
    let mut browser = Browser::new();
    for _ in 0..10 {
        assert_ne!(browser.get(&app, &path).await.status.as_u16(), 429);
    }
    let refused = browser.post(&app, &path, &[]).await;
    refused.says(429, "too many attempts");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_ne!(Browser::at("198.51.100.9").get(&app, &path).await.status.as_u16(), 429, "from another address");
    let other = give(&app, PLAIN).await;
    assert_eq!(browser.get(&app, &other.path()).await.status.as_u16(), 200, "another token");
}

// rows: S2-84, C7
#[tokio::test]
async fn a_link_for_one_use_lets_in_once_also_where_two_come_at_the_same_moment() {
    let app = start().await;
    let given = give(&app, SINGLE).await;
    let path = given.path();
    let (mut one, mut other) = (Browser::new(), Browser::at("198.51.100.3"));
    let answers = tokio::join!(one.post(&app, &path, &[]), other.post(&app, &path, &[]));
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
}

#[tokio::test]
async fn whoever_makes_tokens_up_neither_fills_the_log_of_the_service_nor_goes_on_for_long() {
    let app = start().await;
    let mut statuses = Vec::new();
    for _ in 0..65 {
        let path = format!("/auditor/{}", api::access::grant_token::Token::random().reveal());
        statuses.push(Browser::at("203.0.113.9").get(&app, &path).await.status.as_u16());
    }
    settled(&app).await;
    let limited = [[404; 60].as_slice(), &[429; 5]].concat();
    assert_eq!(statuses, limited, "every token begins otherwise, and all come from one address");
    let mut elsewhere = Browser::at("203.0.113.10");
    let path = format!("/auditor/{}", api::access::grant_token::Token::random().reveal());
    assert_eq!(elsewhere.get(&app, &path).await.status.as_u16(), 404, "another address has its own count");
    settled(&app).await;
    let service = store::logs::find(app.app.ledger().reader(), "service").await.unwrap().unwrap();
    let recorded = entries(&app, &service, 1).await;
    let of = |reason| recorded.iter().filter(|entry| entry.outcome.reason() == Some(reason)).count();
    assert_eq!((of("token_unknown"), of("rate_limited")), (11, 1), "ten of the one, one of the other");
}
