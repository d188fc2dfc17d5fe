//! `GET /orgs/{org}/records`: the types of records, and how many there are of each.

use askama::Template;
use axum::extract::{Query, State};
use domain::access_grant::{Filters, Resource};
use domain::member::Permission;
use projections::read_models::records::{self, Records, Within};

use crate::app::App;
use crate::auth::{Member, RecordsRead};
use crate::error::Result;
use crate::record_set;
use crate::web::components::{Head, grouped};
use crate::web::shell::OfOrganisation;
use crate::web::{After, Page, Shell};
use crate::words;

/// The page.
#[derive(Template)]
#[template(path = "records/types.html")]
pub struct Types {
    shell: Shell<OfOrganisation>,
    page: String,
    may_write: bool,
    rows: Vec<Row>,
    heads: Vec<Head>,
    count: String,
}

struct Row {
    resource: Resource,
    name: &'static str,
    holds: &'static str,
    count: String,
}

/// Shows them.
///
/// # Errors
/// [`crate::error::Error::Unavailable`].
pub async fn get(
    member: Member<RecordsRead>,
    State(app): State<App>,
    Query(after): Query<After>,
) -> Result<Page<Types>> {
    let shell = super::frame(&app, &member, after, Records::NAME).await?;
    let mut tx = app.db(member.log).await?;
    let mut rows = Vec::new();
    for resource in Resource::ALL.iter().copied().filter(|resource| record_set::is_record_set(*resource)) {
        let within = Within { log: member.log, resource, limits: &Filters::default() };
        let statuses = records::statuses(&mut tx, within).await?;
        let count = grouped(statuses.iter().map(|status| status.count).sum());
        rows.push(Row { resource, name: words::resource_short(resource), holds: super::words::holds(resource), count });
    }
    tx.commit().await?;
    Ok(Page::new(Types {
        page: format!("{}/records", shell.world.home),
        may_write: member.permits(Permission::RecordsWrite),
        count: format!("{} types", rows.len()),
        rows,
        heads: vec![Head::plain("Type"), Head::plain("Holds"), Head::plain("Records").of_numbers(), Head::plain("")],
        shell,
    }))
}
