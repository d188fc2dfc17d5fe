//! `GET /orgs/{org}/evidence/{evidence}`: one piece, its files, and what happened to it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::evidence::{Evidence, EvidenceEvent, Held, Metadata};
use domain::member::Permission;
use domain::name::EvidenceId;
use projections::documents::Documented as _;
use projections::read_models::engagements::{self, EngagementRow};
use store::blobs::Stored;

use super::Shown;
use crate::app::App;
use crate::auth::{EvidenceRead, Member};
use crate::error::{Error, Result};
use crate::export::attachment;
use crate::web::components::{Hash, Head, grouped};
use crate::web::documents;
use crate::web::history::{self, History};
use crate::web::shell::OfOrganisation;
use crate::web::{After, FieldErrors, Page, Shell};

/// The page.
#[derive(Template)]
#[template(path = "evidence/show.html")]
pub struct Detail {
    shell: Shell<OfOrganisation>,
    page: String,
    title: String,
    is_live: bool,
    may_write: bool,
    description: Option<String>,
    facts: Vec<(&'static str, String)>,
    heads: Vec<Head>,
    revisions: Vec<Revision>,
    history: History,
    errors: FieldErrors,
}

struct Revision {
    number: u32,
    name: String,
    media_type: String,
    bytes: String,
    sha256: Hash,
    href: Option<String>,
}

/// Shows it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    member: Member<EvidenceRead>,
    State(app): State<App>,
    Path((_org, evidence)): Path<(String, String)>,
    Query(after): Query<After>,
) -> Result<Page<Detail>> {
    let id = super::evidence_id(&evidence)?;
    let shell = super::frame(&app, &member, after, Evidence::NAME).await?;
    detail(&app, &member, shell, &id, FieldErrors::default()).await.map(Page::new)
}

pub(super) async fn detail<P>(
    app: &App,
    member: &Member<P>,
    shell: Shell<OfOrganisation>,
    id: &EvidenceId,
    errors: FieldErrors,
) -> Result<Detail> {
    let stream = Evidence::stream(id);
    let document = documents::shown::<Evidence>(app, member.log, &stream).await?;
    let mut tx = app.db(member.log).await?;
    let held = document.aggregate.held().ok_or(Error::NotFound)?;
    let engagement = match &held.metadata.engagement {
        None => None,
        Some(id) => engagements::one(&mut tx, member.log, id).await?,
    };
    tx.commit().await?;
    let history = History::of(app, member, &shell.clock, (&document, &stream), sentence).await?;
    let page = format!("{}/evidence/{id}", shell.world.home);
    let is_live = document.aggregate.live().is_some();
    let metadata = &held.metadata;
    Ok(Detail {
        title: metadata.title.to_string(),
        is_live,
        may_write: member.permits(Permission::EvidenceWrite),
        description: metadata.description.as_ref().map(ToString::to_string),
        facts: facts(metadata, engagement.as_ref()),
        heads: vec![
            Head::plain("File"),
            Head::plain("Revision").of_numbers(),
            Head::plain("Bytes").of_numbers(),
            Head::plain("SHA-256"),
            Head::plain(""),
        ],
        revisions: revisions(held, is_live, &page),
        page,
        history,
        errors,
        shell,
    })
}

/// Hands out a file, always to be saved.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::FileDiffers`].
pub async fn file(
    member: Member<EvidenceRead>,
    State(app): State<App>,
    Path((_org, evidence, revision)): Path<(String, String, String)>,
) -> Result<Response> {
    let shown = Shown::load(&app, &member, &evidence).await?;
    let revision = revision.parse().map_err(|_| Error::NotFound)?;
    let file = shown.held.file_at(revision).filter(|_| shown.is_live).ok_or(Error::NotFound)?;
    let checked = app.blobs().open(Stored { sha256: file.sha256.clone(), bytes: file.bytes }).await?;
    Ok(attachment::file(file, checked))
}

fn facts(metadata: &Metadata, engagement: Option<&EngagementRow>) -> Vec<(&'static str, String)> {
    let controls: Vec<String> = metadata.controls.iter().map(ToString::to_string).collect();
    let engagement = metadata
        .engagement
        .as_ref()
        .map(|id| engagement.map_or_else(|| id.to_string(), |row| row.plan.name.to_string()));
    let facts = [
        ("Effective date", Some(metadata.effective_on.to_string())),
        ("Last reviewed", metadata.reviewed_on.as_ref().map(ToString::to_string)),
        ("Owner", metadata.owner.as_ref().map(ToString::to_string)),
        ("Controls", Some(controls.join(", ")).filter(|text| !text.is_empty())),
        ("Vendor", metadata.vendor.as_ref().map(ToString::to_string)),
        ("Engagement", engagement),
    ];
    facts.into_iter().filter_map(|(word, text)| text.map(|text| (word, text))).collect()
}

/// The newest first.
fn revisions(held: &Held, is_live: bool, page: &str) -> Vec<Revision> {
    let revisions = held.revisions().rev().map(|(number, file)| Revision {
        number: number.get(),
        name: file.name.to_string(),
        media_type: file.media_type.to_string(),
        bytes: grouped(file.bytes),
        sha256: Hash::new(file.sha256.as_str()),
        href: is_live.then(|| format!("{page}/revisions/{number}/file")),
    });
    revisions.collect()
}

fn sentence(act: &EvidenceEvent) -> String {
    let text = |said: &Metadata| format!("“{}”, effective {}", said.title, said.effective_on);
    match act {
        EvidenceEvent::EvidenceAdded(said) => format!("Added as {}", text(said)),
        EvidenceEvent::EvidenceChanged(said) => format!("Changed to {}", text(said)),
        EvidenceEvent::EvidenceRevised(revised) => {
            format!("Revision {} attached: {}", revised.revision, revised.file.name)
        }
        EvidenceEvent::EvidenceWithdrawn(withdrawn) => history::with_note("Withdrawn", withdrawn.note.as_ref()),
    }
}
