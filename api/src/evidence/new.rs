//! `GET` and `POST /orgs/{org}/evidence/new`: adds evidence, with its file or for the time being without.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::form::{Fields, Form, Texts};
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{EvidenceWrite, Member};
use crate::error::{Error, Result};
use crate::upload::Upload;
use crate::v1::recorded;
use crate::web::{After, FieldErrors, Page};

/// Shows the form.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get(member: Member<EvidenceWrite>, State(app): State<App>) -> Result<Page<Form>> {
    let form = Form::new(&app, &member, texts(&member.info.slug), Fields::default(), FieldErrors::default()).await?;
    Ok(Page::new(form))
}

/// Adds it.
///
/// # Errors
/// What stands in the way of recording it.
pub async fn post(member: Member<EvidenceWrite>, State(app): State<App>, upload: Upload) -> Result<Response> {
    upload.verify(&app, member.form_key())?;
    let fields = Fields::of_upload(&upload);
    let metadata = match fields.read() {
        Ok(metadata) => metadata,
        Err(mut errors) => {
            if upload.file.is_some() {
                errors.add("file", "Choose the file again: browsers do not keep it");
            }
            return super::refused(&app, &member, texts(&member.info.slug), fields, errors).await;
        }
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    match acts::evidence::add(&by, metadata, upload.file, None).await {
        Ok(appended) => {
            let page = format!("/orgs/{}/evidence/{}", member.info.slug, recorded::subject_id(&appended)?);
            Ok(Redirect::to(&After::at(&page, appended.last().index)).into_response())
        }
        Err(Error::Invalid { rule, .. }) => {
            let mut errors = FieldErrors::default();
            errors.add("engagement", rule);
            super::refused(&app, &member, texts(&member.info.slug), fields, errors).await
        }
        Err(error) => Err(error),
    }
}

fn texts(slug: &str) -> Texts {
    ("Add evidence", None, format!("/orgs/{slug}/evidence/new"), "Add evidence")
}
