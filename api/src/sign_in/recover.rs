//! `/recover`: a member who cannot sign in any more asks for a link.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::credential::Act;
use domain::person::Email;
use serde::Deserialize;
use store::logs::{self, LogInfo};

use super::door::{count, within};
use super::enter::{active, record, stranger};
use crate::access::limit::{Counted, Limit};
use crate::access::member_link::{self, LinkPurpose, LinkToken};
use crate::access::member_login::{self, AddressMac};
use crate::acts::member::send_recovery;
use crate::app::App;
use crate::auth::Circumstances;
use crate::error::Result;
use crate::web::shell::Plain;
use crate::web::{Clock, FieldErrors, Open, Page, Shell};

/// Mails to one address, whether anybody's or not: enough for somebody who has lost the first.
const TO_ONE_ADDRESS: Limit = Limit { name: "recovery", most: 3, within: Duration::from_hours(1) };
/// Links for one member: a link makes those before it void, so whoever asks again and again would keep the member from the
/// one in their mailbox. Within this time the first stands.
const LINKS: Limit = Limit { name: "recovery links", most: 1, within: Duration::from_mins(10) };

#[derive(Template)]
#[template(path = "sign_in/recover.html")]
struct Recover {
    shell: Shell<Plain>,
    org: String,
    email: String,
    is_sent: bool,
    /// Whether a link can reach anybody.
    has_mailer: bool,
    errors: FieldErrors,
}

/// Whom it is about.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    org: String,
    #[serde(default)]
    email: String,
}

/// Asks for organisation and address.
pub async fn get(State(app): State<App>, Query(asked): Query<Asked>) -> Response {
    Page::new(page(&app, asked, false, FieldErrors::default())).into_response()
}

/// Sends a link, if the address is a member's. The answer is the same, and as quick, if it is nobody's.
pub async fn post(circumstances: Circumstances, State(app): State<App>, Open(asked): Open<Asked>) -> Result<Response> {
    count(&app, None, &circumstances).await?;
    let mut errors = FieldErrors::default();
    let email = errors.take("email", Email::parse(asked.email.trim()));
    let info = logs::find(app.ledger().reader(), asked.org.trim()).await?;
    let info = errors.take("org", info.ok_or("No organisation has this name here."));
    let (Some(email), Some(info)) = (email, info) else {
        let page = page(&app, asked, false, errors);
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let address = AddressMac::of(app.access_secret(), info.log, &email);
    within(app.requests().count(app.access_secret(), TO_ONE_ADDRESS, &[address.as_bytes()]).await?)?;
    let aside = app.clone();
    app.tasks().spawn(async move {
        if let Err(error) = send(&aside, &info, address, &circumstances).await {
            tracing::error!(%error, "a recovery link was not sent");
        }
    });
    Ok(Page::new(page(&app, asked, true, FieldErrors::default())).into_response())
}

fn page(app: &App, asked: Asked, is_sent: bool, errors: FieldErrors) -> Recover {
    let shell = Shell::plain(None, Clock::utc(store::clock::now()));
    Recover { shell, org: asked.org, email: asked.email, is_sent, has_mailer: app.has_mailer(), errors }
}

async fn send(app: &App, info: &LogInfo, address: AddressMac, circumstances: &Circumstances) -> Result<()> {
    let mut tx = app.db(info.log).await?;
    let login = member_login::by_address(&mut tx, info.log, address).await?;
    tx.commit().await?;
    let Some(login) = login else { return Ok(()) };
    // Whoever has not joined has the invitation, and whoever is suspended waits.
    let Ok(profile) = active(app, info.log, &login.member).await? else { return Ok(()) };
    let by: [&[u8]; 2] = [info.log.0.as_bytes(), login.member.as_str().as_bytes()];
    if app.requests().count(app.access_secret(), LINKS, &by).await? != Counted::Within {
        return Ok(());
    }
    record(app, info.log, &circumstances.ctx(stranger()), &login.member, Act::RecoveryRequested).await?;
    let token = LinkToken::random();
    let mut tx = app.db(info.log).await?;
    member_link::replace(&mut tx, info.log, &login.member, LinkPurpose::Recovery, &token).await?;
    tx.commit().await?;
    send_recovery(app, info, &profile, &token).await
}
