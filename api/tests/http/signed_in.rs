//! Members of a test's organisation, signed in.

use api::access::api_key::{self, Scope, Token};
use api::access::member_login::{self, AddressMac};
use api::access::member_session::{self, NewSession, SessionToken};
use api::access::secret::Purpose;
use api::auth::member::cookie_name;
use axum::body::Body;
use axum::http::{Method, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::context::Ctx;
use domain::credential::Method as SignedInBy;
use domain::member::{Command, Invite, Member, Role, Roles};
use domain::name::{PersonId, SessionId};
use domain::person::{Email, PersonName};
use ledger::entry::{Actor, ActorType};
use serde_json::Value;
use store::execute::execute;
use store::logs::LogInfo;
use uuid::Uuid;

use crate::app::{Answer, TestApp, request};

/// A member with an open session, as a browser holds it.
pub(crate) struct SignedIn<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) member: PersonId,
    pub(crate) sid: SessionId,
    cookie: String,
    /// What forms of this session carry in `form_token`, and scripts in `X-Form-Token`.
    pub(crate) form_token: String,
}

impl TestApp {
    /// A new member of acme with these roles, invited and active, who has just signed in with a passkey.
    pub(crate) async fn sign_in_as(&self, roles: &[Role]) -> SignedIn<'_> {
        self.sign_in_to(&self.acme, roles).await
    }

    /// The same for any organisation.
    pub(crate) async fn sign_in_to(&self, to: &LogInfo, roles: &[Role]) -> SignedIn<'_> {
        let member = self.member_of(to, roles).await;
        self.session_of(to, &member, SignedInBy::Passkey).await
    }

    /// A member of acme who has joined and has nothing to sign in by.
    pub(crate) async fn member_of(&self, to: &LogInfo, roles: &[Role]) -> PersonId {
        let member = PersonId::parse(&Uuid::new_v4().to_string()).unwrap();
        let invite = Invite {
            member: member.clone(),
            email: Email::parse(&format!("{member}@acme.example")).unwrap(),
            name: Some(PersonName::parse("Grace Hopper").unwrap()),
            roles: Roles::new(roles.iter().copied()).unwrap(),
            email_hash: None,
            token_sha256: None,
        };
        let address = AddressMac::of(self.app.access_secret(), to.log, &invite.email);
        let mut tx = self.app.db(to.log).await.unwrap();
        member_login::insert(&mut tx, to.log, &member, address).await.unwrap();
        tx.commit().await.unwrap();
        for command in [Command::Invite(invite), Command::Activate { token_sha256: None }] {
            self.command_member(to, &member, command).await;
        }
        member
    }

    /// Puts a command to a member, as the command line would.
    pub(crate) async fn command_member(&self, of: &LogInfo, member: &PersonId, command: Command) {
        let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
        let ctx = Ctx::of(actor, store::clock::now());
        execute::<Member>(self.app.ledger(), of.log, &ctx, member.as_str(), command, None).await.unwrap();
    }

    /// An open session of a member.
    pub(crate) async fn session_of(&self, to: &LogInfo, member: &PersonId, method: SignedInBy) -> SignedIn<'_> {
        let (sid, token) = (member_session::new_sid(), SessionToken::random());
        let session = NewSession { sid: &sid, token: &token, member, method, device: "Firefox on Linux" };
        let mut tx = self.app.db(to.log).await.unwrap();
        member_session::insert(&mut tx, to.log, &session).await.unwrap();
        tx.commit().await.unwrap();
        let mac = self.app.access_secret().mac(Purpose::Form, &[sid.as_str().as_bytes()]);
        SignedIn {
            app: self,
            member: member.clone(),
            cookie: format!("{}={}", cookie_name(&to.slug), token.reveal()),
            sid,
            form_token: BASE64_URL_SAFE_NO_PAD.encode(mac),
        }
    }

    /// A key of a member's own.
    pub(crate) async fn personal_key(&self, of: &LogInfo, member: &PersonId, scopes: &[Scope]) -> Token {
        let token = Token::random();
        let mut tx = self.app.db(of.log).await.unwrap();
        api_key::insert_personal(&mut tx, of.log, &token, member, "console", scopes, None).await.unwrap();
        tx.commit().await.unwrap();
        token
    }
}

impl SignedIn<'_> {
    /// A request with the cookie of the session.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        request(method, path, None).header(header::COOKIE, &self.cookie)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.app.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// A form of a page of this session.
    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = [("form_token", self.form_token.as_str())];
        let pairs = token.iter().chain(fields);
        let body = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin");
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    /// What a script on a page of this session sends.
    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send_json(Method::POST, path, body).await
    }

    /// The same with another method.
    pub(crate) async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-Form-Token", &self.form_token);
        self.app.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Makes the last confirmation older, or as if there was none.
    pub(crate) async fn confirmed_minutes_ago(&self, minutes: Option<i32>) {
        let mut db = self.app.connect(store::cluster::Role::Superuser).await;
        sqlx::query(
            "update access.member_sessions set confirmed_at = now() - make_interval(mins => $1) where sid = $2",
        )
        .bind(minutes)
        .bind(self.sid.as_str())
        .execute(&mut db)
        .await
        .unwrap();
    }
}

/// A value as a form sends it.
pub(crate) fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
