//! `GET /orgs/{org}/engagements`: what is audited, the latest first.

use askama::Template;
use axum::extract::{Query, State};
use projections::list::Cursor;
use projections::read_models::engagements::{self, EngagementRow, Engagements, Filter};
use projections::read_models::grants;
use serde::Deserialize;

use crate::app::App;
use crate::auth::{EngagementsRead, Member};
use crate::error::Result;
use crate::web::components::{Choice, Head, Pager, Tone, grouped};
use crate::web::listing::{address, choices, pager};
use crate::web::shell::OfOrganisation;
use crate::web::{After, Page, Shell};
use domain::member::Permission;

/// What an address asks for; what it asks wrongly is passed over, as a list has no wrong question.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: String,
}

/// The page.
#[derive(Template)]
#[template(path = "engagements/list.html")]
pub struct List {
    shell: Shell<OfOrganisation>,
    may_open: bool,
    is_filtered: bool,
    rows: Vec<Row>,
    count: String,
    heads: Vec<Head>,
    states: Vec<Choice>,
    pager: Pager,
}

struct Row {
    href: String,
    name: String,
    framework: String,
    days: String,
    state: (Tone, &'static str),
    with_access: u64,
    waiting: u64,
}

/// Shows the list.
///
/// # Errors
/// [`crate::error::Error::Unavailable`].
pub async fn get(
    member: Member<EngagementsRead>,
    State(app): State<App>,
    Query(asked): Query<Asked>,
    Query(after): Query<After>,
) -> Result<Page<List>> {
    let shell = super::frame(&app, &member, after, Engagements::NAME).await?;
    let is_open = match asked.state.as_str() {
        "open" => Some(true),
        "closed" => Some(false),
        _ => None,
    };
    let mut tx = app.db(member.log).await?;
    let cursor = Cursor::parse(&asked.from);
    let page = engagements::page(&mut tx, member.log, Filter { is_open }, cursor.as_ref()).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        let counts = grants::counts(&mut tx, member.log, Some(&row.engagement), shell.clock.now()).await?;
        rows.push(Row::of(row, counts, &shell.world.home));
    }
    tx.commit().await?;
    let list = format!("{}/engagements", shell.world.home);
    let states = [("open", "Open"), ("closed", "Closed")].map(|(value, word)| (value.to_owned(), word.to_owned()));
    Ok(Page::new(List {
        may_open: member.permits(Permission::EngagementsWrite),
        is_filtered: is_open.is_some(),
        rows,
        count: grouped(page.total),
        heads: ["Engagement", "Framework", "Period", "State", "Auditors"].map(Head::plain).into(),
        states: choices(states, &asked.state, "Any state"),
        pager: pager(&page, |from| address(&list, &[("state", &asked.state), ("from", from)])),
        shell,
    }))
}

impl Row {
    fn of(row: &EngagementRow, counts: grants::Counts, home: &str) -> Self {
        Self {
            href: format!("{home}/engagements/{}", row.engagement),
            name: row.plan.name.to_string(),
            framework: row.plan.framework.to_string(),
            days: format!("{} to {}", row.plan.period.starts_on(), row.plan.period.ends_on()),
            state: super::state(row.closed_at.is_none()),
            with_access: counts.active,
            waiting: counts.pending,
        }
    }
}
