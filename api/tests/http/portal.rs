//! What an auditor sees: real records, real files, one grant.

mod activity;
mod download;
mod export;
mod item;
mod json;
mod list;
mod overview;
mod preview;

use ::api::access::grant_token::{self, Token};
use domain::access_grant::{AccessGrant, Command, DurationLimits, Filters, Grant, NewExtent, Scope};
use domain::context::Ctx;
use domain::date::Date;
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::name::{EngagementId, GrantId, PersonId, VendorId};
use domain::person::{Email, Firm};
use ledger::entry::Entry;
use ledger::vocabulary::Timestamp;
use projections::wait;
use serde_json::{Value, json};
use std::time::Duration;
use store::execute::execute;
use tokio_util::sync::DropGuard;
use uuid::Uuid;

use crate::app::{TestApp, start};
use crate::auditor::browser::Browser;
use crate::auditor::{Given, entries, owner, signed_in};
use crate::engagements::put;
use crate::evidence::{EVIDENCE, upload};

const DAY: i64 = 86_400_000_000;

/// A service with an auditor who is signed in, and read models that follow.
struct Portal {
    app: TestApp,
    given: Given,
    browser: Browser,
    _following: DropGuard,
}

impl Portal {
    /// With access to this.
    async fn with(scope: Scope) -> Self {
        let app = start().await;
        let following = app.follow();
        let given = give(&app, scope).await;
        let browser = signed_in(&app, &given).await;
        Self { app, given, browser, _following: following }
    }

    async fn get(&mut self, path: &str) -> crate::app::Answer {
        self.browser.get(&self.app, path).await
    }

    /// Where a revision of evidence is downloaded from, as what shows it now says.
    async fn address(&mut self, id: &str, revision: u32) -> String {
        let shown = self.get(&format!("/api/auditor/evidence/{id}")).await.json();
        let mut revisions = shown["revisions"].as_array().unwrap().iter();
        let file = revisions.find(|file| file["revision"] == revision).unwrap();
        file["download"].as_str().unwrap().replacen("/api/auditor", "/auditor/portal", 1)
    }

    /// A record of acme's.
    async fn record(&self, kind: &str, reference: &str, content: Value) {
        let address = format!("/v1/orgs/acme/records/{kind}/{reference}");
        let answer = put(&self.app, &address, &content).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        self.shown("records").await;
    }

    /// Evidence of acme's, with a file or without; its id.
    async fn evidence(&self, said: Value, file: Option<(&str, &[u8])>) -> String {
        let added = upload(&self.app, EVIDENCE, &[("metadata", said.to_string())], file).await;
        let id = added.header("location").rsplit('/').next().unwrap().to_owned();
        added.created();
        self.shown("evidence").await;
        id
    }

    /// Waits until a read model shows everything.
    async fn shown(&self, model: &'static str) {
        let newest = self.app.size().await as u64 - 1;
        let within = Duration::from_secs(20);
        assert!(wait::until(self.app.app.ledger(), model, self.app.acme.log, newest, within).await.unwrap());
    }

    async fn command(&self, command: Command) {
        crate::auditor::command(&self.app, &self.given.grant, command).await;
    }

    /// Gives the access another scope.
    async fn change(&self, scope: Scope) {
        let now = store::clock::now().as_micros();
        let expires_at = Timestamp::from_micros(now + 2 * DAY).unwrap();
        let extent = NewExtent { scope, expires_at, limits: DurationLimits::PLATFORM, policy_allows: true };
        self.command(Command::Change(extent)).await;
    }

    /// The newest entry.
    async fn newest(&self) -> Entry {
        entries(&self.app, &self.app.acme, self.app.size().await - 1).await.pop().unwrap()
    }

    /// Type, subject and reason of the newest entry.
    async fn last_act(&self) -> (String, String, Option<String>) {
        let entry = self.newest().await;
        let reason = entry.outcome.reason().map(str::to_owned);
        (entry.event_type.as_str().to_owned(), entry.subject.to_string(), reason)
    }

    /// Asks for an address, and that it is the one 404, recorded as refused for this reason.
    async fn refused(&mut self, path: &str, kind: &str, reason: &str) {
        let nothing = self.get("/nowhere").await;
        let before = self.app.size().await;
        let answer = self.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (404, nothing.text()), "{path}");
        assert_eq!(self.app.size().await, before + 1, "{path} is recorded once");
        let (event_type, _, found) = self.last_act().await;
        assert_eq!((event_type.as_str(), found.as_deref()), (kind, Some(reason)), "{path}");
    }
}

/// Seeing and nothing else.
fn seeing(resources: &[&str]) -> Scope {
    Scope::custom(["view"], resources.iter().copied()).unwrap()
}

/// Seeing, downloading and exporting.
fn everything(resources: &[&str]) -> Scope {
    Scope::custom(["view", "download", "export"], resources.iter().copied()).unwrap()
}

/// Limited to vendors, an engagement, a window.
fn limited(scope: Scope, vendors: &[&str], engagement: Option<&str>, window: Option<(&str, &str)>) -> Scope {
    let day = |text: &str| Some(Date::parse(text).unwrap());
    let filters = Filters {
        vendors: vendors.iter().map(|vendor| VendorId::parse(vendor).unwrap()).collect(),
        engagement: engagement.map(|id| EngagementId::parse(id).unwrap()),
        window: window.map(|(from, until)| domain::access_grant::Window::new(day(from), day(until)).unwrap()),
    };
    scope.limited_to(filters).unwrap()
}

async fn give(app: &TestApp, scope: Scope) -> Given {
    let (token, email) = (Token::random(), Email::parse("ada@auditors.example").unwrap());
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
    let mut tx = app.app.db(app.acme.log).await.unwrap();
    grant_token::put(&mut tx, app.app.access_secret(), app.acme.log, &grant, &token.sha256(), &email).await.unwrap();
    tx.commit().await.unwrap();
    let now = store::clock::now();
    let command = Command::Grant(Grant {
        person: PersonId::parse(&Uuid::new_v4().to_string()).unwrap(),
        email,
        email_hash: None,
        name: None,
        firm: Firm::parse("Northgate Assurance LLP").unwrap(),
        role_title: None,
        scope,
        expires_at: Timestamp::from_micros(now.as_micros() + 2 * DAY).unwrap(),
        limits: DurationLimits::PLATFORM,
        invitation: Some(Invitation {
            delivery: Delivery::Email,
            link_reuse: LinkReuse::Reusable,
            second_factor: SecondFactor::None,
            token_sha256: token.sha256(),
        }),
        regrant_of: None,
    });
    let ctx = Ctx::of(owner(), now);
    execute::<AccessGrant>(app.app.ledger(), app.acme.log, &ctx, grant.as_str(), command, None).await.unwrap();
    Given { grant, token }
}

/// A record with this title.
fn titled(title: &str) -> Value {
    json!({ "title": title, "status": "open", "owner": "Risk Team", "dates": {}, "fields": {} })
}

/// Evidence with this title, of this day.
fn said(title: &str, effective_on: &str) -> Value {
    json!({ "title": title, "effective_on": effective_on, "controls": [] })
}
