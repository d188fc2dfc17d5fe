//! `GET` and `POST /orgs/{org}/grants/{grant}/change`: another scope or end, from the next request on (S5-80, S5-D6).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::Terms;
use domain::name::GrantId;
use ledger::vocabulary::Personal;

use super::engagements;
use super::form::{self, Fields, ScopeChoices};
use crate::acts::access::change::{Asked, change};
use crate::acts::access::{self, NotDone};
use crate::app::App;
use crate::auth::{Granting, Member, MemberSession};
use crate::error::{Error, Result};
use crate::web::components::Choice;
use crate::web::form::{FieldErrors, Protected};
use crate::web::page::Page;
use crate::web::shell::{Nav, Note, OfOrganisation, Shell};

/// The form.
#[derive(Template)]
#[template(path = "grants/change.html")]
pub struct ChangeForm {
    shell: Shell<OfOrganisation>,
    href: String,
    name: String,
    is_allowed: bool,
    fields: Fields,
    choices: ScopeChoices,
    engagements: Vec<Choice>,
    has_limits: bool,
    term_hint: String,
    errors: FieldErrors,
}

/// Shows the form, filled in with the access as it is.
pub async fn get(
    member: Member<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
) -> Result<Page<ChangeForm>> {
    let grant = access::grant_id(&grant)?;
    let terms = terms(&app, &member, &grant).await?;
    let fields = Fields::of(terms.scope(), String::new());
    form(&app, &member, &grant, &terms, fields, FieldErrors::default(), StatusCode::OK, None).await
}

/// Changes the access, or shows the form with what is wrong in it.
pub async fn post(
    member: Member<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    sent: Protected<Fields>,
) -> Result<Response> {
    let fields = sent.verify(&app, member.form_key()).await?;
    let grant = access::grant_id(&grant)?;
    let terms = terms(&app, &member, &grant).await?;
    let mut errors = FieldErrors::default();
    let scope = fields.scope(&mut errors);
    // An end that is not named stays; the policy's default is for new access.
    let term = if fields.expires_on.trim().is_empty() { None } else { fields.term(&mut errors) };
    let (mut status, mut note) = (StatusCode::UNPROCESSABLE_ENTITY, None);
    if let (Some(scope), true) = (scope, errors.is_empty()) {
        let asked = Asked { scope: Some(scope), term };
        match change(&app, &member, || member.require_fresh(&app), &grant, asked, None).await {
            Ok(appended) => {
                let index = appended.first().index;
                let page = format!("/orgs/{}/grants/{grant}?after={index}", member.info.slug);
                return Ok(Redirect::to(&page).into_response());
            }
            Err(NotDone::Failed(Error::NotFresh(refusal))) => {
                let page = format!("/orgs/{}/grants/{grant}/change", member.info.slug);
                (status, note) = (StatusCode::FORBIDDEN, Some(member.to_confirm_beside(&refusal, &page)));
            }
            Err(NotDone::Failed(error)) => return Err(error),
            Err(refusal) if refusal.is_of_term() => errors.add("expires_on", form::refusal(&refusal)),
            Err(refusal) => note = Some(Note::Warning(form::refusal(&refusal))),
        }
    }
    let page = form(&app, &member, &grant, &terms, fields, errors, status, note).await?;
    Ok(page.into_response())
}

async fn terms(app: &App, member: &MemberSession, grant: &GrantId) -> Result<Terms> {
    let loaded = access::load(app, member, grant).await?;
    loaded.terms().cloned().ok_or(Error::NotFound)
}

/// Whose access it is: their name, or their address.
fn person(terms: &Terms) -> String {
    let name = terms.name.as_ref().and_then(Personal::known).map(|name| name.as_str().to_owned());
    let address = || terms.email.known().map(|email| email.as_str().to_owned());
    name.or_else(address).unwrap_or_else(|| "(erased)".to_owned())
}

#[expect(clippy::too_many_arguments, reason = "each is a part of one page, and there are two callers")]
async fn form(
    app: &App,
    member: &MemberSession,
    grant: &GrantId,
    terms: &Terms,
    fields: Fields,
    errors: FieldErrors,
    status: StatusCode,
    note: Option<Note>,
) -> Result<Page<ChangeForm>> {
    let mut shell = member.shell(app, Nav::Grants);
    if let Some(note) = note {
        shell = shell.noting(note);
    }
    let policy = member.organisation.policy().values();
    let template = ChangeForm {
        href: format!("/orgs/{}/grants/{grant}", member.info.slug),
        name: person(terms),
        is_allowed: policy.edit_in_place,
        choices: fields.choices(),
        engagements: engagements::choices(app, member.log, &fields.engagement).await?,
        has_limits: fields.has_limits(),
        term_hint: format!(
            "It now ends {}. Without a date, that stays. A new end is {} to {} days from now.",
            shell.clock.exact(terms.expires_at()).exact,
            policy.min_days,
            policy.max_days
        ),
        shell,
        fields,
        errors,
    };
    Ok(Page::with_status(status, template))
}
