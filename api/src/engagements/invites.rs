//! `GET /orgs/{org}/engagements/{engagement}/invites`: who was invited to an engagement, in the words of S2.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use domain::access_grant::words::{self, Vocabulary};
use domain::access_grant::{Bundle, Capability, State};
use domain::engagement::Engagement;
use ledger::vocabulary::{OpenedPart, Personal};
use projections::list::Cursor;
use projections::read_models::grants::{self, Filter, GrantRow, Sort};
use serde::Deserialize;
use store::opened;

use super::Shown;
use crate::app::App;
use crate::auth::{GrantsRead, Member};
use crate::error::Result;
use crate::web::components::{Choice, Head, Pager, Tone, grouped};
use crate::web::documents;
use crate::web::listing::{address, choices, pager};
use crate::web::moment::{Clock, Moment};
use crate::web::shell::{OfOrganisation, Tab};
use crate::web::{Nav, Page, Shell};

/// What an address asks for; what it asks wrongly is passed over.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    from: String,
}

/// The page.
#[derive(Template)]
#[template(path = "engagements/invites.html")]
pub struct Invites {
    shell: Shell<OfOrganisation>,
    page: String,
    name: String,
    state: (Tone, &'static str),
    tabs: Vec<Tab>,
    new: Option<String>,
    is_filtered: bool,
    rows: Vec<Row>,
    count: String,
    heads: Vec<Head>,
    statuses: Vec<Choice>,
    pager: Pager,
}

struct Row {
    href: String,
    email: String,
    name: String,
    firm: String,
    role: &'static str,
    permissions: Vec<&'static str>,
    status: (Tone, &'static str),
    created: Moment,
    expires: Moment,
    last: Option<Moment>,
}

/// Shows the tab.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub async fn get(
    member: Member<GrantsRead>,
    Shared(app): Shared<App>,
    Path((_org, engagement)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Page<Invites>> {
    let id = super::engagement_id(&engagement)?;
    let shell = member.shell(&app, Nav::Engagements);
    let (now, home) = (shell.clock.now(), shell.world.home.clone());
    let state = words::state(&asked.status, Vocabulary::Invites);
    let filter = Filter { state, engagement: Some(id.clone()), ..Filter::default() };
    let document = documents::shown(&app, member.log, &Engagement::stream(&id)).await?;
    let mut tx = app.db(member.log).await?;
    let cursor = Cursor::parse(&asked.from);
    let found = grants::page(&mut tx, member.log, &filter, now, Sort::default(), cursor.as_ref()).await?;
    tx.commit().await?;
    let shown = Shown::of(id, &document.aggregate)?;
    let indices: Vec<u64> = found.rows.iter().map(|row| row.granted_index).collect();
    let people = opened::of(app.ledger(), member.log, &indices).await?;
    let page = format!("{home}/engagements/{}", shown.id);
    let list = format!("{page}/invites");
    let may_invite = shown.is_open && member.may_grant();
    Ok(Page::new(Invites {
        name: shown.plan.name.to_string(),
        state: shown.state(),
        tabs: shown.tabs(&home, true),
        new: may_invite.then(|| format!("{home}/grants/new?engagement={}", shown.id)),
        is_filtered: state.is_some(),
        rows: found.rows.iter().map(|row| Row::of(row, &people, &shell.clock, &home)).collect(),
        count: grouped(found.total),
        heads: HEADS.map(Head::plain).into(),
        statuses: choices(statuses(), &asked.status, "Any status"),
        pager: pager(&found, |from| address(&list, &[("status", &asked.status), ("from", from)])),
        page,
        shell,
    }))
}

const HEADS: [&str; 9] =
    ["Email", "Name", "Firm", "Role", "Permissions", "Status", "Created", "Expires", "Last accessed"];

fn statuses() -> Vec<(String, String)> {
    let word = |state: &State| words::display(*state, Vocabulary::Invites).word.to_owned();
    State::ALL.iter().map(|state| (word(state), word(state))).collect()
}

impl Row {
    fn of(row: &GrantRow, people: &HashMap<u64, Vec<OpenedPart>>, clock: &Clock, home: &str) -> Self {
        let parts = people.get(&row.granted_index).map_or(&[][..], Vec::as_slice);
        let known = |field: &str| match &parts.iter().find(|part| part.field == field)?.value {
            Personal::Known(text) => Some(text.clone()),
            Personal::Erased => None,
        };
        let badge = words::display(row.state_at(clock.now()), Vocabulary::Invites);
        Self {
            href: format!("{home}/grants/{}", row.grant),
            email: known("email").unwrap_or_else(|| "(erased)".to_owned()),
            name: known("name").unwrap_or_default(),
            firm: row.firm.as_str().to_owned(),
            role: row.role_title.map_or("", crate::words::role_title),
            permissions: permissions(row),
            status: (tone(badge.tone), badge.word),
            created: clock.day(row.created_at),
            expires: clock.day(row.extent.expires_at),
            last: row.last_accessed_at.map(|at| clock.ago(at)),
        }
    }
}

/// The permissions of S2 that an invite has. Two of them can be given, and there is nothing yet that they open (S2-13,
/// S2-14).
fn permissions(row: &GrantRow) -> Vec<&'static str> {
    let scope = &row.extent.scope;
    let has = |bundle: Bundle, capability: Capability| {
        scope.bundles().contains(&bundle) || scope.capabilities().contains(&capability)
    };
    [
        (has(Bundle::ViewControls, Capability::View), "view_controls"),
        (has(Bundle::ViewEvidence, Capability::ViewEvidence), "view_evidence"),
        (has(Bundle::SubmitIrl, Capability::SubmitIrl), "submit_irl (not yet available)"),
        (has(Bundle::DownloadPackage, Capability::DownloadPackage), "download_package (not yet available)"),
    ]
    .into_iter()
    .filter_map(|(has, word)| has.then_some(word))
    .collect()
}

const fn tone(tone: words::Tone) -> Tone {
    match tone {
        words::Tone::Ended => Tone::Ended,
        words::Tone::Good => Tone::Good,
        words::Tone::Info => Tone::Info,
        words::Tone::Waiting => Tone::Waiting,
    }
}
