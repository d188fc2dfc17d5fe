//! `POST /orgs/{org}/engagements/{engagement}/close`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::{Shown, show};
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{EngagementsWrite, Member};
use crate::error::Result;
use crate::web::form;
use crate::web::{After, FieldErrors, Nav, Page, Protected};

/// The fields.
#[derive(Debug, Deserialize)]
pub struct Fields {
    #[serde(default)]
    note: String,
    #[serde(default)]
    typed: String,
}

/// Closes it for ever.
///
/// # Errors
/// [`crate::error::Error::NotFound`]; [`crate::error::Error::Conflict`] where it is closed already.
pub async fn post(
    member: Member<EngagementsWrite>,
    State(app): State<App>,
    Path((_org, engagement)): Path<(String, String)>,
    fields: Protected<Fields>,
) -> Result<Response> {
    let fields = fields.verify(&app, member.form_key()).await?;
    let shown = Shown::load(&app, &member, &engagement).await?;
    let mut errors = FieldErrors::default();
    if fields.typed != "close" {
        errors.add("typed", "Type close to confirm");
    }
    let note = errors.take("note", form::note(&fields.note)).flatten();
    if !errors.is_empty() {
        let shell = member.shell(&app, Nav::Engagements);
        let page = show::detail(&app, &member, shell, shown.id, errors).await?;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let appended = acts::engagement::close(&by, &shown.id, note, None).await?;
    let page = format!("/orgs/{}/engagements/{}", member.info.slug, shown.id);
    Ok(Redirect::to(&After::at(&page, appended.last().index)).into_response())
}
