//! Engagements, as far as forms and letters of access name them.

use domain::context::Ctx;
use domain::engagement::Engagement;
use domain::name::EngagementId;
use ledger::entry::{Actor, ActorType};
use projections::read_models::engagements::{self, Filter};
use store::append::LogId;
use store::event_store::EventStore;

use crate::app::App;
use crate::error::Result;
use crate::web::components::Choice;
use crate::web::listing;

/// What an engagement is called; nothing where there is none.
pub async fn name(app: &App, log: LogId, engagement: &EngagementId) -> Result<Option<String>> {
    let reader = Actor { kind: ActorType::System, id: "reader".to_owned(), role: None };
    let store = EventStore::new(app.ledger().clone(), log, Ctx::of(reader, store::clock::now()));
    let loaded = store.load::<Engagement>(&Engagement::stream(engagement)).await?.aggregate;
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
