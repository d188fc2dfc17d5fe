//! `POST /orgs/{org}/grants/{grant}/revoke`: takes access back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::detail::{self, Refused};
use crate::acts::access;
use crate::acts::access::revoke::revoke;
use crate::app::App;
use crate::auth::{Granting, Member};
use crate::error::Result;
use crate::web::form::{self, FieldErrors, Protected};
use crate::web::page::Page;
use crate::web::shell::Nav;

/// Why, and that it is meant.
#[derive(Debug, Deserialize)]
pub struct Fields {
    #[serde(default)]
    note: String,
    #[serde(default)]
    typed: String,
}

/// What is typed by whoever means it.
const TYPED: &str = "revoke";

/// Takes access back, and shows the access with the entry that records it; or the form again with what is wrong in it.
pub async fn post(
    member: Member<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    sent: Protected<Fields>,
) -> Result<Response> {
    let fields = sent.verify(&app, member.form_key()).await?;
    let grant = access::grant_id(&grant)?;
    access::load(&app, &member, &grant).await?;
    let mut errors = FieldErrors::default();
    if fields.typed.trim() != TYPED {
        errors.add("typed", format!("Type {TYPED} to confirm"));
    }
    let note = errors.take("note", form::note(&fields.note)).flatten();
    if !errors.is_empty() {
        let refused = Refused { note: fields.note, errors };
        let page = detail::page(&app, &member, &grant, member.shell(&app, Nav::Grants), refused).await?;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let revoked = revoke(&app, &member, &grant, note, None).await?;
    let index = revoked.appended.first().index;
    let page = format!("/orgs/{}/grants/{grant}?after={index}&ended={}", member.info.slug, revoked.sessions_ended);
    Ok(Redirect::to(&page).into_response())
}
