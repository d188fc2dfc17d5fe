//! Things of an organisation, new ones for each row.

use std::collections::BTreeMap;

use api::access::api_key::Token;
use axum::body::Body;
use axum::http::{Method, header};
use domain::access_grant::{AccessGrant, Command, DurationLimits, Grant, Level, Scope};
use domain::context::Ctx;
use domain::member::Role;
use domain::name::{GrantId, PersonId};
use domain::person::{Email, Firm};
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::Timestamp;
use serde_json::{Value, json};
use store::execute::execute;
use store::logs::LogInfo;
use uuid::Uuid;

use crate::app::{TestApp, request};

const DAY_MICROS: i64 = 86_400_000_000;
const NOTHING: &str = "00000000-0000-4000-8000-000000000000";

/// Values for the parameters of addresses.
pub(super) struct Ids(BTreeMap<&'static str, String>);

impl Ids {
    /// Names of nothing.
    pub(super) fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// One of each kind, and the read models know them.
    pub(super) async fn new(app: &TestApp, of: &LogInfo, key: &Token) -> Self {
        let plan = json!({ "name": "SOC 2", "framework": "soc2", "starts_on": "2026-01-01", "ends_on": "2026-12-31" });
        let engagement = made(app, key, &format!("/v1/orgs/{}/engagements", of.slug), &plan).await;
        let evidence = json!({ "title": "Access review", "effective_on": "2026-03-31" });
        let evidence = made(app, key, &format!("/v1/orgs/{}/evidence", of.slug), &evidence).await;
        let ids = [
            ("engagement", engagement),
            ("evidence", evidence),
            ("grant", granted(app, of).await.as_str().to_owned()),
            ("member", app.member_of(of, &[Role::Viewer]).await.as_str().to_owned()),
        ];
        let size = store::entries::range(app.app.ledger().reader(), of.log, 0, 100_000).await.unwrap().len();
        for model in projections::ALL {
            let within = std::time::Duration::from_secs(20);
            let name = model.name();
            let shown = projections::wait::until(app.app.ledger(), name, of.log, size as u64 - 1, within).await;
            assert!(shown.unwrap(), "{name} does not follow");
        }
        Self(ids.into())
    }

    /// What stands in place of a parameter of an address.
    pub(super) fn value(&self, path: &str, name: &str) -> String {
        match name {
            "id" => self.value(path, kind(path)),
            "org" => "acme".to_owned(),
            "type" => "policies".to_owned(),
            "resource" => "evidence".to_owned(),
            "version" | "revision" | "size" => "1".to_owned(),
            "index" => "0".to_owned(),
            "token" => "A".repeat(96),
            "tile" => "0/000".to_owned(),
            "file" => "countersign.css".to_owned(),
            "reference" => "P-1".to_owned(),
            _ => self.0.get(name).cloned().unwrap_or_else(|| NOTHING.to_owned()),
        }
    }
}

/// Of what `{id}` is the id: the interfaces of others name it so whatever it is.
fn kind(path: &str) -> &'static str {
    match path.split("/{id}").next().unwrap_or_default() {
        "/api/auditors" => "grant",
        "/demo/mailbox" => "letter",
        "/api/auditor/evidence" | "/auditor/portal/evidence" => "evidence",
        // `{resource}` is evidence.
        before if before.ends_with("/{resource}") => "evidence",
        _ => panic!("{path}: of what is {{id}} the id?"),
    }
}

/// The id of what was made: the last part of its address.
async fn made(app: &TestApp, key: &Token, path: &str, body: &Value) -> String {
    let request = request(Method::POST, path, Some(key)).header(header::CONTENT_TYPE, "application/json");
    let answer = app.send(request.body(Body::from(body.to_string())).unwrap()).await;
    answer.created();
    answer.header("location").rsplit('/').next().unwrap().to_owned()
}

async fn granted(app: &TestApp, of: &LogInfo) -> GrantId {
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
    let now = store::clock::now();
    let command = Command::Grant(Grant {
        person: PersonId::parse(&Uuid::new_v4().to_string()).unwrap(),
        email: Email::parse(&format!("{}@northgate.example", grant.as_str())).unwrap(),
        email_hash: None,
        name: None,
        firm: Firm::parse("Northgate").unwrap(),
        role_title: None,
        scope: Scope::of_level(Level::ReadOnly, []).unwrap(),
        expires_at: Timestamp::from_micros(now.as_micros() + 2 * DAY_MICROS).unwrap(),
        limits: DurationLimits::PLATFORM,
        invitation: None,
        regrant_of: None,
    });
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    let ctx = Ctx::of(actor, now);
    execute::<AccessGrant>(app.app.ledger(), of.log, &ctx, grant.as_str(), command, None).await.unwrap();
    grant
}
