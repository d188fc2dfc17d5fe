//! `GET` and `POST /orgs/{org}/records/{type}/record/{reference}`: one record, and what happened to it; withdraws it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::Resource;
use domain::member::Permission;
use domain::record::{Content, Record, Reference};
use ledger::entry::Entry;
use serde::Deserialize;

use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{Member, MemberSession, RecordsRead, RecordsWrite};
use crate::error::{Error, Result};
use crate::v1::recorded;
use crate::web::components::Day;
use crate::web::form;
use crate::web::history;
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
    name: &'static str,
    reference: String,
    title: String,
    is_live: bool,
    may_write: bool,
    facts: Vec<(String, String)>,
    body: Option<String>,
    days: Vec<Day>,
    errors: FieldErrors,
}

struct Shown {
    resource: Resource,
    reference: Reference,
    content: Content,
    is_live: bool,
}

impl Shown {
    async fn load(app: &App, member: &MemberSession, kind: &str, reference: &str) -> Result<Self> {
        let resource = super::resource(kind)?;
        let reference = Reference::parse(reference).map_err(|_| Error::NotFound)?;
        let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
        let found = acts::record::load(&by, resource, &reference).await?;
        let content = found.content().ok_or(Error::NotFound)?.clone();
        Ok(Self { resource, reference, content, is_live: found.live().is_some() })
    }
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
    let shown = Shown::load(&app, &member, &kind, &reference).await?;
    let shell = super::frame(&app, &member, after).await?;
    detail(&app, &member, shell, &shown, FieldErrors::default()).await.map(Page::new)
}

async fn detail<P>(
    app: &App,
    member: &Member<P>,
    shell: Shell<OfOrganisation>,
    shown: &Shown,
    errors: FieldErrors,
) -> Result<Detail> {
    let stream = Record::stream(shown.resource, &shown.reference);
    let days = history::of(app, member, &shell.clock, &stream, sentence).await?;
    let list = format!("{}/records/{}", shell.world.home, shown.resource);
    let parts = shown.content.parts();
    Ok(Detail {
        page: format!("{list}/record/{}", shown.reference),
        list,
        name: words::resource_short(shown.resource),
        reference: shown.reference.to_string(),
        title: parts.title.to_string(),
        is_live: shown.is_live,
        may_write: member.permits(Permission::RecordsWrite),
        facts: facts(&shown.content),
        body: parts.body.as_ref().map(ToString::to_string),
        days,
        errors,
        shell,
    })
}

fn facts(content: &Content) -> Vec<(String, String)> {
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
    let shown = Shown::load(&app, &member, &kind, &reference).await?;
    let mut errors = FieldErrors::default();
    let Some(note) = errors.take("note", form::note(&note)) else {
        let page = detail(&app, &member, member.shell(&app, Nav::Records), &shown, errors).await?;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let appended = acts::record::withdraw(&by, shown.resource, &shown.reference, note, None).await?;
    let page = format!("/orgs/{}/records/{}/record/{}", member.info.slug, shown.resource, shown.reference);
    Ok(Redirect::to(&After::at(&page, recorded::last_index(&appended)?)).into_response())
}

fn sentence(entry: &Entry) -> String {
    let text = |name: &str| entry.detail.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let status = || if text("status").is_empty() { String::new() } else { format!(", {}", text("status")) };
    match entry.event_type.as_str() {
        "organisation.record.added" => format!("Added as “{}”{}", text("title"), status()),
        "organisation.record.changed" => format!("Changed to “{}”{}", text("title"), status()),
        "organisation.record.withdrawn" if text("note").is_empty() => "Withdrawn".to_owned(),
        "organisation.record.withdrawn" => format!("Withdrawn: {}", text("note")),
        other => other.to_owned(),
    }
}
