//! `/orgs/{org}/ledger`: the organisation's own log. A list that is searched by what happened, to what, by whom, when and
//! whether it came about; a row opens to the entry itself, with what proves it.

mod asked;
pub mod export;
pub mod files;
mod part;
mod row;

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::alias::ALIASES;
use domain::event;
use domain::member::Permission;
use projections::read_models::entries::{self, Entries, EntryRow, Filter};
use projections::wait;

use self::asked::Asked;
use self::row::{Opened, Row};
use crate::app::App;
use crate::auth::{EntriesRead, Member, MemberSession};
use crate::error::Result;
use crate::query::Parameters;
use crate::v1::shape::{Facts, Sight, facts};
use crate::web::components::{Chip, Choice, Head, Pager, grouped};
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{FieldErrors, Nav, Page, Shell};

const HEADS: [&str; 6] = ["What happened", "To what", "By whom", "Outcome", "When", "Entry"];
/// Rows of a page.
const ROWS: usize = 50;
/// How long the page waits for an entry that a link leads to.
const WAIT_MAX: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "organisation/ledger.html")]
struct LedgerPage {
    shell: Shell<OfOrganisation>,
    address: String,
    asked: Asked,
    outcomes: Vec<Choice>,
    errors: FieldErrors,
    /// What can be typed as a type: our own, and other systems' names.
    names: Vec<&'static str>,
    heads: [Head; 6],
    rows: Vec<Row>,
    opened: Option<Opened>,
    chips: Vec<Chip>,
    pager: Pager,
    origin: String,
    slug: String,
    public_url: String,
    /// The page that exports what is searched for, for those who may.
    export: Option<String>,
}

/// Shows part of the log, newest first.
pub async fn get(member: Member<EntriesRead>, State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response> {
    let mut errors = FieldErrors::default();
    let asked =
        Asked::read(&Parameters::parse(query.as_deref())?.among(&Asked::NAMES)?, member.clock().zone(), &mut errors);
    if !errors.is_empty() {
        let page = page(&app, &member, asked, errors);
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let has_come = match asked.entry {
        Some(index) => wait::until(app.ledger(), Entries::NAME, member.log, index, WAIT_MAX).await?,
        None => true,
    };
    let (asked, found) = find(&app, &member, asked).await?;
    let opened = match asked.entry {
        Some(index) if found.rows.iter().any(|row| row.index == index) => row::open(&app, &member, index).await?,
        _ => None,
    };
    let people = people(&app, &member, &found.rows).await?;
    let newer = newer(&app, &member, &asked).await?;
    let mut page = page(&app, &member, asked, errors);
    page.pager = pager(&page, &found, newer);
    page.rows = found.rows.into_iter().map(|row| Row::of(row, &people, &page.asked, &page.shell.clock)).collect();
    page.opened = opened;
    if !has_come {
        page.shell = page.shell.noting(Note::Updating);
    }
    Ok(Page::new(page).into_response())
}

/// The rows that are asked for. Where a link leads to an entry that is not among them, the log from there on.
async fn find(app: &App, member: &MemberSession, asked: Asked) -> Result<(Asked, entries::Page)> {
    let mut tx = app.db(member.log).await?;
    let found = entries::page(&mut tx, member.log, &asked.filter, asked.before, ROWS).await?;
    let missing = asked.entry.filter(|index| !found.rows.iter().any(|row| row.index == *index));
    let found = match missing {
        None => (asked, found),
        Some(index) => {
            let asked = Asked { before: index.checked_add(1), ..Asked::of_entry(index) };
            let rows = entries::page(&mut tx, member.log, &Filter::default(), asked.before, ROWS).await?;
            (asked, rows)
        }
    };
    tx.commit().await?;
    Ok(found)
}

/// What is known of the entries of the rows beyond the rows: addresses of who acted.
async fn people(app: &App, member: &MemberSession, rows: &[EntryRow]) -> Result<Vec<Facts>> {
    let indices: Vec<u64> = rows.iter().map(|row| row.index).collect();
    let mut tx = app.db(member.log).await?;
    let entries = store::entries::at(&mut *tx, member.log, &indices).await?;
    tx.commit().await?;
    facts(app, member.log, Sight::Open, &entries).await
}

fn page(app: &App, member: &MemberSession, asked: Asked, errors: FieldErrors) -> LedgerPage {
    let address = format!("/orgs/{}/ledger", member.info.slug);
    let words = [("", "Any"), ("success", "Succeeded"), ("failure", "Failed")];
    let ours = event::descriptions().map(|description| description.kind.name);
    let mut names: Vec<&'static str> = ours.chain(ALIASES.iter().map(|alias| alias.name)).collect();
    names.sort_unstable();
    names.dedup();
    LedgerPage {
        shell: member.shell(app, Nav::Ledger),
        outcomes: words.map(|(value, label)| Choice::new(value, label, value == asked.outcome)).into(),
        chips: asked.chips(&address),
        heads: HEADS.map(|word| if word == "Entry" { Head::plain(word).of_numbers() } else { Head::plain(word) }),
        rows: Vec::new(),
        opened: None,
        pager: Pager::default(),
        origin: member.info.origin.to_string(),
        slug: member.info.slug.clone(),
        public_url: app.public_url().to_string(),
        export: member
            .permits(Permission::LedgerExport)
            .then(|| asked.address(&format!("{address}/export"), None, None)),
        names,
        address,
        asked,
        errors,
    }
}

/// Before which entry the page before begins; none where it is the first.
async fn newer(app: &App, member: &MemberSession, asked: &Asked) -> Result<Option<u64>> {
    let Some(end) = asked.before else { return Ok(None) };
    let mut tx = app.db(member.log).await?;
    let before = entries::page_before(&mut tx, member.log, &asked.filter, end, ROWS).await?;
    tx.commit().await?;
    Ok(before)
}

fn pager(page: &LedgerPage, found: &entries::Page, newer: Option<u64>) -> Pager {
    let ends = found.rows.first().zip(found.rows.last());
    let shown = ends.map(|(first, last)| format!("Entries {} to {}", grouped(first.index), grouped(last.index)));
    Pager {
        shown: shown.unwrap_or_default(),
        before: page.asked.before.map(|_| page.asked.address(&page.address, newer, None)),
        behind: found.next.map(|next| page.asked.address(&page.address, Some(next), None)),
    }
}

impl LedgerPage {
    /// How many rows there are, in words.
    fn count(&self) -> String {
        let more = if self.pager.behind.is_some() { "; older ones follow" } else { "" };
        match self.rows.len() {
            1 => format!("1 entry{more}"),
            count => format!("{count} entries, newest first{more}"),
        }
    }

    /// What stands under a row that is open.
    fn opened_at(&self, row: &Row) -> Option<&Opened> {
        self.opened.as_ref().filter(|opened| opened.seal.index == row.index)
    }
}
