//! Who gets what: every route, asked by everybody there is.
//!
//! `routes.txt` has a row for each route and a column for each caller, with the status that they get. A route without a
//! row fails; `make bless` writes it, and a reviewer reads what it says. Requests carry what pages and programs send, and
//! an empty body: 400, 415 and 422 are answers to somebody who may.

mod ids;
mod listed;

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

use api::access::api_key::{Scope, Token};
use api::client::ClientAddress;
use api::web::is_page;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::credential::Method as SignedInBy;
use domain::member::Role;
use domain::name::PersonId;
use store::logs::LogInfo;

use self::ids::Ids;
use self::listed::{Route, listed};
use crate::app::{Answer, TestApp, issue, open, request, start};
use crate::auditor;
use crate::auditor::browser::field;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/routes.txt");

/// Everybody who may come, in the order of the columns.
struct Callers {
    beta: LogInfo,
    foreign_key: Token,
    foreign_owner: PersonId,
    events_key: Token,
    members: Vec<(Role, PersonId)>,
}

/// One column.
#[derive(Clone, Copy)]
enum Caller<'a> {
    Nobody,
    Key(&'a Token),
    Member(&'a LogInfo, &'a PersonId),
    /// Somebody whom acme has let in, who has accepted the terms.
    Auditor,
}

impl Callers {
    async fn of(app: &TestApp) -> Self {
        let beta = open(&app.app, "beta").await;
        let mut members = Vec::new();
        for role in Role::ALL {
            members.push((*role, app.member_of(&app.acme, &[*role]).await));
        }
        Self {
            foreign_key: issue(&app.app, &beta, &Scope::ALL, None).await,
            foreign_owner: app.member_of(&beta, &[Role::Owner]).await,
            events_key: issue(&app.app, &app.acme, &[Scope::EventsWrite], None).await,
            beta,
            members,
        }
    }

    fn owner<'a>(&'a self, app: &'a TestApp) -> Caller<'a> {
        let owner = self.members.iter().find(|(role, _)| *role == Role::Owner).expect("an owner is among them");
        Caller::Member(&app.acme, &owner.1)
    }

    fn columns<'a>(&'a self, app: &'a TestApp) -> Vec<(&'static str, Caller<'a>)> {
        let mut columns = vec![
            ("nobody", Caller::Nobody),
            ("foreign_key", Caller::Key(&self.foreign_key)),
            ("foreign_owner", Caller::Member(&self.beta, &self.foreign_owner)),
            ("events_key", Caller::Key(&self.events_key)),
            ("full_key", Caller::Key(&app.key)),
        ];
        columns.extend(self.members.iter().map(|(role, member)| (role.as_str(), Caller::Member(&app.acme, member))));
        columns.push(("auditor", Caller::Auditor));
        columns
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_from_every_route_what_the_golden_table_says() {
    let app = start().await;
    let _follow = app.follow();
    app.seal(1).await;
    let callers = Callers::of(&app).await;
    let columns = callers.columns(&app);
    let foreign = Ids::new(&app, &callers.beta, &callers.foreign_key).await;
    let mut table = head(columns.iter().map(|(name, _)| *name));
    for route in listed(&app).await {
        // What one caller did must not show in what the next one gets in another row.
        let own = Ids::new(&app, &app.acme, &app.key).await;
        let mut row = format!("{:<6} {:<64}", route.method.as_str(), route.path);
        let mut is_for_keys = false;
        for (name, caller) in &columns {
            let answer = ask(&app, &route, &own, *caller).await;
            is_for_keys |= *name == "full_key" && answer.status != StatusCode::FORBIDDEN;
            write!(row, " {}", answer.status.as_u16()).unwrap();
        }
        let insider = if route.is_auditors() {
            Caller::Auditor
        } else if is_for_keys && !is_page(&route.path) {
            Caller::Key(&app.key)
        } else {
            callers.owner(&app)
        };
        let theirs = ask(&app, &route, &foreign, insider).await;
        writeln!(table, "{row} {}", theirs.status.as_u16()).unwrap();
        if route.names_a_thing() {
            let nothing = ask(&app, &route, &Ids::none(), insider).await;
            assert_eq!(theirs.status, nothing.status, "{} {} tells them apart", route.method, route.path);
            assert!(theirs.status.is_client_error(), "{} {} gives {} away", route.method, route.path, theirs.status);
            assert!(theirs.status != StatusCode::NOT_FOUND || theirs.body == nothing.body, "there is one 404");
        }
    }
    compare(&table);
}

fn head<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    let columns: Vec<_> = columns.chain(["whoever of acme may, with ids of another organisation"]).collect();
    format!("# Who gets what of each route; `make bless` writes this. Columns: {}.\n", columns.join(", "))
}

/// Sends what a page or a program of this caller would send, each time from another address, or limits would be met.
async fn ask(app: &TestApp, route: &Route, ids: &Ids, caller: Caller<'_>) -> Answer {
    let path = route.filled(ids);
    let method = || route.method.clone();
    let (mut request, form_token) = match caller {
        Caller::Nobody => (request(method(), &path, None), String::new()),
        Caller::Key(key) => (request(method(), &path, Some(key)), String::new()),
        Caller::Member(of, member) => {
            let session = app.session_of(of, member, SignedInBy::Passkey).await;
            (session.request(method(), &path), session.form_token)
        }
        Caller::Auditor => {
            let given = auditor::give(app, auditor::PLAIN).await;
            let mut browser = auditor::signed_in_from(app, &given, auditor::browser::Browser::elsewhere()).await;
            let form_token = field(&browser.get(app, "/auditor/help").await.text(), "form_token");
            let cookies = browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            let cookies = cookies.collect::<Vec<_>>().join("; ");
            (request(method(), &path, None).header(header::COOKIE, cookies), form_token)
        }
    };
    let mut body = String::new();
    if !matches!(route.method, Method::GET | Method::HEAD) {
        request = request.header("Sec-Fetch-Site", "same-origin").header("X-Form-Token", &form_token);
        let (media, text) = if is_page(&path) {
            // What cannot be undone is confirmed by a word, which is that of its address.
            let word = path.rsplit('/').next().unwrap_or_default();
            ("application/x-www-form-urlencoded", format!("form_token={form_token}&typed={word}"))
        } else {
            ("application/json", "{}".to_owned())
        };
        request = request.header(header::CONTENT_TYPE, media);
        body = text;
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ClientAddress(another_address()));
    app.send(request).await
}

fn another_address() -> IpAddr {
    static NEXT: AtomicU32 = AtomicU32::new(u32::from_be_bytes([10, 0, 0, 1]));
    Ipv4Addr::from_bits(NEXT.fetch_add(1, Ordering::Relaxed)).into()
}

#[expect(clippy::disallowed_methods, reason = "not a setting of the service: it is how `make bless` reaches a test")]
fn compare(table: &str) {
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(GOLDEN, table).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let missing = table.lines().filter(|line| !golden.lines().any(|kept| kept == *line));
    let gone = golden.lines().filter(|line| !table.lines().any(|found| found == *line));
    let different: Vec<_> =
        missing.map(|line| format!("now  {line}")).chain(gone.map(|line| format!("then {line}"))).collect();
    assert!(different.is_empty(), "who gets what has changed; `make bless` writes it down:\n{}", different.join("\n"));
}
