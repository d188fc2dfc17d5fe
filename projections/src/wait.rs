//! Reading one's own writes: a receipt carries an index, and a page waits until its read model has reached it.

use std::time::Duration;

use store::{Ledger, LogId};
use tokio::time::Instant;

use crate::position;

/// How often it is looked: a read model follows a commit of its own process in a few milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Waits until a read model shows the entry of this index, `within` at most. Returns whether it does: a page that it
/// does not show yet says so.
///
/// # Errors
/// The database does not answer.
pub async fn until(
    ledger: &Ledger,
    projection: &'static str,
    log: LogId,
    index: u64,
    within: Duration,
) -> Result<bool, sqlx::Error> {
    let deadline = Instant::now() + within;
    loop {
        let shown = position::shown(ledger.reader(), projection, log).await?;
        if shown.is_some_and(|position| index < position.next_index) {
            return Ok(true);
        }
        if deadline <= Instant::now() {
            return Ok(false);
        }
        tokio::time::sleep_until(deadline.min(Instant::now() + LOOK_EVERY)).await;
    }
}
