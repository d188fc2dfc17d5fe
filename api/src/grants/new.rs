//! `GET` and `POST /orgs/{org}/grants/new`: gives access (S5-12 to S5-24, S2-04 to S2-18).

use askama::Template;
use axum::extract::{Query, State};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::RoleTitle;
use domain::invitation::Delivery;
use domain::name::GrantId;
use domain::person::{Email, Firm, PersonName};
use ledger::vocabulary::Personal;
use serde::Deserialize;

use super::engagements;
use super::form::{self, Fields, ScopeChoices, option, optional};
use super::no_mailer::{NoMailer, deliveries};
use crate::access::grant_token::Token;
use crate::acts::access::grant::{Asked, Granted, grant};
use crate::acts::access::{self, NotDone};
use crate::app::App;
use crate::auth::member::NotShown;
use crate::auth::{Granting, Member, MemberSession};
use crate::error::{Error, Result};
use crate::web::after::{After, Arrival};
use crate::web::components::Choice;
use crate::web::form::{FieldErrors, Protected};
use crate::web::page::Page;
use crate::web::shell::{Nav, Note, OfOrganisation, Shell};
use crate::words;

/// From where the form is opened.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    /// The engagement that the auditor is invited to.
    #[serde(default)]
    engagement: String,
    /// The grant that is given again (C19).
    regrant: Option<String>,
}

