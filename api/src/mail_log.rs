//! `/orgs/{org}/mails`: which mails were sent or are to be, and what became of each. Never a text, and never an address.

pub mod words;

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

use self::words::{about, kind, reason, state};
use crate::access::column::instant;
use crate::access::mails::{self, Cursor, Filter, Listed};
use crate::app::App;
use crate::auth::{MailRead, Member, MemberSession};
use crate::error::{Error, Result};
use crate::web::components::{Chip, Choice, Head, Pager, Tone};
use crate::web::shell::OfOrganisation;
use crate::web::{Clock, Moment, Nav, Page, Shell};

/// Rows of a page.
const ROWS_MAX: usize = 50;

/// What the page is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// What is shown only.
    #[serde(default)]
    state: String,
    /// Where the page before ended.
    before: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "organisation/mails.html")]
pub struct MailsPage {
    shell: Shell<OfOrganisation>,
    heads: Vec<Head>,
    rows: Vec<Row>,
    states: Vec<Choice>,
    chips: Vec<Chip>,
    pager: Pager,
    address: String,
    has_mailer: bool,
}

struct Row {
    kind: &'static str,
    reader: &'static str,
    about: &'static str,
    href: String,
    tone: Tone,
    state: &'static str,
    reason: Option<String>,
    attempts: i32,
    created: Moment,
    next: Option<Moment>,
    /// What to do where it did not arrive, and where.
    remedy: Option<(&'static str, String)>,
}

/// The newest, or those before a place in the list.
pub async fn get(
    member: Member<MailRead>,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Page<MailsPage>> {
    let filter = Filter::parse(&asked.state).ok_or(Error::NotFound)?;
    let before = asked.before.as_deref().map(|text| Cursor::parse(text).ok_or(Error::NotFound)).transpose()?;
    let mut tx = app.db(member.log).await?;
    let mut listed = mails::page(&mut tx, member.log, filter, before, ROWS_MAX + 1).await?;
    let newer = match before {
        Some(end) => Some(mails::page_before(&mut tx, member.log, filter, end, ROWS_MAX).await?),
        None => None,
    };
    let has_more = ROWS_MAX < listed.len();
    listed.truncate(ROWS_MAX);
    let shell = member.shell(&app, Nav::Mail);
    let address = format!("/orgs/{}/mails", member.info.slug);
    let last = listed.last().map(Cursor::of).filter(|_| has_more);
    let rows = listed.iter().map(|mail| row(&member, &shell.clock, mail)).collect();
    Ok(Page::new(MailsPage {
        heads: vec![
            Head::plain("Letter"),
            Head::plain("State"),
            Head::plain("Attempts").of_numbers(),
            Head::plain("Since"),
            Head::plain(""),
        ],
        rows,
        states: Filter::ALL.map(|one| Choice::new(one.as_str(), words::filter(one), one == filter)).into(),
        chips: chips(filter, &address),
        pager: Pager {
            shown: String::new(),
            before: newer.map(|newer| at(&address, filter, newer)),
            behind: last.map(|last| at(&address, filter, Some(last))),
        },
        has_mailer: app.has_mailer(),
        address,
        shell,
    }))
}

/// The list from behind a mail on, or from its beginning.
fn at(address: &str, filter: Filter, before: Option<Cursor>) -> String {
    let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
    format!("{address}?state={}{before}", filter.as_str())
}

fn chips(filter: Filter, address: &str) -> Vec<Chip> {
    if filter == Filter::All {
        return Vec::new();
    }
    vec![Chip { word: format!("State: {}", words::filter(filter)), href: address.to_owned() }]
}

fn row(member: &MemberSession, clock: &Clock, mail: &Listed) -> Row {
    let home = format!("/orgs/{}", member.info.slug);
    let is_of_member = mail.recipient == "member";
    let (tone, word) = state(mail);
    let href =
        if is_of_member { format!("{home}/members/{}", mail.about) } else { format!("{home}/grants/{}", mail.about) };
    let is_sent_again_by_hand = mail.state != "sent" && mail.next_attempt_at.is_none();
    let remedy = words::remedy(&mail.kind).filter(|_| is_sent_again_by_hand);
    Row {
        kind: kind(&mail.kind),
        reader: words::reader(&mail.recipient),
        about: about(is_of_member),
        tone,
        state: word,
        reason: reason(mail),
        attempts: mail.attempts,
        created: clock.ago(instant(mail.created_at)),
        next: mail.next_attempt_at.map(|at| clock.ago(instant(at))),
        remedy: remedy.map(|words| (words, href.clone())),
        href,
    }
}
