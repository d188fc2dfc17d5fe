//! The invitation to access that was given: the letter with its link, sent within the request.

use domain::access_grant::{Extent, Grant, Terms};
use domain::context::Ctx;
use domain::invitation::{Invitation, LinkReuse, SecondFactor};
use domain::name::GrantId;
use domain::person::{Email, Firm, PersonName};
use ledger::vocabulary::Personal;

use super::{About, Invite, InviteResent, Link, Message, Moment, Opens, Reach, Recipient, Shown, letterhead, send_now};
use crate::access::grant_token::Token;
use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};
use crate::grants::engagements;

/// What an invitation says of the access.
struct Access<'a> {
    email: &'a Email,
    name: Option<&'a PersonName>,
    firm: &'a Firm,
    extent: &'a Extent,
    invitation: Option<&'a Invitation>,
}

/// Sends the first invitation. Returns whether it went out; why not stands in the mail log.
pub async fn send(app: &App, acting: &Acting, ctx: &Ctx, grant: &GrantId, granted: &Grant, token: &Token) -> bool {
    let extent = Extent { expires_at: granted.expires_at, scope: granted.scope.clone() };
    let access = Access {
        email: &granted.email,
        name: granted.name.as_ref(),
        firm: &granted.firm,
        extent: &extent,
        invitation: granted.invitation.as_ref(),
    };
    deliver(app, acting, ctx, grant, &access, token, Message::Invite).await
}

/// Sends it again, with another link. Nothing goes to an address that was erased.
pub async fn send_again(app: &App, acting: &Acting, ctx: &Ctx, grant: &GrantId, terms: &Terms, token: &Token) -> bool {
    let Some(email) = terms.email.known() else { return false };
    let access = Access {
        email,
        name: terms.name.as_ref().and_then(Personal::known),
        firm: &terms.firm,
        extent: &terms.extent,
        invitation: terms.invitation.as_ref(),
    };
    deliver(app, acting, ctx, grant, &access, token, |invite| Message::InviteResent(InviteResent(invite))).await
}

async fn deliver(
    app: &App,
    acting: &Acting,
    ctx: &Ctx,
    grant: &GrantId,
    access: &Access<'_>,
    token: &Token,
    message: impl FnOnce(Invite) -> Message,
) -> bool {
    let written = async {
        let invite = compose(app, acting, ctx, access, token).await?;
        let to = Recipient::new(access.email, access.name).map_err(Error::internal)?;
        Ok::<_, Error>((message(invite), to))
    };
    match written.await {
        Ok((message, to)) => {
            let about = About::Grant(grant.clone());
            send_now(app, &acting.info, &message, &to, &about).await.email_sent()
        }
        // The access is given whatever becomes of its letter, which can be sent again.
        Err(error) => {
            tracing::warn!(grant = %grant, %error, "an invitation could not be written");
            false
        }
    }
}

async fn compose(app: &App, acting: &Acting, ctx: &Ctx, access: &Access<'_>, token: &Token) -> Result<Invite> {
    let scope = &access.extent.scope;
    let engagement = match &scope.filters().engagement {
        Some(engagement) => engagements::name(app, acting.log, engagement).await?,
        None => None,
    };
    let reuse = access.invitation.map_or(LinkReuse::SingleUse, |invitation| invitation.link_reuse);
    Ok(Invite {
        head: letterhead(&acting.info, &acting.organisation),
        name: access.name.map(|name| Shown::new(name.as_str())),
        firm: access.firm.named().map(Shown::new),
        granted_by: Shown::of_person(acting.profile.name.as_ref()),
        engagement: engagement.as_deref().map(Shown::new),
        reach: Reach::from(scope),
        granted_at: ctx.now,
        until: Moment::of(&acting.organisation, access.extent.expires_at),
        opens: match reuse {
            LinkReuse::SingleUse => Opens::Once,
            LinkReuse::Reusable => Opens::UntilTheEnd,
        },
        second_factor: access.invitation.map_or(SecondFactor::None, |invitation| invitation.second_factor),
        link: Link::new(app.public_url(), &token.path()).map_err(Error::internal)?,
    })
}
