//! `?after=<index>`: an act answers with 303 to a page, and the page waits until it shows what was done.

use std::time::Duration;

use serde::Deserialize;
use store::append::LogId;

use crate::app::App;
use crate::error::Result;

/// Longest wait; then the page says that it is updating.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// The parameter, for `axum::extract::Query`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct After {
    /// The entry that the act was recorded as.
    #[serde(default)]
    pub after: Option<u64>,
}

/// The act that led to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its entry.
    pub index: u64,
    /// Whether the page shows what it did.
    pub is_shown: bool,
}

impl After {
    /// Waits until a read model shows the act, two seconds at most. Nothing where no act led here.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`]: the database does not answer.
    pub async fn wait(self, app: &App, log: LogId, model: &'static str) -> Result<Option<Arrival>> {
        let Some(index) = self.after else { return Ok(None) };
        let is_shown = projections::wait::until(app.ledger(), model, log, index, WAIT_MAX).await?;
        Ok(Some(Arrival { index, is_shown }))
    }

    /// Where a page is that shows an act.
    pub fn at(page: &str, index: u64) -> String {
        format!("{page}{}after={index}", if page.contains('?') { '&' } else { '?' })
    }
}
