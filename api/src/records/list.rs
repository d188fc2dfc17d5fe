//! `GET /orgs/{org}/records/{type}`: the records of one type.

use askama::Template;
use axum::extract::{Path, Query, State};
use domain::access_grant::Filters;
use domain::member::Permission;
use domain::name::EngagementId;
use domain::record::Reference;
use domain::text::Label;
use projections::list::{Cursor, Direction};
use projections::read_models::records::{self, Filter, RecordRow, Records, Sort, SortBy, StatusCount, Within};
use serde::Deserialize;

use crate::app::App;
use crate::auth::{Member, RecordsRead};
use crate::error::Result;
use crate::web::components::{Chip, Choice, Head, Pager, grouped};
use crate::web::listing::{address, chips, choices, direction, head, pager};
use crate::web::moment::{Clock, Moment};
use crate::web::shell::OfOrganisation;
use crate::web::{After, Page, Shell};
use crate::words;

/// What an address asks for; what it asks wrongly is passed over, as a list has no wrong question.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    engagement: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    from: String,
}

/// The page.
#[derive(Template)]
#[template(path = "records/list.html")]
pub struct List {
    shell: Shell<OfOrganisation>,
    page: String,
    name: &'static str,
    holds: &'static str,
    asked: Asked,
    may_write: bool,
    rows: Vec<Row>,
    count: String,
    heads: Vec<Head>,
    statuses: Vec<Choice>,
    states: Vec<Choice>,
    chips: Vec<Chip>,
    pager: Pager,
}

struct Row {
    href: String,
    reference: String,
    title: String,
    status: String,
    owner: String,
    changed: Moment,
}

/// Shows the list.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for what is no type of records.
pub async fn get(
    member: Member<RecordsRead>,
    State(app): State<App>,
    Path((_org, kind)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Query(after): Query<After>,
) -> Result<Page<List>> {
    let resource = super::resource(&kind)?;
    let shell = super::frame(&app, &member, after, Records::NAME).await?;
    let page = format!("{}/records/{resource}", shell.world.home);
    let (limits, sort) = (Filters::default(), asked.sort());
    let within = Within { log: member.log, resource, limits: &limits };
    let mut tx = app.db(member.log).await?;
    let cursor = Cursor::parse(&asked.from);
    let found = records::page(&mut tx, within, &asked.filter(), sort, cursor.as_ref()).await?;
    let statuses = records::statuses(&mut tx, within).await?;
    tx.commit().await?;
    Ok(Page::new(List {
        name: words::resource_short(resource),
        holds: super::words::holds(resource),
        may_write: member.permits(Permission::RecordsWrite),
        rows: found.rows.iter().map(|row| Row::of(row, &shell.clock, &page)).collect(),
        count: grouped(found.total),
        heads: asked.heads(&page, sort),
        statuses: choices(statuses.iter().filter_map(choice), &asked.status, "Any status"),
        states: choices([("withdrawn".to_owned(), "Withdrawn".to_owned())], &asked.state, "Kept"),
        chips: asked.chips(&page),
        pager: pager(&found, |from| asked.at(&page, &asked.sort, from)),
        page,
        asked,
        shell,
    }))
}

fn choice(StatusCount { status, count }: &StatusCount) -> Option<(String, String)> {
    let status = status.as_ref()?;
    Some((status.to_string(), format!("{status} ({})", grouped(*count))))
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            contains: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            status: Label::parse(&self.status).ok(),
            vendor: Reference::parse(self.vendor.trim()).ok(),
            engagement: EngagementId::parse(self.engagement.trim()).ok(),
            is_withdrawn: self.state == "withdrawn",
        }
    }

    fn sort(&self) -> Sort {
        let (word, direction) = direction(&self.sort);
        let by = match word {
            "reference" => SortBy::Reference,
            "title" => SortBy::Title,
            "status" => SortBy::Status,
            "changed" => SortBy::Changed,
            _ => return Sort::default(),
        };
        Sort { by, direction }
    }

    fn parameters(&self) -> [(&'static str, &str); 5] {
        [
            ("q", self.q.trim()),
            ("status", &self.status),
            ("vendor", self.vendor.trim()),
            ("engagement", self.engagement.trim()),
            ("state", &self.state),
        ]
    }

    fn at(&self, page: &str, sort: &str, from: &str) -> String {
        address(page, &[self.parameters().as_slice(), &[("sort", sort), ("from", from)]].concat())
    }

    fn heads(&self, page: &str, sort: Sort) -> Vec<Head> {
        let sorted = |word, name: &str, by: SortBy| {
            let now: Option<Direction> = (sort.by == by).then_some(sort.direction);
            head(word, name, now, |sort| self.at(page, sort, ""))
        };
        vec![
            sorted("Reference", "reference", SortBy::Reference),
            sorted("Title", "title", SortBy::Title),
            sorted("Status", "status", SortBy::Status),
            Head::plain("Owner"),
            sorted("Changed", "changed", SortBy::Changed),
        ]
    }

    fn chips(&self, page: &str) -> Vec<Chip> {
        let words = [
            ("q", "Search", self.q.trim().to_owned()),
            ("status", "Status", self.status.clone()),
            ("vendor", "Vendor", self.vendor.trim().to_owned()),
            ("engagement", "Engagement", self.engagement.trim().to_owned()),
            ("state", "State", self.state.clone()),
        ];
        chips(page, &self.parameters(), &words)
    }
}

impl Row {
    fn of(row: &RecordRow, clock: &Clock, page: &str) -> Self {
        let parts = row.parts();
        Self {
            href: format!("{page}/record/{}", row.reference),
            reference: row.reference.to_string(),
            title: parts.title.to_string(),
            status: parts.status.as_ref().map(ToString::to_string).unwrap_or_default(),
            owner: parts.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
            changed: clock.ago(row.changed_at),
        }
    }
}
