//! `GET` and `POST /orgs/{org}/records/{type}/import`: a list is looked through first, and put in when that was seen.
//!
//! Between the two the list is kept like a file of evidence, by its hash. What is sent to put it in is signed for the
//! session and the type, so that nobody gets at a file by guessing its hash.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::Resource;
use domain::evidence::EvidenceFile;
use domain::name::Sha256;
use futures::TryStreamExt as _;
use serde::Deserialize;
use store::blobs::Stored;

use crate::acts::By;
use crate::acts::import_records::{self, Mode, Report, RowError};
use crate::app::App;
use crate::auth::{Member, MemberSession, RecordsWrite};
use crate::error::{Error, Result};
use crate::json;
use crate::record_set::{self, Row};
use crate::upload::Upload;
use crate::web::components::{Head, grouped};
use crate::web::shell::OfOrganisation;
use crate::web::{After, FieldErrors, FormToken, Nav, Page, Protected, Shell};
use crate::words;

/// Longest list: a few thousand rows of a register. Longer ones are for `countersign import records`.
const LIST_BYTES_MAX: u64 = 8 << 20;
/// Broken rules that the page names; the count says how many there are.
const ERRORS_SHOWN_MAX: usize = 200;

/// The page that asks for a list.
#[derive(Template)]
#[template(path = "records/import.html")]
pub struct Ask {
    shell: Shell<OfOrganisation>,
    page: String,
    name: &'static str,
    errors: FieldErrors,
}

/// The page that says what would become of it.
#[derive(Template)]
#[template(path = "records/preview.html")]
pub struct Preview {
    shell: Shell<OfOrganisation>,
    page: String,
    name: &'static str,
    file: String,
    report: Report,
    errors: Vec<RowError>,
    hidden: usize,
    heads: Vec<Head>,
    count: String,
    list: Kept,
    seal: String,
}

/// A list that was looked through.
#[derive(Clone, Debug)]
pub struct Kept {
    sha256: String,
    bytes: u64,
    is_json: bool,
}

/// What is sent to put it in.
#[derive(Debug, Deserialize)]
pub struct Confirmed {
    sha256: String,
    bytes: u64,
    is_json: bool,
    seal: String,
}

impl Kept {
    fn of(file: &EvidenceFile) -> Self {
        let is_json = file.name.as_str().to_ascii_lowercase().ends_with(".json");
        Self { sha256: file.sha256.to_string(), bytes: file.bytes, is_json }
    }

    /// What a session signs it by.
    fn key(&self, member: &MemberSession, resource: Resource) -> Vec<u8> {
        let Self { sha256, bytes, is_json } = self;
        format!("{}/import/{resource}/{sha256}/{bytes}/{is_json}", member.sid.as_str()).into_bytes()
    }

    async fn rows(&self, app: &App) -> Result<Vec<Row>> {
        if LIST_BYTES_MAX < self.bytes {
            return Err(Error::invalid("", format!("a list has at most {} MiB here", LIST_BYTES_MAX >> 20)));
        }
        let sha256 = Sha256::parse(&self.sha256).map_err(|_| Error::FormExpired)?;
        let chunks = app.blobs().open(Stored { sha256, bytes: self.bytes }).await?.into_stream();
        let text = chunks.try_concat().await?;
        if self.is_json { record_set::json::rows(json::parse(&text)?) } else { record_set::csv::rows(&text) }
    }
}

/// Asks for a list.
///
/// # Errors
/// [`Error::NotFound`] for what is no type of records.
pub async fn get(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind)): Path<(String, String)>,
) -> Result<Page<Ask>> {
    Ok(Page::new(Ask::new(&app, &member, super::resource(&kind)?, FieldErrors::default())))
}

impl Ask {
    fn new(app: &App, member: &MemberSession, resource: Resource, errors: FieldErrors) -> Self {
        let shell = member.shell(app, Nav::Records);
        let page = format!("{}/records/{resource}", shell.world.home);
        Self { shell, page, name: words::resource_short(resource), errors }
    }
}

/// Looks a list through. Nothing is recorded.
///
/// # Errors
/// [`Error::NotFound`] for what is no type of records.
pub async fn post(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind)): Path<(String, String)>,
    upload: Upload,
) -> Result<Response> {
    upload.verify(&app, member.form_key())?;
    let resource = super::resource(&kind)?;
    let Some(file) = upload.file else { return Ok(refused(&app, &member, resource, "Choose a file")) };
    let list = Kept::of(&file);
    let rows = match list.rows(&app).await {
        Ok(rows) => rows,
        Err(Error::Invalid { field, rule }) if field.is_empty() => return Ok(refused(&app, &member, resource, rule)),
        Err(Error::Invalid { field, rule }) => {
            return Ok(refused(&app, &member, resource, format!("{field}: {rule}")));
        }
        Err(error) => return Err(error),
    };
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let report = import_records::import(&by, resource, rows, Mode::DryRun, None, |_| {}).await?;
    let shell = member.shell(&app, Nav::Records);
    let seal = FormToken::of(&app, &list.key(&member, resource)).as_str().to_owned();
    let page = format!("{}/records/{resource}", shell.world.home);
    let preview = Preview {
        name: words::resource_short(resource),
        file: file.name.to_string(),
        errors: report.errors.iter().take(ERRORS_SHOWN_MAX).cloned().collect(),
        hidden: report.errors.len().saturating_sub(ERRORS_SHOWN_MAX),
        heads: vec![Head::plain("Row of the file"), Head::plain("Where"), Head::plain("Rule")],
        count: grouped(report.errors.len() as u64),
        report,
        list,
        seal,
        page,
        shell,
    };
    Ok(Page::new(preview).into_response())
}

fn refused(app: &App, member: &MemberSession, resource: Resource, rule: impl Into<String>) -> Response {
    let mut errors = FieldErrors::default();
    errors.add("file", rule);
    let page = Ask::new(app, member, resource, errors);
    Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// Puts a list in that was looked through in this session.
///
/// # Errors
/// [`Error::FormExpired`] for another list.
pub async fn confirm(
    member: Member<RecordsWrite>,
    State(app): State<App>,
    Path((_org, kind)): Path<(String, String)>,
    form: Protected<Confirmed>,
) -> Result<Response> {
    let Confirmed { sha256, bytes, is_json, seal } = form.verify(&app, member.form_key()).await?;
    let list = Kept { sha256, bytes, is_json };
    let resource = super::resource(&kind)?;
    if !FormToken::is_of(&seal, &app, &list.key(&member, resource)) {
        return Err(Error::FormExpired);
    }
    let rows = list.rows(&app).await?;
    let by = By { ledger: app.ledger(), log: member.log, ctx: &member.ctx() };
    let report = import_records::import(&by, resource, rows, Mode::Record, None, |_| {}).await?;
    let page = format!("/orgs/{}/records/{resource}", member.info.slug);
    let page = report.last_index.map_or_else(|| page.clone(), |index| After::at(&page, index));
    Ok(Redirect::to(&page).into_response())
}