/// The form.
#[derive(Template)]
#[template(path = "grants/new.html")]
pub struct New {
    shell: Shell<OfOrganisation>,
    fields: Fields,
    choices: ScopeChoices,
    roles: Vec<Choice>,
    deliveries: Vec<Choice>,
    no_mailer: Option<NoMailer>,
    engagements: Vec<Choice>,
    has_limits: bool,
    term_hint: String,
    policy: Vec<(&'static str, String)>,
    errors: FieldErrors,
}

/// The code, once.
#[derive(Template)]
#[template(path = "grants/given.html")]
struct Given {
    shell: Shell<OfOrganisation>,
    href: String,
    firm: String,
    email: String,
    link: String,
    code: String,
    typed_at: String,
    email_sent: Option<bool>,
    link_hint: String,
}

/// Shows the form, as it is or filled in from the access that is given again. Whoever gives access confirms first who they
/// are, so that nothing typed is lost to that.
pub async fn get(
    member: Member<Granting>,
    State(app): State<App>,
    uri: Uri,
    Query(from): Query<From>,
) -> Result<Page<New>, NotShown> {
    member.require_fresh_to_see(uri.path_and_query().map_or("", PathAndQuery::as_str))?;
    let fields = match &from.regrant {
        Some(grant) => again(&app, &member, grant).await?,
        None => Fields::proposed(from.engagement),
    };
    Ok(form(&app, &member, fields, FieldErrors::default(), StatusCode::OK, None).await?)
}

/// Gives access, or shows the form with what is wrong in it.
pub async fn post(member: Member<Granting>, State(app): State<App>, form: Protected<Fields>) -> Result<Response> {
    let fields = form.verify(&app, member.form_key()).await?;
    let mut errors = FieldErrors::default();
    let Some(asked) = read(&fields, &mut errors) else {
        return rejected(&app, &member, fields, errors, StatusCode::UNPROCESSABLE_ENTITY, None).await;
    };
    let given = grant(&app, &member, || member.require_fresh(&app), asked, None).await;
    let (status, note) = match given {
        Ok(granted) => return Ok(answer(&app, &member, &fields, &granted)),
        Err(NotDone::Failed(Error::NotFresh(refusal))) => {
            let page = format!("/orgs/{}/grants/new", member.info.slug);
            (StatusCode::FORBIDDEN, Some(member.to_confirm_beside(&refusal, &page)))
        }
        Err(NotDone::Failed(error)) => return Err(error),
        Err(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, note(&refusal, &member.info.slug, &mut errors)),
    };
    rejected(&app, &member, fields, errors, status, note).await
}

/// What is said of a refusal: at the date where it is about that, else above the form.
fn note(refusal: &NotDone, slug: &str, errors: &mut FieldErrors) -> Option<Note> {
    match refusal {
        NotDone::Duplicate(grant) => Some(Note::WarningOf {
            words: format!(
                "{refusal}. Nothing was given and nothing was sent. Change the access that there is, or revoke it first and give it anew."
            ),
            href: format!("/orgs/{slug}/grants/{grant}"),
            page: "The access that there is",
        }),
        refusal if refusal.is_of_term() => {
            errors.add("expires_on", form::refusal(refusal));
            None
        }
        refusal => Some(Note::Warning(form::refusal(refusal))),
    }
}

async fn rejected(
    app: &App,
    member: &MemberSession,
    fields: Fields,
    errors: FieldErrors,
    status: StatusCode,
    note: Option<Note>,
) -> Result<Response> {
    Ok(form(app, member, fields, errors, status, note).await?.into_response())
}

async fn form(
    app: &App,
    member: &MemberSession,
    fields: Fields,
    errors: FieldErrors,
    status: StatusCode,
    note: Option<Note>,
) -> Result<Page<New>> {
    let policy = member.organisation.policy();
    let values = policy.values();
    let mut shell = member.shell(app, Nav::Grants);
    if let Some(note) = note {
        shell = shell.noting(note);
    }
    let template = New {
        choices: fields.choices(),
        roles: roles(&fields.role_title),
        deliveries: deliveries(
            app,
            if fields.delivery.is_empty() { values.delivery_default.as_str() } else { &fields.delivery },
        ),
        no_mailer: NoMailer::of_policy(app, member),
        engagements: engagements::choices(app, member.log, &fields.engagement).await?,
        has_limits: fields.has_limits(),
        term_hint: format!(
            "It ends at 24:00 of that day, {}. Without a date, {} days from now; {} to {} days are allowed here.",
            shell.clock.zone(),
            values.default_days,
            values.min_days,
            values.max_days
        ),
        policy: vec![
            ("The link works", words::link_reuse(values.link_reuse).to_owned()),
            ("Besides the link", words::second_factor(values.second_factor).to_owned()),
        ],
        shell,
        fields,
        errors,
    };
    Ok(Page::with_status(status, template))
}

/// After access was given: its own page, or the code, which no other page will show.
fn answer(app: &App, member: &MemberSession, fields: &Fields, granted: &Granted) -> Response {
    let href = format!("/orgs/{}/grants/{}", member.info.slug, granted.grant);
    let index = granted.appended.first().index;
    let Some(token) = &granted.shown_once else {
        return Redirect::to(&After::at(&href, index)).into_response();
    };
    let policy = member.organisation.policy().values();
    Page::new(Given {
        shell: member.shell(app, Nav::Grants).following(Some(Arrival { index, is_shown: true })),
        href,
        firm: fields.firm.clone(),
        email: fields.email.clone(),
        link: token.link(app.public_url()),
        code: token.grouped(),
        typed_at: Token::typed_at(app.public_url()),
        email_sent: granted.email_sent,
        link_hint: format!(
            "It works {}. If it is lost, revoke this access and give it anew.",
            words::link_reuse(policy.link_reuse).to_lowercase()
        ),
    })
    .into_response()
}

/// The form of a grant that is given again: everything but its end.
async fn again(app: &App, member: &MemberSession, grant: &str) -> Result<Fields> {
    let id = access::grant_id(grant)?;
    let loaded = access::load(app, member, &id).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let invitation = terms.invitation.as_ref();
    Ok(Fields {
        email: terms.email.known().map(|email| email.as_str().to_owned()).unwrap_or_default(),
        name: terms.name.as_ref().and_then(Personal::known).map(|name| name.as_str().to_owned()).unwrap_or_default(),
        firm: terms.firm.named().unwrap_or_default().to_owned(),
        role_title: terms.role_title.map(|role| role.to_string()).unwrap_or_default(),
        delivery: invitation.map(|invitation| invitation.delivery.to_string()).unwrap_or_default(),
        regrant_of: id.to_string(),
        ..Fields::of(terms.scope(), String::new())
    })
}

fn read(fields: &Fields, errors: &mut FieldErrors) -> Option<Asked> {
    let email = errors.take("email", Email::parse(fields.email.trim()));
    let firm = match fields.firm.trim() {
        // Whoever is invited to an engagement may work for themselves (S2-07).
        "" if fields.by == "permissions" => Some(Firm::none()),
        text => errors.required("firm", "Firm", text, Firm::parse),
    };
    let name = errors.take("name", optional(&fields.name, PersonName::parse));
    let role_title = errors.take("role_title", optional(&fields.role_title, RoleTitle::parse));
    let delivery = errors.take("delivery", optional(&fields.delivery, Delivery::parse));
    let regrant_of = errors.take("regrant_of", optional(&fields.regrant_of, GrantId::parse));
    let (scope, term) = (fields.scope(errors), fields.term(errors));
    Some(Asked {
        email: email?,
        name: name?,
        firm: firm?,
        role_title: role_title?,
        scope: scope?,
        term: term?,
        delivery: delivery?,
        regrant_of: regrant_of?,
    })
}

fn roles(chosen: &str) -> Vec<Choice> {
    let none = option("", "No role", chosen);
    let role = |role: &RoleTitle| option(role.as_str(), words::role_title(*role), chosen);
    std::iter::once(none).chain([RoleTitle::Lead, RoleTitle::Staff, RoleTitle::Observer].iter().map(role)).collect()
}
