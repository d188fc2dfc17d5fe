//! Engagements, as far as forms and letters of access name them.

use domain::engagement::Engagement;
use domain::name::EngagementId;
use projections::read_models::engagements::{self, Filter};
use store::append::LogId;

use crate::app::App;
use crate::error::Result;
use crate::web::components::Choice;
use crate::web::listing;

/// What an engagement is called; nothing where there is none.
pub async fn name(app: &App, log: LogId, engagement: &EngagementId) -> Result<Option<String>> {
    let loaded: Engagement = app.load(log, &Engagement::stream(engagement)).await?;
    Ok(loaded.plan().map(|plan| plan.name.as_str().to_owned()))
}

/// Those that are open, for a form: the fifty that start last.
pub async fn choices(app: &App, log: LogId, chosen: &str) -> Result<Vec<Choice>> {
    let mut tx = app.db(log).await?;
    let open = engagements::page(&mut tx, log, Filter { is_open: Some(true) }, None).await?;
    tx.commit().await?;
    let open = open.rows.into_iter().map(|row| (row.engagement.to_string(), row.plan.name.to_string()));
    Ok(listing::choices(open, chosen, "Not limited to one"))
}
