//! Joining, signing in, confirming and getting back in, as people do it.

mod passkeys;
mod passwords;
mod recovery;

use api::access::member_link::LinkToken;
use api::acts::member::{self, NewMember};
use domain::context::Ctx;
use domain::member::{Role, Roles};
use domain::name::PersonId;
use domain::person::{Email, PersonName};
use ledger::entry::{Actor, ActorType, Entry, Outcome};
use totp_rs::Builder;

use crate::app::{Answer, TestApp};
use crate::browser::Browser;

const EMAIL: &str = "grace@acme.example";
const PASSWORD: &str = "correct horse battery staple";

/// Somebody who was invited.
struct Invited {
    member: PersonId,
    token: LinkToken,
}

/// Somebody who has joined with a password.
struct Joined {
    member: PersonId,
    /// Of their one-time codes.
    secret: String,
    codes: Vec<String>,
}

async fn invite(app: &TestApp, email: &str, role: Role) -> Invited {
    let new = NewMember {
        email: Email::parse(email).unwrap(),
        name: Some(PersonName::parse("Grace Hopper").unwrap()),
        roles: Roles::new([role]).unwrap(),
    };
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    let ctx = Ctx::of(actor, store::clock::now());
    let invited = member::invite(&app.app, &app.acme, &ctx, None, new).await.unwrap();
    assert!(invited.delivery.email_sent());
    Invited { member: invited.member, token: invited.token }
}

async fn join(app: &TestApp, browser: &mut Browser<'_>, email: &str) -> Joined {
    let invited = invite(app, email, Role::Owner).await;
    let path = format!("/join/{}", invited.token.reveal());
    let page = browser.get(&path).await;
    let (secret, fields) = set_up(&page);
    let answer = browser.post(&path, &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Joined { member: invited.member, secret, codes: codes(&answer) }
}

/// The secret that a page shows, and the fields that set it up.
fn set_up(page: &Answer) -> (String, [(&'static str, String); 3]) {
    let secret = page.between("by this secret: <code>", "</code>").replace(' ', "");
    let totp = page.between("name=\"totp\" value=\"", "\"");
    let code = code_of(&secret, 0);
    (secret, [("totp", totp), ("password", PASSWORD.to_owned()), ("code", code)])
}

fn codes(page: &Answer) -> Vec<String> {
    let text = page.text();
    text.split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// What the app shows, so many steps from now.
fn code_of(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let now = i64::try_from(store::clock::now().unix_seconds()).unwrap();
    totp.generate(u64::try_from(now + 30 * steps).unwrap()).to_string()
}

/// Type, outcome and subject of the entries after some of acme's log, once there are so many.
async fn acts(app: &TestApp, after: usize, count: usize) -> Vec<String> {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let entries = store::entries::range(app.app.ledger().reader(), app.acme.log, 0, 10_000).await.unwrap();
        if after + count <= entries.len() || deadline < tokio::time::Instant::now() {
            let entries = entries.iter().skip(after).map(|entry| Entry::parse(&entry.bytes).unwrap());
            return entries.map(|entry| said(&entry)).collect();
        }
        tokio::task::yield_now().await;
    }
}

fn said(entry: &Entry) -> String {
    let outcome = match &entry.outcome {
        Outcome::Success => "success",
        Outcome::Failure { reason } => reason,
    };
    format!("{} {outcome}", entry.event_type.as_str())
}
