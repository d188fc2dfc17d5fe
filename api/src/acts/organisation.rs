//! What changes an organisation itself: what it says of itself, how it gives access, and the terms that auditors accept.
//! All of it is configuration, and changing that is privileged (S4-41): whoever does it has confirmed lately who they are.

use domain::member::Permission;
use domain::name::Sha256;
use domain::organisation::{Command, Organisation, OrganisationError, Policy, Preset, Settings, TermsText};
use sha2::Digest as _;
use store::append::Appended;
use store::execute::ExecuteError;
use thiserror::Error;

use super::{By, refusal};
use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};

/// Why an organisation was not changed.
#[derive(Debug, Error)]
pub enum NotChanged {
    /// It is as asked for already, or may not be so.
    #[error(transparent)]
    Refused(OrganisationError),
    /// Anything else that a request can meet.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<NotChanged> for Error {
    fn from(reason: NotChanged) -> Self {
        match reason {
            NotChanged::Refused(refusal) => Error::Conflict(refusal.to_string()),
            NotChanged::Failed(error) => error,
        }
    }
}

/// Changes what the organisation says of itself. `confirmed` says whether who asks has just confirmed who they are.
///
/// # Errors
/// [`NotChanged`].
pub async fn change_settings(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    settings: Settings,
) -> Result<Appended, NotChanged> {
    put(app, acting, confirmed, Command::ChangeSettings(settings)).await
}

/// Changes how the organisation gives access. Access that was given before stays as it is; who may give and change access
/// is asked when they do, so that changes at once.
///
/// # Errors
/// [`NotChanged`].
pub async fn change_policy(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    preset: Preset,
    policy: Policy,
) -> Result<Appended, NotChanged> {
    put(app, acting, confirmed, Command::ChangePolicy { preset, policy }).await
}

/// Publishes the next version of the terms: the text that was looked at under its hash, and no other. Every auditor
/// accepts it before they see anything more.
///
/// # Errors
/// [`NotChanged`]; [`Error::Conflict`] where the text is another.
pub async fn publish_terms(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    text: TermsText,
    reviewed: &Sha256,
) -> Result<Appended, NotChanged> {
    let sha256 = sha256_of(&text);
    if sha256 != *reviewed {
        return Err(NotChanged::Failed(Error::Conflict("the text is not the one that was looked at".to_owned())));
    }
    put(app, acting, confirmed, Command::PublishTerms { text, sha256 }).await
}

/// The hash of terms, which stands in the entry that publishes them and in each that accepts them.
pub fn sha256_of(text: &TermsText) -> Sha256 {
    let digest = hex::encode(sha2::Sha256::digest(text.as_str().as_bytes()));
    Sha256::parse(&digest).expect("64 digits of lower-case hex are one")
}

async fn put(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    command: Command,
) -> Result<Appended, NotChanged> {
    if !acting.permits(Permission::SettingsWrite) {
        return Err(NotChanged::Failed(Error::PermissionMissing(Permission::SettingsWrite.as_str())));
    }
    // What changes nothing, or may not be, is said before anybody is asked to confirm.
    acting.organisation.decide(command.clone()).map_err(NotChanged::Refused)?;
    confirmed()?;
    let by = By { ledger: app.ledger(), log: acting.log, ctx: &acting.ctx() };
    let done = by.execute::<Organisation>(&acting.log.to_string(), command, None).await;
    done.map_err(|error| match error {
        ExecuteError::Refused(refusal) => NotChanged::Refused(refusal),
        error => NotChanged::Failed(refusal(error, |refusal| Error::Conflict(refusal.to_string()))),
    })
}
