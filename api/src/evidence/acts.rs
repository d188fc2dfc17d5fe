//! `…/evidence/{evidence}/edit`, `/revisions` and `/withdraw`: what is done with one piece.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use store::append::Appended;

use super::form::{Fields, Form, Texts};
use super::{Shown, show};
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{EvidenceWrite, Member};
use crate::error::{Error, Result};
use crate::upload::Upload;
use crate::web::form;
use crate::web::{After, FieldErrors, Nav, Page, Protected};

/// Shows the form that changes what is said of it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn edit(
    member: Member<EvidenceWrite>,
    State(app): State<App>,
    Path((_org, evidence)): Path<(String, String)>,
) -> Result<Page<Form>> {
    let shown = Shown::load(&app, &member, &evidence).await?;
    let (texts, fields) = (texts(&member.info.slug, &shown), Fields::of(&shown.held.metadata));
    Ok(Page::new(Form::new(&app, &member, texts, fields, FieldErrors::default()).await?))
}

/// Changes what is said of it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn.
pub async fn change(
    member: Member<EvidenceWrite>,
    State(app): State<App>,
    Path((_org, evidence)): Path<(String, String)>,
    fields: Protected<Fields>,
) -> Result<Response> {
    let fields = fields.verify(&app, member.form_key()).await?;
    let shown = Shown::load(&app, &member, &evidence).await?;
    let texts = texts(&member.info.slug, &shown);
    let metadata = match fields.read() {
        Ok(metadata) => metadata,
        Err(errors) => return super::refused(&app, &member, texts, fields, errors).await,
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    match acts::evidence::change(&by, &shown.id, metadata, None).await {
        Ok(appended) => Ok(back(&member, &shown, appended.as_ref())),
        Err(Error::Invalid { rule, .. }) => {
            let mut errors = FieldErrors::default();
            errors.add("engagement", rule);
            super::refused(&app, &member, texts, fields, errors).await
        }
        Err(error) => Err(error),
    }
}

/// Attaches a file.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`].
pub async fn revise(
    member: Member<EvidenceWrite>,
    State(app): State<App>,
    Path((_org, evidence)): Path<(String, String)>,
    upload: Upload,
) -> Result<Response> {
    upload.verify(&app, member.form_key())?;
    let shown = Shown::load(&app, &member, &evidence).await?;
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let revised = match upload.file {
        Some(file) => acts::evidence::revise(&by, &shown.id, file, None).await,
        None => Err(Error::Conflict("choose a file".to_owned())),
    };
    match revised {
        Ok(appended) => Ok(back(&member, &shown, Some(&appended))),
        Err(Error::Conflict(rule)) if shown.is_live => wrong(&app, &member, &shown, "file", rule).await,
        Err(error) => Err(error),
    }
}

/// What a withdrawal says.
#[derive(Debug, Deserialize)]
pub struct Withdrawal {
    #[serde(default)]
    note: String,
    #[serde(default)]
    typed: String,
}

/// Withdraws it for ever.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn already.
pub async fn withdraw(
    member: Member<EvidenceWrite>,
    State(app): State<App>,
    Path((_org, evidence)): Path<(String, String)>,
    form: Protected<Withdrawal>,
) -> Result<Response> {
    let Withdrawal { note, typed } = form.verify(&app, member.form_key()).await?;
    let shown = Shown::load(&app, &member, &evidence).await?;
    if typed != "withdraw" {
        return wrong(&app, &member, &shown, "typed", "Type withdraw to confirm").await;
    }
    let note = match form::note(&note) {
        Ok(note) => note,
        Err(error) => return wrong(&app, &member, &shown, "note", error.to_string()).await,
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let appended = acts::evidence::withdraw(&by, &shown.id, note, None).await?;
    Ok(back(&member, &shown, Some(&appended)))
}

async fn wrong(
    app: &App,
    member: &Member<EvidenceWrite>,
    shown: &Shown,
    field: &'static str,
    rule: impl Into<String>,
) -> Result<Response> {
    let mut errors = FieldErrors::default();
    errors.add(field, rule);
    let page = show::detail(app, member, member.shell(app, Nav::Evidence), &shown.id, errors).await?;
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn back(member: &Member<EvidenceWrite>, shown: &Shown, appended: Option<&Appended>) -> Response {
    let page = format!("/orgs/{}/evidence/{}", member.info.slug, shown.id);
    let page = match appended {
        Some(appended) => After::at(&page, appended.last().index),
        None => page,
    };
    Redirect::to(&page).into_response()
}

fn texts(slug: &str, shown: &Shown) -> Texts {
    let title = shown.held.metadata.title.to_string();
    ("Change what is said of evidence", Some(title), format!("/orgs/{slug}/evidence/{}/edit", shown.id), "Save")
}
