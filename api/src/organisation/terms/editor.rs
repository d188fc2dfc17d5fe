//! `/orgs/{org}/terms/new`: writes the next version of the terms. It begins with the newest, or with those that come with
//! the service.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::organisation::Organisation;
use serde::Deserialize;

use crate::app::App;
use crate::auth::{Member, MemberSession, SettingsWrite};
use crate::error::Result;
use crate::organisation::{Part, shell};
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Page, Protected, Shell};

#[derive(Template)]
#[template(path = "organisation/terms_editor.html")]
pub(super) struct EditorPage {
    shell: Shell<OfOrganisation>,
    address: String,
    text: String,
    /// Whether it is what comes with the service.
    is_default: bool,
    errors: FieldErrors,
}

/// A text on its way.
#[derive(Debug, Deserialize)]
pub struct Draft {
    pub(super) text: String,
}

/// Shows the editor.
pub async fn get(member: Member<SettingsWrite>, State(app): State<App>) -> Response {
    let newest = member.organisation.terms().map(|terms| terms.text.as_str());
    let text = newest.unwrap_or(Organisation::DEFAULT_TERMS).to_owned();
    Page::new(page(&app, &member, text, FieldErrors::default())).into_response()
}

/// Shows it again with a text that was looked at.
pub async fn post(member: Member<SettingsWrite>, State(app): State<App>, draft: Protected<Draft>) -> Result<Response> {
    let draft = draft.verify(&app, member.form_key()).await?;
    Ok(Page::new(page(&app, &member, draft.text, FieldErrors::default())).into_response())
}

pub(super) fn page(app: &App, member: &MemberSession, text: String, errors: FieldErrors) -> EditorPage {
    EditorPage {
        shell: shell(app, member),
        address: Part::Terms.address(member),
        is_default: text == Organisation::DEFAULT_TERMS,
        text,
        errors,
    }
}
