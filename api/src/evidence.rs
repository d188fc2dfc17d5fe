//! The pages of evidence: the library, one piece with its files and history, and the forms that add and change it.

pub mod acts;
mod form;
pub mod list;
pub mod new;
pub mod show;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::evidence::{Evidence, Held};
use domain::name::EvidenceId;
use projections::list::Page as Listed;
use projections::read_models::engagements::{self, EngagementRow, Filter};

use self::form::Fields;
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::web::components::Choice;
use crate::web::listing::choices;
use crate::web::shell::OfOrganisation;
use crate::web::{After, FieldErrors, Nav, Page, Shell};

/// The evidence of a page.
struct Shown {
    id: EvidenceId,
    held: Held,
    is_live: bool,
}

impl Shown {
    /// As it stands, for a form or a file.
    async fn load(app: &App, member: &MemberSession, id: &str) -> Result<Self> {
        let id = evidence_id(id)?;
        let found: Evidence = app.load(member.log, &Evidence::stream(&id)).await?;
        let held = found.held().ok_or(Error::NotFound)?.clone();
        Ok(Self { id, held, is_live: found.live().is_some() })
    }
}

fn evidence_id(text: &str) -> Result<EvidenceId> {
    EvidenceId::parse(text).map_err(|_| Error::NotFound)
}

/// The frame of a page that shows this list or document.
async fn frame(app: &App, member: &MemberSession, after: After, shows: &'static str) -> Result<Shell<OfOrganisation>> {
    let arrival = after.wait(app, member.log, shows).await?;
    Ok(member.shell(app, Nav::Evidence).following(arrival))
}

/// Open engagements, for a form or a filter; the first page of them.
async fn open_engagements(app: &App, member: &MemberSession) -> Result<Vec<EngagementRow>> {
    let mut tx = app.db(member.log).await?;
    let Listed { rows, .. } = engagements::page(&mut tx, member.log, Filter { is_open: Some(true) }, None).await?;
    tx.commit().await?;
    Ok(rows)
}

fn engagement_choices(rows: &[EngagementRow], chosen: &str, all: &str) -> Vec<Choice> {
    choices(rows.iter().map(|row| (row.engagement.to_string(), row.plan.name.to_string())), chosen, all)
}

/// A form that comes back says what is wrong in it.
async fn refused(
    app: &App,
    member: &MemberSession,
    texts: form::Texts,
    fields: Fields,
    errors: FieldErrors,
) -> Result<Response> {
    let form = form::Form::new(app, member, texts, fields, errors).await?;
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, form).into_response())
}
