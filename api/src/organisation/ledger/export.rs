//! `/orgs/{org}/ledger/export`: the log, or a part of it, as a file that whoever gets it verifies by themselves (spec §10).

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ledger::export::Extras;
use serde::Deserialize;
use store::checkpoints;
use store::export::{ExportError, ExportRequest, Exported, Query, export_log};
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

use super::asked::Asked;
use super::part::Part;
use crate::app::App;
use crate::auth::member::NotShown;
use crate::auth::{LedgerExport, Member, MemberSession};
use crate::error::{Error, Result};
use crate::export::attachment;
use crate::query::Parameters;
use crate::web::components::{Chip, grouped};
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Nav, Page, Protected, Shell};

/// The longest log that is exported in a request: seconds of work. The command line exports longer ones.
const ENTRIES_MAX: u64 = 100_000;
/// Exports are made one after another: each goes through a whole log, on all cores.
const TURN_WITHIN: Duration = Duration::from_secs(30);
/// What is done to auditors and by them, by its types (C22).
const AUDITORS: &str = "auditor.";

#[derive(Template)]
#[template(path = "organisation/export.html")]
struct ExportPage {
    shell: Shell<OfOrganisation>,
    /// The page itself, with what is asked for.
    address: String,
    /// The ledger, with the same filters where they can be exported.
    ledger: String,
    errors: FieldErrors,
    part: Option<Part>,
    /// What else can be exported: of a search that is none, its filters one by one.
    others: Vec<Chip>,
    size: u64,
    /// Of how long a log at most.
    most: String,
    slug: String,
}

/// The form has nothing but its token: what is asked for stands in the address.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

/// Shows what would be exported, and what the file proves.
pub async fn get(
    member: Member<LedgerExport>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, NotShown> {
    let (asked, errors) = read(&member, query.as_deref())?;
    member.require_fresh_to_see(&asked.address(&address(&member), None, None))?;
    Ok(page(&app, &member, &asked, errors).await?.into_response())
}

/// Records the export, makes it, and sends it once it has been verified.
///
/// # Errors
/// [`Error::NotFresh`]; [`Error::Unavailable`] where it cannot be made, or does not verify.
pub async fn post(
    member: Member<LedgerExport>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
    form: Protected<Nothing>,
) -> Result<Response> {
    form.verify(&app, member.form_key()).await?;
    let (asked, errors) = read(&member, query.as_deref())?;
    let part = Part::of(&asked, store::clock::now());
    let part = part.ok().filter(|_| errors.is_empty());
    let size = size(&app, &member).await?;
    let (Some(part), true) = (part, size <= ENTRIES_MAX) else {
        return page(&app, &member, &asked, errors).await.map(IntoResponse::into_response);
    };
    member.require_fresh(&app)?;
    let exported = make(&app, &member, part.query).await?;
    let kind = if exported.manifest.query == Query::All { "" } else { "-part" };
    let name = format!("{}-{}{kind}.zip", member.info.slug, exported.manifest.size);
    let mut file = File::from_std(exported.out);
    file.rewind().await.map_err(Error::internal)?;
    let bytes = file.metadata().await.map_err(Error::internal)?.len();
    Ok(attachment::container(&name, bytes, Body::from_stream(ReaderStream::new(file))))
}

fn read(member: &MemberSession, query: Option<&str>) -> Result<(Asked, FieldErrors)> {
    let mut errors = FieldErrors::default();
    let parameters = Parameters::parse(query)?.among(&Asked::NAMES)?;
    Ok((Asked::read(&parameters, member.clock().zone(), &mut errors), errors))
}

fn address(member: &MemberSession) -> String {
    format!("/orgs/{}/ledger/export", member.info.slug)
}

/// How long the log is, as far as that is published.
async fn size(app: &App, member: &MemberSession) -> Result<u64> {
    let newest = checkpoints::newest(app.ledger().reader(), member.log).await?;
    Ok(newest.map_or(0, |newest| newest.head.size))
}

async fn page(app: &App, member: &MemberSession, asked: &Asked, errors: FieldErrors) -> Result<Page<ExportPage>> {
    let (page, now) = (address(member), store::clock::now());
    let (part, mut others) = match Part::of(asked, now) {
        Ok(part) => (Some(part).filter(|_| errors.is_empty()), Vec::new()),
        Err(parts) => (None, parts.iter().map(|part| part.chip(&page)).collect()),
    };
    let status = if part.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is = |query: &Query| part.as_ref().is_some_and(|part| part.query == *query);
    if !is(&Query::All) {
        others.push(Chip { word: "The whole log".to_owned(), href: page.clone() });
    }
    if asked.address("", None, None) != format!("?type={AUDITORS}") {
        others.push(Chip { word: "The auditors’ trail".to_owned(), href: format!("{page}?type={AUDITORS}") });
    }
    let ledger = page.strip_suffix("/export").unwrap_or_default();
    let shown = ExportPage {
        shell: member.shell(app, Nav::Ledger),
        // Where no file can be made of the filters, another search begins without them.
        ledger: if part.is_some() { asked.address(ledger, None, None) } else { ledger.to_owned() },
        address: asked.address(&page, None, None),
        size: size(app, member).await?,
        most: grouped(ENTRIES_MAX),
        slug: member.info.slug.clone(),
        errors,
        part,
        others,
    };
    Ok(Page::with_status(status, shown))
}

/// Goes on to its end where nobody waits for it any more: by then it is recorded.
async fn make(app: &App, member: &MemberSession, query: Query) -> Result<Exported> {
    let turn = timeout(TURN_WITHIN, app.export_turn()).await;
    let turn = turn.map_err(|_| Error::Unavailable("other exports are being made".to_owned()))?;
    let request = ExportRequest {
        ctx: member.ctx(),
        query,
        extras: Extras { readme: true, entries: true, ..Extras::default() },
        progress: None,
    };
    let (app, log) = (app.clone(), member.log);
    let out = tempfile::tempfile().map_err(Error::internal)?;
    let making = app.clone().tasks().spawn(async move {
        let _turn = turn;
        export_log(app.ledger(), app.seals(), log, out, request).await
    });
    making.await.map_err(Error::internal)?.map_err(not_made)
}

fn not_made(error: ExportError) -> Error {
    match error {
        ExportError::NoSuchLog(_) | ExportError::NoSuchStream(_) => Error::NotFound,
        ExportError::Append(error) => error.into(),
        ExportError::Database(error) => error.into(),
        ExportError::NotSealed(error) => Error::Unavailable(error.to_string()),
        ExportError::Unsound(reason) => {
            tracing::error!(%reason, "an export does not verify, so it is not handed out");
            Error::Unavailable(reason)
        }
        other => Error::internal(other),
    }
}

impl ExportPage {
    fn is_too_long(&self) -> bool {
        ENTRIES_MAX < self.size
    }

    fn entries(&self) -> String {
        grouped(self.size)
    }
}
