//! `POST /orgs/{org}/terms/review` shows a text as auditors will; `POST /orgs/{org}/terms` publishes exactly that text.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::name::Sha256;
use domain::organisation::{TermsText, TermsTextError};
use serde::Deserialize;

use super::editor::{self, Draft};
use crate::acts::organisation::{publish_terms, sha256_of};
use crate::app::App;
use crate::auth::{Member, MemberSession, SettingsWrite};
use crate::error::{Error, Result};
use crate::organisation::{Frame, Part, answered, shell};
use crate::web::components::Hash;
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Page, Protected, Shell};

#[derive(Template)]
#[template(path = "organisation/terms_review.html")]
struct ReviewPage {
    shell: Shell<OfOrganisation>,
    frame: Frame,
    text: TermsText,
    sha256: Hash,
    /// The number that it will have.
    version: u32,
    /// Whether it was said that everybody accepts again.
    everybody: bool,
    errors: FieldErrors,
}

/// A text that was looked at.
#[derive(Debug, Deserialize)]
pub struct Reviewed {
    text: String,
    sha256: String,
    /// That everybody accepts again: `yes`.
    #[serde(default)]
    everybody: String,
}

/// Shows the text as auditors will see it, with its hash.
pub async fn review(
    member: Member<SettingsWrite>,
    State(app): State<App>,
    draft: Protected<Draft>,
) -> Result<Response> {
    let draft = draft.verify(&app, member.form_key()).await?;
    let mut errors = FieldErrors::default();
    let Some(text) = errors.take("text", read(&draft.text)) else {
        let page = editor::page(&app, &member, draft.text, errors);
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    Ok(Page::new(page(shell(&app, &member), &member, text, errors)).into_response())
}

/// Publishes it.
pub async fn post(
    member: Member<SettingsWrite>,
    State(app): State<App>,
    form: Protected<Reviewed>,
) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    let text = read(&form.text).map_err(|error| Error::BadRequest(error.to_string()))?;
    let reviewed = Sha256::parse(&form.sha256).map_err(|error| Error::BadRequest(error.to_string()))?;
    let shell = shell(&app, &member);
    let mut errors = FieldErrors::default();
    if form.everybody != "yes" {
        errors.add("everybody", "Say that every auditor may be asked to accept again");
        let page = page(shell, &member, text, errors);
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let done = publish_terms(&app, &member, || member.require_fresh(&app), text.clone(), &reviewed).await;
    Ok(answered(&member, &Part::Terms.address(&member), done)?.unwrap_or_else(|refusal| {
        let page = ReviewPage { everybody: true, ..page(shell.noting(refusal.note), &member, text, errors) };
        Page::with_status(refusal.status, page).into_response()
    }))
}

/// A text as browsers send it: its lines end in two characters, of which one is kept before anything is hashed.
fn read(text: &str) -> Result<TermsText, TermsTextError> {
    TermsText::parse(text.replace("\r\n", "\n").trim())
}

fn page(shell: Shell<OfOrganisation>, member: &MemberSession, text: TermsText, errors: FieldErrors) -> ReviewPage {
    ReviewPage {
        shell,
        frame: Frame::of(member, Part::Terms),
        sha256: Hash::new(sha256_of(&text).as_str()),
        version: member.organisation.terms().map_or(1, |terms| terms.version.get().saturating_add(1)),
        text,
        everybody: false,
        errors,
    }
}
