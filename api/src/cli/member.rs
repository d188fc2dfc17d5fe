//! `countersign member`.

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use domain::context::Ctx;
use domain::member::{Member as Aggregate, Role, Roles};
use domain::name::PersonId;
use domain::person::{Email, PersonName};
use ledger::entry::{Actor, ActorType};
use store::logs::LogInfo;

use super::session::{self, Session};
use crate::access::member_link::{self, LinkPurpose, LinkToken};
use crate::access::member_login::{self, AddressMac};
use crate::acts::member::{self as acts, NewMember, address_of, name_of};
use crate::app::App;
use crate::auth::acting::load_member;
use crate::config::Settings;
use crate::error::Error;
use crate::mail::Delivery;

/// The people of an organisation, who sign in.
#[derive(Debug, Args)]
pub struct Member {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Invite(Invite),
    List(List),
    SignInLink(SignInLink),
}

/// Invite somebody. The first owner of an organisation is made so.
///
/// Whoever was invited before and has not joined gets another link, and the old one works no more; their roles stay.
/// The invitation goes by mail where a mail server is set; else its link is printed, which is the way in.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign member invite --org acme --email grace@acme.example --name \"Grace Hopper\" --role owner"
)]
struct Invite {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Where they get mail.
    #[arg(long, value_parser = email)]
    email: Email,
    /// What they are called.
    #[arg(long, value_parser = name)]
    name: Option<PersonName>,
    /// As what. May be repeated.
    #[arg(long, required = true, value_parser = roles())]
    role: Vec<Role>,
    /// Print the link even where the mail went out.
    #[arg(long)]
    print_link: bool,
}

/// List an organisation's members.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign member list --org acme")]
struct List {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
}

/// Print a link that signs a member in: once, within ten minutes.
///
/// For somebody who has lost all else, by whoever runs the service. The log says that they came in by it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign member sign-in-link --org acme --email grace@acme.example")]
struct SignInLink {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// The member's address.
    #[arg(long, value_parser = email)]
    email: Email,
}

impl Member {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with(settings, |session| async move {
            match self.command {
                Command::Invite(command) => command.run(&session, settings).await,
                Command::List(command) => command.run(&session, settings).await,
                Command::SignInLink(command) => command.run(&session, settings).await,
            }
        })
        .await
    }
}

impl Invite {
    async fn run(self, session: &Session, settings: &Settings) -> anyhow::Result<()> {
        let organisation = session.organisation(&self.org).await?;
        let app = session.app(settings).await?;
        let new = NewMember { email: self.email, name: self.name, roles: Roles::new(self.role)? };
        let email = new.email.clone();
        let invited = match acts::invite(&app, &organisation, &ctx(), None, new).await {
            Err(Error::Conflict(why)) => match invited_before(&app, &organisation, &email).await? {
                Some(member) => acts::resend(&app, &organisation, &ctx(), None, &member).await?,
                None => anyhow::bail!("{why}; `countersign member sign-in-link` lets an active member in"),
            },
            invited => invited?,
        };
        println!("Invited member {}: entry {}.", invited.member, invited.index);
        let link = format!("{}{}", app.public_url(), LinkPurpose::Invitation.path(&invited.token));
        match invited.delivery {
            Delivery::Sent => println!("The invitation went out by mail. Its link works for 7 days, and once."),
            Delivery::Skipped => println!("No mail server is set. Hand over this link; it works for 7 days, and once:"),
            Delivery::Failed(_) | Delivery::NotRecorded => println!(
                "The mail did not go out ({}). Hand over this link; it works for 7 days, and once:",
                invited.delivery.state()
            ),
        }
        if self.print_link || !invited.delivery.email_sent() {
            println!("{link}");
        }
        Ok(())
    }
}

impl List {
    async fn run(self, session: &Session, settings: &Settings) -> anyhow::Result<()> {
        let organisation = session.organisation(&self.org).await?;
        let app = session.app(settings).await?;
        println!("ID                                    STATE      ROLES                     ADDRESS, NAME");
        for id in ids(&app, &organisation).await? {
            let member = load_member(&app, organisation.log, &id).await?;
            let Some(profile) = member.profile() else { continue };
            let address = address_of(profile).unwrap_or("(erased)");
            let name = name_of(profile).map_or(String::new(), |name| format!(", {name}"));
            println!("{id}  {:9}  {:24}  {address}{name}", member.state(), profile.roles.to_string());
        }
        Ok(())
    }
}

async fn ids(app: &App, organisation: &LogInfo) -> anyhow::Result<Vec<PersonId>> {
    let mut tx = app.db(organisation.log).await?;
    let ids = member_login::members(&mut tx, organisation.log).await?;
    tx.commit().await?;
    Ok(ids)
}

impl SignInLink {
    async fn run(self, session: &Session, settings: &Settings) -> anyhow::Result<()> {
        let organisation = session.organisation(&self.org).await?;
        let app = session.app(settings).await?;
        println!("{}", sign_in_link(&app, &organisation, &self.email).await?);
        eprintln!("It signs in as {}, once, within 10 minutes.", self.email.as_str());
        Ok(())
    }
}

/// Who has this address and has not joined yet.
async fn invited_before(app: &App, organisation: &LogInfo, email: &Email) -> anyhow::Result<Option<PersonId>> {
    let found = at_address(app, organisation, email).await?;
    Ok(found.and_then(|(id, member)| matches!(member, Aggregate::Invited(..)).then_some(id)))
}

/// Whose an address is.
async fn at_address(app: &App, organisation: &LogInfo, email: &Email) -> anyhow::Result<Option<(PersonId, Aggregate)>> {
    let mut tx = app.db(organisation.log).await?;
    let address = AddressMac::of(app.access_secret(), organisation.log, email);
    let login = member_login::by_address(&mut tx, organisation.log, address).await?;
    tx.commit().await?;
    let Some(login) = login else { return Ok(None) };
    let member = load_member(app, organisation.log, &login.member).await?;
    Ok(Some((login.member, member)))
}

/// A link that signs a member in, once.
pub(super) async fn sign_in_link(app: &App, organisation: &LogInfo, email: &Email) -> anyhow::Result<String> {
    let found = at_address(app, organisation, email).await?;
    let (id, member) = found.with_context(|| format!("{} has no member with this address", organisation.slug))?;
    anyhow::ensure!(
        matches!(member, Aggregate::Active(_)),
        "this member is {}, and only an active one signs in",
        member.state()
    );
    let token = LinkToken::random();
    let mut tx = app.db(organisation.log).await?;
    member_link::replace(&mut tx, organisation.log, &id, LinkPurpose::SignIn, &token).await?;
    tx.commit().await?;
    Ok(format!("{}{}", app.public_url(), LinkPurpose::SignIn.path(&token)))
}

/// Whoever has the command line.
pub(super) fn ctx() -> Ctx {
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    Ctx::of(actor, store::clock::now())
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

fn name(text: &str) -> Result<PersonName, String> {
    PersonName::parse(text).map_err(|error| error.to_string())
}

/// Shown with the help.
fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())).try_map(|word| Role::parse(&word))
}
