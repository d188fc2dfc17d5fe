//! `/auditor/sessions`: the auditor's own sessions, and ending one.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::name::SessionId;
use domain::person::UserAgent;
use ledger::vocabulary::{Of, OpenedPart};
use serde::Deserialize;
use store::opened;

use super::reader::At;
use super::{frame, sign_out};
use crate::access::auditor_session::{self, Session};
use crate::access::column::instant;
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor};
use crate::error::{Error, Result};
use crate::sign_in::device;
use crate::web::components::Tone;
use crate::web::form::Protected;
use crate::web::shell::OfAuditor;
use crate::web::{Clock, Moment, Page, Shell};

/// Which session is to end.
#[derive(Deserialize)]
pub struct EndOne {
    sid: String,
}

#[derive(Template)]
#[template(path = "portal/sessions.html")]
struct Sessions {
    shell: Shell<OfAuditor>,
    rows: Vec<Row>,
}

/// A session as it is shown.
struct Row {
    sid: String,
    prefix: String,
    is_this: bool,
    is_open: bool,
    tone: Tone,
    word: &'static str,
    since: Moment,
    last_seen: Moment,
    until: Moment,
    address: String,
    /// Browser and system, in words.
    program: String,
    /// As the program called itself.
    user_agent: String,
}

/// Lists them, newest first, with where each was begun.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get(auditor: Auditor<AnyTerms>, State(app): State<App>) -> Result<Response> {
    let mut tx = app.db(auditor.log).await?;
    let sessions = auditor_session::list(&mut tx, auditor.log, &auditor.grant).await?;
    tx.commit().await?;
    let indices: Vec<u64> = sessions.iter().map(|session| session.started_index).collect();
    let opened = opened::of(app.ledger(), auditor.log, &indices).await?;
    let clock = frame::clock(&auditor);
    let rows = sessions.iter().map(|session| row(session, &opened, &auditor.sid, &clock)).collect();
    Ok(Page::new(Sessions { shell: frame::shell(&app, &auditor, At::Elsewhere), rows }).into_response())
}

/// Ends one of them, on another device say.
///
/// # Errors
/// [`Error::FormExpired`]; what an append meets.
pub async fn post(auditor: Auditor<AnyTerms>, State(app): State<App>, form: Protected<EndOne>) -> Result<Response> {
    let form = form.verify(&app, frame::form_key(&auditor)).await?;
    let sid = SessionId::parse(&form.sid).map_err(|_| Error::NotFound)?;
    sign_out::end(&app, &auditor, &sid).await?;
    Ok(Redirect::to("/auditor/sessions").into_response())
}

fn row(session: &Session, opened: &HashMap<u64, Vec<OpenedPart>>, this: &SessionId, clock: &Clock) -> Row {
    let (now, until) = (clock.now(), instant(session.expires_at));
    let (is_open, tone, word) = match session.ended_at {
        Some(_) => (false, Tone::Ended, "ended"),
        None if until <= now => (false, Tone::Ended, "over"),
        None => (true, Tone::Good, "open"),
    };
    let part = |field: &str| {
        let parts = opened.get(&session.started_index).into_iter().flatten();
        let mut found = parts.filter(|part| part.of == Of::Actor && part.field == field);
        let known = found.next().map(|part| part.value.known().cloned().unwrap_or_else(|| "erased".to_owned()));
        known.unwrap_or_else(|| "not known".to_owned())
    };
    let user_agent = part("user_agent");
    Row {
        sid: session.sid.to_string(),
        prefix: session.sid.prefix().to_string(),
        is_this: session.sid == *this,
        is_open,
        tone,
        word,
        since: clock.ago(instant(session.created_at)),
        last_seen: clock.ago(instant(session.last_seen_at)),
        until: clock.ago(session.ended_at.map_or(until, instant)),
        address: part("ip"),
        program: device::label(UserAgent::new(&user_agent).as_ref()),
        user_agent,
    }
}
