//! `GET /orgs/{org}/evidence/{evidence}`: one piece, its files, and what happened to it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::evidence::Evidence;
use domain::member::Permission;
use ledger::entry::Entry;
use projections::read_models::engagements;
use store::blobs::Stored;

use super::Shown;
use crate::app::App;
use crate::auth::{EvidenceRead, Member};
use crate::error::{Error, Result};
use crate::export::attachment;
use crate::web::components::{Day, Hash, Head, grouped};
use crate::web::history;
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
    days: Vec<Day>,
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
    let shown = Shown::load(&app, &member, &evidence).await?;
    let shell = super::frame(&app, &member, after).await?;
    detail(&app, &member, shell, &shown, FieldErrors::default()).await.map(Page::new)
}

pub(super) async fn detail<P>(
    app: &App,
    member: &Member<P>,
    shell: Shell<OfOrganisation>,
    shown: &Shown,
    errors: FieldErrors,
) -> Result<Detail> {
    let days = history::of(app, member, &shell.clock, &Evidence::stream(&shown.id), sentence).await?;
    let page = format!("{}/evidence/{}", shell.world.home, shown.id);
    let metadata = &shown.held.metadata;
    Ok(Detail {
        title: metadata.title.to_string(),
        is_live: shown.is_live,
        may_write: member.permits(Permission::EvidenceWrite),
        description: metadata.description.as_ref().map(ToString::to_string),
        facts: facts(app, member, shown).await?,
        heads: vec![
            Head::plain("File"),
            Head::plain("Revision"),
            Head::plain("Bytes").of_numbers(),
            Head::plain("SHA-256"),
            Head::plain(""),
        ],
        revisions: revisions(shown, &page),
        page,
        days,
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

async fn facts<P>(app: &App, member: &Member<P>, shown: &Shown) -> Result<Vec<(&'static str, String)>> {
    let metadata = &shown.held.metadata;
    let controls: Vec<String> = metadata.controls.iter().map(ToString::to_string).collect();
    let engagement = match &metadata.engagement {
        None => None,
        Some(id) => {
            let mut tx = app.db(member.log).await?;
            let row = engagements::one(&mut tx, member.log, id).await?;
            tx.commit().await?;
            Some(row.map_or_else(|| id.to_string(), |row| row.plan.name.to_string()))
        }
    };
    let facts = [
        ("Effective date", Some(metadata.effective_on.to_string())),
        ("Last reviewed", metadata.reviewed_on.as_ref().map(ToString::to_string)),
        ("Owner", metadata.owner.as_ref().map(ToString::to_string)),
        ("Controls", Some(controls.join(", ")).filter(|text| !text.is_empty())),
        ("Vendor", metadata.vendor.as_ref().map(ToString::to_string)),
        ("Engagement", engagement),
    ];
    Ok(facts.into_iter().filter_map(|(word, text)| text.map(|text| (word, text))).collect())
}

/// The newest first.
fn revisions(shown: &Shown, page: &str) -> Vec<Revision> {
    let revisions = shown.held.revisions().rev().map(|(number, file)| Revision {
        number: number.get(),
        name: file.name.to_string(),
        media_type: file.media_type.to_string(),
        bytes: grouped(file.bytes),
        sha256: Hash::new(file.sha256.as_str()),
        href: shown.is_live.then(|| format!("{page}/revisions/{number}/file")),
    });
    revisions.collect()
}

fn sentence(entry: &Entry) -> String {
    let text = |name: &str| entry.detail.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    match entry.event_type.as_str() {
        "evidence.added" => format!("Added as “{}”, effective {}", text("title"), text("effective_on")),
        "evidence.changed" => format!("Changed to “{}”, effective {}", text("title"), text("effective_on")),
        "evidence.revised" => {
            let name = entry.detail.get("file").and_then(|file| file.get("name")).and_then(|name| name.as_str());
            let revision = entry.detail.get("revision").map(ToString::to_string).unwrap_or_default();
            format!("Revision {revision} attached: {}", name.unwrap_or_default())
        }
        "evidence.withdrawn" if text("note").is_empty() => "Withdrawn".to_owned(),
        "evidence.withdrawn" => format!("Withdrawn: {}", text("note")),
        other => other.to_owned(),
    }
}
