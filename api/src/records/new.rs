//! `GET` and `POST /orgs/{org}/records/{type}/new`: adds one record by its form.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::form::{Form, place};
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{Member, RecordsWrite};
use crate::error::Result;
use crate::record_set::form::Fields;
use crate::web::{After, FieldErrors, Page, Protected};

/// Shows the form.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for what is no type of records.
pub async fn get(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind)): Path<(String, String)>,
) -> Result<Page<Form>> {
    let resource = super::resource(&kind)?;
    Ok(Page::new(Form::new(&app, &member, resource, None, Fields::default(), FieldErrors::default())))
}

/// Adds it; one that was withdrawn comes back.
///
/// # Errors
/// What stands in the way of recording it.
pub async fn post(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind)): Path<(String, String)>,
    form: Protected<Fields>,
) -> Result<Response> {
    let fields = form.verify(&app, member.form_key()).await?;
    let resource = super::resource(&kind)?;
    let refused = |fields, errors| Ok(Form::new(&app, &member, resource, None, fields, errors).refused());
    let record = match fields.read() {
        Ok(record) => record,
        Err(errors) => return refused(fields, errors),
    };
    let page = format!("/orgs/{}/records/{resource}/record/{}", member.info.slug, record.reference);
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    match acts::record::add(&by, resource, record).await {
        Ok(appended) => Ok(Redirect::to(&After::at(&page, appended.last().index)).into_response()),
        Err(error) => refused(fields, place(error)?),
    }
}
