//! `/orgs/{org}/ledger/export`: the log, or a part of it, as a file that whoever gets it verifies by themselves (spec §10).

use std::num::NonZeroUsize;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::member::Permission;
use futures::StreamExt as _;
use ledger::export::Extras;
use serde::Deserialize;
use store::checkpoints;
use store::entries::bytes_below;
use store::export::{self, ExportError, ExportRequest, Exported, Query};
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;
use tokio_util::io::ReaderStream;

use super::asked::Asked;
use super::part::Part;
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::member::NotShown;
use crate::auth::{LedgerExport, Member, MemberSession};
use crate::error::{Error, Result};
use crate::export::attachment;
use crate::query::Parameters;
use crate::web::components::{Chip, grouped};
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Nav, Page, Protected, Shell};

/// The longest log that is exported in a request: 124 MB, and ten seconds of work. The command line exports longer ones.
const ENTRIES_MAX: u64 = 100_000;
/// The most bytes that its entries have together: the file has them twice, in tiles and line by line.
const BYTES_MAX: u64 = 256 << 20;
/// How often a member exports.
const EXPORTS: Limit = Limit { name: "export", most: 6, within: Duration::from_hours(1) };
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
    is_short: bool,
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
    let wanted = Wanted::of(&app, &member, &asked, &errors).await?;
    Ok(page(&app, &member, &asked, errors, wanted).into_response())
}

/// Records the export, makes it, and sends it once it has been verified.
///
/// # Errors
/// [`Error::NotFresh`]; [`Error::TooMany`]; [`Error::Conflict`] where a file of this log is not taken yet; once it is recorded
/// [`Error::NotExported`], where it cannot be made or does not verify.
pub async fn post(
    member: Member<LedgerExport>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
    form: Protected<Nothing>,
) -> Result<Response> {
    form.verify(&app, member.form_key()).await?;
    let (asked, errors) = read(&member, query.as_deref())?;
    let wanted = Wanted::of(&app, &member, &asked, &errors).await?;
    let Some(part) = &wanted.part else {
        return Ok(page(&app, &member, &asked, errors, wanted).into_response());
    };
    member.require_fresh(&app)?;
    let by = [member.log.0.as_bytes().as_slice(), member.member.as_str().as_bytes()];
    if let Counted::Over { retry_after, .. } = app.requests().count(app.access_secret(), EXPORTS, &by).await? {
        return Err(Error::TooMany { retry_after });
    }
    let place = app.exports().place(member.log)?;
    let exported = make(&app, &member, part.query.clone()).await?;
    // It took a while: whoever was suspended or signed out meanwhile gets nothing of it.
    member.require_still(&app, Permission::LedgerExport).await?;
    let kind = if exported.manifest.query == Query::All { "" } else { "-part" };
    let name = format!("{}-{}{kind}.zip", member.info.slug, exported.manifest.size);
    let mut file = File::from_std(exported.out);
    file.rewind().await.map_err(Error::internal)?;
    let bytes = file.metadata().await.map_err(Error::internal)?.len();
    // The next one is made when this one was taken, or whoever took it is gone.
    let taken = ReaderStream::new(file).inspect(move |_| _ = &place);
    Ok(attachment::container(&name, bytes, Body::from_stream(taken)))
}

fn read(member: &MemberSession, query: Option<&str>) -> Result<(Asked, FieldErrors)> {
    let mut errors = FieldErrors::default();
    let parameters = Parameters::parse(query)?.among(&Asked::NAMES)?;
    Ok((Asked::read(&parameters, member.clock().zone(), &mut errors), errors))
}

fn address(member: &MemberSession) -> String {
    format!("/orgs/{}/ledger/export", member.info.slug)
}

/// What is asked for, as one file can hold it.
struct Wanted {
    /// Nothing, where no file can be made.
    part: Option<Part>,
    /// What of it could be exported by itself.
    instead: Vec<Part>,
    /// How long the log is, as far as that is published.
    size: u64,
    is_short: bool,
}

impl Wanted {
    async fn of(app: &App, member: &MemberSession, asked: &Asked, errors: &FieldErrors) -> Result<Self> {
        let newest = checkpoints::newest(app.ledger().reader(), member.log).await?;
        let size = newest.map_or(0, |newest| newest.head.size);
        let (part, instead) = match Part::of(asked, store::clock::now()) {
            Ok(part) => (Some(part), Vec::new()),
            Err(instead) => (None, instead),
        };
        let is_short = size <= ENTRIES_MAX && bytes_below(app.ledger().reader(), member.log, size).await? <= BYTES_MAX;
        let part = part.filter(|_| errors.is_empty() && is_short);
        Ok(Self { part, instead, size, is_short })
    }
}

fn page(
    app: &App,
    member: &MemberSession,
    asked: &Asked,
    errors: FieldErrors,
    Wanted { part, instead, size, is_short }: Wanted,
) -> Page<ExportPage> {
    let page = address(member);
    let status = if part.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut others: Vec<_> = instead.iter().map(|part| part.chip(&page)).collect();
    if part.as_ref().is_none_or(|part| part.query != Query::All) {
        others.push(Chip { word: "The whole log".to_owned(), href: page.clone() });
    }
    if asked.address("", None, None) != format!("?type={AUDITORS}") {
        others.push(Chip { word: "The auditors’ trail".to_owned(), href: format!("{page}?type={AUDITORS}") });
    }
    let ledger = format!("/orgs/{}/ledger", member.info.slug);
    let shown = ExportPage {
        shell: member.shell(app, Nav::Ledger),
        // Where no file can be made of the filters, another search begins without them.
        ledger: if part.is_some() { asked.address(&ledger, None, None) } else { ledger },
        address: asked.address(&page, None, None),
        size,
        is_short,
        most: grouped(ENTRIES_MAX),
        slug: member.info.slug.clone(),
        errors,
        part,
        others,
    };
    Page::with_status(status, shown)
}

/// Records the export, then makes it. It goes on to its end where nobody waits for it any more.
async fn make(app: &App, member: &MemberSession, query: Query) -> Result<Exported> {
    let (log, cores) = (member.log, std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
    let request = ExportRequest {
        ctx: member.ctx(),
        query,
        extras: Extras::for_people(),
        progress: None,
        // The other cores are for those who append meanwhile.
        threads_max: Some(cores / 2),
    };
    let recorded = export::record(app.ledger(), log, &request).await.map_err(not_recorded)?;
    let index = recorded.index;
    let making = {
        let app = app.clone();
        async move {
            let _turn = app.exports().turn().await?;
            let out = tempfile::tempfile().map_err(Error::internal)?;
            let made = export::make(app.ledger(), app.seals(), log, recorded, out, request).await;
            made.map_err(Error::internal)
        }
    };
    let made = app.tasks().spawn(making).await.map_err(Error::internal).flatten();
    made.map_err(|error| not_made(index, &error))
}

fn not_recorded(error: ExportError) -> Error {
    match error {
        ExportError::NoSuchLog(_) | ExportError::NoSuchStream(_) => Error::NotFound,
        ExportError::Append(error) => error.into(),
        ExportError::Vault(error) => error.into(),
        ExportError::Database(error) => error.into(),
        other => Error::internal(other),
    }
}

fn not_made(index: u64, error: &Error) -> Error {
    let reason = match error {
        Error::Internal(reason) | Error::Unavailable(reason) => reason.clone(),
        other => other.to_string(),
    };
    Error::NotExported { index, reason }
}

impl ExportPage {
    fn entries(&self) -> String {
        grouped(self.size)
    }
}
