//! What the service does by itself, across organisations: as the role `countersign_ledger`, never for a request.

pub mod expiry;
pub mod outbox;
pub mod refusals;

use std::sync::Arc;

use projections::reactor::{self, Reactor};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::mail::Outbox;

/// Does all of it until told to stop, and ends when what was begun is done. Replicas may all run it.
pub async fn run(app: App, stop: CancellationToken) {
    let reactors: Vec<Arc<dyn Reactor>> = vec![Arc::new(Outbox::new(app.ledger(), app.public_url().host()))];
    let reacting = reactor::run(reactors, app.ledger().clone(), stop.clone());
    let counting = refusals::run(app.clone(), stop.clone());
    tokio::join!(reacting, outbox::run(app.clone(), stop.clone()), counting, expiry::run(app, stop));
}
