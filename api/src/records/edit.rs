//! `GET` and `POST /orgs/{org}/records/{type}/edit/{reference}`: changes one record by its form. The form carries the
//! version that it was drawn from; whoever was slower sees what the record says by now, and what they typed is kept.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::Resource;
use domain::record::{Content, Reference};

use super::form::{Changes, Form, place, says};
use super::show::named;
use crate::acts::record::Put;
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{Member, RecordsWrite};
use crate::error::{Error, Result};
use crate::record_set::NewRecord;
use crate::record_set::form::Fields;
use crate::web::{After, FieldErrors, Page, Protected};

/// Shows the form with what the record says.
///
/// # Errors
/// [`Error::NotFound`], also for one that is withdrawn: it is added again.
pub async fn get(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
) -> Result<Page<Form>> {
    let (resource, reference) = named(&kind, &reference)?;
    let (content, version) = stands(&app, &member, resource, &reference).await?;
    let fields = Fields::of(&reference, &content, version);
    let changes = Some(Changes { reference, meanwhile: None });
    Ok(Page::new(Form::new(&app, &member, resource, changes, fields, FieldErrors::default())))
}

/// What a record that is kept says, and the version of its stream.
async fn stands(
    app: &App,
    member: &Member<RecordsWrite>,
    resource: Resource,
    reference: &Reference,
) -> Result<(Content, u32)> {
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let (record, version) = acts::record::load_with_version(&by, resource, reference).await?;
    Ok((record.live().ok_or(Error::NotFound)?.clone(), version))
}

/// Changes it.
///
/// # Errors
/// [`Error::NotFound`], and what stands in the way of recording it.
pub async fn post(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
    form: Protected<Fields>,
) -> Result<Response> {
    let mut fields = form.verify(&app, member.form_key()).await?;
    let (resource, reference) = named(&kind, &reference)?;
    // The path says which record it is, whatever the form does.
    reference.as_str().clone_into(&mut fields.reference);
    let version = fields.version;
    let refused = |fields, meanwhile, errors| {
        let changes = Some(Changes { reference: reference.clone(), meanwhile });
        Ok(Form::new(&app, &member, resource, changes, fields, errors).refused())
    };
    let NewRecord { content, .. } = match fields.read() {
        Ok(record) => record,
        Err(errors) => return refused(fields, None, errors),
    };
    let record = NewRecord { reference: reference.clone(), content: content.clone() };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let page = format!("/orgs/{}/records/{resource}/record/{reference}", member.info.slug);
    match acts::record::change(&by, resource, record, version).await {
        Ok(Put::Unchanged) => Ok(Redirect::to(&page).into_response()),
        Ok(Put::Added(appended) | Put::Changed(appended)) => {
            Ok(Redirect::to(&After::at(&page, appended.last().index)).into_response())
        }
        Err(Error::Contended) => {
            let (now, version) = stands(&app, &member, resource, &reference).await?;
            if now == content {
                // Somebody pressed the button twice.
                return Ok(Redirect::to(&page).into_response());
            }
            fields.version = version;
            refused(fields, Some(says(&now)), FieldErrors::default())
        }
        Err(error) => refused(fields, None, place(error)?),
    }
}
