//! `/auditor/toe`: the terms of engagement, which are accepted before anything is shown (S5-45 to S5-52).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::{AcceptTerms, AccessGrant, Command, GrantError};
use domain::name::Sha256;
use domain::organisation::{self, Organisation, PublishedTerms, TermsText};
use domain::person::PersonName;
use ledger::entry::{Actor, ActorType};
use serde::Deserialize;
use sha2::Digest as _;
use store::append::LogId;
use store::execute::{ExecuteError, execute};

use super::reader::At;
use super::{activity, frame};
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor, AuditorSession, Visitor, load_organisation, organisation_id};
use crate::error::{Error, Result};
use crate::web::form::Protected;
use crate::web::seal::Seal;
use crate::web::shell::{Note, OfAuditor};
use crate::web::{FieldErrors, Page, Shell};

/// What is sent to accept them.
#[derive(Deserialize)]
pub struct Acceptance {
    /// The version that was shown.
    version: u32,
    /// The box.
    #[serde(default)]
    acknowledged: Option<String>,
    /// The name, typed as a signature.
    #[serde(default)]
    signed_name: String,
}

#[derive(Template)]
#[template(path = "portal/terms.html")]
struct TermsPage {
    shell: Shell<OfAuditor>,
    organisation: String,
    version: u32,
    sha256: String,
    text: String,
    is_accepted: bool,
    /// The entry by which they were.
    accepted: Option<Seal>,
    signed_name: String,
    is_acknowledged: bool,
    errors: FieldErrors,
}

/// Shows the terms in force. An organisation that has none publishes the default ones with that.
///
/// # Errors
/// What an append meets.
pub async fn get(auditor: Auditor<AnyTerms>, State(app): State<App>) -> Result<Response> {
    let published = in_force(&app, auditor.log, &auditor.organisation, auditor.visitor()).await?;
    let mut page = page(&app, &auditor, &published);
    if page.is_accepted {
        page.accepted = activity::acceptance(&app, &auditor).await?;
    }
    Ok(Page::new(page).into_response())
}

/// Accepts them, and leads to the portal.
///
/// # Errors
/// [`Error::FormExpired`]; what an append meets.
pub async fn post(auditor: Auditor<AnyTerms>, State(app): State<App>, form: Protected<Acceptance>) -> Result<Response> {
    let form = form.verify(&app, frame::form_key(&auditor)).await?;
    let published = in_force(&app, auditor.log, &auditor.organisation, auditor.visitor()).await?;
    let mut page = page(&app, &auditor, &published);
    if form.version != published.version.get() {
        let words = "The terms were changed after you opened this page. Read them again before you accept them.";
        page.shell = page.shell.noting(Note::Warning(words.to_owned()));
        return Ok(Page::with_status(StatusCode::CONFLICT, page).into_response());
    }
    page.is_acknowledged = form.acknowledged.is_some();
    if !page.is_acknowledged {
        page.errors.add("acknowledged", "Tick the box: without it nothing is accepted.");
    }
    let signed_name = PersonName::parse(form.signed_name.trim());
    let is_unsigned = form.signed_name.trim().is_empty();
    let rule = |error| if is_unsigned { "Type your name.".to_owned() } else { format!("Type your name: {error}.") };
    let signed_name = page.errors.take("signed_name", signed_name.map_err(rule));
    let Some(signed_name) = signed_name.filter(|_| page.is_acknowledged) else {
        page.signed_name = form.signed_name;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let next = accept(&app, &auditor, &published, signed_name).await?;
    Ok(Redirect::to(&next).into_response())
}

/// The terms in force, the default ones published as version 1 where there are none.
///
/// # Errors
/// What an append meets.
pub async fn in_force(app: &App, log: LogId, organisation: &Organisation, visitor: &Visitor) -> Result<PublishedTerms> {
    if let Some(published) = organisation.terms() {
        return Ok(published.clone());
    }
    let text = TermsText::parse(Organisation::DEFAULT_TERMS).map_err(Error::internal)?;
    let sha256 = Sha256::parse(&hex::encode(sha2::Sha256::digest(text.as_str()))).map_err(Error::internal)?;
    let command = organisation::Command::PublishTerms { text, sha256 };
    let actor = Actor { kind: ActorType::System, id: "portal".to_owned(), role: None };
    // Nobody of the organisation does this, and nothing of whoever comes belongs in it.
    let ctx = domain::context::Ctx { ip: None, user_agent: None, ..visitor.ctx(actor, None) };
    let id = organisation_id(log);
    match execute::<Organisation>(app.ledger(), log, &ctx, id.as_str(), command, None).await {
        // Refused, where somebody else has just published the same.
        Ok(_) | Err(ExecuteError::Refused(_)) => {}
        Err(ExecuteError::Contended { .. }) => return Err(Error::Contended),
        Err(ExecuteError::Load(error)) => return Err(error.into()),
        Err(ExecuteError::Record(error)) => return Err(error.into()),
        Err(ExecuteError::Id(error)) => return Err(Error::internal(error)),
    }
    let organisation = load_organisation(app, log).await?;
    organisation.terms().cloned().ok_or_else(|| Error::internal("terms were published and are not there"))
}

async fn accept(
    app: &App,
    auditor: &AuditorSession,
    published: &PublishedTerms,
    signed_name: PersonName,
) -> Result<String> {
    let (version, text_sha256) = (published.version, published.sha256.clone());
    let command = Command::AcceptTerms(AcceptTerms { version, text_sha256, signed_name });
    let grant = auditor.grant.as_str();
    match execute::<AccessGrant>(app.ledger(), auditor.log, &auditor.ctx(), grant, command, None).await {
        Ok(appended) => Ok(format!("{PORTAL}?after={}", appended.last().index)),
        Err(ExecuteError::Refused(GrantError::TermsAlreadyAccepted { .. })) => Ok(PORTAL.to_owned()),
        Err(ExecuteError::Refused(refused)) => Err(Error::Conflict(refused.to_string())),
        Err(ExecuteError::Id(error)) => Err(Error::internal(error)),
        Err(ExecuteError::Contended { .. }) => Err(Error::Contended),
        Err(ExecuteError::Load(error)) => Err(error.into()),
        Err(ExecuteError::Record(error)) => Err(error.into()),
    }
}

const PORTAL: &str = "/auditor/portal";

fn page(app: &App, auditor: &AuditorSession, published: &PublishedTerms) -> TermsPage {
    let shell = frame::shell(app, auditor, At::Elsewhere);
    TermsPage {
        organisation: shell.world.organisation.clone(),
        shell,
        version: published.version.get(),
        sha256: published.sha256.to_string(),
        text: published.text.as_str().to_owned(),
        is_accepted: !auditor.terms().needs_terms(published.version),
        accepted: None,
        signed_name: String::new(),
        is_acknowledged: false,
        errors: FieldErrors::default(),
    }
}
