//! `GET /orgs/{org}/engagements/{engagement}` and `…/edit`: what it is, and what happened to it; changes it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::engagement::{Engagement, EngagementEvent, Plan};
use domain::member::Permission;
use domain::name::EngagementId;
use projections::documents::Documented as _;

use super::Shown;
use super::form::Fields;
use super::new::Form;
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{EngagementsRead, EngagementsWrite, Member};
use crate::error::Result;
use crate::web::components::Tone;
use crate::web::documents;
use crate::web::history::{self, History};
use crate::web::shell::{OfOrganisation, Tab};
use crate::web::{After, FieldErrors, Nav, Page, Protected, Shell};

/// The page.
#[derive(Template)]
#[template(path = "engagements/show.html")]
pub struct Detail {
    shell: Shell<OfOrganisation>,
    page: String,
    name: String,
    framework: String,
    starts_on: String,
    ends_on: String,
    state: (Tone, &'static str),
    is_open: bool,
    may_write: bool,
    tabs: Vec<Tab>,
    history: History,
    errors: FieldErrors,
}

/// Shows it.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub async fn get(
    member: Member<EngagementsRead>,
    State(app): State<App>,
    Path((_org, engagement)): Path<(String, String)>,
    Query(after): Query<After>,
) -> Result<Page<Detail>> {
    let id = super::engagement_id(&engagement)?;
    let shell = super::frame(&app, &member, after, Engagement::NAME).await?;
    detail(&app, &member, shell, id, FieldErrors::default()).await.map(Page::new)
}

pub(super) async fn detail<P>(
    app: &App,
    member: &Member<P>,
    shell: Shell<OfOrganisation>,
    id: EngagementId,
    errors: FieldErrors,
) -> Result<Detail> {
    let stream = Engagement::stream(&id);
    let document = documents::shown(app, member.log, &stream).await?;
    let history = History::of(app, member, &shell.clock, (&document, &stream), sentence).await?;
    let shown = Shown::of(id, &document.aggregate)?;
    let plan = &shown.plan;
    Ok(Detail {
        page: format!("{}/engagements/{}", shell.world.home, shown.id),
        name: plan.name.to_string(),
        framework: plan.framework.to_string(),
        starts_on: plan.period.starts_on().to_string(),
        ends_on: plan.period.ends_on().to_string(),
        state: shown.state(),
        is_open: shown.is_open,
        may_write: member.permits(Permission::EngagementsWrite),
        tabs: shown.tabs(&shell.world.home, false),
        history,
        errors,
        shell,
    })
}

/// Shows the form that changes it.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub async fn edit(
    member: Member<EngagementsWrite>,
    State(app): State<App>,
    Path((_org, engagement)): Path<(String, String)>,
) -> Result<Page<Form>> {
    let shown = Shown::load(&app, &member, &engagement).await?;
    let shell = member.shell(&app, Nav::Engagements);
    Ok(Page::new(form(shell, &shown, Fields::of(&shown.plan), FieldErrors::default())))
}

/// Changes it.
///
/// # Errors
/// [`crate::error::Error::NotFound`]; [`crate::error::Error::Conflict`] where it is closed.
pub async fn post(
    member: Member<EngagementsWrite>,
    State(app): State<App>,
    Path((_org, engagement)): Path<(String, String)>,
    fields: Protected<Fields>,
) -> Result<Response> {
    let fields = fields.verify(&app, member.form_key()).await?;
    let shown = Shown::load(&app, &member, &engagement).await?;
    let plan = match fields.read() {
        Ok(plan) => plan,
        Err(errors) => {
            let form = form(member.shell(&app, Nav::Engagements), &shown, fields, errors);
            return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let page = format!("/orgs/{}/engagements/{}", member.info.slug, shown.id);
    let page = match acts::engagement::change(&by, &shown.id, plan, None).await? {
        Some(appended) => After::at(&page, appended.last().index),
        None => page,
    };
    Ok(Redirect::to(&page).into_response())
}

fn form(shell: Shell<OfOrganisation>, shown: &Shown, fields: Fields, errors: FieldErrors) -> Form {
    let action = format!("{}/engagements/{}/edit", shell.world.home, shown.id);
    let of = Some(shown.plan.name.to_string());
    Form { shell, title: "Change the engagement", of, action, verb: "Save", fields, errors }
}

fn sentence(act: &EngagementEvent) -> String {
    let text = |Plan { name, framework, period }: &Plan| {
        format!("{name}, {framework}, {} to {}", period.starts_on(), period.ends_on())
    };
    match act {
        EngagementEvent::EngagementOpened(plan) => format!("Opened as {}", text(plan)),
        EngagementEvent::EngagementChanged(plan) => format!("Changed to {}", text(plan)),
        EngagementEvent::EngagementClosed(closed) => history::with_note("Closed", closed.note.as_ref()),
    }
}
