//! `GET` and `POST /orgs/{org}/engagements/new`: opens one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::form::Fields;
use crate::acts::{self, By};
use crate::app::App;
use crate::auth::{EngagementsWrite, Member};
use crate::error::Result;
use crate::v1::recorded;
use crate::web::shell::OfOrganisation;
use crate::web::{After, FieldErrors, Nav, Page, Protected, Shell};

/// The form.
#[derive(Template)]
#[template(path = "engagements/form.html")]
pub struct Form {
    pub(super) shell: Shell<OfOrganisation>,
    pub(super) title: &'static str,
    /// The engagement that is changed.
    pub(super) of: Option<String>,
    pub(super) action: String,
    pub(super) verb: &'static str,
    pub(super) fields: Fields,
    pub(super) errors: FieldErrors,
}

impl Form {
    fn new(shell: Shell<OfOrganisation>, fields: Fields, errors: FieldErrors) -> Self {
        let action = format!("{}/engagements/new", shell.world.home);
        Self { shell, title: "Open an engagement", of: None, action, verb: "Open engagement", fields, errors }
    }

    /// Where one comes from: the list, or the engagement.
    fn back(&self) -> &str {
        self.action.rsplit_once('/').map_or("", |(page, _)| page)
    }
}

/// Shows the form.
///
/// # Errors
/// None of its own.
pub async fn get(member: Member<EngagementsWrite>, State(app): State<App>) -> Result<Page<Form>> {
    let shell = member.shell(&app, Nav::Engagements);
    Ok(Page::new(Form::new(shell, Fields::default(), FieldErrors::default())))
}

/// Opens it.
///
/// # Errors
/// What stands in the way of recording it.
pub async fn post(
    member: Member<EngagementsWrite>,
    State(app): State<App>,
    form: Protected<Fields>,
) -> Result<Response> {
    let fields = form.verify(&app, member.form_key()).await?;
    let plan = match fields.read() {
        Ok(plan) => plan,
        Err(errors) => {
            let form = Form::new(member.shell(&app, Nav::Engagements), fields, errors);
            return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let appended = acts::engagement::open(&by, plan, None).await?;
    let page = format!("/orgs/{}/engagements/{}", member.info.slug, recorded::subject_id(&appended)?);
    Ok(Redirect::to(&After::at(&page, appended.last().index)).into_response())
}
