//! The log of the service itself: what belongs to no organisation, such as attempts with a link that nobody was given.

use store::append::LogId;
use store::logs::{self, OpenError};

use crate::app::App;
use crate::error::{Error, Result};

/// The slug of the service's own log. No organisation is made with it, and it has no members.
pub const SLUG: &str = "service";
const NAME: &str = "This service";

/// The service's own log, opened where it is not there yet.
///
/// # Errors
/// [`Error::Unavailable`], or [`Error::Internal`] where its keys cannot be made.
pub async fn of(app: &App) -> Result<LogId> {
    if let Some(info) = logs::find(app.ledger().reader(), SLUG).await? {
        return Ok(info.log);
    }
    match logs::open(app.ledger(), SLUG, NAME, app.public_url().host()).await {
        Ok(opened) => {
            let keys = app.ledger().keys().of(&opened.info.origin);
            tracing::warn!(origin = %opened.info.origin, keys = %keys.display(), "the service's own log was opened: back up its keys");
            Ok(opened.info.log)
        }
        // Somebody else was faster.
        Err(OpenError::Exists(_) | OpenError::Key(_)) => {
            let info = logs::find(app.ledger().reader(), SLUG).await?;
            info.map(|info| info.log).ok_or_else(|| Error::Unavailable("the service's log is being opened".to_owned()))
        }
        Err(error) => Err(Error::internal(error)),
    }
}
