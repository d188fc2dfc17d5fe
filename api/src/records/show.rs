//! `GET` and `POST /orgs/{org}/records/{type}/record/{reference}`: one record, and what happened to it; withdraws it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::Resource;
use domain::member::Permission;
use domain::record::{Content, Record, Reference};
use projections::documents::{Documented as _, Heading, RecordAct, RecordPart};
use serde::Deserialize;

use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{Member, RecordsRead, RecordsWrite};
use crate::error::{Error, Result};
use crate::web::documents;
use crate::web::form;
use crate::web::history::{self, History};
use crate::web::shell::OfOrganisation;
use crate::web::{After, FieldErrors, Nav, Page, Protected, Shell};
use crate::words;

/// The page.
#[derive(Template)]
#[template(path = "records/show.html")]
pub struct Detail {
    shell: Shell<OfOrganisation>,
    page: String,
    list: String,
    edit: String,
    name: &'static str,
    reference: String,
    title: String,
    is_live: bool,
    may_write: bool,
    facts: Vec<(String, String)>,
    body: Option<String>,
    history: History,
    errors: FieldErrors,
}

/// Which record a path names; what cannot be one is none.
pub(super) fn named(kind: &str, reference: &str) -> Result<(Resource, Reference)> {
    Ok((super::resource(kind)?, Reference::parse(reference).map_err(|_| Error::NotFound)?))
}

/// Shows it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    member: Member<RecordsRead>,
    State(app): State<App>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
    Query(after): Query<After>,
) -> Result<Page<Detail>> {
    let named = named(&kind, &reference)?;
    let shell = super::frame(&app, &member, after, Record::NAME).await?;
    detail(&app, &member, shell, &named, FieldErrors::default()).await.map(Page::new)
}

async fn detail<P>(
    app: &App,
    member: &Member<P>,
    shell: Shell<OfOrganisation>,
    (resource, reference): &(Resource, Reference),
    errors: FieldErrors,
) -> Result<Detail> {
    let stream = Record::stream(*resource, reference);
    let document = documents::shown::<Record>(app, member.log, &stream).await?;
    let history = History::of(app, member, &shell.clock, (&document, &stream), sentence).await?;
    let list = format!("{}/records/{resource}", shell.world.home);
    let content = document.aggregate.content().ok_or(Error::NotFound)?;
    let parts = content.parts();
    Ok(Detail {
        page: format!("{list}/record/{reference}"),
        edit: format!("{list}/edit/{reference}"),
        list,
        name: words::resource_short(*resource),
        reference: reference.to_string(),
        title: parts.title.to_string(),
        is_live: document.aggregate.live().is_some(),
        may_write: member.permits(Permission::RecordsWrite),
        facts: facts(content),
        body: parts.body.as_ref().map(ToString::to_string),
        history,
        errors,
        shell,
    })
}

pub(super) fn facts(content: &Content) -> Vec<(String, String)> {
    let parts = content.parts();
    let status = parts.status.iter().map(|status| ("Status".to_owned(), status.to_string()));
    let owner = parts.owner.iter().map(|owner| ("Owner".to_owned(), owner.to_string()));
    let dates = parts.dates.iter().map(|(name, date)| (label(name.as_str()), date.to_string()));
    let fields = parts.fields.iter().map(|(name, text)| (label(name.as_str()), text.to_string()));
    status.chain(owner).chain(dates).chain(fields).collect()
}

/// `risk_tier` is “Risk tier”.
fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What a withdrawal says.
#[derive(Debug, Deserialize)]
pub struct Withdrawal {
    #[serde(default)]
    note: String,
}

/// Shows it no more.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn already.
pub async fn withdraw(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind, reference)): Path<(String, String, String)>,
    form: Protected<Withdrawal>,
) -> Result<Response> {
    let Withdrawal { note } = form.verify(&app, member.form_key()).await?;
    let named = named(&kind, &reference)?;
    let mut errors = FieldErrors::default();
    let Some(note) = errors.take("note", form::note(&note)) else {
        let page = detail(&app, &member, member.shell(&app, Nav::Records), &named, errors).await?;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let (resource, reference) = &named;
    let appended = acts::record::withdraw(&by, *resource, reference, note, None).await?;
    let page = format!("/orgs/{}/records/{resource}/record/{reference}", member.info.slug);
    Ok(Redirect::to(&After::at(&page, appended.last().index)).into_response())
}

fn sentence(act: &RecordAct) -> String {
    let text = |Heading { title, status }: &Heading| match status {
        Some(status) => format!("“{title}”, {status}"),
        None => format!("“{title}”"),
    };
    match act {
        RecordAct::RecordAdded(heading) => format!("Added as {}", text(heading)),
        RecordAct::RecordChanged { heading, parts } => {
            let parts: Vec<_> = parts.iter().map(part).collect();
            format!("Changed to {}. What is different: {}", text(heading), parts.join(", "))
        }
        RecordAct::RecordWithdrawn { note } => history::with_note("Withdrawn", note.as_ref()),
    }
}

fn part(part: &RecordPart) -> String {
    match part {
        RecordPart::Title => "title".to_owned(),
        RecordPart::Status => "status".to_owned(),
        RecordPart::Owner => "owner".to_owned(),
        RecordPart::Body => "text".to_owned(),
        RecordPart::Date(name) | RecordPart::Field(name) => name.replace('_', " "),
    }
}
