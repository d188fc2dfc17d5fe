//! The owner of the organisation, who signs in with a password and one-time codes.

use anyhow::Context as _;
use domain::member::{Role, Roles};
use domain::person::{Email, PersonName};
use store::logs::LogInfo;
use totp_rs::Builder;

use super::visitor::{Reply, Visitor};
use super::{SLUG, Show, post};
use crate::access::secret::random;
use crate::acts::member::{NewMember, invite};
use crate::cli::member::{ctx, sign_in_link};
use crate::error::Error;

pub(super) const EMAIL: &str = "mara.quist@larkfield.example";
const NAME: &str = "Mara Quist";

/// Somebody who is signed in, and has confirmed who they are.
pub(super) struct Owner {
    pub(super) visitor: Visitor,
    password: String,
    /// Each confirms once, in place of an app's.
    codes: Vec<String>,
}

/// What somebody needs who goes on in the owner's place.
pub(super) struct WayIn {
    /// Signs in, once.
    pub(super) link: String,
    pub(super) password: String,
    pub(super) codes: Vec<String>,
}

impl Show<'_> {
    /// Joins by an invitation, or where an earlier run has done so, gets back in by a recovery link.
    pub(super) async fn owner(&mut self, organisation: &LogInfo) -> anyhow::Result<Owner> {
        let mut visitor = Visitor::new(&self.origin());
        let link = self.link_of_owner(organisation, &mut visitor).await?;
        let password = hex::encode(random::<10>());
        let page = visitor.get(&link).await?;
        let code = code(&page)?;
        let fields = [("totp", page.field("totp")?), ("password", password.clone()), ("code", code)];
        let done = visitor.submit(&link, &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await?;
        let mut owner = Owner { visitor, password, codes: recovery_codes(&done)? };
        owner.confirm().await?;
        self.say(&format!("{NAME}, the owner, set up a password with one-time codes and signed in over HTTP."));
        Ok(owner)
    }

    async fn link_of_owner(&mut self, organisation: &LogInfo, visitor: &mut Visitor) -> anyhow::Result<String> {
        let app = self.service.app();
        let name = Some(PersonName::parse(NAME)?);
        let new = NewMember { email: Email::parse(EMAIL)?, name, roles: Roles::new([Role::Owner])? };
        let kind = match invite(app, organisation, &ctx(), None, new).await {
            Ok(_) => "member_invitation",
            Err(Error::Conflict(_)) => {
                visitor.submit("/recover", &[("org", SLUG), ("email", EMAIL)]).await?.page()?;
                "member_recovery"
            }
            Err(error) => return Err(error.into()),
        };
        post::link(&self.post.next(kind, EMAIL).await?, &self.origin())
    }

    /// A way in for whoever looks at the demo.
    pub(super) async fn way_in(&self, organisation: &LogInfo, owner: Owner) -> anyhow::Result<WayIn> {
        let link = sign_in_link(self.service.app(), organisation, &Email::parse(EMAIL)?).await?;
        Ok(WayIn { link, password: owner.password, codes: owner.codes })
    }
}

impl Owner {
    /// What giving access asks for: that it is still the owner who sits there.
    async fn confirm(&mut self) -> anyhow::Result<()> {
        let path = format!("/orgs/{SLUG}/confirm");
        self.visitor.get(&path).await?.page()?;
        let code = self.codes.pop().context("a recovery code is left")?;
        self.visitor.submit(&path, &[("password", &self.password), ("code", &code)]).await?.leads_to()?;
        // The forms of the session that was confirmed.
        self.visitor.get(&path).await?.page()?;
        Ok(())
    }
}

/// What an app shows for the secret on the page.
fn code(page: &Reply) -> anyhow::Result<String> {
    let secret = page.between("by this secret: <code>", "</code>").context("the page shows a secret")?;
    let secret =
        totp_rs::Secret::try_from_base32(secret.replace(' ', "")).map_err(|error| anyhow::anyhow!("{error}"))?;
    let totp = Builder::new().with_secret(secret).build()?;
    Ok(totp.generate(store::clock::now().unix_seconds()).to_string())
}

fn recovery_codes(page: &Reply) -> anyhow::Result<Vec<String>> {
    let page = page.page()?;
    let codes = page.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next());
    Ok(codes.map(str::to_owned).collect())
}
