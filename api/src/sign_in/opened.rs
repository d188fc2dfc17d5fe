//! The links that members are sent or given: which of them open something, and for whom.

use domain::credential::CredentialRefusal;
use domain::member::{Member, Profile};

use super::refused;
use crate::access::member_link::{FoundLink, LinkPurpose, LinkToken};
use crate::access::{member_login, passkey};
use crate::app::App;
use crate::auth::Circumstances;
use crate::auth::acting::load_member;
use crate::error::{Error, Result};

/// A good link, and whom it lets in.
pub struct Opened {
    /// The link.
    pub found: FoundLink,
    /// Its token.
    pub token: LinkToken,
    /// The member.
    pub profile: Profile,
    /// Whether the invitation has yet to be taken up.
    pub(super) is_invited: bool,
}

/// The link, if it is good for this and its member can still use it. Unknown, used, expired and replaced ones are one for
/// whoever comes with them; the entry tells.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn open(app: &App, circumstances: &Circumstances, token: &str, purpose: LinkPurpose) -> Result<Opened> {
    let token = LinkToken::parse(token);
    let found = match &token {
        Some(token) => app.requests().member_link(token).await?,
        None => None,
    };
    let (Some(token), Some(found)) = (token, found) else {
        let unknown = CredentialRefusal::UnknownMember;
        refused::sign_in(app, None, circumstances, None, purpose.method(), unknown);
        return Err(Error::NotFound);
    };
    match judged(app, &found, &token, purpose).await? {
        Ok((profile, is_invited)) => Ok(Opened { found, token, profile, is_invited }),
        Err(refusal) => Err(turned_away(app, circumstances, &found, refusal)),
    }
}

/// Records beside the answer why a link that is somebody's lets nobody in. They are told what whoever made one up is.
pub fn turned_away(app: &App, circumstances: &Circumstances, found: &FoundLink, refusal: CredentialRefusal) -> Error {
    let (log, method) = (Some(found.info.log), found.purpose.method());
    refused::sign_in(app, log, circumstances, Some(&found.member), method, refusal);
    Error::NotFound
}

/// Whom a link lets in, and whether they are invited yet.
async fn judged(
    app: &App,
    found: &FoundLink,
    token: &LinkToken,
    purpose: LinkPurpose,
) -> Result<Result<(Profile, bool), CredentialRefusal>> {
    if !found.is_good || found.purpose != purpose {
        return Ok(Err(CredentialRefusal::LinkExpired));
    }
    Ok(match (load_member(app, found.info.log, &found.member).await?, purpose) {
        (Member::Invited(profile, invitation), LinkPurpose::Invitation)
            if invitation.token_sha256.as_ref() == Some(&token.sha256_text())
                && store::clock::now() < invitation.expires_at =>
        {
            Ok((profile, true))
        }
        // Taken up, and then something failed before there was anything to sign in by.
        (Member::Active(profile), LinkPurpose::Invitation) if !has_sign_in(app, found).await? => Ok((profile, false)),
        (Member::Active(profile), LinkPurpose::Recovery | LinkPurpose::SignIn) => Ok((profile, false)),
        (Member::Suspended(_), _) => Err(CredentialRefusal::Suspended),
        (Member::Removed(_) | Member::Absent, _) => Err(CredentialRefusal::Removed),
        (Member::Invited(..) | Member::Active(_), _) => Err(CredentialRefusal::LinkExpired),
    })
}

async fn has_sign_in(app: &App, found: &FoundLink) -> Result<bool> {
    let mut tx = app.db(found.info.log).await?;
    let login = member_login::by_member(&mut tx, found.info.log, &found.member).await?;
    let passkeys = passkey::list(&mut tx, found.info.log, &found.member).await?;
    tx.commit().await?;
    Ok(login.is_some_and(|login| login.password_hash.is_some()) || !passkeys.is_empty())
}
