//! `POST /orgs/{org}/grants/{grant}/revoke`: takes access back.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::acts::access;
use crate::acts::access::revoke::revoke;
use crate::app::App;
use crate::auth::{Granting, Member};
use crate::error::{Error, Result};
use crate::web::form::{self, Protected};

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

/// Takes access back, and shows the access with the entry that records it.
pub async fn post(
    member: Member<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    sent: Protected<Fields>,
) -> Result<Response> {
    let fields = sent.verify(&app, member.form_key()).await?;
    let grant = access::grant_id(&grant)?;
    access::load(&app, &member, &grant).await?;
    if fields.typed.trim() != TYPED {
        return Err(Error::invalid("typed", format!("type {TYPED} to confirm")));
    }
    let note = form::note(&fields.note).map_err(|error| Error::invalid("note", error.to_string()))?;
    let revoked = revoke(&app, &member, &grant, note, None).await?;
    let index = revoked.appended.first().index;
    let page = format!("/orgs/{}/grants/{grant}?after={index}&ended={}", member.info.slug, revoked.sessions_ended);
    Ok(Redirect::to(&page).into_response())
}
