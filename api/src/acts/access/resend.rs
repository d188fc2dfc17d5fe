//! Sends an invitation again, with another link: the one before opens nothing any more (S5-78, C18).

use std::time::Duration;

use domain::access_grant::{Command, Resend};
use domain::invitation::Delivery;
use domain::name::GrantId;
use store::append::{Appended, IdempotencyKey};
use store::execute::first_answer;

use super::grant::keep_token;
use super::{NotDone, load, put};
use crate::access::grant_token::Token;
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};
use crate::mail::invitations;

/// How often an invitation is sent again (S5-73).
pub const RESENDS: Limit = Limit { name: "resend", most: 3, within: Duration::from_hours(1) };

/// An invitation that was sent again.
#[derive(Debug)]
pub struct Resent {
    /// The new token, where it is to be shown: now, and never again.
    pub shown_once: Option<Token>,
    /// Whether mail went out; nothing where none was to.
    pub email_sent: Option<bool>,
    /// What was recorded.
    pub appended: Appended,
}

/// Replaces the link and delivers it as it is asked for; where that is not said as the last one was, and shown once where
/// no mail goes out. Who is shown a link can come in by it, so that takes what giving access does: `confirmed` says whether
/// who asks has just confirmed who they are. A request that was sent before shows and sends nothing.
///
/// # Errors
/// [`NotDone`]; [`NotDone::TooOften`] after three in an hour.
pub async fn resend(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    grant: &GrantId,
    delivery: Option<Delivery>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Resent, NotDone> {
    acting.require_granter()?;
    let before = first_answer(app.ledger(), acting.log, idempotency.as_ref()).await.map_err(Error::from)?;
    if let Some(appended) = before {
        return Ok(Resent { shown_once: None, email_sent: None, appended });
    }
    let ctx = &acting.ctx();
    let loaded = load(app, acting, grant).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let last = terms.invitation.as_ref().map_or(Delivery::Email, |invitation| invitation.delivery);
    let delivery = delivery.unwrap_or_else(|| if app.has_mailer() { last } else { Delivery::ShowOnce });
    let token = Token::random();
    let policy_allows = acting.organisation.policy().values().resend;
    let resend = Resend { delivery, token_sha256: token.sha256(), policy_allows };
    // A refusal does not use up one of the three.
    loaded.decide(ctx, Command::Resend(resend.clone()))?;
    if delivery != Delivery::Email {
        confirmed()?;
    }
    count(app, acting, grant).await?;
    // To an address that was erased nothing can be sent, and nobody can show that it is theirs.
    let email =
        terms.email.known().ok_or_else(|| Error::Conflict("the auditor's address has been erased".to_owned()))?;
    keep_token(app, acting, &token, grant, email).await?;
    let appended = put(app, acting, ctx, grant, Command::Resend(resend), idempotency).await?;
    if appended.replayed {
        return Ok(Resent { shown_once: None, email_sent: None, appended });
    }
    let email_sent = match delivery {
        Delivery::ShowOnce => None,
        Delivery::Email | Delivery::Both => Some(invitations::send_again(app, acting, ctx, grant, terms, &token).await),
    };
    let shown_once = (delivery != Delivery::Email).then_some(token);
    Ok(Resent { shown_once, email_sent, appended })
}

async fn count(app: &App, acting: &Acting, grant: &GrantId) -> Result<(), NotDone> {
    let by = [acting.log.0.as_bytes().as_slice(), grant.as_str().as_bytes()];
    match app.requests().count(app.access_secret(), RESENDS, &by).await? {
        Counted::Within => Ok(()),
        Counted::Over { retry_after, .. } => Err(NotDone::TooOften { retry_after }),
    }
}
