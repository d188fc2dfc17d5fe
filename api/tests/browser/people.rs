//! What the owner and the auditor do, one step after the other, with scripts and without.

use totp_rs::Builder;

use crate::browser::Browser;
use crate::furnish::HOME;
use crate::site::Site;

/// The owner's address.
pub(crate) const OWNER: &str = "mara@larkfield.example";
/// The owner's password, where they have one.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The auditor's address.
pub(crate) const AUDITOR: &str = "ada@northgate.example";

/// Access by level, as an owner gives it.
pub(crate) struct Access<'a> {
    /// For whom.
    pub(crate) email: &'a str,
    /// Their name.
    pub(crate) name: &'a str,
    /// Their firm.
    pub(crate) firm: &'a str,
    /// In which way it is described.
    pub(crate) way: &'a str,
    /// The label of the level or of the kind of audit.
    pub(crate) level: &'a str,
    /// Labels of types of records, besides evidence.
    pub(crate) types: &'a [&'a str],
    /// How the link gets there.
    pub(crate) delivery: &'a str,
}

impl Access<'static> {
    /// The auditor's: to read three types, and to download.
    pub(crate) const ADA: Self = Self {
        email: AUDITOR,
        name: "Ada Hallström",
        firm: "Northgate Assurance",
        way: "By level",
        level: "Full access: look, write comments, and download",
        types: &["Controls, and who answers for them", "Policies in force"],
        delivery: "By mail",
    };
}

/// The operator invites the first owner; the link in their mail.
pub(crate) async fn invite(site: &Site) -> String {
    let who = ["--email", OWNER, "--name", "Mara Quist", "--role", "owner"];
    site.countersign(&[&["member", "invite", "--org", "larkfield"], who.as_slice()].concat());
    site.mailbox.next_for(OWNER).await.link()
}

/// The owner takes up the invitation with a passkey, and confirms with it, since the invitation alone confirms nobody.
pub(crate) async fn join_by_passkey(site: &Site, owner: &Browser) {
    owner.add_authenticator().await;
    owner.go(&invite(site).await).await;
    owner.click("Set up a passkey").await;
    owner.arrives(&format!("{HOME}/grants")).await;
    owner.go(&format!("{HOME}/grants/new")).await;
    owner.arrives(&format!("{HOME}/confirm")).await;
    owner.click("Confirm with a passkey").await;
    owner.arrives(&format!("{HOME}/grants/new")).await;
}

/// The owner takes up the invitation with a password and one-time codes, goes out, and signs in with the next code.
pub(crate) async fn join_by_password(site: &Site, owner: &Browser) {
    owner.go(&invite(site).await).await;
    let page = owner.text().await;
    let (_, secret) = page.split_once("by this secret:").unwrap_or_else(|| panic!("no secret in: {page}"));
    let secret = secret.trim_start().lines().next().unwrap().replace(' ', "");
    owner.fill("New password", PASSWORD).await;
    owner.fill("Code", &code(&secret, 0)).await;
    owner.click("Set up").await;
    owner.click("I have kept them: go on").await;
    owner.arrives(&format!("{HOME}/grants")).await;
    owner.click("Sign out").await;
    owner.arrives(&format!("{HOME}/sign-in")).await;
    owner.fill("Email address", OWNER).await;
    owner.fill("Password", PASSWORD).await;
    owner.fill("Code", &code(&secret, 1)).await;
    owner.click("Sign in").await;
    owner.arrives(&format!("{HOME}/grants")).await;
}

/// What the app shows, so many steps of half a minute from now.
fn code(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let now = i64::try_from(store::clock::now().unix_seconds()).unwrap();
    totp.generate(u64::try_from(now + 30 * steps).unwrap()).to_string()
}

/// The owner fills in the form of access and sends it.
pub(crate) async fn give(owner: &Browser, access: &Access<'_>) {
    owner.go(&format!("{HOME}/grants/new")).await;
    owner.fill("Email address", access.email).await;
    owner.fill("Name", access.name).await;
    owner.fill("Firm", access.firm).await;
    owner.tick(access.way).await;
    owner.tick(access.level).await;
    for label in access.types {
        owner.tick(label).await;
    }
    owner.select("How the link gets there", access.delivery).await;
    owner.click("Grant Access").await;
}

/// An auditor opens their link, asks for the code and enters it.
pub(crate) async fn enter(site: &Site, auditor: &Browser, email: &str, link: &str) {
    auditor.go(link).await;
    auditor.click("Send me the code").await;
    auditor.arrives("/auditor/code").await;
    enter_code(site, auditor, email).await;
}

/// An auditor enters the code of the newest letter that has one.
pub(crate) async fn enter_code(site: &Site, auditor: &Browser, email: &str) {
    let code = loop {
        if let Some(code) = site.mailbox.next_for(email).await.code() {
            break code;
        }
    };
    auditor.fill("Code", &code).await;
    auditor.click("Continue").await;
}

/// The auditor accepts the terms.
pub(crate) async fn accept_terms(auditor: &Browser) {
    auditor.arrives("/auditor/toe").await;
    auditor.tick("I have read these terms and accept them, for myself and for Northgate Assurance.").await;
    auditor.fill("Your full name, as a signature", "Ada Hallström").await;
    auditor.click("Accept").await;
    auditor.arrives("/auditor/portal").await;
}

/// The owner ends the access of a page.
pub(crate) async fn revoke(owner: &Browser, page: &str) {
    owner.go(page).await;
    owner.click("Revoke access").await;
    owner.fill("Type revoke to confirm", "revoke").await;
    owner.click("Revoke this access").await;
    owner.sees("Access is revoked").await;
}
