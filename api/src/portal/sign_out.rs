//! `/auditor/sign-out`: ends the session of this browser.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use domain::activity::ActivityEvent;
use domain::name::SessionId;
use serde::Deserialize;
use store::recording;

use super::frame;
use crate::access::auditor_session;
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor, AuditorSession, Claims};
use crate::error::Result;
use crate::mail::letterhead;
use crate::web::form::Protected;
use crate::web::shell::Plain;
use crate::web::{Clock, Page, Shell};

/// Nothing but the token.
#[derive(Deserialize)]
pub struct SignOut {}

#[derive(Template)]
#[template(path = "portal/signed_out.html")]
struct SignedOut {
    shell: Shell<Plain>,
    organisation: String,
}

/// Ends it, records that, and takes the cookie and what the browser keeps of us away.
///
/// # Errors
/// [`Error::FormExpired`](crate::error::Error::FormExpired); what an append meets.
pub async fn post(
    auditor: Auditor<AnyTerms>,
    jar: CookieJar,
    State(app): State<App>,
    form: Protected<SignOut>,
) -> Result<Response> {
    form.verify(&app, frame::form_key(&auditor)).await?;
    end(&app, &auditor, &auditor.sid).await?;
    let organisation = letterhead(&auditor.info, &auditor.organisation).organisation.to_string();
    let shell = Shell::plain(Some(&organisation), Clock::utc(store::clock::now()));
    let clear = (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    let page = Page::new(SignedOut { shell, organisation });
    Ok((jar.add(Claims::removal()), [clear], page).into_response())
}

/// Ends one of the auditor's own sessions (S2-59). Nothing happens where it had ended.
///
/// # Errors
/// What an append meets.
pub(super) async fn end(app: &App, auditor: &AuditorSession, sid: &SessionId) -> Result<()> {
    let mut tx = app.db(auditor.log).await?;
    let was_open = auditor_session::end(&mut tx, auditor.log, &auditor.grant, sid).await?;
    tx.commit().await?;
    if was_open {
        let event = ActivityEvent::SessionLogout { grant: auditor.grant.clone(), session: sid.prefix() };
        recording::record(app.ledger(), auditor.log, &auditor.ctx(), &event.stream(), &event, None).await?;
    }
    Ok(())
}
